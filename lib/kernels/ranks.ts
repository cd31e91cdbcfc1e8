/** The places that the entries of dictionaries have in their order, by which codes compare as numbers. Kept until a dictionary grows. */
import { type Dictionary, textVector } from '../arrow/batch.js';
import { utf8 } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import { ChunkTable, maxChunkRows } from './chunk-table.js';
import type { Machine } from './machine.js';
import { orderRows } from './row-order.js';

interface Ranked {
  readonly length: number;
  readonly region: Region;
  readonly address: number;
}

export class Ranks {
  readonly #machine: Machine;
  readonly #owner: string;
  readonly #rest: () => Promise<void>;
  /** By lineage. */
  readonly #ranked = new Map<object, Ranked>();

  /** `rest` is awaited now and then. */
  constructor(machine: Machine, owner: string, rest: () => Promise<void>) {
    this.#machine = machine;
    this.#owner = owner;
    this.#rest = rest;
  }

  /** Bytes of the arena. */
  get held(): number {
    let bytes = 0;
    for (const { region } of this.#ranked.values()) bytes += region.held;
    return bytes;
  }

  /** Address of the rank of each entry, uint32s; 0 if memory does not suffice. Valid until a dictionary is given that grew. */
  async of(dictionary: Dictionary): Promise<number> {
    const { lineage, length } = dictionary;
    const known = this.#ranked.get(lineage);
    if (known?.length === length) return known.address;
    known?.region.release();
    this.#ranked.delete(lineage);
    const region = this.#machine.arena.region(this.#owner);
    let address = 0;
    try {
      address = await this.#rank(dictionary, region);
      if (address !== 0) this.#ranked.set(lineage, { length, region, address });
    } finally {
      if (address === 0) region.release();
    }
    return address;
  }

  release(): void {
    for (const { region } of this.#ranked.values()) region.release();
    this.#ranked.clear();
  }

  async #rank({ length, offsets, data }: Dictionary, region: Region): Promise<number> {
    const ranks = region.tryReserve(length * 4);
    if (ranks === 0) return 0;
    const scratch = this.#machine.arena.region(this.#owner);
    const chunks = new ChunkTable([utf8], this.#machine, this.#owner);
    try {
      let count = 0;
      for (let start = 0; start < length; start += maxChunkRows) {
        const rows = Math.min(maxChunkRows, length - start);
        const texts = textVector(utf8, rows, data, offsets + start * 4);
        chunks.set(count++, { length: rows, columns: [texts] });
      }
      const key = { column: 0, descending: false, nullsFirst: false };
      const order = await orderRows(
        chunks,
        0,
        count,
        [utf8],
        [key],
        this,
        scratch,
        this.#machine,
        this.#rest,
      );
      if (order === null) return 0;
      const rows = scratch.tryReserve(maxChunkRows * 4);
      if (rows === 0) return 0;
      for (let start = 0; start < length; start += maxChunkRows) {
        const n = Math.min(maxChunkRows, length - start);
        order.rows(start, n, rows);
        this.#machine.kernels.take_scatter(rows, n, start, ranks);
      }
      return ranks;
    } finally {
      scratch.release();
      chunks.release();
    }
  }
}
