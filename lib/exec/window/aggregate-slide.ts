/**
 * Aggregates over frames that move, whatever their states are, without taking a row out again: two scans of the rows
 * that the frames of some rows cover, and one merge a row; drawn in assembly/window.ts. Where frames are much longer
 * than the rows are many, what all of them cover is added up once, and of whole pages between their ends only once for all:
 *
 *   frames of rows a .. b   [a . . [b . . | . . page . . | . . . a] . . b]
 *                           suffixes ─┘`───── added up ─────────'└─ prefixes
 *
 * Memory: four structs for each of the rows that are worked on at once, as many more for what their frames cover, and one
 * for each page.
 */
import { type Batch, bitmapBytes, fixedVector, type Vector } from '../../arrow/batch.js';
import { type DataType, physicalOf, uint64, widthOf } from '../../arrow/types.js';
import { overflow } from '../../kernels/aggregate-states.js';
import type { FixedState } from '../../kernels/aggregates.js';
import { noBits } from '../../kernels/boundaries.js';
import { RowHasher } from '../../kernels/hash-rows.js';
import { type Kernel, kernel } from '../../kernels/wasm.js';
import type { Region } from '../../memory/arena.js';
import type { BoundAggregate } from '../../plan/bind-aggregate.js';
import type { BoundFrame } from '../../plan/bind-window.js';
import type { Bound } from '../../plan/bound.js';
import { guarded } from '../../plan/guarded.js';
import type { Context } from '../context.js';
import { evaluate } from '../evaluate.js';
import type { Memo } from '../memo.js';
import { bothBits, validRows } from './counted-rows.js';
import { FrameEdges, type Frames, type Here, type RangeKey } from './frames.js';
import type { Page } from './pages.js';
import type { Marks } from './run.js';
import type { Look, Slide } from './slide.js';

/** Bytes of structs worked on at once. */
const scratchBytes = 2 ** 20;

export class AggregateSlide implements Slide {
  readonly types: readonly DataType[];
  readonly #inputs: readonly Bound[];
  readonly #aggregate: BoundAggregate;
  readonly #edges: FrameEdges;
  /** Of sketches, which are made of hashes: these are what the pages hold. */
  readonly #hasher: RowHasher | null;
  readonly #state: FixedState;
  readonly #context: Context;
  readonly #stride: number;
  /** Rows worked on at once. */
  readonly #rows: number;
  readonly #home: Region;
  readonly #scratch: Region;
  readonly #fresh: number;
  /** Places of rows that all go to one struct. */
  readonly #zeros: number;
  readonly #update: Kernel;
  readonly #merge: Kernel;
  readonly #finish: Kernel;
  /** The structs of whole pages that lie between the ends of frames, in the order of the pages; and those that are free again. */
  readonly #totals = new Map<Page, number>();
  readonly #freeStructs: number[] = [];
  #seen: { readonly here: Here; readonly column: number; readonly frames: Frames } | null = null;

