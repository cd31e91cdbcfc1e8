/** The value so many rows before or after each row of its partition. */
import type { Batch, Vector } from '../../arrow/batch.js';
import { int32 } from '../../arrow/types.js';
import { merge } from '../../kernels/merge.js';
import type { Region } from '../../memory/arena.js';
import type { BoundWindow } from '../../plan/bind-window.js';
import type { Context } from '../context.js';
import { evaluate } from '../evaluate.js';
import type { Memo } from '../memo.js';
import { CountedPages } from './counted-pages.js';
import { type Here, rowsEdge } from './frames.js';
import { gather } from './gather.js';
import type { Slide } from './slide.js';

export type Shift = BoundWindow & { readonly form: 'shift' };

export function shiftSlide(shift: Shift, context: Context, owner: string): Slide {
  return shift.ignoreNulls && shift.by !== 0
    ? countedShift(shift, context, owner)
    : plainShift(shift, context);
}

function plainShift(shift: Shift, context: Context): Slide {
  const { kernels } = context;
  const { arg, by } = shift;
  const near = rowsEdge(Math.min(0, by), true);
  const far = rowsEdge(by, false);
  let seen: { readonly here: Here; readonly column: number } | null = null;
  return {
    types: [arg.type],
    hold: (batch, _marks, memo, region) => [evaluate(arg, batch, region, context, memo)],
    look(here, column) {
      seen = { here, column };
      return { ready: far.of(here).ready, from: near.of(here).rows };
    },
    values(from, batch, memo, into) {
      const { here, column } = seen!;
      const { length } = batch;
      const { starts, ends } = here.bounds('partitions');
      const rows = into.reserve(length * 4);
      kernels.window_shift(starts, ends, from, length, by, rows);
      const found = gather(here.rows.pages, column, rows, length, here.page.start, into, context);
      return orDefault(found, rows, shift, batch, memo, into, context);
    },
    drop() {},
    release() {},
  };
}

/** Among the rows that are not null. */
function countedShift(shift: Shift, context: Context, owner: string): Slide {
  const { kernels, arena } = context;
  const { by } = shift;
  const counted = new CountedPages({ ...shift, filter: null }, context, owner);
  // The row after has the ordinal that up to this one are counted, the row before one less than before this one.
  const more = by > 0 ? by - 1 : by;
  let seen: { readonly here: Here; readonly column: number } | null = null;
  /** What the last row that is done looked at. */
  let last = 0;
  const counts = (): number => {
    const { here, column } = seen!;
    return here.rows.pages.batch(here.page).columns[column]!.data;
  };
  return {
    types: [int32, int32],
    hold: async (batch, marks, memo, region) => {
      const { before, upTo, partition } = await counted.append(batch, marks, memo, region);
      return [by > 0 ? upTo : before, partition];
    },
    look(here, column) {
      seen = { here, column };
      const { region, length, done, page } = here;
      const rows = region.reserve(length * 4);
      kernels.take_sequence(rows, 0, length);
      if (by < 0) return { ready: length, from: rows };
      const { base, count } = counted;
      const closed = Math.min(length, Math.max(done, here.rows.openFrom('partitions') - page.start));
      const ready = kernels.window_counts_ready(counts(), closed, length, more, base | 0, count - base);
      return { ready, from: rows };
    },
    values(from, batch, memo, into) {
      const { here, column } = seen!;
      const { length } = batch;
      const { base, count } = counted;
      const rows = into.reserve(length * 4);
      kernels.window_shift_counts(counts() + from * 4, length, more, base | 0, count - base, rows);
      const found = counted.partitions(rows, length, base, into);
      const own = here.rows.pages.batch(here.page).columns[column + 1]!.data;
      kernels.window_same_partition(found.data, found.validity, own + from * 4, length, rows);
      const values = counted.values(rows, length, base, into);
      last = arena.view.getInt32(counts() + (from + length - 1) * 4, true) + more;
      return orDefault(values, rows, shift, batch, memo, into, context);
    },
    drop: () => counted.drop(last),
    release: () => counted.release(),
  };
}

/** Where there is no row: the default, if there is one. */
function orDefault(
  found: Vector,
  rows: number,
  { otherwise }: Shift,
  batch: Batch,
  memo: Memo,
  into: Region,
  context: Context,
): Vector {
  if (otherwise === null) return found;
  const { length } = batch;
  const instead = evaluate(otherwise, batch, into, context, memo);
  const places = into.reserve(length * 4);
  context.kernels.window_or_default(rows, length, places);
  return merge([found, instead], places, length, into, context);
}
