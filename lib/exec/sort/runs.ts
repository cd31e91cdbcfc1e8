/** The sorted runs of a sort, in the order of its input, and how they become one. */
import type { SpillFile } from '../../../spill/spill-file.js';
import { batchRows } from '../../arrow/batch.js';
import type { DataType } from '../../arrow/types.js';
import { breathe } from '../../breathe.js';
import { batchSize } from '../../formats/batch-size.js';
import type { RowOrder, SortColumn } from '../../kernels/row-order.js';
import type { RowStore } from '../../kernels/row-store.js';
import { encodeSortKeys } from '../../kernels/sort-keys.js';
import type { Region } from '../../memory/arena.js';
import type { Context, Stream } from '../context.js';
import { keyColumns, mergeRuns, type Run } from './merge-runs.js';

/** A batch of a run takes so much memory: so many of them fit into the share, within these bounds. */
const batchesInShare = 256;
const leastBatchBytes = 48 * 1024;
const leastColumnBytes = 512;
const mostBatchBytes = 2 ** 20;

/** Of the share: what the batches of runs that are merged take, and the rows that are given out. */
const mergedPart = 0.75;
const outputPart = 0.2;

export class Runs {
  readonly #types: readonly DataType[];
  readonly #keys: readonly SortColumn[];
  readonly #limit: number | null;
  readonly #context: Context;
  readonly #owner: string;
  #runs: Run[] = [];
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
      const least = Math.max(leastBatchBytes, leastColumnBytes * this.#types.length);
      const bytes = Math.max(least, Math.min(mostBatchBytes, share / batchesInShare));
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
    this.#runs.push({ file, run });
  }

  /** All rows in order. */
  async *merged(): Stream {
    const { fanIn, runBytes } = this.#measured();
    while (this.#runs.length > fanIn) await this.#shorten(fanIn);
    // Batches that are used up stay until their rows are given out: about as many as are given out at once.
    const batches = Math.max(1, Math.floor((this.#context.share * outputPart) / runBytes));
    const rows = Math.min(batchSize(this.#types, this.#context), this.#batchRows * batches);
    yield* this.#merge(this.#runs, rows);
  }

  release(): void {
    this.#file?.release();
    for (const { file } of this.#runs) file.release();
    this.#runs = [];
    this.#file = null;
  }

  /** What a run takes while it is merged, a batch and its keys; and how many fit into what is not for the output. */
  #measured(): { readonly fanIn: number; readonly runBytes: number } {
    const { arena, kernels, share } = this.#context;
    const region = arena.region(this.#owner);
    let bytes = 0;
    let fanIn = 0;
    try {
      for (const { file, run } of this.#runs) {
        region.release();
        const batch = file.open(run)(region)!;
        encodeSortKeys(keyColumns(batch, this.#keys), this.#keys, batch.length, region, kernels);
        if (fanIn >= 2 && bytes + region.held > share * mergedPart) break;
        bytes += region.held;
        fanIn++;
      }
      return { fanIn, runBytes: bytes / fanIn };
    } finally {
      region.release();
    }
  }

  #merge(runs: readonly Run[], rows: number): Stream {
    return mergeRuns(runs, this.#types, this.#keys, this.#limit, rows, this.#context, this.#owner);
  }

  /** Merges neighbours into longer runs, no more of them than leaves `fanIn` runs, if once suffices. */
  async #shorten(fanIn: number): Promise<void> {
    const before = this.#runs;
    const count = before.length;
    let merged = 2;
    while (merged < count && Math.ceil(merged / fanIn) + count - merged > fanIn) merged++;
    const file = await this.#context.spills.create(this.#types, this.#owner);
    const after: Run[] = [];
    this.#file = file;
    for (let from = 0; from < merged; from += fanIn) {
      const group = before.slice(from, Math.min(from + fanIn, merged));
      if (group.length === 1) {
        after.push(group[0]!);
        continue;
      }
      const run = file.runs;
      for await (const batch of this.#merge(group, this.#batchRows)) file.write(run, batch);
      after.push({ file, run });
    }
    this.#runs = [...after, ...before.slice(merged)];
    const needed = new Set(this.#runs.map((run) => run.file));
    for (const old of new Set(before.map((run) => run.file))) if (!needed.has(old)) old.release();
  }
}
