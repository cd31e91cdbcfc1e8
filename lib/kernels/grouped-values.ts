/** All values of every group, for exact quantiles: appended as they come, put in order at the end. */
import { bitmapBytes, fixedVector, type Vector } from '../arrow/batch.js';
import { type DataType, widthOf } from '../arrow/types.js';
import { Growable, type Region } from '../memory/arena.js';
import type { QuantileState } from './aggregates.js';
import type { Machine } from './machine.js';
import { type Kernels, kernel } from './wasm.js';

export class GroupedValues {
  readonly #kernels: Kernels;
  readonly #physical: string;
  readonly #groups: Growable;
  readonly #values: Growable;
  readonly #sorted: Growable;
  readonly #starts: Growable;
  #count = 0;

  constructor(physical: string, machine: Machine, owner: string) {
    this.#kernels = machine.kernels;
    this.#physical = physical;
    this.#groups = new Growable(machine.arena, owner);
    this.#values = new Growable(machine.arena, owner);
    this.#sorted = new Growable(machine.arena, owner);
    this.#starts = new Growable(machine.arena, owner);
  }

  /** Keeps the values that `validity` shows; `groups` is the address of the rows' groups. */
  append(groups: number, column: Vector, validity: number): void {
    this.#ensure(column.length);
    const { groups: toGroups, values: toValues } = this.#end();
    const append = kernel(this.#kernels, `quantile_append_${this.#physical}`);
    this.#count += append(groups, column.length, column.data, validity, toGroups, toValues);
  }

  /** Takes over the other's values; its group g is `map[g]` here. */
  merge(other: GroupedValues, map: number): void {
    this.#ensure(other.#count);
    const { groups, values } = this.#end();
    this.#kernels.quantile_regroup(other.#groups.address, other.#count, map, groups);
    this.#values.arena.bytes.copyWithin(
      values,
      other.#values.address,
      other.#values.address + other.#count * 8,
    );
    this.#count += other.#count;
  }

  /** Brings the values of each of `groupCount` groups together; after it nothing may be added. */
  sort(groupCount: number): void {
    const bytes = (groupCount + 2) * 4;
    this.#starts.ensure(bytes);
    this.#sorted.ensure(Math.max(1, this.#count) * 8);
    const starts = this.#starts.address;
    this.#starts.arena.bytes.fill(0, starts, starts + bytes);
    this.#kernels.quantile_gather(
      ...([this.#groups.address, this.#values.address, this.#count] as const),
      ...([starts, groupCount, this.#sorted.address] as const),
    );
    this.#groups.release();
    this.#values.release();
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
    const select = kernel(this.#kernels, state.finish);
    select(this.#sorted.address, this.#starts.address, from, length, fraction, data, validity);
    return fixedVector(type, length, data, validity);
  }

  release(): void {
    this.#groups.release();
    this.#values.release();
    this.#sorted.release();
    this.#starts.release();
  }

  #ensure(more: number): void {
    const count = Math.max(1, this.#count + more);
    this.#groups.ensure(count * 4);
    this.#values.ensure(count * 8);
  }

  #end(): { readonly groups: number; readonly values: number } {
    return {
      groups: this.#groups.address + this.#count * 4,
      values: this.#values.address + this.#count * 8,
    };
  }
}
