// Runs of decimal digits, eight at a time (the multiply-and-shift of Daniel Lemire's and others' SWAR parsing).

/** The number that `length` digits, 1 to 8, spell; -1 if one of them is not a digit. */
// @ts-ignore: decorator
@inline
export function digits8(at: usize, length: i32): i64 {
  // Loaded so that the last digit is the highest byte; what lies before the text is shifted out.
  const shift = <u64>((8 - length) << 3);
  const word = ((load<u64>(at + length - 8) ^ 0x3030303030303030) >> shift) << shift;
  if (((word | (word + 0x7676767676767676)) & 0x8080808080808080) != 0) return -1;
  const pairs = (word * 2561) >> 8;
  const fours = ((pairs & 0x00ff00ff00ff00ff) * 6553601) >> 16;
  return <i64>(((fours & 0x0000ffff0000ffff) * 42949672960001) >> 32);
}

/** The same for 1 to 16 digits. */
// @ts-ignore: decorator
@inline
export function digits16(at: usize, length: i32): i64 {
  if (length <= 8) return digits8(at, length);
  const high = digits8(at, length - 8);
  const low = digits8(at + length - 8, 8);
  return (high | low) < 0 ? -1 : high * 100000000 + low;
}

/** The same for 1 to 19 digits, as an unsigned number: -1, which no 19 digits spell, if one is not a digit. */
export function digits19(at: usize, length: i32): i64 {
  if (length <= 16) return digits16(at, length);
  const high = digits8(at, length - 16);
  const low = digits16(at + length - 16, 16);
  return (high | low) < 0 ? -1 : high * 10000000000000000 + low;
}

/** Exactly two digits; -1 if they are not. */
// @ts-ignore: decorator
@inline
export function digits2(at: usize): i32 {
  const tens = <u32>load<u8>(at) - 48;
  const ones = <u32>load<u8>(at, 1) - 48;
  return tens > 9 || ones > 9 ? -1 : <i32>(tens * 10 + ones);
}
