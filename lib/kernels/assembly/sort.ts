// Sorting rows by any number of columns of any type: each row's key becomes a string of bytes whose
// byte-wise order is the order wanted (as in normalized keys, Goetz Graefe, "Implementing sorting in database
// systems", 2006), so one comparison of bytes compares all columns.
//
//   row key = for each column: 1 byte null marker, then the value
//     integers   big endian, sign bit flipped
//     floats     big endian, sign bit flipped, all bits flipped if negative; -0 = 0, NaN greatest
//     text       bytes, 00 written as 00 ff, ended by 00 00, so that no key is a prefix of another
//   descending: the value's bytes are inverted; the marker is not, since where nulls go is said separately
import { bit, valid } from './bits';
import { compareBytes, ordered } from './key-order';
import { entryOf } from './texts';

const descending: i32 = 1;
const nullsFirst: i32 = 2;

// @ts-ignore: decorator
@inline
function marker(isValid: bool, flags: i32): u8 {
  return isValid ? 1 : (flags & nullsFirst) != 0 ? 0 : 2;
}

// @ts-ignore: decorator
@inline
function storeBigEndian<T>(at: usize, value: u64, invert: u64): void {
  const bits = value ^ invert;
  if (sizeof<T>() == 1) store<u8>(at, <u8>bits);
  else if (sizeof<T>() == 2) store<u16>(at, bswap<u16>(<u16>bits));
  else if (sizeof<T>() == 4) store<u32>(at, bswap<u32>(<u32>bits));
  else store<u64>(at, bswap<u64>(bits));
}

/** Writes one column of fixed width into the keys and moves each row's cursor behind it. */
// @ts-ignore: decorator
@inline
function put<T>(cursors: usize, keys: usize, data: usize, validity: usize, length: i32, flags: i32): void {
  const invert: u64 = (flags & descending) != 0 ? ~(<u64>0) : 0;
  for (let row = 0; row < length; row++) {
    const cursor = cursors + (<usize>row << 2);
    const at = keys + load<u32>(cursor);
    const isValid = valid(validity, row);
    store<u8>(at, marker(isValid, flags));
    storeBigEndian<T>(at + 1, isValid ? ordered<T>(data + <usize>row * sizeof<T>()) : 0, isValid ? invert : 0);
    store<u32>(cursor, load<u32>(cursor) + 1 + <u32>sizeof<T>());
  }
}

export function sort_key_i8(cursors: usize, keys: usize, data: usize, validity: usize, length: i32, flags: i32): void {
  put<i8>(cursors, keys, data, validity, length, flags);
}
export function sort_key_i16(cursors: usize, keys: usize, data: usize, validity: usize, length: i32, flags: i32): void {
  put<i16>(cursors, keys, data, validity, length, flags);
}
export function sort_key_i32(cursors: usize, keys: usize, data: usize, validity: usize, length: i32, flags: i32): void {
  put<i32>(cursors, keys, data, validity, length, flags);
}
export function sort_key_i64(cursors: usize, keys: usize, data: usize, validity: usize, length: i32, flags: i32): void {
  put<i64>(cursors, keys, data, validity, length, flags);
}
export function sort_key_u8(cursors: usize, keys: usize, data: usize, validity: usize, length: i32, flags: i32): void {
  put<u8>(cursors, keys, data, validity, length, flags);
}
export function sort_key_u16(cursors: usize, keys: usize, data: usize, validity: usize, length: i32, flags: i32): void {
  put<u16>(cursors, keys, data, validity, length, flags);
}
export function sort_key_u32(cursors: usize, keys: usize, data: usize, validity: usize, length: i32, flags: i32): void {
  put<u32>(cursors, keys, data, validity, length, flags);
}
export function sort_key_u64(cursors: usize, keys: usize, data: usize, validity: usize, length: i32, flags: i32): void {
  put<u64>(cursors, keys, data, validity, length, flags);
}
export function sort_key_f32(cursors: usize, keys: usize, data: usize, validity: usize, length: i32, flags: i32): void {
  put<f32>(cursors, keys, data, validity, length, flags);
}
export function sort_key_f64(cursors: usize, keys: usize, data: usize, validity: usize, length: i32, flags: i32): void {
  put<f64>(cursors, keys, data, validity, length, flags);
}

