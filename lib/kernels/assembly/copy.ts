// Copying texts, most of which are short. A helper, not a kernel.

/** Up to this address 16 bytes may be loaded: the end of all memory, which is 2^32 wrapped to 0 at its largest. */
// @ts-ignore: decorator
@inline
export function lastLoad(): usize {
  return (<usize>memory.size() << 16) - 16;
}

/** Copies `size` bytes; up to 15 bytes behind them are overwritten. `last` is `lastLoad()`. */
// @ts-ignore: decorator
@inline
export function copyText(out: usize, from: usize, size: usize, last: usize): void {
  if (size <= 16 && from <= last) v128.store(out, v128.load(from));
  else copyLong(out, from, size, last);
}

function copyLong(out: usize, from: usize, size: usize, last: usize): void {
  if (size > 128 || from + size > last) {
    memory.copy(out, from, size);
    return;
  }
  for (let i: usize = 0; i < size; i += 16) v128.store(out + i, v128.load(from + i));
}

/**
 * Copies `size` bytes from `distance` bytes before `out`, which may be bytes that it writes itself. Up to 15 bytes behind
 * them are overwritten.
 */
// @ts-ignore: decorator
@inline
export function copyMatch(out: usize, distance: usize, size: usize): void {
  const from = out - distance;
  if (distance >= 16 || size <= distance) {
    for (let i: usize = 0; i < size; i += 16) v128.store(out + i, v128.load(from + i));
  } else if (distance >= 8) {
    for (let i: usize = 0; i < size; i += 8) store<u64>(out + i, load<u64>(from + i));
  } else {
    repeat(out, distance, size);
  }
}

function repeat(out: usize, distance: usize, size: usize): void {
  const first = min<usize>(size, 32);
  for (let i: usize = 0; i < first; i++) store<u8>(out + i, load<u8>(out + i - distance));
  // What repeats every `distance` bytes does so every multiple of them, of which one is 16 to 30.
  const far = distance * ((15 + distance) / distance);
  for (let i: usize = 32; i < size; i += 16) v128.store(out + i, v128.load(out + i - far));
}
