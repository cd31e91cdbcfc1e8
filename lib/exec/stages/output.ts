/** What becomes of the rows of a task that another task reads: a sealed file of runs. */
import type { SealedFile, SealedRunsWriter } from '../../../spill/sealed-runs.js';
import { batchRows } from '../../arrow/batch.js';
import type { Schema } from '../../arrow/schema.js';
import { BatchBuffer } from '../../kernels/batch-buffer.js';
import type { Expr, SortKey } from '../../plan/expr.js';
import type { Context, Stream } from '../context.js';

/** How rows are put down for those that read them. */
export type RunLayout =
  /** Run 0, in the order in which they come. */
  | { readonly kind: 'rows' }
  /** Run p has those of partition p of `count`: rows with equal values of `by` are in the same, in every process. */
  | { readonly kind: 'partitions'; readonly by: readonly Expr[]; readonly count: number }
  /** As many runs as it takes, each in this order; they come in any. Ranges of keys will be read (range-scan.ts). */
  | { readonly kind: 'sorted'; readonly keys: readonly SortKey[] };

const owner = 'the output of a task';

/**
 * Writes all rows into a new file, which stays when it is whole, and is removed after an error. With `sync` it is on
 * the disk, too. Memory: what the layout holds back, see below and hash-partitions.ts, and a batch.
 */
export async function writeRuns(
  rows: Stream,
  schema: Schema,
  path: string,
  layout: RunLayout,
  context: Context,
  sync = false,
): Promise<SealedFile> {
  const types = schema.fields.map(({ type }) => type);
  const file = await context.spills.createSealed(path, types, owner);
  try {
    let note: Uint8Array = new Uint8Array(0);
    if (layout.kind === 'sorted') {
      const { writeSorted } = await import('./sorted-output.js');
      note = await writeSorted(rows, schema, layout.keys, file, context, owner);
    } else {
      const large = pooled(rows, schema, context);
      if (layout.kind === 'partitions') await writePartitions(large, schema, layout, file, context);
      else for await (const batch of large) file.write(0, batch);
    }
    return await file.seal(note, sync);
  } finally {
    file.release();
  }
}

/** Batches of fewer rows are put together, up to so many rows or this part of the share. */
const fewRows = 8192;
const pooledPart = 1 / 8;

/** The same rows in batches that are worth writing. */
async function* pooled(rows: Stream, schema: Schema, { arena, kernels, share }: Context): Stream {
  const types = schema.fields.map(({ type }) => type);
  const pool = new BatchBuffer(types, arena, kernels, owner);
  try {
    for await (const batch of rows) {
      const few = batch.length < fewRows;
      if (few) pool.append(batch);
      if (
        pool.length > 0 &&
        (!few || pool.length >= batchRows - fewRows || pool.bytes > share * pooledPart)
      ) {
        yield pool.batch();
        pool.clear();
      }
      if (!few) yield batch;
    }
    if (pool.length > 0) yield pool.batch();
  } finally {
    pool.release();
  }
}

async function writePartitions(
  rows: Stream,
  schema: Schema,
  { by, count }: Extract<RunLayout, { kind: 'partitions' }>,
  file: SealedRunsWriter,
  context: Context,
): Promise<void> {
  const { HashPartitions } = await import('./hash-partitions.js');
  const partitions = new HashPartitions(by, count, schema, file, context, owner);
  try {
    for await (const batch of rows) await partitions.add(batch);
    await partitions.flush();
  } finally {
    partitions.release();
  }
}
