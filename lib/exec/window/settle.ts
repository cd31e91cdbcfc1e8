/**
 * Adds columns that are the same for all rows of a group of neighbours, and known only at its end.
 *
 *   sorted rows ─▶ runs ─▶ groups that end in the batch ────────────────────────────────▶ out
 *                     └──▶ rows of the last group ─▶ queue (memory, file) ─(it ends)─▶ value beside each ─▶ out
 *
 * Memory: a piece of the output; `room` bytes of waiting rows, the rest in a file; see row-queue.ts and the runs.
 */
import { type Batch, batchRows, type Vector } from '../../arrow/batch.js';
import { type DataType, widthOf } from '../../arrow/types.js';
import { valueBytes } from '../../arrow/value-bytes.js';
import { breathe } from '../../breathe.js';
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
    const zeros = region.reserveZeroed(batchRows * 4);
    for await (const batch of queue.drain()) yield* beside(batch, values, zeros);
  }

  /** Rows, each with one of the values, which may be long: as many at once as take a small part of the arena. */
  async function* beside(batch: Batch, values: readonly Vector[], indices: number): Stream {
    const bytes = values.reduce((sum, value) => sum + mostBytes(value, arena.view), 1);
    const most = Math.max(1, Math.min(batchRows, Math.floor((arena.capacity * pieceShare) / bytes)));
    for (let from = 0; from < batch.length; from += most) {
      output.reset();
      const length = Math.min(most, batch.length - from);
      const { columns } = part(batch, from, length, output);
      const taken = values.map((value) => take(value, indices + from * 4, length, output, context));
      yield { length, columns: [...columns, ...taken] };
      if (from + length < batch.length) await breathe(context);
    }
  }

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
      if (done > 0) yield* beside(part(batch, 0, done, region), values, ordinals);
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

/** Of the arena, for rows with values of any length. */
const pieceShare = 1 / 16;

/** What the longest of some values takes beside a fixed width. */
function mostBytes({ offsets, length, dictionary, child, type }: Vector, view: DataView): number {
  if (offsets === 0 || dictionary !== null) return widthOf(type);
  let most = 0;
  let start = view.getInt32(offsets, true);
  for (let i = 1; i <= length; i++) {
    const end = view.getInt32(offsets + i * 4, true);
    most = Math.max(most, end - start);
    start = end;
  }
  return most * (child === undefined ? 1 : 4 + Math.ceil(valueBytes(child, view)));
}
