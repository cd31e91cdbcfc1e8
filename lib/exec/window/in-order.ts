import type { Vector } from '../../arrow/batch.js';
import { merge } from '../../kernels/merge.js';
import type { Region } from '../../memory/arena.js';
import type { Context } from '../context.js';

/** Columns, one after the other, as one. */
export function inOrder(parts: readonly Vector[], region: Region, context: Context): Vector {
  const [first, ...others] = parts as [Vector, ...Vector[]];
  if (others.length === 0) return first;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const rows = region.reserve(length * 4);
  new Int32Array(context.arena.buffer, rows, length).forEach((_, i, all) => {
    all[i] = i;
  });
  return merge(parts, rows, length, region, context);
}
