/** The value of one row around each row: of a shift, or the n-th or last of a frame that moves. */
import { bitmapBytes, type Vector } from '../../arrow/batch.js';
import { merge } from '../../kernels/merge.js';
import { take } from '../../kernels/take.js';
import type { BoundWindow } from '../../plan/bind-window.js';
import type { Context } from '../context.js';
import { evaluate } from '../evaluate.js';
import { bothBits, validRows } from './counted-rows.js';
import { framesOf } from './frames.js';
import type { Pick } from './pick-run.js';
import type { HeldRows, Slide } from './slide.js';

export type Shift = BoundWindow & { readonly form: 'shift' };

export function pickSlide(pick: Pick, context: Context): Slide {
  const { kernels } = context;
  const { arg, nth, filter, ignoreNulls, frame } = pick;
  let listed: Listed | null = null;
  return {
    inputs: filter === null ? [arg] : [arg, filter],
    frames(held) {
      listed = ignoreNulls || filter !== null ? listOf(held, ignoreNulls, context) : null;
      const frames = framesOf(frame, held.rows, held.key);
      // Of a frame from the start of the partition on, the last row is all that is looked at.
      const last = nth === 'last' && listed === null && frame.start.kind === 'unbounded preceding';
      return last ? { ...frames, from: frames.lasts } : frames;
    },
    values(held, { firsts, lasts }, from, { length }, _memo, into) {
      const [a, b] = [firsts + from * 4, lasts + from * 4];
      const rows = into.reserve(length * 4);
      if (listed !== null)
        kernels.window_listed_nth(a, b, length, nth === 'last' ? 0 : nth, listed.counts, listed.rows, rows);
      else if (nth === 'last') kernels.window_frame_last(a, b, length, rows);
      else kernels.window_frame_nth(a, b, length, nth, rows);
      return take(held.inputs[0]!, rows, length, into, context, true);
    },
    release() {},
  };
}

export function shiftSlide(shift: Shift, context: Context): Slide {
  const { kernels } = context;
  const { arg, by, otherwise, ignoreNulls } = shift;
  return {
    inputs: [arg],
    frames(held) {
      const { region, length, partitions } = held.rows;
      const { starts, ends } = partitions;
      const rows = region.reserve(length * 4);
      const near = region.reserve(length * 4);
      kernels.window_rows_end(starts, ends, length, Math.min(0, by), 1, near);
      let far = near;
      if (ignoreNulls && by !== 0) {
        const { counts, rows: list } = listOf(held, true, context);
        kernels.window_listed_shift(starts, ends, length, by, counts, list, rows);
        // Where the row is not found, it is looked for to the end of the partition.
        far = region.reserve(length * 4);
        kernels.window_or_end(rows, by < 0 ? starts : ends, length, far);
      } else {
        kernels.window_shift(starts, ends, length, by, rows);
        if (by > 0) {
          far = region.reserve(length * 4);
          kernels.window_rows_end(starts, ends, length, by, 0, far);
        }
      }
      const from = by < 0 ? far : near;
      return { firsts: from, lasts: rows, from, ahead: by <= 0 ? null : far };
    },
    values(held, { lasts }, from, batch, memo, into) {
      const { length } = batch;
      const rows = lasts + from * 4;
      const found = take(held.inputs[0]!, rows, length, into, context, true);
      if (otherwise === null) return found;
      const instead = evaluate(otherwise, batch, into, context, memo);
      const places = into.reserve(length * 4);
      kernels.window_or_default(rows, length, places);
      return merge([found, instead], places, length, into, context);
    },
    release() {},
  };
}

/** Rows that count, where not all do. */
interface Listed {
  readonly counts: number;
  readonly rows: number;
}

/** The rows whose first input has a value, if nulls are ignored, and whose second is true, if there is one. */
function listOf({ rows, inputs }: HeldRows, ignoreNulls: boolean, context: Context): Listed {
  const { region, length } = rows;
  const [values, filter] = inputs as [Vector, Vector?];
  let among = ignoreNulls ? validRows(values, region) : 0;
  if (filter !== undefined)
    for (const bits of [filter.data, filter.validity]) among = bothBits(among, bits, length, region, context);
  const list = { counts: region.reserve((length + 1) * 4), rows: region.reserve((length + 1) * 4) };
  if (among === 0) {
    among = region.reserve(bitmapBytes(length));
    context.kernels.bitmap_fill(among, length);
  }
  context.kernels.window_listed(among, length, list.counts, list.rows);
  return list;
}
