/**
 * The values of every group as a list: kept as they come, with their groups and sort keys, brought together at the end.
 *
 *   group, value, keys ─▶ buffer ─┬(the last row came)─▶ by group, a range of groups at a time
 *                                 └(full)─▶ disk, by range of groups (GroupRuns) ─▶ a range that fits at a time, by group
 *
 * Rows of a group keep their order, on disk too; where an order was asked for, a range is sorted when it is given out.
 * Where only one row of a group is wanted, a full buffer first lets go of all others.
 *
 * Memory: with a share no more than that, but for a group that is larger alone: its list is one value.
 */
import { type Batch, bitmapBytes, fixedVector, listVector, textVector, type Vector } from '../arrow/batch.js';
import { type DataType, int32, utf8, widthOf } from '../arrow/types.js';
import { dataError, SpillwayError, wholeError } from '../errors.js';
import { Growable, type Region } from '../memory/arena.js';
import type { ListState } from './aggregates.js';
import { BatchBuffer } from './batch-buffer.js';
import { nulls } from './convert.js';
import { GroupRuns } from './group-runs.js';
import type { Machine } from './machine.js';
import type { Spilling } from './runs.js';
import { encodeSortKeys, sortOrder } from './sort-keys.js';
import { decoded, take, takeBatch } from './take.js';

/** Arrays of the buffer double, with old and new held at once; what is brought together lies beside it. */
const buffered = 1 / 4;
const given = 1 / 8;

/** Without a share, lists are given out in pieces of so many bytes. */
const usualPiece = 2 ** 22;

/** Text copies spill over by 15 bytes. */
const slack = 16;

/** About what a text or a list takes. */
const variableBytes = 16;

export class GroupedLists {
  readonly #machine: Machine;
  readonly #state: ListState;
  readonly #spilling: Spilling | null;
  readonly #runs: GroupRuns | null;
  readonly #buffer: BatchBuffer;
  /** Rows of the buffer when it last let go of those that are not wanted. */
  #reduced = 0;
  readonly #owner: string;
  /** Where the rows of each group begin in `order`, and the rows of the buffer by group. */
  readonly #starts: Growable;
  readonly #order: Growable;
  readonly #rowBytes: number;
  /** The first group in the buffer, once rows are brought together. */
  #from = 0;

  /** The value's type and those of the sort keys. Without `spilling` everything is held. */
  constructor(
    types: readonly DataType[],
    state: ListState,
    machine: Machine,
    owner: string,
    spilling: Spilling | null = null,
  ) {
    this.#machine = machine;
    this.#state = state;
    this.#spilling = spilling;
    this.#owner = owner;
    this.#runs = spilling === null ? null : new GroupRuns(types, spilling.machine, owner);
    this.#buffer = new BatchBuffer([int32, ...types], machine.arena, machine.kernels, owner);
    this.#starts = new Growable(machine.arena, owner);
    this.#order = new Growable(machine.arena, owner);
    this.#rowBytes = types.reduce((sum, type) => sum + (widthOf(type) || variableBytes), 8);
  }

  /** Is it time to call `spill`? */
  get full(): boolean {
    return this.#spilling !== null && this.#buffer.bytes > this.#spilling.share * buffered;
  }

