/** The keys of a join's build side drop rows of its probe side below aggregates and joins: the rows are DuckDB's. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import type { KeyTest, Stream } from '../../lib/exec/context.js';
import { constantEvaluator } from '../../lib/exec/evaluate-constant.js';
import { execute } from '../../lib/exec/execute.js';
import { reductionLines } from '../../lib/exec/join/reduce.js';
import { join } from '../../lib/exec/join.js';
import type { Sources } from '../../lib/exec/sources.js';
import type { Runtime, Source } from '../../lib/formats/format.js';
import { scan } from '../../lib/plan/make-plan.js';
import { optimize } from '../../lib/plan/optimize.js';
import { inputsOf, type Join, type Plan, type Scan } from '../../lib/plan/plan.js';
import { parseQuery } from '../../lib/sql/sql.js';
import { type Cell, cellsOf, contextOf, makeRuntime, seeded } from '../helpers.js';
import { type Input, inputOf, type Row, streamOf } from '../stream-helpers.js';
import { told, toldRows } from './told-helpers.js';

const test = suite('rows without a partner are dropped early');
const runtime = makeRuntime(24 * 2 ** 20);
let connection: DuckDBConnection;
let instance: DuckDBInstance;

test.before(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  connection = await instance.connect();
});

test.after(() => {
  connection.closeSync();
  instance.closeSync();
  assert.is(runtime.arena.reserved, 0);
});

/** Keys as both sides have them: with their nulls, below zero, and near the ends of their type. */
const keys: readonly { readonly type: types.DataType; readonly sql: string; cell(n: number): Cell }[] = [
  { type: types.int8, sql: 'tinyint', cell: (n) => n - 128 },
  { type: types.uint16, sql: 'usmallint', cell: (n) => 65535 - n },
  { type: types.int32, sql: 'integer', cell: (n) => n * 7 - 100 },
  { type: types.int64, sql: 'bigint', cell: (n) => 2n ** 63n - 1n - BigInt(n) },
  { type: types.int64, sql: 'bigint', cell: (n) => BigInt(n) * 3_000_000_000_000n },
  { type: types.date, sql: 'date', cell: (n) => n * 3 },
];

/** `few` is the side that is held, all that the queries do with `many` is over its rows. */
const queries = [
  'select few.n, q.s from few left join (select a, sum(n) as s from many group by a) q on few.a = q.a where q.s > 2000',
  'select few.n, q.s, q.c from few join (select b, a, sum(n) as s, count(*) as c from many group by a, b) q on few.a = q.a and few.b = q.b',
  'select few.n, q.n as m from few join (select distinct a, n from many) q on few.a = q.a',
  'select few.n from few where exists (select 1 from (select a, max(n) as m from many group by a) q where q.a = few.a)',
  'select few.n from few where not exists (select 1 from (select a, max(n) as m from many group by a) q where q.a = few.a)',
  'select few.n, q.m, q.o from few left join (select m1.a, m1.n as m, m2.n as o from many m1 join others m2 on m1.b = m2.b) q on few.a = q.a',
  'select few.n, m1.n as m, m2.n as o from few join (many m1 left join others m2 on m1.b = m2.b) on few.a = m1.a',
  'select few.n, m1.n as m, m2.n as o from few join (many m1 right join others m2 on m1.b = m2.b) on few.a = m1.a',
  'select few.n, m1.n as m, m2.n as o from few join (many m1 full join others m2 on m1.b = m2.b) on few.a = m1.a',
  'select few.n, m1.n as m, m2.n as o from few join (many m1 left join others m2 on m1.b = m2.b) on few.a = m2.a',
  'select few.n, q.s from few right join (select a, sum(n) as s from many group by a) q on few.a = q.a',
  'select few.n, q.s from few full join (select a, sum(n) as s from many group by a) q on few.a = q.a',
];

/** Those of them where nothing may be dropped early: rows come out without a partner, or with nulls for a key. */
const never = new Set([queries[7], queries[8], queries[9], queries[10], queries[11]]);

