import { type Batch, bitmapBytes } from '../arrow/batch.js';
import { sliceVector } from '../arrow/slice.js';
import type { Region } from '../memory/arena.js';
import type { Kernels } from './wasm.js';

/** Rows [start, start + length), sharing all buffers but the bitmaps, which are shifted into `region` where they must. */
export function sliceBatch(
  batch: Batch,
  start: number,
  length: number,
  region: Region,
  kernels: Kernels,
): Batch {
  const bitsFrom = (map: number): number => {
    if (start % 8 === 0) return map + start / 8;
    const shifted = region.reserve(bitmapBytes(length) + 8);
    kernels.bitmap_slice(map, start, length, shifted);
    return shifted;
  };
  return { length, columns: batch.columns.map((column) => sliceVector(column, start, length, bitsFrom)) };
}
