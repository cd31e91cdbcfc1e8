/**
 * All values of every group, for exact quantiles: appended as they come, brought together at the end.
 *
 *   group, value ─▶ chunks ─┬(the last row came)─▶ by group, at once
 *                           └(full)─▶ disk, by range of groups (GroupRuns) ─▶ a range that fits at a time, by group
 *
 * Of a single group that does not fit, the values wanted are found by their digits: four passes over its values, each
 * of which counts the next 16 bits of those that are still in question.
 *
 * Memory: 12 bytes a value, and 8 more when they are brought together; with a share, no more than that.
 */
import { bitmapBytes, fixedVector, type Vector } from '../arrow/batch.js';
import { type DataType, int32, int64, widthOf } from '../arrow/types.js';
import { Growable, type Region } from '../memory/arena.js';
import type { QuantileState } from './aggregates.js';
import { GroupRuns } from './group-runs.js';
import type { Machine } from './machine.js';
import type { Spilling } from './runs.js';
import { kernel } from './wasm.js';

/** Values of a chunk: they double from the first to the last number. */
const firstChunk = 2 ** 10;
const largestChunk = 2 ** 20;

/** Bytes of a value with its group, and of one brought together. */
const pairBytes = 12;
const gatheredBytes = 8;

interface Chunk {
  readonly groups: number;
  readonly values: number;
  readonly capacity: number;
  count: number;
}

const digitBits = 16;
const digits = 2 ** digitBits;

export class GroupedValues {
  readonly #machine: Machine;
  readonly #physical: string;
  readonly #spilling: Spilling | null;
  readonly #runs: GroupRuns | null;
  readonly #home: Region;
  readonly #chunks: Chunk[] = [];
  readonly #sorted: Growable;
  readonly #starts: Growable;
  /** Values in the chunks. */
  #count = 0;
  /** The first group of those that were brought together. */
  #from = 0;
  /** That group has more values than fit: they are still on disk. */
  #oversized = false;

  /** Without `spilling` everything is held. */
  constructor(physical: string, machine: Machine, owner: string, spilling: Spilling | null = null) {
    this.#machine = machine;
    this.#physical = physical;
    this.#spilling = spilling;
    this.#runs = spilling === null ? null : new GroupRuns([int64], spilling.machine, owner);
    this.#home = machine.arena.region(owner);
    this.#sorted = new Growable(machine.arena, owner);
    this.#starts = new Growable(machine.arena, owner);
  }

  /** Is it time to call `spill`? */
  get full(): boolean {
    return this.#spilling !== null && this.#home.held * gathering > this.#spilling.share;
  }

