import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codedVector, textVector, type Vector } from '../../lib/arrow/batch.js';
import { int32, utf8 } from '../../lib/arrow/types.js';
import { Interner } from '../../lib/kernels/interner.js';
import { blockBytes } from '../../lib/memory/arena.js';
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

test('texts taken unhashed are found by later ones, as they grow and where no more may come', () => {
  const runtime = makeRuntime();
  const { arena, kernels } = runtime;
  const region = arena.region('test');
  for (const most of [Number.POSITIVE_INFINITY, 12_000, null]) {
    const source = new Interner(arena, kernels, 'source');
    const quota =
      most === null ? null : { fits: () => target.count < most, begins: () => target.count === 0 };
    const target: Interner = new Interner(arena, kernels, 'target', quota ?? 'late');
    const expect = (interned: Vector, texts: readonly Cell[]): void => {
      const { length, offsets, data } = target.dictionary();
      const entries = cellsOf(textVector(utf8, length, data, offsets), arena);
      const codeOf = new Map(entries.map((text, code) => [text, code]));
      assert.is(codeOf.size, length, 'a text has two codes');
      texts.forEach((text, row) => {
        if (text === null) return;
        assert.is(arena.view.getInt32(interned.data + row * 4, true), codeOf.get(text) ?? -1);
      });
      if (!target.frozen) for (const text of texts) assert.ok(text === null || codeOf.has(text));
    };
    for (let round = 0; round < 6; round++) {
      region.reset();
      const texts = randomTexts(4000, 4000 * (round + 1), round);
      expect(target.intern(source.intern(vectorOf(utf8, texts, region), region), region), texts);
      // Others are looked up in between, at first only such as are there.
      const others = round < 2 ? texts.slice(0, 100) : randomTexts(2000, 40_000, 100 + round);
      expect(target.intern(vectorOf(utf8, others, region), region), others);
    }
    assert.is(target.frozen, most === 12_000);
    source.release();
    target.release();
  }
  region.release();
  assert.is(arena.reserved, 0);
});

test('where a dictionary lies is known until others have it no more', () => {
  const runtime = makeRuntime();
  const { arena, kernels } = runtime;
  const region = arena.region('test');
  const origin = { dataset: 'd', mark: 'm', column: 1, lineage: 2, lineages: 3 };
  const source = new Interner(arena, kernels, 'source');
  const coded = source.intern(vectorOf(utf8, ['b', 'a', 'b'], region), region);
  const stored = { ...coded, dictionary: { ...coded.dictionary!, origin } };
  const [first, second] = [0, 1].map(() => new Interner(arena, kernels, 'target'));
  assert.equal(first!.intern(stored, region).dictionary!.origin, origin);
  assert.equal(second!.intern(first!.intern(stored, region), region).dictionary!.origin, origin);
  assert.equal(first!.intern(vectorOf(utf8, ['a'], region), region).dictionary!.origin, origin);
  assert.is(first!.intern(vectorOf(utf8, ['c'], region), region).dictionary!.origin, null);
  assert.equal(second!.dictionary().origin, origin);
  for (const one of [source, first!, second!]) one.release();
  region.release();
});

test('a dictionary that has a text twice', () => {
  const runtime = makeRuntime();
  const { arena, kernels } = runtime;
  const region = arena.region('test');
  const texts = vectorOf(utf8, ['x', 'y', 'x', 'z'], region);
  const codes = vectorOf(int32, [2, 0, 3, 1], region);
  const twice = {
    length: 4,
    offsets: texts.offsets,
    data: texts.data,
    lineage: {},
    distinct: false,
    origin: null,
  };
  const target = new Interner(arena, kernels, 'target');
  const interned = target.intern(codedVector(utf8, 4, codes.data, twice, 0), region);
  assert.equal(cellsOf(interned, arena), ['x', 'x', 'z', 'y']);
  assert.is(target.count, 3);
  assert.is(arena.view.getInt32(interned.data, true), arena.view.getInt32(interned.data + 4, true));
  target.release();
  region.release();
});

