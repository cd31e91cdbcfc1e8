/** The rows that a window of the first ones keeps, against a naive numbering. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../../lib/arrow/types.js';
import { top } from '../../../lib/exec/window/top.js';
import type { Expr, SortKey } from '../../../lib/plan/expr.js';
import { call, column, integer, sortKey } from '../../../lib/plan/make-expr.js';
import type { WindowTop } from '../../../lib/plan/plan.js';
import { type Cell, contextOf, makeRuntime, seeded } from '../../helpers.js';
import { columnsOf, inputOf, type Row, streamOf } from '../../stream-helpers.js';

const test = suite('rows that may be among the first of their partition');

const fields = {
  n: types.int32,
  p: types.int32,
  q: types.utf8,
  x: types.float64,
  i: types.int64,
  t: types.utf8,
};
const width = Object.keys(fields).length;

const runtime = makeRuntime();

function randomRows(rows: number, partitions: number, values: number, seed: number): Row[] {
  const random = seeded(seed);
  const below = (n: number): number => Math.floor(random() * n);
  return Array.from({ length: rows }, (_, n) => {
    const cells: Cell[] = [
      below(partitions),
      `part ${below(partitions)}`,
      [Number.NaN, -0, 0, -Infinity][below(40)] ?? below(values) / 4,
      BigInt(below(values)) - 7n,
      'abcdefgh'.repeat(below(2)) + below(values),
    ];
    return [n, ...cells.map((cell) => (below(30) === 0 ? null : cell))];
  });
}

interface Case {
  readonly partitionBy: readonly Expr[];
  readonly keyOf: (row: Row) => unknown;
  readonly orderBy: readonly (readonly [at: number, key: SortKey])[];
}

function compareCells(a: Cell, b: Cell, { descending, nullsFirst }: SortKey): number {
  if (a === null || b === null) return a === b ? 0 : (a === null) === nullsFirst ? -1 : 1;
  const [nan, otherNan] = [Number.isNaN(a), Number.isNaN(b)];
  const order = nan || otherNan ? Number(nan) - Number(otherNan) : a === b ? 0 : a < b ? -1 : 1;
  return descending ? -order : order;
}

/** The row numbers n of those whose number is `most` at most; of equal rows those that came first. */
function wanted(rows: readonly Row[], { keyOf, orderBy }: Case, most: WindowTop): Set<Cell> {
  const parts = new Map<unknown, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [row]);
    else part.push(row);
  }
  const compare = (a: Row, b: Row): number => {
    for (const [at, key] of orderBy) {
      const order = compareCells(a[at]!, b[at]!, key);
      if (order !== 0) return order;
    }
    return 0;
  };
  const found = new Set<Cell>();
  for (const part of parts.values()) {
    let rank = 0;
    let dense = 0;
    const sorted = [...part].sort(compare);
    sorted.forEach((row, at) => {
      if (at === 0 || compare(sorted[at - 1]!, row) !== 0) {
        rank = at + 1;
        dense++;
      }
      const number = { row_number: at + 1, rank, dense_rank: dense }[most.by];
      if (number <= most.rows) found.add(row[0]!);
    });
  }
  return found;
}

const x = [3, sortKey(column('x'), true)] as const;
const i = [4, sortKey(column('i'), false, true)] as const;
const t = [5, sortKey(column('t'))] as const;
const n = [0, sortKey(column('n'))] as const;

const cases: readonly Case[] = [
  { partitionBy: [column('p')], keyOf: (row) => row[1], orderBy: [x] },
  { partitionBy: [column('q')], keyOf: (row) => row[2], orderBy: [i] },
  { partitionBy: [column('p'), column('q')], keyOf: (row) => `${row[1]},${row[2]}`, orderBy: [t, x] },
  {
    partitionBy: [call('mod', column('p'), integer(1000))],
    keyOf: (row) => row[1] && Number(row[1]) % 1000,
    orderBy: [n],
  },
  { partitionBy: [column('p')], keyOf: (row) => row[1], orderBy: [] },
  { partitionBy: [], keyOf: () => 0, orderBy: [i] },
];

/** Checks what comes out; gives how many rows do, and how many bytes went to disk. */
async function run(
  rows: readonly Row[],
  one: Case,
  most: WindowTop,
  share: number,
): Promise<{ readonly out: number; readonly spilled: number }> {
  const context = contextOf(runtime, { share });
  const input = inputOf(fields, rows);
  const node = { partitionBy: one.partitionBy, orderBy: one.orderBy.map(([, key]) => key) };
  const stream = top(node, most, streamOf(input, 997, runtime), input.schema, context);
  const columns = await columnsOf(stream, width, runtime);
  const numbers = columns[0]!;
  assert.is(new Set(numbers).size, numbers.length, 'no row twice');
  const left = wanted(rows, one, most);
  const last = new Map<unknown, number>();
  numbers.forEach((number, at) => {
    const row = rows[Number(number)]!;
    row.forEach((cell, c) => {
      if (!Object.is(columns[c]![at], cell)) assert.is(columns[c]![at], cell);
    });
    const key = one.keyOf(row);
    assert.ok((last.get(key) ?? -1) < Number(number), 'rows of a partition keep their order');
    last.set(key, Number(number));
    left.delete(number!);
  });
  assert.is(left.size, 0, 'all that are wanted');
  const spilled = context.spills.written;
  assert.is(context.spills.held, 0);
  await context.spills.release();
  assert.is(runtime.arena.reserved, 0);
  return { out: numbers.length, spilled };
}

test('few partitions', async () => {
  const rows = randomRows(3000, 20, 500, 1);
  for (const one of cases)
    for (const by of ['row_number', 'rank', 'dense_rank'] as const)
      for (const count of [1, 5]) {
        const { spilled } = await run(rows, one, { by, rows: count }, 2 ** 24);
        assert.is(spilled, 0);
      }
});

test('rows that are late are gone', async () => {
  const rows = randomRows(20_000, 10, 100_000, 2);
  const { out } = await run(rows, cases[0]!, { by: 'row_number', rows: 2 }, 2 ** 24);
  // Nulls and NaN, of which there are many, are equally early.
  assert.ok(out < 1000);
});

test('more partitions than memory has room for', async () => {
  const rows = randomRows(60_000, 25_000, 1000, 3);
  for (const one of cases.slice(0, 3)) {
    const { spilled } = await run(rows, one, { by: 'row_number', rows: 2 }, 2 ** 20);
    assert.ok(spilled > 0);
  }
});

test('more candidates than memory has room for', async () => {
  // Every row is as early as the first.
  const rows = randomRows(60_000, 10, 1, 4);
  const { out, spilled } = await run(rows, cases[2]!, { by: 'rank', rows: 3 }, 2 ** 20);
  assert.ok(out > 10_000);
  assert.is(spilled, 0);
});

test('who stops early leaves nothing behind', async () => {
  const context = contextOf(runtime, { share: 2 ** 20 });
  const input = inputOf(fields, randomRows(60_000, 25_000, 10, 5));
  const node = { partitionBy: [column('p')], orderBy: [sortKey(column('x'))] };
  const stream = top(node, { by: 'rank', rows: 9 }, streamOf(input, 997, runtime), input.schema, context);
  await stream.next();
  await stream.return();
  assert.is(context.spills.held, 0);
  await context.spills.release();
  assert.is(runtime.arena.reserved, 0);
});

test.run();
