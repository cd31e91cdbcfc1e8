/** Reads columns of a chunk into the arena, and verifies what it read. */
import type { DataType } from '../lib/arrow/types.js';
import { dataError } from '../lib/errors.js';
import type { Region } from '../lib/memory/arena.js';
import type { ByteSource } from './bytes.js';
import { ChunkIndex, type IndexedDictionary, padded, type Slot, slotBytes } from './chunk-index.js';
import type { ChunkLocation } from './chunk-writer.js';
import type { StoredColumn } from './lay-out.js';
import { checksumOf, type Workspace } from './workspace.js';

export class ChunkReader {
  readonly index: ChunkIndex;
  readonly #source: ByteSource;
  readonly #types: readonly DataType[];
  /** The first slot of each column. */
  readonly #firsts: readonly number[];
  readonly #workspace: Workspace;

  /** Takes over `source`, and closes it where the index is not what `location` says. */
  constructor(source: ByteSource, location: ChunkLocation, types: readonly DataType[], workspace: Workspace) {
    this.#source = source;
    this.#types = types;
    let slots = 0;
    this.#firsts = types.map((type) => {
      const first = slots;
      slots += slotsOf(type);
      return first;
    });
    this.#workspace = workspace;
    const region = workspace.arena.region('the chunk reader');
    try {
      if (source.size !== location.bytes)
        throw this.#damaged(`it has ${source.size} bytes, and should have ${location.bytes}`);
      const bytes = new Uint8Array(location.index.bytes);
      source.read(location.index.offset, bytes);
      const checksum = checksumOf(bytes, region, workspace.kernels);
      if (checksum !== location.index.checksum)
        throw this.#damaged(
          `the checksum of its index is ${hex(checksum)}, not ${hex(location.index.checksum)}`,
        );
      this.index = new ChunkIndex(bytes, slots, source.path);
    } catch (error) {
      source.close();
      throw error;
    } finally {
      region.release();
    }
  }

  /** The buffers of some columns of a batch, in `region`; `name` is for messages. */
  readBatch(
    batch: number,
    columns: readonly number[],
    region: Region,
    name: (column: number) => string,
  ): { stored: StoredColumn[]; bytes: number } {
    const rows = this.index.rows(batch);
    const slots = columns.flatMap((column) => this.#slots(batch, column));
    const { addresses, bytes } = this.#read(slots, region);
    let next = 0;
    const stored = columns.map((column) => {
      const what = (): string => `column ${name(column)} of batch ${batch + 1}`;
      const read = (type: DataType, length: number): StoredColumn => {
        const at = next++;
        const own = this.#verified(slots[at]!, addresses[at]!, length, region, what);
        if (type.kind !== 'list') return own;
        const elements = this.#workspace.arena.view.getInt32(own.offsets + length * 4, true);
        return { ...own, child: read(type.element, elements) };
      };
      return read(this.#types[column]!, rows);
    });
    return { stored, bytes };
  }

  /** What `readBatch` of a column will read. */
  bytesOf(batch: number, column: number): number {
    return this.#slots(batch, column).reduce((sum, slot) => sum + slotBytes(slot), 0);
  }

  /** What `readBatch` takes of the region. */
  heldBytes(batch: number, columns: readonly number[]): number {
    const slots = columns.flatMap((column) => this.#slots(batch, column));
    return slots.reduce((sum, slot) => sum + slotBytes(slot) + besideSlot, 0);
  }

  readDictionary(
    dictionary: IndexedDictionary,
    region: Region,
    name: string,
  ): { stored: StoredColumn; bytes: number } {
    const { addresses, bytes } = this.#read([dictionary.slot], region);
    return {
      stored: this.#verified(
        dictionary.slot,
        addresses[0]!,
        dictionary.entries,
        region,
        () => `the dictionary of ${name}`,
      ),
      bytes,
    };
  }

  close(): void {
    this.#source.close();
  }

  /** Of a column and its elements. */
  #slots(batch: number, column: number): Slot[] {
    const first = this.#firsts[column]!;
    return Array.from({ length: slotsOf(this.#types[column]!) }, (_, i) => this.index.slot(batch, first + i));
  }

  /** Slots that lie side by side are read at once. */
  #read(slots: readonly Slot[], region: Region): { addresses: number[]; bytes: number } {
    const addresses: number[] = new Array(slots.length);
    const order = slots.map((_, i) => i).sort((a, b) => slots[a]!.offset - slots[b]!.offset);
    let total = 0;
    for (let from = 0; from < order.length; ) {
      const start = slots[order[from]!]!.offset;
      let end = start;
      let to = from;
      while (to < order.length && slots[order[to]!]!.offset <= end) {
        const slot = slots[order[to++]!]!;
        end = Math.max(end, slot.offset + slotBytes(slot));
      }
      const address = region.reserve(end - start);
      if (end > start)
        this.#source.read(start, this.#workspace.arena.bytes.subarray(address, address + end - start));
      for (; from < to; from++) addresses[order[from]!] = address + slots[order[from]!]!.offset - start;
      total += end - start;
    }
    return { addresses, bytes: total };
  }

  #verified(slot: Slot, address: number, rows: number, region: Region, what: () => string): StoredColumn {
    const { arena, kernels } = this.#workspace;
    const { validityBytes, offsetsBytes, dataBytes, nulls } = slot;
    const validity = address;
    const offsets = validity + padded(validityBytes);
    const data = offsets + padded(offsetsBytes);
    const state = region.reserveZeroed(8);
    kernels.checksum_bytes(validity, validityBytes, state);
    kernels.checksum_bytes(offsets, offsetsBytes, state);
    kernels.checksum_bytes(data, dataBytes, state);
    const checksum = arena.view.getBigUint64(state, true);
    if (checksum !== slot.checksum)
      throw this.#damaged(`the checksum of ${what()} is ${hex(checksum)}, not ${hex(slot.checksum)}`);
    return { rows, nulls, validity, validityBytes, offsets, offsetsBytes, data, dataBytes };
  }

  #damaged(what: string): Error {
    const { path } = this.#source;
    return dataError(`${path} is damaged: ${what}`, { file: path });
  }
}

/** The state of its checksum, and what fills up the piece of an empty one. */
const besideSlot = 128;

const slotsOf = (type: DataType): number => (type.kind === 'list' ? 1 + slotsOf(type.element) : 1);

const hex = (checksum: bigint): string => checksum.toString(16).padStart(16, '0');
