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
  timestamp,
  typeName,
  uint8,
  uint64,
  utf8,
} from '../../lib/arrow/types.js';
import { fromText } from '../../lib/kernels/from-text.js';
import { Interner } from '../../lib/kernels/interner.js';
import { type Cell, cellsOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('from text');
const runtime = makeRuntime();
const { arena } = runtime;

/** What `texts` become, and the first bad row. */
function parsed(type: DataType, texts: Cell[]): { cells: Cell[]; firstBad: number } {
  const region = arena.region('test');
  const { vector, firstBad } = fromText(vectorOf(utf8, texts, region), type, region, runtime);
  const cells = cellsOf(vector, arena);
  region.release();
  return { cells, firstBad };
}

/** Each text alone becomes its value, or null where it does not parse. */
function check(type: DataType, cases: Record<string, Cell>): void {
  const texts = Object.keys(cases);
  const { cells, firstBad } = parsed(type, texts);
  texts.forEach((text, i) => {
    assert.ok(
      Object.is(cells[i], cases[text]),
      `${typeName(type)} ${text}: ${cells[i]} is not ${cases[text]}`,
    );
  });
  assert.is(
    firstBad,
    texts.findIndex((text) => cases[text] === null),
  );
}

test('integers', () => {
  check(int64, {
    '0': 0n,
    '-0': 0n,
    '+7': 7n,
    '007': 7n,
    ' 12 ': 12n,
    '12345678': 12345678n,
    '-12345678': -12345678n,
    '123456789': 123456789n,
    '1234567890123456': 1234567890123456n,
    '12345678901234567': 12345678901234567n,
    '9223372036854775807': 9223372036854775807n,
    '-9223372036854775808': -9223372036854775808n,
    '0000000000000000000000000001': 1n,
    '9223372036854775808': null,
    '-9223372036854775809': null,
    '99999999999999999999': null,
    '100000000000000000000': null,
    '': null,
    '-': null,
    '+': null,
    '--1': null,
    '1.0': null,
    '1e3': null,
    '1 2': null,
    '1234567a': null,
    '1/': null,
    '1:': null,
    '１': null,
    '123456789012345678x': null,
  });
  check(uint64, {
    '18446744073709551615': 18446744073709551615n,
    '+18446744073709551615': 18446744073709551615n,
    '18446744073709551609': 18446744073709551609n,
    '-0': 0n,
    '18446744073709551616': null,
    '20000000000000000000': null,
    '99999999999999999999': null,
    '-1': null,
  });
  check(int8, { '127': 127, '-128': -128, '128': null, '-129': null, '4294967297': null });
  check(uint8, { '255': 255, '256': null, '-1': null });
  check(int16, { '32767': 32767, '32768': null });
  check(int32, { '2147483647': 2147483647, '-2147483648': -2147483648, '2147483648': null });
});

test('random integers of every length', () => {
  const random = seeded(1);
  const values = Array.from({ length: 20_000 }, () => {
    const digits = 1 + Math.floor(random() * 18);
    const value = BigInt(Math.floor(random() * 2 ** 53)) * 1000n;
    return (random() < 0.5 ? -1n : 1n) * (value % 10n ** BigInt(digits));
  });
  const texts = values.map(String);
  assert.equal(parsed(int64, texts), { cells: values, firstBad: -1 });
});

/** 200 thousand texts of numbers, hard ones among them. */
function* numbers(): Generator<string> {
  const random = seeded(2);
  const bits = new DataView(new ArrayBuffer(8));
  const digits = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(random() * 10)).join('');
  for (let i = 0; i < 45_000; i++) {
    bits.setUint32(0, random() * 2 ** 32);
    bits.setUint32(4, random() * 2 ** 32);
    const value = bits.getFloat64(0);
    if (Number.isFinite(value)) {
      yield String(value);
      yield value.toPrecision(17 + Math.floor(random() * 8));
    }
    yield `${digits(1 + Math.floor(random() * 25))}.${digits(1 + Math.floor(random() * 25))}`;
    yield `${random() < 0.5 ? '-' : ''}${digits(1 + Math.floor(random() * 8))}.${digits(1 + Math.floor(random() * 8))}`;
    yield `${digits(17 + Math.floor(random() * 9))}e${Math.floor(random() * 640) - 340}`;
    yield `${digits(1 + Math.floor(random() * 19))}e${Math.floor(random() * 640) - 340}`;
  }
  // Subnormals, and exactly halfway between two neighbours.
  for (let i = 0; i < 20_000; i++) {
    const ulp = 2n ** BigInt(Math.floor(random() * 60));
    const mantissa = 2n ** 52n + BigInt(Math.floor(random() * 2 ** 52));
    const half = (mantissa * 2n + 1n) * ulp;
    yield String(half);
    yield `${half}.000`;
    yield String(half + 1n);
    yield String(half - 1n);
    yield `${Math.floor(random() * 1e6)}e-${318 + Math.floor(random() * 10)}`;
  }
}

