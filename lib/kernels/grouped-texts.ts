/**
 * The texts that states of min, max, first, last and any_value point at; see assembly/aggregate-text.ts.
 *
 *   rows ─▶ states ─▶ heap ─(full)─▶ what was found so far, by range of groups, to disk; states begin anew
 *                                    at the end it is added again, range by range, as if it were rows
 */

import { bitmapBytes, fixedVector, textVector, type Vector } from '../arrow/batch.js';
import { int32, utf8 } from '../arrow/types.js';
import { type Arena, Growable, type Region } from '../memory/arena.js';
import { GroupRuns } from './group-runs.js';
import type { GroupStructs } from './group-structs.js';
import type { Machine } from './machine.js';
import type { Spilling } from './runs.js';
import { take } from './take.js';
import { type Kernel, type Kernels, kernel } from './wasm.js';

export const textStateBytes = 16;

/** Groups whose texts are written at once. */
const sliceGroups = 8192;

/** Where the texts' states are: in structs, so many bytes from where each begins. It changes as words are included. */
export interface TextStates {
  readonly at: number;
  readonly structs: GroupStructs;
}

export class GroupedTexts {
  readonly #machine: Machine;
  readonly #spilling: Spilling | null;
  readonly #runs: GroupRuns | null;
  readonly #arena: Arena;
  readonly #kernels: Kernels;
  readonly #owner: string;
  readonly #update: Kernel;
  readonly #merge: Kernel;
  #heap: Growable;
  #used = 0;
  #loaded = { from: 0, length: 0 };

  /** Without `spilling` everything is held. */
  constructor(which: string, machine: Machine, owner: string, spilling: Spilling | null = null) {
    this.#machine = machine;
    this.#spilling = spilling;
    this.#runs = spilling === null ? null : new GroupRuns([utf8], spilling.machine, owner);
    this.#arena = machine.arena;
    this.#kernels = machine.kernels;
    this.#owner = owner;
    this.#update = kernel(machine.kernels, `text_${which}`);
    this.#merge = kernel(machine.kernels, `text_${which}_merge`);
    this.#heap = new Growable(machine.arena, owner);
  }

