// Snappy, the raw format ("Snappy compressed format description", 2011): the length, then literals and copies in turn.
import { copyMatch } from './copy';

/** Positions of the 4-byte words seen last, by their hash. */
const tableBits: u32 = 14;

// @ts-ignore: decorator
@inline
function hashOf(word: u32): usize {
  return <usize>((word * 0x1e35a7bd) >> (32 - tableBits)) << 2;
}

function literal(from: usize, end: usize, out: usize): usize {
  const size = end - from;
  if (size == 0) return out;
  const last = <u32>size - 1;
  if (last < 60) {
    store<u8>(out++, <u8>(last << 2));
  } else {
    const bytes: u32 = last < 0x100 ? 1 : last < 0x10000 ? 2 : last < 0x1000000 ? 3 : 4;
    store<u8>(out++, <u8>((59 + bytes) << 2));
    store<u32>(out, last);
    out += bytes;
  }
  memory.copy(out, from, size);
  return out + size;
}

function copies(distance: u32, length: u32, out: usize): usize {
  // At most 64 bytes a copy; none is left with fewer than 4.
  while (length >= 68) {
    store<u8>(out, (63 << 2) | 2);
    store<u16>(out, <u16>distance, 1);
    out += 3;
    length -= 64;
  }
  if (length > 64) {
    store<u8>(out, (59 << 2) | 2);
    store<u16>(out, <u16>distance, 1);
    out += 3;
    length -= 60;
  }
  if (length < 12 && distance < 2048) {
    store<u8>(out, <u8>(((distance >> 8) << 5) | ((length - 4) << 2) | 1));
    store<u8>(out, <u8>distance, 1);
    return out + 2;
  }
  store<u8>(out, <u8>(((length - 1) << 2) | 2));
  store<u16>(out, <u16>distance, 1);
  return out + 3;
}

/**
 * Packs `size` bytes to `out`, which has room for 32 more and a sixth more than that; returns how many they became.
 * `table` is room for 2^14 int32.
 */
export function snappy_pack(data: usize, size: usize, table: usize, out: usize): usize {
  let to = out;
  let rest = size;
  for (; rest >= 128; rest >>= 7) store<u8>(to++, <u8>rest | 128);
  store<u8>(to++, <u8>rest);
  memory.fill(table, 0, 4 << tableBits);
  const end = data + size;
  let done = data;
  if (size >= 16) {
    // Behind it 8 bytes can be loaded.
    const limit = end - 8;
    let misses: usize = 32;
    for (let at = data + 1; at < limit; ) {
      const word = load<u32>(at);
      const slot = table + hashOf(word);
      const before = data + <usize>load<u32>(slot);
      store<u32>(slot, <u32>(at - data));
      if (load<u32>(before) != word || at - before > 65535) {
        at += misses++ >> 5;
        continue;
      }
      misses = 32;
      to = literal(done, at, to);
      let length: usize = 4;
      while (at + length <= limit && load<u64>(before + length) == load<u64>(at + length)) length += 8;
      while (at + length < end && load<u8>(before + length) == load<u8>(at + length)) length++;
      to = copies(<u32>(at - before), <u32>length, to);
      at += length;
      done = at;
    }
  }
  return literal(done, end, to) - out;
}

/**
 * Unpacks the `size` bytes at `data` to `out`; true if that gave `full` bytes. Up to 64 bytes behind them may be
 * overwritten.
 */
export function snappy_unpack(data: usize, size: usize, out: usize, full: usize): bool {
  const end = data + size;
  let length: u64 = 0;
  for (let shift: u64 = 0; ; shift += 7) {
    if (data == end || shift > 28) return false;
    const byte = load<u8>(data++);
    length |= (<u64>(byte & 127)) << shift;
    if (byte < 128) break;
  }
  if (length != <u64>full) return false;
  const first = out;
  const limit = out + full;
  while (data < end) {
    const tag = <u32>load<u8>(data++);
    const kind = tag & 3;
    let size = <usize>(tag >> 2) + 1;
    if (kind == 0) {
      if (size > 60) {
        const bytes = size - 60;
        size = <usize>(load<u32>(data) & (0xffffffff >> ((4 - <u32>bytes) << 3))) + 1;
        data += bytes;
        if (size == 0 || data > end) return false;
      }
      if (size > end - data || size > limit - out) return false;
      // Most literals are short.
      if (size <= 16) v128.store(out, v128.load(data));
      else memory.copy(out, data, size);
      data += size;
    } else {
      // What the tag and two bytes tell is chosen without a branch; the third kind is rare.
      const word = <u32>load<u16>(data);
      const isShort = kind == 1;
      let distance = <usize>(isShort ? ((tag & 0xe0) << 3) | (word & 255) : word);
      size = isShort ? <usize>((tag >> 2) & 7) + 4 : size;
      data += isShort ? 1 : 2;
      if (kind == 3) {
        distance = <usize>load<u32>(data - 2);
        data += 2;
      }
      // A distance of 0 is wrapped to the largest.
      if (data > end || distance - 1 >= out - first || size > limit - out) return false;
      copyMatch(out, distance, size);
    }
    out += size;
  }
  return out == limit;
}
