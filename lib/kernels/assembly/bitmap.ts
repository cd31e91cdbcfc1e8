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

/** Writes `length` bits of `from` behind the first `at` bits of `map`; `from` at 0 writes ones. */
export function bitmap_append(map: usize, at: i32, from: usize, length: i32): void {
  const shift = <u64>(at & 7);
  let out = map + (at >> 3);
  if (shift == 0) {
    if (from == 0) memory.fill(out, 0xff, (length + 7) >> 3);
    else memory.copy(out, from, (length + 7) >> 3);
    return;
  }
  // 56 bits a step, so that the shifted word still holds them all.
  let carry = <u64>load<u8>(out) & ((<u64>1 << shift) - 1);
  for (let done = 0; done < length; done += 56) {
    const bits: u64 = from == 0 ? ~(<u64>0) : load<u64>(from + (done >> 3));
    store<u64>(out, carry | ((bits & 0x00ffffffffffffff) << shift));
    out += 7;
    carry = load<u64>(out) & ((<u64>1 << shift) - 1);
  }
}

/** The `length` bits of `map` from bit `start` on, moved to the beginning of `out`, which has 8 bytes to spare. */
export function bitmap_slice(map: usize, start: i32, length: i32, out: usize): void {
  const shift = <u64>(start & 7);
  const from = map + (start >> 3);
  // 56 bits a step: what is loaded holds them all, whatever the shift.
  for (let done = 0; done < length; done += 56) {
    const at = <usize>(done >> 3);
    store<u64>(out + at, load<u64>(from + at) >> shift);
  }
}
