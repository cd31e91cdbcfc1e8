import { type Batch, bitmapBytes, type Vector } from '../../arrow/batch.js';
import { physicalOf, widthOf } from '../../arrow/types.js';
import { spelledBytes } from '../../arrow/value-bytes.js';
import type { Machine } from '../../kernels/machine.js';

/** Pieces of memory are rounded up by so much. */
const pieceSlack = 64;

/** Bytes that the rows take at most when they are held; of coded text, which may be held plain, as its dictionary is on average. */
export function heldBytes({ columns }: Batch, machine: Machine): number {
  return columns.reduce((sum, column) => sum + columnBytes(column, machine), 0);
}

function columnBytes(column: Vector, machine: Machine): number {
  const { type, length, validity, dictionary, offsets, child } = column;
  const physical = physicalOf(type);
  let bytes = 2 * pieceSlack + (validity === 0 ? 0 : bitmapBytes(length) + pieceSlack);
  if (dictionary !== null) bytes += length * spelledBytes(column, machine.arena.view);
  else if (physical === 'text')
    bytes += machine.kernels.text_bytes(offsets, 0, validity, length) + length * 4;
  else if (child !== undefined) bytes += length * 4 + columnBytes(child, machine);
  else bytes += physical === 'bit' ? bitmapBytes(length) : length * widthOf(type);
  return bytes;
}
