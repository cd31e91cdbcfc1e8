/**
 * Aggregates over frames that move, whatever their states are, without taking a row out again: two scans of the rows
 * that the frames of some rows cover, and one merge a row; drawn in assembly/window.ts. Where frames are much longer
 * than the rows are many, what all of them cover is added up once:
 *
 *   frames of rows a .. b   [a . . [b . . . . . . . . . . . a] . . b]
 *                           suffixes ─┘`──── added up ─────'└─ prefixes
 *
 * Memory: four structs for each of the rows that are worked on at once, and as many more for what their frames cover.
 */
import { type Batch, bitmapBytes, fixedVector, type Vector } from '../../arrow/batch.js';
import { physicalOf, widthOf } from '../../arrow/types.js';
import { overflow } from '../../kernels/aggregate-states.js';
import type { FixedState } from '../../kernels/aggregates.js';
import { noBits } from '../../kernels/boundaries.js';
import { type Kernel, kernel } from '../../kernels/wasm.js';
import type { Region } from '../../memory/arena.js';
import type { BoundAggregate } from '../../plan/bind-aggregate.js';
import type { BoundFrame } from '../../plan/bind-window.js';
import { guarded } from '../../plan/guarded.js';
import type { Context } from '../context.js';
import type { Memo } from '../memo.js';
import { bothBits, validRows } from './counted-rows.js';
import { type Frames, framesOf } from './frames.js';
import type { HeldRows, Slide } from './slide.js';

/** Bytes of structs worked on at once. */
const scratchBytes = 2 ** 20;

export class AggregateSlide implements Slide {
  readonly inputs: Slide['inputs'];
  readonly #aggregate: BoundAggregate;
  readonly #frame: BoundFrame;
  readonly #state: FixedState;
  readonly #context: Context;
  readonly #stride: number;
  /** Rows worked on at once. */
  readonly #rows: number;
  readonly #home: Region;
  readonly #scratch: Region;
  readonly #fresh: number;
  readonly #update: Kernel;
  readonly #merge: Kernel;
  readonly #finish: Kernel;
  /** Bitmap of the held rows that count, or 0 for all. */
  #counted = 0;

