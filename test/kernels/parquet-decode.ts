import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kernel } from '../../lib/kernels/wasm.js';
import { makeRuntime, seeded } from '../helpers.js';

const test = suite('kernels/parquet-decode');

const { arena, kernels } = makeRuntime(32 * 2 ** 20);
const { bytes, view } = arena;
const region = arena.region('test');
test.after.each(() => {
  region.release();
  assert.is(arena.reserved, 0);
});

function place(content: ArrayLike<number>): { start: number; end: number } {
  const start = region.reserve(content.length + 64);
  bytes.set(content, start);
  return { start, end: start + content.length };
}

const int32s = (at: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => view.getUint32(at + i * 4, true));
const int64s = (at: number, count: number): bigint[] =>
  Array.from({ length: count }, (_, i) => view.getBigInt64(at + i * 8, true));

function varint(value: number | bigint): number[] {
  const out: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  return [...out, Number(rest)];
}

const zigzag = (value: bigint): number[] => varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));

/** Values of `width` bits one behind another, the lowest bit first. */
function packed(values: readonly bigint[], width: number): number[] {
  let bits = 0n;
  for (const [i, value] of values.entries()) bits |= value << BigInt(i * width);
  return Array.from({ length: Math.ceil((values.length * width) / 8) }, () => {
    const byte = Number(bits & 255n);
    bits >>= 8n;
    return byte;
  });
}

/** Random runs of both kinds, as Parquet has them; the last packed one is padded with zeros. */
function randomRuns(
  width: number,
  count: number,
  random: () => number,
): { values: number[]; encoded: number[] } {
  const values: number[] = [];
  const encoded: number[] = [];
  const value = (): number => Math.floor(random() * 2 ** width);
  while (values.length < count) {
    const left = count - values.length;
    if (random() < 0.5) {
      const repeated = value();
      const times = Math.min(left, 1 + Math.floor(random() ** 3 * 3000));
      const size = Math.ceil(width / 8);
      encoded.push(
        ...varint(times * 2),
        ...Array.from({ length: size }, (_, i) => (repeated >>> (i * 8)) & 255),
      );
      for (let i = 0; i < times; i++) values.push(repeated);
    } else {
      const groups = Math.min(Math.ceil(left / 8), 1 + Math.floor(random() ** 3 * 100));
      const own = Array.from({ length: groups * 8 }, (_, i) => (i < left ? value() : 0));
      for (let i = 0; i < own.length; i += 504)
        encoded.push(
          ...(i === 0 ? varint(groups * 2 + 1) : []),
          ...packed(own.slice(i, i + 504).map(BigInt), width),
        );
      values.push(...own.slice(0, left));
    }
  }
  return { values, encoded };
}

/** Takes `count` values in random portions. */
function portions(count: number, random: () => number, take: (from: number, count: number) => void): void {
  for (let from = 0; from < count; ) {
    const some = Math.min(count - from, 1 + Math.floor(random() ** 2 * 700));
    take(from, some);
    from += some;
  }
}

test('runs of every width, read in portions', () => {
  const random = seeded(1);
  for (let width = 1; width <= 32; width++) {
    const { values, encoded } = randomRuns(width, 5000, random);
    const { start, end } = place(encoded);
    const cursor = region.reserve(128);
    const out = region.reserve(5000 * 4 + 64);
    kernels.parquet_runs_open(cursor, start, end, width);
    const limit = width === 32 ? -1 : values.reduce((a, b) => Math.max(a, b)) + 1;
    portions(4999, random, (from, count) =>
      assert.ok(kernels.parquet_runs_codes(cursor, count, limit, out + from * 4), `${width} bits at ${from}`),
    );
    assert.equal(int32s(out, 4999), values.slice(0, 4999), `${width} bits`);
    if (width === 32) continue;
    // The same values with a limit that the largest one reaches.
    kernels.parquet_runs_open(cursor, start, end, width);
    assert.not(kernels.parquet_runs_codes(cursor, 5000, limit - 1, out));
    // Fewer bytes than values.
    kernels.parquet_runs_open(cursor, start, start + encoded.length / 2, width);
    assert.not(kernels.parquet_runs_codes(cursor, 5000, limit, out));
  }
});

