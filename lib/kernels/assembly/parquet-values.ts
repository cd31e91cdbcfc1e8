// Values of Parquet's pages as ours. They lie one behind another: nulls have none until rows are made of them.
import { bit } from './bits';

// @ts-ignore: decorator
@inline
function spread<T>(data: usize, values: i32, map: usize, row: i32, count: i32): void {
  let from = data + <usize>values * sizeof<T>();
  let out = data + <usize>count * sizeof<T>();
  // Once both meet, the values before stand where they belong.
  for (let i = row + count - 1; from < out; i--) {
    out -= sizeof<T>();
    const some = bit(map, i);
    if (some) from -= sizeof<T>();
    store<T>(out, some ? load<T>(from) : <T>0);
  }
}

/** Moves the `values` at `data` to those of the rows from `row` on that `map` has, with zeros between. */
export function parquet_spread_1(data: usize, values: i32, map: usize, row: i32, count: i32): void { spread<u8>(data, values, map, row, count); }
export function parquet_spread_2(data: usize, values: i32, map: usize, row: i32, count: i32): void { spread<u16>(data, values, map, row, count); }
export function parquet_spread_4(data: usize, values: i32, map: usize, row: i32, count: i32): void { spread<u32>(data, values, map, row, count); }
export function parquet_spread_8(data: usize, values: i32, map: usize, row: i32, count: i32): void { spread<u64>(data, values, map, row, count); }
export function parquet_spread_16(data: usize, values: i32, map: usize, row: i32, count: i32): void {
  let from = data + ((<usize>values) << 4);
  let out = data + ((<usize>count) << 4);
  for (let i = row + count - 1; from < out; i--) {
    out -= 16;
    const some = bit(map, i);
    if (some) from -= 16;
    v128.store(out, some ? v128.load(from) : i64x2.splat(0));
  }
}

/** `count` bits from the bit `first` on as a byte each. */
export function parquet_bits(data: usize, first: i32, count: i32, out: usize): void {
  for (let i = 0; i < count; i++) store<u8>(out + i, bit(data, first + i) ? 1 : 0);
}

/** Bytes that are 0 or 1 as bits. */
export function parquet_bitmap(bytes: usize, count: i32, out: usize): void {
  const zero = i8x16.splat(0);
  for (let i: usize = 0; i < <usize>count; i += 16)
    store<u16>(out + (i >> 3), <u16>i8x16.bitmask(i8x16.ne(v128.load(bytes + i), zero)));
}

/** BYTE_STREAM_SPLIT: all first bytes of `values` values, all second ones, ...; `count` values from `first` on. */
export function parquet_unsplit(data: usize, values: i32, first: i32, count: i32, width: i32, out: usize): void {
  for (let k = 0; k < width; k++) {
    const from = data + <usize>k * <usize>values + <usize>first;
    let to = out + <usize>k;
    for (let i: usize = 0; i < <usize>count; i++, to += <usize>width) store<u8>(to, load<u8>(from + i));
  }
}

/**
 * INT96, nanoseconds of a day (int64) and the Julian day (int32), as microseconds. Returns 0, or 1 if nanoseconds would
 * be lost, or 2 if a time is out of range.
 */
export function parquet_int96(data: usize, count: i32, out: usize): i32 {
  const dayMicros: i64 = 86400000000;
  const most = i64.MAX_VALUE / dayMicros - 1;
  for (let i = 0; i < count; i++, data += 12, out += 8) {
    const nanos = load<u64>(data);
    const micros = nanos / 1000;
    if (micros * 1000 != nanos) return 1;
    // Writers keep to a day; more is added as it is told.
    const day = <i64>load<i32>(data, 8) - 2440588 + <i64>(micros / <u64>dayMicros);
    if (day > most || day < -most) return 2;
    store<i64>(out, day * dayMicros + <i64>(micros % <u64>dayMicros));
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function decimals<T>(data: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i++, data += sizeof<T>(), out += 16) {
    const value = <i64>load<T>(data);
    store<i64>(out, value);
    store<i64>(out, value >> 63, 8);
  }
}

/** Integers as decimals of 128 bits. */
export function parquet_decimals_4(data: usize, count: i32, out: usize): void { decimals<i32>(data, count, out); }
export function parquet_decimals_8(data: usize, count: i32, out: usize): void { decimals<i64>(data, count, out); }

/**
 * Big endian bytes of two's complement as decimals of 128 bits: `width` bytes each, or by `lengths` where that is not 0.
 * False if one has more bits.
 */
export function parquet_decimals_bytes(data: usize, lengths: usize, width: i32, count: i32, out: usize): bool {
  for (let i = 0; i < count; i++, out += 16) {
    const length = lengths == 0 ? <usize>width : <usize>load<i32>(lengths + (<usize>i << 2));
    const sign: u8 = length > 0 && load<u8>(data) >= 128 ? 255 : 0;
    const excess: usize = length > 16 ? length - 16 : 0;
    for (let k: usize = 0; k < excess; k++) if (load<u8>(data + k) != sign) return false;
    if (excess > 0 && ((load<u8>(data + excess) ^ sign) & 128) != 0) return false;
    const last = data + length - 1;
    for (let k: usize = 0; k < 16; k++) store<u8>(out + k, k < length ? load<u8>(last - k) : sign);
    data += length;
  }
  return true;
}
