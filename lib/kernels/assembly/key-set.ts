// Integers of a range as bits: which ones are keys of a join's build side.
import { valid } from './bits';

/** Mirrored in lib/kernels/key-set.ts; the bits follow it. */
@unmanaged
class KeySet {
  least: i64;
  /** Values from `least` on that have a bit. */
  span: u64;
}

// @ts-ignore: decorator
@inline
function add<T>(data: usize, validity: usize, length: i32, set: usize): void {
  const least = <u64>changetype<KeySet>(set).least;
  const bits = set + offsetof<KeySet>();
  for (let i = 0; i < length; i++) {
    if (!valid(validity, i)) continue;
    const distance = <u64>(<i64>load<T>(data + <usize>i * sizeof<T>())) - least;
    const at = bits + <usize>(distance >> 3);
    store<u8>(at, load<u8>(at) | ((<u8>1) << (<u8>distance & 7)));
  }
}

// @ts-ignore: decorator
@inline
function select<T>(data: usize, validity: usize, length: i32, set: usize, rows: usize): i32 {
  const least = <u64>changetype<KeySet>(set).least;
  const span = changetype<KeySet>(set).span;
  const bits = set + offsetof<KeySet>();
  let count: usize = 0;
  for (let i = 0; i < length; i++) {
    const distance = <u64>(<i64>load<T>(data + <usize>i * sizeof<T>())) - least;
    // A value outside looks at the bit behind the last, which is never set.
    const place = min<u64>(distance, span);
    const is = (<u32>load<u8>(bits + <usize>(place >> 3)) >> (<u32>place & 7)) & 1 & u32(valid(validity, i));
    store<i32>(rows + count, i);
    count += <usize>is << 2;
  }
  return <i32>(count >> 2);
}

/** Adds the values, all of the range, but null. */
export function key_set_add_i8(data: usize, validity: usize, length: i32, set: usize): void {
  add<i8>(data, validity, length, set);
}
export function key_set_add_u8(data: usize, validity: usize, length: i32, set: usize): void {
  add<u8>(data, validity, length, set);
}
export function key_set_add_i16(data: usize, validity: usize, length: i32, set: usize): void {
  add<i16>(data, validity, length, set);
}
export function key_set_add_u16(data: usize, validity: usize, length: i32, set: usize): void {
  add<u16>(data, validity, length, set);
}
export function key_set_add_i32(data: usize, validity: usize, length: i32, set: usize): void {
  add<i32>(data, validity, length, set);
}
export function key_set_add_u32(data: usize, validity: usize, length: i32, set: usize): void {
  add<u32>(data, validity, length, set);
}
export function key_set_add_i64(data: usize, validity: usize, length: i32, set: usize): void {
  add<i64>(data, validity, length, set);
}
export function key_set_add_u64(data: usize, validity: usize, length: i32, set: usize): void {
  add<u64>(data, validity, length, set);
}

/** The rows whose value is in the set; returns how many. `rows` has room for one more than `length`. */
export function key_set_select_i8(data: usize, validity: usize, length: i32, set: usize, rows: usize): i32 {
  return select<i8>(data, validity, length, set, rows);
}
export function key_set_select_u8(data: usize, validity: usize, length: i32, set: usize, rows: usize): i32 {
  return select<u8>(data, validity, length, set, rows);
}
export function key_set_select_i16(data: usize, validity: usize, length: i32, set: usize, rows: usize): i32 {
  return select<i16>(data, validity, length, set, rows);
}
export function key_set_select_u16(data: usize, validity: usize, length: i32, set: usize, rows: usize): i32 {
  return select<u16>(data, validity, length, set, rows);
}
export function key_set_select_i32(data: usize, validity: usize, length: i32, set: usize, rows: usize): i32 {
  return select<i32>(data, validity, length, set, rows);
}
export function key_set_select_u32(data: usize, validity: usize, length: i32, set: usize, rows: usize): i32 {
  return select<u32>(data, validity, length, set, rows);
}
export function key_set_select_i64(data: usize, validity: usize, length: i32, set: usize, rows: usize): i32 {
  return select<i64>(data, validity, length, set, rows);
}
export function key_set_select_u64(data: usize, validity: usize, length: i32, set: usize, rows: usize): i32 {
  return select<u64>(data, validity, length, set, rows);
}
