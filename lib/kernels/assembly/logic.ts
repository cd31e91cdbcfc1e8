// Three-valued logic over pairs of bitmaps: values and validity (0 = all valid).

// @ts-ignore: decorator
@inline
function known(validity: usize, at: usize): v128 {
  return validity == 0 ? i64x2.splat(-1) : v128.load(validity + at);
}

/** False where one is false, null where else one is null. `outValidity` may be 0 where both validities are. */
export function logic_and(
  a: usize,
  aValidity: usize,
  b: usize,
  bValidity: usize,
  out: usize,
  outValidity: usize,
  length: i32,
): void {
  for (let i: usize = 0; i < <usize>((length + 7) >> 3); i += 16) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const xKnown = known(aValidity, i);
    const yKnown = known(bValidity, i);
    const isTrue = v128.and(v128.and(x, xKnown), v128.and(y, yKnown));
    v128.store(out + i, isTrue);
    if (outValidity != 0) {
      const isFalse = v128.or(v128.andnot(xKnown, x), v128.andnot(yKnown, y));
      v128.store(outValidity + i, v128.or(isTrue, isFalse));
    }
  }
}

/** True where one is true, null where else one is null. */
export function logic_or(
  a: usize,
  aValidity: usize,
  b: usize,
  bValidity: usize,
  out: usize,
  outValidity: usize,
  length: i32,
): void {
  for (let i: usize = 0; i < <usize>((length + 7) >> 3); i += 16) {
    const x = v128.load(a + i);
    const y = v128.load(b + i);
    const xKnown = known(aValidity, i);
    const yKnown = known(bValidity, i);
    const isTrue = v128.or(v128.and(x, xKnown), v128.and(y, yKnown));
    v128.store(out + i, isTrue);
    if (outValidity != 0) {
      const isFalse = v128.and(v128.andnot(xKnown, x), v128.andnot(yKnown, y));
      v128.store(outValidity + i, v128.or(isTrue, isFalse));
    }
  }
}

export function logic_not(a: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>((length + 7) >> 3); i += 16) v128.store(out + i, v128.not(v128.load(a + i)));
}

export function logic_xor(a: usize, b: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>((length + 7) >> 3); i += 16)
    v128.store(out + i, v128.xor(v128.load(a + i), v128.load(b + i)));
}

export function logic_bitor(a: usize, b: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>((length + 7) >> 3); i += 16)
    v128.store(out + i, v128.or(v128.load(a + i), v128.load(b + i)));
}

/** a and not b */
export function logic_andnot(a: usize, b: usize, out: usize, length: i32): void {
  for (let i: usize = 0; i < <usize>((length + 7) >> 3); i += 16)
    v128.store(out + i, v128.andnot(v128.load(a + i), v128.load(b + i)));
}