  /** Keeps the values that `validity` shows; `groups` is the address of the rows' groups. */
  append(groups: number, column: Vector, validity: number): void {
    const chunk = this.#room(column.length);
    const append = kernel(this.#machine.kernels, `quantile_append_${this.#physical}`);
    const at = [chunk.groups + chunk.count * 4, chunk.values + chunk.count * 8] as const;
    const count = append(groups, column.length, column.data, validity, ...at);
    chunk.count += count;
    this.#count += count;
  }

  /** Takes over the other's values; its group g is `map[g]` here. */
  merge(other: GroupedValues, map: number): void {
    const { arena, kernels } = this.#machine;
    for (const { groups, values, count } of other.#chunks) {
      const chunk = this.#room(count);
      kernels.quantile_regroup(groups, count, map, chunk.groups + chunk.count * 4);
      arena.bytes.copyWithin(chunk.values + chunk.count * 8, values, values + count * 8);
      chunk.count += count;
      this.#count += count;
    }
  }

  /** Puts what is held to disk. */
  async spill(groupCount: number): Promise<void> {
    await this.#runs!.open(groupCount);
    for (const { groups, values, count } of this.#chunks) {
      const columns = [fixedVector(int32, count, groups), fixedVector(int64, count, values)];
      if (count > 0) this.#runs!.write({ length: count, columns }, groupCount);
    }
    this.#forget();
  }

  /** After the last value. */
  async close(groupCount: number): Promise<void> {
    if (!this.#runs?.used) {
      this.gather(groupCount);
      return;
    }
    await this.spill(groupCount);
    this.#runs.close();
  }

  /** How many groups from `from` on, of at most `most`, can be finished at once. */
  async fitting(from: number, most: number): Promise<number> {
    return this.#runs?.used ? await this.#runs.fitting(from, most, this.#rowsThatFit) : most;
  }

  /** Makes groups [from, from + length) ready to be finished; `fitting` drew the line. */
  load(from: number, length: number): void {
    if (!this.#runs?.used) return;
    const { kernels } = this.#machine;
    const rows = this.#runs.rowsOf(from, length);
    this.#from = from;
    this.#oversized = length === 1 && rows > this.#rowsThatFit;
    if (this.#oversized) return;
    this.#prepare(length, rows);
    const [starts, sorted] = [this.#starts.address, this.#sorted.address];
    for (const { columns, length: count } of this.#runs.read(from, length))
      kernels.regroup_count(columns[0]!.data, count, from, starts);
    kernels.regroup_starts(starts, length);
    for (const { columns, length: count } of this.#runs.read(from, length))
      kernels.regroup_place(columns[0]!.data, columns[1]!.data, count, from, starts, sorted);
  }

  /** Brings the values of each of `groupCount` groups together; after it nothing may be added. */
  gather(groupCount: number): void {
    const { kernels } = this.#machine;
    this.#prepare(groupCount, this.#count);
    const [starts, sorted] = [this.#starts.address, this.#sorted.address];
    for (const { groups, count } of this.#chunks) kernels.regroup_count(groups, count, 0, starts);
    kernels.regroup_starts(starts, groupCount);
    for (const { groups, values, count } of this.#chunks)
      kernels.regroup_place(groups, values, count, 0, starts, sorted);
    this.#forget();
  }

  /** The quantile of groups [from, from + length). */
  finish(
    state: QuantileState,
    type: DataType,
    from: number,
    length: number,
    fraction: number,
    region: Region,
  ): Vector {
    const validity = region.reserveZeroed(bitmapBytes(length));
    const data = region.reserveZeroed(Math.max(bitmapBytes(length), length * widthOf(type)));
    const select = kernel(this.#machine.kernels, state.finish);
    const weight = this.#oversized ? this.#selectFromDisk(state, fraction) : fraction;
    const first = from - this.#from;
    select(this.#sorted.address, this.#starts.address, first, length, weight, data, validity);
    return fixedVector(type, length, data, validity);
  }

  release(): void {
    this.#forget();
    this.#sorted.release();
    this.#starts.release();
    this.#runs?.release();
  }

  get #rowsThatFit(): number {
    return Math.floor(this.#spilling!.share / 2 / gatheredBytes);
  }

  #forget(): void {
    this.#home.release();
    this.#chunks.length = 0;
    this.#count = 0;
  }

  #prepare(groupCount: number, values: number): void {
    const bytes = (groupCount + 2) * 4;
    this.#starts.ensure(bytes);
    this.#sorted.ensure(Math.max(1, values) * gatheredBytes);
    this.#machine.arena.bytes.fill(0, this.#starts.address, this.#starts.address + bytes);
  }

  /** A chunk with room for so many values more. */
  #room(count: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.count + count <= last.capacity) return last;
    const capacity = Math.max(
      count,
      last === undefined ? firstChunk : Math.min(largestChunk, last.capacity * 2),
    );
    const groups = this.#home.reserve(capacity * 4);
    const chunk = { groups, values: this.#home.reserve(capacity * 8), capacity, count: 0 };
    this.#chunks.push(chunk);
    return chunk;
  }

  /**
   * Puts one or two values in the place of all of the group's, of which the quantile at the fraction that is returned is
   * the one wanted.
   */
  #selectFromDisk(state: QuantileState, fraction: number): number {
    const count = this.#runs!.rowsOf(this.#from, 1);
    const between = state.finish.startsWith('quantile_cont');
    const place = between ? fraction * (count - 1) : Math.max(0, Math.ceil(fraction * count) - 1);
    const rank = Math.floor(place);
    const ranks = place > rank ? [rank, rank + 1] : [rank];
    const found = this.#valuesAt(ranks);
    this.#prepare(1, found.length);
    const { view } = this.#machine.arena;
    view.setInt32(this.#starts.address + 4, found.length, true);
    found.forEach((value, i) => {
      view.setBigInt64(this.#sorted.address + i * 8, value, true);
    });
    return between ? place - rank : fraction;
  }

  /** The values of the group that have these ranks. */
  #valuesAt(ranks: readonly number[]): bigint[] {
    const { arena, kernels } = this.#machine;
    const region = arena.region(this.#home.owner);
    try {
      const searches = ranks.map((rank) => ({
        ...{ rank, prefix: 0n, at: region.reserve(8), counts: region.reserve(digits * 4) },
      }));
      for (let shift = 64 - digitBits; shift >= 0; shift -= digitBits) {
        for (const { at, prefix, counts } of searches) {
          arena.view.setBigUint64(at, prefix, true);
          arena.bytes.fill(0, counts, counts + digits * 4);
        }
        for (const { columns, length } of this.#runs!.read(this.#from, 1))
          for (const { at, counts } of searches)
            kernels.quantile_digits(columns[1]!.data, length, at, shift, counts);
        for (const search of searches) {
          const counts = new Uint32Array(arena.buffer, search.counts, digits);
          let digit = 0;
          while (search.rank >= counts[digit]!) search.rank -= counts[digit++]!;
          search.prefix = (search.prefix << BigInt(digitBits)) | BigInt(digit);
        }
      }
      // Unsigned numbers of the same order became signed ones.
      return searches.map(({ prefix }) => prefix - 2n ** 63n);
    } finally {
      region.release();
    }
  }
}

/** What bringing together takes, for each byte held. */
const gathering = (pairBytes + gatheredBytes) / pairBytes;
