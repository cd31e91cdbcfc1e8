/**
 * Adds columns that look at rows around each row: shifts, and frames that move.
 *
 *   sorted rows ─┬▶ queue (memory, file) ───────────────────────────▶ rows whose frames are complete, values beside ─▶ out
 *                └▶ what functions look at ─▶ pages (memory, files) ─▶ frames of a page at a time ─┘
 *                   (dropped when no later frame can begin there)
 *
 * Memory: half of `room` for waiting rows, half for pages (see pages.ts), and what functions work out for a page.
 */
import { type Batch, batchRows, type Vector } from '../../arrow/batch.js';
import type { DataType } from '../../arrow/types.js';
import { breathe } from '../../breathe.js';
import type { Region } from '../../memory/arena.js';
import type { Bound } from '../../plan/bound.js';
import type { Context, Stream } from '../context.js';
import { evaluate } from '../evaluate.js';
import { Memo } from '../memo.js';
import { Here, type RangeKey } from './frames.js';
import { MarkedPages, markTypes } from './marked-pages.js';
import { RowQueue } from './row-queue.js';
import type { Marks } from './run.js';

/** A function over rows around each row. */
export interface Slide {
  /** What the pages hold for it, of each row. */
  readonly types: readonly DataType[];
  /** That, of the rows of a batch that come next. */
  hold(
    batch: Batch,
    marks: Marks,
    memo: Memo,
    region: Region,
  ): Promise<readonly Vector[]> | readonly Vector[];
  /** Looks where rows of the page look; `column` is the first of its own in the pages. */
  look(here: Here, column: number): Look;
  /** The values of `batch`, rows from `from` on of the page that was looked at last. */
  values(from: number, batch: Batch, memo: Memo, into: Region): Promise<Vector> | Vector;
  /** No page has a row before this one any more. */
  drop(row: number): void;
  release(): void;
}

export interface Look {
  /** How many rows of the page have values that rows to come cannot change. */
  readonly ready: number;
  /** Address of the first row that each looks at, as int32 from the first row of the page on; no later one looks at one before. */
  readonly from: number;
}

/** The sort key of ranges with offsets. */
export interface SlideKey {
  readonly bound: Bound;
  readonly descending: boolean;
}

/** All columns of the input, of `types`, then one for each slide, which are released. */
export async function* slide(
  makeSlides: (key: RangeKey | null) => readonly Slide[],
  key: SlideKey | null,
  marks: Marks,
  input: Stream,
  types: readonly DataType[],
  room: number,
  context: Context,
): Stream {
  const { arena } = context;
  const slides = makeSlides(
    key && { column: markTypes.length, type: key.bound.type, descending: key.descending },
  );
  const region = arena.region(owner);
  const output = arena.region(owner);
  const memo = new Memo(context, owner);
  const queue = new RowQueue(types, room / 2, context, owner);
  const keys = key === null ? [] : [key.bound];
  const held = [...keys.map((bound) => bound.type), ...slides.flatMap((one) => one.types)];
  const rows = new MarkedPages(held, room / 2, context, owner);
  /** Rows whose values have come out. */
  let done = 0;

  /** Gives out what is complete, all where nothing follows, and drops what nobody will look at. */
  async function* advance(ended: boolean): Stream {
    const { pages } = rows;
    while (done < pages.end) {
      const page = pages.pageOf(done);
      // A page is looked at when most of what its frames reach is likely to be known.
      if (!ended && pages.end - page.end < Math.min(batchRows, page.end - page.start)) return;
      region.reset();
      const here = new Here(rows, page, done - page.start, ended, region, context);
      let column = markTypes.length + keys.length;
      const looks = slides.map((one) => {
        const look = one.look(here, column);
        column += one.types.length;
        return look;
      });
      const ready = ended ? here.length : Math.min(...looks.map((look) => look.ready));
      for await (const waiting of queue.take(Math.max(0, ready - here.done))) {
        output.reset();
        const values: Vector[] = [];
        for (const one of slides) values.push(await one.values(done - page.start, waiting, memo, output));
        yield { length: waiting.length, columns: [...waiting.columns, ...values] };
        done += waiting.length;
      }
      if (ready > here.done) {
        const last = done - 1 - page.start;
        const firsts = looks.map(({ from }) => page.start + arena.view.getInt32(from + last * 4, true));
        const first = Math.max(0, Math.min(done, ...firsts));
        rows.drop(first);
        for (const one of slides) one.drop(rows.pages.start);
      }
      if (ready < here.length) return;
      await breathe(context);
    }
  }

  try {
    for await (const batch of input) {
      if (batch.length === 0) continue;
      region.reset();
      const { partitions, peers } = marks;
      const columns = [batch.columns[partitions]!, batch.columns[peers]!];
      for (const bound of keys) columns.push(evaluate(bound, batch, region, context, memo));
      for (const one of slides) columns.push(...(await one.hold(batch, marks, memo, region)));
      await rows.append({ length: batch.length, columns });
      await queue.push(batch);
      yield* advance(false);
    }
    yield* advance(true);
  } finally {
    for (const one of slides) one.release();
    rows.release();
    queue.release();
    memo.release();
    output.release();
    region.release();
  }
}

const owner = 'window';
