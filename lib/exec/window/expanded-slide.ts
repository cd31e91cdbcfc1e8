/**
 * Aggregates over frames whose states are of any size (texts, quantiles): the rows of every frame are added up anew,
 * so that the work is that of all frames' rows.
 *
 * Memory: `room` bytes of what the aggregate keeps of the frames that are worked on at once, which are so few that it
 * mostly suffices; the rest goes to disk.
 */
import { type Batch, batchRows, type Vector } from '../../arrow/batch.js';
import { AggregateStates } from '../../kernels/aggregate-states.js';
import { take } from '../../kernels/take.js';
import type { Region } from '../../memory/arena.js';
import type { BoundAggregate } from '../../plan/bind-aggregate.js';
import type { BoundFrame } from '../../plan/bind-window.js';
import { guarded } from '../../plan/guarded.js';
import type { Context } from '../context.js';
import { evaluate } from '../evaluate.js';
import { spillingMachine } from '../spilling-machine.js';
import { FrameEdges, type Frames, type Here, type RangeKey } from './frames.js';
import { inOrder } from './in-order.js';
import type { Slide } from './slide.js';

/** Rows that the frames worked on at once cover, each counted; and about what a state keeps of a row. */
const mostCovered = 4 * batchRows;
const stateBytes = 32;

export function expandedSlide(
  aggregate: BoundAggregate,
  frame: BoundFrame,
  key: RangeKey | null,
  room: number,
  context: Context,
  owner: string,
): Slide {
  const { arena, kernels } = context;
  const { view } = arena;
  const { args, filter, name, state, type, parameter } = aggregate;
  const inputs = [...args.map((arg) => guarded(arg, filter)), ...(filter === null ? [] : [filter])];
  const spec = { name, state, result: type, args: args.map((_, i) => i), distinct: false, parameter };
  const specs = [{ ...spec, filter: filter === null ? -1 : args.length }];
  const types = inputs.map((input) => input.type);
  const most = Math.min(mostCovered, room / stateBytes);
  const spilling = { machine: spillingMachine(context), share: room };
  const edges = new FrameEdges(frame, key, context, owner);
  const region = arena.region(owner);
  let seen: { readonly here: Here; readonly column: number; readonly frames: Frames } | null = null;

  return {
    types,
    hold: (batch, _marks, memo, into) => inputs.map((one) => evaluate(one, batch, into, context, memo)),
    look(here, column) {
      const frames = edges.of(here);
      seen = { here, column, frames };
      return { ready: frames.ready, from: frames.firsts };
    },
    async values(from, { length }: Batch, _memo, into) {
      const { firsts, lasts } = seen!.frames;
      const covers = (row: number): number =>
        Math.max(
          0,
          1 + view.getInt32(lasts + (from + row) * 4, true) - view.getInt32(firsts + (from + row) * 4, true),
        );
      const parts: Vector[] = [];
      for (let row = 0; row < length; ) {
        let count = 1;
        let covered = covers(row);
        while (row + count < length && covered + covers(row + count) <= most)
          covered += covers(row + count++);
        const at = (from + row) * 4;
        parts.push(await valuesOf(firsts + at, lasts + at, count, into));
        row += count;
      }
      return inOrder(parts, into, context);
    },
    drop() {},
    release() {
      edges.release();
      region.release();
    },
  };

  /** The values of `count` frames. */
  async function valuesOf(firsts: number, lasts: number, count: number, into: Region): Promise<Vector> {
    const states = new AggregateStates(specs, types, context, owner, false, spilling);
    try {
      await addRows(states, firsts, lasts, count);
      states.growEmpty(count);
      const parts: Vector[] = [];
      for (let from = 0; from < count; from += parts.at(-1)!.length) {
        const length = await states.prepare(from, count - from);
        parts.push(states.finish(0, from, length, into));
      }
      return inOrder(parts, into, context);
    } finally {
      states.release();
    }
  }

  /** The rows of the frames, a page after the other. */
  async function addRows(states: AggregateStates, firsts: number, lasts: number, count: number) {
    const { here, column } = seen!;
    const { pages } = here.rows;
    const base = here.page.start;
    const last = base + view.getInt32(lasts + (count - 1) * 4, true);
    const scratch = arena.region(owner);
    region.reset();
    const position = region.reserve(8);
    const frames = region.reserve(batchRows * 4);
    const rows = region.reserve(batchRows * 4);
    try {
      let row = base + view.getInt32(firsts, true);
      while (row <= last) {
        const page = pages.pageOf(row);
        const [low, high] = [page.start - base, page.end - base];
        view.setBigInt64(position, 0n, true);
        for (;;) {
          const ends = [firsts, lasts, count, low, high] as const;
          const given = kernels.window_expand(...ends, position, batchRows, frames, rows);
          if (given === 0) break;
          scratch.reset();
          const held = pages.batch(page).columns.slice(column, column + types.length);
          const columns = held.map((input) => take(input, rows, given, scratch, context));
          states.update(frames, count, given, columns, scratch);
          await states.settle();
        }
        row = page.end;
      }
    } finally {
      scratch.release();
    }
  }
}
