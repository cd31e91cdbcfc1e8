import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Arena, blockBytes, Growable } from '../../lib/memory/arena.js';
import { seeded } from '../helpers.js';

const test = suite('arena');

test('regions hand out aligned, disjoint pieces and give all blocks back', () => {
  const arena = new Arena(4 * 2 ** 20);
  const a = arena.region('a');
  const b = arena.region('b');
  const pieces: [number, number][] = [];
  for (let i = 1; i < 400; i++) pieces.push([(i % 2 ? a : b).reserve(i * 13), i * 13]);
  pieces.sort(([x], [y]) => x - y);
  for (let i = 1; i < pieces.length; i++) {
    assert.is(pieces[i]![0] % 64, 0);
    assert.ok(pieces[i - 1]![0] + pieces[i - 1]![1] <= pieces[i]![0], 'pieces overlap');
  }
  assert.is(arena.reserved, a.held + b.held);
  a.release();
  b.release();
  assert.is(arena.reserved, 0);
  assert.ok(arena.peak > 0);
});

test('a region that is reset hands out the same memory again', () => {
  const arena = new Arena(4 * 2 ** 20);
  const region = arena.region('a');
  const first = region.reserve(100);
  region.reserve(500_000);
  region.reset();
  assert.is(region.reserve(100), first);
  assert.is(region.held, blockBytes);
});

test('a budget that does not suffice: tryReserve says 0, reserve names owner, need and limit', () => {
  const arena = new Arena(2 * 2 ** 20);
  const region = arena.region('group table');
  assert.is(region.tryReserve(3 * 2 ** 20), 0);
  assert.throws(
    () => region.reserve(3 * 2 ** 20),
    (error: Error) =>
      error.message ===
      'group table needs 3 MB more, but 0 B of the 1.9 MB data budget are in use; raise --memory',
  );
  assert.is(arena.reserved, 0);
});

test('a growable array keeps its content in place and when it has to move', () => {
  const arena = new Arena(8 * 2 ** 20);
  const array = new Growable(arena, 'array');
  array.ensure(10);
  arena.bytes.set([1, 2, 3], array.address);
  const start = array.address;
  array.ensure(3 * blockBytes);
  assert.is(array.address, start);
  const wall = arena.tryTakeRun(1);
  array.ensure(20 * blockBytes);
  assert.is.not(array.address, start);
  assert.equal([...arena.bytes.subarray(array.address, array.address + 3)], [1, 2, 3]);
  assert.not(array.tryEnsure(2 ** 30));
  array.release();
  arena.freeRun(wall);
  assert.is(arena.reserved, 0);
});

test('long runs come from the upper end, and grow downwards with their content', () => {
  const arena = new Arena(16 * 2 ** 20);
  const long = 20 * blockBytes;
  const end = blockBytes + arena.capacity;
  const short = arena.region('short');
  short.reserve(100);
  const array = new Growable(arena, 'array');
  array.ensure(long);
  assert.is(array.address, end - long);
  arena.bytes.fill(7, array.address, array.address + long);
  array.ensure(2 * long);
  assert.is(array.address, end - 2 * long);
  assert.ok(arena.bytes.subarray(array.address, array.address + long).every((byte) => byte === 7));
  // All that is between the two is in one piece.
  const rest = arena.capacity - arena.reserved;
  assert.ok(short.tryReserve(rest) > 0);
  assert.is(arena.reserved, arena.capacity);
  short.release();
  array.release();
  assert.is(arena.reserved, 0);
});

test('whatever grows and goes, nothing is overwritten', () => {
  const random = seeded(11);
  const arena = new Arena(24 * 2 ** 20);
  const arrays = Array.from({ length: 12 }, (_, i) => ({
    array: new Growable(arena, `${i}`),
    bytes: 0,
    mark: i + 1,
  }));
  let grown = 0;
  for (let turn = 0; turn < 1500; turn++) {
    const one = arrays[Math.floor(random() * arrays.length)]!;
    if (random() < 0.3) {
      one.array.release();
      one.bytes = 0;
    } else {
      const bytes = Math.ceil(2 ** (random() * 22));
      if (one.array.tryEnsure(bytes) && bytes > one.bytes) {
        arena.bytes.fill(one.mark, one.array.address + one.bytes, one.array.address + bytes);
        one.bytes = bytes;
        grown++;
      }
    }
    for (const { array, bytes, mark } of arrays)
      for (let at = bytes - 1; at >= 0; at -= 4093) assert.is(arena.bytes[array.address + at], mark);
    assert.is(
      arena.reserved,
      arrays.reduce((sum, { array }) => sum + array.capacity, 0),
    );
  }
  assert.ok(grown > 300);
  for (const { array } of arrays) array.release();
  assert.is(arena.reserved, 0);
});

test.run();
