/** How many rows a batch has on its way: those who make batches ask here. */
import { batchRows } from '../arrow/batch.js';
import { type DataType, widthOf } from '../arrow/types.js';
import type { Arena } from '../memory/arena.js';

/** About what a text takes, and how many elements a list has, where nothing is known of it. */
const textBytes = 16;
const listElements = 64;

/** A batch is copied several times between its source and the output: filtered, joined, computed, written. */
const batchPart = 1 / 32;

/**
 * Rows of these columns that take a small part of the memory, however many columns there are; a multiple of 16, but for
 * rows that are too wide. `bytesOfTexts` tells what a text of each column takes, where that is known.
 */
export function batchSize(
  types: readonly DataType[],
  { arena }: { readonly arena: Pick<Arena, 'capacity'> },
  bytesOfTexts: readonly number[] = [],
): number {
  const bytes = types.reduce((sum, type, i) => sum + bytesOf(type, bytesOfTexts[i] ?? textBytes), 1);
  const part = arena.capacity * batchPart;
  const rows = Math.min(batchRows, Math.floor(part / bytes));
  if (rows >= 16) return rows & ~15;
  // Of rows as wide as that 16 may take half of the memory.
  return Math.max(1, Math.min(16, Math.floor((part * 16) / bytes)));
}

/** Bytes that a batch may have where these are known, as of rows that lie in a file. */
export const batchBytes = ({ arena }: { readonly arena: Arena }): number => arena.capacity * batchPart;

function bytesOf(type: DataType, ofText: number): number {
  return type.kind === 'list' ? listElements * bytesOf(type.element, ofText) : widthOf(type) || ofText;
}
