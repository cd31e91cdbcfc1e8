/** What rows take, told by the ends of their texts and lists: nothing of them is looked at. */
import type { Dictionary, Vector } from './batch.js';
import { widthOf } from './types.js';

/** Of all columns together, on average, in bytes. */
export function rowBytes(columns: readonly Vector[], view: DataView): number {
  return columns.reduce((sum, column) => sum + valueBytes(column, view), 1);
}

/** What a value of the column takes on average, in bytes; of a coded text its code. */
export function valueBytes(column: Vector, view: DataView): number {
  const { type, length, offsets, dictionary, child } = column;
  if (dictionary !== null) return 4;
  if (offsets === 0 || length === 0) return Math.max(1, widthOf(type));
  return 4 + meanLength(offsets, length, view) * (child === undefined ? 1 : valueBytes(child, view));
}

/** As `valueBytes`, of coded text as long as the dictionary's are on average. */
export function spelledBytes(column: Vector, view: DataView): number {
  return valueBytes(column, view) + meanBytes(column.dictionary, view);
}

/** Of a text of the dictionary. */
export function meanBytes(dictionary: Dictionary | null, view: DataView): number {
  if (dictionary === null || dictionary.length === 0) return 0;
  return meanLength(dictionary.offsets, dictionary.length, view);
}

function meanLength(offsets: number, length: number, view: DataView): number {
  return (view.getInt32(offsets + length * 4, true) - view.getInt32(offsets, true)) / length;
}