test('codes without bits need no runs', () => {
  const cursor = region.reserve(128);
  const out = region.reserve(1000);
  kernels.parquet_runs_open(cursor, 1000, 1000, 0);
  assert.ok(kernels.parquet_runs_codes(cursor, 200, 1, out));
  assert.equal(int32s(out, 200), new Array(200).fill(0));
  assert.not(kernels.parquet_runs_codes(cursor, 1, 0, out));
});

test('levels become bits behind any bit, and are counted', () => {
  const random = seeded(2);
  for (let round = 0; round < 40; round++) {
    const { values, encoded } = randomRuns(1, 3000, random);
    const { start, end } = place(encoded);
    const cursor = region.reserve(128);
    const map = region.reserve(1000);
    const before = Math.floor(random() * 20);
    bytes.fill(0xff, map, map + 1000);
    kernels.parquet_runs_open(cursor, start, end, 1);
    portions(3000, random, (from, count) =>
      assert.is(
        kernels.parquet_runs_levels(cursor, count, map, before + from),
        values.slice(from, from + count).reduce((a, b) => a + b, 0),
      ),
    );
    const bit = (i: number): number => (bytes[map + (i >> 3)]! >> (i & 7)) & 1;
    assert.equal(
      Array.from({ length: before + 3000 }, (_, i) => bit(i)),
      [...new Array(before).fill(1), ...values],
    );
    region.reset();
  }
});

test('a level above 1, and a run that never ends, are refused', () => {
  const cursor = region.reserve(128);
  const map = region.reserve(1000);
  for (const encoded of [[20, 2], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0, 1, 0, 1, 0, 1], [2], []]) {
    const { start, end } = place(encoded);
    kernels.parquet_runs_open(cursor, start, end, 1);
    assert.is(kernels.parquet_runs_levels(cursor, 9, map, 0), -1, encoded.join());
  }
});

test('values of a dictionary of every width', () => {
  const random = seeded(3);
  const { values, encoded } = randomRuns(7, 4000, random);
  const held = region.reserve(1024 * 4 + 32);
  for (const width of [1, 2, 4, 8, 16]) {
    const entries = place(Uint8Array.from({ length: 128 * width }, () => random() * 256));
    const { start, end } = place(encoded);
    const cursor = region.reserve(128);
    const out = region.reserve(4000 * width + 64);
    const lookUp = kernel(kernels, `parquet_runs_values_${width}`);
    kernels.parquet_runs_open(cursor, start, end, 7);
    portions(4000, random, (from, count) =>
      assert.ok(lookUp(cursor, count, 128, entries.start, held, out + from * width)),
    );
    const expected = values.flatMap((value) => [
      ...bytes.subarray(entries.start + value * width, entries.start + (value + 1) * width),
    ]);
    assert.equal([...bytes.subarray(out, out + 4000 * width)], expected);
    kernels.parquet_runs_open(cursor, start, end, 7);
    assert.not(lookUp(cursor, 4000, 100, entries.start, held, out));
  }
});

/** DELTA_BINARY_PACKED. */
function deltas(values: readonly bigint[], block: number, miniblocks: number): number[] {
  const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
  const out = [...varint(block), ...varint(miniblocks), ...varint(values.length), ...zigzag(values[0] ?? 0n)];
  const each = block / miniblocks;
  for (let from = 1; from < values.length; from += block) {
    const own = Array.from({ length: Math.min(block, values.length - from) }, (_, i) =>
      wrap(values[from + i]! - values[from + i - 1]!),
    );
    const [least = 0n] = [...own].sort((a, b) => (a < b ? -1 : 1));
    const rests = own.map((delta) => BigInt.asUintN(64, delta - least));
    const parts = Array.from({ length: miniblocks }, (_, i) => rests.slice(i * each, (i + 1) * each));
    const widths = parts.map((part) => part.reduce((a, b) => Math.max(a, b.toString(2).length), 0));
    out.push(...zigzag(least), ...widths.map((width, i) => (parts[i]!.length === 0 ? 77 : width)));
    for (const [i, part] of parts.entries())
      if (part.length > 0)
        out.push(...packed([...part, ...new Array<bigint>(each - part.length).fill(0n)], widths[i]!));
  }
  return out;
}

