// The layouts of groups' structs; see group-structs.ts.

/**
 * Writes `count` structs in a layout of more words. Where word k is taken from, `sources[k]` says: so many bytes into
 * the old struct; if odd, the sign of the word one byte before; if negative, -1 - source bytes into `fresh`. The new
 * structs may begin where the old ones do: words move towards the end, so from the last to the first none is lost.
 */
export function structs_unpack(packed: usize, packedStride: i32, full: usize, fullStride: i32, words: i32, count: i32, sources: usize, fresh: usize): void {
  for (let i = count - 1; i >= 0; i--) {
    const from = packed + <usize>i * packedStride;
    const to = full + <usize>i * fullStride;
    for (let k = words - 1; k >= 0; k--) {
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
