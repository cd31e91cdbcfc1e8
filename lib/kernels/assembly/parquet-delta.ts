/*
 * Parquet's DELTA_BINARY_PACKED: the first value, then blocks of the differences to the one before, less the least of
 * the block, packed in miniblocks of a width each. A cursor of 64 bytes tells where in them who reads them is:
 *
 *   0 next block or miniblock | 4 end of the bytes | 8 values of a miniblock | 12 miniblocks of a block
 *   16 differences left in all | 20 widths of the block | 24 next miniblock | 28 values left of this one
 *   32 value before (int64) | 40 least difference of the block (int64)
 *   48 next packed value | 52 bits before it in that byte | 56 its width | 60 1: the first value is still to come
 */

// @ts-ignore: decorator
@inline
function mostOf(width: u32): u64 {
  return width == 64 ? ~(<u64>0) : (<u64>1 << width) - 1;
}

/** Reads a varint at the cursor's place; the cursor's end is 0 behind bytes that are no varint. */
function varint(cursor: usize): u64 {
  let at = <usize>load<u32>(cursor);
  const end = <usize>load<u32>(cursor, 4);
  let value: u64 = 0;
  for (let shift: u64 = 0; at < end && shift < 70; shift += 7) {
    const byte = load<u8>(at++);
    value |= (<u64>(byte & 127)) << shift;
    if (byte < 128) {
      store<u32>(cursor, <u32>at);
      return value;
    }
  }
  store<u32>(cursor, 0, 4);
  return 0;
}

// @ts-ignore: decorator
@inline
function zigzag(value: u64): u64 {
  return (value >> 1) ^ (0 - (value & 1));
}

/** Sets a cursor before the values in [data, end); returns how many there are, or -1 if their header is damaged. */
export function parquet_delta_open(cursor: usize, data: usize, end: usize): i32 {
  store<u32>(cursor, <u32>data);
  store<u32>(cursor, <u32>end, 4);
  const block = varint(cursor);
  const miniblocks = varint(cursor);
  const values = varint(cursor);
  const first = zigzag(varint(cursor));
  if (load<u32>(cursor, 4) == 0 || miniblocks == 0 || block > 0x7fffffff || values > 0x7fffffff) return -1;
  const each = block / miniblocks;
  if (each == 0 || each * miniblocks != block || (each & 7) != 0) return -1;
  store<u32>(cursor, <u32>each, 8);
  store<u32>(cursor, <u32>miniblocks, 12);
  store<u32>(cursor, values == 0 ? 0 : <u32>values - 1, 16);
  store<u32>(cursor, <u32>miniblocks, 24);
  store<u32>(cursor, 0, 28);
  store<u64>(cursor, first, 32);
  store<u32>(cursor, values == 0 ? 0 : 1, 60);
  return <i32>values;
}

/** Where the bytes behind the values of a cursor that was just opened begin; 0 if the values are damaged. */
export function parquet_delta_end(cursor: usize): usize {
  const start = load<u32>(cursor);
  const end = load<u32>(cursor, 4);
  const each = load<u32>(cursor, 8);
  const miniblocks = load<u32>(cursor, 12);
  let left = load<u32>(cursor, 16);
  let behind = <u64>start;
  while (left > 0) {
    varint(cursor);
    if (load<u32>(cursor, 4) == 0) return 0;
    const widths = <usize>load<u32>(cursor);
    behind = <u64>widths + miniblocks;
    if (behind > end) return 0;
    for (let i: u32 = 0; i < miniblocks && left > 0; i++) {
      behind += (<u64>each * load<u8>(widths + i)) >> 3;
      left -= min(left, each);
    }
    if (behind > end) return 0;
    store<u32>(cursor, <u32>behind);
  }
  store<u32>(cursor, start);
  return <usize>behind;
}

/** Goes to the next miniblock; false if there is none, or it is damaged. */
function nextMiniblock(cursor: usize): bool {
  const left = load<u32>(cursor, 16);
  if (left == 0) return false;
  const miniblocks = load<u32>(cursor, 12);
  let next = load<u32>(cursor, 24);
  if (next == miniblocks) {
    store<u64>(cursor, zigzag(varint(cursor)), 40);
    const widths = load<u32>(cursor);
    if (load<u32>(cursor, 4) - widths < miniblocks || load<u32>(cursor, 4) == 0) return false;
    store<u32>(cursor, widths, 20);
    store<u32>(cursor, widths + miniblocks);
    next = 0;
  }
  const width = <u32>load<u8>(<usize>load<u32>(cursor, 20) + next);
  const each = load<u32>(cursor, 8);
  const values = min(each, left);
  const at = load<u32>(cursor);
  const rest = <u64>(load<u32>(cursor, 4) - at);
  if (width > 64 || (<u64>values * width + 7) >> 3 > rest) return false;
  store<u32>(cursor, at + <u32>min<u64>((<u64>each * width) >> 3, rest));
  store<u32>(cursor, next + 1, 24);
  store<u32>(cursor, values, 28);
  store<u32>(cursor, at, 48);
  store<u32>(cursor, 0, 52);
  store<u32>(cursor, width, 56);
  return true;
}

// @ts-ignore: decorator
@inline
function values<T>(cursor: usize, count: i32, out: usize): bool {
  if (count == 0) return true;
  let value = load<u64>(cursor, 32);
  if (load<u32>(cursor, 60) == 1) {
    store<T>(out, <T>value);
    out += sizeof<T>();
    count--;
    store<u32>(cursor, 0, 60);
  }
  while (count > 0) {
    if (load<u32>(cursor, 28) == 0 && !nextMiniblock(cursor)) return false;
    const some = min<u32>(load<u32>(cursor, 28), count);
    const least = load<u64>(cursor, 40);
    const width = load<u32>(cursor, 56);
    const mask = mostOf(width);
    let from = <usize>load<u32>(cursor, 48);
    let shift = load<u32>(cursor, 52);
    for (let i: u32 = 0; i < some; i++) {
      let packed = load<u64>(from) >> shift;
      if (width > 57 && shift != 0) packed |= load<u64>(from, 8) << (64 - shift);
      value += least + (packed & mask);
      store<T>(out, <T>value);
      out += sizeof<T>();
      shift += width;
      from += shift >> 3;
      shift &= 7;
    }
    store<u32>(cursor, <u32>from, 48);
    store<u32>(cursor, shift, 52);
    store<u32>(cursor, load<u32>(cursor, 28) - some, 28);
    store<u32>(cursor, load<u32>(cursor, 16) - some, 16);
    count -= some;
  }
  store<u64>(cursor, value, 32);
  return true;
}

/** The next `count` values; false if there are fewer. */
export function parquet_delta_4(cursor: usize, count: i32, out: usize): bool { return values<u32>(cursor, count, out); }
export function parquet_delta_8(cursor: usize, count: i32, out: usize): bool { return values<u64>(cursor, count, out); }
