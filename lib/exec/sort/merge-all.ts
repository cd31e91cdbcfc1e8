/** Any number of sorted runs as one: where they are more than memory lets merge at once, in several passes. */
import type { NextBatch } from '../../../spill/run-reader.js';
import type { Texts } from '../../../spill/spill-coder.js';
import type { SpillFile } from '../../../spill/spill-file.js';
import type { DataType } from '../../arrow/types.js';
import { batchSize } from '../../formats/batch-size.js';
import type { Context, Stream } from '../context.js';
import { heldBytes } from './held-bytes.js';
import { type KeysOf, mergeRuns } from './merge-runs.js';

/** A sorted run, and what it is read from: that is released when none of its runs is needed any more. */
export interface SortedRun {
  open(): NextBatch;
  /** Of its largest batch as it is stored: one row with a long text may be far more than others. */
  readonly mostBytes: number;
  readonly file: { release(): void };
}

export interface Merging {
  readonly types: readonly DataType[];
  /** Dictionaries that runs are coded with and that live as long, by column; null where there are none. */
  readonly texts: readonly (Texts | null)[] | null;
  /** Bytes of the arena. */
  readonly room: number;
  readonly keysOf: KeysOf;
  readonly limit: number | null;
  /** Rows of a batch of a run. */
  readonly batchRows: number;
  /** Bytes of a batch of a run in memory; some take less, and one of a single row may take more. */
  readonly batchBytes: number;
}

/** How many rows the batches of runs have. */
export class BatchRows {
  #least = Number.POSITIVE_INFINITY;
  #mostOfOne = 1;

  /** Counts a run whose first batch has so many rows. */
  add(rows: number, isOnly: boolean): void {
    if (isOnly) this.#mostOfOne = Math.max(this.#mostOfOne, rows);
    else this.#least = Math.min(this.#least, rows);
  }

  /** Rows of the shortest batch that is not the last of its run; where there are none, of the longest. */
  get least(): number {
    return this.#least === Number.POSITIVE_INFINITY ? this.#mostOfOne : this.#least;
  }
}

/** Of the room: what the batches of runs that are merged take, and the rows that are given out. */
const mergedPart = 0.75;
const outputPart = 0.2;

/** All rows in order; equal ones in the order of the runs. Memory: the room. */
export async function* mergeAll(
  runs: readonly SortedRun[],
  merging: Merging,
  context: Context,
  owner: string,
): Stream {
  let left = runs;
  try {
    let { fanIn, runBytes } = measured(left, merging, context, owner);
    while (left.length > fanIn) {
      left = await shorten(left, fanIn, merging, context, owner);
      ({ fanIn, runBytes } = measured(left, merging, context, owner));
    }
    // Batches that are used up stay until their rows are given out: about as many as are given out at once.
    const bytes = merging.room * outputPart;
    const batches = Math.max(1, Math.floor(bytes / runBytes));
    const rows = Math.min(batchSize(merging.types, context), merging.batchRows * batches);
    yield* merge(left, rows, bytes, merging, context, owner);
  } finally {
    for (const { file } of left) file.release();
  }
}

/** What a run takes while it is merged: a batch, its keys, a dictionary; and how many fit into what is not for the output. */
function measured(
  runs: readonly SortedRun[],
  { keysOf, room, batchBytes }: Merging,
  context: Context,
  owner: string,
): { readonly fanIn: number; readonly runBytes: number } {
  const { arena } = context;
  const region = arena.region(owner);
  let bytes = 0;
  let fanIn = 0;
  try {
    for (const { open, mostBytes } of runs) {
      region.release();
      const before = arena.reserved;
      const batch = open()(region);
      const keyPart = batch === null ? 0 : keysOf(batch, region).bytes / heldBytes(batch, context);
      // The first texts in order may be the shortest: later batches have more bytes, and their keys as many more; a long
      // text may be all key.
      const later = mostBytes > batchBytes ? 2 * mostBytes : batchBytes * (1 + keyPart);
      const taken = Math.max(arena.reserved - before, later);
      if (fanIn >= 2 && bytes + taken > room * mergedPart) break;
      bytes += taken;
      fanIn++;
    }
    return { fanIn, runBytes: bytes / fanIn };
  } finally {
    region.release();
  }
}

function merge(
  runs: readonly SortedRun[],
  rows: number,
  bytes: number,
  { types, keysOf, limit, batchBytes }: Merging,
  context: Context,
  owner: string,
): Stream {
  const readers = runs.map((run) => run.open());
  // However little room there is, batches are not shorter than those of runs.
  return mergeRuns(readers, types, keysOf, limit, rows, Math.max(batchBytes, bytes), context, owner);
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
  const file = await context.spills.create(merging.types, owner, merging.texts);
  let left: readonly SortedRun[] = runs;
  try {
    for (let from = 0; from < merged; from += fanIn) {
      const group = runs.slice(from, Math.min(from + fanIn, merged));
      if (group.length === 1) continue;
      const run = file.runs;
      for await (const batch of merge(group, merging.batchRows, merging.batchBytes, merging, context, owner))
        file.write(run, batch);
      left = left.flatMap((one) =>
        one === group[0] ? [runOf(file, run)] : group.includes(one) ? [] : [one],
      );
      const needed = new Set(left.map((one) => one.file));
      for (const one of group) if (!needed.has(one.file)) one.file.release();
    }
    return left;
  } catch (error) {
    file.release();
    throw error;
  }
}

export const runOf = (file: SpillFile, run: number): SortedRun => ({
  file,
  mostBytes: file.mostBytesOf(run),
  open: () => file.open(run),
});
