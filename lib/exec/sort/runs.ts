/** The sorted runs of a sort, in the order of its input. */
import type { SpillFile } from '../../../spill/spill-file.js';
import { type Batch, batchRows } from '../../arrow/batch.js';
import type { DataType } from '../../arrow/types.js';
import { breathe } from '../../breathe.js';
import type { RowOrder, SortColumn } from '../../kernels/row-order.js';
import type { RowStore } from '../../kernels/row-store.js';
import { encodeSortKeys } from '../../kernels/sort-keys.js';
import type { Region } from '../../memory/arena.js';
import type { Context, Stream } from '../context.js';
import { mergeAll, runOf, type SortedRun } from './merge-all.js';

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
    context: Context,
    owner: string,
  ) {
    this.#types = types;
    this.#keys = keys;
    this.#limit = limit;
    this.#context = context;
    this.#owner = owner;
  }

  get count(): number {
    return this.#runs.length;
  }

  /** Writes the rows in order as one more run. */
  async write(store: RowStore, order: RowOrder, region: Region): Promise<void> {
    const { arena, spills, share } = this.#context;
    this.#file ??= await spills.create(this.#types, this.#owner);
    const file = this.#file;
    const run = file.runs;
    const output = arena.region(this.#owner);
    try {
      const table = store.table();
      const end = Math.min(this.#limit ?? order.length, order.length);
      const bytes = runBatchBytes(this.#types.length, share);
      const most = Math.max(1, Math.min(batchRows, Math.floor((bytes * store.length) / store.held)));
      const rows = region.reserve(most * 4);
      for (let row = 0; row < end; row += most) {
        const count = Math.min(most, end - row);
        order.rows(row, count, rows);
        output.reset();
        file.write(run, table.gather(rows, count, output));
        await breathe(this.#context);
      }
      this.#batchRows = Math.min(this.#batchRows, most);
    } finally {
      output.release();
    }
    this.#runs.push(runOf(file, run));
  }

  /** All rows in order. */
  merged(): Stream {
    const keys = this.#keys;
    const { kernels } = this.#context;
    const merging = {
      types: this.#types,
      keysOf: (batch: Batch, region: Region) => {
        const columns = keys.map(({ column }) => batch.columns[column]!);
        return encodeSortKeys(columns, keys, batch.length, region, kernels);
      },
      limit: this.#limit,
      batchRows: this.#batchRows,
    };
    return mergeAll(this.#runs, merging, this.#context, this.#owner);
  }

  release(): void {
    this.#file?.release();
    this.#runs = [];
    this.#file = null;
  }
}
