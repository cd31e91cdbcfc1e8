// Group keys row-wise: the fields of a key side by side, widest first, then one mask byte for each eight
// keys (bit set = null), padded with zeros to whole 8-byte words, so that equal keys are equal words.
// A null's field is 0; NaN and zero have one form each. Unpacking gives columns again.
import { bit, valid } from './bits';

/** The form in which a value is compared: every NaN alike, -0.0 as 0.0. */
// @ts-ignore: decorator
@inline
function canonical<T>(value: T): T {
  if (isFloat<T>()) {
    if (value != value) return <T>NaN;
    return value == <T>0 ? <T>0 : value;
  }
  return value;
}

// @ts-ignore: decorator
@inline
function pack<T>(
  data: usize,
  validity: usize,
  rows: usize,
  count: i32,
  out: usize,
  stride: i32,
  mask: usize,
  maskBit: i32,
): void {
  if (validity == 0 && rows == 0) {
    for (let i = 0; i < count; i++) {
      store<T>(out, canonical<T>(load<T>(data + <usize>i * sizeof<T>())));
      out += stride;
    }
    return;
  }
  for (let i = 0; i < count; i++) {
    const row = rows == 0 ? i : load<i32>(rows + (<usize>i << 2));
    if (valid(validity, row)) {
      store<T>(out, canonical<T>(load<T>(data + <usize>row * sizeof<T>())));
    } else {
      store<T>(out, <T>0);
      store<u8>(out + mask, load<u8>(out + mask) | <u8>maskBit);
    }
    out += stride;
  }
}

/**
 * Field of rows `rows[0..count)` (0: rows 0..count) into key rows whose padding and masks are zero. `out` is the
 * field's address in the first key row; `mask` is the distance from there to its mask byte.
 */
export function group_pack_u8(data: usize, validity: usize, rows: usize, count: i32, out: usize, stride: i32, mask: usize, maskBit: i32): void {
  pack<u8>(data, validity, rows, count, out, stride, mask, maskBit);
}
export function group_pack_u16(data: usize, validity: usize, rows: usize, count: i32, out: usize, stride: i32, mask: usize, maskBit: i32): void {
  pack<u16>(data, validity, rows, count, out, stride, mask, maskBit);
}
export function group_pack_u32(data: usize, validity: usize, rows: usize, count: i32, out: usize, stride: i32, mask: usize, maskBit: i32): void {
  pack<u32>(data, validity, rows, count, out, stride, mask, maskBit);
}
export function group_pack_u64(data: usize, validity: usize, rows: usize, count: i32, out: usize, stride: i32, mask: usize, maskBit: i32): void {
  pack<u64>(data, validity, rows, count, out, stride, mask, maskBit);
}
export function group_pack_f32(data: usize, validity: usize, rows: usize, count: i32, out: usize, stride: i32, mask: usize, maskBit: i32): void {
  pack<f32>(data, validity, rows, count, out, stride, mask, maskBit);
}
export function group_pack_f64(data: usize, validity: usize, rows: usize, count: i32, out: usize, stride: i32, mask: usize, maskBit: i32): void {
  pack<f64>(data, validity, rows, count, out, stride, mask, maskBit);
}
export function group_pack_i128(data: usize, validity: usize, rows: usize, count: i32, out: usize, stride: i32, mask: usize, maskBit: i32): void {
  for (let i = 0; i < count; i++) {
    const row = rows == 0 ? i : load<i32>(rows + (<usize>i << 2));
    if (valid(validity, row)) {
      v128.store(out, v128.load(data + (<usize>row << 4)));
    } else {
      v128.store(out, i64x2.splat(0));
      store<u8>(out + mask, load<u8>(out + mask) | <u8>maskBit);
    }
    out += stride;
  }
}
export function group_pack_bit(data: usize, validity: usize, rows: usize, count: i32, out: usize, stride: i32, mask: usize, maskBit: i32): void {
  for (let i = 0; i < count; i++) {
    const row = rows == 0 ? i : load<i32>(rows + (<usize>i << 2));
    if (valid(validity, row)) {
      store<u8>(out, <u8>bit(data, row));
    } else {
      store<u8>(out, 0);
      store<u8>(out + mask, load<u8>(out + mask) | <u8>maskBit);
    }
    out += stride;
  }
}

// @ts-ignore: decorator
@inline
function unpack<T>(at: usize, stride: i32, count: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    store<T>(out + <usize>i * sizeof<T>(), load<T>(at));
    at += stride;
  }
}

/** The field at `at` of `count` key rows, as a column. */
export function group_unpack_u8(at: usize, stride: i32, count: i32, out: usize): void {
  unpack<u8>(at, stride, count, out);
}
export function group_unpack_u16(at: usize, stride: i32, count: i32, out: usize): void {
  unpack<u16>(at, stride, count, out);
}
export function group_unpack_u32(at: usize, stride: i32, count: i32, out: usize): void {
  unpack<u32>(at, stride, count, out);
}
export function group_unpack_u64(at: usize, stride: i32, count: i32, out: usize): void {
  unpack<u64>(at, stride, count, out);
}
export function group_unpack_i128(at: usize, stride: i32, count: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    v128.store(out + (<usize>i << 4), v128.load(at));
    at += stride;
  }
}

/** Bytes whose bit `maskBit` equals `wanted` (0 or the bit) become set bits: booleans and validity. Returns how many are set. */
export function group_unpack_bit(at: usize, stride: i32, count: i32, maskBit: i32, wanted: i32, out: usize): i32 {
  let set = 0;
  let byte = 0;
  for (let i = 0; i < count; i++) {
    const one = i32((<i32>load<u8>(at) & maskBit) == wanted);
    set += one;
    byte |= one << (i & 7);
    if ((i & 7) == 7) {
      store<u8>(out + (<usize>i >> 3), <u8>byte);
      byte = 0;
    }
    at += stride;
  }
  if ((count & 7) != 0) store<u8>(out + (<usize>count >> 3), <u8>byte);
  return set;
}
