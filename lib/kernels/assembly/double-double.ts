// Unevaluated sums hi + lo of two doubles: about 106 bits. Sums kept so do not depend, after rounding, on
// the order of their terms. TwoSum is Knuth's, the product's error Dekker's (there is no fused
// multiply-add). Helpers of kernels; where two results are needed, they are left in `hi` and `lo`.

export let hi: f64 = 0;
export let lo: f64 = 0;

/** a + b - s exactly, where s is the rounded sum. */
// @ts-ignore: decorator
@inline
export function sumError(a: f64, b: f64, s: f64): f64 {
  const part = s - a;
  return a - (s - part) + (b - part);
}

/** a * b - p exactly, where p is the rounded product and nothing overflows. */
// @ts-ignore: decorator
@inline
export function productError(a: f64, b: f64, p: f64): f64 {
  const scaledA = a * 134217729;
  const highA = scaledA - (scaledA - a);
  const lowA = a - highA;
  const scaledB = b * 134217729;
  const highB = scaledB - (scaledB - b);
  const lowB = b - highB;
  return lowA * lowB - (p - highA * highB - lowA * highB - highA * lowB);
}

/** Adds `value` to the sum at `at`. */
// @ts-ignore: decorator
@inline
export function addDouble(at: usize, value: f64): void {
  const sum = load<f64>(at);
  const next = sum + value;
  store<f64>(at, next);
  store<f64>(at, load<f64>(at, 8) + sumError(sum, value, next), 8);
}

/** Adds a * b to the sum at `at`. */
// @ts-ignore: decorator
@inline
export function addProduct(at: usize, a: f64, b: f64): void {
  const product = a * b;
  const sum = load<f64>(at);
  const next = sum + product;
  store<f64>(at, next);
  store<f64>(at, load<f64>(at, 8) + (sumError(sum, product, next) + productError(a, b, product)), 8);
}

/** Adds the sum at `from` to the sum at `at`. */
// @ts-ignore: decorator
@inline
export function addSum(at: usize, from: usize): void {
  const low = load<f64>(from, 8);
  addDouble(at, load<f64>(from));
  store<f64>(at, load<f64>(at, 8) + low, 8);
}

/** The sum at `at`, rounded. Once infinite or not a number, the low part means nothing. */
// @ts-ignore: decorator
@inline
export function rounded(at: usize): f64 {
  const high = load<f64>(at);
  return isFinite<f64>(high) ? high + load<f64>(at, 8) : high;
}

export function set(high: f64, low: f64): void {
  const sum = high + low;
  // Of an infinite value, or one whose error overflowed, the high part is all there is to know.
  if (!isFinite<f64>(sum)) {
    hi = high;
    lo = 0;
    return;
  }
  hi = sum;
  lo = sumError(high, low, sum);
}

export function setSum(at: usize): void {
  set(load<f64>(at), load<f64>(at, 8));
}

/** The signed integer high * 2^64 + low, to 106 bits. */
export function setInteger(high: i64, low: u64): void {
  set(<f64>(high >> 32) * 79228162514264337593543950336.0, <f64>(high & 0xffffffff) * 18446744073709551616.0);
  add(<f64>(low >> 32) * 4294967296.0, 0);
  add(<f64>(low & 0xffffffff), 0);
}

/** (hi, lo) += (high, low) */
export function add(high: f64, low: f64): void {
  const sum = hi + high;
  set(sum, sumError(hi, high, sum) + (lo + low));
}

/** (hi, lo) *= (high, low) */
export function multiply(high: f64, low: f64): void {
  const product = hi * high;
  set(product, productError(hi, high, product) + (hi * low + lo * high));
}

/** (hi, lo) /= divisor */
export function divide(divisor: f64): void {
  const quotient = hi / divisor;
  const back = quotient * divisor;
  const rest = hi - back - productError(quotient, divisor, back) + lo;
  set(quotient, rest / divisor);
}
