// Whole bitmaps. Bits past the length are unspecified and must not be counted.

/** The number of set bits among the first `length`. */
export function bitmap_count(map: usize, length: i32): i32 {
  let count: i64 = 0;
  const words = length >> 6;
  for (let w = 0; w < words; w++) count += popcnt<i64>(load<i64>(map + (w << 3)));
  const rest = length & 63;
  if (rest != 0) count += popcnt<i64>(load<i64>(map + (words << 3)) & (((<i64>1) << rest) - 1));
  return <i32>count;
}

/** out = a and b; `out` may be either. */
export function bitmap_and(a: usize, b: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>((length + 7) >> 3); i += 16)
    v128.store(out + i, v128.and(v128.load(a + i), v128.load(b + i)));
}

/** Sets the first `length` bits; the rest of the last byte is set too. */
export function bitmap_fill(map: usize, length: i32): void {
  memory.fill(map, 0xff, (length + 7) >> 3);
}
