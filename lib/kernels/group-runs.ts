/**
 * Rows of groups on disk, to be read back a range of groups at a time.
 *
 *   group, values ─▶ run of its range (2^shift groups) of a spill file ─▶ ranges in order, each as many rows as fit
 *
 * A range with too many rows is written anew to finer ones, down to single groups, so that only one group alone may
 * come with more rows than fit. Memory: 12 bytes a row that is written at once, and the range that is written.
 */
import { type Batch, batchRows } from '../arrow/batch.js';
import { type DataType, int32 } from '../arrow/types.js';
import type { Runs, SpillingMachine } from './runs.js';
import { takeBatch } from './take.js';

/** So many ranges are written side by side, as far as the number of groups is known then. */
const ranges = 64;

/** Groups of the largest range: those that are given out at once. */
const largestShift = Math.log2(batchRows);

/** A run of a file: the rows of groups [from, from + length). */
interface Range {
  readonly file: Runs;
  readonly run: number;
  readonly from: number;
  readonly length: number;
}

export class GroupRuns {
  readonly #types: readonly DataType[];
  readonly #machine: SpillingMachine;
  readonly #owner: string;
  readonly #files: Runs[] = [];
  #shift = 0;
  /** After the last row: the ranges that have rows, in order. */
  #ranges: Range[] = [];

  /** Rows are a group, an int32, and values of these types. */
  constructor(types: readonly DataType[], machine: SpillingMachine, owner: string) {
    this.#types = [int32, ...types];
    this.#machine = machine;
    this.#owner = owner;
  }

  /** Was anything written? */
  get used(): boolean {
    return this.#files.length > 0;
  }

  /** To be awaited before the first write. */
  async open(groupCount: number): Promise<void> {
    if (this.used) return;
    this.#shift = shiftFor(groupCount);
    this.#files.push(await this.#machine.spills.create(this.#types, this.#owner));
  }

  /** Any number of rows; those of a group are read back in the order in which they were written. */
  write(batch: Batch, groupCount: number): void {
    this.#write(this.#files[0]!, batch, 0, groupCount, this.#shift);
  }

  /** After the last write. */
  close(): void {
    this.#ranges = this.#rangesOf(this.#files[0]!, 0, this.#shift);
  }

  /**
   * How many groups from `from` on, of at most `most`, have no more than `limit` rows or bytes together; or 1. Where
   * `most` ends within a range, the range is written anew.
   */
  async fitting(
    from: number,
    most: number,
    limit: number,
    measure: 'rows' | 'bytes' = 'rows',
  ): Promise<number> {
    const sizeOf = ({ file, run }: Range): number =>
      measure === 'rows' ? file.rowsOf(run) : file.bytesOf(run);
    let sum = 0;
    for (let i = 0; i < this.#ranges.length; ) {
      const range = this.#ranges[i]!;
      const end = range.from + range.length;
      if (end <= from) {
        i++;
        continue;
      }
      if (range.from >= from + most) break;
      const size = sizeOf(range);
      if (range.from > from && sum + size > limit) return range.from - from;
      if (range.length > 1 && (size > limit || end > from + most)) {
        this.#ranges.splice(i, 1, ...(await this.#refine(range)));
        continue;
      }
      sum += size;
      if (sum > limit) return end - from;
      i++;
    }
    return most;
  }

  /** The rows of groups [from, from + length), where `fitting` drew the line. */
  *read(from: number, length: number): Generator<Batch, void, void> {
    for (const range of this.#ranges)
      if (range.from >= from && range.from < from + length) yield* range.file.read(range.run);
  }

  rowsOf(from: number, length: number): number {
    return this.#ranges
      .filter((range) => range.from >= from && range.from < from + length)
      .reduce((sum, { file, run }) => sum + file.rowsOf(run), 0);
  }

  release(): void {
    for (const file of this.#files) file.release();
    this.#files.length = 0;
    this.#ranges = [];
  }

  async #refine(range: Range): Promise<Range[]> {
    const file = await this.#machine.spills.create(this.#types, this.#owner);
    this.#files.push(file);
    const shift = shiftFor(range.length);
    for (const batch of range.file.read(range.run)) this.#write(file, batch, range.from, range.length, shift);
    return this.#rangesOf(file, range.from, shift);
  }

  #rangesOf(file: Runs, base: number, shift: number): Range[] {
    return Array.from({ length: file.runs }, (_, run): Range => {
      return { file, run, from: base + run * 2 ** shift, length: 2 ** shift };
    }).filter(({ run }) => file.rowsOf(run) > 0);
  }

  #write(file: Runs, batch: Batch, base: number, groupCount: number, shift: number): void {
    const { arena, kernels } = this.#machine;
    const groups = batch.columns[0]!.data;
    const count = Math.floor((groupCount - 1) / 2 ** shift) + 1;
    const region = arena.region(this.#owner);
    const piece = arena.region(this.#owner);
    try {
      const places = region.reserveZeroed(count * 4);
      const order = region.reserve(batch.length * 4);
      kernels.regroup_range_count(groups, batch.length, base, shift, places);
      let rows = 0;
      for (let run = 0; run < count; run++) {
        const more = arena.view.getInt32(places + run * 4, true);
        arena.view.setInt32(places + run * 4, rows, true);
        rows += more;
      }
      kernels.regroup_range_order(groups, batch.length, base, shift, places, order);
      let from = 0;
      for (let run = 0; run < count; run++) {
        const to = arena.view.getInt32(places + run * 4, true);
        if (to === from) continue;
        piece.reset();
        file.write(run, takeBatch(batch, order + from * 4, to - from, piece, this.#machine));
        from = to;
      }
    } finally {
      region.release();
      piece.release();
    }
  }
}

function shiftFor(groups: number): number {
  return Math.min(largestShift, Math.max(0, Math.ceil(Math.log2(groups / ranges))));
}
