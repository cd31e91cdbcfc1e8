// Correlation and covariance of pairs; a row counts where both values are there.
//
//   integers: missing, x, y i64, xx, yy, xy i128     (values within 32 bits: exact)
//             x, y, xx, yy, xy double-double         (values beyond, in 64-bit columns only)
//   floats:   missing, x, y, xx, yy, xy double-double
import { valid } from './bits';
import { add, addDouble, addProduct, addSum, divide, hi, lo, multiply, setInteger, setSum } from './double-double';
import { addWide, miss, present, stateOf } from './state';

/** Where the exact sums end and those of the values beyond begin. */
const beyond = 72;

// @ts-ignore: decorator
@inline
function addTo(at: usize, value: i64): i64 {
  const sum = load<i64>(at);
  const next = sum + value;
  store<i64>(at, next);
  return (sum ^ next) & (value ^ next);
}

// @ts-ignore: decorator
@inline
function addExact(at: usize, x: i64, y: i64): i64 {
  const overflow = addTo(at + 8, x) | addTo(at + 16, y);
  addWide(at + 24, <u64>(x * x), 0);
  addWide(at + 40, <u64>(y * y), 0);
  const xy = x * y;
  addWide(at + 56, <u64>xy, xy >> 63);
  return overflow;
}

// @ts-ignore: decorator
@inline
function addFloats(at: usize, x: f64, y: f64): void {
  addDouble(at, x);
  addDouble(at + 16, y);
  addProduct(at + 32, x, x);
  addProduct(at + 48, y, y);
  addProduct(at + 64, x, y);
}

// @ts-ignore: decorator
@inline
function addRow<T>(at: usize, dataX: usize, dataY: usize, row: i32): i64 {
  const x = load<T>(dataX + <usize>row * sizeof<T>());
  const y = load<T>(dataY + <usize>row * sizeof<T>());
  if (isFloat<T>()) {
    addFloats(at + 8, <f64>x, <f64>y);
    return 0;
  }
  if (<i64>x == <i64>(<i32>x) && <i64>y == <i64>(<i32>y)) return addExact(at, <i64>x, <i64>y);
  addFloats(at + beyond, <f64>x, <f64>y);
  return 0;
}

// @ts-ignore: decorator
@inline
function update<T>(states: usize, places: usize, from: i32, to: i32, dataX: usize, dataY: usize, validity: usize): i32 {
  if (validity == 0) {
    for (let i = from; i < to; i++) addRow<T>(stateOf(states, places, i), dataX, dataY, i);
    return 0;
  }
  let overflow: i64 = 0;
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    if (valid(validity, i)) overflow |= addRow<T>(at, dataX, dataY, i);
    else miss(at);
  }
  return i32(overflow < 0);
}

/** `validity` is that of both values. Returns 1 where a sum of values overflows; noticed only where it is not 0. */
export function comoments_i32(states: usize, places: usize, from: i32, to: i32, dataX: usize, dataY: usize, validity: usize): i32 {
  return update<i32>(states, places, from, to, dataX, dataY, validity);
}
export function comoments_i64(states: usize, places: usize, from: i32, to: i32, dataX: usize, dataY: usize, validity: usize): i32 {
  return update<i64>(states, places, from, to, dataX, dataY, validity);
}
export function comoments_f64(states: usize, places: usize, from: i32, to: i32, dataX: usize, dataY: usize, validity: usize): i32 {
  return update<f64>(states, places, from, to, dataX, dataY, validity);
}

// @ts-ignore: decorator
@inline
function merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32, exact: bool, float: i32): i32 {
  let overflow: i64 = 0;
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    store<i64>(at, load<i64>(at) + load<i64>(others));
    if (exact) {
      overflow |= addTo(at + 8, load<i64>(others, 8)) | addTo(at + 16, load<i64>(others, 16));
      for (let k = 24; k < beyond; k += 16) addWide(at + k, load<u64>(others + k), load<i64>(others + k, 8));
    }
    if (float != 0) for (let k = float; k < float + 80; k += 16) addSum(at + k, others + k);
    others += otherStride;
  }
  return i32(overflow < 0);
}

export function comoments_small_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge(states, places, others, otherStride, count, true, 0);
}
export function comoments_wide_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge(states, places, others, otherStride, count, true, beyond);
}
export function comoments_float_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge(states, places, others, otherStride, count, false, 8);
}

/** Leaves sum number k (x, y, xx, yy, xy) in (hi, lo). */
function sumOf(state: usize, k: i32, exact: bool, float: i32): void {
  if (!exact) {
    setSum(state + float + (k << 4));
    return;
  }
  if (k < 2) {
    const sum = load<i64>(state + 8 + (k << 3));
    setInteger(sum >> 63, <u64>sum);
  } else {
    const at = state + 24 + ((k - 2) << 4);
    setInteger(load<i64>(at, 8), load<u64>(at));
  }
  if (float != 0) add(load<f64>(state + float + (k << 4)), load<f64>(state + float + (k << 4), 8));
}

/** Leaves n * sum(ab) - sum(a) * sum(b) in (hi, lo). */
function spread(state: usize, a: i32, b: i32, ab: i32, n: f64, exact: bool, float: i32): void {
  sumOf(state, b, exact, float);
  const high = hi;
  const low = lo;
  sumOf(state, a, exact, float);
  multiply(high, low);
  const product = hi;
  const productLow = lo;
  sumOf(state, ab, exact, float);
  multiply(n, 0);
  add(-product, -productLow);
}

/** `parameter`: 0 correlation, 1 covariance of the sample, 2 of the population. */
function finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64, exact: bool, float: i32): i32 {
  const which = <i32>parameter;
  for (let i = 0; i < count; i++) {
    const n = <f64>(load<i64>(rows) - load<i64>(states));
    let result: f64 = 0;
    if (which == 0) {
      spread(states, 0, 0, 2, n, exact, float);
      const x = hi;
      spread(states, 1, 1, 3, n, exact, float);
      const y = hi;
      spread(states, 0, 1, 4, n, exact, float);
      result = hi / (sqrt<f64>(x) * sqrt<f64>(y));
      result = max<f64>(-1, min<f64>(1, result));
      // Without spread in both there is no correlation.
      if (!(x > 0 && y > 0)) result = NaN;
    } else {
      spread(states, 0, 1, 4, n, exact, float);
      divide(n);
      divide(which == 1 ? n - 1 : n);
      result = hi;
    }
    store<f64>(out + (<usize>i << 3), result);
    if (n > (which == 1 ? 1 : 0)) present(validity, i);
    rows += stride;
    states += stride;
  }
  return -1;
}

export function comoments_small_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish(rows, states, stride, count, out, validity, parameter, true, 0);
}
export function comoments_wide_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish(rows, states, stride, count, out, validity, parameter, true, beyond);
}
export function comoments_float_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish(rows, states, stride, count, out, validity, parameter, false, 8);
}
