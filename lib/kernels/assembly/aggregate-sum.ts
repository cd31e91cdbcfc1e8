// Sums and averages. Integers up to 32 bits add up in 64: that cannot overflow in fewer than 2^31 rows, so
// the fast way (without validity) does not look, and must not be gone after that many. 64-bit integers and decimals in 128 (so that only the result can overflow, whatever the order),
// floats in double-double.
//
//   small: missing, sum i64     wide: missing, low u64, high i64     float: missing, hi f64, lo f64
import { valid } from './bits';
import { addDouble, addSum, divide, hi, rounded, setInteger, setSum } from './double-double';
import { addWide, miss, present, stateOf } from './state';

// @ts-ignore: decorator
@inline
function addSmall<T>(state: usize, value: usize): void {
  store<i64>(state, load<i64>(state, 8) + <i64>load<T>(value), 8);
}

// @ts-ignore: decorator
@inline
function sumSmall<T>(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  if (validity == 0) {
    let i = from;
    for (; i + 4 <= to; i += 4) {
      const place = places + (<usize>i << 2);
      const value = data + <usize>i * sizeof<T>();
      addSmall<T>(states + load<u32>(place), value);
      addSmall<T>(states + load<u32>(place, 4), value + sizeof<T>());
      addSmall<T>(states + load<u32>(place, 8), value + 2 * sizeof<T>());
      addSmall<T>(states + load<u32>(place, 12), value + 3 * sizeof<T>());
    }
    for (; i < to; i++) addSmall<T>(stateOf(states, places, i), data + <usize>i * sizeof<T>());
    return 0;
  }
  let overflow: i64 = 0;
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    if (!valid(validity, i)) {
      miss(at);
      continue;
    }
    const value = <i64>load<T>(data + <usize>i * sizeof<T>());
    const sum = load<i64>(at, 8);
    const next = sum + value;
    overflow |= (sum ^ next) & (value ^ next);
    store<i64>(at, next, 8);
  }
  return i32(overflow < 0);
}

/** Returns 1 on overflow, which is noticed only where there is a validity bitmap. */
export function sum_small_i8(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumSmall<i8>(states, places, from, to, data, validity);
}
export function sum_small_u8(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumSmall<u8>(states, places, from, to, data, validity);
}
export function sum_small_i16(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumSmall<i16>(states, places, from, to, data, validity);
}
export function sum_small_u16(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumSmall<u16>(states, places, from, to, data, validity);
}
export function sum_small_i32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumSmall<i32>(states, places, from, to, data, validity);
}
export function sum_small_u32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumSmall<u32>(states, places, from, to, data, validity);
}

export function sum_small_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  let overflow: i64 = 0;
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    store<i64>(at, load<i64>(at) + load<i64>(others));
    const value = load<i64>(others, 8);
    const sum = load<i64>(at, 8);
    const next = sum + value;
    overflow |= (sum ^ next) & (value ^ next);
    store<i64>(at, next, 8);
    others += otherStride;
  }
  return i32(overflow < 0);
}

export function sum_small_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  for (let i = 0; i < count; i++) {
    store<i64>(out + (<usize>i << 3), load<i64>(states, 8));
    if (load<i64>(rows) != load<i64>(states)) present(validity, i);
    rows += stride;
    states += stride;
  }
  return -1;
}

export function avg_small_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  for (let i = 0; i < count; i++) {
    const n = load<i64>(rows) - load<i64>(states);
    const sum = load<i64>(states, 8);
    average(sum >> 63, <u64>sum, <f64>n, parameter);
    store<f64>(out + (<usize>i << 3), hi);
    if (n != 0) present(validity, i);
    rows += stride;
    states += stride;
  }
  return -1;
}

/** Leaves the 128-bit sum over n, over the decimals' power of ten, in `hi`. */
function average(high: i64, low: u64, n: f64, scale: f64): void {
  setInteger(high, low);
  divide(n * scale);
}

// @ts-ignore: decorator
@inline
function sumWide<T>(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  if (validity == 0) {
    let value = data + <usize>from * sizeof<T>();
    const end = places + (<usize>to << 2);
    for (let place = places + (<usize>from << 2); place < end; place += 4) {
      const term = load<T>(value);
      addWide(states + load<u32>(place) + 8, <u64>term, isSigned<T>() ? <i64>term >> 63 : 0);
      value += sizeof<T>();
    }
    return 0;
  }
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    if (valid(validity, i)) {
      const value = load<T>(data + <usize>i * sizeof<T>());
      addWide(at + 8, <u64>value, isSigned<T>() ? <i64>value >> 63 : 0);
    } else miss(at);
  }
  return 0;
}

export function sum_wide_i64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumWide<i64>(states, places, from, to, data, validity);
}
export function sum_wide_u64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumWide<u64>(states, places, from, to, data, validity);
}

