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
  readonly #workspace: Workspace;

  /** `index` is that of the file; `source` is closed with the reader. */
  constructor(source: ByteSource, index: ChunkIndex, types: readonly DataType[], workspace: Workspace) {
    this.#source = source;
    this.index = index;
    this.#types = types;
    this.#workspace = workspace;
  }

  /** The buffers of some columns of a batch, in `region`; `name` is for messages. */
  readBatch(
    batch: number,
    columns: readonly number[],
    region: Region,
    name: (column: number) => string,
  ): { stored: StoredColumn[]; bytes: number } {
    const rows = this.index.rows(batch);
    const slots = columns.flatMap((column) => this.index.slots(batch, column));
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
      throw damaged(this.#source, `the checksum of ${what()} is ${hex(checksum)}, not ${hex(slot.checksum)}`);
    return { rows, nulls, validity, validityBytes, offsets, offsetsBytes, data, dataBytes };
  }
}

/** Reads where everything is in a chunk file, which must be the one that `location` tells of. */
export function readIndex(
  source: ByteSource,
  location: ChunkLocation,
  types: readonly DataType[],
  { arena, kernels }: Workspace,
): ChunkIndex {
  const bytes = new Uint8Array(location.index.bytes);
  source.read(location.index.offset, bytes);
  const region = arena.region('the chunk reader');
  try {
    const checksum = checksumOf(bytes, region, kernels);
    if (checksum !== location.index.checksum)
      throw damaged(
        source,
        `the checksum of its index is ${hex(checksum)}, not ${hex(location.index.checksum)}`,
      );
  } finally {
    region.release();
  }
  return new ChunkIndex(bytes, types, source.path);
}

/** Refuses a file that has not the length of the one that `location` tells of. */
export function checkLength(source: ByteSource, { bytes }: ChunkLocation): void {
  if (source.size !== bytes) throw damaged(source, `it has ${source.size} bytes, and should have ${bytes}`);
}

function damaged({ path }: ByteSource, what: string): Error {
  return dataError(`${path} is damaged: ${what}`, { file: path });
}

/** The state of a slot's checksum, and what fills up the piece of an empty one. */
const besideSlot = 128;

/** What `readBatch` takes of the region. */
export function heldBytes(index: ChunkIndex, batch: number, columns: readonly number[]): number {
  const slots = columns.flatMap((column) => index.slotBytes(batch, column));
  return slots.reduce((sum, bytes) => sum + bytes + besideSlot, 0);
}

const hex = (checksum: bigint): string => checksum.toString(16).padStart(16, '0');
