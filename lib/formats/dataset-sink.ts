/** Writes our own format by one writer; see lib/exec/stages/dataset-output.ts for several. */
import { createDataset, type DatasetOptions } from '../../spill/dataset-writer.js';
import type { Schema } from '../arrow/schema.js';
import { stopIfAborted } from '../breathe.js';
import { usageError } from '../errors.js';
import type { FormatOptions, Runtime, Sink } from './format.js';

export async function createDatasetSink(
  path: string,
  schema: Schema,
  options: FormatOptions,
  runtime: Runtime,
): Promise<Sink> {
  if (path === '-')
    throw usageError(
      'a dataset is a folder and cannot go to standard output; name a folder or another format',
    );
  const writer = await createDataset(path, schema, datasetOptions(options), runtime);
  return {
    async write(batch) {
      stopIfAborted(runtime);
      writer.write(batch);
    },
    finish: () => writer.finish(),
    abort: () => writer.abort(),
  };
}

/** The options of writing, as the store takes them. */
export function datasetOptions(options: FormatOptions): DatasetOptions {
  const { overwrite, chunkBytes, joinBelow } = options;
  return {
    overwrite: overwrite === true,
    ...(typeof chunkBytes === 'number' ? { chunkBytes } : {}),
    ...(typeof joinBelow === 'number' ? { joinBelow } : {}),
  };
}
