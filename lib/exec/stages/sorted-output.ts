/**
 * Rows on their way to a file of sorted runs: each run as long as memory lets it be, in batches so small that one of each
 * of many runs is held when they are merged, with samples of their keys behind them. Nothing is merged here: those who read
 * a range of keys merge all runs of all files. Memory: the share, as a sort's.
 */
import type { SealedRunsWriter } from '../../../spill/sealed-runs.js';
import type { Batch } from '../../arrow/batch.js';
import type { Schema } from '../../arrow/schema.js';
import { packedType } from '../../kernels/packed-lists.js';
import { encodeSortKeys } from '../../kernels/sort-keys.js';
import { takeBatch } from '../../kernels/take.js';
import type { SortKey } from '../../plan/expr.js';
import type { Context, Stream } from '../context.js';
import { packedRows, unpackedRows } from '../packed-lists.js';
import { keyedBy, ownColumns } from '../sort/keyed.js';
import { runBatchBytes } from '../sort/runs.js';
import { sortedRuns } from '../sort/sorted-runs.js';
import { Sorting } from '../sort/sorting.js';
import { KeySamples } from './key-samples.js';

/** Rows of a batch whose keys are samples: the first, and some at equal distances. */
const samplesPerBatch = 8;

/** Writes the rows, which come in any order, as runs 0, 1, ...; returns the note for the end of the file. */
export async function writeSorted(
  input: Stream,
  schema: Schema,
  keys: readonly SortKey[],
  file: SealedRunsWriter,
  context: Context,
  owner: string,
): Promise<Uint8Array> {
  const { arena, kernels, share } = context;
  const { rows, types, keys: sortColumns } = keyedBy(keys, input, schema, context);
  const sorting = new Sorting(types.map(packedType), sortColumns, null, context, owner);
  const samples = new KeySamples();
  const region = arena.region(owner);
  const batchBytes = runBatchBytes(types.length, share);
  let run = 0;
  let batches = 0;
  let rowsBefore = 0;

  const sample = ({ length, columns }: Batch): void => {
    const step = Math.ceil(length / samplesPerBatch);
    const count = Math.ceil(length / step);
    const sampled = region.reserve(count * 4);
    for (let i = 0; i < count; i++) arena.view.setUint32(sampled + i * 4, i * step, true);
    const keyed = { length, columns: sortColumns.map(({ column }) => columns[column]!) };
    const { columns: values } = takeBatch(keyed, sampled, count, region, context);
    const { offsets, data } = encodeSortKeys(values, keys, count, region, kernels);
    for (let i = 0; i < count; i++) {
      const [start, end] = [0, 4].map((at) => data + arena.view.getInt32(offsets + i * 4 + at, true));
      const key = Buffer.from(arena.bytes.slice(start, end));
      samples.add({ batch: batches, row: i * step, before: rowsBefore + i * step, key });
    }
  };

  const write = (batch: Batch): void => {
    region.reset();
    sample(batch);
    file.write(run, ownColumns(batch, schema));
    batches++;
    rowsBefore += batch.length;
  };

  try {
    const runs = sortedRuns(packedRows(rows, types, context, owner), sorting, context);
    for await (const sorted of runs) {
      for await (const batch of unpackedRows(sorted.batches(batchBytes), types, context, owner)) write(batch);
      run++;
    }
  } finally {
    region.release();
    sorting.release();
  }
  return samples.encode();
}
