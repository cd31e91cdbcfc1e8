/*
 * Parquet's "RLE / bit-packing hybrid": definition levels, codes of dictionaries, booleans. A run is a varint, then
 * one value, or groups of 8 packed values. A cursor of 128 bytes tells where in the runs who reads them is:
 *
 *   0 next run | 4 end of the bytes | 8 bits of a value | 12 values left of this run
 *   16 where its next packed value is, 0 if it repeats one | 20 bits before it in that byte | 24 the value it repeats
 *   64 patterns of parquet-unpack.ts
 */
import { unpackBits, unpackPatterns } from './parquet-unpack';

const patterns: usize = 64;

/** Codes that are looked up at a time: they stay in the first cache. */
const step: i32 = 1024;

/** Sets a cursor before the runs in [data, end). */
export function parquet_runs_open(cursor: usize, data: usize, end: usize, width: i32): void {
  store<u32>(cursor, <u32>data);
  store<u32>(cursor, <u32>end, 4);
  store<u32>(cursor, width, 8);
  // A dictionary of one entry needs no bits: writers leave the runs out.
  store<u32>(cursor, width == 0 ? u32.MAX_VALUE : 0, 12);
  store<u64>(cursor, 0, 16);
  store<u32>(cursor, 0, 24);
  unpackPatterns(width, cursor + patterns);
}

/** Goes to the next run that has values; false if the bytes end before. */
function nextRun(cursor: usize): bool {
  let at = <usize>load<u32>(cursor);
  const end = <usize>load<u32>(cursor, 4);
  const width = load<u32>(cursor, 8);
  do {
    let header: u32 = 0;
    for (let shift: u32 = 0; ; shift += 7) {
      if (at >= end || shift > 28) return false;
      const byte = load<u8>(at++);
      header |= (<u32>(byte & 127)) << shift;
      if (byte < 128) break;
    }
    const count = header >> 1;
    if ((header & 1) != 0) {
      const bytes = <u64>count * width;
      const rest = <u64>(end - at);
      store<u32>(cursor, <u32>at, 16);
      store<u32>(cursor, 0, 20);
      // The padding of the last group may have been left out.
      store<u32>(cursor, <u32>min<u64>(min<u64>(<u64>count * 8, (rest * 8) / width), u32.MAX_VALUE), 12);
      at += <usize>min<u64>(bytes, rest);
    } else {
      const bytes = <usize>((width + 7) >> 3);
      if (end - at < bytes) return false;
      let value: u32 = 0;
      for (let i: usize = 0; i < bytes; i++) value |= (<u32>load<u8>(at + i)) << (<u32>i << 3);
      store<u32>(cursor, 0, 16);
      store<u32>(cursor, value, 24);
      store<u32>(cursor, count, 12);
      at += bytes;
    }
    store<u32>(cursor, <u32>at);
  } while (load<u32>(cursor, 12) == 0);
  return true;
}

/** Takes `count` values, of which the run has so many. */
// @ts-ignore: decorator
@inline
function advance(cursor: usize, count: u32): void {
  store<u32>(cursor, load<u32>(cursor, 12) - count, 12);
  const from = load<u32>(cursor, 16);
  if (from == 0) return;
  const bits = <u64>load<u32>(cursor, 20) + <u64>count * load<u32>(cursor, 8);
  store<u32>(cursor, from + <u32>(bits >> 3), 16);
  store<u32>(cursor, <u32>bits & 7, 20);
}

/** Writes `count` levels of one bit behind the first `at` bits of `map`; returns how many are 1, or -1 if the runs end before. */
export function parquet_runs_levels(cursor: usize, count: i32, map: usize, at: i32): i32 {
  let ones = 0;
  while (count > 0) {
    if (load<u32>(cursor, 12) == 0 && !nextRun(cursor)) return -1;
    const run = <i32>min<u32>(load<u32>(cursor, 12), count);
    const from = <usize>load<u32>(cursor, 16);
    if (from != 0) {
      ones += bitsAt(from, load<u32>(cursor, 20), run, map, at);
    } else {
      const level = load<u32>(cursor, 24);
      if (level > 1) return -1;
      repeatAt(level == 1 ? ~(<u64>0) : 0, run, map, at);
      if (level == 1) ones += run;
    }
    advance(cursor, run);
    at += run;
    count -= run;
  }
  return ones;
}

