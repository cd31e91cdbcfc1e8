// Casts from text: rows [from, length) of a text column, plain (codes = 0) or coded, to typed values. Spaces around
// a value are allowed. A row that does not parse loses its bit in `validity` and the first such row is written to
// `firstBad` (if that is still negative). Returns the rows done: less than `length` only where a double's digits do
// not decide it; the caller then places that row's value and goes on behind it.
import { bit, clearBit, setBit } from './bits';
import {
  badText,
  clearFault,
  fault,
  goodText,
  parseBool,
  parseDate,
  parseDecimal,
  parseF32,
  parseF64,
  parseInteger,
  parseTimestamp,
  sawZone,
  undecidedText,
} from './parse';
import { setFault } from './parse-fault';

// @ts-ignore: decorator
@inline
function isSpace(c: u8): bool {
  return c == 32 || (c >= 9 && c <= 13);
}

// What is parsed into, one number a type; constants, so that each instance keeps one branch only.
const asNumber = 0;
const asDate = 1;
const asTimestamp = 2;
const asBool = 3;
const asDecimal = 4;

/** `first` and `second`: precision and scale of decimals; for timestamps `first` is 0 where offsets are refused, 2 where needed. */
// @ts-ignore: decorator
@inline
function rows<T>(
  kind: i32,
  data: usize,
  offsets: usize,
  codes: usize,
  validity: usize,
  from: i32,
  length: i32,
  out: usize,
  firstBad: usize,
  first: i32,
  second: i32,
): i32 {
  for (let row = from; row < length; row++) {
    if (!bit(validity, row)) continue;
    const entry = offsets + (<usize>(codes == 0 ? row : load<i32>(codes + (<usize>row << 2))) << 2);
    let at = data + load<i32>(entry);
    let size = load<i32>(entry, 4) - load<i32>(entry);
    while (size > 0 && isSpace(load<u8>(at))) {
      at++;
      size--;
    }
    while (size > 0 && isSpace(load<u8>(at + size - 1))) size--;
    clearFault();
    if (kind == asBool) {
      if (parseBool(at, size)) setBit(out, row);
    } else if (kind == asDecimal) {
      parseDecimal(at, size, first, second, out + (<usize>row << 4));
    } else if (kind == asDate) {
      store<i32>(out + (<usize>row << 2), parseDate(at, size));
    } else if (kind == asTimestamp) {
      store<i64>(out + (<usize>row << 3), parseTimestamp(at, size));
      if ((first == 0 && sawZone()) || (first == 2 && !sawZone())) setFault(badText);
    } else {
      const place = out + <usize>row * sizeof<T>();
      if (sizeof<T>() == 8 && isFloat<T>()) store<f64>(place, parseF64(at, size));
      else if (isFloat<T>()) store<f32>(place, parseF32(at, size));
      else store<T>(place, parseInteger<T>(at, size));
    }
    if (fault() == goodText) continue;
    if (fault() == undecidedText) return row;
    clearBit(validity, row);
    if (load<i32>(firstBad) < 0) store<i32>(firstBad, row);
  }
  return length;
}

export function from_text_i8(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize): i32 {
  return rows<i8>(asNumber, data, offsets, codes, validity, from, length, out, firstBad, 0, 0);
}

export function from_text_i16(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize): i32 {
  return rows<i16>(asNumber, data, offsets, codes, validity, from, length, out, firstBad, 0, 0);
}

export function from_text_i32(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize): i32 {
  return rows<i32>(asNumber, data, offsets, codes, validity, from, length, out, firstBad, 0, 0);
}

export function from_text_i64(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize): i32 {
  return rows<i64>(asNumber, data, offsets, codes, validity, from, length, out, firstBad, 0, 0);
}

export function from_text_u8(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize): i32 {
  return rows<u8>(asNumber, data, offsets, codes, validity, from, length, out, firstBad, 0, 0);
}

export function from_text_u16(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize): i32 {
  return rows<u16>(asNumber, data, offsets, codes, validity, from, length, out, firstBad, 0, 0);
}

export function from_text_u32(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize): i32 {
  return rows<u32>(asNumber, data, offsets, codes, validity, from, length, out, firstBad, 0, 0);
}

export function from_text_u64(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize): i32 {
  return rows<u64>(asNumber, data, offsets, codes, validity, from, length, out, firstBad, 0, 0);
}

export function from_text_f32(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize): i32 {
  return rows<f32>(asNumber, data, offsets, codes, validity, from, length, out, firstBad, 0, 0);
}

export function from_text_f64(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize): i32 {
  return rows<f64>(asNumber, data, offsets, codes, validity, from, length, out, firstBad, 0, 0);
}

export function from_text_date(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize): i32 {
  return rows<i32>(asDate, data, offsets, codes, validity, from, length, out, firstBad, 0, 0);
}

export function from_text_bit(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize): i32 {
  return rows<u8>(asBool, data, offsets, codes, validity, from, length, out, firstBad, 0, 0);
}

export function from_text_timestamp(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize, zones: i32): i32 {
  return rows<i64>(asTimestamp, data, offsets, codes, validity, from, length, out, firstBad, zones, 0);
}

export function from_text_i128(data: usize, offsets: usize, codes: usize, validity: usize, from: i32, length: i32, out: usize, firstBad: usize, precision: i32, scale: i32): i32 {
  return rows<i64>(asDecimal, data, offsets, codes, validity, from, length, out, firstBad, precision, scale);
}
