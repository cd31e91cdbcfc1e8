// Code points in UTF-8. Helpers of kernels, not kernels.

/** Bytes of the code point that starts with `first`. */
// @ts-ignore: decorator
@inline
export function sizeOf(first: u8): i32 {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

// @ts-ignore: decorator
@inline
export function isStart(byte: u8): bool {
  return (byte & 0xc0) != 0x80;
}

/** The number of code points. */
export function countPoints(text: usize, length: i32): i32 {
  let count = 0;
  let i = 0;
  const continuation: u64 = 0x8080808080808080;
  for (; i + 8 <= length; i += 8) {
    const word = load<u64>(text + i);
    // A continuation byte has its top bit set and the next one not.
    count += 8 - <i32>popcnt<u64>(word & continuation & ~(word << 1));
  }
  for (; i < length; i++) count += <i32>isStart(load<u8>(text + i));
  return count;
}

/** The byte where code point number `n`, counted from 0, starts; `length` if there are fewer. */
export function pointAt(text: usize, length: i32, n: i64): i32 {
  let i = 0;
  while (i < length && n > 0) {
    i += sizeOf(load<u8>(text + i));
    n--;
  }
  return min(i, length);
}

/** Where `needle` first occurs from byte `from` on; -1 if it does not. `last` is `lastLoad()` of copy.ts. */
export function find(text: usize, length: i32, needle: usize, size: i32, from: i32, last: usize): i32 {
  if (size == 0) return from;
  const end = length - size;
  const first = load<u8>(needle);
  const wanted = i8x16.splat(first);
  let i = from;
  while (i <= end) {
    if (text + i > last) {
      if (load<u8>(text + i) == first && memory.compare(text + i, needle, size) == 0) return i;
      i++;
      continue;
    }
    let hits = <u32>i8x16.bitmask(i8x16.eq(v128.load(text + i), wanted));
    while (hits != 0) {
      const at = i + <i32>ctz<u32>(hits);
      if (at > end) return -1;
      if (memory.compare(text + at, needle, size) == 0) return at;
      hits &= hits - 1;
    }
    i += 16;
  }
  return -1;
}
