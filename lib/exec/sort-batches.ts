/** Rows of a stream in the order of some of its columns; rows with equal keys keep their order. */
import { batchRows } from '../arrow/batch.js';
import type { DataType } from '../arrow/types.js';
import { breathe } from '../breathe.js';
import { BatchBuffer } from '../kernels/batch-buffer.js';
import { encodeSortKeys, type SortOrder, sortOrder } from '../kernels/sort-keys.js';
import { takeBatch } from '../kernels/take.js';
import type { Context, Stream } from './context.js';

/** A column that decides the order, by its position in the batches. */
export interface SortColumn extends SortOrder {
  readonly column: number;
}

/**
 * The rows of `input`, whose columns are of `types`, in order; with a `limit` only the first so many. `owner` is named
 * in errors. Batches are valid until the next is asked for.
 */
export async function* sortBatches(
  input: Stream,
  types: readonly DataType[],
  keys: readonly SortColumn[],
  limit: number | null,
  context: Context,
  owner = 'sort',
): Stream {
  const { arena, kernels } = context;
  const kept = new BatchBuffer(types, arena, kernels, owner);
  const region = arena.region(owner);
  const output = arena.region(owner);
  try {
    for await (const batch of input) kept.append(batch);
    if (kept.length === 0) return;
    const all = kept.batch();
    const columns = keys.map(({ column }) => all.columns[column]!);
    const order = sortOrder(encodeSortKeys(columns, keys, all.length, region, kernels), region, kernels);
    const end = Math.min(limit ?? all.length, all.length);
    for (let row = 0; row < end; row += batchRows) {
      await breathe(context);
      output.reset();
      yield takeBatch(all, order + row * 4, Math.min(batchRows, end - row), output, context);
    }
  } finally {
    kept.release();
    region.release();
    output.release();
  }
}
