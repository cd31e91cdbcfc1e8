// Sums of all values of a batch for one state, which is at `state`: as the kernels `sum_...` of aggregate-sum.ts, for a
// single group and values without nulls, a vector at a time.
import { sumError } from './double-double';
import { addWide } from './state';

/** Values after which lanes of 32 bits, which take up to 2^16 at a step of 8, are emptied. */
const blockRows: i32 = 1 << 16;

/** The sum of up to 2^31 values of at most 32 bits. */
// @ts-ignore: decorator
@inline
function total<T>(data: usize, length: i32): i64 {
  let sum: i64 = 0;
  let i = 0;
  while (i < length) {
    const end = min(length, i + blockRows);
    let wide = i64x2.splat(0);
    let narrow = i32x4.splat(0);
    const step: i32 = 16 / sizeof<T>();
    for (; i + step <= end; i += step) {
      const values = v128.load(data + <usize>i * sizeof<T>());
      if (sizeof<T>() == 4) wide = i64x2.add(wide, i64x2.add(low<T>(values), high<T>(values)));
      else narrow = i32x4.add(narrow, pairs<T>(values));
    }
    if (sizeof<T>() < 4)
      wide = i64x2.add(i64x2.extend_low_i32x4_s(narrow), i64x2.extend_high_i32x4_s(narrow));
    sum += i64x2.extract_lane(wide, 0) + i64x2.extract_lane(wide, 1);
    for (; i < end; i++) sum += <i64>load<T>(data + <usize>i * sizeof<T>());
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function low<T>(values: v128): v128 {
  return isSigned<T>() ? i64x2.extend_low_i32x4_s(values) : i64x2.extend_low_i32x4_u(values);
}

// @ts-ignore: decorator
@inline
function high<T>(values: v128): v128 {
  return isSigned<T>() ? i64x2.extend_high_i32x4_s(values) : i64x2.extend_high_i32x4_u(values);
}

/** Sums of four adjacent values of 8 bits, or two of 16, as 32 bits. */
// @ts-ignore: decorator
@inline
function pairs<T>(values: v128): v128 {
  if (isSigned<T>()) {
    const twos = sizeof<T>() == 1 ? i16x8.extadd_pairwise_i8x16_s(values) : values;
    return i32x4.extadd_pairwise_i16x8_s(twos);
  }
  const twos = sizeof<T>() == 1 ? i16x8.extadd_pairwise_i8x16_u(values) : values;
  return i32x4.extadd_pairwise_i16x8_u(twos);
}

// @ts-ignore: decorator
@inline
function totalSmall<T>(state: usize, data: usize, length: i32): void {
  store<i64>(state, load<i64>(state, 8) + total<T>(data, length), 8);
}

export function total_small_i8(state: usize, data: usize, length: i32): void {
  totalSmall<i8>(state, data, length);
}
export function total_small_u8(state: usize, data: usize, length: i32): void {
  totalSmall<u8>(state, data, length);
}
export function total_small_i16(state: usize, data: usize, length: i32): void {
  totalSmall<i16>(state, data, length);
}
export function total_small_u16(state: usize, data: usize, length: i32): void {
  totalSmall<u16>(state, data, length);
}
export function total_small_i32(state: usize, data: usize, length: i32): void {
  totalSmall<i32>(state, data, length);
}
export function total_small_u32(state: usize, data: usize, length: i32): void {
  totalSmall<u32>(state, data, length);
}

// @ts-ignore: decorator
@inline
function totalWide<T>(state: usize, data: usize, length: i32): void {
  const sum = total<T>(data, length);
  addWide(state + 8, <u64>sum, sum >> 63);
}

export function total_wide_i8(state: usize, data: usize, length: i32): void {
  totalWide<i8>(state, data, length);
}
export function total_wide_u8(state: usize, data: usize, length: i32): void {
  totalWide<u8>(state, data, length);
}
export function total_wide_i16(state: usize, data: usize, length: i32): void {
  totalWide<i16>(state, data, length);
}
export function total_wide_u16(state: usize, data: usize, length: i32): void {
  totalWide<u16>(state, data, length);
}
export function total_wide_i32(state: usize, data: usize, length: i32): void {
  totalWide<i32>(state, data, length);
}
export function total_wide_u32(state: usize, data: usize, length: i32): void {
  totalWide<u32>(state, data, length);
}

/** Upper and lower halves are added up apart: neither overflows in 2^31 values. */
// @ts-ignore: decorator
@inline
function totalHalves(state: usize, data: usize, length: i32, signed: bool): void {
  const mask = i64x2.splat(0xffffffff);
  let lows = i64x2.splat(0);
  let highs = i64x2.splat(0);
  let i = 0;
  for (; i + 2 <= length; i += 2) {
    const values = v128.load(data + (<usize>i << 3));
    lows = i64x2.add(lows, v128.and(values, mask));
    highs = i64x2.add(highs, signed ? i64x2.shr_s(values, 32) : i64x2.shr_u(values, 32));
  }
  let lowSum = i64x2.extract_lane(lows, 0) + i64x2.extract_lane(lows, 1);
  let highSum = i64x2.extract_lane(highs, 0) + i64x2.extract_lane(highs, 1);
  for (; i < length; i++) {
    const value = load<i64>(data + (<usize>i << 3));
    lowSum += value & 0xffffffff;
    highSum += signed ? value >> 32 : <i64>(<u64>value >> 32);
  }
  addWide(state + 8, <u64>lowSum, 0);
  addWide(state + 8, <u64>(highSum << 32), highSum >> 32);
}

export function total_wide_i64(state: usize, data: usize, length: i32): void {
  totalHalves(state, data, length, true);
}
export function total_wide_u64(state: usize, data: usize, length: i32): void {
  totalHalves(state, data, length, false);
}

/** Four values, each added to a sum of its own: its error is kept as `sumError` has it. */
// @ts-ignore: decorator
@inline
function error(sum: v128, value: v128, next: v128): v128 {
  const part = f64x2.sub(next, sum);
  return f64x2.add(f64x2.sub(sum, f64x2.sub(next, part)), f64x2.sub(value, part));
}

// @ts-ignore: decorator
@inline
function addTo(state: usize, value: f64, low: f64): void {
  const sum = load<f64>(state, 8);
  const next = sum + value;
  store<f64>(state, next, 8);
  store<f64>(state, load<f64>(state, 16) + (sumError(sum, value, next) + low), 16);
}

// @ts-ignore: decorator
@inline
function addLanes(state: usize, sums: v128, errors: v128): void {
  addTo(state, f64x2.extract_lane(sums, 0), f64x2.extract_lane(errors, 0));
  addTo(state, f64x2.extract_lane(sums, 1), f64x2.extract_lane(errors, 1));
}

// @ts-ignore: decorator
@inline
function pairAt<T>(data: usize, i: i32): v128 {
  const at = data + <usize>i * sizeof<T>();
  return sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v128.load64_zero(at)) : v128.load(at);
}

// @ts-ignore: decorator
@inline
function totalFloat<T>(state: usize, data: usize, length: i32): void {
  const zero = f64x2.splat(0);
  let a = zero;
  let b = zero;
  let c = zero;
  let d = zero;
  let errorA = zero;
  let errorB = zero;
  let errorC = zero;
  let errorD = zero;
  let i = 0;
  for (; i + 8 <= length; i += 8) {
    const valueA = pairAt<T>(data, i);
    const valueB = pairAt<T>(data, i + 2);
    const valueC = pairAt<T>(data, i + 4);
    const valueD = pairAt<T>(data, i + 6);
    const nextA = f64x2.add(a, valueA);
    const nextB = f64x2.add(b, valueB);
    const nextC = f64x2.add(c, valueC);
    const nextD = f64x2.add(d, valueD);
    errorA = f64x2.add(errorA, error(a, valueA, nextA));
    errorB = f64x2.add(errorB, error(b, valueB, nextB));
    errorC = f64x2.add(errorC, error(c, valueC, nextC));
    errorD = f64x2.add(errorD, error(d, valueD, nextD));
    a = nextA;
    b = nextB;
    c = nextC;
    d = nextD;
  }
  addLanes(state, a, errorA);
  addLanes(state, b, errorB);
  addLanes(state, c, errorC);
  addLanes(state, d, errorD);
  for (; i < length; i++) addTo(state, <f64>load<T>(data + <usize>i * sizeof<T>()), 0);
}

export function total_float_f32(state: usize, data: usize, length: i32): void {
  totalFloat<f32>(state, data, length);
}
export function total_float_f64(state: usize, data: usize, length: i32): void {
  totalFloat<f64>(state, data, length);
}
