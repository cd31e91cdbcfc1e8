/**
 * Rows that wait, first in, first out.
 *
 *   push ─▶ buffer in memory ─(full)─▶ spill file ─▶ drain: buffer, then file
 *
 * Memory: `room` bytes, and a batch of the file in reading.
 */
import type { SpillFile } from '../../../spill/spill-file.js';
import { type Batch, batchRows } from '../../arrow/batch.js';
import type { DataType } from '../../arrow/types.js';
import { breathe } from '../../breathe.js';
import { BatchBuffer } from '../../kernels/batch-buffer.js';
import { sliceBatch } from '../../kernels/slice.js';
import type { Region } from '../../memory/arena.js';
import type { Context } from '../context.js';

export class RowQueue {
  readonly #types: readonly DataType[];
  readonly #context: Context;
  readonly #room: number;
  readonly #owner: string;
  #buffer: BatchBuffer;
  /** Rows of the buffer that were given out. */
  #taken = 0;
  #file: SpillFile | null = null;
  #reader: Generator<Batch, void, void> | null = null;
  /** The batch of the file that is given out, and from where on. */
  #current: Batch | null = null;
  #from = 0;
  /** Rows of the file that were given out. */
  #read = 0;

  constructor(types: readonly DataType[], room: number, context: Context, owner: string) {
    this.#types = types;
    this.#context = context;
    this.#room = room;
    this.#owner = owner;
    this.#buffer = new BatchBuffer(types, context.arena, context.kernels, owner);
  }

  /** Rows that wait. */
  get length(): number {
    return this.#buffer.length - this.#taken + (this.#file?.rowsOf(0) ?? 0) - this.#read;
  }

  async push(batch: Batch): Promise<void> {
    if (batch.length === 0) return;
    if (this.#file === null && this.#fits()) {
      this.#buffer.append(batch);
      return;
    }
    this.#file ??= await this.#context.spills.create(this.#types, this.#owner);
    this.#file.write(0, batch);
  }

  /** The first `count` rows in their order, in batches each valid until the next is asked for. */
  async *take(count: number): AsyncGenerator<Batch, void, void> {
    const region = this.#context.arena.region(this.#owner);
    try {
      for (let left = count; left > 0; ) {
        region.reset();
        const batch = this.#next(left, region);
        left -= batch.length;
        yield batch;
        if (left > 0) await breathe(this.#context);
      }
      this.#forget();
    } finally {
      region.release();
    }
  }

  /** As `take`, of all rows. */
  drain(): AsyncGenerator<Batch, void, void> {
    return this.take(this.length);
  }

  release(): void {
    this.#buffer.release();
    this.#releaseFile();
  }

  /** At most `most` of the first rows. */
  #next(most: number, region: Region): Batch {
    const { kernels } = this.#context;
    const held = this.#buffer.length - this.#taken;
    if (held > 0) {
      const length = Math.min(most, held, batchRows);
      this.#taken += length;
      return sliceBatch(this.#buffer.batch(), this.#taken - length, length, region, kernels);
    }
    this.#reader ??= this.#file!.read(0);
    if (this.#current === null) {
      const next = this.#reader.next();
      if (next.done) throw new Error('bug: more rows are taken than wait');
      this.#current = next.value;
      this.#from = 0;
    }
    const current = this.#current;
    const length = Math.min(most, current.length - this.#from);
    const batch = sliceBatch(current, this.#from, length, region, kernels);
    this.#from += length;
    this.#read += length;
    if (this.#from === current.length) this.#current = null;
    return batch;
  }

  /** What was given out. */
  #forget(): void {
    if (this.#file !== null && this.#read === this.#file.rowsOf(0)) this.#releaseFile();
    const { length } = this.#buffer;
    if (this.#taken === length) this.#buffer.clear();
    else if (this.#taken * 2 < length) return;
    else {
      const { arena, kernels } = this.#context;
      const region = arena.region(this.#owner);
      const rest = new BatchBuffer(this.#types, arena, kernels, this.#owner);
      const left = length - this.#taken;
      rest.append(sliceBatch(this.#buffer.batch(), this.#taken, left, region, kernels));
      region.release();
      this.#buffer.release();
      this.#buffer = rest;
    }
    this.#taken = 0;
  }

  #releaseFile(): void {
    this.#reader?.return();
    this.#reader = null;
    this.#current = null;
    this.#file?.release();
    this.#file = null;
    this.#read = 0;
  }

  /** Buffers double as they grow. */
  #fits(): boolean {
    return this.#buffer.held * 3 <= this.#room;
  }
}
