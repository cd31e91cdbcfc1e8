/**
 * Adds columns that look at rows around each row: shifts, and frames that move.
 *
 *   sorted rows ─┬▶ queue (memory, file) ───────────────────────▶ rows whose frames are complete, values beside ─▶ out
 *                └▶ what functions look at ─▶ held rows ─▶ frames ─┘
 *                   (dropped when no later frame can begin there)
 *
 * Memory: `room` bytes of waiting rows, the rest in a file; and, of the columns that functions look at, the rows from
 * the start of the earliest frame that is not complete on, twice while rows are dropped.
 */
import { type Batch, batchRows, type Vector } from '../../arrow/batch.js';
import { bool, type DataType } from '../../arrow/types.js';
import { BatchBuffer } from '../../kernels/batch-buffer.js';
import { sliceBatch } from '../../kernels/slice.js';
import type { Region } from '../../memory/arena.js';
import type { Bound } from '../../plan/bound.js';
import type { Context, Stream } from '../context.js';
import { evaluate } from '../evaluate.js';
import { Memo } from '../memo.js';
import { type Frames, Held, type RangeKey } from './frames.js';
import { RowQueue } from './row-queue.js';
import type { Marks } from './run.js';

/** A function over held rows. */
export interface Slide {
  /** What it looks at, evaluated when rows come. */
  readonly inputs: readonly Bound[];
  /** Where each held row looks. */
  frames(held: HeldRows): Frames;
  /** The values of rows [from, from + batch.length) of the held; `batch` has their other columns. */
  values(held: HeldRows, frames: Frames, from: number, batch: Batch, memo: Memo, into: Region): Vector;
  release(): void;
}

export interface HeldRows {
  readonly rows: Held;
  readonly inputs: readonly Vector[];
  readonly key: RangeKey | null;
}

/** The sort key of ranges with offsets. */
export interface SlideKey {
  readonly bound: Bound;
  readonly descending: boolean;
}

/** All columns of the input, of `types`, then one for each slide, which are released. */
export async function* slide(
  makeSlides: () => readonly Slide[],
  key: SlideKey | null,
  marks: Marks,
  input: Stream,
  types: readonly DataType[],
  room: number,
  context: Context,
): Stream {
  const { arena, kernels } = context;
  const slides = makeSlides();
  const region = arena.region(owner);
  const output = arena.region(owner);
  const memo = new Memo(context, owner);
  const queue = new RowQueue(types, room, context, owner);
  const inputs = [...(key === null ? [] : [key.bound]), ...slides.flatMap((one) => one.inputs)];
  const heldTypes = [bool, bool, ...inputs.map((one) => one.type)];
  let held = new BatchBuffer(heldTypes, arena, kernels, owner);
  /** Rows held whose values have come out. */
  let done = 0;

  /** Gives out what is complete, all where nothing follows, and drops what nobody will look at. */
  async function* advance(all: boolean): Stream {
    region.reset();
    const batch = held.batch();
    const [partitions, peers, ...columns] = batch.columns as [Vector, Vector, ...Vector[]];
    const rows = new Held(partitions, peers, region, kernels);
    const rangeKey = key === null ? null : { column: columns.shift()!, descending: key.descending };
    const work = slides.map((one) => {
      const seen = { rows, inputs: columns.splice(0, one.inputs.length), key: rangeKey };
      return { one, seen, frames: one.frames(seen) };
    });
    let ready = batch.length;
    if (!all)
      for (const { frames } of work) {
        if (frames.ahead !== null)
          ready = Math.min(ready, kernels.window_ready(frames.ahead, done, batch.length));
      }
    for await (const waiting of queue.take(ready - done)) {
      output.reset();
      const values = work.map(({ one, seen, frames }) =>
        one.values(seen, frames, done, waiting, memo, output),
      );
      yield { length: waiting.length, columns: [...waiting.columns, ...values] };
      done += waiting.length;
    }
    const next = Math.min(done, batch.length - 1);
    const firsts = work.map(({ frames }) => arena.view.getInt32(frames.from + next * 4, true));
    drop(Math.max(0, Math.min(done, ...firsts)), batch);
  }

  /** Rows before `from` are not looked at again. */
  function drop(from: number, batch: Batch): void {
    if (from === batch.length) held.clear();
    else if (from * 2 < batch.length) return;
    else {
      const kept = new BatchBuffer(heldTypes, arena, kernels, owner);
      kept.append(sliceBatch(batch, from, batch.length - from, region, kernels));
      held.release();
      held = kept;
    }
    done -= from;
  }

  try {
    for await (const batch of input) {
      if (batch.length === 0) continue;
      region.reset();
      const columns = inputs.map((one) => evaluate(one, batch, region, context, memo));
      const { partitions, peers } = marks;
      held.append({
        length: batch.length,
        columns: [batch.columns[partitions]!, batch.columns[peers]!, ...columns],
      });
      await queue.push(batch);
      // Frames of all held rows are worked out anew, so that there must be many new ones.
      if (held.length - done >= Math.max(batchRows, done)) yield* advance(false);
    }
    if (held.length > done) yield* advance(true);
  } finally {
    for (const one of slides) one.release();
    held.release();
    queue.release();
    memo.release();
    output.release();
    region.release();
  }
}

const owner = 'window';
