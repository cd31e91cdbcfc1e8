// Texts as JSON strings (RFC 8259): in quotes, with quotes, backslashes and control characters escaped.
import { setBit, valid } from './bits';
import { copyText, lastLoad } from './copy';

/** The bytes of texts [from, from + length) as strings; -1 past 2 GiB. `rules` is not used. */
export function json_quoted_bytes(
  rules: usize,
  data: usize,
  offsets: usize,
  validity: usize,
  from: i32,
  length: i32,
): i32 {
  const last = lastLoad();
  let bytes: i64 = 2 * <i64>length;
  for (let row = from; row < from + length; row++) {
    if (!valid(validity, row)) continue;
    const entry = offsets + (<usize>row << 2);
    const start = load<i32>(entry);
    const size = load<i32>(entry, 4) - start;
    bytes += size + <i64>escapesIn(data + start, size, last);
  }
  return bytes > i32.MAX_VALUE ? -1 : <i32>bytes;
}

/** Writes those strings to `out`; the offsets entry of `from` says where the first goes. 16 bytes more are overwritten. */
export function json_quoted(
  rules: usize,
  data: usize,
  offsets: usize,
  validity: usize,
  from: i32,
  length: i32,
  outOffsets: usize,
  out: usize,
): void {
  const last = lastLoad();
  let at = out + load<i32>(outOffsets + (<usize>from << 2));
  for (let row = from; row < from + length; row++) {
    if (valid(validity, row)) {
      const entry = offsets + (<usize>row << 2);
      const start = load<i32>(entry);
      const size = load<i32>(entry, 4) - start;
      store<u8>(at++, 34);
      if (escapesIn(data + start, size, last) == 0) {
        copyText(at, data + start, size, last);
        at += size;
      } else at = writeEscaped(at, data + start, size);
      store<u8>(at++, 34);
    }
    store<i32>(outOffsets + (<usize>row << 2), <i32>(at - out), 4);
  }
}

/** Bit i is set where value i is neither null nor NaN nor infinite: JSON has no words for those. */
export function json_finite_f64(data: usize, validity: usize, length: i32, out: usize): void {
  memory.fill(out, 0, (length + 7) >> 3);
  for (let i = 0; i < length; i++) {
    const finite = (load<u64>(data + (<usize>i << 3)) & 0x7ff0000000000000) != 0x7ff0000000000000;
    if (finite && valid(validity, i)) setBit(out, i);
  }
}

export function json_finite_f32(data: usize, validity: usize, length: i32, out: usize): void {
  memory.fill(out, 0, (length + 7) >> 3);
  for (let i = 0; i < length; i++) {
    const finite = (load<u32>(data + (<usize>i << 2)) & 0x7f800000) != 0x7f800000;
    if (finite && valid(validity, i)) setBit(out, i);
  }
}

/** How many bytes escaping adds. */
// @ts-ignore: decorator
@inline
function escapesIn(text: usize, size: i32, last: usize): i32 {
  if (size <= 16 && text <= last) {
    const bytes = v128.load(text);
    const special = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, i8x16.splat(34)), i8x16.eq(bytes, i8x16.splat(92))),
        i8x16.lt_u(bytes, i8x16.splat(32)),
      ),
    );
    if ((special & ((1 << size) - 1)) == 0) return 0;
  }
  return countEscapes(text, size);
}

function countEscapes(text: usize, size: i32): i32 {
  let extra = 0;
  for (let i = 0; i < size; i++) {
    const byte = load<u8>(text + i);
    if (byte < 32) extra += shortEscape(byte) == 0 ? 5 : 1;
    else if (byte == 34 || byte == 92) extra++;
  }
  return extra;
}

function writeEscaped(out: usize, text: usize, size: i32): usize {
  let at = out;
  for (let i = 0; i < size; i++) {
    const byte = load<u8>(text + i);
    if (byte >= 32 && byte != 34 && byte != 92) {
      store<u8>(at++, byte);
      continue;
    }
    store<u8>(at++, 92);
    const letter = byte >= 32 ? byte : shortEscape(byte);
    if (letter != 0) store<u8>(at++, letter);
    else {
      store<u32>(at, 0x30303075);
      const low = byte & 15;
      store<u8>(at, 48 + (byte >> 4), 3);
      store<u8>(at, low < 10 ? 48 + low : 87 + low, 4);
      at += 5;
    }
  }
  return at;
}

/** The letter of \b \t \n \f \r, or 0. */
// @ts-ignore: decorator
@inline
function shortEscape(byte: u8): u8 {
  if (byte == 10) return 110;
  if (byte == 9) return 116;
  if (byte == 13) return 114;
  if (byte == 8) return 98;
  return byte == 12 ? 102 : 0;
}
