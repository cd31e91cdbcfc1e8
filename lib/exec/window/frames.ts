/** Which rows each row of a page looks at. */
import { type DataType, familyOf, float64, int64, physicalOf } from '../../arrow/types.js';
import { Growable, type Region } from '../../memory/arena.js';
import type { BoundFrame, BoundFrameEnd } from '../../plan/bind-window.js';
import type { Context } from '../context.js';
import type { Mark, MarkedPages } from './marked-pages.js';
import type { Page } from './pages.js';

/**
 * Addresses of the first and the last row of each row's frame, as int32 counted from the first row of the page; the frame
 * is empty where the first is after the last.
 */
export interface Frames {
  readonly firsts: number;
  readonly lasts: number;
  /** How many rows of the page have frames that rows to come cannot change. */
  readonly ready: number;
}

/** The page whose rows are worked on, beside others. */
export class Here {
  readonly rows: MarkedPages;
  readonly page: Page;
  /** Rows of the page that are done. */
  readonly done: number;
  readonly ended: boolean;
  readonly region: Region;
  readonly context: Context;
  readonly #bounds: { partitions: Bounds | null; peers: Bounds | null } = { partitions: null, peers: null };

  /** `ended`: no row will come; what is worked out is placed in `region`. */
  constructor(rows: MarkedPages, page: Page, done: number, ended: boolean, region: Region, context: Context) {
    this.rows = rows;
    this.page = page;
    this.done = done;
    this.ended = ended;
    this.region = region;
    this.context = context;
  }

  get length(): number {
    return this.page.end - this.page.start;
  }

  /** The last row that is known, where more may come; counted from the first of the page. */
  get known(): number {
    return this.ended ? 2 ** 31 - 1 : this.rows.pages.end - 1 - this.page.start;
  }

  bounds(mark: Mark): Bounds {
    const { rows, page, region, length } = this;
    const known = this.#bounds[mark];
    if (known !== null) return known;
    const bounds = { starts: region.reserve(length * 4), ends: region.reserve(length * 4) };
    this.context.kernels.window_bounds(
      ...([rows.bits(page, mark), length] as const),
      Math.max(-farthest, rows.groupsOf(page, mark).open - page.start),
      Math.min(farthest, rows.lastOf(page, mark) - page.start),
      ...([bounds.starts, bounds.ends] as const),
    );
    this.#bounds[mark] = bounds;
    return bounds;
  }
}

/** Further than any offset; room is left for sums of two. */
const farthest = 2 ** 30 + 2 ** 29;

interface Bounds {
  readonly starts: number;
  readonly ends: number;
}

/** The sort key of ranges with offsets, in the type its ends are computed in: a column of the pages. */
export interface RangeKey {
  readonly column: number;
  readonly type: DataType;
  readonly descending: boolean;
}

/** The type that a sort key is compared in where ranges have offsets. */
export function rangeKeyType(type: DataType): DataType {
  if (familyOf(type) === 'float') return float64;
  return familyOf(type) === 'integer' ? int64 : type;
}

/** One end of the frames of the rows of a page. */
export interface Edge {
  /** The ends, and how many of them rows to come cannot change. */
  of(here: Here): { readonly rows: number; readonly ready: number };
  release(): void;
}

export class FrameEdges {
  readonly #first: Edge;
  readonly #last: Edge;

  constructor(frame: BoundFrame, key: RangeKey | null, context: Context, owner: string) {
    this.#first = edgeOf(frame.unit, frame.start, true, key, context, owner);
    this.#last = edgeOf(frame.unit, frame.end, false, key, context, owner);
  }

  of(here: Here): Frames {
    const last = this.#last.of(here);
    const first = this.#first.of(here);
    return { firsts: first.rows, lasts: last.rows, ready: Math.min(first.ready, last.ready) };
  }

  release(): void {
    this.#first.release();
    this.#last.release();
  }
}

function edgeOf(
  unit: BoundFrame['unit'],
  end: BoundFrameEnd,
  first: boolean,
  key: RangeKey | null,
  context: Context,
  owner: string,
): Edge {
  if (end.kind === 'unbounded preceding') return plain((here) => here.bounds('partitions').starts);
  if (end.kind === 'unbounded following') return plain((here) => here.bounds('partitions').ends);
  if (end.kind === 'current row' && unit !== 'rows')
    return plain((here) => here.bounds('peers')[first ? 'starts' : 'ends']);
  const sign = end.kind === 'preceding' ? -1 : 1;
  if (unit === 'rows') return rowsEdge(sign * Number(end.offset), first);
  if (unit === 'groups') return groupsEdge(sign * Number(end.offset), first);
  const onward = key!.descending ? -sign : sign;
  const physical = physicalOf(key!.type);
  const offset =
    physical === 'f64' ? onward * Number(end.offset) : BigInt(onward) * clamped(wholeOffset(end, first));
  return new RangeEdge(offset, first, key!, context, owner);
}

/** Without a state: `rows` gives the ends of all rows. */
function plain(rows: (here: Here) => number): Edge {
  return {
    of(here) {
      const found = rows(here);
      return { rows: found, ready: readyRows(found, here) };
    },
    release() {},
  };
}

export function readyRows(rows: number, { done, length, known, context }: Here): number {
  return context.kernels.window_ready(rows, done, length, known);
}

