/** The texts that states of min, max, first, last and any_value point at; see assembly/aggregate-text.ts. */

import { bitmapBytes, textVector, type Vector } from '../arrow/batch.js';
import { utf8 } from '../arrow/types.js';
import { type Arena, Growable, type Region } from '../memory/arena.js';
import type { Machine } from './machine.js';
import { type Kernel, type Kernels, kernel } from './wasm.js';

export const textStateBytes = 16;

export class GroupedTexts {
  readonly #arena: Arena;
  readonly #kernels: Kernels;
  readonly #owner: string;
  readonly #update: Kernel;
  readonly #merge: Kernel;
  #heap: Growable;
  #used = 0;

  constructor(which: string, machine: Machine, owner: string) {
    this.#arena = machine.arena;
    this.#kernels = machine.kernels;
    this.#owner = owner;
    this.#update = kernel(machine.kernels, `text_${which}`);
    this.#merge = kernel(machine.kernels, `text_${which}_merge`);
    this.#heap = new Growable(machine.arena, owner);
  }

  /** `states` is the address of the first group's state, of `count` groups; `filter` a bitmap or 0. */
  update(
    states: number,
    stride: number,
    count: number,
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
      ...[states, places, 0, length, data, offsets, codes, validity, filter, heap, list],
    );
    this.#settle(states, stride, count, list, end);
  }

  /** Takes over the states of `otherCount` groups of later rows. */
  merge(
    states: number,
    stride: number,
    count: number,
    places: number,
    other: GroupedTexts,
    others: number,
    otherStride: number,
    otherCount: number,
    region: Region,
  ): void {
    const list = region.reserve(otherCount * 4);
    const heaps = [other.#heap.address, this.#heap.address] as const;
    const end = this.#merge(states, places, others, otherStride, otherCount, ...heaps, list);
    this.#settle(states, stride, count, list, end);
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

  release(): void {
    this.#heap.release();
    this.#used = 0;
  }

  /** Copies what the listed groups point at to the heap, which is rid of what nobody points at when it is full. */
  #settle(states: number, stride: number, count: number, list: number, end: number): void {
    const more = this.#kernels.text_pending(states, list, end);
    if (this.#used + more > this.#heap.capacity) {
      const live = this.#kernels.text_live(states, stride, count);
      if (live <= this.#used / 2) this.#compact(states, stride, count, live + more);
      else this.#heap.ensure(this.#used + more);
    }
    this.#used = this.#kernels.text_settle(states, list, end, this.#heap.address, this.#used);
  }

  #compact(states: number, stride: number, count: number, bytes: number): void {
    const old = this.#heap;
    this.#heap = new Growable(this.#arena, this.#owner);
    try {
      // Twice the need, so that the next compaction is as far away.
      this.#heap.ensure(2 * bytes);
      this.#used = this.#kernels.text_compact(states, stride, count, old.address, this.#heap.address);
    } finally {
      old.release();
    }
  }
}
