// The least and greatest value of a column. Each kernel writes the least to `out` and the greatest 16
// bytes further, and returns how many values there were (rows that are not null, and for floats not NaN);
// with none, `out` is unspecified. Floats: NaN is counted at out + 32 (int32).
import { valid } from './bits';

// @ts-ignore: decorator
@inline
function least<T>(a: v128, b: v128): v128 {
  if (isFloat<T>()) return v128.pmin<T>(a, b);
  if (sizeof<T>() == 8) return v128.bitselect(b, a, v128.gt<i64>(a, b));
  return v128.min<T>(a, b);
}

// @ts-ignore: decorator
@inline
function greatest<T>(a: v128, b: v128): v128 {
  if (isFloat<T>()) return v128.pmax<T>(a, b);
  if (sizeof<T>() == 8) return v128.bitselect(a, b, v128.gt<i64>(a, b));
  return v128.max<T>(a, b);
}

/** Any value is at most this. */
// @ts-ignore: decorator
@inline
function top<T>(): T {
  if (isFloat<T>()) return <T>Infinity;
  if (sizeof<T>() == 8 && isSigned<T>()) return <T>i64.MAX_VALUE;
  if (isSigned<T>()) return <T>(((<i64>1) << (<i64>sizeof<T>() * 8 - 1)) - 1);
  return <T>-1;
}

// @ts-ignore: decorator
@inline
function bottom<T>(): T {
  if (isFloat<T>()) return <T>-Infinity;
  if (isSigned<T>()) return <T>((<i64>-1) << (<i64>sizeof<T>() * 8 - 1));
  return <T>0;
}

/** Rows [0, length) are dense from `data`; the running bounds are in `out`. */
// @ts-ignore: decorator
@inline
function dense<T>(data: usize, length: i32, out: usize): void {
  let lo = load<T>(out);
  let hi = load<T>(out, 16);
  let los = v128.splat<T>(lo);
  let his = v128.splat<T>(hi);
  const end = data + (<usize>length * sizeof<T>());
  let at = data;
  for (; at + 32 <= end; at += 32) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    if (isFloat<T>()) {
      // pmin(x, bound) would keep a NaN in x: the bound must come first.
      los = least<T>(least<T>(los, a), b);
      his = greatest<T>(greatest<T>(his, a), b);
    } else {
      los = least<T>(los, least<T>(a, b));
      his = greatest<T>(his, greatest<T>(a, b));
    }
  }
  v128.store(out, los);
  v128.store(out, his, 16);
  for (let lane: usize = 0; lane < 16; lane += sizeof<T>()) {
    const a = load<T>(out + lane);
    const b = load<T>(out + lane, 16);
    if (a < lo) lo = a;
    if (b > hi) hi = b;
  }
  for (; at < end; at += sizeof<T>()) {
    const value = load<T>(at);
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  store<T>(out, lo);
  store<T>(out, hi, 16);
}

/** Rows whose bits are set in `word`, counted from `data`. */
// @ts-ignore: decorator
@inline
function sparse<T>(data: usize, word: u64, out: usize): void {
  let lo = load<T>(out);
  let hi = load<T>(out, 16);
  while (word != 0) {
    const value = load<T>(data + (<usize>ctz<u64>(word) * sizeof<T>()));
    if (value < lo) lo = value;
    if (value > hi) hi = value;
    word &= word - 1;
  }
  store<T>(out, lo);
  store<T>(out, hi, 16);
}

/** Wasm has no unsigned 64-bit comparison of lanes, and 128-bit values have no lanes at all. */
// @ts-ignore: decorator
@inline
function range<T>(data: usize, validity: usize, length: i32, out: usize): i32 {
  store<T>(out, top<T>());
  store<T>(out, bottom<T>(), 16);
  if (validity == 0) {
    dense<T>(data, length, out);
    return length;
  }
  let count = 0;
  for (let row = 0; row < length; row += 64) {
    let word = load<u64>(validity + <usize>(row >> 3));
    const rest = length - row;
    if (rest < 64) word &= ((<u64>1) << (<u64>rest)) - 1;
    const at = data + (<usize>row * sizeof<T>());
    if (word == ~(<u64>0)) dense<T>(at, 64, out);
    else sparse<T>(at, word, out);
    count += <i32>popcnt<u64>(word);
  }
  return count;
}

export function range_i8(data: usize, validity: usize, length: i32, out: usize): i32 { return range<i8>(data, validity, length, out); }
export function range_u8(data: usize, validity: usize, length: i32, out: usize): i32 { return range<u8>(data, validity, length, out); }
export function range_i16(data: usize, validity: usize, length: i32, out: usize): i32 { return range<i16>(data, validity, length, out); }
export function range_u16(data: usize, validity: usize, length: i32, out: usize): i32 { return range<u16>(data, validity, length, out); }
export function range_i32(data: usize, validity: usize, length: i32, out: usize): i32 { return range<i32>(data, validity, length, out); }
export function range_u32(data: usize, validity: usize, length: i32, out: usize): i32 { return range<u32>(data, validity, length, out); }
export function range_i64(data: usize, validity: usize, length: i32, out: usize): i32 { return range<i64>(data, validity, length, out); }

