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

/**
 * Writes to `numbers`, uint16s, which of `count` partitions each row belongs to. The hash is mixed once more (Austin
 * Appleby's finalizer of MurmurHash3, public domain), so that all its bits still tell the rows of a partition apart.
 */
export function partition_numbers(hashes: usize, length: i32, count: i32, numbers: usize): void {
  for (let i = 0; i < length; i++) {
    let hash = load<u64>(hashes + (<usize>i << 3));
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
    hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
    store<u16>(numbers + (<usize>i << 1), <u16>(((hash >> 32) * <u64>count) >> 32));
  }
}

/** counts[p] += the rows of partition p. */
export function partition_count_numbers(numbers: usize, length: i32, counts: usize): void {
  for (let i = 0; i < length; i++) {
    const at = counts + (<usize>load<u16>(numbers + (<usize>i << 1)) << 2);
    store<i32>(at, load<i32>(at) + 1);
  }
}

/** As `partition_place`, by numbers. */
export function partition_place_numbers(numbers: usize, length: i32, starts: usize, order: usize): void {
  for (let i = 0; i < length; i++) {
    const at = starts + (<usize>load<u16>(numbers + (<usize>i << 1)) << 2);
    const place = load<i32>(at);
    store<i32>(at, place + 1);
    store<i32>(order + (<usize>place << 2), i);
  }
}