/** `by` rows on from each row. */
export function rowsEdge(by: number, first: boolean): Edge {
  const rows = (here: Here): number => {
    const { starts, ends } = here.bounds('partitions');
    const out = here.region.reserve(here.length * 4);
    here.context.kernels.window_rows_end(starts, ends, here.length, by, first ? 1 : 0, out);
    return out;
  };
  const { of, release } = plain(rows);
  // Up to the row itself nothing has to be waited for.
  return { of: (here) => (by > 0 ? of(here) : { rows: rows(here), ready: here.length }), release };
}

function groupsEdge(by: number, first: boolean): Edge {
  return plain((here) => {
    const { kernels, arena } = here.context;
    const { rows, page, region, length } = here;
    const { starts, ends } = here.bounds('partitions');
    const ordinals = region.reserve(length * 4);
    kernels.window_ordinals(rows.bits(page, 'peers'), length, ordinals);
    // Ordinals count from 0 for the group that the page begins in; that of a row's group begins so many further on.
    const more = by + (first ? 0 : 1);
    const base = rows.groupsOf(page, 'peers').before - 1;
    const firstHeld = rows.groupsOf(rows.pages.all[0]!, 'peers').before - base;
    const from = Math.max(firstHeld, arena.view.getInt32(ordinals, true) + more);
    const to = arena.view.getInt32(ordinals + (length - 1) * 4, true) + more;
    const list = region.reserve(Math.max(0, to - from + 1) * 4);
    let listed = 0;
    for (const other of rows.pages.all) {
      const groups = rows.groupsOf(other, 'peers');
      const start = groups.before - base;
      if (groups.count === 0 || start + groups.count <= from || start > to) continue;
      const skip = Math.max(0, from - start);
      listed += kernels.window_bit_rows(
        ...([rows.bits(other, 'peers'), other.end - other.start, skip] as const),
        ...([to - from + 1 - listed, other.start - page.start, list + listed * 4] as const),
      );
    }
    const out = region.reserve(length * 4);
    kernels.window_groups_end(
      ...([starts, ends, ordinals, length, list, from, listed] as const),
      ...([by, first ? 1 : 0, out] as const),
    );
    return out;
  });
}

/** A cursor that passes the keys of all rows once, and so sees the page at hand and the one that it has come to. */
class RangeEdge implements Edge {
  readonly #offset: number | bigint;
  readonly #first: boolean;
  readonly #key: RangeKey;
  readonly #context: Context;
  readonly #home: Region;
  readonly #state: number;
  readonly #rows: Growable;
  #page: Page | null = null;
  #found = 0;
  #cursor = 0;

  constructor(offset: number | bigint, first: boolean, key: RangeKey, context: Context, owner: string) {
    this.#offset = offset;
    this.#first = first;
    this.#key = key;
    this.#context = context;
    this.#home = context.arena.region(owner);
    this.#state = this.#home.reserve(4);
    this.#rows = new Growable(context.arena, owner);
  }

  of(here: Here): { readonly rows: number; readonly ready: number } {
    const { view } = this.#context.arena;
    const { page, length, known } = here;
    const { pages } = here.rows;
    if (page !== this.#page) {
      this.#page = page;
      this.#found = 0;
    }
    this.#rows.ensure(length * 4);
    const { starts } = here.bounds('partitions');
    while (this.#found < length) {
      const start = page.start + view.getInt32(starts + this.#found * 4, true);
      this.#cursor = Math.max(this.#cursor, start);
      const behind = this.#cursor >= pages.end;
      const there = pages.pageOf(behind ? pages.end - 1 : this.#cursor);
      const before = this.#cursor;
      this.#pass(here, there);
      if (this.#found === length) break;
      // It stopped at the end of what is known, or of the page.
      if (this.#cursor - page.start > known || (this.#cursor >= pages.end && behind)) break;
      if (this.#cursor === before && there.start <= before && before < there.end)
        throw new Error('bug: a cursor stands still');
    }
    return { rows: this.#rows.address, ready: this.#found };
  }

  release(): void {
    this.#home.release();
    this.#rows.release();
  }

  #pass(here: Here, there: Page): void {
    const { kernels, arena } = this.#context;
    const { page, length, known } = here;
    const { pages } = here.rows;
    const { column, descending, type } = this.#key;
    const { starts, ends } = here.bounds('partitions');
    const own = pages.batch(page).columns[column]!;
    const theirs = pages.batch(there).columns[column]!;
    arena.view.setInt32(this.#state, this.#cursor - page.start, true);
    const rows = [starts, ends, own.data, own.validity, this.#found, length] as const;
    const how = [descending ? 1 : 0, this.#first ? 1 : 0] as const;
    const at = [there.start - page.start, there.end - there.start, theirs.data, theirs.validity] as const;
    const out = [known, this.#state, this.#rows.address] as const;
    const physical = physicalOf(type);
    if (physical === 'f64')
      this.#found = kernels.window_range_end_f64(...rows, this.#offset as number, ...how, ...at, ...out);
    else {
      const rangeEnd = physical === 'i32' ? kernels.window_range_end_i32 : kernels.window_range_end_i64;
      this.#found = rangeEnd(...rows, this.#offset as bigint, ...how, ...at, ...out);
    }
    this.#cursor = page.start + arena.view.getInt32(this.#state, true);
  }
}

/** Whole keys are at least d - 1.5 away where they are d - 1, and at most where they are d - 2. */
function wholeOffset({ kind, offset }: BoundFrameEnd, first: boolean): bigint {
  if (typeof offset === 'bigint') return offset;
  return BigInt(first === (kind === 'preceding') ? Math.floor(offset) : Math.ceil(offset));
}

const mostOffset = 2n ** 63n - 1n;

const clamped = (offset: bigint): bigint => (offset > mostOffset ? mostOffset : offset);
