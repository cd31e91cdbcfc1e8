// Copying short pieces of text. Helpers of kernels, not kernels.

/** The last address from which 16 bytes may be loaded. */
// @ts-ignore: decorator
@inline
export function lastWide(): usize {
  return (<usize>memory.size() << 16) - 16;
}

/**
 * Copies `length` bytes, 16 at a time: up to 15 bytes after the end of `to` are overwritten, so pieces are
 * copied in order and the last one has 16 spare bytes behind it. `limit` is `lastWide()`.
 */
// @ts-ignore: decorator
@inline
export function copyPiece(to: usize, from: usize, length: usize, limit: usize): void {
  if (length > 64 || from + length > limit) {
    memory.copy(to, from, length);
    return;
  }
  for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
}
