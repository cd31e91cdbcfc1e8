/**
 * Aggregates over frames whose states are of any size (texts, quantiles): the rows of every frame are added up anew,
 * so that the work is that of all frames' rows.
 *
 * Memory: what the aggregate keeps of the frames of so many rows that they cover `mostCovered` rows, or of one.
 */
import { type Batch, batchRows, type Vector } from '../../arrow/batch.js';
import { AggregateStates } from '../../kernels/aggregate-states.js';
import { take } from '../../kernels/take.js';
import type { Region } from '../../memory/arena.js';
import type { BoundAggregate } from '../../plan/bind-aggregate.js';
import type { BoundFrame } from '../../plan/bind-window.js';
import { guarded } from '../../plan/guarded.js';
import type { Context } from '../context.js';
import { type Frames, framesOf } from './frames.js';
import { inOrder } from './in-order.js';
import type { HeldRows, Slide } from './slide.js';

/** Rows that the frames worked on at once cover, each counted. */
const mostCovered = 4 * batchRows;

export function expandedSlide(
  aggregate: BoundAggregate,
  frame: BoundFrame,
  context: Context,
  owner: string,
): Slide {
  const { arena, kernels } = context;
  const { args, filter, name, state, type, parameter } = aggregate;
  const inputs = [...args.map((arg) => guarded(arg, filter)), ...(filter === null ? [] : [filter])];
  const spec = { name, state, result: type, args: args.map((_, i) => i), distinct: false, parameter };
  const specs = [{ ...spec, filter: filter === null ? -1 : args.length }];
  const types = inputs.map((input) => input.type);
  const region = arena.region(owner);

  /** The values of `count` frames. */
  const valuesOf = (held: HeldRows, firsts: number, lasts: number, count: number, into: Region): Vector => {
    const states = new AggregateStates(specs, types, context, owner);
    try {
      region.reset();
      const position = region.reserveZeroed(8);
      const frames = region.reserve(batchRows * 4);
      const rows = region.reserve(batchRows * 4);
      const scratch = arena.region(owner);
      try {
        for (;;) {
          const given = kernels.window_expand(firsts, lasts, count, position, batchRows, frames, rows);
          if (given === 0) break;
          scratch.reset();
          const columns = held.inputs.map((input) => take(input, rows, given, scratch, context));
          states.update(frames, count, given, columns, scratch);
        }
      } finally {
        scratch.release();
      }
      states.growEmpty(count);
      return states.finish(0, 0, count, into);
    } finally {
      states.release();
    }
  };

  return {
    inputs,
    frames: (held): Frames => framesOf(frame, held.rows, held.key),
    values(held, { firsts, lasts }, from, { length }: Batch, _memo, into) {
      const { view } = arena;
      const covers = (row: number): number =>
        Math.max(
          0,
          1 + view.getInt32(lasts + (from + row) * 4, true) - view.getInt32(firsts + (from + row) * 4, true),
        );
      const parts: Vector[] = [];
      for (let row = 0; row < length; ) {
        let count = 1;
        let covered = covers(row);
        while (row + count < length && covered + covers(row + count) <= mostCovered)
          covered += covers(row + count++);
        parts.push(valuesOf(held, firsts + (from + row) * 4, lasts + (from + row) * 4, count, into));
        row += count;
      }
      return inOrder(parts, into, context);
    },
    release: () => region.release(),
  };
}
