/** Rows that may turn out to be too late: they are held, and those that have are dropped, until they are too many. */
import { type Batch, batchRows } from '../../arrow/batch.js';
import type { DataType } from '../../arrow/types.js';
import { breathe } from '../../breathe.js';
import { BatchBuffer } from '../../kernels/batch-buffer.js';
import { takeBatch } from '../../kernels/take.js';
import type { Region } from '../../memory/arena.js';
import type { Context, Stream } from '../context.js';
import type { Chosen } from './first-words.js';

/** The rows that still are in time. */
type InTime = (rows: Batch, region: Region) => Chosen;

/** Fewer are not worth a look. */
const leastBytes = 2 ** 22;

export class Candidates {
  readonly #context: Context;
  readonly #buffer: BatchBuffer;
  readonly #room: () => number;
  /** Bytes with which they are cut the next time: what is kept is copied, so there must be as much again to drop. */
  #next = leastBytes;
  readonly #region: Region;

  /** Holds rows of these types, in so many bytes as `room` says now. */
  constructor(types: readonly DataType[], room: () => number, context: Context, owner: string) {
    const { arena, kernels } = context;
    this.#context = context;
    this.#room = room;
    this.#buffer = new BatchBuffer(types, arena, kernels, owner);
    this.#region = arena.region(owner);
  }

  /** Is it time to call `cut`? */
  get full(): boolean {
    return this.#buffer.bytes >= Math.min(this.#next, this.#most);
  }

  add(rows: Batch): void {
    this.#buffer.append(rows);
  }

  /** Drops rows that are too late; where they still are too many, they come out, with their first `width` columns. */
  async *cut(inTime: InTime, width: number): Stream {
    const all = this.#buffer.batch();
    const chosen = inTime(all, this.#region);
    if (this.#buffer.bytes >= this.#most && chosen.count * 2 > all.length) {
      yield* this.#given(chosen, width);
      return;
    }
    const kept = takeBatch(all, chosen.rows, chosen.count, this.#region, this.#context);
    this.#buffer.clear();
    this.#buffer.append(kept);
    this.#region.release();
    this.#next = Math.max(leastBytes, 2 * this.#buffer.bytes);
  }

  /** All rows that are in time come out. */
  async *take(inTime: InTime, width: number): Stream {
    yield* this.#given(inTime(this.#buffer.batch(), this.#region), width);
  }

  release(): void {
    this.#buffer.release();
    this.#region.release();
  }

  /** Where rows are dropped, up to half of them are copied. */
  get #most(): number {
    return this.#room() / 1.5;
  }

  async *#given({ rows, count }: Chosen, width: number): Stream {
    const { arena } = this.#context;
    const { length, columns } = this.#buffer.batch();
    const all = { length, columns: columns.slice(0, width) };
    const region = arena.region(this.#region.owner);
    try {
      for (let from = 0; from < count; from += batchRows) {
        await breathe(this.#context);
        region.reset();
        yield takeBatch(all, rows + from * 4, Math.min(batchRows, count - from), region, this.#context);
      }
    } finally {
      region.release();
    }
    this.#buffer.clear();
    this.#region.release();
  }
}
