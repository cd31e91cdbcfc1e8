// Hashes of integers and bytes. The mixing is the multiply-and-fold of wyhash (Wang Yi, public domain),
// with the 128-bit product replaced by two 64-bit ones, since WebAssembly has no wide multiply.

export const p0: u64 = 0xa0761d6478bd642f;
export const p1: u64 = 0xe7037ed1a0b428db;

/** All 64 bits depend on all bits of `value`. */
// @ts-ignore: decorator
@inline
export function hash64(value: u64): u64 {
  let h = value ^ (value >> 32);
  h *= p0;
  h ^= h >> 29;
  h *= p1;
  return h ^ (h >> 32);
}

// @ts-ignore: decorator
@inline
export function combine(seed: u64, hash: u64): u64 {
  return hash64(rotl<u64>(seed, 23) ^ hash);
}

/** The last 1 to 7 bytes of a text as one integer. */
// @ts-ignore: decorator
@inline
function tail(data: usize, length: usize): u64 {
  if (length >= 4) return (<u64>load<u32>(data) << 32) | <u64>load<u32>(data + length - 4);
  return (<u64>load<u8>(data) << 16) | (<u64>load<u8>(data + (length >> 1)) << 8) | <u64>load<u8>(data + length - 1);
}

// @ts-ignore: decorator
@inline
export function hashBytes(data: usize, length: usize): u64 {
  let h: u64 = <u64>length * p1;
  let at = data;
  let left = length;
  while (left >= 8) {
    h = (rotl<u64>(h, 23) ^ load<u64>(at)) * p0;
    h ^= h >> 32;
    at += 8;
    left -= 8;
  }
  if (left > 0) h = (rotl<u64>(h, 23) ^ tail(at, left)) * p0;
  return hash64(h);
}

// @ts-ignore: decorator
@inline
export function equalBytes(a: usize, b: usize, length: usize): bool {
  let i: usize = 0;
  for (; i + 8 <= length; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  for (; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}
