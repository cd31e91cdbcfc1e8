// Comparisons into bitmaps. `step` is 0 where b is one constant, else 1. `flip` 1 negates every bit, which makes
// ne of eq, ge of lt and le of gt. Floats are in a total order: NaN = NaN and greatest, -0 = 0.
// Whole blocks are compared, so up to 63 bytes past the end are read and written (see lib/arrow/batch.ts).
import { bit } from './bits';
import { compareBytes } from './bytes';
import { equalBytes } from './hash';

/** Lanes all ones where the comparison holds; what: 0 eq, 1 lt, 2 gt. */
// @ts-ignore: decorator
@inline
function lanes<T>(what: i32, a: v128, b: v128): v128 {
  if (what == 0) {
    if (isFloat<T>()) return v128.or(v128.eq<T>(a, b), v128.and(v128.ne<T>(a, a), v128.ne<T>(b, b)));
    return v128.eq<T>(a, b);
  }
  if (what == 2) return less<T>(b, a);
  return less<T>(a, b);
}

// @ts-ignore: decorator
@inline
function less<T>(a: v128, b: v128): v128 {
  if (isFloat<T>()) return v128.or(v128.lt<T>(a, b), v128.and(v128.eq<T>(a, a), v128.ne<T>(b, b)));
  if (sizeof<T>() == 8 && !isSigned<T>()) {
    const sign = i64x2.splat(i64.MIN_VALUE);
    return v128.lt<i64>(v128.xor(a, sign), v128.xor(b, sign));
  }
  if (sizeof<T>() == 8) return v128.lt<i64>(a, b);
  return v128.lt<T>(a, b);
}

/** Compares 16 bytes at `offset` of a block. */
// @ts-ignore: decorator
@inline
function at<T>(what: i32, a: usize, b: usize, offset: usize, constant: bool, splat: v128): v128 {
  return lanes<T>(what, v128.load(a + offset), constant ? splat : v128.load(b + offset));
}

// @ts-ignore: decorator
@inline
function blocks<T>(what: i32, a: usize, b: usize, constant: bool, out: usize, length: i32, flip: u32): void {
  const splat = constant ? v128.splat<T>(load<T>(b)) : i64x2.splat(0);
  if (sizeof<T>() == 8) {
    for (let i = 0; i < length; i += 8) {
      const from = (<usize>i) << 3;
      const p = a + from;
      const q = b + from;
      const bits =
        <u32>i64x2.bitmask(at<T>(what, p, q, 0, constant, splat)) |
        (<u32>i64x2.bitmask(at<T>(what, p, q, 16, constant, splat)) << 2) |
        (<u32>i64x2.bitmask(at<T>(what, p, q, 32, constant, splat)) << 4) |
        (<u32>i64x2.bitmask(at<T>(what, p, q, 48, constant, splat)) << 6);
      store<u8>(out + (i >> 3), <u8>(bits ^ flip));
    }
    return;
  }
  for (let i = 0; i < length; i += 16) {
    const from = (<usize>i) * sizeof<T>();
    const p = a + from;
    const q = b + from;
    let mask: v128;
    if (sizeof<T>() == 4) {
      mask = i8x16.narrow_i16x8_s(
        i16x8.narrow_i32x4_s(at<T>(what, p, q, 0, constant, splat), at<T>(what, p, q, 16, constant, splat)),
        i16x8.narrow_i32x4_s(at<T>(what, p, q, 32, constant, splat), at<T>(what, p, q, 48, constant, splat)),
      );
    } else if (sizeof<T>() == 2) {
      mask = i8x16.narrow_i16x8_s(
        at<T>(what, p, q, 0, constant, splat),
        at<T>(what, p, q, 16, constant, splat),
      );
    } else {
      mask = at<T>(what, p, q, 0, constant, splat);
    }
    store<u16>(out + (i >> 3), <u16>(<u32>i8x16.bitmask(mask) ^ flip));
  }
}

// @ts-ignore: decorator
@inline
function compare<T>(what: i32, a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  const mask: u32 = flip ? 0xffff : 0;
  if (step == 0) blocks<T>(what, a, b, true, out, length, mask);
  else blocks<T>(what, a, b, false, out, length, mask);
}

export function compare_eq_i8(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<i8>(0, a, b, step, out, length, flip);
}

export function compare_eq_i16(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<i16>(0, a, b, step, out, length, flip);
}

export function compare_eq_i32(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<i32>(0, a, b, step, out, length, flip);
}

export function compare_eq_i64(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<i64>(0, a, b, step, out, length, flip);
}

export function compare_eq_u8(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<u8>(0, a, b, step, out, length, flip);
}

export function compare_eq_u16(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<u16>(0, a, b, step, out, length, flip);
}

export function compare_eq_u32(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<u32>(0, a, b, step, out, length, flip);
}

export function compare_eq_u64(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<u64>(0, a, b, step, out, length, flip);
}

export function compare_eq_f32(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<f32>(0, a, b, step, out, length, flip);
}

export function compare_eq_f64(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<f64>(0, a, b, step, out, length, flip);
}

export function compare_lt_i8(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<i8>(1, a, b, step, out, length, flip);
}

export function compare_lt_i16(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<i16>(1, a, b, step, out, length, flip);
}

export function compare_lt_i32(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<i32>(1, a, b, step, out, length, flip);
}

export function compare_lt_i64(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<i64>(1, a, b, step, out, length, flip);
}

export function compare_lt_u8(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<u8>(1, a, b, step, out, length, flip);
}

export function compare_lt_u16(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<u16>(1, a, b, step, out, length, flip);
}

export function compare_lt_u32(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<u32>(1, a, b, step, out, length, flip);
}

