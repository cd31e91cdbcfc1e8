// When may a text be taken for a number unasked? Only if no one could want its spelling back: 007, +49 and -0
// are no numbers then, and neither is a whole number that a double would round.

/** Of a text that parses as an integer: no leading zero, no plus, no minus zero. */
// @ts-ignore: decorator
@inline
export function canonicalInteger(at: usize, length: i32): bool {
  const first = load<u8>(at);
  if (first > 48) return true;
  if (first == 45 /* - */) return load<u8>(at, 1) > 48;
  return first == 48 && length == 1;
}

/** Of a text that parses as a double: no leading zero, and if it is a whole number, one that a double holds. */
// @ts-ignore: decorator
@inline
export function holdsInteger(at: usize, length: i32): bool {
  const signed = <i32>(load<u8>(at) < 46);
  if (length - signed > 1 && load<u8>(at + signed) == 48 && <u32>load<u8>(at + signed, 1) - 48 <= 9) return false;
  return length - signed <= 15 || holdsLong(at + signed, length - signed);
}

/** Whether it is no whole number, or one up to 2^53. */
function holdsLong(at: usize, length: i32): bool {
  let value: u64 = 0;
  for (let i = 0; i < length; i++) {
    const digit = <u32>load<u8>(at + i) - 48;
    if (digit > 9) return true;
    value = value * 10 + digit;
  }
  return length <= 16 && value <= 1 << 53;
}
