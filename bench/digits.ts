/** Numbers as db-benchmark's files have them, written into a block of bytes; each returns the position after it. */

/** Decimal digits of a whole number, padded with zeros to `width`. */
export function digits(block: Buffer, at: number, value: number, width: number): number {
  let length = width;
  for (let power = 10 ** width; value >= power; power *= 10) length++;
  let rest = value;
  for (let i = at + length - 1; i >= at; i--) {
    const tenth = Math.floor(rest / 10);
    block[i] = 0x30 + rest - tenth * 10;
    rest = tenth;
  }
  return at + length;
}

/** Millionths as R's fwrite prints a double: no trailing zeros, no point without a fraction. */
export function fraction(block: Buffer, at: number, millionths: number): number {
  const whole = Math.floor(millionths / 1e6);
  let end = digits(block, at, whole, 1);
  const rest = millionths - whole * 1e6;
  if (rest === 0) return end;
  block[end] = 0x2e;
  end = digits(block, end + 1, rest, 6);
  while (block[end - 1] === 0x30) end--;
  return end;
}

/** 1e7, 2e5: how the files name their sizes. */
export function countName(n: number): string {
  return n.toExponential().replace('+', '');
}
