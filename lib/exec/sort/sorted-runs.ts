/**
 * Rows of a stream in sorted runs, each as long as memory lets it be.
 *
 *   input ──▶ rows held ──(share full, or end of input)──▶ sort ──▶ run
 *
 * With a limit rows that can no longer be among the first so many are left out as they come, and what is held is cut
 * down to the limit; only where that does not fit is there more than one run.
 *
 * Memory: `context.share` for the rows, and 32 bytes a row to sort them.
 */
import { type Batch, batchRows } from '../../arrow/batch.js';
import { breathe, stopIfAborted } from '../../breathe.js';
import { memoryError } from '../../errors.js';
import { batchSize } from '../../formats/batch-size.js';
import { orderBytes, orderRows, type RowOrder } from '../../kernels/row-order.js';
import { RowStore } from '../../kernels/row-store.js';
import { sliceBatch } from '../../kernels/slice.js';
import type { Region } from '../../memory/arena.js';
import type { Context, Stream } from '../context.js';
import { fewRows } from '../share.js';
import { heldBytes, longestTexts } from './held-bytes.js';
import { LimitFilter } from './limit-filter.js';
import type { Sorting } from './sorting.js';

/** Rows in order, until the next run is asked for. */
export interface SortedRows {
  /** Are there no others? */
  readonly isAll: boolean;
  readonly length: number;
  /** How many rows take about so many bytes; at least one. */
  rowsWithin(bytes: number): number;
  /** In batches of about so many bytes, each valid until the next is asked for. */
  batches(bytes: number): Stream;
  /** In batches as rows are on their way to other operators. */
  stream(): Stream;
}

export type RunStream = AsyncGenerator<SortedRows, void, void>;

/** With a limit so much of the share is filled: cutting takes a second copy of what is kept. */
const cutPart = 0.6;
/** A sort to few rows has no share of its own (share.ts), and does with a little. */
const fewPart = 1 / 8;

/** At most so much is kept free. */
const mostSpare = 4 * 2 ** 20;

/** For a row with longer texts there is room in one piece, before rows that are held take all but pieces. */
const longTexts = 2 ** 20;

/** Of the arena, for a batch that is given out. */
const batchPart = 1 / 16;

/** So many rows are held before a limit makes a run of them: what is kept may be about as much as the share. */
const leastLimited = 512;

/** Rows that are worth a cut to the limit. */
const leastCut = 65536;

/** The rows of `input` in runs; equal ones in the order in which they came, run after run. */
export async function* sortedRuns(input: Stream, sorting: Sorting, context: Context): RunStream {
  const held = new HeldRows(sorting, context);
  try {
    for await (const batch of input)
      for (const piece of held.pieces(batch)) {
        stopIfAborted(context);
        yield* held.add(piece);
      }
    yield* held.rest();
  } finally {
    held.release();
  }
}

class HeldRows {
  readonly #sorting: Sorting;
  readonly #context: Context;
  readonly #share: number;
  readonly #filter: LimitFilter;
  /** Of what is sorted. */
  readonly #region: Region;
  /** Of the piece that is to be held: room for it may be made by sorting. */
  readonly #piece: Region;
  /** Of a batch that is given out. */
  readonly #output: Region;
  /** Kept free for putting a chunk in order, should others take what the share promises. */
  readonly #spare: Region;
  #store: RowStore;
  /** Bytes of texts that a row held has at most. */
  #longest = 0;
  /** Was there a run before? */
  #hasRun = false;

  constructor(sorting: Sorting, context: Context) {
    const { keys, limit, owner } = sorting;
    const { arena, share } = context;
    this.#sorting = sorting;
    this.#context = context;
    this.#share = share * (limit === null ? 1 : limit > fewRows ? cutPart : fewPart);
    this.#filter = new LimitFilter(keys, context, owner);
    this.#region = arena.region(owner);
    this.#piece = arena.region(owner);
    this.#output = arena.region(owner);
    this.#spare = arena.region(owner);
    this.#store = this.#newStore();
  }

