/**
 * What is known of every group: one struct a group, so that a row costs one cache miss however many
 * aggregates there are.
 *
 *   group 0: | rows | state of a | state of b | ...    group 1: | rows | ...
 *
 * Kernels take one slice of rows for one aggregate after the other, so that the second finds the structs in the
 * cache. States of variable size hang beside (grouped-texts.ts, grouped-values.ts), and so does the table of
 * values already seen that a distinct aggregate needs.
 */
import { bitmapBytes, fixedVector, type Vector } from '../arrow/batch.js';
import { type DataType, int32, physicalOf, widthOf } from '../arrow/types.js';
import { dataError } from '../errors.js';
import { Growable, type Region } from '../memory/arena.js';
import type { State } from './aggregates.js';
import { GroupTable } from './group-table.js';
import { GroupedTexts, textStateBytes } from './grouped-texts.js';
import { GroupedValues } from './grouped-values.js';
import type { Machine } from './machine.js';
import { take } from './take.js';
import { type Kernel, kernel } from './wasm.js';

/** One aggregate to compute. Inputs are numbered: columns that are handed to `update` in that order. */
export interface AggregateSpec {
  /** Named in errors. */
  readonly name: string;
  readonly state: State;
  readonly result: DataType;
  /** The arguments' inputs; empty for count(*). */
  readonly args: readonly number[];
  /** The input of booleans that says which rows count, or -1. */
  readonly filter: number;
  readonly distinct: boolean;
  /** The constant that steers it: the fraction of a quantile. */
  readonly parameter: number;
}

/** Rows that one kernel call takes. */
const sliceRows = 2048;

/** A state that one or more specs read: sum(x) and avg(x) share theirs. */
interface Member {
  readonly spec: AggregateSpec;
  readonly key: string;
  /** Where the rows that count are counted: the group's rows, or the distinct ones. */
  readonly rows: number;
  readonly offset: number;
  readonly update: Kernel | null;
  readonly merge: Kernel | null;
  readonly texts: GroupedTexts | null;
  readonly values: GroupedValues | null;
  readonly seen: GroupTable | null;
}

export class AggregateStates {
  readonly #machine: Machine;
  readonly #specs: readonly AggregateSpec[];
  readonly #members: Member[] = [];
  /** The member that each spec reads. */
  readonly #memberOf: readonly Member[];
  readonly #stride: number;
  readonly #structs: Growable;
  readonly #home: Region;
  /** Address of the struct of a group without rows. */
  readonly #fresh: number;
  #count = 0;
  #sorted = false;