/** As of 64 bits: what fits a narrower type may come in it. */
export function sum_wide_i8(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumWide<i8>(states, places, from, to, data, validity);
}
export function sum_wide_u8(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumWide<u8>(states, places, from, to, data, validity);
}
export function sum_wide_i16(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumWide<i16>(states, places, from, to, data, validity);
}
export function sum_wide_u16(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumWide<u16>(states, places, from, to, data, validity);
}
export function sum_wide_i32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumWide<i32>(states, places, from, to, data, validity);
}
export function sum_wide_u32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumWide<u32>(states, places, from, to, data, validity);
}

/** Decimals; returns 1 where even 128 bits overflow. */
export function sum_wide_i128(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  let overflow: i64 = 0;
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    if (valid(validity, i)) {
      const value = data + (<usize>i << 4);
      const before = load<i64>(at, 16);
      const high = load<i64>(value, 8);
      addWide(at + 8, load<u64>(value), high);
      const after = load<i64>(at, 16);
      overflow |= (before ^ after) & (high ^ after);
    } else miss(at);
  }
  return i32(overflow < 0);
}

export function sum_wide_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  let overflow: i64 = 0;
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    store<i64>(at, load<i64>(at) + load<i64>(others));
    const before = load<i64>(at, 16);
    const high = load<i64>(others, 16);
    addWide(at + 8, load<u64>(others, 8), high);
    const after = load<i64>(at, 16);
    overflow |= (before ^ after) & (high ^ after);
    others += otherStride;
  }
  return i32(overflow < 0);
}

/** Returns the first group whose sum is no int64, or -1. */
export function sum_wide_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  for (let i = 0; i < count; i++) {
    const low = load<i64>(states, 8);
    if (load<i64>(states, 16) != low >> 63) return i;
    store<i64>(out + (<usize>i << 3), low);
    if (load<i64>(rows) != load<i64>(states)) present(validity, i);
    rows += stride;
    states += stride;
  }
  return -1;
}

/** Decimals of 38 digits; returns the first group whose sum has more, or -1. */
export function sum_decimal_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  for (let i = 0; i < count; i++) {
    let low = load<u64>(states, 8);
    let high = load<i64>(states, 16);
    store<u64>(out + (<usize>i << 4), low);
    store<i64>(out + (<usize>i << 4), high, 8);
    if (high < 0) {
      low = ~low + 1;
      high = ~high + i64(low == 0);
    }
    // 10^38 = 0x4b3b4ca85a86c47a_098a224000000000
    if (<u64>high > 0x4b3b4ca85a86c47a || (<u64>high == 0x4b3b4ca85a86c47a && low >= 0x098a224000000000)) return i;
    if (load<i64>(rows) != load<i64>(states)) present(validity, i);
    rows += stride;
    states += stride;
  }
  return -1;
}

/** `parameter` is 10^scale for decimals, 1 for integers. */
export function avg_wide_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  for (let i = 0; i < count; i++) {
    const n = load<i64>(rows) - load<i64>(states);
    average(load<i64>(states, 16), load<u64>(states, 8), <f64>n, parameter);
    store<f64>(out + (<usize>i << 3), hi);
    if (n != 0) present(validity, i);
    rows += stride;
    states += stride;
  }
  return -1;
}

// @ts-ignore: decorator
@inline
function sumFloat<T>(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  if (validity == 0) {
    let value = data + <usize>from * sizeof<T>();
    const end = places + (<usize>to << 2);
    for (let place = places + (<usize>from << 2); place < end; place += 4) {
      addDouble(states + load<u32>(place) + 8, <f64>load<T>(value));
      value += sizeof<T>();
    }
    return 0;
  }
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    if (valid(validity, i)) addDouble(at + 8, <f64>load<T>(data + <usize>i * sizeof<T>()));
    else miss(at);
  }
  return 0;
}

export function sum_float_f32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumFloat<f32>(states, places, from, to, data, validity);
}
export function sum_float_f64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return sumFloat<f64>(states, places, from, to, data, validity);
}

export function sum_float_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    store<i64>(at, load<i64>(at) + load<i64>(others));
    addSum(at + 8, others + 8);
    others += otherStride;
  }
  return 0;
}

export function sum_float_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  for (let i = 0; i < count; i++) {
    store<f64>(out + (<usize>i << 3), rounded(states + 8));
    if (load<i64>(rows) != load<i64>(states)) present(validity, i);
    rows += stride;
    states += stride;
  }
  return -1;
}

export function avg_float_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  for (let i = 0; i < count; i++) {
    const n = load<i64>(rows) - load<i64>(states);
    const sum = load<f64>(states, 8);
    if (isFinite<f64>(sum)) {
      setSum(states + 8);
      divide(<f64>n);
      store<f64>(out + (<usize>i << 3), hi);
    } else {
      store<f64>(out + (<usize>i << 3), sum);
    }
    if (n != 0) present(validity, i);
    rows += stride;
    states += stride;
  }
  return -1;
}
