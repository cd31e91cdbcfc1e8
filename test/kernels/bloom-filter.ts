import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { int64 } from '../../lib/arrow/types.js';
import { BloomFilter } from '../../lib/kernels/bloom-filter.js';
import { RowHasher } from '../../lib/kernels/hash-rows.js';
import type { Region } from '../../lib/memory/arena.js';
import { makeRuntime, vectorOf } from '../helpers.js';

const test = suite('bloom filter');
const runtime = makeRuntime(16 * 2 ** 20);

/** Hashes of the numbers from `from` on, and their positions. */
function numbered(from: number, count: number, region: Region): readonly [hashes: number, rows: number] {
  const values = Array.from({ length: count }, (_, i) => BigInt(from + i));
  const hasher = new RowHasher(runtime, 'test');
  const hashes = hasher.hash([vectorOf(int64, values, region)], count, region);
  const rows = region.reserve(count * 4);
  runtime.kernels.take_sequence(rows, 0, count);
  hasher.release();
  return [hashes, rows];
}

const rowsAt = (address: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => runtime.arena.view.getUint32(address + i * 4, true));

test('who was seen passes, most others do not, and both stay in order', () => {
  const region = runtime.arena.region('test');
  const filter = new BloomFilter(10_000, runtime, 'filter');
  const seen = 10_000;
  filter.add(numbered(0, seen, region)[0], seen);
  const count = 20_000;
  const [hashes, rows] = numbered(seen - 5000, count, region);
  const strays = filter.split(hashes, rows, count, region);
  const [first, others] = [rowsAt(rows, strays), rowsAt(rows + strays * 4, count - strays)];
  assert.ok(
    first.every((row) => row >= 5000),
    'a number that was seen is among those that were not',
  );
  assert.ok(strays > 15_000 * 0.93, `${strays} of 15000 were told`);
  for (const part of [first, others])
    assert.equal(
      part,
      part.toSorted((a, b) => a - b),
    );
  assert.equal(
    [...first, ...others].sort((a, b) => a - b),
    Array.from({ length: count }, (_, i) => i),
  );
  filter.release();
  region.release();
  assert.is(runtime.arena.reserved, 0);
});

test('it goes when it tells nothing, and there is none without room', () => {
  const region = runtime.arena.region('test');
  const filter = new BloomFilter(2 ** 17, runtime, 'filter');
  const count = 2 ** 16;
  const [hashes, rows] = numbered(0, count, region);
  filter.add(hashes, count);
  for (const more of [true, false]) {
    assert.is(filter.split(hashes, rows, count, region), 0);
    assert.is(filter.held > 0, more);
  }
  assert.is(filter.split(hashes, rows, count, region), 0);
  const tooLarge = new BloomFilter(2 ** 26, runtime, 'filter');
  tooLarge.add(hashes, count);
  assert.is(tooLarge.split(hashes, rows, count, region), 0);
  region.release();
  assert.is(runtime.arena.reserved, 0);
});

test.run();
