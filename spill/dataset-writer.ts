/** Writes a dataset from one process: a folder of chunk files and a manifest. */
import type { Batch } from '../lib/arrow/batch.js';
import type { Schema } from '../lib/arrow/schema.js';
import { type ChunkOptions, ChunksWriter } from './chunks-writer.js';
import { createPendingDataset, type PendingDataset } from './pending-dataset.js';
import type { Workspace } from './workspace.js';

export interface DatasetOptions extends ChunkOptions {
  /** Replace the dataset that is there; what is no dataset is never replaced. */
  readonly overwrite?: boolean;
}

/** What was left by killed writers of the same path is swept. */
export async function createDataset(
  path: string,
  schema: Schema,
  options: DatasetOptions,
  workspace: Workspace,
): Promise<DatasetWriter> {
  const pending = await createPendingDataset(path, options.overwrite === true);
  try {
    const place = { folder: pending.folder, dataset: path };
    const chunks = new ChunksWriter(place, schema, options, workspace);
    return new DatasetWriter(pending, chunks, schema, workspace);
  } catch (error) {
    pending.abort();
    throw error;
  }
}

export class DatasetWriter {
  readonly #pending: PendingDataset;
  readonly #chunks: ChunksWriter;
  readonly #schema: Schema;
  readonly #workspace: Workspace;

  /** @internal Made by `createDataset`. */
  constructor(pending: PendingDataset, chunks: ChunksWriter, schema: Schema, workspace: Workspace) {
    this.#pending = pending;
    this.#chunks = chunks;
    this.#schema = schema;
    this.#workspace = workspace;
  }

  write(batch: Batch): void {
    this.#chunks.write(batch);
  }

  /** Makes the dataset appear. */
  async finish(): Promise<{ readonly rows: number; readonly bytes: number }> {
    const written = await this.#chunks.finish();
    const { rows, bytes } = this.#pending.commit(this.#schema, [written], this.#workspace);
    return { rows, bytes };
  }

  /** Leaves nothing behind. */
  async abort(): Promise<void> {
    await this.#chunks.abort();
    this.#pending.abort();
  }
}
