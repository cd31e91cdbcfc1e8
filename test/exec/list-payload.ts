/** Rows with lists through operators that hold rows. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { sort } from '../../lib/exec/sort.js';
import { call, column, sortKey } from '../../lib/plan/make-expr.js';
import { type Cell, contextOf, makeRuntime, randomCells, seeded } from '../helpers.js';
import { columnsOf, inputOf, type Row, streamOf } from '../stream-helpers.js';
import { type Case, expected, joined, kinds, sideOf } from './join-helpers.js';

const test = suite('rows with lists');

const lists = [types.list(types.int64), types.list(types.list(types.utf8)), types.list(types.bool)];

function rowsOf(count: number, random: () => number): Row[] {
  const columns = lists.map((type) => randomCells(type, count, random, 0.15));
  return Array.from({ length: count }, (_, i) => [
    Math.floor(random() * 50),
    ...columns.map((cells) => cells[i]!),
    i,
  ]);
}

test('sorted, by a column and by the length of a list, roomy and from disk', async () => {
  const random = seeded(1);
  const fields = { k: types.int32, a: lists[0]!, b: lists[1]!, c: lists[2]!, n: types.int32 };
  for (const [count, share, limit] of [
    [0, 2 ** 24, null],
    [900, 2 ** 24, null],
    [900, 2 ** 24, 70],
    [20_000, 2 ** 19, null],
  ] as const) {
    const input = inputOf(fields, rowsOf(count, random));
    const runtime = makeRuntime();
    const context = contextOf(runtime, { share });
    const keys = [sortKey(column('k')), sortKey(call('len', column('a')), true)];
    const rows = streamOf(input, 777, runtime);
    const found = await columnsOf(sort(keys, limit, rows, input.schema, context), 5, runtime);
    const sizeOf = (cell: Cell): number => (cell === null ? -1 : (cell as unknown as Cell[]).length);
    const sorted = [...input.rows]
      .sort(
        (a, b) => Number(a[0]) - Number(b[0]) || sizeOf(b[1]!) - sizeOf(a[1]!) || Number(a[4]) - Number(b[4]),
      )
      .slice(0, limit ?? count);
    assert.equal(
      found,
      [0, 1, 2, 3, 4].map((c) => sorted.map((row) => row[c]!)),
    );
    assert.is(context.spills.written > 0, share < 2 ** 20);
    assert.is(runtime.arena.reserved, 0);
    assert.is(context.spills.held, 0);
    await context.spills.release();
  }
});

test('joined, either side held, roomy and from disk', async () => {
  const random = seeded(2);
  const all = [types.int32, ...lists, types.int32];
  for (const [count, share] of [
    [150, 2 ** 24],
    [6000, 2 ** 19],
  ] as const)
    for (const kind of kinds)
      for (const holds of ['left', 'right'] as const) {
        const sides = [0, 1].map(() =>
          rowsOf(count, random).map((row) => [Math.floor(random() * count), ...row.slice(1)]),
        );
        const left = sideOf('l', all, sides[0]!);
        const right = sideOf('r', all, sides[1]!);
        const given: Case = { kind, left, right, on: [[0, 0]], holds, batchRows: 400 };
        const runtime = makeRuntime();
        const context = contextOf(runtime, { share });
        assert.equal(await joined(given, context), expected(given), `${kind}, ${holds} held, ${count} rows`);
        assert.is(runtime.arena.reserved, 0);
        assert.is(context.spills.held, 0);
        await context.spills.release();
      }
});

test.run();
