/** The aggregate list: compared with a naive loop, roomy and with a tiny share, and with DuckDB. */
import { DuckDBInstance, DuckDBListValue } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { aggregate } from '../../lib/exec/aggregate.js';
import type { NamedAggregate, SortKey } from '../../lib/plan/expr.js';
import { column, sortKey } from '../../lib/plan/make-expr.js';
import { aggregate as aggregatePlan, scan } from '../../lib/plan/make-plan.js';
import { schemaOf } from '../../lib/plan/schema.js';
import { type Cell, cellsOf, contextOf, makeRuntime, type Nested, randomCells, seeded } from '../helpers.js';
import { type Input, inputOf, type Row, streamOf } from '../stream-helpers.js';

const test = suite('aggregate list');

const fields = {
  n: types.int32,
  k: types.utf8,
  g: types.int32,
  i: types.int64,
  t: types.utf8,
  b: types.bool,
  l: types.list(types.list(types.utf8)),
};
const at = Object.fromEntries(Object.keys(fields).map((name, i) => [name, i]));

const list = (
  name: string,
  orderBy: readonly SortKey[] = [],
  filter: string | null = null,
): NamedAggregate => ({
  ...{ name: `${name} ${orderBy.length} ${filter}`, aggregate: 'list', args: [column(name)] },
  ...{ distinct: false, filter: filter === null ? null : column(filter), orderBy },
});

const count: NamedAggregate = { name: 'count', aggregate: 'count', args: [], distinct: false, filter: null };

const lists: readonly NamedAggregate[] = [
  list('i'),
  list('t'),
  list('l'),
  list('b', [], 'b'),
  list('n', [sortKey(column('i'), true), sortKey(column('t'))]),
  list('t', [sortKey(column('n'), true)], 'b'),
];

function randomInput(rows: number, groups: number, seed: number): Input {
  const random = seeded(seed);
  const cells = Object.values(fields).map((type) => randomCells(type, rows, random, 0.1));
  return inputOf(
    fields,
    Array.from({ length: rows }, (_, r): Row => {
      const group = Math.floor(random() ** 2 * groups);
      const own: readonly Cell[] = [r, group % 7 === 0 ? null : `key ${group}`, group % 5];
      return [...own, ...cells.slice(3).map((one) => one[r]!)];
    }),
  );
}

/** Groups as JSON, sorted; numbers of 64 bits as text. */
const told = (groups: readonly (readonly unknown[])[]): string[] =>
  groups
    .map((row) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value)))
    .sort();

async function run(
  input: Input,
  keys: readonly string[],
  aggregates: readonly NamedAggregate[],
  size: number,
  share: number,
): Promise<{ readonly rows: string[]; readonly written: number; readonly batches: number }> {
  const runtime = makeRuntime(2 ** 28);
  const context = contextOf(runtime, { share });
  const node = { keys: keys.map((name) => ({ name, expr: column(name) })), aggregates };
  const out: unknown[][] = [];
  let batches = 0;
  for await (const batch of aggregate(node, streamOf(input, size, runtime), input.schema, context)) {
    batches++;
    const cells = batch.columns.map((vector) => cellsOf(vector, runtime.arena));
    for (let r = 0; r < batch.length; r++) out.push(cells.map((one) => one[r]!));
  }
  assert.is(runtime.arena.reserved, 0);
  assert.is(context.spills.held, 0);
  const { written } = context.spills;
  await context.spills.release();
  return { rows: told(out), written, batches };
}

/** Bytes of UTF-8 decide. Nulls last. */
function compare(a: Cell, b: Cell): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  return a < b ? -1 : a > b ? 1 : 0;
}

