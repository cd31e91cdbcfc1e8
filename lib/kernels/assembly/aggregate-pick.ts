// first, last and any_value of values of fixed width: what was found (0 nothing, 1 a null, 2 a value), value.
// Nulls count for first and last, not for any_value. Rows that a filter leaves out do not count at all.
import { bit, valid } from './bits';
import { present, stateOf } from './state';

const nothing: i64 = 0;
const aNull: i64 = 1;
const aValue: i64 = 2;

const first = 0;
const last = 1;
const any = 2;

/** Whether the state takes a value that is (or is not) there. */
// @ts-ignore: decorator
@inline
function takes(which: i32, found: i64, there: bool): bool {
  if (which == first) return found == nothing;
  if (which == last) return true;
  return there && found == nothing;
}

// @ts-ignore: decorator
@inline
function copy<T>(at: usize, data: usize, row: i32): void {
  if (sizeof<T>() == 16) v128.store(at, v128.load(data + (<usize>row << 4)));
  else store<T>(at, load<T>(data + <usize>row * sizeof<T>()));
}

// @ts-ignore: decorator
@inline
function pick<T>(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize, which: i32, bits: bool): i32 {
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    const there = valid(validity, i);
    if (!takes(which, load<i64>(at), there) || !valid(filter, i)) continue;
    store<i64>(at, there ? aValue : aNull);
    if (!there) continue;
    if (bits) store<u8>(at, <u8>bit(data, i), 8);
    else copy<T>(at + 8, data, i);
  }
  return 0;
}

/** The other states come from later rows. */
// @ts-ignore: decorator
@inline
function merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32, which: i32): i32 {
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    const found = load<i64>(others);
    if (found != nothing && takes(which, load<i64>(at), true)) {
      store<i64>(at, found);
      v128.store(at, v128.load(others, 8), 8);
    }
    others += otherStride;
  }
  return 0;
}

/** `filter` is a bitmap of the rows that count, or 0 for all. */
export function pick_first_u8(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u8>(states, places, from, to, data, validity, filter, first, false);
}
export function pick_first_u16(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u16>(states, places, from, to, data, validity, filter, first, false);
}
export function pick_first_u32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u32>(states, places, from, to, data, validity, filter, first, false);
}
export function pick_first_u64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u64>(states, places, from, to, data, validity, filter, first, false);
}
export function pick_first_i128(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<v128>(states, places, from, to, data, validity, filter, first, false);
}
export function pick_first_bit(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u8>(states, places, from, to, data, validity, filter, first, true);
}
export function pick_first_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge(states, places, others, otherStride, count, first);
}
export function pick_last_u8(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u8>(states, places, from, to, data, validity, filter, last, false);
}
export function pick_last_u16(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u16>(states, places, from, to, data, validity, filter, last, false);
}
export function pick_last_u32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u32>(states, places, from, to, data, validity, filter, last, false);
}
export function pick_last_u64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u64>(states, places, from, to, data, validity, filter, last, false);
}
export function pick_last_i128(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<v128>(states, places, from, to, data, validity, filter, last, false);
}
export function pick_last_bit(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u8>(states, places, from, to, data, validity, filter, last, true);
}
export function pick_last_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge(states, places, others, otherStride, count, last);
}
export function pick_any_u8(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u8>(states, places, from, to, data, validity, filter, any, false);
}
export function pick_any_u16(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u16>(states, places, from, to, data, validity, filter, any, false);
}
export function pick_any_u32(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u32>(states, places, from, to, data, validity, filter, any, false);
}
export function pick_any_u64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u64>(states, places, from, to, data, validity, filter, any, false);
}
export function pick_any_i128(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<v128>(states, places, from, to, data, validity, filter, any, false);
}
export function pick_any_bit(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, filter: usize): i32 {
  return pick<u8>(states, places, from, to, data, validity, filter, any, true);
}
export function pick_any_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge(states, places, others, otherStride, count, any);
}

// @ts-ignore: decorator
@inline
function finish<T>(states: usize, stride: i32, count: i32, out: usize, validity: usize): i32 {
  for (let i = 0; i < count; i++) {
    copy<T>(out + <usize>i * sizeof<T>(), states + 8, 0);
    if (load<i64>(states) == aValue) present(validity, i);
    states += stride;
  }
  return -1;
}

export function pick_finish_u8(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish<u8>(states, stride, count, out, validity);
}
export function pick_finish_u16(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish<u16>(states, stride, count, out, validity);
}
export function pick_finish_u32(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish<u32>(states, stride, count, out, validity);
}
export function pick_finish_u64(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish<u64>(states, stride, count, out, validity);
}
export function pick_finish_i128(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish<v128>(states, stride, count, out, validity);
}
export function pick_finish_bit(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  for (let i = 0; i < count; i++) {
    if (load<u8>(states, 8) != 0) present(out, i);
    if (load<i64>(states) == aValue) present(validity, i);
    states += stride;
  }
  return -1;
}
