/** A part of a source in two, for a worker that had too little memory for the whole. */
import type { Scan } from '../../plan/plan.js';

/** Null where it cannot be divided any more. */
export function halvesOf(split: Scan): readonly [Scan, Scan] | null {
  const { chunks } = split;
  // Parts of a text are read in batches of any size: less of it would not need less.
  if (chunks === null || chunks.length < 2) return null;
  const middle = chunks.length >> 1;
  const half = (own: readonly number[]): Scan => Object.freeze({ ...split, chunks: own });
  return [half(chunks.slice(0, middle)), half(chunks.slice(middle))];
}