test('differences of every width, to the ends of the integers', () => {
  const random = seeded(4);
  const wide = (): bigint =>
    (BigInt(Math.floor(random() * 2 ** 32)) << 32n) | BigInt(Math.floor(random() * 2 ** 32));
  for (let bits = 0; bits <= 64; bits++) {
    const length = Math.floor(random() * 900);
    const values = Array.from({ length }, () => BigInt.asIntN(64, BigInt.asUintN(bits, wide())));
    const encoded = deltas(values, bits % 2 === 0 ? 128 : 256, bits % 2 === 0 ? 4 : 2);
    const { start, end } = place([...encoded, 1, 2, 3]);
    const cursor = region.reserve(64);
    const out = region.reserve(length * 8);
    assert.is(kernels.parquet_delta_open(cursor, start, end), length);
    assert.is(kernels.parquet_delta_end(cursor), start + encoded.length, `${bits} bits`);
    portions(length, random, (from, count) =>
      assert.ok(kernels.parquet_delta_8(cursor, count, out + from * 8)),
    );
    assert.equal(int64s(out, length), values, `${bits} bits`);
    assert.not(kernels.parquet_delta_8(cursor, 1, out));
    kernels.parquet_delta_open(cursor, start, end);
    assert.ok(kernels.parquet_delta_4(cursor, length, out));
    assert.equal(
      int32s(out, length),
      values.map((value) => Number(BigInt.asUintN(32, value))),
    );
    region.reset();
  }
});

test('damaged differences and lengths end, and give no more than there is', () => {
  const random = seeded(5);
  const values = Array.from({ length: 500 }, () => BigInt(Math.floor(random() * 1000)));
  const good = deltas(values, 128, 4);
  const out = region.reserve(2000 * 8);
  for (let i = 0; i < 3000; i++) {
    const bad = Uint8Array.from(good);
    bad[Math.floor(random() ** 2 * bad.length)]! ^= 1 << Math.floor(random() * 8);
    const { start, end } = place(bad);
    const cursor = region.reserve(64);
    if (kernels.parquet_delta_open(cursor, start, end) >= 0) {
      const behind = kernels.parquet_delta_end(cursor) >>> 0;
      assert.ok(behind === 0 || (behind > start && behind <= end));
      kernels.parquet_delta_open(cursor, start, end);
      kernels.parquet_delta_8(cursor, 500, out);
    }
  }
});

test('values are spread over the rows that have one', () => {
  const random = seeded(6);
  for (const width of [1, 2, 4, 8, 16]) {
    const spread = kernel(kernels, `parquet_spread_${width}`);
    for (let round = 0; round < 50; round++) {
      const row = Math.floor(random() * 30);
      const count = Math.floor(random() * 200);
      const share = random();
      const present = Array.from({ length: row + count }, () => random() < share);
      const map = place(
        packed(
          present.map((some) => (some ? 1n : 0n)),
          1,
        ),
      ).start;
      const own = present.slice(row).filter(Boolean).length;
      const content = Uint8Array.from({ length: own * width }, () => 1 + random() * 255);
      const data = region.reserve(count * width + 64);
      bytes.fill(0xee, data, data + count * width + 64);
      bytes.set(content, data);
      spread(data, own, map, row, count);
      let next = 0;
      const expected = present
        .slice(row)
        .flatMap((some) =>
          some ? [...content.subarray(next++ * width, next * width)] : new Array(width).fill(0),
        );
      assert.equal([...bytes.subarray(data, data + count * width)], expected);
      assert.ok(
        bytes.subarray(data + count * width, data + count * width + 64).every((byte) => byte === 0xee),
      );
      region.reset();
    }
  }
});

