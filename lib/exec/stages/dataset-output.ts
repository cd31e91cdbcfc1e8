/**
 * A dataset written by the tasks of a stage:
 *
 *   coordinator: createDatasetOutput ─▶ target ─▶ task: writeChunks ─▶ WrittenChunks ─▶ coordinator: commit
 *
 * A task's files are synced before it returns. Those of a task whose worker was killed half way stay until they are
 * removed, at the latest by `commit`, which lists only what it is given, or by `abort`.
 */
import { ChunksWriter, type WrittenChunks } from '../../../spill/chunks-writer.js';
import { createPendingDataset } from '../../../spill/pending-dataset.js';
import type { Schema } from '../../arrow/schema.js';
import { stopIfAborted } from '../../breathe.js';
import { datasetOptions } from '../../formats/dataset-sink.js';
import type { FormatOptions, Runtime } from '../../formats/format.js';
import type { Stream } from '../context.js';

/** Plain data, for the tasks. */
export interface DatasetTarget {
  /** What the user called it; errors name it. */
  readonly path: string;
  /** Where the chunks go. */
  readonly folder: string;
  readonly schema: Schema;
  /** Those of writing a dataset. */
  readonly options: FormatOptions;
}

export interface DatasetOutput {
  readonly target: DatasetTarget;
  /** Takes the chunks that a job of this coordinator or one before it has in a folder beside the output; it goes. */
  adopt(folder: string): void;
  /** Makes the dataset appear, with the chunks of these tasks in this order. */
  commit(tasks: readonly WrittenChunks[]): { readonly rows: number; readonly bytes: number };
  /** Leaves nothing behind; harmless after `commit`. No task may still write. */
  abort(): void;
}

/** Refuses what exists at the path, as a dataset written by one process does. */
export async function createDatasetOutput(
  path: string,
  schema: Schema,
  options: FormatOptions,
  runtime: Runtime,
): Promise<DatasetOutput> {
  const pending = await createPendingDataset(path, options.overwrite === true);
  return {
    target: { path, folder: pending.folder, schema, options },
    adopt: (folder) => pending.adopt(folder),
    commit(tasks) {
      const { rows, bytes } = pending.commit(schema, tasks, runtime);
      return { rows, bytes };
    },
    abort: () => pending.abort(),
  };
}

/** Writes the stream's rows as chunks. `task` is a number that no other task, and no other attempt at it, was given. */
export async function writeChunks(
  stream: Stream,
  { path, folder, schema, options }: DatasetTarget,
  task: number,
  runtime: Runtime,
): Promise<WrittenChunks> {
  const place = { folder, task, dataset: path };
  try {
    const writer = new ChunksWriter(place, schema, datasetOptions(options), runtime);
    try {
      for await (const batch of stream) {
        stopIfAborted(runtime);
        writer.write(batch);
      }
      return await writer.finish();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  } finally {
    await stream.return();
  }
}
