// Values and keys in order: what sorting by keys (sort.ts), by words (sort-words.ts) and merging share. Helpers, not kernels.

/** The value as an unsigned integer of the same order. */
// @ts-ignore: decorator
@inline
export function ordered<T>(address: usize): u64 {
  if (isFloat<T>()) {
    if (sizeof<T>() == 8) {
      let value = load<f64>(address);
      if (value != value) value = NaN;
      const bits = reinterpret<u64>(value + 0.0);
      return bits ^ (<u64>(<i64>bits >> 63) | 0x8000000000000000);
    }
    let value = load<f32>(address);
    if (value != value) value = <f32>NaN;
    const bits = reinterpret<u32>(value + <f32>0);
    return bits ^ (<u32>(<i32>bits >> 31) | 0x80000000);
  }
  if (isSigned<T>()) return (<u64>load<T>(address)) ^ (<u64>1 << (sizeof<T>() * 8 - 1));
  return <u64>load<T>(address);
}

// @ts-ignore: decorator
@inline
export function compareBytes(a: usize, aSize: i32, b: usize, bSize: i32): i32 {
  const size = min(aSize, bSize);
  let i = 0;
  for (; i + 8 <= size; i += 8) {
    const x = load<u64>(a + i);
    const y = load<u64>(b + i);
    if (x != y) return bswap<u64>(x) < bswap<u64>(y) ? -1 : 1;
  }
  for (; i < size; i++) {
    const x = load<u8>(a + i);
    const y = load<u8>(b + i);
    if (x != y) return x < y ? -1 : 1;
  }
  return aSize - bSize;
}