  constructor(aggregate: BoundAggregate, frame: BoundFrame, context: Context, owner: string) {
    const { arena, kernels } = context;
    const { state, args, filter } = aggregate;
    if (state.form !== 'fixed') throw new Error(`bug: ${aggregate.row.name} does not slide`);
    this.inputs = [...args.map((arg) => guarded(arg, filter)), ...(filter === null ? [] : [filter])];
    this.#aggregate = aggregate;
    this.#frame = frame;
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
    state.start?.(arena.view, this.#fresh + 8);
  }

  frames(held: HeldRows): Frames {
    const { region, length } = held.rows;
    const { args, filter } = this.#aggregate;
    const condition = filter === null ? null : held.inputs[args.length]!;
    let counted = 0;
    if (condition !== null)
      counted = bothBits(condition.data, validRows(condition, region), length, region, this.#context);
    args.forEach((_, i) => {
      const bits = validRows(held.inputs[i]!, region);
      counted = bothBits(counted, bits, length, region, this.#context);
    });
    this.#counted = counted;
    return framesOf(this.#frame, held.rows, held.key);
  }

  values(
    held: HeldRows,
    { firsts, lasts }: Frames,
    from: number,
    { length }: Batch,
    _memo: Memo,
    into: Region,
  ): Vector {
    const { type } = this.#aggregate;
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
      this.#fill(held, firsts + (from + row) * 4, lasts + (from + row) * 4, count, heads);
      const out = bits ? data + (row >> 3) : data + row * widthOf(type);
      const found = validity + (row >> 3);
      const failed = this.#finish(heads, heads + 8, this.#stride, count, out, found, parameter);
      if (failed >= 0) throw overflow({ name: this.#aggregate.name, result: type });
    }
    return fixedVector(type, length, data, finish === 'count_finish' ? 0 : validity);
  }

  release(): void {
    this.#home.release();
    this.#scratch.release();
  }

  /** Writes the structs of `count` frames to `out`. */
  #fill(held: HeldRows, firsts: number, lasts: number, count: number, out: number): void {
    const { view } = this.#context.arena;
    const low = view.getInt32(firsts, true);
    const firstEnd = view.getInt32(lasts, true);
    const lastStart = view.getInt32(firsts + (count - 1) * 4, true);
    const high = view.getInt32(lasts + (count - 1) * 4, true);
    if (high - low <= 4 * this.#rows) this.#narrow(held, firsts, lasts, count, low, high, out);
    else if (count === 1 || lastStart <= firstEnd)
      this.#wide(held, firsts, lasts, count, { low, firstEnd, lastStart, high }, out);
    else {
      const half = count >> 1;
      this.#fill(held, firsts, lasts, half, out);
      this.#fill(held, firsts + half * 4, lasts + half * 4, count - half, out + half * this.#stride);
    }
  }

  /** From blocks cut as the frames need them. */
  #narrow(
    held: HeldRows,
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
    const prefixes = this.#leaves(held, low, covered);
    const suffixes = this.#copied(prefixes, covered);
    this.#scan(prefixes, covered, cuts, false);
    this.#scan(suffixes, covered, cuts, true);
    const tails = this.#scratch.reserve(count * stride);
    const blocks = [suffixes, prefixes, stride, this.#fresh] as const;
    kernels.window_gather(firsts, lasts, count, low, ...blocks, out, tails);
    this.#join(out, tails, count);
  }

  /** Where all frames have rows in common. */
  #wide(held: HeldRows, firsts: number, lasts: number, count: number, ends: Ends, out: number): void {
    const { kernels } = this.#context;
    const { low, lastStart, firstEnd, high } = ends;
    const stride = this.#stride;
    const before = lastStart - low;
    const after = high - firstEnd;
    // The struct behind the suffixes is what all have in common.
    const suffixes = this.#leaves(held, low, before, 1);
    this.#addUp(held, lastStart, firstEnd + 1, suffixes + before * stride);
    const none = noBits(before + after + 2, this.#scratch);
    this.#scan(suffixes, before + 1, none, true);
    const prefixes = this.#leaves(held, firstEnd + 1, after);
    this.#scan(prefixes, after, none, false);
    const tails = this.#scratch.reserve(count * stride);
    kernels.window_gather_suffixes(firsts, low, suffixes, count, stride, out);
    kernels.window_gather_prefixes(lasts, firstEnd + 1, prefixes, count, stride, this.#fresh, tails);
    this.#join(out, tails, count);
  }

  /** A struct for each of `count` rows, then `more` empty ones. */
  #leaves(held: HeldRows, from: number, count: number, more = 0): number {
    const { kernels } = this.#context;
    const stride = this.#stride;
    const structs = this.#scratch.reserve((count + more + 1) * stride);
    kernels.aggregate_init(structs, stride, 0, count + more + 1, this.#fresh);
    const places = this.#scratch.reserve((count + 1) * 4);
    kernels.window_ordinals(0, count, places);
    kernels.aggregate_places(places, stride, count, places);
    this.#add(held, structs - stride, places, from, from + count);
    return structs;
  }

  /** All rows into one struct. */
  #addUp(held: HeldRows, from: number, to: number, struct: number): void {
    const places = this.#scratch.reserveZeroed(this.#rows * 4);
    for (let row = from; row < to; row += this.#rows)
      this.#add(held, struct, places, row, Math.min(to, row + this.#rows));
  }

  #add({ inputs }: HeldRows, structs: number, places: number, from: number, to: number): void {
    const { kernels } = this.#context;
    // Kernels count places, values and bits from the first row held.
    const shifted = places - from * 4;
    kernels.aggregate_rows(structs, shifted, from, to);
    const values = this.#aggregate.args.map((_, i) => inputs[i]!.data);
    const [first = 0, second = this.#counted] = values;
    this.#check(this.#update(structs + 8, shifted, from, to, first, second, this.#counted));
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

/** Of the first row and the last. */
interface Ends {
  readonly low: number;
  readonly firstEnd: number;
  readonly lastStart: number;
  readonly high: number;
}
