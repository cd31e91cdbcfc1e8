/**
 * Rows of one side of a join on their way to the disk, by hash partition.
 *
 *   rows ─▶ pending (BuildRows) ──(full)──▶ by partition ─▶ a spill file, a run for each partition
 *
 * Rows wait in memory until there are many for each partition: small pieces cost more than they hold. Memory: `bytes`
 * and a batch.
 */
import type { SpillFile } from '../../../spill/spill-file.js';
import type { Batch } from '../../arrow/batch.js';
import type { BloomFilter } from '../../kernels/bloom-filter.js';
import { BuildRows } from '../../kernels/build-rows.js';
import { RowHasher } from '../../kernels/hash-rows.js';
import { partitionRows } from '../../kernels/partition.js';
import { takeBatch } from '../../kernels/take.js';
import { Growable, type Region } from '../../memory/arena.js';
import type { Context } from '../context.js';
import type { Side } from './shape.js';

/** How often rows were partitioned before, and into how many partitions (a power of two). */
export interface Level {
  readonly number: number;
  readonly bits: number;
}

/** Rows that were not taken: `count` numbers at `rows`, and behind them those of partitions that were, but which a filter knows to have no partner. */
export interface Remaining {
  readonly rows: number;
  readonly count: number;
  readonly strays: number;
}

export class Partitions {
  readonly #side: Side;
  readonly #level: Level;
  readonly #bytes: number;
  readonly #context: Context;
  readonly #owner: string;
  readonly #file: SpillFile;
  readonly #hasher: RowHasher;
  readonly #region: Region;
  /** Hashes of the pending rows. */
  readonly #hashes: Growable;
  #pending: BuildRows;

  private constructor(
    file: SpillFile,
    side: Side,
    level: Level,
    bytes: number,
    context: Context,
    owner: string,
  ) {
    this.#side = side;
    this.#level = level;
    this.#bytes = bytes;
    this.#context = context;
    this.#owner = owner;
    this.#file = file;
    this.#hasher = new RowHasher(context, owner);
    this.#region = context.arena.region(owner);
    this.#hashes = new Growable(context.arena, owner);
    this.#pending = this.#store();
  }

  /** `bytes` is what pending rows may take. */
  static async create(
    side: Side,
    level: Level,
    bytes: number,
    context: Context,
    owner: string,
  ): Promise<Partitions> {
    return new Partitions(await context.spills.create(side.types, owner), side, level, bytes, context, owner);
  }

  get count(): number {
    return 2 ** this.#level.bits;
  }

  /** Bytes of memory taken. */
  get held(): number {
    return this.#pending.held + this.#hashes.capacity;
  }

  /** The hash of each row's keys, in `region`. */
  hash(batch: Batch, region: Region): number {
    const keys = this.#side.keyColumns.map((column) => batch.columns[column]!);
    return this.#hasher.hash(keys, batch.length, region);
  }

  /** Takes the rows whose partition is `kept` or more, by their hashes, and gives back the others. */
  add(
    batch: Batch,
    hashes: number,
    kept: number,
    region: Region,
    filter: BloomFilter | null = null,
  ): Remaining {
    const { number, bits } = this.#level;
    const { order, starts } = partitionRows(hashes, batch.length, number * bits, bits, region, this.#context);
    const count = starts[kept]!;
    const far = batch.length - count;
    const strays = filter?.split(hashes, order + count * 4, far, region) ?? 0;
    const first = count + strays;
    if (far > strays) this.#take(batch, hashes, order + first * 4, far - strays, region);
    if (this.held > this.#bytes) this.flush();
    return { rows: order, count, strays };
  }

  /** Rows that come by partition lie side by side when they are written. */
  #take(batch: Batch, hashes: number, rows: number, count: number, region: Region): void {
    const before = this.#pending.length;
    this.#hashes.ensure((before + count) * 8);
    this.#context.kernels.take_64(hashes, rows, this.#hashes.address + before * 8, count);
    this.#pending.append(takeBatch(batch, rows, count, region, this.#context));
  }

  /** Writes what is pending. */
  flush(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    const region = this.#region;
    const { number, bits } = this.#level;
    const { order, starts } = partitionRows(
      this.#hashes.address,
      pending.length,
      number * bits,
      bits,
      region,
      this.#context,
    );
    const output = this.#context.arena.region(this.#owner);
    try {
      for (let p = 0; p < this.count; p++) {
        const count = starts[p + 1]! - starts[p]!;
        if (count === 0) continue;
        output.reset();
        const columns = this.#side.types.map((_, i) =>
          pending.take(i, order + starts[p]! * 4, count, output, false),
        );
        this.#file.write(p, { length: count, columns });
      }
    } finally {
      output.release();
    }
    region.release();
    pending.release();
    this.#pending = this.#store();
  }

  /** What is flushed of a partition. */
  rowsOf(partition: number): number {
    return this.#file.rowsOf(partition);
  }

  read(partition: number): Generator<Batch, void, void> {
    return this.#file.read(partition);
  }

  /** Gives back memory, but not the file: all rows were added. */
  close(): void {
    this.flush();
    this.#hashes.release();
    this.#hasher.release();
    this.#region.release();
  }

  release(): void {
    this.#pending.release();
    this.#hashes.release();
    this.#hasher.release();
    this.#region.release();
    this.#file.release();
  }

  #store(): BuildRows {
    return new BuildRows(this.#side.types, this.#bytes / 8, this.#context, this.#owner);
  }
}
