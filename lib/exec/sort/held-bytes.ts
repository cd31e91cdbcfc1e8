import { type Batch, bitmapBytes, type Vector } from '../../arrow/batch.js';
import { physicalOf, widthOf } from '../../arrow/types.js';
import type { Kernels } from '../../kernels/wasm.js';

/** Pieces of memory are rounded up by so much. */
const pieceSlack = 64;

/** Bytes that the rows take at most when they are held, beside dictionaries. */
export function heldBytes({ columns }: Batch, kernels: Kernels): number {
  return columns.reduce((sum, column) => sum + columnBytes(column, kernels), 0);
}

function columnBytes(
  { type, length, validity, dictionary, offsets, child }: Vector,
  kernels: Kernels,
): number {
  const physical = physicalOf(type);
  let bytes = 2 * pieceSlack + (validity === 0 ? 0 : bitmapBytes(length) + pieceSlack);
  if (dictionary !== null) bytes += length * 4;
  else if (physical === 'text') bytes += kernels.text_bytes(offsets, 0, validity, length) + length * 4;
  else if (child !== undefined) bytes += length * 4 + columnBytes(child, kernels);
  else bytes += physical === 'bit' ? bitmapBytes(length) : length * widthOf(type);
  return bytes;
}
