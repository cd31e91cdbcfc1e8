/**
 * Rows on their way to a file of runs, by the hash of some values: a run for each partition. The same values go to the
 * same partition in every process, whatever dictionary or width of integers they come with.
 *
 *   rows ─▶ number of the partition ─▶ held (RowStore) ──(full)──▶ ordered by partition ─▶ gathered ─▶ run p
 *
 * Pieces are to be large, so rows wait. Memory: half of the share, at most 64 MB, with 6 bytes a row for the order, and
 * one batch that is written.
 */
import type { SealedRunsWriter } from '../../../spill/sealed-runs.js';
import { type Batch, batchRows } from '../../arrow/batch.js';
import type { Schema } from '../../arrow/schema.js';
import { slices } from '../../arrow/slice.js';
import { breathe } from '../../breathe.js';
import { memoryError } from '../../errors.js';
import { chunkBits } from '../../kernels/chunk-table.js';
import { RowHasher } from '../../kernels/hash-rows.js';
import { packBatch } from '../../kernels/packed-lists.js';
import { RowStore } from '../../kernels/row-store.js';
import { Growable, type Region } from '../../memory/arena.js';
import { bind } from '../../plan/bind.js';
import type { Bound } from '../../plan/bound.js';
import type { Expr } from '../../plan/expr.js';
import type { Context } from '../context.js';
import { evaluate } from '../evaluate.js';

const heldPart = 1 / 2;
const mostHeld = 2 ** 26;

/** Of the number of a partition, and of the place of a row in the order. */
const numberBytes = 2;
const placeBytes = 4;

/** Partitions that there may be. */
export const mostPartitions = 2 ** 16;

export class HashPartitions {
  readonly #by: readonly Bound[];
  readonly #count: number;
  readonly #file: SealedRunsWriter;
  readonly #context: Context;
  readonly #owner: string;
  readonly #bytes: number;
  readonly #hasher: RowHasher;
  readonly #store: RowStore;
  /** Of the rows that are held. */
  readonly #numbers: Growable;
  readonly #region: Region;

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
    this.#hasher = new RowHasher(context, owner);
    const types = schema.fields.map(({ type }) => type);
    this.#store = new RowStore(types, context, owner, this.#bytes);
    this.#numbers = new Growable(context.arena, owner);
    this.#region = context.arena.region(owner);
  }

  async add(batch: Batch): Promise<void> {
    for (const piece of slices(batch)) {
      if (this.#held + piece.length * (numberBytes + placeBytes) > this.#bytes) await this.flush();
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
    const region = this.#region;
    region.reset();
    const output = this.#context.arena.region(this.#owner);
    try {
      const { order, starts } = this.#inOrder(region);
      const table = store.table();
      for (let p = 0; p < this.#count; p++) {
        for (let from = starts[p]!; from < starts[p + 1]!; from += batchRows) {
          const rows = Math.min(batchRows, starts[p + 1]! - from);
          output.reset();
          this.#file.write(p, table.gather(order + from * placeBytes, rows, output));
        }
        await breathe(this.#context);
      }
    } finally {
      output.release();
      region.release();
    }
    store.clear();
  }

  release(): void {
    this.#store.release();
    this.#hasher.release();
    this.#numbers.release();
    this.#region.release();
  }

  get #held(): number {
    return this.#store.held + this.#store.length * (numberBytes + placeBytes);
  }

  #tryHold(batch: Batch): boolean {
    const { kernels } = this.#context;
    const region = this.#region;
    region.reset();
    const held = this.#store.length;
    if (!this.#numbers.tryEnsure((held + batch.length) * numberBytes)) return false;
    const values = this.#by.map((bound) => evaluate(bound, batch, region, this.#context));
    const keys = packBatch({ length: batch.length, columns: values }, region, this.#context);
    const hashes = this.#hasher.hash(keys.columns, batch.length, region);
    const numbers = this.#numbers.address + held * numberBytes;
    kernels.partition_numbers(hashes, batch.length, this.#count, numbers);
    return this.#store.tryAppend(batch);
  }

  /** The rows that are held, those of partition 0 first: partition p is order[starts[p]] up to order[starts[p + 1]]. */
  #inOrder(region: Region): { order: number; starts: readonly number[] } {
    const { arena, kernels } = this.#context;
    const store = this.#store;
    const numbers = this.#numbers.address;
    const cursors = region.reserveZeroed(this.#count * 4);
    kernels.partition_count_numbers(numbers, store.length, cursors);
    const starts = [0];
    for (let p = 0; p < this.#count; p++) {
      const rows = arena.view.getInt32(cursors + p * 4, true);
      arena.view.setInt32(cursors + p * 4, starts[p]!, true);
      starts.push(starts[p]! + rows);
    }
    const order = region.reserve(store.length * placeBytes);
    for (let chunk = 0, row = 0; chunk < store.chunks; row += store.rowsOf(chunk++))
      kernels.partition_place_numbers(
        numbers + row * numberBytes,
        store.rowsOf(chunk),
        cursors,
        order,
        chunk << chunkBits,
      );
    return { order, starts };
  }
}
