// Sketches of fixed size.
//
//   distinct values   missing, 4096 registers of a byte (HyperLogLog: Philippe Flajolet et al., 2007): each the most
//                     leading zeros, and one more, of the hashes that it got
//   quantiles         missing, values that came, a sample of 1024 of them (algorithm R: Jeffrey Vitter, 1985), as
//                     integers that order as the values do; which are sampled depends on their number only
import { valid } from './bits';
import { hash64 } from './hash';
import { orderOf, select, valueOf } from './order';
import { miss, present, stateOf } from './state';

const registerBits = 12;
const registers = 1 << registerBits;

/** `data` has the rows' hashes. */
export function approx_distinct(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    if (!valid(validity, i)) {
      miss(at);
      continue;
    }
    const hash = load<u64>(data + (<usize>i << 3));
    const register = at + 8 + <usize>(hash >> (64 - registerBits));
    const rank = <u8>(clz<u64>((hash << registerBits) | (1 << (registerBits - 1))) + 1);
    if (rank > load<u8>(register)) store<u8>(register, rank);
  }
  return 0;
}

export function approx_distinct_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    store<i64>(at, load<i64>(at) + load<i64>(others));
    for (let r: usize = 8; r < <usize>registers + 8; r += 8)
      for (let b = r; b < r + 8; b++) store<u8>(at + b, max<u8>(load<u8>(at + b), load<u8>(others + b)));
    others += otherStride;
  }
  return 0;
}

/** The harmonic mean over the registers; few values by counting the registers that got none. */
export function approx_distinct_finish(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, parameter: f64): i32 {
  const m = <f64>registers;
  for (let i = 0; i < count; i++) {
    let sum: f64 = 0;
    let untouched = 0;
    for (let r: usize = 8; r < <usize>registers + 8; r++) {
      const rank = load<u8>(states + r);
      if (rank == 0) untouched++;
      sum += 1.0 / <f64>(<u64>1 << <u64>rank);
    }
    const raw = ((0.7213 / (1.0 + 1.079 / m)) * m * m) / sum;
    const estimate = raw <= 2.5 * m && untouched > 0 ? m * Math.log(m / <f64>untouched) : raw;
    store<i64>(out + (<usize>i << 3), <i64>nearest(estimate));
    present(validity, i);
    states += stride;
  }
  return -1;
}

const sampled = 1024;

// @ts-ignore: decorator
@inline
function sample(at: usize, value: i64): void {
  const n = load<u64>(at, 8);
  store<u64>(at, n + 1, 8);
  const place = n < <u64>sampled ? n : hash64(n) % (n + 1);
  if (place < <u64>sampled) store<i64>(at + 16 + (<usize>place << 3), value);
}

// @ts-ignore: decorator
@inline
function add<T>(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    if (valid(validity, i)) sample(at, orderOf<T>(load<T>(data + <usize>i * sizeof<T>())));
    else miss(at);
  }
  return 0;
}

export function approx_sample_i64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return add<i64>(states, places, from, to, data, validity);
}
export function approx_sample_f64(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return add<f64>(states, places, from, to, data, validity);
}

/** A sample of both: each place is one's or the other's by chance, in proportion to their values. */
export function approx_sample_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    store<i64>(at, load<i64>(at) + load<i64>(others));
    const mine = load<u64>(at, 8);
    const theirs = load<u64>(others, 8);
    if (theirs <= <u64>sampled) {
      for (let k: u64 = 0; k < theirs; k++) sample(at, load<i64>(others + 16 + (<usize>k << 3)));
    } else if (mine <= <u64>sampled) {
      // The smaller one is added to the larger.
      const own = memory.data(sampled * 8, 8);
      memory.copy(own, at + 16, sampled * 8);
      memory.copy(at + 8, others + 8, 8 + sampled * 8);
      for (let k: u64 = 0; k < mine; k++) sample(at, load<i64>(own + (<usize>k << 3)));
    } else {
      for (let k: usize = 0; k < <usize>sampled; k++)
        if (hash64(k ^ mine) % (mine + theirs) >= mine)
          store<i64>(at + 16 + (k << 3), load<i64>(others + 16 + (k << 3)));
      store<u64>(at, mine + theirs, 8);
    }
    others += otherStride;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function quantile<T>(states: usize, stride: i32, count: i32, out: usize, validity: usize, fraction: f64): i32 {
  for (let i = 0; i < count; i++) {
    const n = <i32>min<u64>(load<u64>(states, 8), sampled);
    if (n > 0) {
      const place = fraction * <f64>(n - 1);
      const k = <i32>floor<f64>(place);
      const values = states + 16;
      select(values, 0, n - 1, k);
      let result = <f64>valueOf<T>(load<i64>(values + (<usize>k << 3)));
      if (place > <f64>k) {
        let next = load<i64>(values + (<usize>(k + 1) << 3));
        for (let j = k + 2; j < n; j++) next = min<i64>(next, load<i64>(values + (<usize>j << 3)));
        const upper = <f64>valueOf<T>(next);
        if (upper != result) result += (upper - result) * (place - <f64>k);
      }
      store<f64>(out + (<usize>i << 3), result);
      present(validity, i);
    }
    states += stride;
  }
  return -1;
}

/** The quantile of the sample; reorders it. */
export function approx_sample_finish_i64(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, fraction: f64): i32 {
  return quantile<i64>(states, stride, count, out, validity, fraction);
}
export function approx_sample_finish_f64(rows: usize, states: usize, stride: i32, count: i32, out: usize, validity: usize, fraction: f64): i32 {
  return quantile<f64>(states, stride, count, out, validity, fraction);
}
