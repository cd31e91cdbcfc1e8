// Conversions between numbers. Every kernel has the same arguments: rows whose value does not fit count only
// where `validity` says so; with `lenient` they lose their validity (a bitmap of our own then), else the first
// of them is returned. -1 means that all is well.
import { bit, clearBit, valid } from './bits';

/** Does x fit? Floats are rounded to the nearest whole number first, halves to the even one. */
// @ts-ignore: decorator
@inline
function fits<From, To>(x: From): bool {
  if (isFloat<To>()) return true;
  if (isFloat<From>()) {
    const whole = nearest<f64>(<f64>x);
    if (isSigned<To>()) return whole >= -9223372036854775808.0 && whole < 9223372036854775808.0;
    return whole >= 0.0 && whole < 18446744073709551616.0;
  }
  if (sizeof<From>() < 8) return true;
  if (isSigned<From>()) {
    if (isSigned<To>()) return <From>(<To>x) == x;
    if (sizeof<To>() == 8) return x >= 0;
    return x >= 0 && <From>(<To>x) == x;
  }
  return x <= (<u64>i64.MAX_VALUE as From);
}

// @ts-ignore: decorator
@inline
function converted<From, To>(x: From): To {
  if (isFloat<From>() && !isFloat<To>()) {
    const whole = nearest<f64>(<f64>x);
    if (isSigned<To>()) return <To><i64>whole;
    return <To><u64>whole;
  }
  return <To>x;
}

// @ts-ignore: decorator
@inline
function cast<From, To>(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  let all: bool = true;
  for (let i = 0; i < length; i++) {
    const x = load<From>(data + (<usize>i) * sizeof<From>());
    all = all && fits<From, To>(x);
    store<To>(out + (<usize>i) * sizeof<To>(), converted<From, To>(x));
  }
  if (all) return -1;
  for (let i = 0; i < length; i++) {
    if (fits<From, To>(load<From>(data + (<usize>i) * sizeof<From>())) || !valid(validity, i)) continue;
    if (!lenient) return i;
    clearBit(validity, i);
  }
  return -1;
}

export function cast_i8_i64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<i8, i64>(data, out, validity, length, lenient);
}

export function cast_i16_i64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<i16, i64>(data, out, validity, length, lenient);
}

/** Two at a time, up to the padded end. */
export function cast_i32_i64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  for (let i: usize = 0; i < <usize>length; i += 2)
    v128.store(out + (i << 3), i64x2.extend_low_i32x4_s(v128.load64_zero(data + (i << 2))));
  return -1;
}

export function cast_u8_i64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<u8, i64>(data, out, validity, length, lenient);
}

export function cast_u16_i64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<u16, i64>(data, out, validity, length, lenient);
}

export function cast_u32_i64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<u32, i64>(data, out, validity, length, lenient);
}

export function cast_u64_i64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<u64, i64>(data, out, validity, length, lenient);
}

export function cast_i64_i8(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<i64, i8>(data, out, validity, length, lenient);
}

export function cast_i64_i16(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<i64, i16>(data, out, validity, length, lenient);
}

export function cast_i64_i32(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<i64, i32>(data, out, validity, length, lenient);
}

export function cast_i64_u8(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<i64, u8>(data, out, validity, length, lenient);
}

export function cast_i64_u16(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<i64, u16>(data, out, validity, length, lenient);
}

export function cast_i64_u32(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<i64, u32>(data, out, validity, length, lenient);
}

export function cast_i64_u64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<i64, u64>(data, out, validity, length, lenient);
}

export function cast_i64_f64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<i64, f64>(data, out, validity, length, lenient);
}

export function cast_i8_f64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<i8, f64>(data, out, validity, length, lenient);
}

export function cast_i16_f64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<i16, f64>(data, out, validity, length, lenient);
}

/** Two at a time, up to the padded end. */
export function cast_i32_f64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  for (let i: usize = 0; i < <usize>length; i += 2)
    v128.store(out + (i << 3), f64x2.convert_low_i32x4_s(v128.load64_zero(data + (i << 2))));
  return -1;
}

export function cast_u8_f64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<u8, f64>(data, out, validity, length, lenient);
}

export function cast_u16_f64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<u16, f64>(data, out, validity, length, lenient);
}

export function cast_u32_f64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<u32, f64>(data, out, validity, length, lenient);
}

export function cast_u64_f64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<u64, f64>(data, out, validity, length, lenient);
}

export function cast_f32_f64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<f32, f64>(data, out, validity, length, lenient);
}

export function cast_f64_i64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<f64, i64>(data, out, validity, length, lenient);
}

export function cast_f64_u64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<f64, u64>(data, out, validity, length, lenient);
}

export function cast_f64_f32(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return cast<f64, f32>(data, out, validity, length, lenient);
}

export function cast_bit_i8(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  for (let i = 0; i < length; i++) store<u8>(out + i, <u8>bit(data, i));
  return -1;
}

const DAY: i64 = 86400000000;

/** Dates to timestamps. */
export function cast_date_timestamp(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  for (let i = 0; i < length; i++) {
    const days = <i64>load<i32>(data + ((<usize>i) << 2));
    store<i64>(out + ((<usize>i) << 3), days * DAY);
    if (days > 106751991 || days < -106751991) {
      if (!valid(validity, i)) continue;
      if (!lenient) return i;
      clearBit(validity, i);
    }
  }
  return -1;
}