  /** Of each row the struct is at `places`; `filter` is a bitmap or 0. */
  update(
    states: TextStates,
    places: number,
    column: Vector,
    validity: number,
    filter: number,
    region: Region,
  ): void {
    const { dictionary, length } = column;
    const list = region.reserve(length * 4);
    const [data, offsets, codes] =
      dictionary === null
        ? [column.data, column.offsets, 0]
        : [dictionary.data, dictionary.offsets, column.data];
    const heap = this.#heap.address;
    const end = this.#update(
      ...[states.at, places, 0, length, data, offsets, codes, validity, filter, heap, list],
    );
    this.#settle(states, list, end);
  }

  /** Takes over the states of later rows; group g there is `groups[g]` (address of int32s) here. */
  merge(states: TextStates, other: GroupedTexts, others: TextStates, groups: number, region: Region): void {
    for (const { address, from, length } of others.structs.spans(0, others.structs.count)) {
      const list = region.reserve(length * 4);
      const places = states.structs.placesOf(groups + from * 4, length, region);
      const theirs = [address + others.at, others.structs.stride, length] as const;
      this.#settle(
        states,
        list,
        this.#merge(states.at, places, ...theirs, other.#heap.address, this.#heap.address, list),
      );
    }
  }

  /** The texts of the `length` groups whose states begin at `states`. */
  finish(states: number, stride: number, length: number, region: Region): Vector {
    const validity = region.reserveZeroed(bitmapBytes(length));
    const offsets = region.reserve((length + 1) * 4);
    const data = region.reserve(this.#kernels.text_live(states, stride, length));
    const heap = this.#heap.address;
    this.#kernels.text_finish(states, stride, length, heap, offsets, data, validity);
    return textVector(utf8, length, data, offsets, validity);
  }

  /** Is it time to call `spill`? */
  get full(): boolean {
    return this.#spilling !== null && this.#heap.capacity > this.#spilling.share;
  }

  /** Puts what was found so far to disk. */
  async spill(states: TextStates): Promise<void> {
    const runs = this.#runs!;
    const region = this.#arena.region(this.#owner);
    const { stride, count } = states.structs;
    try {
      await runs.open(count);
      for (let from = 0, length = 0; from < count; from += length) {
        region.reset();
        length = Math.min(sliceGroups, count - from, states.structs.adjacent(from));
        const at = states.structs.addressOf(from) + states.at;
        const list = region.reserve(length * 4);
        const found = this.#kernels.text_found(at, stride, length, list);
        if (found === 0) continue;
        const texts = take(this.finish(at, stride, length, region), list, found, region, this.#machine);
        const groups = region.reserve(found * 4);
        this.#kernels.regroup_shift(list, found, from, groups);
        const columns = [fixedVector(int32, found, groups), texts];
        runs.write({ length: found, columns }, count);
        this.#kernels.text_forget(at, stride, length);
      }
    } finally {
      region.release();
    }
    this.#heap.release();
    this.#used = 0;
  }

  /** After the last row. */
  async close(states: TextStates): Promise<void> {
    if (!this.#runs?.used) return;
    await this.spill(states);
    this.#runs.close();
  }

  /** How many groups from `from` on, of at most `most`, can be finished at once. */
  async fitting(from: number, most: number): Promise<number> {
    return this.#runs?.used ? await this.#runs.fitting(from, most, this.#spilling!.share / 4, 'bytes') : most;
  }

  /** Finds again, for groups [from, from + length), what was put to disk. */
  load(from: number, length: number, states: TextStates): void {
    if (!this.#runs?.used) return;
    const { structs, at } = states;
    // Nobody needs the texts of the range before any more.
    const last = this.#loaded;
    for (const span of structs.spans(last.from, last.length))
      this.#kernels.text_forget(span.address + at, structs.stride, span.length);
    this.#loaded = { from, length };
    this.#used = 0;
    const region = this.#arena.region(this.#owner);
    try {
      for (const batch of this.#runs.read(from, length)) {
        region.reset();
        const [groups, texts] = batch.columns as [Vector, Vector];
        const places = structs.placesOf(groups.data, batch.length, region);
        this.update(states, places, texts, texts.validity, 0, region);
      }
    } finally {
      region.release();
    }
  }

  release(): void {
    this.#heap.release();
    this.#used = 0;
    this.#runs?.release();
  }

  /** Copies what the listed groups point at to the heap, which is rid of what nobody points at when it is full. */
  #settle(states: TextStates, list: number, end: number): void {
    const more = this.#kernels.text_pending(states.at, list, end);
    if (this.#used + more > this.#heap.capacity) {
      const live = this.#live(states);
      if (live <= this.#used / 2) this.#compact(states, live + more);
      else this.#heap.ensure(this.#used + more);
    }
    this.#used = this.#kernels.text_settle(states.at, list, end, this.#heap.address, this.#used);
  }

  #live({ at, structs }: TextStates): number {
    let bytes = 0;
    for (const { address, length } of structs.spans(0, structs.count))
      bytes += this.#kernels.text_live(address + at, structs.stride, length);
    return bytes;
  }

  #compact({ at, structs }: TextStates, bytes: number): void {
    const old = this.#heap;
    this.#heap = new Growable(this.#arena, this.#owner);
    try {
      // Twice the need, so that the next compaction is as far away.
      this.#heap.ensure(2 * bytes);
      const heaps = [old.address, this.#heap.address] as const;
      this.#used = 0;
      for (const { address, length } of structs.spans(0, structs.count))
        this.#used = this.#kernels.text_compact(address + at, structs.stride, length, ...heaps, this.#used);
    } finally {
      old.release();
    }
  }
}
