/** Rows by hash partition. */
import type { Region } from '../memory/arena.js';
import type { Machine } from './machine.js';

export interface Partitioned {
  /** Address of the int32 row numbers, those of partition 0 first; within a partition rows keep their order. */
  readonly order: number;
  /** Partition p is order[starts[p]] up to order[starts[p + 1]]. */
  readonly starts: readonly number[];
}

/**
 * Splits `length` rows by `bits` bits of their 64-bit hashes, after the highest `used`, by which they were split before;
 * a hash table inside a partition uses the lowest ones.
 */
export function partitionRows(
  hashes: number,
  length: number,
  used: number,
  bits: number,
  region: Region,
  { arena, kernels }: Machine,
): Partitioned {
  const shift = 64 - used - bits;
  if (shift < 0) throw new Error(`bug: ${used} bits of the hash are used, and ${bits} more are not left`);
  const count = 2 ** bits;
  const cursors = region.reserveZeroed(count * 4);
  kernels.partition_count(hashes, length, shift, bits, cursors);
  const starts = [0];
  for (let p = 0; p < count; p++) {
    const rows = arena.view.getInt32(cursors + p * 4, true);
    arena.view.setInt32(cursors + p * 4, starts[p]!, true);
    starts.push(starts[p]! + rows);
  }
  const order = region.reserve(length * 4);
  kernels.partition_place(hashes, length, shift, bits, cursors, order);
  return { order, starts };
}
