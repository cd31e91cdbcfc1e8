// Values as text: each writer puts the text at `out` and returns the address after it. Writers store whole
// words, so up to 32 bytes behind the text are overwritten: who calls them has so much room at the end.
// Helpers of kernels, not kernels.
import { decimalExponent, shortestF32, shortestF64 } from './shortest';

const zeros: u64 = 0x3030303030303030;

/** The eight digits of `value` < 10^8, one a byte, the first in the lowest; add `zeros` to make them text. */
// @ts-ignore: decorator
@inline
function eightDigits(value: u32): u64 {
  const high = value / 10000;
  let digits = <u64>high | (<u64>(value - high * 10000) << 32);
  const hundreds = ((digits * 5243) >> 19) & 0x0000007f0000007f;
  digits = hundreds | ((digits - hundreds * 100) << 16);
  const tens = ((digits * 103) >> 10) & 0x000f000f000f000f;
  return tens | ((digits - tens * 10) << 8);
}

/** Below 10^8, without leading zeros. */
// @ts-ignore: decorator
@inline
function writeShort(out: usize, value: u32): usize {
  if (value < 10) {
    store<u8>(out, 48 + value);
    return out + 1;
  }
  const digits = eightDigits(value);
  const leading = ctz(digits) >> 3;
  store<u64>(out, (digits | zeros) >> (leading << 3));
  return out + 8 - <usize>leading;
}

// @ts-ignore: decorator
@inline
export function writeU32(out: usize, value: u32): usize {
  if (value < 100000000) return writeShort(out, value);
  const high = value / 100000000;
  const end = writeShort(out, high);
  store<u64>(end, eightDigits(value - high * 100000000) | zeros);
  return end + 8;
}

// @ts-ignore: decorator
@inline
export function writeU64(out: usize, value: u64): usize {
  return value < 4294967296 ? writeU32(out, <u32>value) : writeWide(out, value);
}

function writeWide(out: usize, value: u64): usize {
  const high = value / 100000000;
  let end: usize;
  if (high < 4294967296) end = writeU32(out, <u32>high);
  else {
    const top = high / 100000000;
    end = writeU32(out, <u32>top);
    store<u64>(end, eightDigits(<u32>(high - top * 100000000)) | zeros);
    end += 8;
  }
  store<u64>(end, eightDigits(<u32>(value - high * 100000000)) | zeros);
  return end + 8;
}

// @ts-ignore: decorator
@inline
export function writeI32(out: usize, value: i32): usize {
  const negative = <i32>(value < 0);
  store<u8>(out, 45);
  return writeU32(out + negative, <u32>((value ^ -negative) + negative));
}

// @ts-ignore: decorator
@inline
export function writeI64(out: usize, value: i64): usize {
  const negative = <i64>(value < 0);
  store<u8>(out, 45);
  return writeU64(out + <usize>negative, <u64>((value ^ -negative) + negative));
}

// @ts-ignore: decorator
@inline
export function writeBool(out: usize, value: bool): usize {
  if (value) {
    store<u32>(out, 0x65757274);
    return out + 4;
  }
  store<u64>(out, 0x00000065736c6166);
  return out + 5;
}

/** Exactly two digits. */
// @ts-ignore: decorator
@inline
function writeTwo(out: usize, value: u32): usize {
  const tens = (value * 103) >> 10;
  store<u16>(out, <u16>(0x3030 | tens | ((value - tens * 10) << 8)));
  return out + 2;
}

/**
 * Floating point as JavaScript writes it (ECMA-262, Number::toString): 0.1, 100, 1e+21, 1e-7, NaN, Infinity;
 * but negative zero is -0.0, so that it reads back as itself: -0 would be taken for an integer, or a code.
 */
export function writeF64(out: usize, value: f64): usize {
  const bits = reinterpret<u64>(value);
  if ((bits & 0x7fffffffffffffff) >= 0x7ff0000000000000)
    return writeNonFinite(out, (bits & 0x000fffffffffffff) != 0, <i64>bits < 0);
  if (bits << 1 == 0) return writeZero(out, bits != 0);
  const negative = <usize>(bits >> 63);
  store<u8>(out, 45);
  const size = abs(value);
  if (size < 1e9) {
    // Most numbers are short decimals. If one of at most 15 digits reads back as the value no other does.
    const millionths = nearest(size * 1e6);
    if (millionths / 1e6 == size) return writeDecimal(out + negative, <u64>millionths, -6);
  }
  const digits = shortestF64(size);
  return writeDecimal(out + negative, digits, decimalExponent);
}

export function writeF32(out: usize, value: f32): usize {
  const bits = reinterpret<u32>(value);
  if ((bits & 0x7fffffff) >= 0x7f800000) return writeNonFinite(out, (bits & 0x007fffff) != 0, <i32>bits < 0);
  if (bits << 1 == 0) return writeZero(out, bits != 0);
  const negative = <usize>(bits >> 31);
  store<u8>(out, 45);
  const digits = shortestF32(abs(value));
  return writeDecimal(out + negative, digits, decimalExponent);
}

