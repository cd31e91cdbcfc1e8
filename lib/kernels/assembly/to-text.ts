// Columns as text: `offsets` gets length + 1 offsets into `out`, nulls are empty. The size is returned.
// `out` has room for the longest text of the type for every row, and 32 bytes more (see format.ts).
import { bit, valid } from './bits';
import {
  writeBool, writeDate, writeDecimal128, writeF32, writeF64, writeI32, writeI64, writeInstant, writeTimestamp,
  writeU32, writeU64,
} from './format';

// @ts-ignore: decorator
@inline
function writeNumber<T>(out: usize, value: T): usize {
  if (isFloat<T>()) return sizeof<T>() == 8 ? writeF64(out, <f64>value) : writeF32(out, <f32>value);
  if (sizeof<T>() == 8) return isSigned<T>() ? writeI64(out, <i64>value) : writeU64(out, <u64>value);
  return isSigned<T>() ? writeI32(out, <i32>value) : writeU32(out, <u32>value);
}

// @ts-ignore: decorator
@inline
function numbers<T>(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  let at = out;
  store<i32>(offsets, 0);
  for (let i: usize = 0; i < <usize>length; i++) {
    if (valid(validity, <i32>i)) at = writeNumber<T>(at, load<T>(data + i * sizeof<T>()));
    store<i32>(offsets + (i << 2), <i32>(at - out), 4);
  }
  return <i32>(at - out);
}

export function to_text_i8(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  return numbers<i8>(data, validity, length, offsets, out);
}
export function to_text_i16(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  return numbers<i16>(data, validity, length, offsets, out);
}
export function to_text_i32(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  return numbers<i32>(data, validity, length, offsets, out);
}
export function to_text_i64(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  return numbers<i64>(data, validity, length, offsets, out);
}
export function to_text_u8(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  return numbers<u8>(data, validity, length, offsets, out);
}
export function to_text_u16(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  return numbers<u16>(data, validity, length, offsets, out);
}
export function to_text_u32(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  return numbers<u32>(data, validity, length, offsets, out);
}
export function to_text_u64(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  return numbers<u64>(data, validity, length, offsets, out);
}
export function to_text_f32(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  return numbers<f32>(data, validity, length, offsets, out);
}
export function to_text_f64(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  return numbers<f64>(data, validity, length, offsets, out);
}

export function to_text_bit(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  let at = out;
  store<i32>(offsets, 0);
  for (let i: usize = 0; i < <usize>length; i++) {
    if (valid(validity, <i32>i)) at = writeBool(at, bit(data, <i32>i));
    store<i32>(offsets + (i << 2), <i32>(at - out), 4);
  }
  return <i32>(at - out);
}

export function to_text_date(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  let at = out;
  store<i32>(offsets, 0);
  for (let i: usize = 0; i < <usize>length; i++) {
    if (valid(validity, <i32>i)) at = writeDate(at, load<i32>(data + (i << 2)));
    store<i32>(offsets + (i << 2), <i32>(at - out), 4);
  }
  return <i32>(at - out);
}

export function to_text_timestamp(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  let at = out;
  store<i32>(offsets, 0);
  for (let i: usize = 0; i < <usize>length; i++) {
    if (valid(validity, <i32>i)) at = writeTimestamp(at, load<i64>(data + (i << 3)));
    store<i32>(offsets + (i << 2), <i32>(at - out), 4);
  }
  return <i32>(at - out);
}

export function to_text_instant(data: usize, validity: usize, length: i32, offsets: usize, out: usize): i32 {
  let at = out;
  store<i32>(offsets, 0);
  for (let i: usize = 0; i < <usize>length; i++) {
    if (valid(validity, <i32>i)) at = writeInstant(at, load<i64>(data + (i << 3)));
    store<i32>(offsets + (i << 2), <i32>(at - out), 4);
  }
  return <i32>(at - out);
}

export function to_text_decimal(
  data: usize, validity: usize, length: i32, offsets: usize, out: usize, scale: i32,
): i32 {
  let at = out;
  store<i32>(offsets, 0);
  for (let i: usize = 0; i < <usize>length; i++) {
    if (valid(validity, <i32>i)) at = writeDecimal128(at, data + (i << 4), scale);
    store<i32>(offsets + (i << 2), <i32>(at - out), 4);
  }
  return <i32>(at - out);
}
