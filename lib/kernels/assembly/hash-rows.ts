// Hashes of rows, 64 bits each, column by column. Values that are equal have one hash, whatever the width of the
// integer that holds them: -0.0 is 0.0 and every NaN is one. A null has a hash of its own.
import { valid } from './bits';
import { combine, hash64, hashBytes } from './hash';

const nullHash: u64 = 0x9ae16a3b2f90404f;

// @ts-ignore: decorator
@inline
function put(out: usize, row: i32, hash: u64, more: i32): void {
  const at = out + (<usize>row << 3);
  store<u64>(at, more == 0 ? hash : combine(load<u64>(at), hash));
}

// @ts-ignore: decorator
@inline
function hashOf<T>(value: T): u64 {
  if (isFloat<T>()) {
    const wide = <f64>value;
    // Adding 0 turns -0 into 0.
    return hash64(wide != wide ? 0x7ff8000000000000 : reinterpret<u64>(wide + 0.0));
  }
  return hash64(<u64>value);
}

// @ts-ignore: decorator
@inline
function hashFixed<T>(data: usize, validity: usize, length: i32, out: usize, more: i32): void {
  if (validity == 0) {
    for (let i = 0; i < length; i++) put(out, i, hashOf<T>(load<T>(data + <usize>i * sizeof<T>())), more);
    return;
  }
  for (let i = 0; i < length; i++)
    put(out, i, valid(validity, i) ? hashOf<T>(load<T>(data + <usize>i * sizeof<T>())) : nullHash, more);
}

/** out[i] is the hash of row i, or, with `more`, that of what it was and the value together. */
export function hash_rows_i8(data: usize, validity: usize, length: i32, out: usize, more: i32): void {
  hashFixed<i8>(data, validity, length, out, more);
}
export function hash_rows_u8(data: usize, validity: usize, length: i32, out: usize, more: i32): void {
  hashFixed<u8>(data, validity, length, out, more);
}
export function hash_rows_i16(data: usize, validity: usize, length: i32, out: usize, more: i32): void {
  hashFixed<i16>(data, validity, length, out, more);
}
export function hash_rows_u16(data: usize, validity: usize, length: i32, out: usize, more: i32): void {
  hashFixed<u16>(data, validity, length, out, more);
}
export function hash_rows_i32(data: usize, validity: usize, length: i32, out: usize, more: i32): void {
  hashFixed<i32>(data, validity, length, out, more);
}
export function hash_rows_u32(data: usize, validity: usize, length: i32, out: usize, more: i32): void {
  hashFixed<u32>(data, validity, length, out, more);
}
export function hash_rows_i64(data: usize, validity: usize, length: i32, out: usize, more: i32): void {
  hashFixed<i64>(data, validity, length, out, more);
}
export function hash_rows_u64(data: usize, validity: usize, length: i32, out: usize, more: i32): void {
  hashFixed<u64>(data, validity, length, out, more);
}
export function hash_rows_f32(data: usize, validity: usize, length: i32, out: usize, more: i32): void {
  hashFixed<f32>(data, validity, length, out, more);
}
export function hash_rows_f64(data: usize, validity: usize, length: i32, out: usize, more: i32): void {
  hashFixed<f64>(data, validity, length, out, more);
}
export function hash_rows_bit(data: usize, validity: usize, length: i32, out: usize, more: i32): void {
  for (let i = 0; i < length; i++)
    put(out, i, valid(validity, i) ? hash64(u64(valid(data, i))) : nullHash, more);
}
export function hash_rows_i128(data: usize, validity: usize, length: i32, out: usize, more: i32): void {
  for (let i = 0; i < length; i++) {
    const value = data + (<usize>i << 4);
    put(out, i, valid(validity, i) ? combine(hash64(load<u64>(value)), load<u64>(value, 8)) : nullHash, more);
  }
}
export function hash_rows_text(data: usize, offsets: usize, validity: usize, length: i32, out: usize, more: i32): void {
  for (let i = 0; i < length; i++) {
    const at = offsets + (<usize>i << 2);
    const start = load<i32>(at);
    put(out, i, valid(validity, i) ? hashBytes(data + start, load<i32>(at, 4) - start) : nullHash, more);
  }
}

/** The hashes of texts [from, to), 8 bytes each, at `out` by their number. */
export function hash_rows_entries(data: usize, offsets: usize, from: i32, to: i32, out: usize): void {
  for (let i = from; i < to; i++) {
    const at = offsets + (<usize>i << 2);
    const start = load<i32>(at);
    store<u64>(out + (<usize>i << 3), hashBytes(data + start, load<i32>(at, 4) - start));
  }
}

/** Coded text: `hashes` are those of the dictionary's entries. */
export function hash_rows_codes(codes: usize, hashes: usize, validity: usize, length: i32, out: usize, more: i32): void {
  for (let i = 0; i < length; i++) {
    const hash = valid(validity, i) ? load<u64>(hashes + (<usize>load<u32>(codes + (<usize>i << 2)) << 3)) : nullHash;
    put(out, i, hash, more);
  }
}