test('doubles are those of Number(), to the last bit', () => {
  const region = arena.region('test');

  let count = 0;
  const compare = (texts: string[]): void => {
    const { vector } = fromText(vectorOf(utf8, texts, region), float64, region, runtime);
    const cells = cellsOf(vector, arena);
    texts.forEach((text, i) => {
      const value = Number(text);
      const zero = value === 0 && /[1-9]/.test(text.replace(/e.*/, ''));
      const expected = Number.isFinite(value) && !zero ? value : null;
      if (!Object.is(cells[i], expected)) assert.unreachable(`${text}: ${cells[i]} is not ${expected}`);
    });
    count += texts.length;
    region.reset();
  };

  let texts: string[] = [];
  for (const text of numbers()) {
    texts.push(text);
    if (texts.length === 8192) {
      compare(texts);
      texts = [];
    }
  }
  compare(texts);
  assert.ok(count > 300_000);
  region.release();
});

test('doubles: shapes and limits', () => {
  check(float64, {
    '1': 1,
    '-0': -0,
    '-0.0': -0,
    '.5': 0.5,
    '5.': 5,
    '+1.5': 1.5,
    '1e5': 1e5,
    '1E+5': 1e5,
    '1.e-5': 1e-5,
    '0e999999999999': 0,
    '0.000': 0,
    '1.7976931348623157e308': Number.MAX_VALUE,
    '1.7976931348623158e308': Number.MAX_VALUE,
    '5e-324': 5e-324,
    '4.9406564584124654e-324': 5e-324,
    '2.2250738585072011e-308': 2.225073858507201e-308,
    '9007199254740993': 9007199254740992,
    '9007199254740993.00000000000000000000000000000001': 9007199254740994,
    '0.1234567890123456789012345678901234567890': 0.12345678901234568,
    nan: NaN,
    NaN: NaN,
    inf: Infinity,
    '-Infinity': -Infinity,
    '+INF': Infinity,
    '1e309': null,
    '1e-400': null,
    '2e-324': null,
    '1.7976931348623159e308': null,
    '.': null,
    '-.': null,
    e5: null,
    '1e': null,
    '1e+': null,
    '1.2.3': null,
    '1,5': null,
    '0x10': null,
    infinite: null,
    'nan(1)': null,
    '': null,
  });
  const random = seeded(3);
  const texts = Array.from({ length: 20_000 }, () =>
    String(Math.fround((random() - 0.5) * 10 ** (random() * 60 - 30))),
  );
  assert.equal(
    parsed(float32, texts).cells,
    texts.map((text) => Math.fround(Number(text))),
  );
  check(float32, {
    '16777217': 16777216,
    '1.00000005960464478': 1.0000001192092896,
    '1e39': null,
    '1e-45': 1.401298464324817e-45,
  });
});

test('dates', () => {
  const days = Array.from({ length: 20_000 }, (_, i) => i * 37 - 370_000);
  const texts = days.map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
  assert.equal(parsed(date, texts), { cells: days, firstBad: -1 });
  check(date, {
    '1970-01-01': 0,
    '0001-01-01': -719162,
    '0000-02-29': -719468 + -1,
    '9999-12-31': 2932896,
    '2000-02-29': 11016,
    '1900-02-29': null,
    '2023-02-29': null,
    '2023-04-31': null,
    '2023-06-30': 19538,
    '2023-07-31': 19569,
    '2023-08-31': 19600,
    '2023-09-31': null,
    '2023-12-31': 19722,
    '2023-13-01': null,
    '2023-00-01': null,
    '2023-01-00': null,
    '2023-1-1': null,
    '2023/01/01': null,
    '2023-01-01T00:00': null,
    '20230101': null,
  });
});

