import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kernel } from '../../lib/kernels/wasm.js';
import { makeRuntime, seeded } from '../helpers.js';

const test = suite('kernels/parquet');

const { arena, kernels } = makeRuntime();
const region = arena.region('test');
test.before.each(() => region.reset());
test.after(() => {
  region.release();
  assert.is(arena.reserved, 0);
});

function place(values: Int32Array | BigUint64Array | Uint32Array): number {
  const address = region.reserve(values.byteLength + 64);
  arena.bytes.set(new Uint8Array(values.buffer), address);
  return address;
}

const ints = (address: number, length: number): number[] => [
  ...new Int32Array(arena.buffer, address, length),
];

test('codes are packed bit by bit, and the last group is filled up with zeros', () => {
  const random = seeded(1);
  for (let width = 1; width <= 20; width++)
    for (const length of [0, 1, 7, 8, 9, 63, 64, 65, 1000]) {
      const codes = Int32Array.from({ length }, () => random() * 2 ** width);
      const bytes = Math.ceil(length / 8) * width;
      const out = region.reserve(bytes + 8);
      arena.bytes.fill(0xff, out, out + bytes + 8);
      assert.is(kernels.parquet_pack(place(codes), length, width, out), bytes);
      const expected = new Uint8Array(bytes);
      for (let at = 0; at < length * width; at++)
        expected[at >> 3]! |= ((codes[Math.floor(at / width)]! >> (at % width)) & 1) << (at & 7);
      assert.equal(arena.bytes.slice(out, out + bytes), expected, `${length} codes of ${width} bits`);
    }
});

test('distinct values are told by their bits', () => {
  const random = seeded(2);
  for (const [width, distinct] of [
    [32, 3],
    [32, 700],
    [64, 1],
    [64, 700],
  ] as const) {
    const length = 2000;
    const some = Array.from({ length: distinct }, (_, i) => BigInt(i) * 0x1_0000_0001n * BigInt(i + 1));
    const values = Array.from({ length }, () => some[Math.floor(random() * distinct)]!);
    const data =
      width === 64
        ? place(BigUint64Array.from(values))
        : place(Uint32Array.from(values, (value) => Number(BigInt.asUintN(32, value))));
    const order = [...new Set(width === 64 ? values : values.map((value) => BigInt.asUintN(32, value)))];
    const run = (limit: number): { count: number; entries: bigint[]; codes: number[] } => {
      const slots = region.reserveZeroed(2048 * 4);
      const entries = region.reserve(limit * 8 + 8);
      const codes = region.reserve(length * 4);
      const code = kernel(kernels, `parquet_distinct_${width}`);
      const count = code(data, length, slots, 2047, limit, entries, codes);
      const found =
        width === 64
          ? [...new BigUint64Array(arena.buffer, entries, Math.max(0, count))]
          : [...new Uint32Array(arena.buffer, entries, Math.max(0, count))].map(BigInt);
      return { count, entries: found, codes: ints(codes, length) };
    };
    const all = run(order.length);
    assert.is(all.count, order.length);
    assert.equal(all.entries, order);
    assert.equal(
      all.codes,
      values.map((value) => order.indexOf(BigInt.asUintN(width, value))),
    );
    if (order.length > 1) assert.is(run(order.length - 1).count, -1);
  }
});

test('a dictionary keeps the entries that are used, in their order', () => {
  const random = seeded(3);
  const codes = Int32Array.from({ length: 500 }, () => Math.floor(random() ** 3 * 1000));
  const known = region.reserveZeroed(1000 * 4);
  const entries = region.reserve(500 * 4);
  const out = region.reserve(500 * 4);
  const count = kernels.parquet_used(place(codes), 500, known, entries, out);
  const order = [...new Set(codes)];
  assert.equal(ints(entries, count), order);
  assert.equal(
    ints(out, 500),
    [...codes].map((code) => order.indexOf(code)),
  );
});

test('decimals are turned around, and their low halves taken', () => {
  const values = [0n, 1n, -1n, 10n ** 38n - 1n, -(10n ** 38n) + 1n, -123456789012345678n];
  const halves = BigUint64Array.from(
    values.flatMap((value) => [BigInt.asUintN(64, value), BigInt.asUintN(64, value >> 64n)]),
  );
  const data = place(halves);
  const out = region.reserve(values.length * 16);
  kernels.parquet_decimals(data, values.length, out);
  const turned = values.map((_, i) =>
    BigInt.asIntN(
      128,
      BigInt(`0x${Buffer.from(arena.bytes.slice(out + i * 16, out + i * 16 + 16)).toString('hex')}`),
    ),
  );
  assert.equal(turned, values);
  kernels.parquet_low_64(data, values.length, out);
  assert.equal(
    [...new BigInt64Array(arena.buffer, out, values.length)],
    values.map((value) => BigInt.asIntN(64, value)),
  );
});

test.run();
