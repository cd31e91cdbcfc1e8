// Checked arithmetic. A step of 0 means that a side is one constant, 1 that it is a column. Rows where the
// operation cannot be done are looked for only if there are any, and only count where `validity` says so:
// with `lenient` they lose their validity (which must then be a bitmap of our own), else the first of them is
// returned. -1 means that all is well.
import { bit, clearBit, valid } from './bits';

const ADD = 0;
const SUB = 1;
const MUL = 2;
const DIV = 3;
const MOD = 4;

// @ts-ignore: decorator
@inline
function operate<T>(what: i32, a: T, b: T): T {
  if (what == ADD) return (a + b) as T;
  if (what == SUB) return (a - b) as T;
  if (what == MUL) return (a * b) as T;
  if (isFloat<T>()) {
    if (what == DIV) return (a / b) as T;
    return remainder<T>(a, b);
  }
  if (b == 0) return 0 as T;
  if (isSigned<T>() && b == -1) return what == DIV ? ((0 as T) - a) as T : 0 as T;
  return what == DIV ? ((a / b) as T) : ((a % b) as T);
}

// @ts-ignore: decorator
@inline
function remainder<T>(a: T, b: T): T {
  if (sizeof<T>() == 4) return NativeMathf.mod(<f32>a, <f32>b) as T;
  return NativeMath.mod(<f64>a, <f64>b) as T;
}

/** Can `what` not be done with a and b, whose wrapped result is r? */
// @ts-ignore: decorator
@inline
function fails<T>(what: i32, a: T, b: T, r: T): bool {
  if (what == DIV || what == MOD) {
    if (b == 0) return true;
    if (isFloat<T>() || !isSigned<T>() || what == MOD) return false;
    return a == (i64.MIN_VALUE as T) && b == -1;
  }
  if (isFloat<T>()) return false;
  if (isSigned<T>()) {
    if (what == ADD) return ((a ^ r) & (b ^ r)) < 0;
    if (what == SUB) return ((a ^ b) & (a ^ r)) < 0;
    if (<i64>(<i32>a) == <i64>a && <i64>(<i32>b) == <i64>b) return false;
    if (a == 0 || b == 0) return false;
    if ((a == -1 && b == (i64.MIN_VALUE as T)) || (b == -1 && a == (i64.MIN_VALUE as T))) return true;
    return ((r / b) as T) != a;
  }
  if (what == ADD) return r < a;
  if (what == SUB) return b > a;
  if (((<u64>a | <u64>b) >> 32) == 0) return false;
  return b != 0 && ((r / b) as T) != a;
}

// @ts-ignore: decorator
@inline
function arithmetic<T>(
  what: i32,
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  const aStride = aStep ? sizeof<T>() : 0;
  const bStride = bStep ? sizeof<T>() : 0;
  let failed: bool = false;
  let p = a;
  let q = b;
  let done = 0;
  // Two at a time. What might fail is only suspected here and looked at closely below: a divisor of zero, a sum whose
  // sign is neither side's, factors beyond 32 bits.
  if (sizeof<T>() == 8 && (isFloat<T>() ? what != MOD : isSigned<T>() && what <= MUL)) {
    let suspect = i64x2.splat(0);
    for (; done < length - 1; done += 2) {
      const x = aStep ? v128.load(p) : v128.load64_splat(p);
      const y = bStep ? v128.load(q) : v128.load64_splat(q);
      let r: v128;
      if (isFloat<T>()) {
        if (what == DIV) suspect = v128.or(suspect, f64x2.eq(y, f64x2.splat(0)));
        r = what == ADD ? f64x2.add(x, y) : what == SUB ? f64x2.sub(x, y) : what == MUL ? f64x2.mul(x, y) : f64x2.div(x, y);
      } else if (what == MUL) {
        const half = i64x2.splat(2147483648);
        suspect = v128.or(suspect, i64x2.shr_u(v128.or(i64x2.add(x, half), i64x2.add(y, half)), 32));
        r = i64x2.mul(x, y);
      } else {
        r = what == ADD ? i64x2.add(x, y) : i64x2.sub(x, y);
        const other = what == ADD ? v128.xor(y, r) : v128.xor(x, y);
        suspect = v128.or(suspect, i64x2.shr_u(v128.and(v128.xor(x, r), other), 63));
      }
      v128.store(out + ((<usize>done) << 3), r);
      p += aStride << 1;
      q += bStride << 1;
    }
    failed = v128.any_true(suspect);
  }
  for (let i = done; i < length; i++) {
    const x = load<T>(p);
    const y = load<T>(q);
    const r = operate<T>(what, x, y);
    failed = failed || fails<T>(what, x, y, r);
    store<T>(out + (<usize>i) * sizeof<T>(), r);
    p += aStride;
    q += bStride;
  }
  if (!failed) return -1;
  for (let i = 0; i < length; i++) {
    const x = load<T>(a + (<usize>i) * aStride);
    const y = load<T>(b + (<usize>i) * bStride);
    if (!fails<T>(what, x, y, operate<T>(what, x, y)) || !valid(validity, i)) continue;
    if (!lenient) return i;
    clearBit(validity, i);
  }
  return -1;
}

