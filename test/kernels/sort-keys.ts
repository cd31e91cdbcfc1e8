import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Vector } from '../../lib/arrow/batch.js';
import * as types from '../../lib/arrow/types.js';
import { encodeSortKeys, type SortOrder, sortOrder } from '../../lib/kernels/sort-keys.js';
import { type Cell, codedVectorOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('sort keys');

const texts = ['', 'a', 'a\0', 'a\0b', 'ab', 'b', 'é', 'zzzzzzzzzzzz', 'zzzzzzzzzzzza', '\0', '\0\0', '日本'];
const pools: [types.DataType, Cell[]][] = [
  [types.bool, [true, false]],
  [types.int8, [-128, -1, 0, 1, 127]],
  [types.int16, [-32768, -1, 0, 255, 256, 32767]],
  [types.int32, [-(2 ** 31), -1, 0, 65536, 2 ** 31 - 1]],
  [types.int64, [-(2n ** 63n), -1n, 0n, 2n ** 40n, 2n ** 63n - 1n]],
  [types.uint8, [0, 1, 128, 255]],
  [types.uint16, [0, 1, 40000, 65535]],
  [types.uint32, [0, 1, 2 ** 31, 2 ** 32 - 1]],
  [types.uint64, [0n, 1n, 2n ** 63n, 2n ** 64n - 1n]],
  [types.float32, [-Infinity, -1.5, -0, 0, 1.5, Infinity, Number.NaN]],
  [types.float64, [-Infinity, -1e300, -5e-324, -0, 0, 5e-324, 0.1, Infinity, Number.NaN]],
  [types.date, [-100000, 0, 19000]],
  [types.timestamp(), [-(2n ** 60n), 0n, 1700000000000000n]],
  [types.decimal(38, 2), [-(10n ** 37n), -1n, 0n, 1n, 2n ** 64n, 10n ** 37n]],
  [types.utf8, texts],
];

/** The order the design promises: numbers by value, NaN greatest, -0 = 0, text by bytes. */
function compare(a: Cell, b: Cell): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}

function naiveOrder(columns: Cell[][], orders: SortOrder[]): number[] {
  const rows = columns[0]!.map((_, i) => i);
  return rows.sort((x, y) => {
    for (const [c, order] of orders.entries()) {
      const a = columns[c]![x]!;
      const b = columns[c]![y]!;
      if (a === null && b === null) continue;
      if (a === null) return order.nullsFirst ? -1 : 1;
      if (b === null) return order.nullsFirst ? 1 : -1;
      const by = compare(a, b);
      if (by !== 0) return order.descending ? -by : by;
    }
    return x - y;
  });
}

test('random columns of every type, directions and null places, against a comparing sort', () => {
  const runtime = makeRuntime();
  const { arena, kernels } = runtime;
  const region = arena.region('test');
  const random = seeded(7);
  const pick = (n: number): number => Math.floor(random() * n);
  for (let round = 0; round < 300; round++) {
    const length = [0, 1, 2, 15, 16, 17, 33, 500][round % 8]!;
    const columns: Cell[][] = [];
    const vectors: Vector[] = [];
    const orders: SortOrder[] = [];
    for (let c = 0; c <= round % 3; c++) {
      const [type, pool] = pools[(round + c * 5) % pools.length]!;
      const nulls = random() < 0.5 ? 0.2 : 0;
      const cells = Array.from({ length }, () => (random() < nulls ? null : pool[pick(pool.length)]!));
      columns.push(cells);
      const coded = type.kind === 'utf8' && random() < 0.5;
      vectors.push(coded ? codedVectorOf(type, cells, region, runtime) : vectorOf(type, cells, region));
      orders.push({ descending: random() < 0.5, nullsFirst: random() < 0.5 });
    }
    const keys = encodeSortKeys(vectors, orders, length, region, kernels);
    const order = sortOrder(keys, region, kernels);
    assert.equal([...new Int32Array(arena.buffer, order, length)], naiveOrder(columns, orders));
  }
});

test('rows below a limit key', () => {
  const { arena, kernels } = makeRuntime();
  const region = arena.region('test');
  const random = seeded(3);
  const cells = Array.from({ length: 1000 }, () => Math.floor(random() * 100));
  const order = [{ descending: false, nullsFirst: false }];
  const keys = encodeSortKeys([vectorOf(types.int32, cells, region)], order, 1000, region, kernels);
  const limit = encodeSortKeys([vectorOf(types.int32, [40], region)], order, 1, region, kernels);
  const indices = region.reserve(4000);
  const count = kernels.sort_below(keys.offsets, keys.data, 1000, limit.data, limit.bytes, indices);
  assert.equal(
    [...new Int32Array(arena.buffer, indices, count)],
    cells.flatMap((cell, i) => (cell < 40 ? [i] : [])),
  );
});

test.run();
