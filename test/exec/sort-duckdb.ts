import { DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { sort } from '../../lib/exec/sort.js';
import type { Expr, SortKey } from '../../lib/plan/expr.js';
import { type Cell, contextOf, makeRuntime, seeded } from '../helpers.js';
import { columnsOf, inputOf, type Row, streamOf } from '../stream-helpers.js';

const test = suite('sort against DuckDB');

const fields = { n: types.int32, x: types.float64, i: types.int64, t: types.utf8 };
const column = (name: keyof typeof fields): Expr => ({ op: 'column', name });

const keys: readonly { readonly sql: string; readonly expr: Expr }[] = [
  { sql: 'x', expr: column('x') },
  { sql: 'i', expr: column('i') },
  { sql: 't', expr: column('t') },
  { sql: 'length(t)', expr: { op: 'call', name: 'length', args: [column('t')] } },
  {
    sql: 'i % 7',
    expr: { op: 'call', name: 'mod', args: [column('i'), { op: 'literal', value: 7, type: types.int32 }] },
  },
  { sql: 'x is null', expr: { op: 'call', name: 'is_null', args: [column('x')] } },
];

const literal = (cell: Cell): string =>
  cell === null
    ? 'null'
    : typeof cell === 'string'
      ? `'${cell}'`
      : typeof cell === 'number' && !Number.isFinite(cell)
        ? `'${cell}'::double`
        : String(cell);

test('columns and expressions, in memory and in runs', async () => {
  const random = seeded(8);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const rows: Row[] = Array.from({ length: 5000 }, (_, n) => [
    n,
    random() < 0.1
      ? null
      : pick([Number.NaN, Infinity, -Infinity, 0, -0, 1.5, Math.round(random() * 1e4) / 8]),
    random() < 0.1 ? null : BigInt(Math.floor((random() - 0.5) * 300)),
    random() < 0.1
      ? null
      : pick(['', 'a', 'é', 'zebra', `t${Math.floor(random() * 99)}`, 'x'.repeat(Math.floor(random() * 60))]),
  ]);
  const instance = await DuckDBInstance.create(':memory:');
  const duck = await instance.connect();
  await duck.run('create table t (n integer, x double, i bigint, t varchar)');
  for (let from = 0; from < rows.length; from += 1000) {
    const values = rows.slice(from, from + 1000).map((row) => `(${row.map(literal).join()})`);
    await duck.run(`insert into t values ${values.join()}`);
  }
  for (let round = 0; round < 12; round++) {
    const chosen = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
      ...pick(keys),
      descending: random() < 0.5,
      nullsFirst: random() < 0.5,
    }));
    const limit = round % 3 === 0 ? Math.floor(random() * 4000) : null;
    const order = chosen
      .map(
        ({ sql, descending, nullsFirst }) =>
          `${sql} ${descending ? 'desc' : 'asc'} nulls ${nullsFirst ? 'first' : 'last'}`,
      )
      .join(', ');
    const query = `select n from t order by ${order}, n${limit === null ? '' : ` limit ${limit}`}`;
    const expected = (await duck.runAndReadAll(query)).getRows().map(([n]) => Number(n));
    const sortKeys: SortKey[] = chosen.map(({ expr, descending, nullsFirst }) => ({
      expr,
      descending,
      nullsFirst,
    }));
    for (const share of [null, 500_000]) {
      const runtime = makeRuntime(32 * 2 ** 20);
      const context = contextOf(runtime, share === null ? {} : { share });
      const input = inputOf(fields, rows);
      const stream = sort(sortKeys, limit, streamOf(input, 300 + round * 50, context), input.schema, context);
      const [got] = await columnsOf(stream, 4, context);
      assert.equal(got, expected, `${order}, share ${share}`);
      if (limit === null) assert.is(context.spills.written > 0, share !== null);
      assert.is(context.spills.held, 0);
      assert.is(runtime.arena.reserved, 0);
      await context.spills.release();
    }
  }
  duck.closeSync();
  instance.closeSync();
});

test.run();
