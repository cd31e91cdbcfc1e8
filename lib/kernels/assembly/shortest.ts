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
  return shortest<f64>(reinterpret<u64>(value));
}

/** As `shortestF64`, for numbers that have to read back as a 32-bit one only. */
export function shortestF32(value: f32): u64 {
  return shortest<f32>(reinterpret<u32>(value));
}

// @ts-ignore: decorator
@inline
function shortest<T>(bits: u64): u64 {
  const fractionBits: i32 = sizeof<T>() == 8 ? 52 : 23;
  const bias: i32 = sizeof<T>() == 8 ? 1075 : 150;
  const one = <u64>1 << <u64>fractionBits;
  const fraction = bits & (one - 1);
  const biased = <i32>(bits >> <u64>fractionBits);
  let c = fraction;
  let q = 1 - bias;
  if (biased != 0) {
    c |= one;
    q = biased - bias;
    if (q <= 0 && q >= -fractionBits && (c & ((<u64>1 << <u64>-q) - 1)) == 0) {
      decimalExponent = 0;
      return c >> <u64>-q;
    }
  }
  // Below a power of two the numbers are twice as dense as above it.
  const closer = fraction == 0 && biased > 1;
  const odd = c & 1;
  const k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
  const h = <u64>(q + ((-k * 1741647) >> 19) + 1);
  const power = powersOfTen + (<usize>(-k - firstPower) << 4);
  const high = load<u64>(power);
  const low = load<u64>(power, 8) + inexact(-k);
  const below = (4 * c - 2 + <u64>closer) << h;
  const above = (4 * c + 2) << h;
  if (sizeof<T>() == 8) {
    const exact = roundToOdd(high, low, (4 * c) << h);
    return pick(roundToOdd(high, low, below) + odd, exact, roundToOdd(high, low, above) - odd, k);
  }
  const g = high + <u64>(low != 0);
  const exact = roundToOddNarrow(g, (4 * c) << h);
  return pick(roundToOddNarrow(g, below) + odd, exact, roundToOddNarrow(g, above) - odd, k);
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
