// Doubles and floats, correctly rounded: [+-] digits [. digits] [e [+-] digits], or inf, infinity, nan in any case.
// Digits are needed on one side of the point at least. What would overflow to infinity or vanish to zero is bad.
//
//   up to 2^53 and 10^±22: one exact multiplication or division (Clinger, "How to read floating point
//     numbers accurately", 1990);
//   up to 19 digits: the 128-bit product with a power of five, always decided (Lemire, "Number Parsing at a
//     Gigabyte per Second", 2021; Mushtak and Lemire, "Fast Number Parsing Without Fallback", 2023);
//   more digits: the number lies between its first 19 digits and the next above; where both round to the
//     same double it is decided, else not.
import { badText, setFault, undecidedText } from './parse-fault';
import { digits8 } from './parse-digits';
import { firstPower, powersOfTen } from './powers-of-ten';
import { multiplyHigh } from './wide';

const exactTens: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
  1e20, 1e21, 1e22,
]);

const wholeTens: usize = memory.data<u64>([1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000]);

/** Any number but zero times a higher power of ten is infinite. */
const largestExponent = 308;

// @ts-ignore: decorator
@inline
export function parseF64(at: usize, length: i32): f64 {
  const value = parsePlainF64(at, length);
  return value == value ? value : anyFloat<f64>(at, length);
}

/** The common shape, [-] 1 to 8 digits, point, 1 to 8 digits, without needless leading zero; NaN if it is not that. */
// @ts-ignore: decorator
@inline
export function parsePlainF64(at: usize, length: i32): f64 {
  const minus = <i32>(load<u8>(at) == 45);
  const text = at + minus;
  const digits = length - minus;
  if (<u32>(digits - 3) > 13) return NaN;
  const points =
    <u32>i8x16.bitmask(i8x16.eq(v128.load(text + digits - 16), i8x16.splat(46 /* . */))) >> (16 - digits);
  const whole = <i32>ctz<u32>(points);
  const places = digits - whole - 1;
  if (<u32>(whole - 1) > 7 || <u32>(places - 1) > 7) return NaN;
  const high = digits8(text, whole);
  const low = digits8(text + whole + 1, places);
  if ((high | low) < 0 || (whole > 1 && load<u8>(text) == 48)) return NaN;
  const scaled = high * <i64>load<u64>(wholeTens + (<usize>places << 3)) + low;
  if (scaled > 1 << 53) return NaN;
  const value = <f64>scaled / load<f64>(exactTens + (<usize>places << 3));
  return minus != 0 ? -value : value;
}

// @ts-ignore: decorator
@inline
export function parseF32(at: usize, length: i32): f32 {
  return anyFloat<f32>(at, length);
}

function anyFloat<T>(at: usize, length: i32): T {
  const end = at + length;
  let negative = false;
  if (at < end && (load<u8>(at) == 45 || load<u8>(at) == 43)) {
    negative = load<u8>(at) == 45;
    at++;
  }
  if (at < end && load<u8>(at) > 57) return named<T>(at, <i32>(end - at), negative);

  let mantissa: u64 = 0;
  let kept = 0; // significant digits in the mantissa, at most 19
  let dropped = false; // whether a digit that was not kept is not zero
  let exponent = 0;
  let digits = 0;
  let fraction = false;
  for (; at < end; at++) {
    const c = load<u8>(at);
    const digit = <u32>c - 48;
    if (digit > 9) {
      if (c != 46 /* . */ || fraction) break;
      fraction = true;
      continue;
    }
    digits++;
    if (kept < 19) {
      mantissa = mantissa * 10 + digit;
      if (mantissa != 0) kept++;
      if (fraction) exponent--;
    } else {
      if (digit != 0) dropped = true;
      if (!fraction) exponent++;
    }
  }
  if (digits == 0) return bad<T>();
  if (at < end) {
    if ((load<u8>(at) | 32) != 101 /* e */) return bad<T>();
    at++;
    let down = false;
    if (at < end && (load<u8>(at) == 45 || load<u8>(at) == 43)) {
      down = load<u8>(at) == 45;
      at++;
    }
    if (at == end) return bad<T>();
    let power = 0;
    for (; at < end; at++) {
      const digit = <u32>load<u8>(at) - 48;
      if (digit > 9) return bad<T>();
      if (power < 100000000) power = power * 10 + digit;
    }
    exponent += down ? -power : power;
  }

  const value = nearest<T>(mantissa, exponent);
  if (dropped && nearest<T>(mantissa + 1, exponent) != value) {
    setFault(undecidedText);
    return <T>0;
  }
  if (value == <T>Infinity || (value == 0 && mantissa != 0)) return bad<T>();
  return negative ? -value : value;
}

