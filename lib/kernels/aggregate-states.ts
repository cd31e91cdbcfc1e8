/**
 * What is known of every group: one struct a group, so that a row costs one cache miss however many
 * aggregates there are.
 *
 *   group 0: | rows | state of a | state of b | ...    group 1: | rows | ...
 *
 * As long as every row has a value for every aggregate, nothing touches the words that count missing ones, nor `rows`
 * where no result depends on it, nor the high half of sums of small values: structs go without them
 * (group-structs.ts) until the first null, filter or large value.
 *
 * Kernels take one slice of rows for one aggregate after the other, so that the second finds the structs in the
 * cache. States of variable size hang beside (grouped-texts.ts, grouped-values.ts, grouped-lists.ts), and so do the values already seen
 * that a distinct aggregate needs (seen-values.ts). Those that grow with their rows put them to disk when they are
 * full: `settle` after each update, and `prepare` before groups are finished.
 */
import { bitmapBytes, fixedVector, type Vector } from '../arrow/batch.js';
import { narrowOf } from '../arrow/narrow.js';
import { type DataType, int32, int64, physicalOf, widthOf } from '../arrow/types.js';
import { dataError } from '../errors.js';
import type { Region } from '../memory/arena.js';
import { grows, listState, type State } from './aggregates.js';
import { CountedValues } from './counted-values.js';
import { GroupStructs, type IdleWord } from './group-structs.js';
import { GroupedLists } from './grouped-lists.js';
import { GroupedTexts, type TextStates } from './grouped-texts.js';
import { GroupedValues } from './grouped-values.js';
import { RowHasher } from './hash-rows.js';
import type { Machine } from './machine.js';
import type { Spilling } from './runs.js';
import { SeenValues } from './seen-values.js';
import {
  foundColumn,
  placedColumns,
  putWords,
  sliceRows as structsAtOnce,
  tellsFound,
  wordColumns,
  wordsOf,
} from './state-columns.js';
import { type AggregateSpec, layOutStates, type StateLayout, type StatePlace } from './state-layout.js';
import { take } from './take.js';
import { type Kernel, kernel } from './wasm.js';

/** Rows that one kernel call takes: their structs, 64 bytes each, stay in the L2 cache for the next aggregate's call. */
const sliceRows = 1024;

/** Values that one merge of distinct ones takes. */
const seenRows = 4096;

/** Where structs take more bytes than this, those of a slice are loaded into the cache first. */
const cachedBytes = 2 ** 20;

const maxLanes = 8;

/** Of structs of more bytes than this a row touches only a part. */
const longStruct = 512;

/** The least that a state that grows is given: with less, it would go to disk in crumbs. */
const leastShare = 2 ** 17;

/** Sums of integers up to 32 bits cannot overflow in so many rows; beyond, kernels are made to look by a bitmap. */
const uncheckedRows = 2 ** 31 - 1;

/** A state, and what keeps it. */
interface Member extends StatePlace {
  readonly update: Kernel | null;
  readonly merge: Kernel | null;
  readonly texts: GroupedTexts | null;
  readonly values: GroupedValues | null;
  readonly lists: GroupedLists | null;
  readonly seen: SeenValues | null;
  /** What is counted goes to `lists` at the end, of which the most frequent is the first. */
  readonly counted: CountedValues | null;
  readonly hasher: RowHasher | null;
}

/** The rows of one call as a member sees them. */
interface Rows {
  readonly args: readonly Vector[];
  /** Bitmap of the rows that have a value, or 0 for all. */
  readonly validity: number;
  /** Bitmap of the rows that count, or 0 for all, where the filter is not part of the validity. */
  readonly filter: number;
}

export class AggregateStates {
  readonly #machine: Machine;
  readonly #owner: string;
  readonly #specs: readonly AggregateSpec[];
  readonly #members: Member[] = [];
  readonly #layout: StateLayout;
  readonly #structs: GroupStructs;
  /**
   * Whether rows are counted. Aggregates that need no number, only whether there was a value, do without until
   * the first null comes: until then a group's row count stands at 1.
   */
  #counting: boolean;
  /**
   * With a single group, rows go round so many structs, which become one at the end: else each row would wait for
   * the one before to be stored.
   */
  #lanes: number;
  readonly #single: boolean;
  /** Rows in all. */
  #added = 0;
  #closed = false;