  /** Does one row of a group say all? */
  get #givesOne(): boolean {
    return this.#state.gives === 'first' || this.#state.gives === 'last';
  }

  /** Keeps the rows that `filter` shows, 0 for all; `groups` is the address of the rows' groups. */
  append(groups: number, columns: readonly Vector[], length: number, filter: number, region: Region): void {
    const all: Batch = { length, columns: [fixedVector(int32, length, groups), ...columns] };
    if (filter === 0) this.#append(all);
    else {
      const rows = region.reserve((length + 1) * 4);
      const count = this.#machine.kernels.aggregate_select(filter, length, rows);
      this.#append(takeBatch(all, rows, count, region, this.#machine));
    }
  }

  #append(rows: Batch): void {
    this.#buffer.append(rows);
    // Where most rows are of groups of their own, it is not tried again and again.
    if (this.full && this.#givesOne && this.#buffer.length >= 2 * this.#reduced) this.#reduce();
  }

  /** Of each group in the buffer only the row stays that is wanted so far. */
  #reduce(): void {
    const { arena, kernels } = this.#machine;
    const { columns, length } = this.#buffer.batch();
    const [groups, , ...keys] = columns as [Vector, Vector, ...Vector[]];
    const region = arena.region(this.#owner);
    try {
      const rows = this.#sorted([groups, ...keys], length, region);
      const kept = region.reserve(length * 4);
      const count = kernels.regroup_keep(
        ...([groups.data, rows, length, this.#state.gives === 'last' ? 1 : 0, kept] as const),
      );
      const taken = takeBatch({ length, columns }, kept, count, region, this.#machine);
      const plain = taken.columns.map((column) => decoded(column, region, this.#machine));
      this.#buffer.release();
      this.#buffer.append({ length: count, columns: plain });
      this.#reduced = count;
    } finally {
      region.release();
    }
  }

  /** Takes over the other's rows; its group g is `map[g]` here. */
  merge(other: GroupedLists, map: number, region: Region): void {
    const { columns, length } = other.#buffer.batch();
    const [groups, ...values] = columns as [Vector, ...Vector[]];
    const mapped = take(fixedVector(int32, 0, map), groups.data, length, region, this.#machine);
    this.#buffer.append({ length, columns: [mapped, ...values] });
  }

  /** Puts what is held to disk. */
  async spill(groupCount: number): Promise<void> {
    const runs = this.#runs!;
    await runs.open(groupCount);
    if (this.#buffer.length > 0) runs.write(this.#buffer.batch(), groupCount);
    this.#empty();
  }

  /** After the last row. */
  async close(groupCount: number): Promise<void> {
    if (!this.#runs?.used) {
      this.gather(groupCount);
      return;
    }
    await this.spill(groupCount);
    this.#buffer.release();
    this.#runs.close();
  }

  /** How many groups from `from` on, of at most `most`, can be finished at once. */
  async fitting(from: number, most: number): Promise<number> {
    const bytes = this.#spilling === null ? usualPiece : this.#spilling.share * given;
    if (!this.#runs?.used) return this.#fittingHere(from, most, bytes);
    const fitting = await this.#runs.fitting(from, most, Math.floor(bytes / this.#rowBytes));
    return this.#runs.fitting(from, fitting, bytes, 'bytes');
  }

  /** Makes groups [from, from + length) ready to be finished; `fitting` drew the line. */
  load(from: number, length: number): void {
    const runs = this.#runs;
    if (!runs?.used) return;
    this.#empty();
    this.#whole(length, () => {
      this.#from = from;
      for (const batch of runs.read(from, length)) this.#append(batch);
      this.gather(length);
    });
  }

  /** Brings the rows of each of `groupCount` groups together; after it nothing may be added. */
  gather(groupCount: number): void {
    const { arena, kernels } = this.#machine;
    const { length, columns } = this.#buffer.batch();
    const bytes = (groupCount + 2) * 4;
    this.#starts.ensure(bytes);
    this.#order.ensure(Math.max(1, length) * 4);
    const starts = this.#starts.address;
    arena.bytes.fill(0, starts, starts + bytes);
    const groups = columns[0]!.data;
    kernels.regroup_count(groups, length, this.#from, starts);
    kernels.regroup_starts(starts, groupCount);
    kernels.regroup_order(groups, length, this.#from, starts, this.#order.address);
  }

  /** The lists of groups [from, from + length), or what becomes of them; null where a group has no row. */
  finish(type: DataType, from: number, length: number, region: Region): Vector {
    return this.#whole(length, () => this.#finished(type, from, length, region));
  }

  #finished(type: DataType, from: number, length: number, region: Region): Vector {
    const { arena, kernels } = this.#machine;
    const starts = this.#starts.address + (from - this.#from) * 4;
    const first = arena.view.getInt32(starts, true);
    const count = arena.view.getInt32(starts + length * 4, true) - first;
    const columns = this.#buffer.batch().columns;
    const rows = this.#ordered(this.#order.address + first * 4, count, columns, region);
    const offsets = region.reserve((length + 1) * 4);
    kernels.offsets_rebase(starts, length, offsets);
    const { gives } = this.#state;
    if (count === 0 && gives !== 'list') return nulls(type, length, region);
    if (gives === 'first' || gives === 'last') {
      const picked = region.reserve(length * 4);
      kernels.regroup_end(offsets, length, rows, gives === 'last' ? 1 : 0, picked);
      return take(columns[1]!, picked, length, region, this.#machine, true);
    }
    const known = region.reserve(bitmapBytes(length));
    const all = kernels.list_nonempty(offsets, length, known) === length;
    const child = take(columns[1]!, rows, count, region, this.#machine);
    return gives === 'text'
      ? this.#joined(child, offsets, length, all ? 0 : known, region)
      : listVector(type, length, offsets, child, all ? 0 : known);
  }

  #joined(child: Vector, lists: number, length: number, validity: number, region: Region): Vector {
    const { arena, kernels } = this.#machine;
    const texts = decoded(child, region, this.#machine);
    const bytes = Buffer.from(this.#state.separator);
    const separator = region.reserve(bytes.length + slack);
    arena.bytes.set(bytes, separator);
    const offsets = region.reserve((length + 1) * 4);
    const size = kernels.list_join_offsets(
      ...([lists, length, texts.offsets, texts.validity, bytes.length, offsets] as const),
    );
    if (size < 0)
      throw dataError('the texts that string_agg makes of some groups are longer than 2 GB together');
    const out = region.reserve(size + slack);
    kernels.list_join(
      ...([lists, length, texts.data, texts.offsets, texts.validity] as const),
      ...([separator, bytes.length, out] as const),
    );
    return textVector(utf8, length, out, offsets, validity);
  }

  release(): void {
    this.#buffer.release();
    this.#starts.release();
    this.#order.release();
    this.#runs?.release();
  }

  /** Where one group is too large, that is told: its list is one value. */
  #whole<T>(groups: number, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (groups > 1 || !(error instanceof SpillwayError) || error.code !== 'memory') throw error;
      const what =
        { list: 'the list', text: 'the joined text' }[this.#state.gives as string] ?? 'what is kept';
      throw wholeError(error, `${this.#owner}: ${what} of one group`, this.#rowsBytes());
    }
  }

  #rowsBytes(): number {
    const loaded = this.#buffer.length;
    const rows = Math.max(loaded, this.#runs?.used ? this.#runs.rowsOf(this.#from, 1) : 0);
    return rows * Math.max(this.#rowBytes, this.#buffer.bytes / Math.max(1, loaded));
  }

  /** Dictionaries only grow: with a new buffer they begin anew. */
  #empty(): void {
    this.#buffer.clear();
    this.#reduced = 0;
    if (this.full || this.#buffer.bytes > 0) this.#buffer.release();
  }

  #fittingHere(from: number, most: number, bytes: number): number {
    const { view } = this.#machine.arena;
    const startOf = (group: number): number => view.getInt32(this.#starts.address + group * 4, true);
    const rowBytes = Math.max(this.#rowBytes, this.#buffer.bytes / Math.max(1, this.#buffer.length));
    const limit = startOf(from) + bytes / rowBytes;
    let [fits, over] = [1, most + 1];
    while (fits + 1 < over) {
      const middle = (fits + over) >> 1;
      if (startOf(from + middle) <= limit) fits = middle;
      else over = middle;
    }
    return fits;
  }

  /** The rows, which are by group, in the order asked for within each. */
  #ordered(rows: number, count: number, columns: readonly Vector[], region: Region): number {
    const { orders } = this.#state;
    if (orders.length === 0) return rows;
    const { arena, kernels } = this.#machine;
    const scratch = arena.region(this.#owner);
    try {
      const [groups, , ...keys] = columns as [Vector, Vector, ...Vector[]];
      const taken = [groups, ...keys].map((key) => take(key, rows, count, scratch, this.#machine));
      const sorted = region.reserve(count * 4);
      kernels.take_32(rows, this.#sorted(taken, count, scratch), sorted, count);
      return sorted;
    } finally {
      scratch.release();
    }
  }

  /** The order of rows by group, the first column, and then by the keys. */
  #sorted(columns: readonly Vector[], count: number, region: Region): number {
    const { kernels } = this.#machine;
    const orders = [{ descending: false, nullsFirst: false }, ...this.#state.orders];
    return sortOrder(encodeSortKeys(columns, orders, count, region, kernels), region, kernels);
  }
}
