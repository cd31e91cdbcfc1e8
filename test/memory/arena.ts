import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Arena, blockBytes, Growable } from '../../lib/memory/arena.js';

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

test.run();