  constructor(specs: readonly AggregateSpec[], inputs: readonly DataType[], machine: Machine, owner: string) {
    const { arena } = machine;
    this.#machine = machine;
    this.#specs = specs;
    this.#structs = new Growable(arena, owner);
    this.#home = arena.region(owner);
    let at = 8;
    this.#memberOf = specs.map((spec) => {
      const { state } = spec;
      const key = JSON.stringify([stateKey(state), spec.args, spec.filter, spec.distinct]);
      const shared = this.#members.find((member) => member.key === key);
      if (shared !== undefined) return shared;
      const rows = spec.distinct ? at : 0;
      if (spec.distinct) at += 8;
      const member: Member = {
        ...{ spec, key, rows, offset: at },
        update: state.form === 'fixed' ? kernel(machine.kernels, state.update) : null,
        merge: state.form === 'fixed' ? kernel(machine.kernels, state.merge) : null,
        texts: state.form === 'text' ? new GroupedTexts(state.which, machine, owner) : null,
        values: state.form === 'quantile' ? new GroupedValues(state.physical, machine, owner) : null,
        seen: spec.distinct
          ? new GroupTable([int32, inputs[spec.args[0]!]!], arena, machine.kernels, owner)
          : null,
      };
      at += state.form === 'fixed' ? state.bytes : state.form === 'text' ? textStateBytes : 0;
      this.#members.push(member);
      return member;
    });
    this.#stride = at;
    this.#fresh = this.#home.reserveZeroed(at);
    for (const { spec, offset } of this.#members)
      if (spec.state.form === 'fixed') spec.state.start?.(arena.view, this.#fresh + offset);
  }

  /** Groups so far. */
  get count(): number {
    return this.#count;
  }

  /** Makes groups up to `count`, without rows. */
  grow(count: number): void {
    if (count <= this.#count) return;
    this.#structs.ensure(count * this.#stride);
    const { kernels } = this.#machine;
    kernels.aggregate_init(this.#structs.address, this.#stride, this.#count, count, this.#fresh);
    this.#count = count;
  }

  /** Adds `length` rows; `groups` is the address of their int32 groups, all below `count`. Scratch goes to `region`. */
  update(groups: number, length: number, inputs: readonly Vector[], region: Region): void {
    const steps = this.#members.map((member) => this.#step(member, groups, length, inputs, region));
    const { kernels } = this.#machine;
    const stride = this.#stride;
    const base = this.#structs.address;
    for (let from = 0; from < length; from += sliceRows) {
      const to = Math.min(length, from + sliceRows);
      kernels.aggregate_rows(base, stride, groups, from, to);
      for (const step of steps) step?.(from, to);
    }
  }

  /** Adds what `other`, over later rows, knows; its group g is `groups[g]` (address of int32s) here. */
  merge(other: AggregateStates, groups: number, region: Region): void {
    const { kernels } = this.#machine;
    const stride = this.#stride;
    const base = this.#structs.address;
    const theirs = other.#structs.address;
    const count = other.#count;
    this.#members.forEach((member, m) => {
      const twin = other.#members[m]!;
      const { offset, texts, values, seen } = member;
      if (seen !== null) this.#mergeDistinct(member, twin, groups, region);
      else if (texts !== null) {
        texts.merge(
          ...([base + offset, stride, this.#count, groups] as const),
          ...([twin.texts!, theirs + offset, stride, count, region] as const),
        );
      } else if (values !== null) values.merge(twin.values!, groups);
      else if (member.merge!(base + offset, stride, groups, theirs + offset, stride, count) > 0)
        throw overflow(member.spec);
    });
    kernels.count_merge(base, stride, groups, theirs, stride, count);
  }

  /** The results of spec `index` for groups [from, from + length). Nothing may be added after the first call. */
  finish(index: number, from: number, length: number, region: Region): Vector {
    if (!this.#sorted) for (const { values } of this.#members) values?.sort(this.#count);
    this.#sorted = true;
    const spec = this.#specs[index]!;
    const { rows, offset, texts, values } = this.#memberOf[index]!;
    const structs = this.#structs.address + from * this.#stride;
    const { state, result } = spec;
    if (texts !== null) return texts.finish(structs + offset, this.#stride, length, region);
    if (state.form === 'quantile') return values!.finish(state, result, from, length, spec.parameter, region);
    if (state.form !== 'fixed') throw new Error('bug: a state of unknown form');
    const validity = region.reserveZeroed(bitmapBytes(length));
    const bits = physicalOf(result) === 'bit';
    const data = bits ? region.reserveZeroed(bitmapBytes(length)) : region.reserve(length * widthOf(result));
    const finish = kernel(this.#machine.kernels, state.finish);
    const failed = finish(
      ...[structs + rows, structs + offset, this.#stride, length, data, validity, state.parameter],
    );
    if (failed >= 0) throw overflow(spec);
    return fixedVector(result, length, data, state.finish === 'count_finish' ? 0 : validity);
  }

  release(): void {
    for (const { texts, values, seen } of this.#members) {
      texts?.release();
      values?.release();
      seen?.release();
    }
    this.#structs.release();
    this.#home.release();
  }

  /** What to do for one slice of rows; null where all rows are done already. */
  #step(
    member: Member,
    groups: number,
    length: number,
    inputs: readonly Vector[],
    region: Region,
  ): ((from: number, to: number) => void) | null {
    const { spec, offset, texts, values } = member;
    const args = spec.args.map((arg) => inputs[arg]!);
    const filter = spec.filter < 0 ? 0 : this.#trueBits(inputs[spec.filter]!, region);
    const apart = spec.state.form === 'text' || (spec.state.form === 'fixed' && spec.state.picks);
    let validity = apart ? 0 : filter;
    for (const arg of args) validity = this.#both(validity, this.#validityOf(arg, region), length, region);
    const base = this.#structs.address;
    if (spec.distinct) {
      this.#updateDistinct(member, groups, args[0]!, validity, length, region);
      return null;
    }
    if (texts !== null) {
      texts.update(
        ...([base + offset, this.#stride, this.#count, groups] as const),
        ...([args[0]!, validity, filter, region] as const),
      );
      return null;
    }
    if (values !== null) {
      values.append(groups, args[0]!, validity);
      return null;
    }
    const [first = 0, second] = args.map((arg) => arg.data);
    const rest = second !== undefined ? [second, validity] : apart ? [validity, filter] : [validity];
    const update = member.update!;
    return (from, to) => {
      if (update(base + offset, this.#stride, groups, from, to, first, ...rest) > 0) throw overflow(spec);
    };
  }

  /** Only values that their group has not seen go on. */
  #updateDistinct(
    member: Member,
    groups: number,
    column: Vector,
    validity: number,
    length: number,
    region: Region,
  ): void {
    const { kernels } = this.#machine;
    let count = length;
    let rowGroups = fixedVector(int32, length, groups);
    let values: Vector = { ...column, validity: 0 };
    if (validity !== 0) {
      const rows = region.reserve(length * 4);
      count = kernels.aggregate_select(validity, length, rows);
      rowGroups = take(rowGroups, rows, count, region, this.#machine);
      values = take(values, rows, count, region, this.#machine);
    }
    const { fresh, freshCount } = member.seen!.assign([rowGroups, values], count, region);
    if (freshCount === 0) return;
    const newGroups = take(rowGroups, fresh, freshCount, region, this.#machine);
    const newValues = take(values, fresh, freshCount, region, this.#machine);
    const base = this.#structs.address;
    const stride = this.#stride;
    kernels.aggregate_rows(base + member.rows, stride, newGroups.data, 0, freshCount);
    if (member.values !== null) member.values.append(newGroups.data, newValues, 0);
    else if (
      member.update!(base + member.offset, stride, newGroups.data, 0, freshCount, newValues.data, 0) > 0
    )
      throw overflow(member.spec);
  }

  /** What the other has seen is added like rows; its states are not needed. */
  #mergeDistinct(member: Member, twin: Member, groups: number, region: Region): void {
    const theirs = twin.seen!;
    for (let from = 0; from < theirs.count; from += sliceRows) {
      const length = Math.min(sliceRows, theirs.count - from);
      const [theirGroups, values] = theirs.columns(from, length, region) as [Vector, Vector];
      const map = fixedVector(int32, 0, groups);
      const mapped = take(map, theirGroups.data, length, region, this.#machine);
      this.#updateDistinct(member, mapped.data, values, 0, length, region);
    }
  }

  /** An untyped null's column may come without bits. */
  #validityOf(column: Vector, region: Region): number {
    return column.type.kind === 'null' ? region.reserveZeroed(bitmapBytes(column.length)) : column.validity;
  }

  /** The rows where a boolean is true. */
  #trueBits(column: Vector, region: Region): number {
    const validity = this.#validityOf(column, region);
    return this.#both(column.data, validity, column.length, region);
  }

  /** Both bitmaps; 0 has all bits set. */
  #both(a: number, b: number, length: number, region: Region): number {
    if (a === 0 || b === 0) return a + b;
    const out = region.reserve(bitmapBytes(length));
    this.#machine.kernels.bitmap_and(a, b, out, length);
    return out;
  }
}

/** Alike for states that one update serves. */
function stateKey(state: State): string {
  if (state.form === 'fixed') return state.update;
  return state.form === 'text' ? `text ${state.which}` : 'quantile';
}

function overflow(spec: AggregateSpec): Error {
  const wider = spec.result.kind === 'decimal' ? 'double' : 'double or decimal(38,0)';
  return dataError(
    `"${spec.name}" overflows: its sum does not fit ${spec.result.kind === 'decimal' ? '38 digits' : 'int64'}; cast the argument to ${wider}`,
    { column: spec.name },
  );
}