for (const sql of queries)
  test(sql, async () => {
    const random = seeded(sql.length);
    for (const [round, key] of keys.entries()) {
      const pick = (below: number): Cell => (random() < 0.1 ? null : key.cell(Math.floor(random() * below)));
      const rows = (count: number, below: number): Row[] =>
        Array.from({ length: count }, (_, n) => [pick(below), pick(4), n]);
      const tables = { few: rows(5, 60), many: rows(round === 3 ? 0 : 400, 60), others: rows(20, 60) };
      for (const [name, cells] of Object.entries(tables)) await load(name, key.sql, cells, key.type);
      const expected = (await connection.runAndReadAll(sql)).getRows().map(told).sort();
      const { plan, sources } = await planned(sql, key.type, tables);
      const lines = nodesOf(plan).flatMap(reductionLines);
      if (never.has(sql)) assert.equal(lines, []);
      else assert.match(lines.join('\n'), 'reduces  scan many to keys of the other side by a');
      for (const share of [undefined, 2 ** 16, 1])
        assert.equal(await rowsOf(plan, sources, share), expected, `${key.sql}, share ${share}`);
    }
  });

test('what is above sees only rows that have a partner', async () => {
  const rows = (count: number): Row[] => Array.from({ length: count }, (_, n) => [n, n % 4, n]);
  const tables = { few: rows(5), many: rows(400), others: rows(20) };
  const { plan, sources } = await planned(queries[2]!, types.int32, tables);
  const node = nodesOf(plan).find((one): one is Join => one.op === 'join')!;
  const context = contextOf(runtime, { sources });
  const passed: number[] = [];
  const found: (readonly KeyTest[])[] = [];
  // In place of the aggregate or whatever it is, the rows of the scan that is tested.
  const open = (input: Plan, within: typeof context): Stream => {
    for (const [origin, tests] of within.keyTests ?? []) {
      found.push(tests);
      return counted(execute(origin, within));
    }
    return execute(input, within);
  };
  async function* counted(stream: Stream): Stream {
    for await (const batch of stream) {
      passed.push(...(cellsOf(batch.columns[0]!, runtime.arena) as number[]));
      yield batch;
    }
  }
  for await (const _ of join(node, open, context));
  assert.is(found.length, 1);
  assert.equal(passed, [0, 1, 2, 3, 4]);
  await context.spills.release();
});

test.run();

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...inputsOf(plan).flatMap(nodesOf)];
}

async function load(name: string, sql: string, rows: readonly Row[], type: types.DataType): Promise<void> {
  await connection.run(`create or replace table ${name} (a ${sql}, b ${sql}, n integer)`);
  const cell = (value: Cell): string => {
    if (value === null) return 'null';
    return type.kind === 'date' ? `date '1970-01-01' + ${value}` : String(value);
  };
  const values = rows.map(([a, b, n]) => `(${cell(a!)}, ${cell(b!)}, ${n})`);
  if (values.length > 0) await connection.run(`insert into ${name} values ${values.join()}`);
}

async function planned(
  sql: string,
  type: types.DataType,
  tables: Readonly<Record<string, readonly Row[]>>,
): Promise<{ readonly plan: Plan; readonly sources: Sources }> {
  const sources = new Map<unknown, Source>();
  const scans = new Map<string, Scan>();
  for (const [name, rows] of Object.entries(tables)) {
    const input: Input = inputOf({ a: type, b: type, n: types.int32 }, rows);
    // By these numbers `few` is held, whatever there is.
    const said = { rows: name === 'few' ? 1 : 100_000, bytes: null, statistics: null };
    const ref = { format: 'test', paths: [name], options: {}, ...said };
    scans.set(name, scan(ref, input.schema));
    sources.set(ref, {
      schema: input.schema,
      ...said,
      scan: ({ columns }: { columns: readonly number[] }, machine: Runtime) =>
        streamOf(
          {
            schema: { fields: columns.map((i) => input.schema.fields[i]!) },
            rows: rows.map((row) => columns.map((i) => row[i]!)),
          },
          64,
          machine,
        ),
      async close() {},
    } as unknown as Source);
  }
  const written = await parseQuery(sql, async (name) => scans.get(name)!);
  return {
    plan: optimize(written, { evaluateConstant: constantEvaluator(runtime) }),
    sources: { open: async (node: Scan) => sources.get(node.source)! } as unknown as Sources,
  };
}

async function rowsOf(plan: Plan, sources: Sources, share?: number): Promise<string[]> {
  const context = contextOf(runtime, { sources, ...(share !== undefined && { share }) });
  const rows = await toldRows(execute(plan, context), context);
  await context.spills.release();
  return rows;
}
