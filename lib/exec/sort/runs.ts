/** The sorted runs of a sort, in the order of its input. */
import type { SpillFile } from '../../../spill/spill-file.js';
import { type Batch, batchRows } from '../../arrow/batch.js';
import type { DataType } from '../../arrow/types.js';
import { breathe } from '../../breathe.js';
import type { Dictionaries } from '../../kernels/dictionaries.js';
import type { Ranks } from '../../kernels/ranks.js';
import type { RowOrder, SortColumn } from '../../kernels/row-order.js';
import type { RowStore } from '../../kernels/row-store.js';
import { encodeSortKeys } from '../../kernels/sort-keys.js';
import type { Region } from '../../memory/arena.js';
import type { Context, Stream } from '../context.js';
import { mergeAll, runOf, type SortedRun } from './merge-all.js';
import { rankColumn } from './rank-column.js';

/** A batch of a run takes so much memory: so many of them fit into the share, within these bounds. */
const batchesInShare = 256;
const leastBatchBytes = 48 * 1024;
const leastColumnBytes = 512;
const mostBatchBytes = 2 ** 20;

/** Bytes of a batch of a sorted run in memory, where batches have so many columns. */
export function runBatchBytes(columns: number, share: number): number {
  const least = Math.max(leastBatchBytes, leastColumnBytes * columns);
  return Math.max(least, Math.min(mostBatchBytes, share / batchesInShare));
}

export class Runs {
  readonly #types: readonly DataType[];
  readonly #keys: readonly SortColumn[];
  readonly #limit: number | null;
  readonly #dictionaries: Dictionaries;
  readonly #ranks: Ranks;
  readonly #context: Context;
  readonly #owner: string;
  #runs: SortedRun[] = [];
  #file: SpillFile | null = null;
  /** Rows of the shortest batch of a run. */
  #batchRows = batchRows;

  constructor(
    types: readonly DataType[],
    keys: readonly SortColumn[],
    limit: number | null,
    dictionaries: Dictionaries,
    ranks: Ranks,
    context: Context,
    owner: string,
  ) {
    this.#types = types;
    this.#keys = keys;
    this.#limit = limit;
    this.#dictionaries = dictionaries;
    this.#ranks = ranks;
    this.#context = context;
    this.#owner = owner;
  }

  get #batchBytes(): number {
    return runBatchBytes(this.#types.length, this.#context.share);
  }

  get count(): number {
    return this.#runs.length;
  }

  /** Writes the rows in order as one more run. */
  async write(store: RowStore, order: RowOrder, region: Region): Promise<void> {
    const { arena, spills } = this.#context;
    this.#file ??= await spills.create(this.#types, this.#owner, this.#dictionaries.all);
    const file = this.#file;
    const run = file.runs;
    const output = arena.region(this.#owner);
    try {
      const table = store.table();
      const end = Math.min(this.#limit ?? order.length, order.length);
      const most = Math.max(
        1,
        Math.min(batchRows, Math.floor((this.#batchBytes * store.length) / store.held)),
      );
      const rows = region.reserve(most * 4);
      for (let row = 0; row < end; row += most) {
        const count = Math.min(most, end - row);
        order.rows(row, count, rows);
        for (const batch of table.batches(rows, count, output, this.#batchBytes)) file.write(run, batch);
        await breathe(this.#context);
      }
      this.#batchRows = Math.min(this.#batchRows, most);
    } finally {
      output.release();
    }
    this.#runs.push(runOf(file, run));
  }

  /** All rows in order. */
  async *merged(): Stream {
    const ranked = await this.#rankedKeys();
    const merging = {
      types: this.#types,
      texts: this.#dictionaries.all,
      room: this.#context.share - this.#dictionaries.held - this.#ranks.held,
      keysOf: (batch: Batch, region: Region) => {
        const columns = this.#keys.map(({ column }, i) => {
          const values = batch.columns[column]!;
          return ranked[i] === 0 ? values : rankColumn(values, ranked[i]!, region, this.#context.kernels);
        });
        return encodeSortKeys(columns, this.#keys, batch.length, region, this.#context.kernels);
      },
      limit: this.#limit,
      batchRows: this.#batchRows,
      batchBytes: this.#batchBytes,
    };
    yield* mergeAll(this.#runs, merging, this.#context, this.#owner);
  }

  /** By key, the address of the ranks of its text's dictionary; 0 where not all of it is coded. */
  async #rankedKeys(): Promise<number[]> {
    const addresses: number[] = [];
    for (const { column } of this.#keys) {
      const isWhole = this.#dictionaries.isWhole(column);
      addresses.push(isWhole ? await this.#ranks.of(this.#dictionaries.all[column]!.dictionary()) : 0);
    }
    return addresses;
  }

  release(): void {
    this.#file?.release();
    this.#runs = [];
    this.#file = null;
  }
}
