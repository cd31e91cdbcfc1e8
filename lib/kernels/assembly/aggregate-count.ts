// Row counts, and the states every aggregate shares; see state.ts.
import { bit, valid } from './bits';
import { miss, present, stateOf } from './state';

/** places[i] = groups[i] * stride; reads and writes up to the padded end. */
export function aggregate_places(groups: usize, stride: i32, count: i32, places: usize): void {
  const factor = i32x4.splat(stride);
  for (let i: usize = 0; i < <usize>count << 2; i += 16)
    v128.store(places + i, i32x4.mul(v128.load(groups + i), factor));
}

/** Places that go round `lanes` structs, a power of two of them, from the one at `first` on. */
export function aggregate_lanes(first: usize, lanes: i32, stride: i32, count: i32, places: usize): void {
  for (let i = 0; i < count; i++) store<u32>(places + (<usize>i << 2), <u32>first + (i & (lanes - 1)) * stride);
}

/** One more row for the group of each of rows [from, to). */
export function aggregate_rows(states: usize, places: usize, from: i32, to: i32): void {
  const end = places + (<usize>to << 2);
  for (let place = places + (<usize>from << 2); place < end; place += 4) {
    const at = states + load<u32>(place);
    store<i64>(at, load<i64>(at) + 1);
  }
}

/** Copies the struct of a group without rows to groups [from, to). */
export function aggregate_init(states: usize, stride: i32, from: i32, to: i32, fresh: usize): void {
  for (let i = from; i < to; i++) {
    const at = states + <usize>i * stride;
    for (let b = 0; b < stride; b += 8) store<u64>(at + b, load<u64>(fresh + b));
  }
}

/** Lists the rows whose bit is set; returns how many. */
export function aggregate_select(map: usize, length: i32, out: usize): i32 {
  let count = 0;
  for (let i = 0; i < length; i++) {
    store<i32>(out + (<usize>count << 2), i);
    count += i32(bit(map, i));
  }
  return count;
}

/** State of count: nothing but `missing`. */
export function count_update(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): void {
  if (validity == 0) return;
  for (let i = from; i < to; i++) if (!valid(validity, i)) miss(stateOf(states, places, i));
}

export function count_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): void {
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    store<i64>(at, load<i64>(at) + load<i64>(others));
    others += otherStride;
  }
}

export function count_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  for (let i = 0; i < count; i++) {
    store<i64>(out + (<usize>i << 3), load<i64>(rows) - load<i64>(states));
    rows += stride;
    states += stride;
  }
  return -1;
}

// Values kept as they came, 8 bytes into the state: least and greatest.

// @ts-ignore: decorator
@inline
function finish<T>(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize): i32 {
  for (let i = 0; i < count; i++) {
    store<T>(out + <usize>i * sizeof<T>(), load<T>(states, 8));
    if (load<i64>(rows) != load<i64>(states)) present(validity, i);
    rows += stride;
    states += stride;
  }
  return -1;
}

export function value_finish_u8(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish<u8>(rows, states, stride, count, out, validity);
}
export function value_finish_u16(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish<u16>(rows, states, stride, count, out, validity);
}
export function value_finish_u32(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish<u32>(rows, states, stride, count, out, validity);
}
export function value_finish_u64(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  return finish<u64>(rows, states, stride, count, out, validity);
}
export function value_finish_i128(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  for (let i = 0; i < count; i++) {
    v128.store(out + (<usize>i << 4), v128.load(states, 8));
    if (load<i64>(rows) != load<i64>(states)) present(validity, i);
    rows += stride;
    states += stride;
  }
  return -1;
}
export function value_finish_bit(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  for (let i = 0; i < count; i++) {
    if (load<u8>(states, 8) != 0) present(out, i);
    if (load<i64>(rows) != load<i64>(states)) present(validity, i);
    rows += stride;
    states += stride;
  }
  return -1;
}