export function sort_key_i128(cursors: usize, keys: usize, data: usize, validity: usize, length: i32, flags: i32): void {
  const invert: u64 = (flags & descending) != 0 ? ~(<u64>0) : 0;
  for (let row = 0; row < length; row++) {
    const cursor = cursors + (<usize>row << 2);
    const at = keys + load<u32>(cursor);
    const isValid = valid(validity, row);
    const value = data + (<usize>row << 4);
    store<u8>(at, marker(isValid, flags));
    store<u64>(at + 1, isValid ? bswap<u64>(ordered<i64>(value + 8) ^ invert) : 0);
    store<u64>(at + 9, isValid ? bswap<u64>(load<u64>(value) ^ invert) : 0);
    store<u32>(cursor, load<u32>(cursor) + 17);
  }
}

export function sort_key_bit(cursors: usize, keys: usize, data: usize, validity: usize, length: i32, flags: i32): void {
  const invert: u8 = (flags & descending) != 0 ? 1 : 0;
  for (let row = 0; row < length; row++) {
    const cursor = cursors + (<usize>row << 2);
    const at = keys + load<u32>(cursor);
    const isValid = valid(validity, row);
    store<u8>(at, marker(isValid, flags));
    store<u8>(at + 1, isValid ? <u8>bit(data, row) ^ invert : 0);
    store<u32>(cursor, load<u32>(cursor) + 2);
  }
}

/** Adds to each row's key size what a text column takes. `codes` is 0 for plain text. */
export function sort_text_sizes(sizes: usize, data: usize, offsets: usize, codes: usize, validity: usize, length: i32): void {
  for (let row = 0; row < length; row++) {
    let size: u32 = 1;
    if (valid(validity, row)) {
      const entry = entryOf(offsets, codes, row);
      const end = data + load<u32>(entry, 4);
      size += 2;
      for (let at = data + load<u32>(entry); at < end; at++) size += load<u8>(at) == 0 ? 2 : 1;
    }
    const sum = sizes + (<usize>row << 2);
    store<u32>(sum, load<u32>(sum) + size);
  }
}

export function sort_key_text(cursors: usize, keys: usize, data: usize, offsets: usize, codes: usize, validity: usize, length: i32, flags: i32): void {
  const invert: u8 = (flags & descending) != 0 ? 0xff : 0;
  for (let row = 0; row < length; row++) {
    const cursor = cursors + (<usize>row << 2);
    let at = keys + load<u32>(cursor);
    const isValid = valid(validity, row);
    store<u8>(at++, marker(isValid, flags));
    if (isValid) {
      const entry = entryOf(offsets, codes, row);
      const end = data + load<u32>(entry, 4);
      for (let from = data + load<u32>(entry); from < end; from++) {
        const byte = load<u8>(from);
        store<u8>(at++, byte ^ invert);
        if (byte == 0) store<u8>(at++, 0xff ^ invert);
      }
      store<u8>(at++, invert);
      store<u8>(at++, invert);
    }
    store<u32>(cursor, <u32>(at - keys));
  }
}

/** Turns `length` sizes into `length + 1` offsets that begin at `start`; returns the last, or -1 past 2 GiB. */
export function sort_offsets(sizes: usize, offsets: usize, start: i32, length: i32): i32 {
  let at = <i64>start;
  for (let row = 0; row < length; row++) {
    const size = load<u32>(sizes + (<usize>row << 2));
    store<i32>(offsets + (<usize>row << 2), <i32>at);
    at += size;
    if (at > i32.MAX_VALUE) return -1;
  }
  store<i32>(offsets + (<usize>length << 2), <i32>at);
  return <i32>at;
}

/** The first 8 bytes of a key as an integer of the same order; what is missing counts as 00. */
// @ts-ignore: decorator
@inline
function prefix(at: usize, size: i32): u64 {
  if (size >= 8) return bswap<u64>(load<u64>(at));
  return bswap<u64>(load<u64>(at)) & ~(<u64>-1 >> (<u64>size << 3));
}

