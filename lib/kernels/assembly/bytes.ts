// Orders of byte strings. Helpers of kernels, not kernels.

/** Negative, zero or positive as a is before, the same as or after b, byte by byte. */
// @ts-ignore: decorator
@inline
export function compareBytes(a: usize, aLength: i32, b: usize, bLength: i32): i32 {
  const shared = min(aLength, bLength);
  let i = 0;
  for (; i + 8 <= shared; i += 8) {
    const x = load<u64>(a + i);
    const y = load<u64>(b + i);
    if (x != y) return bswap<u64>(x) < bswap<u64>(y) ? -1 : 1;
  }
  for (; i < shared; i++) {
    const difference = <i32>load<u8>(a + i) - <i32>load<u8>(b + i);
    if (difference != 0) return difference;
  }
  return aLength - bLength;
}
