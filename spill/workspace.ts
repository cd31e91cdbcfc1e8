/** What the store works in; handed down, never global. */
import type { Kernels } from '../lib/kernels/wasm.js';
import type { Arena, Region } from '../lib/memory/arena.js';

export interface Workspace {
  readonly arena: Arena;
  readonly kernels: Kernels;
}

/** XXH64 of the bytes, in a scratch piece of `region`. */
export function checksumOf(bytes: Uint8Array, region: Region, kernels: Kernels): bigint {
  const { arena } = region;
  const state = region.reserveZeroed(8);
  const copy = region.reserve(bytes.length);
  arena.bytes.set(bytes, copy);
  kernels.checksum_bytes(copy, bytes.length, state);
  return arena.view.getBigUint64(state, true);
}
