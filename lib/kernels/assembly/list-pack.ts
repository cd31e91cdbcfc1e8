// Lists as byte strings, for what holds rows of texts but not of lists; equal lists are equal strings, but for floats of
// equal value and other bits. A list of n elements (`width` bytes each; 0: texts; -1: bits):
//
//   n (uint32) │ n bytes, 1 where there is a value │ n values, zeros for nulls; of texts first n lengths (uint32)
import { bit, setBit, valid } from './bits';

// @ts-ignore: decorator
@inline
function bytesOf(width: i32): i32 {
  return width < 0 ? 1 : width == 0 ? 4 : width;
}

/** Offsets of the strings; null lists have none. Returns their bytes, -1 past 2 GiB. */
export function list_pack_offsets(
  offsets: usize,
  validity: usize,
  length: i32,
  width: i32,
  texts: usize,
  known: usize,
  out: usize,
): i32 {
  let bytes: i64 = 0;
  store<i32>(out, 0);
  for (let i = 0; i < length; i++) {
    if (valid(validity, i)) {
      const entry = offsets + ((<usize>i) << 2);
      const start = load<i32>(entry);
      const end = load<i32>(entry, 4);
      bytes += 4 + <i64>(end - start) * (1 + bytesOf(width));
      if (width == 0) {
        for (let row = start; row < end; row++) {
          const text = texts + ((<usize>row) << 2);
          if (valid(known, row)) bytes += load<i32>(text, 4) - load<i32>(text);
        }
      }
    }
    if (bytes > i32.MAX_VALUE - 64) return -1;
    store<i32>(out + ((<usize>i) << 2), <i32>bytes, 4);
  }
  return <i32>bytes;
}

/** Writes the strings to where list_pack_offsets put them. */
export function list_pack(
  offsets: usize,
  validity: usize,
  length: i32,
  width: i32,
  data: usize,
  texts: usize,
  known: usize,
  outOffsets: usize,
  out: usize,
): void {
  for (let i = 0; i < length; i++) {
    if (!valid(validity, i)) continue;
    const entry = offsets + ((<usize>i) << 2);
    const start = load<i32>(entry);
    const count = load<i32>(entry, 4) - start;
    let flags = out + load<i32>(outOffsets + ((<usize>i) << 2));
    store<u32>(flags, count);
    flags += 4;
    let values = flags + count;
    let bytes = values + ((<usize>count) << 2);
    for (let row = start; row < start + count; row++) {
      const present = valid(known, row);
      store<u8>(flags++, <u8>present);
      if (width > 0) {
        if (present) memory.copy(values, data + (<usize>row) * width, width);
        else memory.fill(values, 0, width);
        values += width;
      } else if (width < 0) {
        store<u8>(values++, <u8>(present && bit(data, row)));
      } else {
        const text = texts + ((<usize>row) << 2);
        const from = load<i32>(text);
        const size = present ? load<i32>(text, 4) - from : 0;
        store<u32>(values, size);
        values += 4;
        memory.copy(bytes, data + from, size);
        bytes += size;
      }
    }
  }
}

/** Offsets of the lists in the strings. Returns their elements in all, -1 past 2^31. */
export function list_unpack_offsets(data: usize, strings: usize, validity: usize, length: i32, out: usize): i32 {
  let elements: i64 = 0;
  store<i32>(out, 0);
  for (let i = 0; i < length; i++) {
    if (valid(validity, i)) elements += load<u32>(data + load<i32>(strings + ((<usize>i) << 2)));
    if (elements > i32.MAX_VALUE - 64) return -1;
    store<i32>(out + ((<usize>i) << 2), <i32>elements, 4);
  }
  return <i32>elements;
}

/**
 * Values of the elements, or of texts their offsets to `out`, and the zeroed bitmaps of which are known and, of bits, of
 * the values. Returns the bytes of all texts, -1 past 2 GiB.
 */
export function list_unpack(
  data: usize,
  strings: usize,
  validity: usize,
  length: i32,
  width: i32,
  known: usize,
  out: usize,
): i32 {
  let row = 0;
  let bytes: i64 = 0;
  if (width == 0) store<i32>(out, 0);
  for (let i = 0; i < length; i++) {
    if (!valid(validity, i)) continue;
    const at = data + load<i32>(strings + ((<usize>i) << 2));
    const count = load<i32>(at);
    const flags = at + 4;
    const values = flags + count;
    for (let j = 0; j < count; j++) if (load<u8>(flags + j) != 0) setBit(known, row + j);
    if (width > 0) {
      memory.copy(out + (<usize>row) * width, values, (<usize>count) * width);
    } else if (width < 0) {
      for (let j = 0; j < count; j++) if (load<u8>(values + j) != 0) setBit(out, row + j);
    } else {
      for (let j = 0; j < count; j++) {
        bytes += load<u32>(values + ((<usize>j) << 2));
        store<i32>(out + ((<usize>(row + j)) << 2), <i32>bytes, 4);
      }
      if (bytes > i32.MAX_VALUE - 64) return -1;
    }
    row += count;
  }
  return <i32>bytes;
}

/** The bytes of the texts, one list's behind another's. */
export function list_unpack_texts(data: usize, strings: usize, validity: usize, length: i32, out: usize): void {
  for (let i = 0; i < length; i++) {
    if (!valid(validity, i)) continue;
    const entry = strings + ((<usize>i) << 2);
    const at = data + load<i32>(entry);
    const from = at + 4 + (<usize>load<u32>(at)) * 5;
    const size = data + load<i32>(entry, 4) - from;
    memory.copy(out, from, size);
    out += size;
  }
}
