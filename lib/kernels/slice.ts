import { type Batch, bitmapBytes, childOf, type Vector } from '../arrow/batch.js';
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
  return {
    length,
    columns: batch.columns.map((column) => sliceColumn(column, start, length, region, kernels)),
  };
}

/** The lists with exactly their elements: offsets begin at 0, and the child has no more. Lists in lists likewise. */
export function denseLists(column: Vector, region: Region, kernels: Kernels): Vector {
  const { length, offsets } = column;
  const { view } = region.arena;
  const child = childOf(column);
  const start = length === 0 ? 0 : view.getInt32(offsets, true);
  const end = length === 0 ? 0 : view.getInt32(offsets + length * 4, true);
  let elements =
    end - start === child.length ? child : sliceColumn(child, start, end - start, region, kernels);
  if (elements.type.kind === 'list') elements = denseLists(elements, region, kernels);
  if (start === 0 && length > 0) return { ...column, child: elements };
  const rebased = region.reserveZeroed((length + 1) * 4);
  if (length > 0) kernels.offsets_rebase(offsets, length, rebased);
  return { ...column, offsets: rebased, child: elements };
}

function sliceColumn(
  column: Vector,
  start: number,
  length: number,
  region: Region,
  kernels: Kernels,
): Vector {
  return sliceVector(column, start, length, (map) => {
    if (start % 8 === 0) return map + start / 8;
    const shifted = region.reserve(bitmapBytes(length) + 8);
    kernels.bitmap_slice(map, start, length, shifted);
    return shifted;
  });
}
