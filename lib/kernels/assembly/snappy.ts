// Snappy, the raw format ("Snappy compressed format description", 2011): the length, then literals and copies in turn.

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