/** Timestamps to the dates they fall on. */
export function cast_timestamp_date(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  for (let i = 0; i < length; i++) {
    const micros = load<i64>(data + ((<usize>i) << 3));
    store<i32>(out + ((<usize>i) << 2), <i32>((micros - (((micros % DAY) + DAY) % DAY)) / DAY));
  }
  return -1;
}

export function cast_i64_i128(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  for (let i = 0; i < length; i++) {
    const x = load<i64>(data + ((<usize>i) << 3));
    store<i64>(out + ((<usize>i) << 4), x);
    store<i64>(out + ((<usize>i) << 4), x >> 63, 8);
  }
  return -1;
}

export function cast_u64_i128(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  for (let i = 0; i < length; i++) {
    store<i64>(out + ((<usize>i) << 4), load<i64>(data + ((<usize>i) << 3)));
    store<i64>(out + ((<usize>i) << 4), 0, 8);
  }
  return -1;
}

/** Times `unit`, a power of ten. */
export function cast_f64_scale(data: usize, out: usize, validity: usize, length: i32, lenient: i32, unit: f64): i32 {
  for (let i = 0; i < length; i++) {
    const at = (<usize>i) << 3;
    store<f64>(out + at, load<f64>(data + at) * unit);
  }
  return -1;
}

/** From the nearest whole number. */
export function cast_f64_i128(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  for (let i = 0; i < length; i++) {
    const x = nearest<f64>(load<f64>(data + ((<usize>i) << 3)));
    const to = out + ((<usize>i) << 4);
    const size = abs<f64>(x);
    const upper = floor<f64>(size / 18446744073709551616.0);
    let low = <u64>(size - upper * 18446744073709551616.0);
    let high = <u64>upper;
    if (x < 0) {
      low = ~low + 1;
      high = ~high + <u64>(low == 0);
    }
    store<u64>(to, low);
    store<u64>(to, high, 8);
    if (abs<f64>(x) < 1e38 || !valid(validity, i)) continue;
    if (!lenient) return i;
    clearBit(validity, i);
  }
  return -1;
}

export function cast_i128_i64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  for (let i = 0; i < length; i++) {
    const from = data + ((<usize>i) << 4);
    const low = load<i64>(from);
    store<i64>(out + ((<usize>i) << 3), low);
    if (load<i64>(from, 8) == low >> 63 || !valid(validity, i)) continue;
    if (!lenient) return i;
    clearBit(validity, i);
  }
  return -1;
}

export function cast_i128_u64(data: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  for (let i = 0; i < length; i++) {
    const from = data + ((<usize>i) << 4);
    store<i64>(out + ((<usize>i) << 3), load<i64>(from));
    if (load<i64>(from, 8) == 0 || !valid(validity, i)) continue;
    if (!lenient) return i;
    clearBit(validity, i);
  }
  return -1;
}

/** The integer divided by `unit`, a power of ten. */
export function cast_i128_f64(data: usize, out: usize, length: i32, unit: f64): void {
  for (let i = 0; i < length; i++) {
    const from = data + ((<usize>i) << 4);
    let low = load<u64>(from);
    let high = load<u64>(from, 8);
    const negative = <i64>high < 0;
    if (negative) {
      low = ~low + 1;
      high = ~high + <u64>(low == 0);
    }
    const x = (<f64>high * 18446744073709551616.0 + <f64>low) / unit;
    store<f64>(out + ((<usize>i) << 3), negative ? -x : x);
  }
}

/**
 * Decimals, `shift` more digits after the point (fewer if negative: rounded, halves away from zero), in place or
 * not. A result of `precision` or more digits before the sign does not fit.
 */
export function cast_i128_shift(
  data: usize,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
  shift: i32,
  precision: i32,
): i32 {
  let mostHigh: u64 = 0;
  let mostLow: u64 = 1;
  for (let i = 0; i < precision; i++) {
    mostHigh = mostHigh * 10 + carry(mostLow);
    mostLow *= 10;
  }
  for (let i = 0; i < length; i++) {
    const from = data + ((<usize>i) << 4);
    let low = load<u64>(from);
    let high = load<u64>(from, 8);
    const negative = <i64>high < 0;
    if (negative) {
      low = ~low + 1;
      high = ~high + <u64>(low == 0);
    }
    let ok: bool = true;
    for (let n = 0; n < shift; n++) {
      if (high >= 922337203685477580) ok = false;
      high = high * 10 + carry(low);
      low *= 10;
    }
    for (let n = 0; n < -shift; n++) {
      // Long division by ten: the rest of the upper half goes down in 32-bit pieces.
      const rest = high % 10;
      high /= 10;
      const upper = (rest << 32) | (low >> 32);
      const lower = ((upper % 10) << 32) | (low & 0xffffffff);
      low = ((upper / 10) << 32) + lower / 10;
      if (n == -shift - 1 && lower % 10 >= 5) {
        low++;
        high += <u64>(low == 0);
      }
    }
    ok = ok && (high < mostHigh || (high == mostHigh && low < mostLow));
    if (negative) {
      low = ~low + 1;
      high = ~high + <u64>(low == 0);
    }
    store<u64>(out + ((<usize>i) << 4), low);
    store<u64>(out + ((<usize>i) << 4), high, 8);
    if (ok || !valid(validity, i)) continue;
    if (!lenient) return i;
    clearBit(validity, i);
  }
  return -1;
}

/** What low * 10 carries into the upper half. */
// @ts-ignore: decorator
@inline
function carry(low: u64): u64 {
  return (((low & 0xffffffff) * 10 >> 32) + (low >> 32) * 10) >> 32;
}
