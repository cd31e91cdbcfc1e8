/** The sorted runs of a sort, in the order of its input. */
import type { SpillFile } from '../../../spill/spill-file.js';
import type { Batch } from '../../arrow/batch.js';
import { encodeSortKeys } from '../../kernels/sort-keys.js';
import type { Region } from '../../memory/arena.js';
import type { Context, Stream } from '../context.js';
import { BatchRows, mergeAll, runOf, type SortedRun } from './merge-all.js';
import { rankColumn } from './rank-column.js';
import type { SortedRows } from './sorted-runs.js';
import type { Sorting } from './sorting.js';

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
  readonly #sorting: Sorting;
  readonly #context: Context;
  readonly #batchBytes: number;
  #runs: SortedRun[] = [];
  #file: SpillFile | null = null;
  readonly #batchRows = new BatchRows();

  constructor(sorting: Sorting, context: Context) {
    this.#sorting = sorting;
    this.#context = context;
    this.#batchBytes = runBatchBytes(sorting.types.length, context.share);
  }

  get count(): number {
    return this.#runs.length;
  }

  /** Writes the rows as one more run. */
  async add(rows: SortedRows): Promise<void> {
    const { types, dictionaries, owner } = this.#sorting;
    this.#file ??= await this.#context.spills.create(types, owner, dictionaries.all);
    const file = this.#file;
    const run = file.runs;
    for await (const batch of rows.batches(this.#batchBytes)) file.write(run, batch);
    const most = rows.rowsWithin(this.#batchBytes);
    this.#batchRows.add(Math.min(most, rows.length), rows.length <= most);
    this.#runs.push(runOf(file, run));
  }

  /** All rows in order. */
  async *merged(): Stream {
    const { types, keys, limit, dictionaries, ranks, owner } = this.#sorting;
    const ranked = await this.#rankedKeys();
    const merging = {
      types,
      texts: dictionaries.all,
      room: this.#context.share - dictionaries.held - ranks.held,
      keysOf: (batch: Batch, region: Region) => {
        const columns = keys.map(({ column }, i) => {
          const values = batch.columns[column]!;
          return ranked[i] === 0 ? values : rankColumn(values, ranked[i]!, region, this.#context.kernels);
        });
        return encodeSortKeys(columns, keys, batch.length, region, this.#context.kernels);
      },
      limit,
      batchRows: this.#batchRows.least,
      batchBytes: this.#batchBytes,
    };
    yield* mergeAll(this.#runs, merging, this.#context, owner);
  }

  /** By key, the address of the ranks of its text's dictionary; 0 where not all of it is coded. */
  async #rankedKeys(): Promise<number[]> {
    const { keys, dictionaries, ranks } = this.#sorting;
    const addresses: number[] = [];
    for (const { column } of keys) {
      const isWhole = dictionaries.isWhole(column);
      addresses.push(isWhole ? await ranks.of(dictionaries.all[column]!.dictionary()) : 0);
    }
    return addresses;
  }

  release(): void {
    this.#file?.release();
    this.#runs = [];
    this.#file = null;
  }
}
