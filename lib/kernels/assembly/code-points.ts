// Code points in UTF-8. Helpers of kernels, not kernels.
import { lastLoad } from './copy';
import { equalBytes } from './hash';

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
  let count = length;
  let i = 0;
  for (; i + 8 <= length; i += 8) count -= continuations(load<u64>(text + i));
  const rest = length - i;
  if (rest == 0) return count;
  if (text + i <= lastLoad()) return count - continuations(load<u64>(text + i) & (((<u64>1) << (rest << 3)) - 1));
  for (; i < length; i++) count -= <i32>!isStart(load<u8>(text + i));
  return count;
}

/** Continuation bytes have their top bit set and the next one not. */
// @ts-ignore: decorator
@inline
function continuations(word: u64): i32 {
  return <i32>popcnt<u64>(word & 0x8080808080808080 & ~(word << 1));
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
  if (from > end) return -1;
  const first = load<u8>(needle);
  const wanted = i8x16.splat(first);
  let i = from;
  while (i <= end) {
    if (text + i > last) {
      if (load<u8>(text + i) == first && equalBytes(text + i, needle, size)) return i;
      i++;
      continue;
    }
    let hits = <u32>i8x16.bitmask(i8x16.eq(v128.load(text + i), wanted));
    while (hits != 0) {
      const at = i + <i32>ctz<u32>(hits);
      if (at > end) return -1;
      if (equalBytes(text + at, needle, size)) return at;
      hits &= hits - 1;
    }
    i += 16;
  }
  return -1;
}
