// Is it UTF-8? By the table of well-formed sequences of the Unicode standard (3.9, table 3-7).

/** Whether all bytes are below 128. */
// @ts-ignore: decorator
@inline
export function isAscii(at: usize, length: i32): bool {
  let seen = i64x2.splat(0);
  let i = 0;
  for (; i + 16 <= length; i += 16) seen = v128.or(seen, v128.load(at + i));
  let rest: u8 = 0;
  for (; i < length; i++) rest |= load<u8>(at + i);
  return i8x16.bitmask(seen) == 0 && rest < 128;
}

export function isUtf8(at: usize, length: i32): bool {
  if (isAscii(at, length)) return true;
  const end = at + length;
  while (at < end) {
    const first = load<u8>(at++);
    if (first < 0x80) continue;
    // The second byte has a range of its own after e0, ed, f0 and f4; all others are 80 to bf.
    let more = 0;
    let least: u8 = 0x80;
    let most: u8 = 0xbf;
    if (first >= 0xc2 && first <= 0xdf) {
      more = 1;
    } else if (first >= 0xe0 && first <= 0xef) {
      more = 2;
      if (first == 0xe0) least = 0xa0;
      else if (first == 0xed) most = 0x9f;
    } else if (first >= 0xf0 && first <= 0xf4) {
      more = 3;
      if (first == 0xf0) least = 0x90;
      else if (first == 0xf4) most = 0x8f;
    } else {
      return false;
    }
    if (<usize>more > end - at) return false;
    const second = load<u8>(at++);
    if (second < least || second > most) return false;
    for (; more > 1; more--) if ((load<u8>(at++) & 0xc0) != 0x80) return false;
  }
  return true;
}