function writeZero(out: usize, negative: bool): usize {
  store<u32>(out, negative ? 0x302e302d : 48);
  return out + (negative ? 4 : 1);
}

function writeNonFinite(out: usize, nan: bool, negative: bool): usize {
  if (nan) {
    store<u32>(out, 0x004e614e);
    return out + 3;
  }
  store<u8>(out, 45);
  const at = out + <usize>negative;
  store<u64>(at, 0x7974696e69666e49);
  return at + 8;
}

/** digits * 10^exponent, of at most 17 digits, in JavaScript's layout. */
function writeDecimal(out: usize, digits: u64, exponent: i32): usize {
  const high = digits / 100000000;
  const top = <u32>(high / 100000000);
  const middle = eightDigits(<u32>high - top * 100000000);
  const low = eightDigits(<u32>(digits - high * 100000000));

  // The digits from the first that is not zero, eight a word.
  let count: i32;
  let w0: u64;
  let w1: u64;
  let w2: u64 = 0;
  if (top != 0) {
    count = 17;
    w0 = <u64>top | (middle << 8);
    w1 = (middle >> 56) | (low << 8);
    w2 = low >> 56;
  } else if (middle != 0) {
    const shift = ctz(middle) & 56;
    count = 16 - <i32>(shift >> 3);
    w0 = (middle >> shift) | ((low << (56 - shift)) << 8);
    w1 = low >> shift;
  } else {
    const shift = ctz(low) & 56;
    count = 8 - <i32>(shift >> 3);
    w0 = low >> shift;
    w1 = 0;
  }
  const point = count + exponent;
  let length: i32;
  if (w2 != 0) length = 17;
  else if (w1 != 0) length = 16 - (<i32>clz(w1) >> 3);
  else length = 8 - (<i32>clz(w0) >> 3);
  w0 |= zeros;
  w1 |= zeros;
  w2 |= zeros;

  if (point > 21 || point < -5) return writeExponent(out, w0, w1, w2, length, point - 1);
  if (point <= 0) {
    store<u64>(out, 0x3030303030302e30);
    out += 2 - <usize>point;
    store<u64>(out, w0);
    store<u64>(out, w1, 8);
    store<u64>(out, w2, 16);
    return out + length;
  }
  if (length <= point) {
    store<u64>(out, w0);
    store<u64>(out, w1, 8);
    store<u64>(out, w2, 16);
    return out + point;
  }
  // Opens a gap for the point behind digit `point`.
  if (point < 8) {
    const mask = ((<u64>1) << (point << 3)) - 1;
    store<u64>(out, (w0 & mask) | ((<u64>46) << (point << 3)) | ((w0 & ~mask) << 8));
    store<u64>(out, (w0 >> 56) | (w1 << 8), 8);
    store<u16>(out, <u16>((w1 >> 56) | (w2 << 8)), 16);
  } else {
    store<u64>(out, w0);
    if (point < 16) {
      const at = (point - 8) << 3;
      const mask = ((<u64>1) << at) - 1;
      store<u64>(out, (w1 & mask) | ((<u64>46) << at) | ((w1 & ~mask) << 8), 8);
      store<u16>(out, <u16>((w1 >> 56) | (w2 << 8)), 16);
    } else {
      store<u64>(out, w1, 8);
      store<u16>(out, <u16>(46 | (w2 << 8)), 16);
    }
  }
  return out + length + 1;
}

function writeExponent(out: usize, w0: u64, w1: u64, w2: u64, length: i32, exponent: i32): usize {
  let at = out + 1;
  if (length > 1) {
    store<u64>(out, w0, 1);
    store<u64>(out, w1, 9);
    store<u64>(out, w2, 17);
    store<u8>(out, 46, 1);
    store<u8>(out, <u8>w0);
    store<u8>(out, <u8>(w0 >> 8), 2);
    at = out + length + 1;
  } else store<u8>(out, <u8>w0);
  store<u16>(at, exponent < 0 ? 0x2d65 : 0x2b65);
  return writeShort(at + 2, abs(exponent));
}

/** YYYY-MM-DD in the proleptic Gregorian calendar; years outside 0 to 9999 have a sign. */
export function writeDate(out: usize, day: i32): usize {
  return writeCivil(out, <i64>day);
}

