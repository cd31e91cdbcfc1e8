/** How many rows a reader puts in a batch. */
import { batchRows } from '../arrow/batch.js';
import { type DataType, widthOf } from '../arrow/types.js';
import type { Runtime } from './format.js';

/** About what a text takes, where nothing is known of it. */
const textBytes = 16;

/** Rows of these columns that take a small part of the memory, however many columns there are; a multiple of 16. */
export function batchSize(types: readonly DataType[], { arena }: Runtime): number {
  const bytes = types.reduce((sum, type) => sum + (widthOf(type) || textBytes), 1);
  return Math.min(batchRows, Math.max(16, Math.floor(arena.capacity / 16 / bytes) & ~15));
}
