// Columns of other writers' Arrow files: units and widths that are not ours, and values that nobody has vouched
// for. Each kernel returns the first row it cannot take, or -1.
import { valid } from './bits';

/**
 * Codes of any integer type as int32 codes of our dictionary: out = map[code]. A code outside the dictionary is
 * refused; under nulls stands anything, which becomes 0.
 */
// @ts-ignore: decorator
@inline
function codes<T>(data: usize, validity: usize, length: i32, map: usize, entries: i32, out: usize): i32 {
  for (let row = 0; row < length; row++) {
    let code = 0;
    if (valid(validity, row)) {
      const foreign = <u64>load<T>(data + (<usize>row * sizeof<T>()));
      if (foreign >= <u64>entries) return row;
      code = load<i32>(map + (<usize>foreign << 2));
    }
    store<i32>(out + (<usize>row << 2), code);
  }
  return -1;
}

export function foreign_codes_i8(data: usize, validity: usize, length: i32, map: usize, entries: i32, out: usize): i32 { return codes<i8>(data, validity, length, map, entries, out); }
export function foreign_codes_u8(data: usize, validity: usize, length: i32, map: usize, entries: i32, out: usize): i32 { return codes<u8>(data, validity, length, map, entries, out); }
export function foreign_codes_i16(data: usize, validity: usize, length: i32, map: usize, entries: i32, out: usize): i32 { return codes<i16>(data, validity, length, map, entries, out); }
export function foreign_codes_u16(data: usize, validity: usize, length: i32, map: usize, entries: i32, out: usize): i32 { return codes<u16>(data, validity, length, map, entries, out); }
export function foreign_codes_i32(data: usize, validity: usize, length: i32, map: usize, entries: i32, out: usize): i32 { return codes<i32>(data, validity, length, map, entries, out); }
export function foreign_codes_u32(data: usize, validity: usize, length: i32, map: usize, entries: i32, out: usize): i32 { return codes<u32>(data, validity, length, map, entries, out); }
export function foreign_codes_i64(data: usize, validity: usize, length: i32, map: usize, entries: i32, out: usize): i32 { return codes<i64>(data, validity, length, map, entries, out); }
export function foreign_codes_u64(data: usize, validity: usize, length: i32, map: usize, entries: i32, out: usize): i32 { return codes<u64>(data, validity, length, map, entries, out); }

/** `length` + 1 offsets as int32 from 0; they must not decrease nor pass `last`, counted from the first. */
// @ts-ignore: decorator
@inline
function offsets<T>(data: usize, length: i32, last: i32, out: usize): i32 {
  const first = <i64>load<T>(data);
  let before: i64 = 0;
  store<i32>(out, 0);
  for (let row = 0; row < length; row++) {
    const offset = <i64>load<T>(data + (<usize>(row + 1) * sizeof<T>())) - first;
    if (offset < before || offset > <i64>last) return row;
    store<i32>(out + (<usize>row << 2), <i32>offset, 4);
    before = offset;
  }
  return -1;
}

export function foreign_offsets_i32(data: usize, length: i32, last: i32, out: usize): i32 { return offsets<i32>(data, length, last, out); }
export function foreign_offsets_i64(data: usize, length: i32, last: i32, out: usize): i32 { return offsets<i64>(data, length, last, out); }

/** Times a factor; a product beyond 64 bits is refused. */
export function foreign_times_i64(data: usize, validity: usize, length: i32, factor: i32, out: usize): i32 {
  const most = i64.MAX_VALUE / <i64>factor;
  for (let row = 0; row < length; row++) {
    const value = load<i64>(data + (<usize>row << 3));
    if ((value > most || value < -most) && valid(validity, row)) return row;
    store<i64>(out + (<usize>row << 3), value * <i64>factor);
  }
  return -1;
}

/** Divided by a divisor; a remainder is refused. */
export function foreign_over_i64(data: usize, validity: usize, length: i32, divisor: i32, out: usize): i32 {
  for (let row = 0; row < length; row++) {
    const value = load<i64>(data + (<usize>row << 3));
    const quotient = value / <i64>divisor;
    if (quotient * <i64>divisor != value && valid(validity, row)) return row;
    store<i64>(out + (<usize>row << 3), quotient);
  }
  return -1;
}