export function arithmetic_add_i64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<i64>(ADD, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_add_u64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<u64>(ADD, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_add_f32(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<f32>(ADD, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_add_f64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<f64>(ADD, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_sub_i64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<i64>(SUB, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_sub_u64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<u64>(SUB, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_sub_f32(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<f32>(SUB, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_sub_f64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<f64>(SUB, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_mul_i64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<i64>(MUL, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_mul_u64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<u64>(MUL, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_mul_f32(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<f32>(MUL, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_mul_f64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<f64>(MUL, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_div_i64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<i64>(DIV, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_div_u64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<u64>(DIV, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_div_f32(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<f32>(DIV, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_div_f64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<f64>(DIV, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_mod_i64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<i64>(MOD, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_mod_u64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<u64>(MOD, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_mod_f32(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<f32>(MOD, a, aStep, b, bStep, out, validity, length, lenient);
}

export function arithmetic_mod_f64(
  a: usize,
  aStep: i32,
  b: usize,
  bStep: i32,
  out: usize,
  validity: usize,
  length: i32,
  lenient: i32,
): i32 {
  return arithmetic<f64>(MOD, a, aStep, b, bStep, out, validity, length, lenient);
}

// One argument: what 0 is the opposite, 1 the absolute value, 2 the sign.

// @ts-ignore: decorator
@inline
function unary<T>(what: i32, x: T): T {
  if (what == 2) {
    if (isFloat<T>()) return x > 0 ? 1 as T : x < 0 ? (-1 as T) : x;
    if (!isSigned<T>()) return x == 0 ? 0 as T : 1 as T;
    return ((<i64>(x > 0)) - (<i64>(x < 0))) as T;
  }
  if (isFloat<T>()) return what == 0 ? ((-x) as T) : abs<T>(x);
  if (what == 1 && x >= 0) return x;
  return ((0 as T) - x) as T;
}

// @ts-ignore: decorator
@inline
function unaryFails<T>(what: i32, x: T): bool {
  if (isFloat<T>() || what == 2) return false;
  if (isSigned<T>()) return x == (i64.MIN_VALUE as T);
  return what == 0 && x != 0;
}

// @ts-ignore: decorator
@inline
function unaries<T>(what: i32, a: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  let failed: bool = false;
  for (let i = 0; i < length; i++) {
    const x = load<T>(a + (<usize>i) * sizeof<T>());
    failed = failed || unaryFails<T>(what, x);
    store<T>(out + (<usize>i) * sizeof<T>(), unary<T>(what, x));
  }
  if (!failed) return -1;
  for (let i = 0; i < length; i++) {
    if (!unaryFails<T>(what, load<T>(a + (<usize>i) * sizeof<T>())) || !valid(validity, i)) continue;
    if (!lenient) return i;
    clearBit(validity, i);
  }
  return -1;
}

export function arithmetic_neg_i64(a: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return unaries<i64>(0, a, out, validity, length, lenient);
}

export function arithmetic_neg_u64(a: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return unaries<u64>(0, a, out, validity, length, lenient);
}

export function arithmetic_neg_f32(a: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return unaries<f32>(0, a, out, validity, length, lenient);
}

export function arithmetic_neg_f64(a: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return unaries<f64>(0, a, out, validity, length, lenient);
}

export function arithmetic_abs_i64(a: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return unaries<i64>(1, a, out, validity, length, lenient);
}

export function arithmetic_abs_u64(a: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return unaries<u64>(1, a, out, validity, length, lenient);
}

export function arithmetic_abs_f32(a: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return unaries<f32>(1, a, out, validity, length, lenient);
}

export function arithmetic_abs_f64(a: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return unaries<f64>(1, a, out, validity, length, lenient);
}

export function arithmetic_sign_i64(a: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return unaries<i64>(2, a, out, validity, length, lenient);
}

export function arithmetic_sign_u64(a: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return unaries<u64>(2, a, out, validity, length, lenient);
}

export function arithmetic_sign_f32(a: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return unaries<f32>(2, a, out, validity, length, lenient);
}

export function arithmetic_sign_f64(a: usize, out: usize, validity: usize, length: i32, lenient: i32): i32 {
  return unaries<f64>(2, a, out, validity, length, lenient);
}