test('timestamps', () => {
  const at = (text: string): bigint => BigInt(Date.parse(text)) * 1000n;
  check(timestamp(), {
    '2024-05-06': at('2024-05-06T00:00Z'),
    '2024-05-06 07:08': at('2024-05-06T07:08Z'),
    '2024-05-06T07:08:09': at('2024-05-06T07:08:09Z'),
    '2024-05-06T07:08:09.5': at('2024-05-06T07:08:09.500Z'),
    '1900-05-06 07:08:09.123456': at('1900-05-06T07:08:09.123Z') + 456n,
    '2024-05-06 07:08:09.123456000': at('2024-05-06T07:08:09.123Z') + 456n,
    '2024-05-06 07:08:09.1234567': null,
    '2024-05-06 07:08:09.1234560000': null,
    '2024-05-06 07:08:09.': null,
    '2024-05-06 24:00:00': null,
    '2024-05-06 07:60:00': null,
    '2024-05-06 07:08:60': null,
    '2024-05-06 7:08': null,
    '2024-05-06 07': null,
    '2024-05-06 07:08:': null,
    '2024-05-06 07:08:9': null,
    '2024-05-06x07:08': null,
    '2024-05-06T07:08:09Z': null,
    '2024-05-06T07:08:09+02:00': null,
  });
  check(timestamp('UTC'), {
    '2024-05-06T07:08:09': at('2024-05-06T07:08:09Z'),
    '2024-05-06T07:08:09Z': at('2024-05-06T07:08:09Z'),
    '2024-05-06T07:08:09.000001+02': at('2024-05-06T05:08:09Z') + 1n,
    '2024-05-06 07:08-05:30': at('2024-05-06T12:38:00Z'),
    '2024-05-06 07:08+0530': at('2024-05-06T01:38:00Z'),
    '2024-05-06T07:08:09+2:00': null,
    '2024-05-06T07:08:09ZZ': null,
    '2024-05-06T07:08:09+99:00': null,
  });
  check(timestamp('Europe/Berlin'), {
    '2024-05-06T07:08Z': at('2024-05-06T07:08Z'),
    '2024-05-06T07:08': null,
  });
});

test('booleans and decimals', () => {
  check(bool, {
    true: true,
    FALSE: false,
    t: true,
    F: false,
    True: true,
    '1': null,
    '0': null,
    yes: null,
    '': null,
  });
  check(decimal(5, 2), {
    '1': 100n,
    '-1.5': -150n,
    '+123.45': 12345n,
    '999.99': 99999n,
    '0001.500': 150n,
    '.05': 5n,
    '1000': null,
    '1.005': null,
    '': null,
    '.': null,
    '1e2': null,
  });
  check(decimal(38, 10), {
    '1234567890123456789012345678.0123456789': 12345678901234567890123456780123456789n,
    '-9999999999999999999999999999.9999999999': -99999999999999999999999999999999999999n,
    '18446744073709551616': 184467440737095516160000000000n,
    '10000000000000000000000000000': null,
    '-0': 0n,
  });
});

test('nulls pass, coded columns too, and a bad entry that no row uses does no harm', () => {
  const region = arena.region('test');
  const interner = new Interner(arena, runtime.kernels, 'test');
  interner.intern(vectorOf(utf8, ['not a number'], region), region);
  for (const length of [0, 1, 63, 64, 65, 1000]) {
    const values = Array.from({ length }, (_, i) => (i % 7 === 3 ? null : (i % 50) - 25));
    const texts = values.map((value) => (value === null ? null : String(value)));
    for (const column of [
      vectorOf(utf8, texts, region),
      interner.intern(vectorOf(utf8, texts, region), region),
    ]) {
      const { vector, firstBad } = fromText(column, int16, region, runtime);
      assert.is(firstBad, -1);
      assert.equal(cellsOf(vector, arena), values);
    }
  }
  assert.equal(parsed(int32, ['1', null, 'x', '4', 'y']), { cells: [1, null, null, 4, null], firstBad: 2 });
  interner.release();
  region.release();
});

test('nothing stays reserved', () => {
  assert.is(arena.reserved, 0);
});

test.run();
