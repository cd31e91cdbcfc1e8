/** Rows that may turn out to be too late: they are held, and those that have are dropped, until they are too many. */
import { type Batch, batchRows } from '../../arrow/batch.js';
import type { DataType } from '../../arrow/types.js';
import { breathe } from '../../breathe.js';
import { BatchBuffer } from '../../kernels/batch-buffer.js';
import { takeBatch } from '../../kernels/take.js';
import type { Region } from '../../memory/arena.js';
import type { Context, Stream } from '../context.js';

/** Lists the rows (int32s at `chosen`, for which there is room) that still are in time; how many there are. */
type InTime = (rows: Batch, chosen: number, region: Region) => number;

export class Candidates {
  readonly #context: Context;
  readonly #buffer: BatchBuffer;
  readonly #bytes: number;
  readonly #region: Region;

  /** Holds rows of these types in about so many bytes. */
  constructor(types: readonly DataType[], bytes: number, context: Context, owner: string) {
    const { arena, kernels } = context;
    this.#context = context;
    this.#bytes = bytes;
    this.#buffer = new BatchBuffer(types, arena, kernels, owner);
    this.#region = arena.region(owner);
  }

  /** Is it time to call `cut`? */
  get full(): boolean {
    return this.#buffer.bytes >= this.#bytes;
  }

  add(rows: Batch): void {
    this.#buffer.append(rows);
  }

  /** Drops rows that are too late; where that are few, all others come out, with their first `width` columns. */
  async *cut(inTime: InTime, width: number): Stream {
    const { all, chosen, count } = this.#choose(inTime);
    if (count * 2 > all.length) {
      yield* this.#given(all, chosen, count, width);
      return;
    }
    const kept = takeBatch(all, chosen, count, this.#region, this.#context);
    this.#buffer.clear();
    this.#buffer.append(kept);
    this.#region.release();
  }

  /** All rows that are in time come out. */
  async *take(inTime: InTime, width: number): Stream {
    const { all, chosen, count } = this.#choose(inTime);
    yield* this.#given(all, chosen, count, width);
  }

  release(): void {
    this.#buffer.release();
    this.#region.release();
  }

  #choose(inTime: InTime): { readonly all: Batch; readonly chosen: number; readonly count: number } {
    const all = this.#buffer.batch();
    const chosen = this.#region.reserve((all.length + 1) * 4);
    return { all, chosen, count: inTime(all, chosen, this.#region) };
  }

  async *#given(all: Batch, chosen: number, count: number, width: number): Stream {
    const { arena } = this.#context;
    const region = arena.region(this.#region.owner);
    const rows = { length: all.length, columns: all.columns.slice(0, width) };
    try {
      for (let from = 0; from < count; from += batchRows) {
        await breathe(this.#context);
        region.reset();
        yield takeBatch(rows, chosen + from * 4, Math.min(batchRows, count - from), region, this.#context);
      }
    } finally {
      region.release();
    }
    this.#buffer.clear();
    this.#region.release();
  }
}
