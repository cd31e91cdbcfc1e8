import type { Batch, Vector } from '../arrow/batch.js';
import { bitmapBytes } from '../arrow/batch.js';
import { physicalOf, widthOf } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import type { Kernels } from './wasm.js';

/** Rows [start, start + length), sharing all buffers but the bitmaps, which are shifted into `region`. */
export function sliceBatch(
  batch: Batch,
  start: number,
  length: number,
  region: Region,
  kernels: Kernels,
): Batch {
  return { length, columns: batch.columns.map((column) => slice(column, start, length, region, kernels)) };
}

function slice(column: Vector, start: number, length: number, region: Region, kernels: Kernels): Vector {
  const bits = (map: number): number => {
    if ((start & 7) === 0) return map + (start >> 3);
    const shifted = region.reserve(bitmapBytes(length) + 8);
    kernels.bitmap_slice(map, start, length, shifted);
    return shifted;
  };
  const validity = column.validity === 0 ? 0 : bits(column.validity);
  const physical = physicalOf(column.type);
  if (column.dictionary !== null) return { ...column, length, validity, data: column.data + start * 4 };
  if (physical === 'text') return { ...column, length, validity, offsets: column.offsets + start * 4 };
  if (physical === 'bit') return { ...column, length, validity, data: bits(column.data) };
  return { ...column, length, validity, data: column.data + start * widthOf(column.type) };
}
