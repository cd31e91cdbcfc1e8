// Rows by partition: a counting sort, so that the rows of a partition keep their order.

/** counts[p] += the rows whose hash has p in the `bits` bits from `shift` on; `counts` has 2^bits int32s. */
export function partition_count(hashes: usize, length: i32, shift: i32, bits: i32, counts: usize): void {
  const mask = (<u32>1 << bits) - 1;
  for (let i = 0; i < length; i++) {
    const p = <u32>(load<u64>(hashes + (<usize>i << 3)) >> <u64>shift) & mask;
    const at = counts + (<usize>p << 2);
    store<i32>(at, load<i32>(at) + 1);
  }
}

/** Puts the row numbers to `order`; `starts` is where each partition's begin there, and is moved to where they end. */
export function partition_place(hashes: usize, length: i32, shift: i32, bits: i32, starts: usize, order: usize): void {
  const mask = (<u32>1 << bits) - 1;
  for (let i = 0; i < length; i++) {
    const p = <u32>(load<u64>(hashes + (<usize>i << 3)) >> <u64>shift) & mask;
    const at = starts + (<usize>p << 2);
    const place = load<i32>(at);
    store<i32>(at, place + 1);
    store<i32>(order + (<usize>place << 2), i);
  }
}
