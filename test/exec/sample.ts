import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Schema } from '../../lib/arrow/schema.js';
import { int64, utf8 } from '../../lib/arrow/types.js';
import type { Context, Stream } from '../../lib/exec/context.js';
import { sample } from '../../lib/exec/sample.js';
import { batchOf, type Cell, cellsOf, contextOf, makeRuntime, vectorOf } from '../helpers.js';
import { drawOf } from '../plan/helpers.js';

const test = suite('sample');

const runtime = makeRuntime();

const schema: Schema = {
  fields: [
    { name: 'draw', type: int64, nullable: false },
    { name: 's', type: utf8, nullable: true },
  ],
};
const textOf = (row: number): string | null => (row % 7 === 0 ? null : `text ${row}`);

/** Rows 0 to `rows`, in batches of `size`. */
async function* source(rows: number, size: number, context: Context): Stream {
  const region = context.arena.region('source');
  try {
    for (let from = 0; from < rows; from += size) {
      region.reset();
      const numbers = Array.from({ length: Math.min(size, rows - from) }, (_, i) => from + i);
      yield batchOf([
        vectorOf(int64, numbers.map(BigInt), region),
        vectorOf(utf8, numbers.map(textOf), region),
      ]);
    }
  } finally {
    region.release();
  }
}

/** Numbers of the rows that come out; that their other column belongs to them is checked here. */
async function sampled(
  wish: { rate?: number; count?: number; seed: number },
  rows: number,
  size = 1000,
  context = contextOf(runtime),
): Promise<number[]> {
  const { rate = null, count = null, seed } = wish;
  const found: number[] = [];
  for await (const batch of sample({ rate, count, seed }, source(rows, size, context), schema, context)) {
    const [numbers, texts] = batch.columns.map((column) => cellsOf(column, context.arena)) as [
      Cell[],
      Cell[],
    ];
    assert.is(batch.columns.length, 2);
    assert.equal(
      texts,
      numbers.map((row) => textOf(Number(row))),
    );
    found.push(...numbers.map(Number));
  }
  assert.is(context.arena.reserved, 0);
  assert.is(context.spills.held, 0);
  await context.spills.release();
  return found;
}

/** The rows, those that draw least first. */
function byDraw(seed: number, rows: number): number[] {
  const draws = numbersTo(rows).map((row) => drawOf(seed, row));
  return numbersTo(rows).sort((a, b) => (draws[a]! < draws[b]! ? -1 : 1));
}

const numbersTo = (rows: number): number[] => Array.from({ length: rows }, (_, row) => row);

test('a rate keeps the rows that draw below it, in their order, however they come', async () => {
  const expected = numbersTo(5000).filter((row) => Number(drawOf(42, row) >> 11n) < 0.2 * 2 ** 53);
  for (const size of [1, 999, 5000])
    assert.equal(await sampled({ rate: 0.2, seed: 42 }, 5000, size), expected);
  assert.equal(await sampled({ rate: 0, seed: 1 }, 5000), []);
  assert.equal(await sampled({ rate: 1, seed: 1 }, 5000), numbersTo(5000));
});

test('a count keeps exactly so many, those that draw least', async () => {
  const least = byDraw(-3, 5000);
  for (const count of [0, 1, 10, 4999, 5000, 9000])
    for (const size of [137, 5000])
      assert.equal(await sampled({ count, seed: -3 }, 5000, size), least.slice(0, count));
  assert.equal(await sampled({ count: 5, seed: 1 }, 0), []);
});

test('a count that does not fit spills', async () => {
  const least = byDraw(9, 60_000);
  const context = contextOf(runtime, { share: 2 ** 20 });
  const { spills } = context;
  assert.equal(await sampled({ count: 50_000, seed: 9 }, 60_000, 8192, context), least.slice(0, 50_000));
  assert.ok(spills.written > 0);
});

test('seeds differ, and every row has its chance', async () => {
  const [one, two] = [
    await sampled({ rate: 0.5, seed: 1 }, 4000),
    await sampled({ rate: 0.5, seed: 2 }, 4000),
  ];
  const both = one.filter((row) => two.includes(row)).length;
  assert.ok(both > 850 && both < 1150, `${both} rows in both halves`);
  // 100 samples of 10 of 20 rows: each row is in some 50 of them, with a standard deviation of 5.
  const times = new Array<number>(20).fill(0);
  for (let seed = 0; seed < 100; seed++)
    for (const row of await sampled({ count: 10, seed }, 20)) times[row]!++;
  assert.ok(Math.min(...times) > 28 && Math.max(...times) < 72, times.join(' '));
});

test.run();