function naive({ rows }: Input, keys: readonly string[], aggregates: readonly NamedAggregate[]): string[] {
  const groups = new Map<string, Row[]>();
  if (keys.length === 0) groups.set('[]', []);
  for (const row of rows) {
    const key = JSON.stringify(keys.map((name) => row[at[name]!]));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const cellOf = (row: Row, expr: unknown): Cell => row[at[(expr as { name: string }).name]!]!;
  return told(
    [...groups].map(([key, group]) => [
      ...(JSON.parse(key) as unknown[]),
      ...aggregates.map(({ aggregate: name, args, filter, orderBy }): Nested => {
        if (name === 'count') return BigInt(group.length);
        const kept = group.filter((row) => filter === null || cellOf(row, filter) === true);
        kept.sort((a, b) => {
          for (const { expr, descending } of orderBy ?? []) {
            const [x, y] = [cellOf(a, expr), cellOf(b, expr)];
            const order = compare(x, y);
            if (order !== 0) return descending && x !== null && y !== null ? -order : order;
          }
          return 0;
        });
        return kept.length === 0 ? null : kept.map((row) => cellOf(row, args[0]));
      }),
    ]),
  );
}

test('lists keep the order of the rows, or the one asked for, and nulls', async () => {
  for (const [rows, groups, keys] of [
    [0, 1, []],
    [0, 1, ['k']],
    [1, 1, []],
    [500, 3, []],
    [2000, 40, ['k']],
    [2000, 3000, ['k', 'g']],
  ] as const) {
    const input = randomInput(rows, groups, rows + groups);
    const ours = await run(input, keys, [count, ...lists], 170, 2 ** 26);
    assert.equal(ours.rows, naive(input, keys, [count, ...lists]));
    assert.is(ours.written, 0);
  }
});

test('the same where memory does not hold them', async () => {
  for (const [rows, groups, keys, share] of [
    [4000, 300, ['k'], 2 ** 18],
    [4000, 2000, ['k', 'g'], 2 ** 18],
    // Half of the rows are of one group.
    [3000, 2, ['g'], 2 ** 18],
  ] as const) {
    const input = randomInput(rows, groups, rows + groups);
    const ours = await run(input, keys, [lists[0]!, count, ...lists.slice(3)], 3000, share);
    assert.ok(ours.written > 0, 'nothing was spilled');
    assert.equal(ours.rows, naive(input, keys, [lists[0]!, count, ...lists.slice(3)]));
    const nested = await run(input, keys, [lists[2]!], 3000, share);
    assert.ok(nested.written > 0, 'nothing was spilled');
    assert.equal(nested.rows, naive(input, keys, [lists[2]!]));
  }
});

test('batches that come out are bounded', async () => {
  const input = randomInput(30_000, 6000, 9);
  const keys = ['k', 'g'];
  const roomy = await run(input, keys, [list('i')], 5000, 2 ** 22);
  assert.is(roomy.written, 0);
  assert.ok(roomy.batches > 1, `${roomy.batches} batch`);
});

test('as DuckDB has it', async () => {
  const input = randomInput(600, 20, 4);
  const db = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await db.connect();
  await connection.run('create table r (n integer, k varchar, g integer, i bigint, b boolean)');
  const literal = (cell: Cell): string => (typeof cell === 'string' ? `'${cell}'` : String(cell));
  const values = input.rows.map((row) => `(${[0, 1, 2, 3, 5].map((c) => literal(row[c]!)).join(', ')})`);
  await connection.run(`insert into r values ${values.join(', ')}`);
  const cases = [
    ['list(i)', list('i')],
    ['list(n order by i desc nulls last, n)', list('n', [sortKey(column('i'), true), sortKey(column('n'))])],
    [
      'list(n order by i nulls first, n desc)',
      list('n', [{ ...sortKey(column('i')), nullsFirst: true }, sortKey(column('n'), true)]),
    ],
    ['list(i) filter (where b)', list('i', [], 'b')],
  ] as const;
  for (const [sql, ours] of cases) {
    const reader = await connection.runAndReadAll(
      `select k, g, ${sql} from (from r order by n) group by k, g`,
    );
    const theirs = reader
      .getRows()
      .map(([k, g, found]) => [k, g, found instanceof DuckDBListValue ? found.items : found]);
    assert.equal((await run(input, ['k', 'g'], [ours], 100, 2 ** 26)).rows, told(theirs), sql);
  }
  connection.closeSync();
});

test('typing and refusals', () => {
  const source = { format: 'test', paths: [], options: {}, rows: null, bytes: null, statistics: null };
  const table = scan(source, inputOf(fields, []).schema);
  const typed = (one: NamedAggregate): string => {
    const [field] = schemaOf(aggregatePlan(table, [], [one])).fields;
    return `${types.typeName(field!.type)} ${field!.nullable}`;
  };
  assert.is(typed(list('i')), 'int64[] true');
  assert.is(typed({ ...list('l'), aggregate: 'array_agg' }), 'utf8[][][] true');
  assert.throws(() => typed({ ...list('i'), distinct: true }), /list cannot take distinct/);
  assert.throws(
    () => typed({ ...list('i', [sortKey(column('n'))]), aggregate: 'sum' }),
    /order by means nothing to sum/,
  );
  assert.throws(() => typed(list('i', [sortKey(column('l'))])), /cannot sort by l: it is a list/);
  assert.throws(
    () => typed({ ...list('l'), aggregate: 'max' }),
    /max\(any\) cannot take \(utf8\[\]\[\]\); explode/,
  );
});

test.run();
