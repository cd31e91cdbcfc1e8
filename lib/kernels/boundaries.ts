/** Where runs of equal rows begin, in batches of sorted rows. */
import { type Batch, bitmapBytes, type Vector } from '../arrow/batch.js';
import { physicalOf, widthOf } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import type { Machine } from './machine.js';
import { sliceBatch } from './slice.js';
import { encodeSortKeys } from './sort-keys.js';
import { type Kernels, kernel } from './wasm.js';

/** Remembers the last row, so that a run goes on from batch to batch. */
export class Boundaries {
  readonly #machine: Machine;
  readonly #last: Region;
  #key = 0;
  #bytes = -1;

  constructor(machine: Machine, owner: string) {
    this.#machine = machine;
    this.#last = machine.arena.region(owner);
  }

  /** Sets the bits of the rows that differ from the row before in any of the columns, and that of the very first row. */
  mark(columns: readonly Vector[], length: number, bits: number, region: Region): void {
    const { arena, kernels } = this.#machine;
    if (length === 0) return;
    for (const column of columns) markChanges(column, bits, kernels);
    const first = this.#encode({ length, columns }, 0, region);
    const same = this.#bytes === first.bytes && equal(arena.bytes, this.#key, first.data, first.bytes);
    if (!same) arena.bytes[bits]! |= 1;
    const last = this.#encode({ length, columns }, length - 1, region);
    this.#last.reset();
    this.#key = this.#last.reserve(last.bytes);
    this.#bytes = last.bytes;
    arena.bytes.copyWithin(this.#key, last.data, last.data + last.bytes);
  }

  release(): void {
    this.#last.release();
  }

  #encode(batch: Batch, row: number, region: Region): { readonly data: number; readonly bytes: number } {
    const { kernels } = this.#machine;
    const { columns } = sliceBatch(batch, row, 1, region, kernels);
    const order = columns.map(() => ({ descending: false, nullsFirst: false }));
    return encodeSortKeys(columns, order, 1, region, kernels);
  }
}

/** A bitmap of zeros for so many rows. */
export function noBits(length: number, region: Region): number {
  return region.reserveZeroed(bitmapBytes(length) + 8);
}

function markChanges(column: Vector, bits: number, kernels: Kernels): void {
  const { type, data, offsets, validity, length, dictionary } = column;
  // An untyped null's column may come without bits: all its rows are alike.
  if (type.kind === 'null') return;
  const physical = physicalOf(type);
  if (dictionary !== null) kernels.window_changes_32(data, validity, length, bits);
  else if (physical === 'text') kernels.window_changes_text(data, offsets, validity, length, bits);
  else {
    const named = physical === 'f32' || physical === 'f64' || physical === 'bit';
    const name = named ? physical : String(widthOf(type) * 8);
    kernel(kernels, `window_changes_${name}`)(data, validity, length, bits);
  }
}

function equal(bytes: Uint8Array, a: number, b: number, length: number): boolean {
  return bytes.subarray(a, a + length).every((byte, i) => byte === bytes[b + i]);
}
