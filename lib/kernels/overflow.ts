/**
 * Rows that a table had no room for: they wait on disk, by hash of their keys, until the table is done.
 *
 *   rows ─▶ buffer ─(full)─▶ partitions 0 ... of a spill file ─(at the end)─▶ parts, each for a table of its own
 *
 * All rows of a group are in one part, in the order in which they came. A part whose groups do not fit either is split
 * anew, by the next bits of the hash. Where partitions are small a part is several of them.
 *
 * Memory: the buffer, a part of the share, up to four times while it grows or is written.
 */
import type { Batch } from '../arrow/batch.js';
import type { DataType } from '../arrow/types.js';
import { BatchBuffer } from './batch-buffer.js';
import { RowHasher } from './hash-rows.js';
import { partitionRows } from './partition.js';
import type { Runs, SpillingMachine } from './runs.js';
import { decoded, takeBatch } from './take.js';

/** What the buffer takes of the share, between these bounds: pieces are to be large, and so small that caches help. */
const bufferShare = 1 / 32;
const leastBuffer = 2 ** 16;
const mostBuffer = 2 ** 25;

/** What is written at once of a partition is about so much; of partitions there are between 2^5 and 2^8. */
const pieceBytes = 2 ** 15;
const leastBits = 5;
const mostBits = 8;

/** The least that a table is given: with less, rows would be written again and again. */
const leastLeft = 2 ** 19;

/** Entries of a dictionary that text stays coded with. */
const largestDictionary = 4096;

/** A table of so many groups is in the cache, more or less. */
const cachedRows = 2 ** 16;

export interface Part {
  readonly rows: number;
  readonly batches: AsyncGenerator<Batch, void, void>;
  /** Bits of the hash that are the same in all of them. */
  readonly used: number;
}

export class Overflow {
  readonly #types: readonly DataType[];
  readonly #keys: readonly number[];
  readonly #used: number;
  readonly #bits: number;
  readonly #machine: SpillingMachine;
  readonly #owner: string;
  readonly #share: number;
  readonly #bufferBytes: number;
  readonly #buffer: BatchBuffer;
  readonly #hasher: RowHasher;
  #runs: Runs | null = null;

  /**
   * Rows have columns of these types; those at the positions `keys` are their key. `used`: how many bits of the
   * hash they were partitioned by before. `share` is in bytes.
   */
  constructor(
    types: readonly DataType[],
    keys: readonly number[],
    used: number,
    share: number,
    machine: SpillingMachine,
    owner: string,
  ) {
    this.#types = types;
    this.#keys = keys;
    this.#used = used;
    this.#machine = machine;
    this.#owner = owner;
    this.#share = share;
    this.#bufferBytes = Math.min(mostBuffer, Math.max(leastBuffer, share * bufferShare));
    const wanted = Math.floor(Math.log2(this.#bufferBytes / pieceBytes));
    this.#bits = Math.max(leastBits, Math.min(mostBits, wanted));
    this.#buffer = new BatchBuffer(types, machine.arena, machine.kernels, owner);
    this.#hasher = new RowHasher(machine, owner);
  }

  /**
   * What it leaves of the share: the buffer may take twice what it holds, and as much again while it grows or is written.
   * A table of the least size is worth more than any bound.
   */
  get left(): number {
    return Math.max(leastLeft, this.#share - 4 * this.#bufferBytes);
  }

  /** Is it time to call `flush`? */
  get full(): boolean {
    return this.#buffer.bytes >= this.#bufferBytes;
  }

  add({ length, columns }: Batch): void {
    if (length === 0) return;
    const region = this.#machine.arena.region(this.#owner);
    try {
      // What is held of a dictionary is all of it.
      const held = columns.map((column) =>
        column.dictionary !== null && column.dictionary.length > largestDictionary
          ? decoded(column, region, this.#machine)
          : column,
      );
      this.#buffer.append({ length, columns: held });
    } finally {
      region.release();
    }
  }

  /** Writes what is in the buffer. */
  async flush(): Promise<void> {
    const { arena } = this.#machine;
    const all = this.#buffer.batch();
    if (all.length === 0) return;
    this.#runs ??= await this.#machine.spills.create(this.#types, this.#owner);
    const region = arena.region(this.#owner);
    const piece = arena.region(this.#owner);
    try {
      const keys = this.#keys.map((k) => all.columns[k]!);
      const hashes = this.#hasher.hash(keys, all.length, region);
      const { order, starts } = partitionRows(
        ...([hashes, all.length, this.#used, this.#bits, region, this.#machine] as const),
      );
      for (let p = 0; p < starts.length - 1; p++) {
        const from = starts[p]!;
        const count = starts[p + 1]! - from;
        if (count === 0) continue;
        piece.reset();
        this.#runs.write(p, takeBatch(all, order + from * 4, count, piece, this.#machine));
      }
    } finally {
      region.release();
      piece.release();
    }
    // Dictionaries only grow: with a new buffer they begin anew.
    this.#buffer.clear();
    if (this.#buffer.bytes > this.#bufferBytes / 2) this.#buffer.release();
  }

  /** After the last row: the rows part by part; up to `fitting` rows make one part, as far as caches help with it. */
  async *parts(fitting: number): AsyncGenerator<Part, void, void> {
    await this.flush();
    this.#buffer.release();
    this.#hasher.release();
    const runs = this.#runs;
    if (runs === null) return;
    const most = Math.min(fitting, cachedRows);
    for (let from = 0; from < runs.runs; ) {
      let rows = runs.rowsOf(from);
      let to = from + 1;
      while (to < runs.runs && rows + runs.rowsOf(to) <= most) rows += runs.rowsOf(to++);
      if (rows > 0) yield { rows, batches: this.#read(from, to), used: this.#used + this.#bits };
      from = to;
    }
  }

  release(): void {
    this.#buffer.release();
    this.#hasher.release();
    this.#runs?.release();
    this.#runs = null;
  }

  async *#read(from: number, to: number): AsyncGenerator<Batch, void, void> {
    for (let p = from; p < to; p++) {
      for (const batch of this.#runs!.read(p)) {
        await this.#machine.pause();
        yield batch;
      }
    }
  }
}
