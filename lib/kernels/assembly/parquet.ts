// What Parquet's pages hold beside plain columns: texts behind their lengths, codes of dictionaries, packed bits.
import { copyText, lastLoad } from './copy';
import { hash64 } from './hash';
import { entryOf } from './texts';

/** PLAIN: the length of each text as int32, then its bytes. Returns the bytes; 16 more are overwritten. */
export function parquet_texts(data: usize, offsets: usize, codes: usize, length: i32, out: usize): usize {
  const last = lastLoad();
  let to = out;
  for (let row = 0; row < length; row++) {
    const entry = entryOf(offsets, codes, row);
    const start = load<i32>(entry);
    const size = load<i32>(entry, 4) - start;
    store<i32>(to, size);
    copyText(to + 4, data + start, size, last);
    to += 4 + <usize>size;
  }
  return to - out;
}

/** Decimals as Parquet has them: big endian. */
export function parquet_decimals(data: usize, length: i32, out: usize): void {
  const end = data + ((<usize>length) << 4);
  for (; data < end; data += 16, out += 16) {
    const value = v128.load(data);
    v128.store(out, v128.shuffle<i8>(value, value, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
  }
}

/**
 * Codes of a dictionary as codes of its used entries alone, in the order in which they come first; those entries go
 * to `entries`. Returns how many there are. `known` is an int32 of 0 for every entry of the dictionary.
 */
export function parquet_used(codes: usize, length: i32, known: usize, entries: usize, out: usize): i32 {
  let count = 0;
  for (let row: usize = 0; row < <usize>length; row++) {
    const code = load<i32>(codes + (row << 2));
    const slot = known + ((<usize>code) << 2);
    let found = load<i32>(slot);
    if (found == 0) {
      store<i32>(entries + ((<usize>count) << 2), code);
      found = ++count;
      store<i32>(slot, found);
    }
    store<i32>(out + (row << 2), found - 1);
  }
  return count;
}

// @ts-ignore: decorator
@inline
function distinct<T>(data: usize, length: i32, slots: usize, mask: u32, limit: i32, entries: usize, out: usize): i32 {
  let count = 0;
  for (let row: usize = 0; row < <usize>length; row++) {
    const value = load<T>(data + row * sizeof<T>());
    let place = <u32>hash64(<u64>value) & mask;
    let found = 0;
    for (;;) {
      const slot = slots + ((<usize>place) << 2);
      found = load<i32>(slot);
      if (found == 0) {
        if (count == limit) return -1;
        store<T>(entries + <usize>count * sizeof<T>(), value);
        found = ++count;
        store<i32>(slot, found);
        break;
      }
      if (load<T>(entries + <usize>(found - 1) * sizeof<T>()) == value) break;
      place = (place + 1) & mask;
    }
    store<i32>(out + (row << 2), found - 1);
  }
  return count;
}

/**
 * Codes values by their bits: the distinct ones go to `entries`. Returns how many there are, or -1 if they are more
 * than `limit`. `slots` are int32 of 0, `mask` and one of them, more than `limit`.
 */
export function parquet_distinct_32(data: usize, length: i32, slots: usize, mask: u32, limit: i32, entries: usize, out: usize): i32 { return distinct<u32>(data, length, slots, mask, limit, entries, out); }
export function parquet_distinct_64(data: usize, length: i32, slots: usize, mask: u32, limit: i32, entries: usize, out: usize): i32 { return distinct<u64>(data, length, slots, mask, limit, entries, out); }

/** Packs the low `width` bits of each int32, in groups of 8 values; returns the bytes. 8 more are overwritten. */
export function parquet_pack(codes: usize, length: i32, width: i32, out: usize): usize {
  const bytes = <usize>((length + 7) >> 3) * width;
  let bits: u64 = 0;
  let held: u64 = 0;
  let to = out;
  for (let row: usize = 0; row < <usize>length; row++) {
    bits |= (<u64>load<u32>(codes + (row << 2))) << held;
    held += width;
    if (held >= 32) {
      store<u32>(to, <u32>bits);
      to += 4;
      bits >>= 32;
      held -= 32;
    }
  }
  store<u64>(to, bits);
  if (to + 8 < out + bytes) memory.fill(to + 8, 0, out + bytes - to - 8);
  return bytes;
}

/** The low halves of 128-bit integers. */
export function parquet_low_64(data: usize, length: i32, out: usize): void {
  for (let row: usize = 0; row < <usize>length; row++) store<u64>(out + (row << 3), load<u64>(data + (row << 4)));
}
