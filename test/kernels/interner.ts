import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { utf8 } from '../../lib/arrow/types.js';
import { Interner } from '../../lib/kernels/interner.js';
import { type Cell, cellsOf, codedVectorOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('interner');

function randomTexts(count: number, distinct: number, seed: number): Cell[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    const n = Math.floor(random() * distinct);
    return random() < 0.05 ? null : `${'é'.repeat(n % 7)}${n}${'x'.repeat(n % 31)}`;
  });
}

test('codes decode to the texts they came from, through many growths', () => {
  const runtime = makeRuntime();
  const { arena, kernels } = runtime;
  const region = arena.region('test');
  const interner = new Interner(arena, kernels, 'interner');
  const seen = new Set<Cell>();
  for (let round = 0; round < 5; round++) {
    const texts = randomTexts(20_000, 30_000, round);
    const coded = interner.intern(vectorOf(utf8, texts, region), region);
    assert.equal(cellsOf(coded, arena), texts);
    for (const text of texts) if (text !== null) seen.add(text);
    assert.is(interner.count, seen.size);
    region.reset();
  }
  interner.release();
  region.release();
  assert.is(arena.reserved, 0);
});

test('a coded column is translated by its dictionary, new entries of the same lineage too', () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const source = new Interner(runtime.arena, runtime.kernels, 'source');
  const target = new Interner(runtime.arena, runtime.kernels, 'target');
  target.intern(vectorOf(utf8, ['c', 'a'], region), region);
  for (const texts of [
    ['a', 'b', null],
    ['b', 'c', 'd', 'a'],
    ['e', ''],
  ]) {
    const coded = source.intern(vectorOf(utf8, texts, region), region);
    assert.equal(cellsOf(target.intern(coded, region), runtime.arena), texts);
  }
  assert.equal(
    cellsOf(target.intern(codedVectorOf(utf8, ['d', 'z'], region, runtime), region), runtime.arena),
    ['d', 'z'],
  );
  assert.is(target.count, 7);
});

test('a text longer than the first allotment', () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const interner = new Interner(runtime.arena, runtime.kernels, 'interner');
  const texts = ['short', 'y'.repeat(1_000_000), ''];
  assert.equal(cellsOf(interner.intern(vectorOf(utf8, texts, region), region), runtime.arena), texts);
});

test.run();
