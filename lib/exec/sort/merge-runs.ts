/**
 * Sorted runs read side by side and merged into one.
 *
 *   run 0  ▭ batch, keys ─┐
 *   run 1  ▭ batch, keys ─┤ tree of losers ──▶ (run's batch, row) of the rows that come next ──▶ gather ──▶ batch
 *   run 2  ▭ batch, keys ─┘
 *
 * A batch that is used up stays until the rows taken from it are gathered, which is as soon as such batches take as much
 * as may be given out at once. Memory: a batch with its keys for each run, and twice what is given out.
 */
import type { NextBatch } from '../../../spill/run-reader.js';
import type { Batch } from '../../arrow/batch.js';
import type { DataType } from '../../arrow/types.js';
import { breathe } from '../../breathe.js';
import { ChunkTable } from '../../kernels/chunk-table.js';
import type { SortKeys } from '../../kernels/sort-keys.js';
import type { Region } from '../../memory/arena.js';
import type { Context, Stream } from '../context.js';

/** The keys of a batch's rows, in `region`: as their bytes compare, so the rows do. */
export type KeysOf = (batch: Batch, region: Region) => SortKeys;

/** A run's record for the kernels is so long. */
const recordBytes = 64;
/** Byte offsets in a record. */
const record = { row: 24, length: 28 } as const;

/** Where one batch lies: the number of its chunk and its memory. */
interface Place {
  readonly chunk: number;
  readonly region: Region;
}

/** Batches of `rowsOut` rows, fewer where these, or what they are taken from, take more than `bytesOut`; at most `limit` rows in all. Equal rows come in the order of the runs. */
export async function* mergeRuns(
  runs: readonly NextBatch[],
  types: readonly DataType[],
  keysOf: KeysOf,
  limit: number | null,
  rowsOut: number,
  bytesOut: number,
  context: Context,
  owner: string,
): Stream {
  const { arena, kernels } = context;
  const { view } = arena;
  const home = arena.region(owner);
  const output = arena.region(owner);
  const chunks = new ChunkTable(types, context, owner);
  const places: Place[] = [];
  const free: Place[] = [];
  const used: Place[] = [];
  const takePlace = (): Place => {
    const place = free.pop() ?? { chunk: places.length, region: arena.region(owner) };
    if (place.chunk === places.length) places.push(place);
    return place;
  };
  try {
    const tree = home.reserve(runs.length * 4);
    const records = home.reserve(runs.length * recordBytes);
    const rows = home.reserve(rowsOut * 4);
    const current: (Place | null)[] = runs.map(() => null);
    let usedBytes = 0;

    const advance = (run: number): void => {
      const before = current[run];
      if (before) {
        used.push(before);
        usedBytes += before.region.held;
      }
      const place = takePlace();
      const batch = runs[run]!(place.region);
      current[run] = batch === null ? null : place;
      if (batch === null) {
        free.push(place);
        kernels.merge_batch(records, run, 0, 0, 0, 0);
        return;
      }
      chunks.set(place.chunk, batch);
      const { offsets, data } = keysOf(batch, place.region);
      kernels.merge_batch(records, run, batch.length, offsets, data, place.chunk);
    };

    runs.forEach((_, run) => {
      advance(run);
    });
    kernels.merge_start(tree, records, runs.length);
    for (let left = limit ?? Number.POSITIVE_INFINITY; left > 0; ) {
      const most = Math.min(rowsOut, left);
      let count = 0;
      while (count < most && usedBytes <= bytesOut) {
        count += kernels.merge_next(tree, records, runs.length, rows + count * 4, most - count);
        const winner = view.getInt32(tree, true);
        const at = records + winner * recordBytes;
        const length = view.getInt32(at + record.length, true);
        if (length === 0) break;
        if (view.getInt32(at + record.row, true) < length) continue;
        advance(winner);
        kernels.merge_replay(tree, records, runs.length);
      }
      if (count === 0) return;
      left -= count;
      yield* chunks.batches(rows, count, output, bytesOut);
      for (const place of used) {
        chunks.set(place.chunk, null);
        // A batch with a long text took far more than the next one will.
        place.region.release();
        free.push(place);
      }
      used.length = 0;
      usedBytes = 0;
      await breathe(context);
    }
  } finally {
    for (const { region } of places) region.release();
    home.release();
    output.release();
    chunks.release();
  }
}
