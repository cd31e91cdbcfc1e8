// XXH64 (Yann Collet, the xxHash specification 0.1.1, public domain): four independent lanes of eight bytes.

const p1: u64 = 0x9e3779b185ebca87;
const p2: u64 = 0xc2b2ae3d27d4eb4f;
const p3: u64 = 0x165667b19e3779f9;
const p4: u64 = 0x85ebca77c2b2ae63;
const p5: u64 = 0x27d4eb2f165667c5;

// @ts-ignore: decorator
@inline
function round(lane: u64, word: u64): u64 {
  return rotl<u64>(lane + word * p2, 31) * p1;
}

// @ts-ignore: decorator
@inline
function fold(hash: u64, lane: u64): u64 {
  return (hash ^ round(0, lane)) * p1 + p4;
}

function hashBytes(data: usize, length: usize, seed: u64): u64 {
  const end = data + length;
  let at = data;
  let hash: u64;
  if (length >= 32) {
    let a = seed + p1 + p2;
    let b = seed + p2;
    let c = seed;
    let d = seed - p1;
    const last = end - 32;
    while (at <= last) {
      a = round(a, load<u64>(at));
      b = round(b, load<u64>(at, 8));
      c = round(c, load<u64>(at, 16));
      d = round(d, load<u64>(at, 24));
      at += 32;
    }
    hash = rotl<u64>(a, 1) + rotl<u64>(b, 7) + rotl<u64>(c, 12) + rotl<u64>(d, 18);
    hash = fold(fold(fold(fold(hash, a), b), c), d);
  } else {
    hash = seed + p5;
  }
  hash += <u64>length;
  for (; at + 8 <= end; at += 8) hash = rotl<u64>(hash ^ round(0, load<u64>(at)), 27) * p1 + p4;
  if (at + 4 <= end) {
    hash = rotl<u64>(hash ^ (<u64>load<u32>(at) * p1), 23) * p2 + p3;
    at += 4;
  }
  for (; at < end; at++) hash = rotl<u64>(hash ^ (<u64>load<u8>(at) * p5), 11) * p1;
  hash = (hash ^ (hash >> 33)) * p2;
  hash = (hash ^ (hash >> 29)) * p3;
  return hash ^ (hash >> 32);
}

/**
 * The hash of `length` bytes; the 64-bit seed is read from `state` and the hash written over it, so that the
 * next piece continues from it.
 */
export function checksum_bytes(data: usize, length: usize, state: usize): void {
  store<u64>(state, hashBytes(data, length, load<u64>(state)));
}

/** The lower half of the hash over three buffers, one after another; those without bytes do not count. */
export function checksum_buffers(a: usize, aBytes: usize, b: usize, bBytes: usize, c: usize, cBytes: usize): u32 {
  let hash: u64 = 0;
  if (aBytes > 0) hash = hashBytes(a, aBytes, hash);
  if (bBytes > 0) hash = hashBytes(b, bBytes, hash);
  if (cBytes > 0) hash = hashBytes(c, cBytes, hash);
  return <u32>hash;
}
