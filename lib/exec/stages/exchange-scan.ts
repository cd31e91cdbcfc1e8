/**
 * Reads what other tasks wrote (output.ts). Only plans that were cut into stages have such sources; they are no formats
 * that anybody could name, and reading them may take what an operator takes.
 */
import { ReferredTexts } from '../../../spill/referred-texts.js';
import { SealedRuns } from '../../../spill/sealed-runs.js';
import { head } from '../../arrow/batch.js';
import type { Schema } from '../../arrow/schema.js';
import { breathe } from '../../breathe.js';
import type { ScanRequest } from '../../formats/format.js';
import type { SourceRef } from '../../plan/plan.js';
import type { Context, Stream } from '../context.js';
import { readRange, type SortedRunsOptions } from './range-scan.js';

/** Options of `runs`: one run of each file, file after file, or all runs of each. */
export interface RunsOptions {
  readonly schema: Schema;
  readonly run: number | null;
}

const owner = 'the exchange';

export function exchangeScan(
  { format, paths, options }: SourceRef,
  request: ScanRequest,
  context: Context,
): Stream {
  return format === 'runs'
    ? readRuns(paths, options as unknown as RunsOptions, request, context)
    : readRange(paths, options as unknown as SortedRunsOptions, request, context);
}

/** Memory: a batch, the index and dictionaries of one file, and those that the files refer to. */
async function* readRuns(
  paths: readonly string[],
  { schema, run }: RunsOptions,
  { columns, limit }: ScanRequest,
  context: Context,
): Stream {
  const types = schema.fields.map(({ type }) => type);
  const referred = new ReferredTexts(owner, context);
  let left = limit ?? Number.POSITIVE_INFINITY;
  try {
    for (const path of paths) {
      if (left <= 0) return;
      const file = new SealedRuns(path, types, referred, owner, context);
      let told = 0;
      try {
        for (const one of run === null ? file.index.runs.keys() : [run]) {
          for (const batch of file.reader.read(one, columns)) {
            await breathe(context);
            context.progress.exchanged?.(file.reader.bytesRead - told);
            told = file.reader.bytesRead;
            const wanted = head(batch, left);
            left -= wanted.length;
            yield wanted;
            if (left <= 0) return;
          }
        }
      } finally {
        file.release();
      }
    }
  } finally {
    referred.release();
  }
}
