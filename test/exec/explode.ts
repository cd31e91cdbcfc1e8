import { DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { explode } from '../../lib/exec/explode.js';
import { call, column, integer } from '../../lib/plan/make-expr.js';
import { explode as explodePlan, filter, scan } from '../../lib/plan/make-plan.js';
import { optimize } from '../../lib/plan/optimize.js';
import { schemaOf } from '../../lib/plan/schema.js';
import { type Cell, contextOf, makeRuntime, randomCells, seeded } from '../helpers.js';
import { columnsOf, inputOf, type Row, streamOf } from '../stream-helpers.js';

const test = suite('explode');

const fields = {
  n: types.int32,
  l: types.list(types.int64),
  t: types.utf8,
  m: types.list(types.list(types.utf8)),
};

function randomRows(count: number, random: () => number): Row[] {
  const columns = Object.values(fields).map((type) => randomCells(type, count, random, 0.15));
  return Array.from({ length: count }, (_, i) => [i, ...columns.slice(1).map((cells) => cells[i]!)]);
}

/** Rows with the list at `at` spread out. */
function exploded(rows: readonly Row[], at: number, outer: boolean): Row[] {
  return rows.flatMap((row) => {
    const list = (row[at] ?? []) as unknown as readonly Cell[];
    const elements = list.length === 0 && outer ? [null] : list;
    return elements.map((element) => row.map((cell, i) => (i === at ? element : cell)));
  });
}

const byColumn = (rows: readonly Row[], width: number): Cell[][] =>
  Array.from({ length: width }, (_, c) => rows.map((row) => row[c]!));

test('every element in order, with empty and null lists or without', async () => {
  const random = seeded(1);
  for (const [rows, size] of [
    [0, 10],
    [1, 1],
    [700, 64],
    [700, 700],
  ] as const) {
    const input = inputOf(fields, randomRows(rows, random));
    for (const [name, at] of [
      ['l', 1],
      ['m', 3],
    ] as const) {
      for (const outer of [false, true]) {
        const runtime = makeRuntime();
        const stream = explode(
          { column: name, outer },
          streamOf(input, size, runtime),
          input.schema,
          contextOf(runtime),
        );
        assert.equal(await columnsOf(stream, 4, runtime), byColumn(exploded(input.rows, at, outer), 4));
        assert.is(runtime.arena.reserved, 0);
      }
    }
  }
});

test('long lists come out in pieces', async () => {
  const runtime = makeRuntime(4 * 2 ** 20);
  const long = Array.from({ length: 30_000 }, (_, i): Cell => (i % 7 === 0 ? null : BigInt(i)));
  const rows: Row[] = [[], long, null, [5n], long].map((list, i) => [
    list as unknown as Cell,
    `t${i}`.repeat(9),
  ]);
  const input = inputOf({ l: types.list(types.int64), t: types.utf8 }, rows);
  let pieces = 0;
  async function* counted(): ReturnType<typeof explode> {
    for await (const batch of explode(
      { column: 'l', outer: true },
      streamOf(input, 5, runtime, true),
      input.schema,
      contextOf(runtime),
    )) {
      pieces++;
      yield batch;
    }
  }
  assert.equal(await columnsOf(counted(), 2, runtime), byColumn(exploded(rows, 0, true), 2));
  assert.ok(pieces > 10, `${pieces} pieces`);
  assert.is(runtime.arena.reserved, 0);
});

test('as DuckDB has it', async () => {
  const random = seeded(2);
  const rows = randomRows(300, random);
  const db = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await db.connect();
  await connection.run('create table r (n integer, l bigint[])');
  const sql = (list: Cell): string =>
    list === null
      ? 'null'
      : `[${(list as unknown as Cell[]).map((one) => one ?? 'null').join(', ')}]::bigint[]`;
  await connection.run(
    `insert into r values ${rows.map((row) => `(${row[0]}, ${sql(row[1]!)})`).join(', ')}`,
  );
  const read = async (query: string): Promise<string[]> =>
    (await connection.runAndReadAll(query))
      .getRows()
      .map((row) => row.map(String).join())
      .sort();
  for (const [outer, query] of [
    [false, 'select n, unnest(l) from r'],
    [true, 'select n, e from r left join lateral (select unnest(l) as e) on true'],
  ] as const) {
    const runtime = makeRuntime();
    const input = inputOf(fields, rows);
    const stream = explode(
      { column: 'l', outer },
      streamOf(input, 100, runtime),
      input.schema,
      contextOf(runtime),
    );
    const [n, e] = await columnsOf(stream, 4, runtime);
    assert.equal(n!.map((one, i) => `${one},${e![i]}`).sort(), await read(query));
  }
  connection.closeSync();
});

test('the plan: types, refusals, filters that go below', () => {
  const source = { format: 'test', paths: [], options: {}, rows: null, bytes: null, statistics: null };
  const table = scan(source, inputOf(fields, []).schema);
  assert.equal(
    schemaOf(explodePlan(table, 'm')).fields.map(({ type }) => types.typeName(type)),
    ['int32', 'int64[]', 'utf8', 'utf8[]'],
  );
  assert.throws(
    () => schemaOf(explodePlan(table, 't')),
    /only lists are exploded, and the type of "t" is utf8/,
  );
  assert.throws(() => schemaOf(explodePlan(table, 'x')), /there is no column "x"/);
  const above = call('gt', column('n'), integer(3));
  const within = call('gt', column('l'), integer(3));
  const mayFail = call('eq', call('int_div', column('n'), integer(0)), integer(3));
  const best = optimize(filter(filter(explodePlan(table, 'l'), above), within), {});
  assert.is(best.op, 'filter');
  assert.is(best.op === 'filter' && best.input.op === 'explode' && best.input.input.op === 'scan', true);
  const input = best.op === 'filter' && best.input.op === 'explode' && best.input.input;
  assert.ok(input && input.op === 'scan' && input.predicate !== null);
  assert.is(optimize(filter(explodePlan(table, 'l'), mayFail), {}).op, 'filter');
  assert.is(optimize(filter(explodePlan(table, 'l', true), mayFail), {}).op, 'explode');
});

test.run();
