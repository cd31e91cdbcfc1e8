/** The n-th or the last row of a frame that moves. */
import type { Vector } from '../../arrow/batch.js';
import type { Context } from '../context.js';
import { evaluate } from '../evaluate.js';
import { CountedPages } from './counted-pages.js';
import { FrameEdges, type Frames, type Here, type RangeKey } from './frames.js';
import { gather } from './gather.js';
import type { Pick } from './pick-run.js';
import type { Slide } from './slide.js';

export function pickSlide(pick: Pick, key: RangeKey | null, context: Context, owner: string): Slide {
  return pick.ignoreNulls || pick.filter !== null
    ? countedSlide(pick, key, context, owner)
    : plainSlide(pick, key, context, owner);
}

/** Of all rows of the frame. */
function plainSlide({ arg, nth, frame }: Pick, key: RangeKey | null, context: Context, owner: string): Slide {
  const { kernels } = context;
  const edges = new FrameEdges(frame, key, context, owner);
  let seen: { readonly here: Here; readonly column: number; readonly frames: Frames } | null = null;
  return {
    types: [arg.type],
    hold: (batch, _marks, memo, region) => [evaluate(arg, batch, region, context, memo)],
    look(here, column) {
      const frames = edges.of(here);
      seen = { here, column, frames };
      // Of a frame from the start of the partition on, the last row is all that is looked at.
      const last = nth === 'last' && frame.start.kind === 'unbounded preceding';
      return { ready: frames.ready, from: last ? frames.lasts : frames.firsts };
    },
    values(from, { length }, _memo, into) {
      const { here, column, frames } = seen!;
      const rows = into.reserve(length * 4);
      framed(frames, from, length, nth, rows);
      return gather(here.rows.pages, column, rows, length, here.page.start, into, context);
    },
    drop() {},
    release: () => edges.release(),
  };

  function framed({ firsts, lasts }: Frames, from: number, length: number, n: Pick['nth'], rows: number) {
    const [a, b] = [firsts + from * 4, lasts + from * 4];
    if (n === 'last') kernels.window_frame_last(a, b, length, rows);
    else kernels.window_frame_nth(a, b, length, n, rows);
  }
}

/** Of the rows of the frame that count: their ordinals are those between the counts at its ends. */
function countedSlide(pick: Pick, key: RangeKey | null, context: Context, owner: string): Slide {
  const { kernels } = context;
  const { nth } = pick;
  const edges = new FrameEdges(pick.frame, key, context, owner);
  const counted = new CountedPages(pick, context, owner);
  let seen: { readonly here: Here; readonly column: number; readonly frames: Frames } | null = null;
  return {
    types: counted.countTypes,
    hold: async (batch, marks, memo, region) => {
      const { before, upTo } = await counted.append(batch, marks, memo, region);
      return [before, upTo];
    },
    look(here, column) {
      const frames = edges.of(here);
      seen = { here, column, frames };
      return { ready: frames.ready, from: frames.firsts };
    },
    values(from, { length }, _memo, into): Vector {
      const { here, column, frames } = seen!;
      const { pages } = here.rows;
      const [firsts, lasts] = [frames.firsts + from * 4, frames.lasts + from * 4];
      const rows = into.reserve(length * 4);
      kernels.window_frame_nth(firsts, lasts, length, 1, rows);
      const before = gather(pages, column, rows, length, here.page.start, into, context);
      kernels.window_frame_last(firsts, lasts, length, rows);
      const upTo = gather(pages, column + 1, rows, length, here.page.start, into, context);
      const base = counted.base;
      kernels.window_counted_nth(
        ...([before.data, upTo.data, before.validity, length, nth === 'last' ? 0 : nth, base | 0] as const),
        rows,
      );
      return counted.values(rows, length, base, into);
    },
    drop(row) {
      counted.dropBefore(seen!.here.rows.pages, seen!.column, row);
    },
    release() {
      edges.release();
      counted.release();
    },
  };
}
