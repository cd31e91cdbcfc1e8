import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  bool,
  type DataType,
  date,
  decimal,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  nullType,
  timestamp,
  uint8,
  uint16,
  uint32,
  uint64,
  utf8,
} from '../../lib/arrow/types.js';
import { toText } from '../../lib/kernels/to-text.js';
import { type Cell, cellsOf, codedVectorOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('toText');

const runtime = makeRuntime();
const { arena } = runtime;

/** The texts of `values`, a batch at a time. */
function texts(type: DataType, values: readonly Cell[]): Cell[] {
  const region = arena.region('test');
  const out: Cell[] = [];
  for (let from = 0; from < values.length || from === 0; from += 20_000) {
    region.reset();
    const text = toText(vectorOf(type, values.slice(from, from + 20_000), region), region, runtime);
    assert.equal(text.type, utf8);
    assert.is(text.dictionary, null);
    out.push(...cellsOf(text, arena));
  }
  region.release();
  assert.is(arena.reserved, 0);
  return out;
}

/** Compares without building a message for every value. */
function same(type: DataType, values: readonly Cell[], oracle: (value: Cell) => string): void {
  const found = texts(type, values);
  for (const [i, value] of values.entries()) {
    const expected = value === null ? null : oracle(value);
    if (found[i] !== expected) assert.unreachable(`${value} is ${expected}, not ${found[i]}`);
  }
}

const javaScript = (value: Cell): string => (Object.is(value, -0) ? '-0.0' : String(value));

const bits = new DataView(new ArrayBuffer(8));

function doubleOf(high: number, low: number): number {
  bits.setUint32(0, high >>> 0);
  bits.setUint32(4, low >>> 0);
  return bits.getFloat64(0);
}

function floatOf(word: number): number {
  bits.setUint32(0, word >>> 0);
  return bits.getFloat32(0);
}

test('doubles of random bits, subnormals included, are written as JavaScript does', () => {
  const random = seeded(1);
  const word = (): number => Math.floor(random() * 2 ** 32);
  const values: Cell[] = [];
  for (let i = 0; i < 250_000; i++) values.push(doubleOf(word(), word()));
  for (let i = 0; i < 50_000; i++) values.push(doubleOf(word() & 0x800fffff, word() >>> (i % 32)));
  same(float64, values, javaScript);
});

test('every power of two and of ten and their neighbours', () => {
  const values: Cell[] = [];
  for (let exponent = 0; exponent < 2047; exponent++) {
    for (const low of [0, 1, 2]) values.push(doubleOf(exponent << 20, low));
    values.push(doubleOf((exponent << 20) | 0xfffff, 0xffffffff));
    values.push(doubleOf((exponent << 20) | 0x80000000, 0));
  }
  for (let exponent = -324; exponent <= 308; exponent++) {
    const power = Number(`1e${exponent}`);
    for (const factor of [1, 2, 5, 9.5, 1 + 2 ** -52, 1 - 2 ** -53]) values.push(power * factor);
  }
  same(float64, values, javaScript);
});

test('doubles that people write: decimals, integers, extremes, not-a-number, nulls', () => {
  const random = seeded(2);
  const values: Cell[] = [
    0,
    -0,
    1,
    -1,
    0.1,
    0.3,
    1 / 3,
    1e21,
    1e20,
    123456789012345680000,
    1e-6,
    1e-7,
    1.5e-7,
  ];
  values.push(
    Number.NaN,
    Infinity,
    -Infinity,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
    2 ** 53,
    2 ** 53 + 2,
    4.35,
  );
  values.push(null, Number.EPSILON, 2 ** 60 + 256, 5e-324, 2.2250738585072014e-308, 1e22, 1e23);
  for (let digits = 0; digits <= 17; digits++) {
    for (let places = -5; places <= 25; places++) {
      for (let i = 0; i < 40; i++) {
        const value = Math.floor(random() * 10 ** digits) * 10 ** -places;
        values.push(random() < 0.02 ? null : random() < 0.5 ? value : -value);
      }
    }
  }
  same(float64, values, javaScript);
});

/**
 * The shortest digits, the closest of those, by trying precisions. Just above a power of two the closest may
 * not read back where its farther neighbour does; of two as close the even one is taken.
 */
function shortestFloat(value: Cell): string {
  const number = value as number;
  if (!Number.isFinite(number) || number === 0) return javaScript(number);
  if (number < 0) return `-${shortestFloat(-number)}`;
  for (let precision = 1; ; precision++) {
    const [digits, exponent] = number.toExponential(precision - 1).split('e');
    const half = number.toExponential(precision).split('e')[0]!;
    const tie = half.endsWith('5') && Number(`${half}e${exponent}`) === number;
    const rounded = Number(digits!.replace('.', ''));
    const near = tie && rounded % 2 === 1 ? rounded - 1 : rounded;
    for (const candidate of [near, near + 1, near - 1]) {
      const read = Number(`${candidate}e${Number(exponent) - precision + 1}`);
      if (Math.fround(read) === number) return String(read);
    }
  }
}

test('floats have only the digits that 32 bits need', () => {
  const random = seeded(3);
  const values: Cell[] = [
    0,
    -0,
    Number.NaN,
    Infinity,
    -Infinity,
    null,
    Math.fround(0.1),
    Math.fround(3.4e38),
  ];
  for (let exponent = 0; exponent < 255; exponent++)
    for (const low of [0, 1, 2, 0x7fffff]) values.push(floatOf((exponent << 23) | low));
  for (let i = 0; i < 150_000; i++) values.push(floatOf(Math.floor(random() * 2 ** 32)));
  for (let i = 0; i < 20_000; i++) values.push(Math.fround(Math.floor(random() * 1e6) / 10 ** (i % 9)));
  for (let i = 1; i < 3000; i++) values.push(floatOf(i));
  same(float32, values, shortestFloat);
});

test('integers of every width', () => {
  const random = seeded(4);
  const widths: readonly [DataType, number, boolean][] = [
    [int8, 8, true],
    [int16, 16, true],
    [int32, 32, true],
    [int64, 64, true],
    [uint8, 8, false],
    [uint16, 16, false],
    [uint32, 32, false],
    [uint64, 64, false],
  ];
  for (const [type, width, signed] of widths) {
    const fit = (n: bigint): Cell => {
      const cut = signed ? BigInt.asIntN(width, n) : BigInt.asUintN(width, n);
      return width === 64 ? cut : Number(cut);
    };
    const values: Cell[] = [
      null,
      fit(0n),
      fit(-1n),
      fit(1n << BigInt(width - 1)),
      fit((1n << BigInt(width - 1)) - 1n),
    ];
    for (let digits = 0n; digits < 20n; digits++)
      for (const near of [-1n, 0n, 1n]) values.push(fit(10n ** digits + near), fit(-(10n ** digits) + near));
    for (let i = 0; i < 20_000; i++) {
      const wide = (BigInt(Math.floor(random() * 2 ** 32)) << 32n) | BigInt(Math.floor(random() * 2 ** 32));
      values.push(random() < 0.1 ? null : fit(wide >> BigInt(Math.floor(random() * 64))));
    }
    same(type, values, String);
  }
});

test('booleans and columns without a type', () => {
  for (const length of [0, 1, 63, 64, 65, 1000]) {
    const values = Array.from({ length }, (_, i): Cell => (i % 7 === 3 ? null : i % 3 === 0));
    same(bool, values, String);
  }
  assert.equal(texts(nullType, [null, null, null]), [null, null, null]);
});

/** JavaScript's own calendar: six digits and a sign for years outside 0 to 9999, which are trimmed here. */
function isoDay(day: number): string {
  const text = new Date(day * 86400000).toISOString();
  const year = /^([+-]?)0*(\d{4,})-/.exec(text)!;
  return `${year[1]}${year[2]}${text.slice(text.indexOf('-', 1), text.indexOf('T'))}`;
}

test('dates, before and after everything', () => {
  const random = seeded(5);
  const values: Cell[] = [0, -1, 59, 60, -719528, -719529, 2932896, 2932897, null, 100_000_000, -100_000_000];
  for (let i = 0; i < 50_000; i++) values.push(Math.floor((random() - 0.5) * 2 * 10 ** (2 + (i % 7))));
  same(date, values, (value) => isoDay(value as number));
  assert.equal(texts(date, [2 ** 31 - 1, -(2 ** 31)]), ['+5881580-07-11', '-5877641-06-23']);
});

function isoTimestamp(micros: bigint): string {
  const day = (micros - (((micros % 86400000000n) + 86400000000n) % 86400000000n)) / 86400000000n;
  const rest = Number(micros - day * 86400000000n);
  const time = new Date(Math.floor(rest / 1000)).toISOString().slice(11, 19);
  const fraction =
    rest % 1e6 === 0
      ? ''
      : `.${String(rest % 1e6)
          .padStart(6, '0')
          .replace(/0+$/, '')}`;
  return `${isoDay(Number(day))} ${time}${fraction}`;
}

test('timestamps to the microsecond, with and without a zone', () => {
  const random = seeded(6);
  const values: Cell[] = [0n, -1n, 1n, 999999n, 1000000n, -86400000000n, 253402300799999999n, null];
  for (let i = 0; i < 50_000; i++) {
    const wide = BigInt(Math.floor((random() - 0.5) * 2 ** 52)) * 3000n;
    const unit = 10n ** BigInt(i % 5);
    values.push((wide / 10n ** BigInt(i % 7) / unit) * unit);
  }
  same(timestamp(), values, (value) => isoTimestamp(value as bigint));
  same(timestamp('Europe/Berlin'), values, (value) => `${isoTimestamp(value as bigint)}+00:00`);
  assert.equal(texts(timestamp('UTC'), [2n ** 63n - 1n, -(2n ** 63n)]), [
    '+294247-01-10 04:00:54.775807+00:00',
    '-290308-12-21 19:59:05.224192+00:00',
  ]);
});

function exactDecimal(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${value < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(digits.length - scale)}`}`;
}

test('decimals at every scale', () => {
  const random = seeded(7);
  for (const scale of [0, 1, 2, 8, 9, 10, 17, 18, 19, 26, 27, 28, 35, 36, 37, 38]) {
    const values: Cell[] = [
      null,
      0n,
      1n,
      -1n,
      10n ** 38n - 1n,
      1n - 10n ** 38n,
      2n ** 127n - 1n,
      -(2n ** 127n),
    ];
    for (let digits = 0n; digits < 38n; digits++) values.push(10n ** digits, -(10n ** digits) + 1n);
    for (let i = 0; i < 2000; i++) {
      let wide = 0n;
      for (let word = 0; word < 4; word++) wide = (wide << 32n) | BigInt(Math.floor(random() * 2 ** 32));
      values.push(BigInt.asIntN(128, wide) >> BigInt(Math.floor(random() * 128)));
    }
    same(decimal(38, scale), values, (value) => exactDecimal(value as bigint, scale));
  }
});

test('coded text becomes plain, plain text stays what it is', () => {
  const random = seeded(8);
  for (const length of [0, 1, 63, 64, 65, 5000]) {
    const region = arena.region('test');
    const values = Array.from({ length }, (): Cell => {
      const n = Math.floor(random() * 40);
      return n === 0 ? null : 'ü'.repeat(n % 13) + n;
    });
    const plain = vectorOf(utf8, values, region);
    assert.is(toText(plain, region, runtime), plain);
    const decoded = toText(codedVectorOf(utf8, values, region, runtime), region, runtime);
    assert.is(decoded.dictionary, null);
    assert.equal(cellsOf(decoded, arena), values);
    region.release();
  }
});

test.run();