  /** The batch in pieces that do not fill the share. */
  *pieces(batch: Batch): Generator<Batch, void, void> {
    const { share, kernels } = this.#context;
    const bytes = Math.max(1, heldBytes(batch, this.#context));
    const most = Math.floor((batch.length * share) / 8 / bytes);
    // From a multiple of eight on no bitmap is copied.
    const rows = most < 8 ? Math.max(1, most) : Math.min(batchRows, most - (most % 8));
    for (let from = 0; from < batch.length; from += rows) {
      this.#piece.reset();
      yield sliceBatch(batch, from, Math.min(rows, batch.length - from), this.#piece, kernels);
    }
  }

  /** Holds a piece; gives runs where that takes room. */
  async *add(piece: Batch): RunStream {
    const { limit, dictionaries, ranks, owner } = this.#sorting;
    const { arena } = this.#context;
    const rows = this.#filter.passed(piece);
    this.#longest = Math.max(this.#longest, longestTexts(rows, this.#context));
    if (this.#longest > longTexts && this.#output.held < this.#longest) {
      this.#output.release();
      this.#output.tryReserve(this.#longest + longTexts);
    }
    if (this.#spare.held === 0) this.#spare.tryReserve(Math.min(mostSpare, this.#share / 4));
    const order = Math.max(this.#spare.held, orderBytes(this.#store.length + rows.length));
    const output = Math.min(this.#output.held, this.#share / 2);
    const held = this.#store.held + dictionaries.held + ranks.held + output;
    const wanted = held + heldBytes(rows, this.#context) + order;
    if (wanted > this.#share && this.#store.length >= (limit === null ? 1 : leastLimited))
      yield* this.#makeRoom();
    if (!this.#store.tryAppend(rows)) {
      if (this.#store.length > 0) yield* this.#makeRoom();
      if (!this.#store.tryAppend(rows))
        throw memoryError(owner, heldBytes(rows, this.#context), arena.reserved, arena.capacity);
    }
    if (limit !== null && this.#store.length >= Math.max(2 * limit, leastCut)) yield* this.#makeRoom();
  }

  /** The rows that are left. */
  async *rest(): RunStream {
    if (this.#store.length > 0) yield* this.#inRuns(0, this.#store.chunks, !this.#hasRun);
  }

  release(): void {
    this.#store.release();
    this.#region.release();
    this.#piece.release();
    this.#output.release();
    this.#filter.release();
    this.#spare.release();
  }

  #newStore(): RowStore {
    const { types, dictionaries, owner } = this.#sorting;
    return new RowStore(types, dictionaries, this.#context, owner, this.#context.share);
  }

  /** Makes room by leaving out what is behind the limit, or by giving all that is held as runs. */
  async *#makeRoom(): RunStream {
    const { limit } = this.#sorting;
    if (limit !== null && this.#store.length >= 2 * limit && (await this.#cut())) return;
    yield* this.#inRuns(0, this.#store.chunks, false);
    this.#region.release();
    this.#store.clear();
  }

  /** Chunks [from, to) as a run, or as some where memory does not suffice to sort them at once. */
  async *#inRuns(from: number, to: number, areAll: boolean): RunStream {
    const order = await this.#order(from, to);
    if (order !== null) {
      if (!areAll) this.#setLimit(order);
      this.#hasRun = true;
      yield this.#inOrder(order, areAll);
      return;
    }
    if (to - from === 1) {
      const { arena } = this.#context;
      const bytes = orderBytes(this.#store.rowsOf(from));
      throw memoryError(this.#sorting.owner, bytes, arena.reserved, arena.capacity);
    }
    const middle = (from + to) >> 1;
    yield* this.#inRuns(from, middle, false);
    yield* this.#inRuns(middle, to, false);
  }

  #order(from: number, to: number): Promise<RowOrder | null> {
    const { types, keys, ranks } = this.#sorting;
    this.#region.release();
    this.#spare.release();
    const rest = (): Promise<void> => breathe(this.#context);
    return orderRows(this.#store.table(), from, to, types, keys, ranks, this.#region, this.#context, rest);
  }

  #inOrder(order: RowOrder, isAll: boolean): SortedRows {
    const length = Math.min(this.#sorting.limit ?? order.length, order.length);
    const rowBytes = Math.max(1, this.#store.rowBytes);
    const rowsWithin = (bytes: number): number => Math.max(1, Math.floor(bytes / rowBytes));
    const batches = (bytes: number, most = batchRows): Stream =>
      this.#batches(order, length, Math.min(most, rowsWithin(bytes)), bytes);
    const stream = (): Stream =>
      batches(this.#context.arena.capacity * batchPart, batchSize(this.#sorting.types, this.#context));
    return { isAll, length, rowsWithin, batches, stream };
  }

  /** The first `end` rows of the order. */
  async *#batches(order: RowOrder, end: number, most: number, bytes: number): Stream {
    const table = this.#store.table();
    const rows = this.#region.reserve(most * 4);
    for (let row = 0; row < end; row += most) {
      const count = Math.min(most, end - row);
      order.rows(row, count, rows);
      yield* table.batches(rows, count, this.#output, bytes);
      await breathe(this.#context);
    }
    this.#output.release();
  }

  /** What comes from now on must be below the last of `limit` rows. */
  #setLimit(order: RowOrder): void {
    const { limit } = this.#sorting;
    if (limit === null || order.length < limit) return;
    const row = this.#region.reserve(4);
    order.rows(limit - 1, 1, row);
    this.#output.reset();
    this.#filter.set(this.#store.table().gather(row, 1, this.#output));
  }

  /** Keeps only the first rows, up to the limit; false where memory does not suffice. */
  async #cut(): Promise<boolean> {
    const order = await this.#order(0, this.#store.chunks);
    if (order === null) return false;
    this.#setLimit(order);
    const kept = this.#newStore();
    let whole = true;
    try {
      for await (const batch of this.#inOrder(order, false).stream()) whole &&= kept.tryAppend(batch);
    } catch (error) {
      kept.release();
      throw error;
    }
    if (whole) {
      this.#store.release();
      this.#store = kept;
    } else kept.release();
    this.#region.release();
    return whole;
  }
}
