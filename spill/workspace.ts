/** What the store works in; handed down, never global. */
import type { Kernels } from '../lib/kernels/wasm.js';
import type { Arena, Region } from '../lib/memory/arena.js';
import type { StoredColumn } from './lay-out.js';

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

/** The lower half of the XXH64 over the buffers of a column, without its elements. */
export function checksumOfColumn(column: StoredColumn, { kernels }: Workspace): number {
  const { validity, validityBytes, offsets, offsetsBytes, data, dataBytes } = column;
  // Numbers of 32 bits come out of the kernels signed.
  return kernels.checksum_buffers(validity, validityBytes, offsets, offsetsBytes, data, dataBytes) >>> 0;
}
