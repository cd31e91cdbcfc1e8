// Least and greatest: missing, value. The value starts as what any other beats; NaN is the greatest.
import { bit, valid } from './bits';
import { miss, stateOf } from './state';

// @ts-ignore: decorator
@inline
function better<T>(value: T, than: T, greatest: bool): T {
  if (isFloat<T>()) {
    if (greatest) return max<T>(value, than);
    if (than != than) return value;
    return value != value ? than : min<T>(value, than);
  }
  if (greatest) return value > than ? value : than;
  return value < than ? value : than;
}

// @ts-ignore: decorator
@inline
function extreme<T>(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, greatest: bool): i32 {
  if (validity == 0) {
    let value = data + <usize>from * sizeof<T>();
    const end = places + (<usize>to << 2);
    for (let place = places + (<usize>from << 2); place < end; place += 4) {
      const at = states + load<u32>(place);
      store<T>(at, better<T>(load<T>(value), load<T>(at, 8), greatest), 8);
      value += sizeof<T>();
    }
    return 0;
  }
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    if (valid(validity, i)) store<T>(at, better<T>(load<T>(data + <usize>i * sizeof<T>()), load<T>(at, 8), greatest), 8);
    else miss(at);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function merge<T>(states: usize, places: usize, others: usize, otherStride: i32, count: i32, greatest: bool): i32 {
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    store<i64>(at, load<i64>(at) + load<i64>(others));
    store<T>(at, better<T>(load<T>(others, 8), load<T>(at, 8), greatest), 8);
    others += otherStride;
  }
  return 0;
}

/** A boolean as a byte, 2 for none yet. */
// @ts-ignore: decorator
@inline
function betterBit(value: i32, than: i32, greatest: bool): i32 {
  if (than == 2) return value;
  if (value == 2) return than;
  return greatest ? value | than : value & than;
}

// @ts-ignore: decorator
@inline
function extremeBit(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, greatest: bool): i32 {
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    if (valid(validity, i)) store<u8>(at, <u8>betterBit(i32(bit(data, i)), load<u8>(at, 8), greatest), 8);
    else miss(at);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function mergeBit(states: usize, places: usize, others: usize, otherStride: i32, count: i32, greatest: bool): i32 {
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    store<i64>(at, load<i64>(at) + load<i64>(others));
    store<u8>(at, <u8>betterBit(load<u8>(others, 8), load<u8>(at, 8), greatest), 8);
    others += otherStride;
  }
  return 0;
}

/** Keeps the 128-bit value at `value` in the state's if it is the better. */
// @ts-ignore: decorator
@inline
function betterWide(at: usize, value: usize, greatest: bool): void {
  const high = load<i64>(value, 8);
  const low = load<u64>(value);
  const oldHigh = load<i64>(at, 8);
  const oldLow = load<u64>(at);
  const less = high < oldHigh || (high == oldHigh && low < oldLow);
  if (less == greatest) return;
  store<u64>(at, low);
  store<i64>(at, high, 8);
}

// @ts-ignore: decorator
@inline
function extremeWide(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, greatest: bool): i32 {
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    if (valid(validity, i)) betterWide(at + 8, data + (<usize>i << 4), greatest);
    else miss(at);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function mergeWide(states: usize, places: usize, others: usize, otherStride: i32, count: i32, greatest: bool): i32 {
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    store<i64>(at, load<i64>(at) + load<i64>(others));
    betterWide(at + 8, others + 8, greatest);
    others += otherStride;
  }
  return 0;
}

export function min_i8(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<i8>(states, places, from, to, data, validity, false);
}
export function min_u8(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<u8>(states, places, from, to, data, validity, false);
}
export function min_i16(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<i16>(states, places, from, to, data, validity, false);
}
export function min_u16(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<u16>(states, places, from, to, data, validity, false);
}
export function min_i32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<i32>(states, places, from, to, data, validity, false);
}
export function min_u32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<u32>(states, places, from, to, data, validity, false);
}
export function min_i64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<i64>(states, places, from, to, data, validity, false);
}
export function min_u64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<u64>(states, places, from, to, data, validity, false);
}
export function min_f32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<f32>(states, places, from, to, data, validity, false);
}
export function min_f64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<f64>(states, places, from, to, data, validity, false);
}
export function min_bit(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extremeBit(states, places, from, to, data, validity, false);
}
export function min_i128(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extremeWide(states, places, from, to, data, validity, false);
}
export function min_merge_i8(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<i8>(states, places, others, otherStride, count, false);
}
export function min_merge_u8(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<u8>(states, places, others, otherStride, count, false);
}
export function min_merge_i16(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<i16>(states, places, others, otherStride, count, false);
}
export function min_merge_u16(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<u16>(states, places, others, otherStride, count, false);
}
export function min_merge_i32(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<i32>(states, places, others, otherStride, count, false);
}
export function min_merge_u32(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<u32>(states, places, others, otherStride, count, false);
}
export function min_merge_i64(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<i64>(states, places, others, otherStride, count, false);
}
export function min_merge_u64(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<u64>(states, places, others, otherStride, count, false);
}
export function min_merge_f32(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<f32>(states, places, others, otherStride, count, false);
}
export function min_merge_f64(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<f64>(states, places, others, otherStride, count, false);
}
export function min_merge_bit(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return mergeBit(states, places, others, otherStride, count, false);
}
export function min_merge_i128(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return mergeWide(states, places, others, otherStride, count, false);
}
export function max_i8(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<i8>(states, places, from, to, data, validity, true);
}
export function max_u8(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<u8>(states, places, from, to, data, validity, true);
}
export function max_i16(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<i16>(states, places, from, to, data, validity, true);
}
export function max_u16(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<u16>(states, places, from, to, data, validity, true);
}
export function max_i32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<i32>(states, places, from, to, data, validity, true);
}
export function max_u32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<u32>(states, places, from, to, data, validity, true);
}
export function max_i64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<i64>(states, places, from, to, data, validity, true);
}
export function max_u64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<u64>(states, places, from, to, data, validity, true);
}
export function max_f32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<f32>(states, places, from, to, data, validity, true);
}
export function max_f64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extreme<f64>(states, places, from, to, data, validity, true);
}
export function max_bit(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extremeBit(states, places, from, to, data, validity, true);
}
export function max_i128(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return extremeWide(states, places, from, to, data, validity, true);
}
export function max_merge_i8(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<i8>(states, places, others, otherStride, count, true);
}
export function max_merge_u8(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<u8>(states, places, others, otherStride, count, true);
}
export function max_merge_i16(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<i16>(states, places, others, otherStride, count, true);
}
export function max_merge_u16(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<u16>(states, places, others, otherStride, count, true);
}
export function max_merge_i32(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<i32>(states, places, others, otherStride, count, true);
}
export function max_merge_u32(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<u32>(states, places, others, otherStride, count, true);
}
export function max_merge_i64(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<i64>(states, places, others, otherStride, count, true);
}
export function max_merge_u64(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<u64>(states, places, others, otherStride, count, true);
}
export function max_merge_f32(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<f32>(states, places, others, otherStride, count, true);
}
export function max_merge_f64(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge<f64>(states, places, others, otherStride, count, true);
}
export function max_merge_bit(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return mergeBit(states, places, others, otherStride, count, true);
}
export function max_merge_i128(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return mergeWide(states, places, others, otherStride, count, true);
}
