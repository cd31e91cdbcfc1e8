// LZ4 blocks (Yann Collet, "LZ4 Block Format Description", 2022): literals and matches in turn.

/** The length that follows a full nibble: bytes of 255 and one less are added. `at` is left to the caller to move. */
// @ts-ignore: decorator
@inline
function lengthBytes(at: usize, end: usize): usize {
  let bytes: usize = 1;
  while (at + bytes <= end && load<u8>(at + bytes - 1) == 255) bytes++;
  return bytes;
}

/**
 * Unpacks the block [data, end) to `out`; matches may reach back to `first`, where the output began. Returns
 * where the output ends, or 0 if the block is damaged or holds more than fits before `limit`.
 */
export function lz4_block(data: usize, end: usize, out: usize, first: usize, limit: usize): usize {
  while (data < end) {
    const token = load<u8>(data++);
    let literals = <usize>(token >> 4);
    if (literals == 15) {
      const bytes = lengthBytes(data, end);
      if (data + bytes > end) return 0;
      literals += (bytes - 1) * 255 + <usize>load<u8>(data + bytes - 1);
      data += bytes;
    }
    if (literals > end - data || literals > limit - out) return 0;
    memory.copy(out, data, literals);
    data += literals;
    out += literals;
    // The last sequence has no match.
    if (data == end) return out;
    if (data + 2 > end) return 0;
    const distance = <usize>load<u16>(data);
    data += 2;
    let length = <usize>(token & 15) + 4;
    if (length == 19) {
      const bytes = lengthBytes(data, end);
      if (data + bytes > end) return 0;
      length += (bytes - 1) * 255 + <usize>load<u8>(data + bytes - 1);
      data += bytes;
    }
    if (distance == 0 || distance > out - first || length > limit - out) return 0;
    if (distance >= length) {
      memory.copy(out, out - distance, length);
    } else {
      // The match overlaps what it writes.
      for (let i: usize = 0; i < length; i++) store<u8>(out + i, load<u8>(out - distance + i));
    }
    out += length;
  }
  return out;
}
