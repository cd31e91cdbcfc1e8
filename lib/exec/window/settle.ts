/**
 * Adds columns that are the same for all rows of a group of neighbours, and known only at its end.
 *
 *   sorted rows ─▶ runs ─▶ groups that end in the batch ────────────────────────────────▶ out
 *                     └──▶ rows of the last group ─▶ queue (memory, file) ─(it ends)─▶ value beside each ─▶ out
 *
 * Memory: `room` bytes of waiting rows, the rest in a file; see row-queue.ts and the runs.
 */
import type { Batch, Vector } from '../../arrow/batch.js';
import type { DataType } from '../../arrow/types.js';
import { sliceBatch } from '../../kernels/slice.js';
import { take } from '../../kernels/take.js';
import type { Region } from '../../memory/arena.js';
import type { Context, Stream } from '../context.js';
import { Memo } from '../memo.js';
import { RowQueue } from './row-queue.js';
import type { Marks, Run, Unit } from './run.js';

/** All columns of the input, of `types`, then one for each run, which are released. `unit`: what is a group. */
export async function* settle(
  makeRuns: () => readonly Run[],
  unit: Unit,
  marks: Marks,
  input: Stream,
  types: readonly DataType[],
  room: number,
  context: Context,
): Stream {
  const { arena, kernels } = context;
  const region = arena.region(owner);
  const output = arena.region(owner);
  const memo = new Memo(context, owner);
  const queue = new RowQueue(types, room, context, owner);
  let runs: readonly Run[] = [];

  /** The waiting rows, each with the first of the values. */
  async function* settled(values: readonly Vector[]): Stream {
    for await (const batch of queue.drain()) {
      output.reset();
      const zeros = output.reserveZeroed(batch.length * 4);
      yield withTaken(batch, values, zeros, output);
    }
  }

  const withTaken = (batch: Batch, values: readonly Vector[], indices: number, into: Region): Batch => ({
    length: batch.length,
    columns: [...batch.columns, ...values.map((value) => take(value, indices, batch.length, into, context))],
  });

  try {
    runs = makeRuns();
    for await (const batch of input) {
      const { length } = batch;
      if (length === 0) continue;
      region.reset();
      const partitions = batch.columns[marks.partitions]!.data;
      const peers = batch.columns[marks.peers]!.data;
      const units = { rows: 0, peers, partitions }[unit];
      const ordinals = region.reserve(length * 4);
      const groups = kernels.window_ordinals(units, length, ordinals);
      const rows = { batch, memo, partitions, peers, units, ordinals, groups };
      const values: Vector[] = [];
      for (const run of runs) values.push(await run.add(rows, region));
      if (groups > 0) yield* settled(values);
      let done = 0;
      if (units === 0) done = length;
      else if (groups > 0) done = new Int32Array(arena.buffer, ordinals, length).indexOf(groups);
      if (done > 0) yield withTaken(part(batch, 0, done, region), values, ordinals, region);
      await queue.push(part(batch, done, length - done, region));
    }
    if (queue.length === 0) return;
    region.reset();
    const values: Vector[] = [];
    for (const run of runs) values.push(await run.last(region));
    yield* settled(values);
  } finally {
    for (const run of runs) run.release();
    queue.release();
    memo.release();
    output.release();
    region.release();
  }

  function part(batch: Batch, from: number, length: number, into: Region): Batch {
    return length === batch.length ? batch : sliceBatch(batch, from, length, into, kernels);
  }
}

const owner = 'window';
