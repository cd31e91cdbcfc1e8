import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Bound,
  compareBounds,
  isWide,
  mergeStatistics,
  noStatistics,
  textBound,
} from '../../lib/arrow/statistics.js';
import { familyOf, float64, int64, utf8 } from '../../lib/arrow/types.js';
import { Observer, wholeOf } from '../../spill/observer.js';
import { type Cell, codedVectorOf, makeRuntime, seeded, vectorOf } from '../helpers.js';
import { everyType, randomCells } from './random-data.js';

const test = suite('spill/observer');

test('bounds, nulls and NaNs are those of a naive loop, at any length', () => {
  const random = seeded(1);
  const runtime = makeRuntime();
  for (const type of everyType.filter(({ kind }) => kind !== 'utf8')) {
    for (const length of [1, 3, 15, 16, 17, 63, 64, 65, 127, 300]) {
      for (const nullRatio of [0, 0.02, 0.5, 1]) {
        const region = runtime.arena.region('test');
        const observer = new Observer(type, region, runtime);
        const cells = randomCells(type, length, random, random(), nullRatio);
        const found = observer.measure(vectorOf(type, cells, region));
        const values = (type.kind === 'list' ? [] : cells)
          .filter((cell) => cell !== null && !Number.isNaN(cell))
          .map((cell): Bound => (isWide(type) ? BigInt(cell as bigint) : (cell as number)))
          .sort(compareBounds);
        const nulls = cells.filter((cell) => cell === null).length;
        assert.is(found.nulls, nulls);
        assert.is(found.nans, type.kind === 'list' ? 0 : length - nulls - values.length);
        assert.ok(same(found.min, values[0] ?? null), `${type.kind}: ${found.min}, not ${values[0]}`);
        assert.ok(same(found.max, values.at(-1) ?? null), `${type.kind}: ${found.max}, not ${values.at(-1)}`);
        observer.release();
        region.release();
      }
    }
  }
  assert.is(runtime.arena.reserved, 0);
});

/** 0 and -0 are one bound. */
const same = (a: Bound | null, b: Bound | null): boolean => a === b;

test('distinct values are estimated within ten percent, over chunks too', () => {
  const random = seeded(2);
  const runtime = makeRuntime();
  for (const type of [int64, float64, utf8]) {
    for (const distinct of [1, 20, 1000, 40_000]) {
      const home = runtime.arena.region('test');
      const observer = new Observer(type, home, runtime);
      const seen = new Set<Cell>();
      for (let batch = 0; batch < 12; batch++) {
        const region = runtime.arena.region('test');
        const cells = Array.from({ length: 10_000 }, (): Cell => {
          const value = Math.floor(random() * distinct) * 7;
          return familyOf(type) === 'text' ? `v${value}` : type.kind === 'int64' ? BigInt(value) : value / 3;
        });
        for (const cell of cells) seen.add(cell);
        const vector = vectorOf(type, cells, region);
        observer.add(vector, observer.measure(vector));
        if (batch % 4 === 3) observer.endChunk(null);
        region.release();
      }
      const found = wholeOf([observer.observed()], runtime).distinct!;
      assert.ok(Math.abs(found / seen.size - 1) < 0.1, `${found}, not ${seen.size} ${type.kind}`);
      observer.release();
      home.release();
    }
  }
  assert.is(runtime.arena.reserved, 0);
});

test('coded text is counted by the entries in use', () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const observer = new Observer(utf8, region, runtime);
  const all = codedVectorOf(utf8, ['m', 'a', 'z', 'k'], region, runtime);
  const first = { ...all, length: 1 };
  observer.add(all, observer.measure(all));
  assert.equal(observer.endChunk(all.dictionary), { ...noStatistics, distinct: 4, min: 'a', max: 'z' });
  observer.add(first, observer.measure(first));
  assert.equal(observer.endChunk(all.dictionary), { ...noStatistics, distinct: 1, min: 'm', max: 'm' });
  assert.is(wholeOf([observer.observed()], runtime).distinct, 4);
});

test('long texts are cut at a character, and stand for what begins with them', () => {
  const long = `a${'€'.repeat(40)}`;
  assert.equal(textBound(Buffer.from(long)), { value: `a${'€'.repeat(21)}`, cut: true });
  assert.equal(textBound(Buffer.from('short')), { value: 'short', cut: false });
  assert.is(textBound(Buffer.from([0x61, 0xff])), null);
  const cut = { ...noStatistics, min: 'ab', max: 'ab', minCut: true, maxCut: true };
  const longer = { ...noStatistics, min: 'abc', max: 'abc' };
  for (const merged of [mergeStatistics(cut, longer), mergeStatistics(longer, cut)])
    assert.equal(merged, { ...noStatistics, min: 'ab', max: 'ab', minCut: true, maxCut: true });
  const greater = { ...noStatistics, min: 'b', max: 'b' };
  assert.equal(mergeStatistics(cut, greater), { ...noStatistics, min: 'ab', minCut: true, max: 'b' });
});

test.run();
