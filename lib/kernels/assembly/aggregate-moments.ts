// Variance, standard deviation and product.
//
//   integers: missing, x i64, xx i128   (values within 32 bits: exact)
//             x, xx double-double       (values beyond, in 64-bit columns only)
//   floats:   missing, x, xx double-double
//
// Only the end subtracts, in double-double, so the order of rows does not show.
import { valid } from './bits';
import { add, addDouble, addProduct, addSum, divide, hi, lo, multiply, productError, set, setInteger, setSum } from './double-double';
import { addWide, miss, present, stateOf } from './state';

// @ts-ignore: decorator
@inline
function addExact(at: usize, value: i64): i64 {
  const sum = load<i64>(at, 8);
  const next = sum + value;
  store<i64>(at, next, 8);
  addWide(at + 16, <u64>(value * value), 0);
  return (sum ^ next) & (value ^ next);
}

// @ts-ignore: decorator
@inline
function addFloat(at: usize, value: f64): void {
  addDouble(at, value);
  addProduct(at + 16, value, value);
}

// @ts-ignore: decorator
@inline
function addValue<T>(at: usize, data: usize, row: i32): i64 {
  const value = load<T>(data + <usize>row * sizeof<T>());
  if (isFloat<T>()) {
    addFloat(at + 8, <f64>value);
    return 0;
  }
  if (sizeof<T>() == 8) {
    if (isSigned<T>() ? <i64>value == <i64>(<i32>value) : <u64>value <= 0x7fffffff) return addExact(at, <i64>value);
    addFloat(at + 32, <f64>value);
    return 0;
  }
  return addExact(at, <i64>value);
}

// @ts-ignore: decorator
@inline
function update<T>(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  if (validity == 0) {
    for (let i = from; i < to; i++) addValue<T>(stateOf(states, places, i), data, i);
    return 0;
  }
  let overflow: i64 = 0;
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    if (valid(validity, i)) overflow |= addValue<T>(at, data, i);
    else miss(at);
  }
  return i32(overflow < 0);
}

/** Returns 1 where the sum of values overflows; that is noticed only where there is a validity bitmap. */
export function moments_i8(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return update<i8>(states, places, from, to, data, validity);
}
export function moments_u8(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return update<u8>(states, places, from, to, data, validity);
}
export function moments_i16(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return update<i16>(states, places, from, to, data, validity);
}
export function moments_u16(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return update<u16>(states, places, from, to, data, validity);
}
export function moments_i32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return update<i32>(states, places, from, to, data, validity);
}
export function moments_u32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return update<u32>(states, places, from, to, data, validity);
}
export function moments_i64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return update<i64>(states, places, from, to, data, validity);
}
export function moments_u64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return update<u64>(states, places, from, to, data, validity);
}
export function moments_f32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return update<f32>(states, places, from, to, data, validity);
}
export function moments_f64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return update<f64>(states, places, from, to, data, validity);
}

// @ts-ignore: decorator
@inline
function mergeExact(at: usize, other: usize): i64 {
  const value = load<i64>(other, 8);
  const sum = load<i64>(at, 8);
  const next = sum + value;
  store<i64>(at, next, 8);
  addWide(at + 16, load<u64>(other, 16), load<i64>(other, 24));
  return (sum ^ next) & (value ^ next);
}

// @ts-ignore: decorator
@inline
function merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32, exact: bool, float: i32): i32 {
  let overflow: i64 = 0;
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    store<i64>(at, load<i64>(at) + load<i64>(others));
    if (exact) overflow |= mergeExact(at, others);
    if (float != 0) {
      addSum(at + float, others + float);
      addSum(at + float + 16, others + float + 16);
    }
    others += otherStride;
  }
  return i32(overflow < 0);
}

export function moments_small_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge(states, places, others, otherStride, count, true, 0);
}
export function moments_wide_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge(states, places, others, otherStride, count, true, 32);
}
export function moments_float_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge(states, places, others, otherStride, count, false, 8);
}

/** What is asked for: even for a variance, odd for a deviation; below 2 the sample's, else the population's. */
// @ts-ignore: decorator
@inline
function finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64, exact: bool, float: i32): i32 {
  const which = <i32>parameter;
  for (let i = 0; i < count; i++) {
    const n = load<i64>(rows) - load<i64>(states);
    const divisor = which < 2 ? n - 1 : n;
    if (divisor > 0) {
      let x: f64 = 0;
      let xLow: f64 = 0;
      if (exact) {
        setInteger(load<i64>(states, 8) >> 63, <u64>load<i64>(states, 8));
        if (float != 0) addSumAt(states + float);
      } else setSum(states + float);
      x = hi;
      xLow = lo;
      multiply(x, xLow);
      divide(<f64>n);
      const square = hi;
      const squareLow = lo;
      if (exact) {
        setInteger(load<i64>(states, 24), load<u64>(states, 16));
        if (float != 0) addSumAt(states + float + 16);
      } else setSum(states + float + 16);
      add(-square, -squareLow);
      divide(<f64>divisor);
      // Rounding may leave a hair below zero.
      const variance = hi < 0 ? 0 : hi;
      store<f64>(out + (<usize>i << 3), (which & 1) == 0 ? variance : sqrt<f64>(variance));
      present(validity, i);
    }
    rows += stride;
    states += stride;
  }
  return -1;
}

function addSumAt(at: usize): void {
  add(load<f64>(at), load<f64>(at, 8));
}

export function moments_small_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish(rows, states, stride, count, out, validity, parameter, true, 0);
}
export function moments_wide_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish(rows, states, stride, count, out, validity, parameter, true, 32);
}
export function moments_float_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish(rows, states, stride, count, out, validity, parameter, false, 8);
}

/** Product in double-double: missing, hi, lo. */
export function product_update(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    if (valid(validity, i)) times(at, load<f64>(data + (<usize>i << 3)), 0);
    else miss(at);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function times(at: usize, high: f64, low: f64): void {
  set(load<f64>(at, 8), load<f64>(at, 16));
  multiply(high, low);
  store<f64>(at, hi, 8);
  store<f64>(at, lo, 16);
}

export function product_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    store<i64>(at, load<i64>(at) + load<i64>(others));
    times(at, load<f64>(others, 8), load<f64>(others, 16));
    others += otherStride;
  }
  return 0;
}