test('lengths of texts, which may not reach past the page', () => {
  const texts = ['', 'a', 'ü'.repeat(40), 'xyz'].map((text) => Buffer.from(text));
  const content = texts.flatMap((text) => [text.length, 0, 0, 0, ...text]);
  const { start, end } = place(content);
  const lengths = region.reserve(64);
  assert.is(kernels.parquet_lengths(start, end, 4, lengths), end);
  assert.equal(int32s(lengths, 4), [0, 1, 80, 3]);
  for (const short of [1, 3, 4, 7]) assert.is(kernels.parquet_lengths(start, end - short, 4, lengths), 0);
  assert.is(kernels.parquet_lengths(start, end, 5, lengths), 0);
  view.setUint32(start, 0xffffffff, true);
  assert.is(kernels.parquet_lengths(start, end, 4, lengths), 0);
});

test('a text repeats no more than the one before has', () => {
  const suffixes = place(Buffer.from('onetwo'));
  const prefixes = region.reserve(64);
  const lengths = region.reserve(64);
  const out = region.reserve(64);
  const last = place(Buffer.from('before'));
  const given = (prefix: readonly number[], length: readonly number[]): string | null => {
    for (const [i, value] of prefix.entries()) view.setInt32(prefixes + i * 4, value, true);
    for (const [i, value] of length.entries()) view.setInt32(lengths + i * 4, value, true);
    const isWhole = kernels.parquet_prefixed(prefixes, lengths, 2, suffixes.start, last.start, 6, out);
    if (!isWhole) return null;
    const [a, b] = int32s(lengths, 2);
    return Buffer.from(bytes.subarray(out, out + a! + b!)).toString();
  };
  assert.is(given([2, 5], [3, 3]), 'beonebeonetwo');
  assert.is(given([7, 0], [3, 3]), null);
  assert.is(given([2, 6], [3, 3]), null);
});

test('decimals of any number of bytes, and those that are too long', () => {
  const out = region.reserve(64);
  const given = (content: readonly number[]): bigint | null => {
    const { start } = place(content);
    if (!kernels.parquet_decimals_bytes(start, 0, content.length, 1, out)) return null;
    return (view.getBigInt64(out + 8, true) << 64n) | view.getBigUint64(out, true);
  };
  assert.is(given([0x80]), -128n);
  assert.is(given([0x01, 0x00]), 256n);
  assert.is(given([0xff, 0xff, 0xfe]), -2n);
  assert.is(given([0x7f, ...new Array(15).fill(255)]), 2n ** 127n - 1n);
  assert.is(given([255, 255, ...new Array(15).fill(255), 5]), -251n);
  assert.is(given([0, 0x80, ...new Array(15).fill(0)]), null);
  assert.is(given([1, ...new Array(16).fill(0)]), null);
  const lengths = region.reserve(64);
  view.setInt32(lengths, 0, true);
  assert.ok(kernels.parquet_decimals_bytes(out, lengths, 0, 1, out));
  assert.equal(int64s(out, 2), [0n, 0n]);
});

test('INT96: nanoseconds and far years are refused', () => {
  const data = region.reserve(64);
  const out = region.reserve(64);
  const given = (nanos: bigint, day: number): bigint | number => {
    view.setBigUint64(data, nanos, true);
    view.setInt32(data + 8, day, true);
    const fault = kernels.parquet_int96(data, 1, out);
    return fault === 0 ? view.getBigInt64(out, true) : fault;
  };
  assert.is(given(1000n, 2440588), 1n);
  assert.is(given(86399999999000n, 2440587), -1n);
  assert.is(given(1n, 2440588), 1);
  assert.is(given(0n, 2 ** 31 - 1), 2);
});

test.run();
