/** Which integers the build side of a join has as a key, a bit each: rows without a partner are told before anything is done with them. */
import type { Vector } from '../arrow/batch.js';
import type { IntegerRange } from '../arrow/integer-range.js';
import { narrowOf } from '../arrow/narrow.js';
import { physicalOf } from '../arrow/types.js';
import { Growable, type Region } from '../memory/arena.js';
import type { Machine } from './machine.js';
import { kernel } from './wasm.js';

/** Of the kernels' KeySet, which the bits follow. */
const headBytes = 16;

export class KeySet {
  readonly #machine: Machine;
  readonly #memory: Growable;

  /** Of values in the range; null if it would take more than `limit` bytes. */
  static tryCreate(
    { least, most }: IntegerRange,
    limit: number,
    machine: Machine,
    owner: string,
  ): KeySet | null {
    const span = most - least + 1n;
    const bytes = headBytes + Math.floor(Number(span) / 8) + 1;
    const memory = new Growable(machine.arena, owner);
    if (bytes > limit || !memory.tryEnsure(bytes)) return null;
    machine.arena.bytes.fill(0, memory.address, memory.address + bytes);
    machine.arena.view.setBigUint64(memory.address, BigInt.asUintN(64, least), true);
    machine.arena.view.setBigUint64(memory.address + 8, span, true);
    return new KeySet(machine, memory);
  }

  private constructor(machine: Machine, memory: Growable) {
    this.#machine = machine;
    this.#memory = memory;
  }

  /** The column's values, which are all of the range, or null. */
  add(column: Vector): void {
    const { physical, data } = valuesOf(column);
    const add = kernel(this.#machine.kernels, `key_set_add_${physical}`);
    add(data, column.validity, column.length, this.#memory.address);
  }

  /** The rows whose value is in the set: the address of `count` ascending int32s in `region`. */
  select(column: Vector, region: Region): { readonly rows: number; readonly count: number } {
    const { physical, data } = valuesOf(column);
    const rows = region.reserve((column.length + 1) * 4);
    const select = kernel(this.#machine.kernels, `key_set_select_${physical}`);
    return { rows, count: select(data, column.validity, column.length, this.#memory.address, rows) };
  }

  release(): void {
    this.#memory.release();
  }
}

function valuesOf(column: Vector): { readonly physical: string; readonly data: number } {
  return narrowOf(column) ?? { physical: physicalOf(column.type), data: column.data };
}
