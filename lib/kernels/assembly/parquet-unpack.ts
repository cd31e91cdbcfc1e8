// Packed integers of up to 32 bits, least significant bit first. Helpers of kernels, not kernels.

/** With more bits a value and what lies before it in its byte do not fit the 32 bits of a lane. */
const mostVectorBits: u32 = 25;

/**
 * How 8 values of `width` bits become two vectors, in 64 bytes: the bytes of each value go to a lane, a multiple of
 * which has the value's lowest bit at bit 7, since lanes cannot be shifted each by its own count.
 */
export function unpackPatterns(width: u32, patterns: usize): void {
  const half = (width * 4) >> 3;
  for (let i: u32 = 0; i < 8; i++) {
    const bit = i * width - (i < 4 ? 0 : half * 8);
    const vector = patterns + (i < 4 ? 0 : 32) + ((i & 3) << 2);
    for (let k: u32 = 0; k < 4; k++) store<u8>(vector + k, <u8>((bit >> 3) + k));
    store<u32>(vector + 16, 1 << (7 - (bit & 7)));
  }
}

/**
 * Unpacks `count` values of which the first begins `shift` bits (0 to 7) into the byte at `from`; returns the largest.
 * May read 16 bytes past them, and write 31 bytes.
 */
export function unpackBits(from: usize, shift: u32, width: u32, count: u32, patterns: usize, out: usize): u32 {
  const mask: u32 = width == 32 ? 0xffffffff : (1 << width) - 1;
  const end = out + ((<usize>count) << 2);
  let most: u32 = 0;
  // One by one up to where a byte begins; all of them where they are too wide.
  while (out < end && (shift != 0 || width > mostVectorBits)) {
    const value = <u32>(load<u64>(from) >> shift) & mask;
    most = max(most, value);
    store<u32>(out, value);
    out += 4;
    shift += width;
    from += shift >> 3;
    shift &= 7;
  }
  if (out >= end) return most;
  const half = (width * 4) >> 3;
  const masks = i32x4.splat(mask);
  const lowBytes = v128.load(patterns);
  const lowTimes = v128.load(patterns, 16);
  const highBytes = v128.load(patterns, 32);
  const highTimes = v128.load(patterns, 48);
  let largest = i32x4.splat(0);
  for (; out + 32 <= end; out += 32, from += width) {
    const low = fourOf(from, lowBytes, lowTimes, masks);
    const high = fourOf(from + half, highBytes, highTimes, masks);
    v128.store(out, low);
    v128.store(out, high, 16);
    largest = i32x4.max_u(largest, i32x4.max_u(low, high));
  }
  most = max(most, max(max(i32x4.extract_lane(largest, 0), i32x4.extract_lane(largest, 1)), max(i32x4.extract_lane(largest, 2), i32x4.extract_lane(largest, 3))));
  if (out >= end) return most;
  v128.store(out, fourOf(from, lowBytes, lowTimes, masks));
  v128.store(out, fourOf(from + half, highBytes, highTimes, masks), 16);
  for (; out < end; out += 4) most = max(most, load<u32>(out));
  return most;
}

/** Four values, each in a lane. */
// @ts-ignore: decorator
@inline
function fourOf(from: usize, bytes: v128, times: v128, masks: v128): v128 {
  const lanes = i32x4.mul(i8x16.swizzle(v128.load(from), bytes), times);
  return v128.and(i32x4.shr_u(lanes, 7), masks);
}
