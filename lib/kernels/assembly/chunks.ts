// Rows in chunks: a row is chunk << 16 | row of the chunk, and for each column a table says where each chunk has its
// buffers. Helpers of kernels, not kernels. The entries are written by chunk-table.ts:
//
//   0 values, codes, or text bytes   4 validity or 0   8 offsets of the texts, of the dictionary where coded
//   12 text bytes of the dictionary, or 0 where not coded   16 bytes of an integer or code, negative if unsigned
//   20 bytes from one value or code to the next: more than its own where rows lie together   24..31 unused

// @ts-ignore: decorator
@inline
export const entryShift: usize = 5;

// @ts-ignore: decorator
@inline
export function chunkOf(table: usize, row: u32): usize {
  return table + ((<usize>row >> 16) << entryShift);
}

// @ts-ignore: decorator
@inline
export function rowIn(row: u32): i32 {
  return row & 0xffff;
}

/** Address of a value or code of fixed width. */
// @ts-ignore: decorator
@inline
export function valueIn(chunk: usize, row: i32): usize {
  return load<usize>(chunk) + <usize>row * load<u32>(chunk, 20);
}

/** An integer or a code of the width its chunk has. */
// @ts-ignore: decorator
@inline
export function integerIn(chunk: usize, row: i32): i64 {
  return integerAt(valueIn(chunk, row), load<i32>(chunk, 16), 0);
}

/** An integer of `width` bytes, negative if unsigned. */
// @ts-ignore: decorator
@inline
export function integerAt(data: usize, width: i32, row: i32): i64 {
  if (width == 1) return load<i8>(data + <usize>row);
  if (width == 2) return load<i16>(data + (<usize>row << 1));
  if (width == 4) return load<i32>(data + (<usize>row << 2));
  if (width == -1) return load<u8>(data + <usize>row);
  if (width == -2) return load<u16>(data + (<usize>row << 1));
  if (width == -4) return load<u32>(data + (<usize>row << 2));
  return load<i64>(data + (<usize>row << 3));
}

/** Address of the two offsets of a row's text. */
// @ts-ignore: decorator
@inline
export function textEntry(chunk: usize, row: i32): usize {
  const entry = load<usize>(chunk, 12) == 0 ? row : <i32>integerIn(chunk, row);
  return load<usize>(chunk, 8) + (<usize>entry << 2);
}

/** Where the texts are that the offsets point into. */
// @ts-ignore: decorator
@inline
export function textBase(chunk: usize): usize {
  const coded = load<usize>(chunk, 12);
  return coded == 0 ? load<usize>(chunk) : coded;
}
