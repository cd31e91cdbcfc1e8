/**
 * Rows that come in order, on their way to a sorted file: in batches so small that one of each of many files is held
 * when they are merged, with samples of their keys behind them. Memory: a batch.
 */
import type { SealedRunsWriter } from '../../../spill/sealed-runs.js';
import { type Batch, batchRows } from '../../arrow/batch.js';
import type { Schema } from '../../arrow/schema.js';
import { sliceBatch } from '../../kernels/slice.js';
import { encodeSortKeys } from '../../kernels/sort-keys.js';
import type { SortKey } from '../../plan/expr.js';
import type { Context, Stream } from '../context.js';
import { heldBytes } from '../sort/held-bytes.js';
import { runBatchBytes } from '../sort/runs.js';
import { KeySamples } from './key-samples.js';
import { keyColumnsOf } from './row-keys.js';

/** Writes run 0; returns the note for the end of the file. */
export async function writeSorted(
  rows: Stream,
  schema: Schema,
  keys: readonly SortKey[],
  file: SealedRunsWriter,
  context: Context,
  owner: string,
): Promise<Uint8Array> {
  const { arena, kernels, share } = context;
  const columnsOf = keyColumnsOf(keys, schema, context);
  const most = runBatchBytes(schema.fields.length, share);
  const samples = new KeySamples();
  const region = arena.region(owner);
  let batches = 0;
  let row = 0;
  let shortest = batchRows;

  const write = (piece: Batch): void => {
    const columns = columnsOf(piece, region);
    const { data, bytes } = encodeSortKeys(columns, keys, 1, region, kernels);
    samples.add(batches++, row, Buffer.from(arena.bytes.slice(data, data + bytes)));
    file.write(0, piece);
    row += piece.length;
  };

  try {
    for await (const batch of rows) {
      const pieces = Math.max(1, Math.ceil(heldBytes(batch, context) / most));
      // From a multiple of eight on nothing is copied.
      const size = Math.min(batchRows, Math.ceil(batch.length / pieces / 8) * 8);
      for (let from = 0; from < batch.length; from += size) {
        region.reset();
        write(sliceBatch(batch, from, Math.min(size, batch.length - from), region, kernels));
        shortest = Math.min(shortest, size);
      }
    }
  } finally {
    region.release();
  }
  return samples.encode(row, shortest);
}
