/** Sums of doubles without rounding: the truth that compensated sums are compared with. */

/** A finite double times 2^1074, which is whole. */
export function scaled(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const exponent = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  const size = exponent === 0 ? fraction : (fraction | 0x10000000000000n) << BigInt(exponent - 1);
  return word >> 63n === 1n ? -size : size;
}

/** numerator / denominator to the nearest double, or one of its neighbours' halves in the last of 64 bits. */
export function ratio(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return 0;
  const negative = numerator < 0n !== denominator < 0n;
  const a = numerator < 0n ? -numerator : numerator;
  const b = denominator < 0n ? -denominator : denominator;
  // So many bits that the quotient has at least 64, the last of them sticky.
  const shift = Math.max(0, b.toString(2).length - a.toString(2).length + 66);
  let quotient = (a << BigInt(shift)) / b;
  if (quotient * b !== a << BigInt(shift)) quotient |= 1n;
  const bits = quotient.toString(2).length;
  const drop = Math.max(0, bits - 66);
  let top = quotient >> BigInt(drop);
  if (top << BigInt(drop) !== quotient) top |= 1n;
  const size = Number(top) * 2 ** (drop - shift);
  return negative ? -size : size;
}

const one = 1n << 1074n;

/** Values as whole numbers of `unit`s; whole values, which are quicker, of ones. */
function wholes(lists: readonly (readonly number[])[]): { lists: bigint[][]; unit: bigint } {
  const whole = lists.every((values) => values.every(Number.isSafeInteger));
  return {
    lists: lists.map((values) => values.map(whole ? BigInt : scaled)),
    unit: whole ? 1n : one,
  };
}

const total = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

/** The sum, rounded once; NaN and infinities as in IEEE arithmetic. */
export function exactSum(values: readonly number[]): number {
  if (!values.every(Number.isFinite)) return values.reduce((sum, value) => sum + value, 0);
  const { lists, unit } = wholes([values]);
  return ratio(total(lists[0]!), unit);
}

export function exactAverage(values: readonly number[]): number {
  if (!values.every(Number.isFinite)) return exactSum(values);
  const { lists, unit } = wholes([values]);
  return ratio(total(lists[0]!), unit * BigInt(values.length));
}

/** Sum of (x - mean x)(y - mean y) over `divisor`. */
export function exactCovariance(xs: readonly number[], ys: readonly number[], divisor: number): number {
  const { lists, unit } = wholes([xs, ys]);
  const [x, y] = lists as [bigint[], bigint[]];
  const n = BigInt(xs.length);
  const xy = total(x.map((value, i) => value * y[i]!));
  return ratio(n * xy - total(x) * total(y), unit * unit * n * BigInt(divisor));
}