export function range_u64(data: usize, validity: usize, length: i32, out: usize): i32 {
  let lo: u64 = u64.MAX_VALUE;
  let hi: u64 = 0;
  let count = 0;
  for (let row = 0; row < length; row++) {
    if (!valid(validity, row)) continue;
    const value = load<u64>(data + (<usize>row << 3));
    if (value < lo) lo = value;
    if (value > hi) hi = value;
    count++;
  }
  store<u64>(out, lo);
  store<u64>(out, hi, 16);
  return count;
}

export function range_i128(data: usize, validity: usize, length: i32, out: usize): i32 {
  let lo: u64 = 0, loHigh: i64 = 0, hi: u64 = 0, hiHigh: i64 = 0;
  let count = 0;
  for (let row = 0; row < length; row++) {
    if (!valid(validity, row)) continue;
    const low = load<u64>(data + (<usize>row << 4));
    const high = load<i64>(data + (<usize>row << 4), 8);
    if (count == 0 || high < loHigh || (high == loHigh && low < lo)) {
      lo = low;
      loHigh = high;
    }
    if (count == 0 || high > hiHigh || (high == hiHigh && low > hi)) {
      hi = low;
      hiHigh = high;
    }
    count++;
  }
  store<u64>(out, lo);
  store<i64>(out, loHigh, 8);
  store<u64>(out, hi, 16);
  store<i64>(out, hiHigh, 24);
  return count;
}

/** How many of the valid rows are NaN; most columns have none, which is found out first. */
// @ts-ignore: decorator
@inline
function nans<T>(data: usize, validity: usize, length: i32): i32 {
  const end = data + (<usize>length * sizeof<T>());
  let found = v128.splat<i64>(0);
  let at = data;
  for (; at + 32 <= end; at += 32) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    found = v128.or(found, v128.or(v128.ne<T>(a, a), v128.ne<T>(b, b)));
  }
  for (; at < end; at += sizeof<T>()) if (load<T>(at) != load<T>(at)) found = v128.splat<i64>(-1);
  let count = 0;
  if (v128.any_true(found))
    for (let row = 0; row < length; row++) {
      const value = load<T>(data + (<usize>row * sizeof<T>()));
      if (value != value && valid(validity, row)) count++;
    }
  return count;
}

// @ts-ignore: decorator
@inline
function rangeFloat<T>(data: usize, validity: usize, length: i32, out: usize): i32 {
  const count = nans<T>(data, validity, length);
  store<i32>(out, count, 32);
  return range<T>(data, validity, length, out) - count;
}

export function range_f32(data: usize, validity: usize, length: i32, out: usize): i32 { return rangeFloat<f32>(data, validity, length, out); }
export function range_f64(data: usize, validity: usize, length: i32, out: usize): i32 { return rangeFloat<f64>(data, validity, length, out); }

/** The first eight bytes of a text as a number that orders as they do. */
// @ts-ignore: decorator
@inline
function prefix(text: usize, length: i32): u64 {
  if (length >= 8) return bswap<u64>(load<u64>(text));
  let bytes: u64 = 0;
  for (let i = 0; i < length; i++) bytes |= <u64>load<u8>(text + i) << (<u64>(56 - i * 8));
  return bytes;
}

// @ts-ignore: decorator
@inline
function less(a: usize, aLength: i32, b: usize, bLength: i32): bool {
  const shared = min<i32>(aLength, bLength);
  const order = memory.compare(a, b, shared);
  return order != 0 ? order < 0 : aLength < bLength;
}

/**
 * Writes the rows of the least and greatest text to `out` and out + 16 (int32). `used`, unless 0, marks with
 * 1 the rows to look at: then these are entries of a dictionary.
 */
export function range_text(data: usize, offsets: usize, validity: usize, used: usize, length: i32, out: usize): i32 {
  let lo: usize = 0, loLength = 0, loPrefix: u64 = 0, hi: usize = 0, hiLength = 0, hiPrefix: u64 = 0;
  let loRow = 0, hiRow = 0, count = 0;
  for (let row = 0; row < length; row++) {
    if (!valid(validity, row) || (used != 0 && load<u8>(used + row) == 0)) continue;
    const start = load<i32>(offsets + (<usize>row << 2));
    const text = data + start;
    const size = load<i32>(offsets + (<usize>row << 2), 4) - start;
    const key = prefix(text, size);
    if (count == 0 || key < loPrefix || (key == loPrefix && less(text, size, lo, loLength))) {
      lo = text;
      loLength = size;
      loPrefix = key;
      loRow = row;
    }
    if (count == 0 || key > hiPrefix || (key == hiPrefix && less(hi, hiLength, text, size))) {
      hi = text;
      hiLength = size;
      hiPrefix = key;
      hiRow = row;
    }
    count++;
  }
  store<i32>(out, loRow);
  store<i32>(out, hiRow, 16);
  return count;
}

/** Marks with 1 the dictionary entries that the valid rows use; codes are int32. */
export function range_mark_codes(codes: usize, validity: usize, length: i32, used: usize): void {
  if (validity == 0) {
    for (let row = 0; row < length; row++) store<u8>(used + load<u32>(codes + (<usize>row << 2)), 1);
    return;
  }
  for (let row = 0; row < length; row++)
    if (valid(validity, row)) store<u8>(used + load<u32>(codes + (<usize>row << 2)), 1);
}
