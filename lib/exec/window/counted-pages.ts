/**
 * Values of the rows that count, where not all do, one behind the other: however far apart such rows are, the n-th after a
 * row is found by counting.
 *
 *   rows        a - - b - c      values   a b c
 *   before      0 1 1 1 2 2
 *   upTo        1 1 1 2 2 3
 *
 * Counts are modulo 2^32. Memory: see pages.ts; what is held is the values that rows which wait may still look at.
 */
import { type Batch, fixedVector, type Vector } from '../../arrow/batch.js';
import { type DataType, int32 } from '../../arrow/types.js';
import { takeBatch } from '../../kernels/take.js';
import type { Region } from '../../memory/arena.js';
import type { Bound } from '../../plan/bound.js';
import type { Context } from '../context.js';
import { evaluate } from '../evaluate.js';
import type { Memo } from '../memo.js';
import { bothBits, trueRows, validRows } from './counted-rows.js';
import { gather } from './gather.js';
import { Pages } from './pages.js';
import type { Marks } from './run.js';

/** Which rows count: those where the filter is true, and those whose argument is not null if nulls are ignored. */
export interface Counted {
  readonly arg: Bound;
  readonly filter: Bound | null;
  readonly ignoreNulls: boolean;
}

export class CountedPages {
  /** Of `before` and `upTo`. */
  readonly countTypes: readonly DataType[] = [int32, int32];
  readonly #counted: Counted;
  readonly #context: Context;
  readonly #home: Region;
  readonly #state: number;
  readonly #partition: number;
  /** The value, and the number of its partition modulo 2^32. */
  readonly #pages: Pages;

  constructor(counted: Counted, context: Context, owner: string) {
    this.#counted = counted;
    this.#context = context;
    this.#home = context.arena.region(owner);
    this.#state = this.#home.reserveZeroed(8);
    this.#partition = this.#state + 4;
    this.#pages = new Pages([counted.arg.type, int32], context.share / 16, context, owner);
  }

  /** How many rows counted so far. */
  get count(): number {
    return this.#pages.end;
  }

  /** The ordinal of the first value that is still held. */
  get base(): number {
    return this.#pages.start;
  }

  /** What is counted before each row, and up to and with it; and each row's partition. */
  async append(
    batch: Batch,
    marks: Marks,
    memo: Memo,
    region: Region,
  ): Promise<{ readonly before: Vector; readonly upTo: Vector; readonly partition: Vector }> {
    const { kernels } = this.#context;
    const { arg, filter, ignoreNulls } = this.#counted;
    const { length } = batch;
    const values = evaluate(arg, batch, region, this.#context, memo);
    let among = filter === null ? 0 : trueRows(filter, { batch, memo }, region, this.#context);
    if (ignoreNulls) among = bothBits(among, validRows(values, region), length, region, this.#context);
    const column = (): number => region.reserve(length * 4);
    const [before, upTo, partition] = [column(), column(), column()];
    kernels.window_counts(among, length, this.#state, before, upTo);
    kernels.window_counts(
      batch.columns[marks.partitions]!.data,
      length,
      this.#partition,
      column(),
      partition,
    );
    const all = { length, columns: [values, fixedVector(int32, length, partition)] };
    if (among === 0) await this.#pages.append(all);
    else {
      const rows = region.reserve((length + 4) * 4);
      const count = kernels.take_indices(among, 0, length, rows);
      if (count > 0) await this.#pages.append(takeBatch(all, rows, count, region, this.#context));
    }
    return {
      before: fixedVector(int32, length, before),
      upTo: fixedVector(int32, length, upTo),
      partition: all.columns[1]!,
    };
  }

  /** The values with these ordinals, counted from `base` on. */
  values(ordinals: number, count: number, base: number, into: Region): Vector {
    return gather(this.#pages, 0, ordinals, count, base, into, this.#context);
  }

  partitions(ordinals: number, count: number, base: number, into: Region): Vector {
    return gather(this.#pages, 1, ordinals, count, base, into, this.#context);
  }

  /** Forgets values before those that rows from `row` on look at; `column` of these has the counts before them. */
  dropBefore(pages: Pages, column: number, row: number): void {
    if (row >= pages.end) return;
    const page = pages.pageOf(row);
    const counts = pages.batch(page).columns[column]!.data;
    const count = this.#context.arena.view.getInt32(counts + (row - page.start) * 4, true);
    this.drop(count);
  }

  /** Forgets values before that many. */
  drop(count: number): void {
    // Counts wrap around; what is dropped is never so much.
    this.#pages.drop(this.base + Math.max(0, (count - (this.base | 0)) | 0));
  }

  release(): void {
    this.#pages.release();
    this.#home.release();
  }
}
