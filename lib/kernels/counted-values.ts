/**
 * How often each value came in its group, for the most frequent.
 *
 *   group, value, count ─▶ table ─┬▶ known or new to it: counted
 *                                 └▶ the table is full and does not have them ─▶ partitions on disk ─▶ each the same way
 *
 * Memory: a key row and a count for each distinct value of each group, as long as they fit the share.
 */
import { type Batch, batchRows, fixedVector, type Vector } from '../arrow/batch.js';
import { type DataType, int32, int64 } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import { AggregateStates } from './aggregate-states.js';
import { findAggregate } from './aggregates.js';
import { GroupTable } from './group-table.js';
import type { Machine } from './machine.js';
import { Overflow } from './overflow.js';
import type { Spilling } from './runs.js';
import { take } from './take.js';

/** Is handed values of groups, int32s, with their counts, int64s; awaited where it has more to do. */
type Tell = (
  groups: Vector,
  values: Vector,
  counts: Vector,
  length: number,
  region: Region,
) => Promise<void> | null;

const keys = 2;

export class CountedValues {
  readonly #machine: Machine;
  readonly #owner: string;
  readonly #types: readonly DataType[];
  readonly #spilling: Spilling | null;
  readonly #overflow: Overflow | null;
  readonly #table: GroupTable;
  readonly #counts: AggregateStates;

  /** Without `spilling` everything is held. `used`: by how many bits of their hash these values were partitioned. */
  constructor(type: DataType, machine: Machine, owner: string, spilling: Spilling | null, used = 0) {
    const { arena, kernels } = machine;
    this.#machine = machine;
    this.#owner = owner;
    this.#types = [int32, type, int64];
    this.#spilling = spilling;
    const overflow =
      spilling && new Overflow(this.#types, [0, 1], used, spilling.share, spilling.machine, owner);
    this.#overflow = overflow;
    const counts = new AggregateStates([countOf(owner)], [int64], machine, owner);
    this.#counts = counts;
    const mayGrow = (groups: number, bytes: number): boolean =>
      this.#table.held + bytes + counts.bytesFor(groups) <= overflow!.left && counts.tryReserve(groups);
    try {
      this.#table = new GroupTable(
        this.#types.slice(0, keys),
        arena,
        kernels,
        owner,
        overflow === null ? null : mayGrow,
      );
    } catch (error) {
      counts.release();
      overflow?.release();
      throw error;
    }
  }

  /** Is it time to call `spill`? */
  get full(): boolean {
    return this.#overflow?.full ?? false;
  }

  /** Adds values of groups, each as often as the third column, of int64s, says. */
  add(columns: readonly Vector[], length: number, region: Region): void {
    const found = this.#table.assign(columns.slice(0, keys), length, region);
    const { groups, known, rest } = this.#table.divide(found, { length, columns }, region);
    if (rest !== null) this.#overflow!.add(rest);
    this.#counts.update(groups, this.#table.count, known.length, known.columns.slice(keys), region);
  }

  /** Takes over what the other has counted; its group g is `map[g]` here (an address of int32s). */
  merge(other: CountedValues, map: number, region: Region): void {
    for (const [groups, values, counts] of other.held(region)) {
      const own = take(fixedVector(int32, 0, map), groups.data, groups.length, region, this.#machine);
      this.add([own, values, counts], groups.length, region);
    }
  }

  async spill(): Promise<void> {
    await this.#overflow!.flush();
  }

  /** What is held, in pieces in `region`: groups, values, counts. Nothing may be added after it. */
  *held(region: Region): Generator<[Vector, Vector, Vector], void, void> {
    for (let from = 0; from < this.#table.count; from += batchRows) {
      const length = Math.min(batchRows, this.#table.count - from);
      const [groups, values] = this.#table.columns(from, length, region) as [Vector, Vector];
      yield [groups, values, this.#counts.finish(0, from, length, region)];
    }
  }

  /** After the last value: tells of all, each once. */
  async drain(tell: Tell): Promise<void> {
    const region = this.#machine.arena.region(this.#owner);
    try {
      for (const [groups, values, counts] of this.held(region)) {
        const told = tell(groups, values, counts, groups.length, region);
        if (told !== null) await told;
        region.reset();
      }
    } finally {
      region.release();
    }
    const spilling = this.#spilling;
    if (spilling === null) return;
    const fitting = this.#table.count;
    this.#table.release();
    this.#counts.release();
    for await (const part of this.#overflow!.parts(fitting)) {
      const own = new CountedValues(this.#types[1]!, this.#machine, this.#owner, spilling, part.used);
      try {
        await own.#take(part.batches);
        await own.drain(tell);
      } finally {
        own.release();
      }
    }
  }

  release(): void {
    this.#table.release();
    this.#counts.release();
    this.#overflow?.release();
  }

  async #take(part: AsyncGenerator<Batch, void, void>): Promise<void> {
    const region = this.#machine.arena.region(this.#owner);
    try {
      for await (const { columns, length } of part) {
        region.reset();
        this.add(columns, length, region);
        if (this.full) await this.spill();
      }
    } finally {
      region.release();
    }
  }
}

/** Counts that come with the values add up. */
function countOf(name: string) {
  const { state, result } = findAggregate('sum')!.typing([int64])!;
  return { name, state, result, args: [0], filter: -1, distinct: false, parameter: 0 };
}
