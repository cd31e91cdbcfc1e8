/**
 * Where everything is in a chunk file. Arrow's own metadata tells it too, but not how to know that what was
 * read is what was written, and it takes a parser. Little endian:
 *
 *   header      "SPIX", slots a batch, batches, dictionaries    4 x uint32
 *   batches     rows, zero, then the slots                      2 x uint32 + 32 bytes each
 *   dictionaries  column, entries, then a slot                  2 x uint32 + 32 bytes
 *   slot        file offset (float64); bytes of the validity, offsets and data buffers, nulls (uint32);
 *               XXH64 over the three buffers, chained (uint64)
 *
 * The buffers of a slot follow each other in the file, each padded to 64 bytes. A batch has a slot for each column,
 * and behind that of a column of lists one for the elements.
 */
import type { DataType } from '../lib/arrow/types.js';
import { dataError } from '../lib/errors.js';

/** The buffers in one batch of a column or of its elements, or a dictionary's. */
export interface Slot {
  /** Position in the file of the first buffer. */
  readonly offset: number;
  readonly validityBytes: number;
  readonly offsetsBytes: number;
  readonly dataBytes: number;
  readonly nulls: number;
  readonly checksum: bigint;
}

export const padded = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Bytes the slot takes in the file, padding included. */
export const slotBytes = (slot: Slot): number =>
  padded(slot.validityBytes) + padded(slot.offsetsBytes) + padded(slot.dataBytes);

export interface IndexedBatch {
  readonly rows: number;
  readonly slots: readonly Slot[];
}

export interface IndexedDictionary {
  readonly column: number;
  readonly entries: number;
  readonly slot: Slot;
}

const mark = 0x58495053;
const headerBytes = 16;
const slotSize = 32;

export function encodeIndex(
  slots: number,
  batches: readonly IndexedBatch[],
  dictionaries: readonly IndexedDictionary[],
): Uint8Array {
  const batchSize = 8 + slots * slotSize;
  const bytes = new Uint8Array(
    headerBytes + batches.length * batchSize + dictionaries.length * (8 + slotSize),
  );
  const view = new DataView(bytes.buffer);
  [mark, slots, batches.length, dictionaries.length].forEach((word, i) => view.setUint32(i * 4, word, true));
  let at = headerBytes;
  for (const batch of batches) {
    view.setUint32(at, batch.rows, true);
    batch.slots.forEach((slot, i) => putSlot(view, at + 8 + i * slotSize, slot));
    at += batchSize;
  }
  for (const dictionary of dictionaries) {
    view.setUint32(at, dictionary.column, true);
    view.setUint32(at + 4, dictionary.entries, true);
    putSlot(view, at + 8, dictionary.slot);
    at += 8 + slotSize;
  }
  return bytes;
}

/** Slots of a column and its elements. */
const slotsOf = (type: DataType): number => (type.kind === 'list' ? 1 + slotsOf(type.element) : 1);

/** A chunk's index as it lies in the file; slots are decoded when asked for. */
export class ChunkIndex {
  readonly batches: number;
  /** Bytes that it takes. */
  readonly bytes: number;
  readonly #view: DataView;
  readonly #types: readonly DataType[];
  /** The first slot of each column. */
  readonly #firsts: readonly number[];
  readonly #slots: number;
  readonly #dictionaries: number;

  /** `bytes` have been verified by their checksum. */
  constructor(bytes: Uint8Array, types: readonly DataType[], path: string) {
    this.bytes = bytes.length;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#types = types;
    let slots = 0;
    this.#firsts = types.map((type) => {
      const first = slots;
      slots += slotsOf(type);
      return first;
    });
    this.#slots = slots;
    const words = [0, 4, 8, 12].map((at) =>
      bytes.length < headerBytes ? 0 : this.#view.getUint32(at, true),
    );
    this.batches = words[2]!;
    this.#dictionaries = words[3]!;
    const size = headerBytes + this.batches * (8 + slots * slotSize) + this.#dictionaries * (8 + slotSize);
    if (words[0] !== mark || words[1] !== slots || size !== bytes.length)
      throw dataError(`${path} is damaged: its index is not that of its columns`, { file: path });
  }

  rows(batch: number): number {
    return this.#view.getUint32(this.#batchAt(batch), true);
  }

  /** Of a column and its elements. */
  slots(batch: number, column: number): Slot[] {
    return this.#slotsAt(batch, column).map((at) => getSlot(this.#view, at));
  }

  /** What each of these slots takes in the file: asked for far more often than the slots. */
  slotBytes(batch: number, column: number): number[] {
    return this.#slotsAt(batch, column).map((at) => {
      const buffer = (i: number): number => padded(this.#view.getUint32(at + 8 + i * 4, true));
      return buffer(0) + buffer(1) + buffer(2);
    });
  }

  dictionary(column: number): IndexedDictionary | null {
    for (let i = 0; i < this.#dictionaries; i++) {
      const at = this.#batchAt(this.batches) + i * (8 + slotSize);
      if (this.#view.getUint32(at, true) === column)
        return { column, entries: this.#view.getUint32(at + 4, true), slot: getSlot(this.#view, at + 8) };
    }
    return null;
  }

  #slotsAt(batch: number, column: number): number[] {
    const first = this.#batchAt(batch) + 8 + this.#firsts[column]! * slotSize;
    return Array.from({ length: slotsOf(this.#types[column]!) }, (_, i) => first + i * slotSize);
  }

  #batchAt(batch: number): number {
    return headerBytes + batch * (8 + this.#slots * slotSize);
  }
}

function putSlot(view: DataView, at: number, slot: Slot): void {
  view.setFloat64(at, slot.offset, true);
  view.setUint32(at + 8, slot.validityBytes, true);
  view.setUint32(at + 12, slot.offsetsBytes, true);
  view.setUint32(at + 16, slot.dataBytes, true);
  view.setUint32(at + 20, slot.nulls, true);
  view.setBigUint64(at + 24, slot.checksum, true);
}

function getSlot(view: DataView, at: number): Slot {
  return {
    offset: view.getFloat64(at, true),
    validityBytes: view.getUint32(at + 8, true),
    offsetsBytes: view.getUint32(at + 12, true),
    dataBytes: view.getUint32(at + 16, true),
    nulls: view.getUint32(at + 20, true),
    checksum: view.getBigUint64(at + 24, true),
  };
}
