/** Row keys whose bytes compare as the rows do; the encoding is drawn in assembly/sort.ts. */
import type { Vector } from '../arrow/batch.js';
import { physicalOf, widthOf } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import { type Kernels, kernel } from './wasm.js';

export interface SortOrder {
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** `length` keys one after another: key i is at data + offsets[i], up to offsets[i + 1]. */
export interface SortKeys {
  readonly length: number;
  readonly offsets: number;
  readonly data: number;
  readonly bytes: number;
}

/** Encodes the sort columns of a batch; the keys are placed in `region`. */
export function encodeSortKeys(
  columns: readonly Vector[],
  orders: readonly SortOrder[],
  length: number,
  region: Region,
  kernels: Kernels,
): SortKeys {
  const arena = region.arena;
  const cursors = region.reserve(length * 4);
  const offsets = region.reserve((length + 1) * 4);
  const fixed = columns.reduce((sum, column) => sum + fixedSize(column), 0);
  new Int32Array(arena.buffer, cursors, length).fill(fixed);
  for (const column of columns) {
    if (physicalOf(column.type) !== 'text') continue;
    const { data, offsets: entries, codes } = textOf(column);
    kernels.sort_text_sizes(cursors, data, entries, codes, column.validity, length);
  }
  const bytes = kernels.sort_offsets(cursors, offsets, 0, length);
  const keys = region.reserve(bytes < 0 ? 2 ** 32 : bytes);
  arena.bytes.copyWithin(cursors, offsets, offsets + length * 4);
  columns.forEach((column, i) => {
    const order = orders[i]!;
    const flags = (order.descending ? 1 : 0) | (order.nullsFirst ? 2 : 0);
    const physical = physicalOf(column.type);
    if (physical === 'text') {
      const { data, offsets: entries, codes } = textOf(column);
      kernels.sort_key_text(cursors, keys, data, entries, codes, column.validity, length, flags);
    } else {
      kernel(kernels, `sort_key_${physical}`)(cursors, keys, column.data, column.validity, length, flags);
    }
  });
  return { length, offsets, data: keys, bytes };
}

/** Address of the int32 row numbers in key order, equal keys in their given order; placed in `region`. */
export function sortOrder(keys: SortKeys, region: Region, kernels: Kernels): number {
  const order = region.reserve(keys.length * 4);
  const items = region.reserve(keys.length * 16);
  const scratch = region.reserve(keys.length * 16);
  kernels.sort_order(keys.offsets, keys.data, keys.length, items, scratch, order);
  return order;
}

/** Bytes of a column in a key beside its text: the null marker and the value. */
function fixedSize(column: Vector): number {
  const physical = physicalOf(column.type);
  if (physical === 'text') return 0;
  return 1 + (physical === 'bit' ? 1 : widthOf(column.type));
}

function textOf(column: Vector): { data: number; offsets: number; codes: number } {
  const { dictionary } = column;
  return dictionary === null
    ? { data: column.data, offsets: column.offsets, codes: 0 }
    : { data: dictionary.data, offsets: dictionary.offsets, codes: column.data };
}