  constructor(
    aggregate: BoundAggregate,
    frame: BoundFrame,
    key: RangeKey | null,
    context: Context,
    owner: string,
  ) {
    const { arena, kernels } = context;
    const { state, args, filter } = aggregate;
    if (state.form !== 'fixed') throw new Error(`bug: ${aggregate.row.name} does not slide`);
    this.#inputs = [...args.map((arg) => guarded(arg, filter)), ...(filter === null ? [] : [filter])];
    this.#aggregate = aggregate;
    this.#hasher = state.hashes ? new RowHasher(context, owner) : null;
    this.types = this.#inputs.map(({ type }, i) => (this.#hasher !== null && i === 0 ? uint64 : type));
    this.#edges = new FrameEdges(frame, key, context, owner);
    this.#state = state;
    this.#context = context;
    this.#stride = 8 + state.bytes;
    this.#rows = Math.floor(scratchBytes / (4 * this.#stride));
    this.#update = kernel(kernels, state.update);
    this.#merge = kernel(kernels, state.merge);
    this.#finish = kernel(kernels, state.finish);
    this.#home = arena.region(owner);
    this.#scratch = arena.region(owner);
    this.#fresh = this.#home.reserveZeroed(this.#stride);
    this.#zeros = this.#home.reserveZeroed(this.#rows * 4);
    state.start?.(arena.view, this.#fresh + 8);
  }

  hold(batch: Batch, _marks: Marks, memo: Memo, region: Region): Vector[] {
    const columns = this.#inputs.map((one) => evaluate(one, batch, region, this.#context, memo));
    if (this.#hasher === null) return columns;
    const [values, ...others] = columns as [Vector, ...Vector[]];
    const hashes = this.#hasher.hash([values], batch.length, region);
    return [fixedVector(uint64, batch.length, hashes, validRows(values, region)), ...others];
  }

  look(here: Here, column: number): Look {
    const frames = this.#edges.of(here);
    this.#seen = { here, column, frames };
    return { ready: frames.ready, from: frames.firsts };
  }

  values(from: number, { length }: Batch, _memo: Memo, into: Region): Vector {
    const { type } = this.#aggregate;
    const { firsts, lasts } = this.#seen!.frames;
    const validity = into.reserveZeroed(bitmapBytes(length));
    const bits = physicalOf(type) === 'bit';
    const data = bits ? into.reserveZeroed(bitmapBytes(length)) : into.reserve(length * widthOf(type));
    const { finish, parameter } = this.#state;
    // Bitmaps of results are written from whole bytes on.
    const most = Math.max(8, this.#rows & ~7);
    for (let row = 0; row < length; row += most) {
      const count = Math.min(most, length - row);
      this.#scratch.reset();
      const heads = this.#scratch.reserve(count * this.#stride);
      this.#inPieces(firsts + (from + row) * 4, lasts + (from + row) * 4, count, heads);
      const out = bits ? data + (row >> 3) : data + row * widthOf(type);
      const found = validity + (row >> 3);
      const failed = this.#finish(heads, heads + 8, this.#stride, count, out, found, parameter);
      if (failed >= 0) throw overflow({ name: this.#aggregate.name, result: type });
    }
    return fixedVector(type, length, data, finish === 'count_finish' ? 0 : validity);
  }

  drop(row: number): void {
    for (const [page, struct] of this.#totals) {
      if (page.end > row) break;
      this.#totals.delete(page);
      this.#freeStructs.push(struct);
    }
  }

  release(): void {
    this.#edges.release();
    this.#hasher?.release();
    this.#home.release();
    this.#scratch.release();
  }

  /** Writes the structs of `count` frames to `out`: those together that begin in one page and end in one. */
  #inPieces(firsts: number, lasts: number, count: number, out: number): void {
    const { kernels, arena } = this.#context;
    const { here } = this.#seen!;
    const base = here.page.start;
    const { pages } = here.rows;
    for (let done = 0; done < count; ) {
      const [a, b] = [firsts + done * 4, lasts + done * 4];
      const first = arena.view.getInt32(a, true);
      const last = arena.view.getInt32(b, true);
      // An empty frame may begin behind the last row, or end before the first that is held.
      const from = pages.pageOf(Math.min(base + first, pages.end - 1));
      const to = last < first ? from : pages.pageOf(base + last);
      const [start, end] = [from, to].map((page) =>
        page.end === pages.end ? 2 ** 31 - 1 : page.end - base,
      ) as [number, number];
      const some = kernels.window_piece(a, b, count - done, start, end);
      const into = out + done * this.#stride;
      if (from === to) this.#fill(this.#rowsOf(from), a, b, some, into);
      else this.#across(from, to, a, b, some, into);
      done += some;
    }
  }

  /** Frames within a page. */
  #fill(rows: Rows, firsts: number, lasts: number, count: number, out: number): void {
    const { low, firstEnd, lastStart, high } = this.#endsOf(firsts, lasts, count);
    if (high - low <= 4 * this.#rows) this.#narrow(rows, firsts, lasts, count, low, high, out);
    else if (count === 1 || (lastStart <= firstEnd && lastStart - low + high - firstEnd <= 4 * this.#rows)) {
      const common = this.#emptyStruct();
      this.#addUp(rows, lastStart, firstEnd + 1, common);
      this.#wide(rows, rows, firsts, lasts, count, common, out);
    } else
      this.#halved(count, (from, some) =>
        this.#fill(rows, firsts + from * 4, lasts + from * 4, some, out + from * this.#stride),
      );
  }

  /** Frames that begin in one page and end in a later one. */
  #across(from: Page, to: Page, firsts: number, lasts: number, count: number, out: number): void {
    const { low, firstEnd, lastStart, high } = this.#endsOf(firsts, lasts, count);
    if (count > 1 && lastStart - low + high - firstEnd > 4 * this.#rows) {
      this.#halved(count, (skip, some) =>
        this.#across(from, to, firsts + skip * 4, lasts + skip * 4, some, out + skip * this.#stride),
      );
      return;
    }
    const { pages } = this.#seen!.here.rows;
    const common = this.#emptyStruct();
    const between = pages.all.slice(pages.indexOf(from.start) + 1, pages.indexOf(to.start));
    const totals = between.map((page) => this.#totalOf(page));
    const [left, right] = [this.#rowsOf(from), this.#rowsOf(to)];
    this.#addUp(left, lastStart, left.end, common);
    for (const total of totals) this.#join(common, total, 1);
    this.#addUp(right, right.start, firstEnd + 1, common);
    this.#wide(left, right, firsts, lasts, count, common, out);
  }

  #halved(count: number, work: (from: number, count: number) => void): void {
    const half = count >> 1;
    work(0, half);
    work(half, count - half);
  }

  #endsOf(firsts: number, lasts: number, count: number): Ends {
    const { view } = this.#context.arena;
    return {
      low: view.getInt32(firsts, true),
      firstEnd: view.getInt32(lasts, true),
      lastStart: view.getInt32(firsts + (count - 1) * 4, true),
      high: view.getInt32(lasts + (count - 1) * 4, true),
    };
  }

  /** The rows of a page; they hold until two other pages were asked for. */
  #rowsOf(page: Page): Rows {
    const { here, column } = this.#seen!;
    const { args, filter } = this.#aggregate;
    const { columns, length } = here.rows.pages.batch(page);
    const inputs = columns.slice(column, column + this.types.length);
    let counted = 0;
    if (filter !== null) {
      const condition = inputs[args.length]!;
      const valid = validRows(condition, this.#scratch);
      counted = bothBits(condition.data, valid, length, this.#scratch, this.#context);
    }
    for (const input of inputs.slice(0, args.length)) {
      const valid = validRows(input, this.#scratch);
      counted = bothBits(counted, valid, length, this.#scratch, this.#context);
    }
    const start = page.start - here.page.start;
    return { inputs, counted, start, end: start + length };
  }

  /** The struct of all rows of a page. */
  #totalOf(page: Page): number {
    const known = this.#totals.get(page);
    if (known !== undefined) return known;
    const struct = this.#freeStructs.pop() ?? this.#home.reserve(this.#stride);
    this.#context.arena.bytes.copyWithin(struct, this.#fresh, this.#fresh + this.#stride);
    const rows = this.#rowsOf(page);
    this.#addUp(rows, rows.start, rows.end, struct);
    this.#totals.set(page, struct);
    return struct;
  }

  /** A struct without rows. */
  #emptyStruct(): number {
    const struct = this.#scratch.reserve(this.#stride);
    this.#context.arena.bytes.copyWithin(struct, this.#fresh, this.#fresh + this.#stride);
    return struct;
  }

  /** From blocks cut as the frames need them. */
  #narrow(
    rows: Rows,
    firsts: number,
    lasts: number,
    count: number,
    low: number,
    high: number,
    out: number,
  ): void {
    const { kernels } = this.#context;
    const stride = this.#stride;
    const covered = Math.max(0, high - low + 1);
    const cuts = noBits(covered + 1, this.#scratch);
    kernels.window_cuts(firsts, lasts, count, low, cuts);
    const prefixes = this.#leaves(rows, low, covered);
    const suffixes = this.#copied(prefixes, covered);
    this.#scan(prefixes, covered, cuts, false);
    this.#scan(suffixes, covered, cuts, true);
    const tails = this.#scratch.reserve(count * stride);
    const blocks = [suffixes, prefixes, stride, this.#fresh] as const;
    kernels.window_gather(firsts, lasts, count, low, ...blocks, out, tails);
    this.#join(out, tails, count);
  }

  /** Where all frames have rows in common, which are added up in `common`; `left` has those before, `right` those behind. */
  #wide(
    left: Rows,
    right: Rows,
    firsts: number,
    lasts: number,
    count: number,
    common: number,
    out: number,
  ): void {
    const { kernels, arena } = this.#context;
    const { low, lastStart, firstEnd, high } = this.#endsOf(firsts, lasts, count);
    const stride = this.#stride;
    const before = lastStart - low;
    const after = high - firstEnd;
    // The struct behind the suffixes is what all have in common.
    const suffixes = this.#leaves(left, low, before, 1);
    arena.bytes.copyWithin(suffixes + before * stride, common, common + stride);
    const none = noBits(before + after + 2, this.#scratch);
    this.#scan(suffixes, before + 1, none, true);
    const prefixes = this.#leaves(right, firstEnd + 1, after);
    this.#scan(prefixes, after, none, false);
    const tails = this.#scratch.reserve(count * stride);
    kernels.window_gather_suffixes(firsts, low, suffixes, count, stride, out);
    kernels.window_gather_prefixes(lasts, firstEnd + 1, prefixes, count, stride, this.#fresh, tails);
    this.#join(out, tails, count);
  }

  /** A struct for each of `count` rows, then `more` empty ones. */
  #leaves(rows: Rows, from: number, count: number, more = 0): number {
    const { kernels } = this.#context;
    const stride = this.#stride;
    const structs = this.#scratch.reserve((count + more + 1) * stride);
    kernels.aggregate_init(structs, stride, 0, count + more + 1, this.#fresh);
    const places = this.#scratch.reserve((count + 1) * 4);
    kernels.window_ordinals(0, count, places);
    kernels.aggregate_places(places, stride, count, places);
    this.#add(rows, structs - stride, places, from, from + count);
    return structs;
  }

  /** All rows into one struct. */
  #addUp(rows: Rows, from: number, to: number, struct: number): void {
    for (let row = from; row < to; row += this.#rows)
      this.#add(rows, struct, this.#zeros, row, Math.min(to, row + this.#rows));
  }

  #add(rows: Rows, structs: number, places: number, from: number, to: number): void {
    const { kernels } = this.#context;
    const { inputs, counted, start } = rows;
    const [first, last] = [from - start, to - start];
    // Kernels count places, values and bits from the first row of the page.
    const shifted = places - first * 4;
    kernels.aggregate_rows(structs, shifted, first, last);
    const values = this.#aggregate.args.map((_, i) => inputs[i]!.data);
    const [one = 0, other = counted] = values;
    this.#check(this.#update(structs + 8, shifted, first, last, one, other, counted));
  }

  #copied(structs: number, count: number): number {
    const bytes = (count + 1) * this.#stride;
    const copy = this.#scratch.reserve(bytes);
    this.#context.arena.bytes.copyWithin(copy, structs, structs + bytes);
    return copy;
  }

  /** Adds each struct to the next, or to the one before; there is one more behind them that may be spoiled. */
  #scan(structs: number, count: number, cuts: number, backward: boolean): void {
    const { kernels } = this.#context;
    if (count < 2) return;
    const stride = this.#stride;
    const places = this.#scratch.reserve(count * 4);
    kernels.window_block_places(cuts, count, stride, count * stride, backward ? 1 : 0, places);
    const first = backward ? structs + (count - 1) * stride : structs;
    const step = backward ? -stride : stride;
    this.#check(this.#merge(structs + 8, places, first + 8, step, count - 1));
    kernels.count_merge(structs, places, first, step, count - 1);
  }

  /** Adds the tails to the heads. */
  #join(heads: number, tails: number, count: number): void {
    const { kernels } = this.#context;
    const stride = this.#stride;
    const places = this.#scratch.reserve((count + 1) * 4);
    kernels.window_ordinals(0, count, places);
    kernels.aggregate_places(places, stride, count, places);
    this.#check(this.#merge(heads + 8 - stride, places, tails + 8, stride, count));
    kernels.count_merge(heads - stride, places, tails, stride, count);
  }

  #check(overflows: number): void {
    if (overflows > 0) throw overflow({ name: this.#aggregate.name, result: this.#aggregate.type });
  }
}

/** Rows [start, end) of a page, counted from the first of the page at hand. */
interface Rows {
  readonly inputs: readonly Vector[];
  /** Bitmap of those that count, or 0 for all. */
  readonly counted: number;
  readonly start: number;
  readonly end: number;
}

/** Of the first row and the last. */
interface Ends {
  readonly low: number;
  readonly firstEnd: number;
  readonly lastStart: number;
  readonly high: number;
}
