// The layouts of groups' structs; see group-structs.ts.

/**
 * places[i] = the address of the struct of groups[i], of `count` groups in pieces of 2^shift (row-pieces.ts); reads and
 * writes up to the padded end.
 */
export function structs_places(groups: usize, count: i32, pieces: usize, shift: i32, stride: i32, length: i32, places: usize): void {
  const end = <usize>length << 2;
  if (count <= 1 << shift) {
    const first = i32x4.splat(load<i32>(pieces));
    const factor = i32x4.splat(stride);
    for (let i: usize = 0; i < end; i += 16)
      v128.store(places + i, i32x4.add(first, i32x4.mul(v128.load(groups + i), factor)));
    return;
  }
  const mask = (1 << shift) - 1;
  for (let i: usize = 0; i < end; i += 4) {
    const group = load<u32>(groups + i);
    store<u32>(places + i, load<u32>(pieces + (<usize>(group >> shift) << 2)) + (group & mask) * stride);
  }
}

/**
 * Writes `count` structs in a layout of more words. Where word k is taken from, `sources[k]` says: so many bytes into
 * the old struct; if odd, the sign of the word one byte before; if negative, -1 - source bytes into `fresh`.
 */
export function structs_unpack(packed: usize, packedStride: i32, full: usize, fullStride: i32, words: i32, count: i32, sources: usize, fresh: usize): void {
  for (let i = 0; i < count; i++) {
    const from = packed + <usize>i * packedStride;
    const to = full + <usize>i * fullStride;
    for (let k = 0; k < words; k++) {
      const source = load<i32>(sources + (<usize>k << 2));
      const word = source < 0 ? load<i64>(fresh - 1 - source)
        : (source & 1) != 0 ? load<i64>(from + source - 1) >> 63
        : load<i64>(from + source);
      store<i64>(to + (<usize>k << 3), word);
    }
  }
}

/**
 * Loads the structs of rows [from, to) into the cache. So short a loop has far more misses under way at once than one
 * that also computes. The result only keeps the loads from being optimised away.
 */
export function structs_touch(structs: usize, stride: i32, places: usize, from: i32, to: i32): i32 {
  let all = 0;
  const end = places + (<usize>to << 2);
  for (let place = places + (<usize>from << 2); place < end; place += 4) {
    const at = structs + load<u32>(place);
    all |= load<i32>(at);
    for (let line = 64; line < stride; line += 64) all |= load<i32>(at + line);
  }
  return all;
}
