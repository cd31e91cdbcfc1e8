/**
 * Sort, with a limit or without.
 *
 *   input ──▶ rows below the limit key ──▶ kept rows ──(twice the limit, or more)──▶ sort, keep `limit`
 *                    ▲                                                                   │
 *                    `------------------------- key of the last row kept ----------------'
 *
 * Memory: with a limit, about twice the rows kept (at least a few batches); without, all rows and their keys.
 */
import { type Batch, batchRows } from '../arrow/batch.js';
import type { Schema } from '../arrow/schema.js';
import { breathe } from '../breathe.js';
import { BatchBuffer } from '../kernels/batch-buffer.js';
import { encodeSortKeys, type SortKeys, sortOrder } from '../kernels/sort-keys.js';
import { takeBatch } from '../kernels/take.js';
import type { Region } from '../memory/arena.js';
import { bind } from '../plan/bind.js';
import type { SortKey } from '../plan/expr.js';
import type { Context, Stream } from './context.js';
import { evaluate } from './evaluate.js';

/** Rows buffered at least before they are cut down to the limit. */
const leastBuffered = 4 * batchRows;

export async function* sort(
  sortKeys: readonly SortKey[],
  limit: number | null,
  input: Stream,
  schema: Schema,
  context: Context,
): Stream {
  const { arena, kernels } = context;
  const bound = sortKeys.map((key) => bind(key.expr, schema));
  const types = schema.fields.map((field) => field.type);
  const kept = new BatchBuffer(types, arena, kernels, 'sort');
  const region = arena.region('sort');
  const last = arena.region('sort');
  let lastKey: { readonly data: number; readonly bytes: number } | null = null;

  const keysOf = (batch: Batch, place: Region): SortKeys => {
    const columns = bound.map((key) => evaluate(key, batch, place, context));
    return encodeSortKeys(columns, sortKeys, batch.length, place, kernels);
  };

  /** Those rows of the batch that can still be among the first `limit`. */
  const candidates = (batch: Batch): Batch => {
    if (lastKey === null) return batch;
    const keys = keysOf(batch, region);
    const indices = region.reserve(batch.length * 4);
    const count = kernels.sort_below(
      keys.offsets,
      keys.data,
      batch.length,
      lastKey.data,
      lastKey.bytes,
      indices,
    );
    return takeBatch(batch, indices, count, region, context);
  };

  const cutToLimit = (count: number): void => {
    region.reset();
    const all = kept.batch();
    const keys = keysOf(all, region);
    const order = sortOrder(keys, region, kernels);
    const first = takeBatch(all, order, count, region, context);
    const entry = keys.offsets + arena.view.getInt32(order + (count - 1) * 4, true) * 4;
    const start = arena.view.getInt32(entry, true);
    const bytes = arena.view.getInt32(entry + 4, true) - start;
    last.reset();
    lastKey = { data: last.reserve(bytes), bytes };
    arena.bytes.copyWithin(lastKey.data, keys.data + start, keys.data + start + bytes);
    kept.clear();
    kept.append(first);
  };

  try {
    if (limit === 0) return;
    for await (const batch of input) {
      region.reset();
      kept.append(candidates(batch));
      if (limit !== null && kept.length >= Math.max(2 * limit, leastBuffered)) cutToLimit(limit);
    }
    if (kept.length === 0) return;
    region.reset();
    const all = kept.batch();
    const order = sortOrder(keysOf(all, region), region, kernels);
    const end = Math.min(limit ?? all.length, all.length);
    const output = last;
    for (let row = 0; row < end; row += batchRows) {
      await breathe(context);
      output.reset();
      yield takeBatch(all, order + row * 4, Math.min(batchRows, end - row), output, context);
    }
  } finally {
    kept.release();
    region.release();
    last.release();
  }
}