/** Indices of the rows whose key is below the limit key; returns how many. */
export function sort_below(offsets: usize, keys: usize, length: i32, limit: usize, limitSize: i32, indices: usize): i32 {
  let count = 0;
  for (let row = 0; row < length; row++) {
    const entry = offsets + (<usize>row << 2);
    const start = load<i32>(entry);
    store<i32>(indices + (<usize>count << 2), row);
    count += <i32>(compareBytes(keys + start, load<i32>(entry, 4) - start, limit, limitSize) < 0);
  }
  return count;
}

/** Sets the bytes at `indices`. */
export function sort_set_flags(indices: usize, count: i32, flags: usize): void {
  for (let i = 0; i < count; i++) store<u8>(flags + <usize>load<u32>(indices + (<usize>i << 2)), 1);
}

/** Indices of the rows whose code has its flag set, and of nulls if `nulls` is 1; returns how many. */
export function sort_below_coded(codes: usize, validity: usize, length: i32, flags: usize, nulls: i32, indices: usize): i32 {
  let count = 0;
  for (let row = 0; row < length; row++) {
    store<i32>(indices + (<usize>count << 2), row);
    const flag = load<u8>(flags + <usize>load<u32>(codes + (<usize>row << 2)));
    count += valid(validity, row) ? <i32>flag : nulls;
  }
  return count;
}

// An item is a row to be sorted: 8 bytes of key prefix, 4 bytes of row number, 4 unused.
const itemShift: usize = 4;

// @ts-ignore: decorator
@inline
function after(a: usize, b: usize, offsets: usize, keys: usize): bool {
  const x = load<u64>(a);
  const y = load<u64>(b);
  if (x != y) return x > y;
  const i = offsets + (<usize>load<u32>(a, 8) << 2);
  const j = offsets + (<usize>load<u32>(b, 8) << 2);
  const iStart = load<i32>(i);
  const jStart = load<i32>(j);
  return compareBytes(keys + iStart, load<i32>(i, 4) - iStart, keys + jStart, load<i32>(j, 4) - jStart) > 0;
}

/**
 * Writes the row numbers in key order to `order`; equal keys keep their order. `items` and `scratch` hold 16
 * bytes a row each. Runs of 16 by insertion, then merged bottom up.
 */
export function sort_order(offsets: usize, keys: usize, length: i32, items: usize, scratch: usize, order: usize): void {
  for (let row = 0; row < length; row++) {
    const entry = offsets + (<usize>row << 2);
    const start = load<i32>(entry);
    const item = items + (<usize>row << itemShift);
    store<u64>(item, prefix(keys + start, load<i32>(entry, 4) - start));
    store<u64>(item, <u64>row, 8);
  }
  const run = 16;
  for (let start = 0; start < length; start += run) insertionSort(items, start, min(start + run, length), offsets, keys);
  let from = items;
  let to = scratch;
  for (let width = run; width < length; width <<= 1) {
    for (let start = 0; start < length; start += width << 1) {
      merge(from, to, start, min(start + width, length), min(start + (width << 1), length), offsets, keys);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  for (let row = 0; row < length; row++) store<u32>(order + (<usize>row << 2), load<u32>(from + (<usize>row << itemShift), 8));
}

function insertionSort(items: usize, start: i32, end: i32, offsets: usize, keys: usize): void {
  for (let i = start + 1; i < end; i++) {
    const item = items + (<usize>i << itemShift);
    let at = item;
    const first = items + (<usize>start << itemShift);
    while (at > first && after(at - 16, item, offsets, keys)) at -= 16;
    if (at != item) {
      const saved = v128.load(item);
      memory.copy(at + 16, at, item - at);
      v128.store(at, saved);
    }
  }
}

function merge(from: usize, to: usize, start: i32, middle: i32, end: i32, offsets: usize, keys: usize): void {
  let a = from + (<usize>start << itemShift);
  const aEnd = from + (<usize>middle << itemShift);
  let b = aEnd;
  const bEnd = from + (<usize>end << itemShift);
  let out = to + (<usize>start << itemShift);
  while (a < aEnd && b < bEnd) {
    if (after(a, b, offsets, keys)) {
      v128.store(out, v128.load(b));
      b += 16;
    } else {
      v128.store(out, v128.load(a));
      a += 16;
    }
    out += 16;
  }
  memory.copy(out, a, aEnd - a);
  out += aEnd - a;
  memory.copy(out, b, bEnd - b);
}