export function compare_lt_u64(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<u64>(1, a, b, step, out, length, flip);
}

export function compare_lt_f32(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<f32>(1, a, b, step, out, length, flip);
}

export function compare_lt_f64(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<f64>(1, a, b, step, out, length, flip);
}

export function compare_gt_i8(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<i8>(2, a, b, step, out, length, flip);
}

export function compare_gt_i16(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<i16>(2, a, b, step, out, length, flip);
}

export function compare_gt_i32(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<i32>(2, a, b, step, out, length, flip);
}

export function compare_gt_i64(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<i64>(2, a, b, step, out, length, flip);
}

export function compare_gt_u8(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<u8>(2, a, b, step, out, length, flip);
}

export function compare_gt_u16(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<u16>(2, a, b, step, out, length, flip);
}

export function compare_gt_u32(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<u32>(2, a, b, step, out, length, flip);
}

export function compare_gt_u64(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<u64>(2, a, b, step, out, length, flip);
}

export function compare_gt_f32(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<f32>(2, a, b, step, out, length, flip);
}

export function compare_gt_f64(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compare<f64>(2, a, b, step, out, length, flip);
}

// Decimals of equal scale are 128-bit integers.

// @ts-ignore: decorator
@inline
function wide(what: i32, a: usize, b: usize): bool {
  const high = load<i64>(a, 8);
  const otherHigh = load<i64>(b, 8);
  const low = load<u64>(a);
  const otherLow = load<u64>(b);
  if (what == 0) return high == otherHigh && low == otherLow;
  if (what == 1) return high < otherHigh || (high == otherHigh && low < otherLow);
  return high > otherHigh || (high == otherHigh && low > otherLow);
}

// @ts-ignore: decorator
@inline
function compareWide(what: i32, a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  for (let i = 0; i < length; i += 8) {
    let byte = flip ? 0xff : 0;
    const upTo = min(8, length - i);
    for (let j = 0; j < upTo; j++) {
      const from = (<usize>(i + j)) << 4;
      byte ^= (<i32>wide(what, a + from, step ? b + from : b)) << j;
    }
    store<u8>(out + (i >> 3), <u8>byte);
  }
}

export function compare_eq_i128(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compareWide(0, a, b, step, out, length, flip);
}

export function compare_lt_i128(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compareWide(1, a, b, step, out, length, flip);
}

export function compare_gt_i128(a: usize, b: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compareWide(2, a, b, step, out, length, flip);
}

// Texts, by their bytes; each side has offsets, a constant has two.

// @ts-ignore: decorator
@inline
function compareText(
  what: i32,
  a: usize,
  aOffsets: usize,
  b: usize,
  bOffsets: usize,
  step: i32,
  out: usize,
  length: i32,
  flip: i32,
): void {
  const stride = <usize>(step << 2);
  for (let i = 0; i < length; i += 8) {
    let byte = flip ? 0xff : 0;
    const upTo = min(8, length - i);
    for (let j = 0; j < upTo; j++) {
      const start = load<i32>(aOffsets);
      const size = load<i32>(aOffsets, 4) - start;
      const other = load<i32>(bOffsets);
      const otherSize = load<i32>(bOffsets, 4) - other;
      let holds: bool;
      if (what == 0) holds = size == otherSize && equalBytes(a + start, b + other, size);
      else {
        const order = compareBytes(a + start, size, b + other, otherSize);
        holds = what == 1 ? order < 0 : order > 0;
      }
      byte ^= (<i32>holds) << j;
      aOffsets += 4;
      bOffsets += stride;
    }
    store<u8>(out + (i >> 3), <u8>byte);
  }
}

export function compare_eq_text(a: usize, aOffsets: usize, b: usize, bOffsets: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compareText(0, a, aOffsets, b, bOffsets, step, out, length, flip);
}

export function compare_lt_text(a: usize, aOffsets: usize, b: usize, bOffsets: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compareText(1, a, aOffsets, b, bOffsets, step, out, length, flip);
}

export function compare_gt_text(a: usize, aOffsets: usize, b: usize, bOffsets: usize, step: i32, out: usize, length: i32, flip: i32): void {
  compareText(2, a, aOffsets, b, bOffsets, step, out, length, flip);
}

/** Sets the bit of every row whose value is in the ascending list. */
// @ts-ignore: decorator
@inline
function member<T>(values: usize, list: usize, count: i32, out: usize, length: i32): void {
  for (let i = 0; i < length; i += 8) {
    let byte = 0;
    const upTo = min(8, length - i);
    for (let j = 0; j < upTo; j++) {
      const value = load<T>(values + (<usize>(i + j)) * sizeof<T>());
      let low = 0;
      let high = count;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (load<T>(list + (<usize>middle) * sizeof<T>()) < value) low = middle + 1;
        else high = middle;
      }
      if (low < count && load<T>(list + (<usize>low) * sizeof<T>()) == value) byte |= 1 << j;
    }
    store<u8>(out + (i >> 3), <u8>byte);
  }
}

export function compare_in_i64(values: usize, list: usize, count: i32, out: usize, length: i32): void {
  member<i64>(values, list, count, out, length);
}

/** For each row the bit of its dictionary code. */
export function compare_coded(codes: usize, map: usize, out: usize, length: i32): void {
  for (let i = 0; i < length; i += 8) {
    let byte: u32 = 0;
    const upTo = min(8, length - i);
    for (let j = 0; j < upTo; j++) byte |= (<u32>bit(map, load<i32>(codes + ((<usize>(i + j)) << 2)))) << j;
    store<u8>(out + (i >> 3), <u8>byte);
  }
}