test('nulls only, coded by a dictionary without entries', () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const target = new Interner(runtime.arena, runtime.kernels, 'target');
  target.intern(vectorOf(utf8, ['a', 'b'], region), region);
  // Whatever lies in memory that is not cleared.
  const garbage = region.reserve(2 ** 20);
  runtime.arena.bytes.fill(0x77, garbage, garbage + 2 ** 20);
  region.reset();
  const coded = target.intern(codedVectorOf(utf8, [null, null], region, runtime), region);
  assert.equal(cellsOf(coded, runtime.arena), [null, null]);
  const codes = [0, 1].map((row) => runtime.arena.view.getInt32(coded.data + row * 4, true));
  assert.ok(
    codes.every((code) => code >= 0 && code < target.count),
    `${codes}`,
  );
});

test('texts that differ little have codes of their own', () => {
  const runtime = makeRuntime();
  const { arena, kernels } = runtime;
  const region = arena.region('test');
  const interner = new Interner(arena, kernels, 'interner');
  const texts: Cell[] = ['a\0', '\0a', '\0\0', 'é', 'éé'];
  for (let length = 0; length <= 40; length++) {
    const text = 'abcdefghijklmnopqrstuvwxyz0123456789ABCD'.slice(0, length);
    texts.push(text, '\0'.repeat(length + 3));
    // One byte changed, at every place: beyond the twelve that a slot holds too.
    for (let at = 0; at < length; at++) texts.push(`${text.slice(0, at)}\0${text.slice(at + 1)}`);
  }
  const distinct = [...new Set(texts)];
  const random = seeded(4);
  const shuffled = Array.from({ length: 20_000 }, () => distinct[Math.floor(random() * distinct.length)]!);
  for (const column of [texts, shuffled, distinct]) {
    assert.equal(cellsOf(interner.intern(vectorOf(utf8, column, region), region), arena), column);
    assert.is(interner.count, distinct.length);
  }
  interner.release();
  region.release();
  assert.is(arena.reserved, 0);
});

test('codes count up in order of first appearance', () => {
  const runtime = makeRuntime();
  const { arena, kernels } = runtime;
  const region = arena.region('test');
  const random = seeded(5);
  // One length to a column, so that all its keys are short or all long; the last mixes them.
  for (const length of [5, 11, 12, 13, 20, 0]) {
    const interner = new Interner(arena, kernels, 'interner');
    const codes = new Map<Cell, number>();
    for (const rows of [1, 127, 128, 129, 30_000]) {
      const texts = Array.from({ length: rows }, (): Cell => {
        const n = String(Math.floor(random() * 10_000));
        return random() < 0.1 ? null : n.padStart(length || Number(n) % 40, '-');
      });
      for (const text of texts) if (text !== null && !codes.has(text)) codes.set(text, codes.size);
      const { data } = interner.intern(vectorOf(utf8, texts, region), region);
      assert.equal(
        [...new Int32Array(arena.buffer, data, rows)],
        texts.map((text) => (text === null ? 0 : codes.get(text))),
      );
    }
    assert.is(interner.count, codes.size);
    interner.release();
    region.reset();
  }
  region.release();
  assert.is(arena.reserved, 0);
});

test('a text at the very end of the arena', () => {
  const { arena, kernels } = makeRuntime(2 ** 20);
  const interner = new Interner(arena, kernels, 'interner');
  const region = arena.region('test');
  const offsets = region.reserve(8);
  const codes = arena.region('codes');
  codes.reserve(4);
  const runs: number[] = [];
  for (let run = arena.tryTakeRun(1); run !== 0; run = arena.tryTakeRun(1)) runs.push(run);
  const end = runs.at(-1)! + blockBytes;
  assert.is(end, arena.capacity + blockBytes);
  for (const length of [0, 1, 11, 12, 13, 40]) {
    arena.bytes.fill(120, end - length, end);
    arena.view.setInt32(offsets, 0, true);
    arena.view.setInt32(offsets + 4, length, true);
    const text = textVector(utf8, 1, end - length, offsets, 0);
    for (let twice = 0; twice < 2; twice++)
      assert.equal(cellsOf(interner.intern(text, codes), arena), ['x'.repeat(length)]);
  }
  assert.is(interner.count, 6);
  for (const run of runs) arena.freeRun(run);
  for (const part of [interner, region, codes]) part.release();
  assert.is(arena.reserved, 0);
});

test('a text longer than the first allotment', () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const interner = new Interner(runtime.arena, runtime.kernels, 'interner');
  const texts = ['short', 'y'.repeat(1_000_000), ''];
  assert.equal(cellsOf(interner.intern(vectorOf(utf8, texts, region), region), runtime.arena), texts);
});

test.run();
