// Mathematics in f64. No argument is an error; what has no value is NaN.

export function math_sqrt(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, sqrt<f64>(x));
  }
}

export function math_cbrt(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, NativeMath.cbrt(x));
  }
}

export function math_exp(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, NativeMath.exp(x));
  }
}

export function math_ln(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, NativeMath.log(x));
  }
}

export function math_log10(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, NativeMath.log10(x));
  }
}

export function math_log2(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, NativeMath.log2(x));
  }
}

export function math_sin(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, NativeMath.sin(x));
  }
}

export function math_cos(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, NativeMath.cos(x));
  }
}

export function math_tan(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, NativeMath.tan(x));
  }
}

export function math_asin(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, NativeMath.asin(x));
  }
}

export function math_acos(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, NativeMath.acos(x));
  }
}

export function math_atan(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, NativeMath.atan(x));
  }
}

export function math_degrees(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, x * (180.0 / NativeMath.PI));
  }
}

export function math_radians(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    store<f64>(out + i, x * (NativeMath.PI / 180.0));
  }
}

/** A step of 0 means that a side is one constant. */
export function math_power(a: usize, aStep: i32, b: usize, bStep: i32, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    const x = load<f64>(a + ((i * aStep) << 3));
    store<f64>(out + (i << 3), NativeMath.pow(x, load<f64>(b + ((i * bStep) << 3))));
  }
}

/** A step of 0 means that a side is one constant. */
export function math_atan2(a: usize, aStep: i32, b: usize, bStep: i32, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    const x = load<f64>(a + ((i * aStep) << 3));
    store<f64>(out + (i << 3), NativeMath.atan2(x, load<f64>(b + ((i * bStep) << 3))));
  }
}

export function math_ceil_f32(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length * sizeof<f32>(); i += sizeof<f32>()) {
    const x = load<f32>(data + i);
    store<f32>(out + i, ceil<f32>(x));
  }
}

export function math_ceil_f64(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length * sizeof<f64>(); i += sizeof<f64>()) {
    const x = load<f64>(data + i);
    store<f64>(out + i, ceil<f64>(x));
  }
}

export function math_floor_f32(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length * sizeof<f32>(); i += sizeof<f32>()) {
    const x = load<f32>(data + i);
    store<f32>(out + i, floor<f32>(x));
  }
}

export function math_floor_f64(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length * sizeof<f64>(); i += sizeof<f64>()) {
    const x = load<f64>(data + i);
    store<f64>(out + i, floor<f64>(x));
  }
}

export function math_trunc_f32(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length * sizeof<f32>(); i += sizeof<f32>()) {
    const x = load<f32>(data + i);
    store<f32>(out + i, trunc<f32>(x));
  }
}

export function math_trunc_f64(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length * sizeof<f64>(); i += sizeof<f64>()) {
    const x = load<f64>(data + i);
    store<f64>(out + i, trunc<f64>(x));
  }
}

export function math_round_f32(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length * sizeof<f32>(); i += sizeof<f32>()) {
    const x = load<f32>(data + i);
    store<f32>(out + i, <f32>away(x));
  }
}

export function math_round_f64(data: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>length * sizeof<f64>(); i += sizeof<f64>()) {
    const x = load<f64>(data + i);
    store<f64>(out + i, away(x));
  }
}

/** The nearest whole number, halves away from zero. */
// @ts-ignore: decorator
@inline
function away(x: f64): f64 {
  const whole = trunc<f64>(x);
  return abs<f64>(x - whole) >= 0.5 ? whole + copysign<f64>(1.0, x) : whole;
}

/**
 * Rounds to `digits` after the point, whose power of ten is `unit` (of -digits, where that is positive). The
 * product may miss a half by its rounding; the nearest double to the decimal text is then one unit off.
 */
export function math_round_to_f64(data: usize, out: usize, length: i32, digits: i32, unit: f64): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<f64>(data + i);
    const scaled = digits >= 0 ? x * unit : x / unit;
    const whole = away(scaled);
    const rounded = digits >= 0 ? whole / unit : whole * unit;
    // Too large to have such digits, or not finite.
    store<f64>(out + i, abs<f64>(scaled) < 4503599627370496.0 ? rounded : x);
  }
}

/** Rounds integers to a multiple of `unit`. */
export function math_round_to_i64(data: usize, out: usize, length: i32, unit: f64): void {
  const by = <i64>unit;
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const x = load<i64>(data + i);
    const rest = x % by;
    const cut = x - rest;
    const up = (rest < 0 ? -rest : rest) >= by - (rest < 0 ? -rest : rest);
    store<i64>(out + i, up && rest != 0 ? cut + (x < 0 ? -by : by) : cut);
  }
}

/** Bits of the rows that are not a number. */
export function math_is_nan(data: usize, out: usize, length: i32): void {
  for (let i = 0; i < length; i += 8) {
    let byte = 0;
    const upTo = min(8, length - i);
    for (let j = 0; j < upTo; j++) {
      const x = load<f64>(data + ((<usize>(i + j)) << 3));
      byte |= (<i32>(x != x)) << j;
    }
    store<u8>(out + (i >> 3), <u8>byte);
  }
}

export function math_is_finite(data: usize, out: usize, length: i32): void {
  for (let i = 0; i < length; i += 8) {
    let byte = 0;
    const upTo = min(8, length - i);
    for (let j = 0; j < upTo; j++) {
      const x = load<f64>(data + ((<usize>(i + j)) << 3));
      byte |= (<i32>(abs<f64>(x) < Infinity)) << j;
    }
    store<u8>(out + (i >> 3), <u8>byte);
  }
}
