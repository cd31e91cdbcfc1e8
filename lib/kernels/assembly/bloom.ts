// A blocked Bloom filter over hashes of rows: a hash has its place in one word of 64 bits, so that a test is one load,
// and sets up to four bits of it. Of the hash the low half picks the word, bits 32 to 55 the bits; partitions of the
// first level go by the highest bits, so the words of a partition are as full as others.
//
// Felix Putze, Peter Sanders, Johannes Singler: Cache-, Hash- and Space-Efficient Bloom Filters (2007), with blocks of
// the size of a register.

// @ts-ignore: decorator
@inline
function wordOf(filter: usize, words: u32, hash: u64): usize {
  return filter + (<usize>(((hash & 0xffffffff) * <u64>words) >> 32) << 3);
}

// @ts-ignore: decorator
@inline
function bitsOf(hash: u64): u64 {
  return (<u64>1 << ((hash >> 32) & 63)) | (<u64>1 << ((hash >> 38) & 63)) | (<u64>1 << ((hash >> 44) & 63)) | (<u64>1 << ((hash >> 50) & 63));
}

export function bloom_add(filter: usize, words: u32, hashes: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    const hash = load<u64>(hashes + (<usize>i << 3));
    const at = wordOf(filter, words, hash);
    store<u64>(at, load<u64>(at) | bitsOf(hash));
  }
}

/**
 * Of the `count` rows at `rows` those whose hash was never added come first, the others behind them, both in the order
 * in which they were; returns how many come first. `others` has room for all.
 */
export function bloom_split(filter: usize, words: u32, hashes: usize, rows: usize, count: i32, others: usize): i32 {
  let strays: usize = 0;
  let kept: usize = 0;
  for (let i = 0; i < count; i++) {
    const row = load<u32>(rows + (<usize>i << 2));
    const hash = load<u64>(hashes + (<usize>row << 3));
    const bits = bitsOf(hash);
    const known = (load<u64>(wordOf(filter, words, hash)) & bits) == bits;
    store<u32>(rows + strays, row);
    store<u32>(others + kept, row);
    strays += <usize>!known << 2;
    kept += <usize>known << 2;
  }
  memory.copy(rows + strays, others, kept);
  return <i32>(strays >> 2);
}
