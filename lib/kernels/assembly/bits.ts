// Single bits of bitmaps, least significant bit first. Helpers of kernels, not kernels.

// @ts-ignore: decorator
@inline
export function bit(map: usize, index: i32): bool {
  return ((load<u8>(map + (index >> 3)) >> (<u8>(index & 7))) & 1) != 0;
}

// @ts-ignore: decorator
@inline
export function setBit(map: usize, index: i32): void {
  const at = map + (index >> 3);
  store<u8>(at, load<u8>(at) | (<u8>1 << (<u8>(index & 7))));
}

// @ts-ignore: decorator
@inline
export function clearBit(map: usize, index: i32): void {
  const at = map + (index >> 3);
  store<u8>(at, load<u8>(at) & ~(<u8>1 << (<u8>(index & 7))));
}

/** Is row `index` valid? A bitmap at 0 means every row is. */
// @ts-ignore: decorator
@inline
export function valid(validity: usize, index: i32): bool {
  return validity == 0 || bit(validity, index);
}

