/** Hashes of rows over some columns, by which they are partitioned and looked up. */
import type { Dictionary, Vector } from '../arrow/batch.js';
import { narrowOf } from '../arrow/narrow.js';
import { physicalOf } from '../arrow/types.js';
import { Growable, type Region } from '../memory/arena.js';
import type { Machine } from './machine.js';
import { kernel } from './wasm.js';

/** Rows with equal values have equal hashes, across batches, dictionaries and widths of integers; -0.0 is 0.0, NaN is NaN. */
export class RowHasher {
  readonly #machine: Machine;
  readonly #owner: string;
  /** For each column the hashes of its dictionary's entries. */
  readonly #entries: EntryHashes[] = [];

  constructor(machine: Machine, owner: string) {
    this.#machine = machine;
    this.#owner = owner;
  }

  /** Address of the 64-bit hash of each row, in `region`. The columns are the same in every call; without any, all rows are alike. */
  hash(columns: readonly Vector[], length: number, region: Region): number {
    const { arena, kernels } = this.#machine;
    const out = region.reserve(length * 8);
    if (columns.length === 0) arena.bytes.fill(0, out, out + length * 8);
    columns.forEach((column, i) => {
      const { data, offsets, validity, dictionary, type } = column;
      const more = i === 0 ? 0 : 1;
      if (type.kind === 'null') {
        const none = region.reserveZeroed(length);
        kernels.hash_rows_u8(none, none, length, out, more);
      } else if (dictionary !== null) {
        this.#entries[i] ??= new EntryHashes(this.#machine, this.#owner);
        kernels.hash_rows_codes(data, this.#entries[i].of(dictionary), validity, length, out, more);
      } else if (physicalOf(type) === 'text') {
        kernels.hash_rows_text(data, offsets, validity, length, out, more);
      } else {
        const values = narrowOf(column) ?? { physical: physicalOf(type), data };
        kernel(kernels, `hash_rows_${values.physical}`)(values.data, validity, length, out, more);
      }
    });
    return out;
  }

  release(): void {
    for (const entries of this.#entries) entries?.release();
    this.#entries.length = 0;
  }
}

/** The hashes of a dictionary's entries, worked out once for a dictionary that grows. */
class EntryHashes {
  readonly #machine: Machine;
  readonly #hashes: Growable;
  #lineage: object | null = null;
  #done = 0;

  constructor(machine: Machine, owner: string) {
    this.#machine = machine;
    this.#hashes = new Growable(machine.arena, owner);
  }

  of({ lineage, length, data, offsets }: Dictionary): number {
    if (lineage !== this.#lineage) this.#done = 0;
    this.#lineage = lineage;
    if (length > this.#done || this.#hashes.address === 0) {
      this.#hashes.ensure(Math.max(1, length) * 8);
      this.#machine.kernels.hash_rows_entries(data, offsets, this.#done, length, this.#hashes.address);
      this.#done = length;
    }
    return this.#hashes.address;
  }

  release(): void {
    this.#hashes.release();
  }
}
