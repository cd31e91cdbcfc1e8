// Texts of Parquet's pages: first how long each is, so that there is room for all of them, then their bytes.
import { bit } from './bits';
import { copyText, lastLoad } from './copy';

/** PLAIN: an int32 before each text. Returns where `count` texts end, or 0 if that is past `end`. */
export function parquet_lengths(data: usize, end: usize, count: i32, lengths: usize): usize {
  for (let i: usize = 0; i < <usize>count; i++) {
    if (end - data < 4) return 0;
    const length = <usize>load<u32>(data);
    data += 4;
    if (length > end - data) return 0;
    store<u32>(lengths + (i << 2), <u32>length);
    data += length;
  }
  return data;
}

/** The sum of lengths, or -1 if one is negative. */
export function parquet_total(lengths: usize, count: i32): f64 {
  let total: i64 = 0;
  let signs = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const length = load<i32>(lengths + (i << 2));
    total += length;
    signs |= length;
  }
  return signs < 0 ? -1 : <f64>total;
}

/** Copies texts that have `gap` bytes before each. Up to 15 bytes behind them are overwritten. */
export function parquet_text_copy(data: usize, gap: i32, lengths: usize, count: i32, out: usize): void {
  const last = lastLoad();
  for (let i: usize = 0; i < <usize>count; i++) {
    const length = load<u32>(lengths + (i << 2));
    data += gap;
    copyText(out, data, length, last);
    data += length;
    out += length;
  }
}

/** Offsets of `count` rows behind that of `row`; a row that `map` (0: it has all) does not have is empty. */
export function parquet_text_offsets(lengths: usize, map: usize, row: i32, count: i32, offsets: usize): void {
  let at = load<i32>(offsets + (<usize>row << 2));
  for (let i = row; i < row + count; i++) {
    if (map == 0 || bit(map, i)) {
      at += load<i32>(lengths);
      lengths += 4;
    }
    store<i32>(offsets + (<usize>i << 2), at, 4);
  }
}

/** How long the texts are that codes stand for, but for nulls. Returns the sum. */
export function parquet_code_lengths(codes: usize, map: usize, count: i32, offsets: usize, lengths: usize): f64 {
  let total: i64 = 0;
  for (let i = 0; i < count; i++) {
    let length = 0;
    if (map == 0 || bit(map, i)) {
      const entry = offsets + ((<usize>load<u32>(codes + (<usize>i << 2))) << 2);
      length = load<i32>(entry, 4) - load<i32>(entry);
    }
    store<i32>(lengths + (<usize>i << 2), length);
    total += length;
  }
  return <f64>total;
}

/** Copies the texts that codes stand for, as long as `lengths` says. Up to 15 bytes behind them are overwritten. */
export function parquet_code_copy(codes: usize, lengths: usize, count: i32, offsets: usize, data: usize, out: usize): void {
  const last = lastLoad();
  for (let i: usize = 0; i < <usize>count; i++) {
    const length = load<u32>(lengths + (i << 2));
    if (length == 0) continue;
    copyText(out, data + load<u32>(offsets + ((<usize>load<u32>(codes + (i << 2))) << 2)), length, last);
    out += length;
  }
}

/**
 * DELTA_BYTE_ARRAY: each text begins with `prefixes` bytes of the one before, at first the `lastLength` bytes at `last`,
 * and goes on with `suffixes` bytes from `data`. Lengths become whole ones in `suffixes`. False if a prefix is longer
 * than the text before.
 */
export function parquet_prefixed(prefixes: usize, suffixes: usize, count: i32, data: usize, last: usize, lastLength: u32, out: usize): bool {
  for (let i: usize = 0; i < <usize>count; i++) {
    const prefix = load<u32>(prefixes + (i << 2));
    const suffix = load<u32>(suffixes + (i << 2));
    if (prefix > lastLength) return false;
    memory.copy(out, last, prefix);
    memory.copy(out + prefix, data, suffix);
    data += suffix;
    last = out;
    lastLength = prefix + suffix;
    store<u32>(suffixes + (i << 2), lastLength);
    out += lastLength;
  }
  return true;
}
