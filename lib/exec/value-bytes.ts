import type { Vector } from '../arrow/batch.js';
import { widthOf } from '../arrow/types.js';

/** What a value of the column takes on average, in bytes. */
export function valueBytes(column: Vector, view: DataView): number {
  const { type, length, offsets, dictionary, child } = column;
  if (dictionary !== null) return 4;
  if (offsets === 0 || length === 0) return Math.max(1, widthOf(type));
  const held = view.getInt32(offsets + length * 4, true) - view.getInt32(offsets, true);
  return 4 + (held / length) * (child === undefined ? 1 : valueBytes(child, view));
}
