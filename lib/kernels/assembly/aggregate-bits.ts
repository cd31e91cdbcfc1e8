// bit_and, bit_or and bit_xor of integers as wide as 64 bits: missing, bits.
import { valid } from './bits';
import { miss, stateOf } from './state';

const and = 0;
const or = 1;
const xor = 2;

// @ts-ignore: decorator
@inline
function join(a: u64, b: u64, which: i32): u64 {
  return which == and ? a & b : which == or ? a | b : a ^ b;
}

// @ts-ignore: decorator
@inline
function update(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize, which: i32): i32 {
  for (let i = from; i < to; i++) {
    const at = stateOf(states, places, i);
    if (valid(validity, i)) store<u64>(at, join(load<u64>(at, 8), load<u64>(data + (<usize>i << 3)), which), 8);
    else miss(at);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32, which: i32): i32 {
  for (let i = 0; i < count; i++) {
    const at = stateOf(states, places, i);
    store<i64>(at, load<i64>(at) + load<i64>(others));
    store<u64>(at, join(load<u64>(at, 8), load<u64>(others, 8), which), 8);
    others += otherStride;
  }
  return 0;
}

export function bits_and(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return update(states, places, from, to, data, validity, and);
}
export function bits_or(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return update(states, places, from, to, data, validity, or);
}
export function bits_xor(states: usize, places: usize, from: i32, to: i32, data: usize, validity: usize): i32 {
  return update(states, places, from, to, data, validity, xor);
}

export function bits_and_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge(states, places, others, otherStride, count, and);
}
export function bits_or_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge(states, places, others, otherStride, count, or);
}
export function bits_xor_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32): i32 {
  return merge(states, places, others, otherStride, count, xor);
}
