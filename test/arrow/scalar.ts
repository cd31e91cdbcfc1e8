import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { codedVector } from '../../lib/arrow/batch.js';
import { fixedAt, scalarAt } from '../../lib/arrow/scalar.js';
import * as types from '../../lib/arrow/types.js';
import { type Cell, makeRuntime, vectorOf } from '../helpers.js';

const test = suite('scalars');

const cases: readonly (readonly [types.DataType, readonly Cell[]])[] = [
  [types.bool, [true, false, null]],
  [types.int8, [-128, 127, null]],
  [types.uint8, [0, 255, null]],
  [types.int16, [-32768, 32767, null]],
  [types.uint16, [0, 65535, null]],
  [types.int32, [-(2 ** 31), 2 ** 31 - 1, null]],
  [types.uint32, [0, 2 ** 32 - 1, null]],
  [types.int64, [-(2n ** 63n), 2n ** 63n - 1n, null]],
  [types.uint64, [0n, 2n ** 64n - 1n, null]],
  [types.float32, [Math.fround(0.1), -0, Number.NaN, Number.NEGATIVE_INFINITY, null]],
  [types.float64, [0.1, -0, Number.NaN, 5e-324, null]],
  [types.date, [-719_162, 0, null]],
  [types.timestamp('Europe/Berlin'), [-1n, 253_402_300_799_999_999n, null]],
  [types.decimal(38, 2), [-(10n ** 38n) + 1n, 10n ** 38n - 1n, -1n, null]],
  [types.utf8, ['', 'ä\n"', '\u{1f600}'.repeat(40), null]],
];

/** -0 equals 0 to assert. */
const signed = (value: unknown): unknown => (Object.is(value, -0) ? '-0' : value);

test('each type, each row', () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  for (const [type, cells] of cases) {
    const repeated = Array.from({ length: 20 }, (_, i) => cells[i % cells.length]!);
    const vector = vectorOf(type, repeated, region);
    assert.equal(
      repeated.map((_, row) => signed(scalarAt(vector, row, runtime.arena))),
      repeated.map(signed),
      types.typeName(type),
    );
  }
  region.release();
  assert.is(runtime.arena.reserved, 0);
});

test('coded text', () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const texts = vectorOf(types.utf8, ['a', '', 'ü'], region);
  const codes = vectorOf(types.int32, [2, 1, null, 0], region);
  const { offsets, data } = texts;
  const vector = codedVector(
    types.utf8,
    4,
    codes.data,
    { length: 3, offsets, data, lineage: {}, distinct: true, origin: null },
    codes.validity,
  );
  assert.equal(
    [0, 1, 2, 3].map((row) => scalarAt(vector, row, runtime.arena)),
    ['ü', '', null, 'a'],
  );
  assert.throws(() => fixedAt(types.utf8, data, runtime.arena.view), /^bug: utf8 is not of fixed width$/);
  region.release();
  assert.is(runtime.arena.reserved, 0);
});

test.run();
