/** The 22 queries of TPC-H with their default parameters, with room and with spilling, compared with DuckDB. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { constantEvaluator } from '../../lib/exec/evaluate-constant.js';
import { execute } from '../../lib/exec/execute.js';
import { Sources } from '../../lib/exec/sources.js';
import { optimize } from '../../lib/plan/optimize.js';
import type { Plan } from '../../lib/plan/plan.js';
import { parseQuery } from '../../lib/sql/sql.js';
import { contextOf, makeRuntime } from '../helpers.js';
import { plainRows, plainValue } from '../plain-rows.js';
import { tpchData } from './tpch-data.js';

const test = suite('tpch');

const queries = fileURLToPath(new URL('../../../test/sql/tpch', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'spillway-tpch-'));
const runtime = makeRuntime(2 ** 28);
const sources = new Sources();
const tables = new Map<string, Plan>();
let connection: DuckDBConnection;

/** Bytes that an operator may hold, so few that these queries spill; what the others hold fits even so. */
const tiny = 2 ** 17;
const spilling = ['q02', 'q04', 'q09', 'q10', 'q12', 'q13', 'q14', 'q17', 'q18', 'q20', 'q21', 'q22'];

test.before(async () => {
  connection = await (await DuckDBInstance.create()).connect();
  for (const [name, text] of Object.entries(tpchData())) {
    const file = join(folder, `${name}.csv`);
    writeFileSync(file, text);
    await connection.run(`create table ${name} as from read_csv('${file}')`);
    tables.set(name, await sources.scan([file], null, {}, runtime));
  }
});

test.after(async () => {
  await sources.close();
  connection.closeSync();
  rmSync(folder, { recursive: true });
  assert.is(runtime.arena.reserved, 0);
});

const names = readdirSync(queries)
  .filter((name) => name.endsWith('.sql'))
  .map((name) => name.slice(0, -'.sql'.length))
  .sort();

test('all queries are there', () => {
  assert.equal(
    names,
    Array.from({ length: 22 }, (_, i) => `q${String(i + 1).padStart(2, '0')}`),
  );
});

for (const name of names) {
  test(name, async () => {
    const sql = readFileSync(join(queries, `${name}.sql`), 'utf8');
    const reader = await connection.runAndReadAll(sql);
    const expected = reader.getRowsJS().map((row) => row.map(plainValue));
    assert.ok(
      expected.flat().some((value) => value !== null),
      'DuckDB finds nothing',
    );
    const written = await parseQuery(sql, async (table) => tables.get(table)!);
    const plan = optimize(written, { evaluateConstant: constantEvaluator(runtime) });
    assert.equal(await rowsOf(plan, name), expected, 'with room');
    assert.equal(await rowsOf(plan, name, tiny), expected, 'with little');
  });
}

test.run();

async function rowsOf(plan: Plan, name: string, share?: number): Promise<unknown[][]> {
  const context = contextOf(runtime, { sources, ...(share !== undefined && { share }) });
  const rows = await plainRows(plan, execute(plan, context), runtime);
  assert.is(context.spills.written > 0, share !== undefined && spilling.includes(name), 'has spilled');
  assert.is(context.spills.held, 0);
  await context.spills.release();
  return rows;
}