  /** `single`: all rows are of group 0. Without `spilling`, states grow as long as the arena has room. */
  constructor(
    specs: readonly AggregateSpec[],
    inputs: readonly DataType[],
    machine: Machine,
    owner: string,
    single = false,
    spilling: Spilling | null = null,
  ) {
    const growing = specs.filter(grows).length;
    const part = spilling && {
      ...spilling,
      share: Math.max(leastShare, spilling.share / Math.max(1, growing)),
    };
    this.#machine = machine;
    this.#owner = owner;
    this.#specs = specs;
    this.#layout = layOutStates(specs);
    try {
      for (const place of this.#layout.places) this.#members.push(this.#memberAt(place, inputs, part));
      this.#single = single;
      this.#lanes = single && specs.every(lanesServe) ? maxLanes : 1;
      this.#counting = specs.some(({ state }) => state.form === 'fixed' && state.counts);
      const idle = new Map<number, IdleWord>();
      if (!this.#counting) idle.set(0, 'fresh');
      for (const { spec, offset } of this.#members) {
        if (countsMissing(spec.state)) idle.set(offset, 'fresh');
        const sign = signOf(spec);
        if (sign >= 0) idle.set(offset + sign, 'sign');
      }
      const start = (view: DataView, struct: number): void => {
        if (!this.#counting) view.setBigInt64(struct, 1n, true);
        for (const { spec, offset } of this.#members)
          if (spec.state.form === 'fixed') spec.state.start?.(view, struct + offset);
      };
      this.#structs = new GroupStructs(this.#layout.bytes, idle, start, machine, owner);
    } catch (error) {
      this.#releaseMembers();
      throw error;
    }
  }

  #memberAt(place: StatePlace, inputs: readonly DataType[], part: Spilling | null): Member {
    const machine = this.#machine;
    const owner = this.#owner;
    const { spec } = place;
    const { state } = spec;
    return {
      ...place,
      update: state.form === 'fixed' ? kernel(machine.kernels, state.update) : null,
      merge: state.form === 'fixed' ? kernel(machine.kernels, state.merge) : null,
      texts: state.form === 'text' ? new GroupedTexts(state.which, machine, owner, part) : null,
      values: state.form === 'quantile' ? new GroupedValues(state.physical, machine, owner, part) : null,
      lists: listsOf(spec, inputs, machine, owner, part),
      counted: state.form === 'mode' ? new CountedValues(inputs[spec.args[0]!]!, machine, owner, part) : null,
      hasher: state.form === 'fixed' && state.hashes ? new RowHasher(machine, owner) : null,
      seen: spec.distinct ? new SeenValues(inputs[spec.args[0]!]!, machine, owner, part) : null,
    };
  }

  /** Groups so far. */
  get count(): number {
    const { count } = this.#structs;
    return this.#lanes > 1 ? Math.min(1, count) : count;
  }

  /** Bytes of the arena that the states take. */
  get held(): number {
    return this.#structs.held;
  }

  /** Bytes of the arena that the texts take which states point at. */
  get heldTexts(): number {
    return this.#members.reduce((sum, { texts }) => sum + (texts?.held ?? 0), 0);
  }

  /** Bytes of the arena that the states of `count` groups take at most. */
  bytesFor(count: number): number {
    return this.#structs.bytesFor(count);
  }

  /** Makes room for `count` groups; false if the arena has none. */
  tryReserve(count: number): boolean {
    return this.#structs.tryReserve(count);
  }

  /**
   * Adds `length` rows; `groups` is the address of their int32 groups, all below `count`, which makes groups that
   * are new. Scratch goes to `region`.
   */
  update(groups: number, count: number, length: number, inputs: readonly Vector[], region: Region): void {
    if (length === 0) return;
    this.#added += length;
    const rows = this.#members.map(({ spec }) => this.#rowsOf(spec, inputs, length, region));
    if (rows.some(({ validity }) => validity !== 0)) this.#startCounting();
    this.#structs.include(this.#members.flatMap((member, m) => signsNeeded(member, rows[m]!)));
    this.#structs.grow(this.#lanes > 1 ? this.#lanes : count);
    if (this.#single) {
      this.#updateSingle(groups, length, rows, region);
      return;
    }
    const places = this.#structs.placesOf(groups, length, region);
    const steps = this.#members.map((member, m) => this.#step(member, groups, places, rows[m]!, region));
    const { kernels } = this.#machine;
    const { stride } = this.#structs;
    // Counting rows is as short a loop and loads the first line of each struct.
    const touching =
      this.#structs.count * stride > cachedBytes && stride <= longStruct && (!this.#counting || stride > 64);
    for (let from = 0; from < length; from += sliceRows) {
      const to = Math.min(length, from + sliceRows);
      if (touching) kernels.structs_touch(0, stride, places, from, to);
      if (this.#counting) kernels.aggregate_rows(0, places, from, to);
      for (const step of steps) step?.(from, to);
    }
  }

  /** All rows are of one group: what can be is taken at once, the rest goes round the lanes. */
  #updateSingle(groups: number, length: number, rows: readonly Rows[], region: Region): void {
    const { view } = this.#machine.arena;
    const first = this.#structs.addressOf(0);
    if (this.#counting) view.setBigInt64(first, view.getBigInt64(first, true) + BigInt(length), true);
    const left = this.#members.filter((member, m) => !this.#takeWhole(member, rows[m]!, length, region));
    if (left.length === 0) return;
    const places = this.#lanePlaces(length, region);
    const steps = left.map((member) =>
      this.#step(member, groups, places, rows[this.#members.indexOf(member)]!, region),
    );
    for (let from = 0; from < length; from += sliceRows)
      for (const step of steps) step?.(from, Math.min(length, from + sliceRows));
  }

  /** Takes all rows for the first state; false if each must be looked at. */
  #takeWhole({ spec, offset, update }: Member, rows: Rows, length: number, region: Region): boolean {
    const { state } = spec;
    if (state.form !== 'fixed' || spec.distinct || state.whole === null || rows.validity !== 0) return false;
    if (state.whole === 'nothing') return true;
    const { arena, kernels } = this.#machine;
    const at = this.#structs.fieldAt(offset);
    const first = this.#structs.addressOf(0);
    const argument = rows.args[0]!;
    if (state.whole === 'total') {
      const { name, data } = this.#adding(spec, offset, argument);
      kernel(kernels, name.replace('sum', 'total'))(first + at, data, length);
      return true;
    }
    const place = region.reserve(4);
    arena.view.setUint32(place, first, true);
    update!(at, place, 0, 1, extremeOf(argument, state.whole, length, region, kernels), 0);
    return true;
  }

  /** To be awaited, where it is not null, after each update: what is full goes to disk. */
  settle(): Promise<void> | null {
    return this.#members.some(
      ({ texts, values, lists, seen, counted }) =>
        texts?.full || values?.full || lists?.full || seen?.full || counted?.full,
    )
      ? this.#spill()
      : null;
  }

  /** After the last row, before groups from `from` on are finished: how many, of at most `most`, can be at once. */
  async prepare(from: number, most: number): Promise<number> {
    this.#joinLanes();
    const growing = this.#members.filter(
      ({ texts, values, lists, seen }) => texts ?? values ?? lists ?? seen,
    );
    let length = Math.min(most, this.#structs.adjacent(from));
    if (growing.length === 0) return length;
    if (!this.#closed) await this.#close();
    for (let before = 0; before !== length; ) {
      before = length;
      for (const { texts, values, lists } of growing) {
        if (texts !== null) length = await texts.fitting(from, length);
        if (values !== null) length = await values.fitting(from, length);
        if (lists !== null) length = await lists.fitting(from, length);
      }
    }
    for (const { texts, values, lists, offset } of growing) {
      texts?.load(from, length, this.#textStates(offset));
      values?.load(from, length);
      lists?.load(from, length);
    }
    return length;
  }

  async #close(): Promise<void> {
    for (const member of this.#members) {
      const { seen, counted, texts, values, lists, offset } = member;
      await counted?.drain((groups, values, counts, length, region) => {
        lists!.append(groups.data, [values, counts, values], length, 0, region);
        return this.settle();
      });
      await seen?.drain((groups, fresh, count, region) => {
        this.#addSeen(member, groups, fresh, count, region);
        return this.settle();
      });
      await texts?.close(this.#textStates(offset));
      await values?.close(this.#structs.count);
      await lists?.close(this.#structs.count);
    }
    this.#closed = true;
  }

  async #spill(): Promise<void> {
    for (const { seen, counted, texts, values, lists, offset } of this.#members) {
      if (counted?.full) await counted.spill();
      if (seen?.full) await seen.spill();
      if (texts?.full) await texts.spill(this.#textStates(offset));
      if (values?.full) await values.spill(this.#structs.count);
      if (lists?.full) await lists.spill(this.#structs.count);
    }
  }

  #textStates(offset: number): TextStates {
    return { at: this.#structs.fieldAt(offset), structs: this.#structs };
  }

  /** Makes groups up to `count`, to which no row need belong. */
  growEmpty(count: number): void {
    if (count <= this.count) return;
    this.#startCounting();
    this.#structs.grow(count);
  }

  /**
   * Adds what `other`, over later rows, knows; its group g is `groups[g]` (address of int32s) here. `count` makes
   * groups that are new.
   */
  merge(other: AggregateStates, groups: number, count: number, region: Region): void {
    const structs = this.#structs;
    const others = other.#structs;
    for (const states of [this, other]) {
      states.#joinLanes();
      states.#structs.include();
    }
    if (other.#counting) this.#startCounting();
    this.#added += other.#added;
    structs.grow(count);
    for (const { address, from, length } of others.spans(0, others.count)) {
      const places = structs.placesOf(groups + from * 4, length, region);
      for (const { offset, merge, spec, seen } of this.#members)
        if (
          merge !== null &&
          seen === null &&
          merge(offset, places, address + offset, others.stride, length) > 0
        )
          throw overflow(spec);
      this.#machine.kernels.count_merge(0, places, address, others.stride, length);
    }
    this.#members.forEach((member, m) => {
      const twin = other.#members[m]!;
      const { offset, texts, values, lists, seen, counted } = member;
      if (counted !== null) counted.merge(twin.counted!, groups, region);
      else if (seen !== null) this.#mergeDistinct(member, twin, groups, region);
      else if (texts !== null)
        texts.merge(this.#textStates(offset), twin.texts!, other.#textStates(offset), groups, region);
      else if (values !== null) values.merge(twin.values!, groups);
      else if (lists !== null) lists.merge(twin.lists!, groups, region);
    });
  }

  /**
   * The results of spec `index` for groups [from, from + length), which `prepare` was asked for where anything was put
   * to disk. Nothing may be added after the first call.
   */
  finish(index: number, from: number, length: number, region: Region): Vector {
    this.#joinLanes();
    if (!this.#closed)
      for (const { values, lists, counted } of this.#members) {
        for (const [groups, ...counts] of counted?.held(region) ?? [])
          lists!.append(groups.data, [...counts, counts[0]], groups.length, 0, region);
        (values ?? lists)?.gather(this.#structs.count);
      }
    this.#closed = true;
    const spec = this.#specs[index]!;
    const { rows, offset, texts, values, lists } = this.#members[this.#layout.placeOf[index]!]!;
    const { state, result } = spec;
    if (state.form === 'quantile') return values!.finish(state, result, from, length, spec.parameter, region);
    if (lists !== null) return lists.finish(result, from, length, region);
    const { address: structs, stride } = this.#structs.full(from, length);
    if (texts !== null) return texts.finish(structs + offset, stride, length, region);
    if (state.form !== 'fixed') throw new Error('bug: a state of unknown form');
    const validity = region.reserveZeroed(bitmapBytes(length));
    const bits = physicalOf(result) === 'bit';
    const data = bits ? region.reserveZeroed(bitmapBytes(length)) : region.reserve(length * widthOf(result));
    const finish = kernel(this.#machine.kernels, state.finish);
    const failed = finish(
      ...[structs + rows, structs + offset, stride, length, data, validity, state.parameter],
    );
    if (failed >= 0) throw overflow(spec);
    return fixedVector(result, length, data, state.finish === 'count_finish' ? 0 : validity);
  }

  /**
   * The states of groups [from, from + length), which `prepare` was asked for, as columns (state-columns.ts). Nothing may
   * be added after the first call.
   */
  columns(from: number, length: number, region: Region): Vector[] {
    this.#joinLanes();
    const { kernels } = this.#machine;
    const { address, stride } = this.#structs.full(from, length);
    const { places } = this.#layout;
    const words = wordColumns(
      [0, ...places.flatMap(wordsOf)],
      ...([address, stride, length, region, kernels] as const),
    );
    const rest = words.slice(1);
    const states = this.#members.flatMap((member) => {
      if (member.texts === null) return rest.splice(0, wordsOf(member).length);
      const at = address + member.offset;
      const texts = member.texts.finish(at, stride, length, region);
      return tellsFound(member.spec) ? [foundColumn(at, stride, length, region, kernels), texts] : [texts];
    });
    return [words[0]!, ...states];
  }

  /**
   * Adds `length` rows of states, each over later rows than those before, as `columns` gave them; `groups` is the
   * address of their int32 groups, all below `count`, which makes groups that are new. Scratch goes to `region`.
   */
  mergeColumns(
    groups: number,
    count: number,
    length: number,
    columns: readonly Vector[],
    region: Region,
  ): void {
    if (length === 0) return;
    this.#joinLanes();
    this.#startCounting();
    const structs = this.#structs;
    structs.grow(count);
    const { kernels } = this.#machine;
    const { stride } = structs;
    const places = structs.placesOf(groups, length, region);
    const { rows, placed } = placedColumns(this.#layout, columns);
    const touching = structs.count * stride > cachedBytes && stride <= longStruct;
    const slice = structsAtOnce(stride);
    const scratch = region.reserve(Math.min(slice, length) * stride);
    for (let from = 0; from < length; from += slice) {
      const size = Math.min(slice, length - from);
      const to = places + from * 4;
      if (touching) kernels.structs_touch(0, stride, places, from, from + size);
      putWords(rows, from, size, scratch, stride, kernels);
      kernels.count_merge(0, to, scratch, stride, size);
      this.#members.forEach((member, m) => {
        if (member.merge === null) return;
        const own = placed[m]!.columns;
        wordsOf(member).forEach((offset, w) => {
          putWords(own[w]!, from, size, scratch + offset, stride, kernels);
        });
        const { offset, spec } = member;
        if (member.merge(offset, to, scratch + offset, stride, size) > 0) throw overflow(spec);
      });
    }
    this.#members.forEach(({ texts, offset, spec }, m) => {
      if (texts === null) return;
      const own = placed[m]!.columns;
      const [found, text] = tellsFound(spec) ? [own[0]!.data, own[1]!] : [0, own[0]!];
      texts.update(this.#textStates(offset), places, text, text.validity, found, region);
    });
  }

  release(): void {
    this.#releaseMembers();
    this.#structs.release();
  }

  #releaseMembers(): void {
    for (const { texts, values, lists, seen, counted, hasher } of this.#members) {
      hasher?.release();
      counted?.release();
      texts?.release();
      values?.release();
      lists?.release();
      seen?.release();
    }
  }

  /** From now on rows, and values missing, are counted; groups until now have a row, and no value was missing. */
  #startCounting(): void {
    this.#structs.include();
    this.#counting = true;
    this.#machine.arena.view.setBigInt64(this.#structs.fresh, 0n, true);
  }

  #lanePlaces(length: number, region: Region): number {
    const places = region.reserve(length * 4);
    const first = this.#structs.addressOf(0);
    this.#machine.kernels.aggregate_lanes(first, this.#lanes, this.#structs.stride, length, places);
    return places;
  }

  #joinLanes(): void {
    const structs = this.#structs;
    const others = this.#lanes > 1 ? structs.count - 1 : 0;
    this.#lanes = 1;
    if (others <= 0) return;
    structs.include();
    structs.shrink(1);
    const { stride } = structs;
    const second = structs.addressOf(0) + stride;
    const region = this.#machine.arena.region(this.#owner);
    try {
      const places = structs.placesOf(region.reserveZeroed(others * 4), others, region);
      for (const { offset, merge, spec } of this.#members)
        if (merge!(offset, places, second + offset, stride, others) > 0) throw overflow(spec);
      this.#machine.kernels.count_merge(0, places, second, stride, others);
    } finally {
      region.release();
    }
  }

  #rowsOf(spec: AggregateSpec, inputs: readonly Vector[], length: number, region: Region): Rows {
    const args = spec.args.map((arg) => inputs[arg]!);
    const filter = spec.filter < 0 ? 0 : this.#trueBits(inputs[spec.filter]!, region);
    const apart = filtersApart(spec.state);
    let validity = apart ? 0 : filter;
    if (spec.state.form === 'list') {
      let known = filter;
      for (const arg of args.slice(0, spec.state.known))
        known = this.#both(known, this.#validityOf(arg, region), length, region);
      return { args, validity: 0, filter: known };
    }
    for (const arg of args) validity = this.#both(validity, this.#validityOf(arg, region), length, region);
    if (validity === 0 && this.#added > uncheckedRows && spec.state.form === 'fixed') {
      validity = region.reserve(bitmapBytes(length));
      this.#machine.kernels.bitmap_fill(validity, length);
    }
    return { args, validity, filter: apart ? filter : 0 };
  }

  /** What to do for one slice of rows; null where all rows are done already. */
  #step(
    member: Member,
    groups: number,
    places: number,
    rows: Rows,
    region: Region,
  ): ((from: number, to: number) => void) | null {
    const { spec, offset, texts, values, lists } = member;
    const { args, validity, filter } = rows;
    const structs = this.#structs;
    const at = structs.fieldAt(offset);
    if (spec.distinct) {
      this.#updateDistinct(member, groups, args[0]!, validity, region);
      return null;
    }
    if (texts !== null) {
      texts.update(this.#textStates(offset), places, args[0]!, validity, filter, region);
      return null;
    }
    if (values !== null) {
      values.append(groups, args[0]!, validity);
      return null;
    }
    if (member.counted !== null) {
      this.#updateCounted(member.counted, groups, args[0]!, validity, region);
      return null;
    }
    if (lists !== null) {
      lists.append(groups, args, args[0]!.length, filter, region);
      return null;
    }
    const hashed = member.hasher?.hash(args.slice(0, 1), args[0]!.length, region);
    const { name, data } = this.#adding(spec, offset, args[0]);
    const first = hashed ?? data;
    const add = kernel(this.#machine.kernels, name);
    // Whatever a kernel does not take is ignored; spread arguments would cost more than small slices do.
    const [second, third] =
      args.length > 1 ? [args[1]!.data, validity] : [validity, filtersApart(spec.state) ? filter : 0];
    return (from, to) => {
      if (add(at, places, from, to, first, second, third) > 0) throw overflow(spec);
    };
  }

  /** The kernel that takes a column, as narrow as it comes, and where its values are. */
  #adding(
    { state, distinct }: AggregateSpec,
    offset: number,
    column?: Vector,
  ): { name: string; data: number } {
    if (state.form !== 'fixed') throw new Error('bug: no kernel adds to this state');
    const narrow = state.narrow === null || column === undefined ? undefined : narrowOf(column);
    if (narrow === undefined) return { name: state.update, data: column?.data ?? 0 };
    const sign = signOf({ state, distinct });
    const small = sign >= 0 && this.#structs.lacks(offset + sign);
    return { name: `${small ? 'sum_small' : state.narrow}_${narrow.physical}`, data: narrow.data };
  }

  /** Only values that their group has not seen go on. */
  #updateDistinct(member: Member, groups: number, column: Vector, validity: number, region: Region): void {
    const machine = this.#machine;
    const { rowGroups, values, count } = this.#present(groups, column, validity, region);
    const { fresh, freshCount } = member.seen!.add([rowGroups, values], count, region);
    if (freshCount > 0) {
      const newGroups = take(rowGroups, fresh, freshCount, region, machine).data;
      this.#addSeen(member, newGroups, take(values, fresh, freshCount, region, machine), freshCount, region);
    }
  }

  #updateCounted(
    counted: CountedValues,
    groups: number,
    column: Vector,
    validity: number,
    region: Region,
  ): void {
    const { rowGroups, values, count } = this.#present(groups, column, validity, region);
    const ones = region.reserve(count * 8);
    new BigInt64Array(this.#machine.arena.buffer, ones, count).fill(1n);
    counted.add([rowGroups, values, fixedVector(int64, count, ones)], count, region);
  }

  /** The values that a bitmap shows, with their groups. */
  #present(
    groups: number,
    column: Vector,
    validity: number,
    region: Region,
  ): { rowGroups: Vector; values: Vector; count: number } {
    const { length } = column;
    const rowGroups = fixedVector(int32, length, groups);
    const values: Vector = { ...column, validity: 0 };
    if (validity === 0) return { rowGroups, values, count: length };
    const machine = this.#machine;
    const rows = region.reserve((length + 1) * 4);
    const count = machine.kernels.aggregate_select(validity, length, rows);
    return {
      rowGroups: take(rowGroups, rows, count, region, machine),
      values: take(values, rows, count, region, machine),
      count,
    };
  }

  /** Adds values that their groups had not seen. */
  #addSeen(member: Member, groups: number, values: Vector, count: number, region: Region): void {
    const structs = this.#structs;
    const places = structs.placesOf(groups, count, region);
    this.#machine.kernels.aggregate_rows(structs.fieldAt(member.rows), places, 0, count);
    if (member.values !== null) member.values.append(groups, values, 0);
    else if (member.update!(structs.fieldAt(member.offset), places, 0, count, values.data, 0) > 0)
      throw overflow(member.spec);
  }

  /** What the other has seen is added like rows; its states are not needed. */
  #mergeDistinct(member: Member, twin: Member, groups: number, region: Region): void {
    const theirs = twin.seen!.table;
    for (let from = 0; from < theirs.count; from += seenRows) {
      const length = Math.min(seenRows, theirs.count - from);
      const [theirGroups, values] = theirs.columns(from, length, region) as [Vector, Vector];
      const map = fixedVector(int32, 0, groups);
      const mapped = take(map, theirGroups.data, length, region, this.#machine);
      this.#updateDistinct(member, mapped.data, values, 0, region);
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

/** Where rows, or what was counted, are kept. */
function listsOf(
  { state, args }: AggregateSpec,
  inputs: readonly DataType[],
  machine: Machine,
  owner: string,
  spilling: Spilling | null,
): GroupedLists | null {
  const types = args.map((arg) => inputs[arg]!);
  if (state.form === 'list') return new GroupedLists(types, state, machine, owner, spilling);
  if (state.form !== 'mode') return null;
  const value = types[0]!;
  return new GroupedLists([value, int64, value], mostFrequent, machine, owner, spilling);
}

/** The first by count, and of those the least. */
const mostFrequent = listState('first', {
  orders: [
    { descending: true, nullsFirst: false },
    { descending: false, nullsFirst: false },
  ],
});

/** Is the result the same whatever the order in which its parts are merged? */
function lanesServe({ state, distinct }: AggregateSpec): boolean {
  return state.form === 'fixed' && !state.picks && !distinct && state.bytes <= longStruct;
}

/** Does the state begin with the number of values missing, which `update` touches only where there is a bitmap? */
function countsMissing(state: State): boolean {
  return state.form === 'fixed' && !state.picks;
}

/** The offset of the state's sign word, or -1; distinct values come as they are. */
function signOf({ state, distinct }: Pick<AggregateSpec, 'state' | 'distinct'>): number {
  return state.form === 'fixed' && !distinct ? state.sign : -1;
}

/** The sign word, where these rows need it. */
function signsNeeded({ spec, offset }: Member, { args }: Rows): number[] {
  const sign = signOf(spec);
  return sign < 0 || narrowOf(args[0]!) !== undefined ? [] : [offset + sign];
}

/** The address, in `region`, of the least or greatest value of a column without nulls. NaN is the greatest. */
function extremeOf(
  column: Vector,
  which: 'least' | 'greatest',
  length: number,
  region: Region,
  kernels: Machine['kernels'],
): number {
  const { view } = region.arena;
  const own = physicalOf(column.type);
  const { physical, data } = narrowOf(column) ?? { physical: own, data: column.data };
  const bounds = region.reserveZeroed(boundsBytes);
  const found = kernel(kernels, `range_${physical}`)(data, 0, length, bounds);
  const at = which === 'least' ? bounds : bounds + boundsBytes / 3;
  // With NaN in it a column's least is another value, as long as there is one.
  if (which === 'greatest' ? found < length : found === 0) {
    if (physical === 'f32') view.setFloat32(at, NaN, true);
    else view.setFloat64(at, NaN, true);
  }
  if (physical === own) return at;
  const wide = region.reserve(16);
  kernel(kernels, `widen_${physical}_${widthOf(column.type)}`)(at, 1, wide);
  return wide;
}

/** The least value, the greatest, and the number that are NaN. */
const boundsBytes = 48;

/** Do nulls reach the kernel, so that a filter must come apart from them? */
function filtersApart(state: State): boolean {
  return state.form === 'text' || (state.form === 'fixed' && state.picks);
}

export function overflow(spec: Pick<AggregateSpec, 'name' | 'result'>): Error {
  const wider = spec.result.kind === 'decimal' ? 'double' : 'double or decimal(38,0)';
  return dataError(
    `"${spec.name}" overflows: its sum does not fit ${spec.result.kind === 'decimal' ? '38 digits' : 'int64'}; cast the argument to ${wider}`,
    { column: spec.name },
  );
}
