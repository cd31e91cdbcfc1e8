// The shortest decimal that reads back as the same floating point number, and the closest of those:
// Schubfach (Raffaello Giulietti, "The Schubfach way to render doubles", 2020). A helper, not a kernel.
import { firstPower, lastExactPower, powersOfTen } from './powers-of-ten';
import { multiplyHigh } from './wide';

/** The decimal exponent of the last result: value = digits * 10^exponent. */
export let decimalExponent: i32 = 0;

/** What rounds the low word of a power of ten up; it is never all ones. */
// @ts-ignore: decorator
@inline
function inexact(power: i32): u64 {
  return u64(power < 0 || power > lastExactPower);
}

/** floor(g * c / 2^128) with the lowest bit set if that is not exact. */
// @ts-ignore: decorator
@inline
function roundToOdd(high: u64, low: u64, c: u64): u64 {
  const carry = multiplyHigh(low, c);
  const below = high * c + carry;
  const above = multiplyHigh(high, c) + <u64>(below < carry);
  return above | <u64>(below > 1);
}

/** Digits of a finite number above zero, perhaps with trailing zeros; the exponent is left in `decimalExponent`. */
export function shortestF64(value: f64): u64 {
  const bits = reinterpret<u64>(value);
  const fraction = bits & 0x000fffffffffffff;
  const biased = <i32>(bits >> 52) & 0x7ff;
  let c = fraction;
  let q = -1074;
  if (biased != 0) {
    c |= 0x0010000000000000;
    q = biased - 1075;
    if (q <= 0 && q > -53 && (c & (((<u64>1) << -q) - 1)) == 0) {
      decimalExponent = 0;
      return c >> -q;
    }
  }
  // Below a power of two the numbers are twice as dense as above it.
  const closer = fraction == 0 && biased > 1;
  const odd = c & 1;
  const k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
  const h = q + ((-k * 1741647) >> 19) + 1;
  const power = powersOfTen + (<usize>(-k - firstPower) << 4);
  const high = load<u64>(power);
  const low = load<u64>(power, 8) + inexact(-k);
  const lower = roundToOdd(high, low, (4 * c - 2 + <u64>closer) << h) + odd;
  const exact = roundToOdd(high, low, (4 * c) << h);
  const upper = roundToOdd(high, low, (4 * c + 2) << h) - odd;
  return pick(lower, exact, upper, k);
}

/** As `shortestF64`, for numbers that have to read back as a 32-bit one only. */
export function shortestF32(value: f32): u64 {
  const bits = reinterpret<u32>(value);
  const fraction = bits & 0x007fffff;
  const biased = <i32>(bits >> 23) & 0xff;
  let c = <u64>fraction;
  let q = -149;
  if (biased != 0) {
    c |= 0x00800000;
    q = biased - 150;
    if (q <= 0 && q > -24 && (c & (((<u64>1) << -q) - 1)) == 0) {
      decimalExponent = 0;
      return c >> -q;
    }
  }
  const closer = fraction == 0 && biased > 1;
  const odd = c & 1;
  const k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
  const h = q + ((-k * 1741647) >> 19) + 1;
  const power = powersOfTen + (<usize>(-k - firstPower) << 4);
  const g = load<u64>(power) + <u64>(load<u64>(power, 8) + inexact(-k) != 0);
  const lower = roundToOddNarrow(g, (4 * c - 2 + <u64>closer) << h) + odd;
  const exact = roundToOddNarrow(g, (4 * c) << h);
  const upper = roundToOddNarrow(g, (4 * c + 2) << h) - odd;
  return pick(lower, exact, upper, k);
}

/** floor(g * c / 2^64) of a 32-bit `c`, with the lowest bit set if that is not exact. */
// @ts-ignore: decorator
@inline
function roundToOddNarrow(g: u64, c: u64): u64 {
  const product = (g >> 32) * c + (((g & 0xffffffff) * c) >> 32);
  return (product >> 32) | <u64>((product & 0xffffffff) > 1);
}

/** The shortest decimal between the bounds (all three are in quarters of 10^k), the closest to `exact` of several. */
// @ts-ignore: decorator
@inline
function pick(lower: u64, exact: u64, upper: u64, k: i32): u64 {
  const s = exact >> 2;
  if (s >= 10) {
    const tenth = s / 10;
    const under = lower <= 40 * tenth;
    const over = 40 * tenth + 40 <= upper;
    if (under != over) {
      decimalExponent = k + 1;
      return tenth + <u64>over;
    }
  }
  decimalExponent = k;
  const under = lower <= 4 * s;
  const over = 4 * s + 4 <= upper;
  if (under != over) return s + <u64>over;
  const middle = 4 * s + 2;
  return s + <u64>(exact > middle || (exact == middle && (s & 1) != 0));
}