/** mantissa * 10^exponent, rounded to the nearest, ties to even; infinity and zero where it is out of range. */
function nearest<T>(mantissa: u64, exponent: i32): T {
  if (sizeof<T>() == 8 && mantissa <= 1 << 53 && exponent >= -22 && exponent <= 22) {
    const whole = <f64>mantissa;
    return <T>(exponent < 0
      ? whole / load<f64>(exactTens + (<usize>-exponent << 3))
      : whole * load<f64>(exactTens + (<usize>exponent << 3)));
  }
  // The parameters of the format: stored bits of the mantissa, bias, the exponents at which ties can occur.
  const bits = sizeof<T>() == 8 ? 52 : 23;
  const bias = sizeof<T>() == 8 ? 1023 : 127;
  const infinite = sizeof<T>() == 8 ? 0x7ff : 0xff;
  const leastTie = sizeof<T>() == 8 ? -4 : -17;
  const mostTie = sizeof<T>() == 8 ? 23 : 10;

  if (mantissa == 0 || exponent < firstPower) return <T>0;
  if (exponent > largestExponent) return <T>Infinity;
  const zeros = <i32>clz<u64>(mantissa);
  const w = mantissa << zeros;
  const entry = powersOfTen + (<usize>(exponent - firstPower) << 4);
  let high = multiplyHigh(w, load<u64>(entry));
  let low = w * load<u64>(entry);
  const undecided = (<u64>-1) >> (bits + 3);
  if ((high & undecided) == undecided) {
    // The bits that decide the rounding are all ones: add what the lower half of the power contributes.
    // Lemire's tables round the few powers up whose inverse 64 bits hold.
    const more = multiplyHigh(w, load<u64>(entry, 8) + u64(exponent < 0 && exponent >= -27));
    low += more;
    if (low < more) high++;
  }
  const top = <i32>(high >> 63);
  const shift = top + 64 - bits - 3;
  let m = high >> shift;
  // floor(log2(10^exponent)) + 63 by a fixed-point log2(10), exact in this range.
  let power = ((217706 * exponent) >> 16) + 63 + top - zeros + bias;
  if (power <= 0) {
    if (1 - power >= 64) return <T>0;
    m >>= 1 - power;
    m = (m + (m & 1)) >> 1;
    power = m < (<u64>1 << bits) ? 0 : 1;
    return compose<T>(m & ((<u64>1 << bits) - 1), power);
  }
  // Exactly halfway: to even.
  if (low <= 1 && exponent >= leastTie && exponent <= mostTie && (m & 3) == 1 && m << shift == high) m &= ~(<u64>1);
  m = (m + (m & 1)) >> 1;
  if (m >= <u64>2 << bits) {
    m = <u64>1 << bits;
    power++;
  }
  if (power >= infinite) return <T>Infinity;
  return compose<T>(m & ~(<u64>1 << bits), power);
}

// @ts-ignore: decorator
@inline
function compose<T>(mantissa: u64, power: i32): T {
  if (sizeof<T>() == 8) return <T>reinterpret<f64>(mantissa | (<u64>power << 52));
  return <T>reinterpret<f32>(<u32>mantissa | (<u32>power << 23));
}

function named<T>(at: usize, length: i32, negative: bool): T {
  if (length == 3 || length == 8) {
    const word = (<u32>load<u8>(at) | (<u32>load<u8>(at, 1) << 8) | (<u32>load<u8>(at, 2) << 16)) | 0x202020;
    if (word == 0x6e616e /* nan */ && length == 3) return <T>NaN;
    if (word == 0x666e69 /* inf */) {
      if (length == 3 || (load<u64>(at) | 0x2020202020202020) == 0x7974696e69666e69 /* infinity */)
        return negative ? <T>-Infinity : <T>Infinity;
    }
  }
  return bad<T>();
}

// @ts-ignore: decorator
@inline
function bad<T>(): T {
  setFault(badText);
  return <T>0;
}
