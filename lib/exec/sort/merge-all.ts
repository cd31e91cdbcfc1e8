/** Any number of sorted runs as one: where they are more than the share lets merge at once, in several passes. */
import type { NextBatch } from '../../../spill/run-reader.js';
import type { SpillFile } from '../../../spill/spill-file.js';
import { batchRows } from '../../arrow/batch.js';
import type { DataType } from '../../arrow/types.js';
import type { Context, Stream } from '../context.js';
import { type KeysOf, mergeRuns } from './merge-runs.js';

/** A sorted run, and what it is read from: that is released when none of its runs is needed any more. */
export interface SortedRun {
  open(): NextBatch;
  readonly file: { release(): void };
}

export interface Merging {
  readonly types: readonly DataType[];
  readonly keysOf: KeysOf;
  readonly limit: number | null;
  /** Rows of the shortest batch of a run that is not its last. */
  readonly batchRows: number;
  /** What a run takes while it is merged: a batch, and its keys. */
  readonly runBytes: number;
}

/** All rows in order; equal ones in the order of the runs. Memory: the share. */
export async function* mergeAll(
  runs: readonly SortedRun[],
  merging: Merging,
  context: Context,
  owner: string,
): Stream {
  // A quarter of the share is for what is given out.
  const fanIn = Math.max(2, Math.floor((context.share * 0.75) / merging.runBytes));
  const outputBatches = Math.max(1, Math.floor((context.share * 0.2) / merging.runBytes));
  let left = runs;
  try {
    while (left.length > fanIn) left = await shorten(left, fanIn, merging, context, owner);
    const rows = Math.min(batchRows, merging.batchRows * outputBatches);
    yield* merge(left, rows, merging, context, owner);
  } finally {
    for (const { file } of left) file.release();
  }
}

function merge(
  runs: readonly SortedRun[],
  rows: number,
  { types, keysOf, limit }: Merging,
  context: Context,
  owner: string,
): Stream {
  const readers = runs.map((run) => run.open());
  return mergeRuns(readers, types, keysOf, limit, rows, context, owner);
}

/** Merges neighbours into longer runs, no more of them than leaves `fanIn` runs, if once suffices. */
async function shorten(
  runs: readonly SortedRun[],
  fanIn: number,
  merging: Merging,
  context: Context,
  owner: string,
): Promise<readonly SortedRun[]> {
  const count = runs.length;
  let merged = 2;
  while (merged < count && Math.ceil(merged / fanIn) + count - merged > fanIn) merged++;
  const file = await context.spills.create(merging.types, owner);
  const longer: SortedRun[] = [];
  try {
    for (let from = 0; from < merged; from += fanIn) {
      const group = runs.slice(from, Math.min(from + fanIn, merged));
      if (group.length === 1) {
        longer.push(group[0]!);
        continue;
      }
      const run = file.runs;
      for await (const batch of merge(group, merging.batchRows, merging, context, owner))
        file.write(run, batch);
      longer.push(runOf(file, run));
    }
  } catch (error) {
    file.release();
    throw error;
  }
  const left = [...longer, ...runs.slice(merged)];
  const needed = new Set(left.map((run) => run.file));
  for (const run of runs) if (!needed.has(run.file)) run.file.release();
  return left;
}

export const runOf = (file: SpillFile, run: number): SortedRun => ({ file, open: () => file.open(run) });
