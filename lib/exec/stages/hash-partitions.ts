/**
 * Rows on their way to a file of runs, by the hash of some values: a run for each partition. The same values go to the
 * same partition in every process, whatever dictionary or width of integers they come with.
 *
 *   batch ─▶ ordered by partition ─▶ held (RowStore) ──(full)──▶ of each batch the rows of p, one after another ─▶ run p
 *
 * Pieces are to be large, so rows wait. Each batch is put in order while it is in the caches, so that what is written
 * later is copied from few places. Memory: half of the share, at most 64 MB, as much again for dictionaries, and two
 * batches.
 */
import type { SealedRunsWriter } from '../../../spill/sealed-runs.js';
import { type Batch, batchRows } from '../../arrow/batch.js';
import type { Schema } from '../../arrow/schema.js';
import { slices } from '../../arrow/slice.js';
import { breathe } from '../../breathe.js';
import { memoryError } from '../../errors.js';
import { batchBytes } from '../../formats/batch-size.js';
import { ChunkTable, chunkBits } from '../../kernels/chunk-table.js';
import { Dictionaries } from '../../kernels/dictionaries.js';
import { RowHasher } from '../../kernels/hash-rows.js';
import { packBatch } from '../../kernels/packed-lists.js';
import { RowStore } from '../../kernels/row-store.js';
import type { Region } from '../../memory/arena.js';
import { bind } from '../../plan/bind.js';
import type { Bound } from '../../plan/bound.js';
import type { Expr } from '../../plan/expr.js';
import type { Context } from '../context.js';
import { evaluate } from '../evaluate.js';
import { heldBytes } from '../sort/held-bytes.js';

const heldPart = 1 / 2;
/** Plain text takes several times what codes do, here and in the file. */
const dictionaryPart = 1 / 4;
const mostHeld = 2 ** 26;

/** Of a held batch, where each partition begins, and where the last one ends. */
type Starts = Int32Array;

export class HashPartitions {
  readonly #by: readonly Bound[];
  readonly #count: number;
  readonly #file: SealedRunsWriter;
  readonly #context: Context;
  readonly #owner: string;
  readonly #bytes: number;
  readonly #hasher: RowHasher;
  /** The batch that is put in order. */
  readonly #table: ChunkTable;
  readonly #region: Region;
  readonly #dictionaries: Dictionaries;
  readonly #store: RowStore;
  readonly #held: Starts[] = [];

  /** Up to 65536 partitions. */
  constructor(
    by: readonly Expr[],
    count: number,
    schema: Schema,
    file: SealedRunsWriter,
    context: Context,
    owner: string,
  ) {
    this.#by = by.map((expr) => bind(expr, schema));
    this.#count = count;
    this.#file = file;
    this.#context = context;
    this.#owner = owner;
    this.#bytes = Math.min(mostHeld, context.share * heldPart);
    const dictionaryBytes = Math.min(mostHeld, context.share * dictionaryPart);
    this.#hasher = new RowHasher(context, owner);
    const types = schema.fields.map(({ type }) => type);
    this.#table = new ChunkTable(types, context, owner);
    this.#region = context.arena.region(owner);
    this.#dictionaries = new Dictionaries(types.length, dictionaryBytes, context, owner);
    this.#store = new RowStore(types, this.#dictionaries, context, owner, this.#bytes);
  }

  async add(batch: Batch): Promise<void> {
    for (const piece of slices(batch)) {
      if (piece.length === 0) continue;
      if (this.#store.held + heldBytes(piece, this.#context) > this.#bytes) await this.flush();
      if (this.#tryHold(piece)) continue;
      await this.flush();
      if (this.#tryHold(piece)) continue;
      const { reserved, capacity } = this.#context.arena;
      throw memoryError(this.#owner, this.#bytes, reserved, capacity);
    }
  }

  /** Writes what is held. */
  async flush(): Promise<void> {
    const store = this.#store;
    if (store.length === 0) return;
    const { arena, kernels } = this.#context;
    const region = this.#region;
    region.reset();
    const output = arena.region(this.#owner);
    try {
      const firsts = this.#firsts();
      const rows = region.reserve(this.#largest() * 4);
      const table = store.table();
      for (let p = 0; p < this.#count; p++) {
        let length = 0;
        this.#held.forEach((starts, i) => {
          const count = starts[p + 1]! - starts[p]!;
          kernels.take_sequence(rows + length * 4, firsts[i]! + starts[p]!, count);
          length += count;
        });
        for (let from = 0; from < length; from += batchRows) {
          const count = Math.min(batchRows, length - from);
          for (const batch of table.batches(rows + from * 4, count, output, batchBytes(this.#context)))
            this.#file.write(p, batch);
        }
        if (length > 0) await breathe(this.#context);
      }
    } finally {
      output.release();
      region.release();
    }
    store.clear();
    this.#held.length = 0;
  }

  release(): void {
    this.#store.release();
    this.#dictionaries.release();
    this.#hasher.release();
    this.#table.release();
    this.#region.release();
  }

  #tryHold(batch: Batch): boolean {
    const region = this.#region;
    region.reset();
    const { order, starts } = this.#ordered(batch, region);
    let rows = batch;
    if (this.#count > 1) {
      this.#table.set(0, batch);
      rows = this.#table.gather(order, batch.length, region);
      this.#table.clear();
    }
    if (!this.#store.tryAppend(rows)) return false;
    this.#held.push(starts);
    return true;
  }

  /** The numbers of the rows, those of partition 0 first. */
  #ordered(batch: Batch, region: Region): { order: number; starts: Starts } {
    const { arena, kernels } = this.#context;
    const { length } = batch;
    const values = this.#by.map((bound) => evaluate(bound, batch, region, this.#context));
    const keys = packBatch({ length, columns: values }, region, this.#context);
    const hashes = this.#hasher.hash(keys.columns, length, region);
    const numbers = region.reserve(length * 2);
    kernels.partition_numbers(hashes, length, this.#count, numbers);
    const cursors = region.reserveZeroed(this.#count * 4);
    kernels.partition_count_numbers(numbers, length, cursors);
    const starts = new Int32Array(this.#count + 1);
    const counts = new Int32Array(arena.buffer, cursors, this.#count);
    for (let p = 0; p < this.#count; p++) starts[p + 1] = starts[p]! + counts[p]!;
    counts.set(starts.subarray(0, this.#count));
    const order = region.reserve(length * 4);
    kernels.partition_place_numbers(numbers, length, cursors, order);
    return { order, starts };
  }

  /** Of each held batch the first row, as the store's table counts them: it may hold several batches in one chunk. */
  #firsts(): number[] {
    let chunk = 0;
    let row = 0;
    return this.#held.map((starts) => {
      if (row === this.#store.rowsOf(chunk)) {
        chunk++;
        row = 0;
      }
      const first = (chunk << chunkBits) | row;
      row += starts[this.#count]!;
      return first;
    });
  }

  /** Rows of the largest partition of those that are held. */
  #largest(): number {
    let largest = 0;
    for (let p = 0; p < this.#count; p++)
      largest = Math.max(
        largest,
        this.#held.reduce((sum, starts) => sum + starts[p + 1]! - starts[p]!, 0),
      );
    return largest;
  }
}