/** Writes 56 bits or fewer of `word`, which has no others, behind the first `at` bits of `map`, and zeros behind them. */
// @ts-ignore: decorator
@inline
function writeBits(word: u64, map: usize, at: i32): void {
  const out = map + (at >> 3);
  const shift = <u64>(at & 7);
  store<u64>(out, (<u64>load<u8>(out) & ((<u64>1 << shift) - 1)) | (word << shift));
}

function bitsAt(from: usize, shift: u32, count: i32, map: usize, at: i32): i32 {
  let ones: i64 = 0;
  while (count > 0) {
    const bits = min(count, 56);
    const word = (load<u64>(from) >> shift) & ((<u64>1 << bits) - 1);
    ones += popcnt<i64>(word);
    writeBits(word, map, at);
    shift += bits;
    from += shift >> 3;
    shift &= 7;
    at += bits;
    count -= bits;
  }
  return <i32>ones;
}

function repeatAt(word: u64, count: i32, map: usize, at: i32): void {
  for (; count > 0; count -= 56, at += 56) {
    const bits = min(count, 56);
    writeBits(word & ((<u64>1 << bits) - 1), map, at);
  }
}

/** Whether `count` values were there, and all below `limit`. */
function codes(cursor: usize, count: i32, limit: u32, out: usize): bool {
  while (count > 0) {
    if (load<u32>(cursor, 12) == 0 && !nextRun(cursor)) return false;
    const run = min<u32>(load<u32>(cursor, 12), count);
    const from = <usize>load<u32>(cursor, 16);
    if (from != 0) {
      const width = load<u32>(cursor, 8);
      if (unpackBits(from, load<u32>(cursor, 20), width, run, cursor + patterns, out) >= limit) return false;
    } else {
      const value = load<u32>(cursor, 24);
      if (value >= limit) return false;
      const all = i32x4.splat(value);
      for (let i: usize = 0; i < run; i += 4) v128.store(out + (i << 2), all);
    }
    advance(cursor, run);
    out += (<usize>run) << 2;
    count -= run;
  }
  return true;
}

/** `count` values as int32, and 31 bytes; false if there are fewer, or one is not below `limit`. */
export function parquet_runs_codes(cursor: usize, count: i32, limit: i32, out: usize): bool {
  return codes(cursor, count, limit, out);
}

/** `count` values of a bit as a byte each; `held` is room for 1024 int32 and 32 bytes. False if there are fewer. */
export function parquet_runs_bytes(cursor: usize, count: i32, held: usize, out: usize): bool {
  for (; count > 0; count -= step, out += step) {
    const some = min(count, step);
    if (!codes(cursor, some, 2, held)) return false;
    for (let i: usize = 0; i < <usize>some; i++) store<u8>(out + i, load<u8>(held + (i << 2)));
  }
  return true;
}

// @ts-ignore: decorator
@inline
function lookUp<T>(cursor: usize, count: i32, entries: i32, values: usize, held: usize, out: usize): bool {
  for (; count > 0; count -= step) {
    const some = min(count, step);
    if (!codes(cursor, some, entries, held)) return false;
    const end = held + ((<usize>some) << 2);
    for (let at = held; at < end; at += 4, out += sizeof<T>())
      store<T>(out, load<T>(values + <usize>load<u32>(at) * sizeof<T>()));
  }
  return true;
}

/**
 * The values of a dictionary that `count` codes stand for; `held` is room for 1024 int32 and 32 bytes. False if there are
 * fewer codes, or one beyond the dictionary.
 */
export function parquet_runs_values_1(cursor: usize, count: i32, entries: i32, values: usize, held: usize, out: usize): bool { return lookUp<u8>(cursor, count, entries, values, held, out); }
export function parquet_runs_values_2(cursor: usize, count: i32, entries: i32, values: usize, held: usize, out: usize): bool { return lookUp<u16>(cursor, count, entries, values, held, out); }
export function parquet_runs_values_4(cursor: usize, count: i32, entries: i32, values: usize, held: usize, out: usize): bool { return lookUp<u32>(cursor, count, entries, values, held, out); }
export function parquet_runs_values_8(cursor: usize, count: i32, entries: i32, values: usize, held: usize, out: usize): bool { return lookUp<u64>(cursor, count, entries, values, held, out); }
export function parquet_runs_values_16(cursor: usize, count: i32, entries: i32, values: usize, held: usize, out: usize): bool {
  for (; count > 0; count -= step) {
    const some = min(count, step);
    if (!codes(cursor, some, entries, held)) return false;
    const end = held + ((<usize>some) << 2);
    for (let at = held; at < end; at += 4, out += 16)
      v128.store(out, v128.load(values + ((<usize>load<u32>(at)) << 4)));
  }
  return true;
}