// From Howard Hinnant, "chrono-compatible low-level date algorithms": eras of 400 years that begin in March.
// @ts-ignore: decorator
@inline
function writeCivil(out: usize, day: i64): usize {
  const shifted = day + 719468;
  const era = <i32>((shifted >= 0 ? shifted : shifted - 146096) / 146097);
  const dayOfEra = <u32>(shifted - <i64>era * 146097);
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const shiftedMonth = (5 * dayOfYear + 2) / 153;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = <i32>yearOfEra + era * 400 + <i32>(month <= 2);
  let at = out;
  if (year >= 0 && year <= 9999) {
    const century = <u32>year / 100;
    at = writeTwo(writeTwo(at, century), <u32>year - century * 100);
  } else {
    store<u8>(at, year < 0 ? 45 : 43);
    const size = <u32>abs(year);
    if (size > 9999) at = writeU32(at + 1, size);
    else at = writeTwo(writeTwo(at + 1, size / 100), size % 100);
  }
  store<u8>(at, 45);
  at = writeTwo(at + 1, month);
  store<u8>(at, 45);
  return writeTwo(at + 1, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1);
}

/** YYYY-MM-DD HH:MM:SS, then the microseconds without trailing zeros if there are any. */
export function writeTimestamp(out: usize, micros: i64): usize {
  let day = micros / 86400000000;
  let rest = micros - day * 86400000000;
  if (rest < 0) {
    day -= 1;
    rest += 86400000000;
  }
  const seconds = <u32>(rest / 1000000);
  const fraction = <u32>(rest - <i64>seconds * 1000000);
  let at = writeCivil(out, day);
  const minutes = seconds / 60;
  const hours = minutes / 60;
  store<u8>(at, 32);
  at = writeTwo(at + 1, hours);
  store<u8>(at, 58);
  at = writeTwo(at + 1, minutes - hours * 60);
  store<u8>(at, 58);
  at = writeTwo(at + 1, seconds - minutes * 60);
  if (fraction == 0) return at;
  const digits = eightDigits(fraction * 100);
  store<u8>(at, 46);
  store<u64>(at, digits | zeros, 1);
  return at + 9 - <usize>(clz(digits) >> 3);
}

/** As `writeTimestamp`, with the offset of UTC, in which instants are kept. */
// @ts-ignore: decorator
@inline
export function writeInstant(out: usize, micros: i64): usize {
  const end = writeTimestamp(out, micros);
  store<u64>(end, 0x000030303a30302b);
  return end + 6;
}

/** The 128-bit integer at `value` divided by 10^scale, exactly, with `scale` digits after the point. */
export function writeDecimal128(out: usize, value: usize, scale: i32): usize {
  let low = load<u64>(value);
  let high = load<u64>(value, 8);
  let at = out;
  if (<i64>high < 0) {
    store<u8>(at, 45);
    at += 1;
    low = ~low + 1;
    high = ~high + <u64>(low == 0);
  }
  const start = at;
  // Groups of nine digits from the right; a 128-bit integer has at most five.
  let g4: u32 = 0;
  let g3: u32 = 0;
  let g2: u32 = 0;
  let g1: u32 = 0;
  let g0: u32 = 0;
  if (high == 0) {
    g2 = <u32>(low / 1000000000000000000);
    const rest = low - <u64>g2 * 1000000000000000000;
    g1 = <u32>(rest / 1000000000);
    g0 = <u32>(rest - <u64>g1 * 1000000000);
  } else {
    let l3 = high >> 32;
    let l2 = high & 0xffffffff;
    let l1 = low >> 32;
    let l0 = low & 0xffffffff;
    for (let group = 0; group < 5; group++) {
      let rest = l3 % 1000000000;
      l3 /= 1000000000;
      let part = (rest << 32) | l2;
      l2 = part / 1000000000;
      part = ((part - l2 * 1000000000) << 32) | l1;
      l1 = part / 1000000000;
      part = ((part - l1 * 1000000000) << 32) | l0;
      l0 = part / 1000000000;
      const digits = <u32>(part - l0 * 1000000000);
      if (group == 0) g0 = digits;
      else if (group == 1) g1 = digits;
      else if (group == 2) g2 = digits;
      else if (group == 3) g3 = digits;
      else g4 = digits;
    }
  }
  let open = scale >= 36 || g4 != 0;
  if (open) at = writeNine(at, g4);
  open = open || scale >= 27 || g3 != 0;
  if (open) at = writeNine(at, g3);
  open = open || scale >= 18 || g2 != 0;
  if (open) at = writeNine(at, g2);
  open = open || scale >= 9 || g1 != 0;
  if (open) at = writeNine(at, g1);
  at = writeNine(at, g0);
  // All digits stand there, with zeros in front; keep `scale` + 1 of them at least.
  let first = start;
  const least = at - <usize>(scale + 1);
  while (first < least && load<u8>(first) == 48) first++;
  const length = at - first;
  if (first != start) memory.copy(start, first, length);
  if (scale == 0) return start + length;
  const point = start + length - <usize>scale;
  memory.copy(point + 1, point, scale);
  store<u8>(point, 46);
  return start + length + 1;
}

/** Exactly nine digits. */
// @ts-ignore: decorator
@inline
function writeNine(out: usize, value: u32): usize {
  const top = value / 100000000;
  store<u8>(out, 48 + top);
  store<u64>(out, eightDigits(value - top * 100000000) | zeros, 1);
  return out + 9;
}
