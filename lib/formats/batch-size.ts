/** How many rows a batch has on its way: those who make batches ask here. */
import { batchRows } from '../arrow/batch.js';
import { type DataType, widthOf } from '../arrow/types.js';
import type { Arena } from '../memory/arena.js';

/** About what a text takes, and how many elements a list has, where nothing is known of it. */
const textBytes = 16;
const listElements = 64;

/** A batch is copied several times between its source and the output: filtered, joined, computed, written. */
const batchPart = 1 / 32;

/** Rows of these columns that take a small part of the memory, however many columns there are; a multiple of 16. */
export function batchSize(types: readonly DataType[], { arena }: { readonly arena: Arena }): number {
  const bytes = types.reduce((sum, type) => sum + bytesOf(type), 1);
  return Math.min(batchRows, Math.max(16, Math.floor((arena.capacity * batchPart) / bytes) & ~15));
}

/** Bytes that a batch may have where these are known, as of rows that lie in a file. */
export const batchBytes = ({ arena }: { readonly arena: Arena }): number => arena.capacity * batchPart;

function bytesOf(type: DataType): number {
  return type.kind === 'list' ? listElements * bytesOf(type.element) : widthOf(type) || textBytes;
}
