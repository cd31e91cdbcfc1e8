// Zstandard's bit streams are read from their end to their start. A place is the number of bits before it. Helpers of
// kernels, not kernels.

/** Bits before the end mark, the highest bit set in the last byte; -1 if there is none. */
export function bitsOf(data: usize, size: usize): i32 {
  if (size == 0) return -1;
  const last = <u32>load<u8>(data + size - 1);
  if (last == 0) return -1;
  return (<i32>size << 3) - 8 + (31 - clz<i32>(last));
}

/** The `count` bits (56 at most) from the place `at` on; nothing tells where `at` is before the start. */
// @ts-ignore: decorator
@inline
export function bitsAt(data: usize, at: i32, count: u32): u64 {
  return (load<u64>(data + (at >> 3)) >> (<u64>(at & 7))) & (((<u64>1) << count) - 1);
}

/** The 57 bits or more before the place `at`, in the highest bits. */
// @ts-ignore: decorator
@inline
export function bitsBefore(data: usize, at: i32): u64 {
  return load<u64>(data + ((at + 7) >> 3) - 8) << (<u64>(-at & 7));
}

// @ts-ignore: decorator
@inline
export function highBit(value: u32): u32 {
  return 31 - clz<u32>(value);
}
