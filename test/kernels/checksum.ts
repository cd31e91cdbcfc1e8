import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeRuntime, seeded } from '../helpers.js';

const test = suite('kernels/checksum');

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotl = (value: bigint, bits: bigint): bigint => u64((value << bits) | (value >> (64n - bits)));
const [p1, p2, p3, p4, p5] = [
  11400714785074694791n,
  14029467366897019727n,
  1609587929392839161n,
  9650029242287828579n,
  2870177450012600261n,
];

/** XXH64 as its specification tells it, step by step. */
function xxh64(bytes: Uint8Array, seed: bigint): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const round = (lane: bigint, word: bigint): bigint => u64(rotl(u64(lane + word * p2), 31n) * p1);
  let at = 0;
  let hash = u64(seed + p5);
  if (bytes.length >= 32) {
    const lanes = [u64(seed + p1 + p2), u64(seed + p2), seed, u64(seed - p1)];
    for (; at + 32 <= bytes.length; at += 32)
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i]!, view.getBigUint64(at + i * 8, true));
    hash = u64([1n, 7n, 12n, 18n].reduce((sum, bits, i) => sum + rotl(lanes[i]!, bits), 0n));
    for (const lane of lanes) hash = u64((hash ^ round(0n, lane)) * p1 + p4);
  }
  hash = u64(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8)
    hash = u64(rotl(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * p1 + p4);
  for (; at + 4 <= bytes.length; at += 4)
    hash = u64(rotl(hash ^ u64(BigInt(view.getUint32(at, true)) * p1), 23n) * p2 + p3);
  for (; at < bytes.length; at++) hash = u64(rotl(hash ^ u64(BigInt(bytes[at]!) * p5), 11n) * p1);
  hash = u64((hash ^ (hash >> 33n)) * p2);
  hash = u64((hash ^ (hash >> 29n)) * p3);
  return hash ^ (hash >> 32n);
}

test('is XXH64, from any seed and at any length', () => {
  const { arena, kernels } = makeRuntime();
  const random = seeded(1);
  const region = arena.region('test');
  const state = region.reserve(8);
  const data = region.reserve(4096);
  const checksum = (bytes: Uint8Array, seed: bigint): bigint => {
    arena.bytes.set(bytes, data);
    arena.view.setBigUint64(state, seed, true);
    kernels.checksum_bytes(data, bytes.length, state);
    return arena.view.getBigUint64(state, true);
  };
  // The specification's value for no bytes, and a value that other implementations publish.
  assert.is(checksum(new Uint8Array(0), 0n), 0xef46db3751d8e999n);
  assert.is(checksum(Buffer.from('abc'), 0n), 0x44bc2cf5ad770999n);
  for (let round = 0; round < 300; round++) {
    const bytes = Uint8Array.from(
      { length: round < 150 ? round : Math.floor(random() * 4000) },
      () => random() * 256,
    );
    const seed = BigInt(Math.floor(random() * 2 ** 52)) << 12n;
    assert.is(checksum(bytes, seed), xxh64(bytes, seed));
  }
  region.release();
  assert.is(arena.reserved, 0);
});

test.run();
