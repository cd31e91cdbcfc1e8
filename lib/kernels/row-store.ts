/**
 * Batches held in chunks of the arena, to be read in another order. Nothing that is held moves or is copied again:
 * integers and codes are stored in the narrowest width that holds a chunk's, text that comes coded stays coded over
 * dictionaries that the store is given, for as long as these are small.
 */
import { type Batch, bitmapBytes, type Dictionary, type Vector } from '../arrow/batch.js';
import { codeRange, narrowestFor } from '../arrow/integer-range.js';
import { lateVector, narrowOf } from '../arrow/narrow.js';
import { type DataType, familyOf, int32, type Physical, physicalOf, widthOf } from '../arrow/types.js';
import { SpillwayError } from '../errors.js';
import type { Region } from '../memory/arena.js';
import { ChunkTable, chunkBits, maxChunks } from './chunk-table.js';
import type { Dictionaries } from './dictionaries.js';
import type { Interner } from './interner.js';
import type { Machine } from './machine.js';
import { observedRange } from './observed-range.js';
import { decoded, take } from './take.js';
import { kernel } from './wasm.js';

/** A column of a chunk; where it is narrower than its type, `narrow` tells how. */
interface Held {
  readonly vector: Vector;
  readonly narrow: Physical | null;
}

interface Chunk {
  readonly length: number;
  readonly columns: readonly Held[];
  /** By column, what its codes are of. */
  readonly coders: readonly (Interner | null)[];
}

/** Batches of fewer rows are gathered into larger chunks: so many of them at most, or so many rows. */
const smallBatch = 2048;
const mostSmall = 4096;
const gatheredRows = 16384;

/** The part of the share that small batches wait in. */
const waitingPart = 1 / 8;

export class RowStore {
  readonly #types: readonly DataType[];
  readonly #machine: Machine;
  readonly #owner: string;
  readonly #waitingBytes: number;
  readonly #dictionaries: Dictionaries;
  readonly #region: Region;
  /** Of the small batches, which are the last chunks. */
  readonly #waiting: Region;
  readonly #scratch: Region;
  readonly #table: ChunkTable;
  readonly #chunks: Chunk[] = [];
  #small = 0;
  #smallRows = 0;
  #length = 0;
  #tabled = false;

  /** `share` is what the rows should take in all; how much they do take, beside the dictionaries, `held` tells. */
  constructor(
    types: readonly DataType[],
    dictionaries: Dictionaries,
    machine: Machine,
    owner: string,
    share: number,
  ) {
    this.#types = types;
    this.#machine = machine;
    this.#owner = owner;
    this.#waitingBytes = share * waitingPart;
    this.#dictionaries = dictionaries;
    this.#region = machine.arena.region(owner);
    this.#waiting = machine.arena.region(owner);
    this.#scratch = machine.arena.region(owner);
    this.#table = new ChunkTable(types, machine, owner);
  }

  get length(): number {
    return this.#length;
  }

  get chunks(): number {
    return this.#chunks.length;
  }

  rowsOf(chunk: number): number {
    return this.#chunks[chunk]!.length;
  }

  /** Bytes of the arena that the rows take. */
  get held(): number {
    return this.#region.held + this.#waiting.held;
  }

  /** Holds a copy of a batch of at most 65536 rows; false, and nothing is held of it, if memory does not suffice. */
  tryAppend(batch: Batch): boolean {
    const { length } = batch;
    if (length === 0) return true;
    const small = length < smallBatch;
    const full =
      this.#small === mostSmall || this.#smallRows >= gatheredRows || this.#waiting.held > this.#waitingBytes;
    if (this.#small > 0 && (!small || full) && !this.#gatherSmall()) return false;
    if (this.#chunks.length === maxChunks || !this.#table.tryEnsure(this.#chunks.length + 1)) return false;
    const chunk = this.#chunk(batch, small ? this.#waiting : this.#region);
    if (chunk === null) return false;
    this.#chunks.push(chunk);
    if (small) this.#small++;
    if (small) this.#smallRows += length;
    this.#length += length;
    this.#tabled = false;
    return true;
  }

  /** The rows as they are now; holds until the next append. */
  table(): ChunkTable {
    if (this.#tabled) return this.#table;
    this.#table.clear();
    this.#chunks.forEach((chunk, i) => {
      this.#table.set(i, asBatch(chunk));
    });
    this.#tabled = true;
    return this.#table;
  }

  /** Forgets the rows, and gives their memory back. */
  clear(): void {
    this.#region.release();
    this.#waiting.release();
    this.#scratch.release();
    this.#table.clear();
    this.#chunks.length = 0;
    this.#small = 0;
    this.#smallRows = 0;
    this.#length = 0;
    this.#tabled = false;
  }

  release(): void {
    this.clear();
    this.#table.release();
  }

  /** Makes one chunk of the small ones; false if memory does not suffice. */
  #gatherSmall(): boolean {
    const { kernels } = this.#machine;
    const first = this.#chunks.length - this.#small;
    const region = this.#machine.arena.region(this.#owner);
    const table = new ChunkTable(this.#types, this.#machine, this.#owner);
    try {
      const rows = region.reserve(this.#smallRows * 4);
      let at = rows;
      for (let i = 0; i < this.#small; i++) {
        const chunk = this.#chunks[first + i]!;
        table.set(i, asBatch(chunk));
        kernels.take_sequence(at, i << chunkBits, chunk.length);
        at += chunk.length * 4;
      }
      const chunk = this.#chunk(table.gather(rows, this.#smallRows, region), this.#region);
      if (chunk === null) return false;
      this.#chunks.splice(first, this.#small, chunk);
    } catch (error) {
      if (isMemoryError(error)) return false;
      throw error;
    } finally {
      region.release();
      table.release();
    }
    this.#waiting.reset();
    this.#small = 0;
    this.#smallRows = 0;
    return true;
  }

  /** A copy of the batch in `region`; null if memory does not suffice. */
  #chunk(batch: Batch, region: Region): Chunk | null {
    const columns: Held[] = [];
    const coders: (Interner | null)[] = [];
    try {
      for (let i = 0; i < batch.columns.length; i++) {
        const held = this.#hold(batch.columns[i]!, i, region);
        if (held === null) return null;
        columns.push(held);
        coders.push(held.vector.dictionary === null ? null : this.#dictionaries.all[i]!);
      }
    } finally {
      this.#scratch.reset();
    }
    return { length: batch.length, columns, coders };
  }

  /** The column in the store; null if memory does not suffice. */
  #hold(column: Vector, index: number, region: Region): Held | null {
    const { arena, kernels } = this.#machine;
    const { length } = column;
    const type = this.#types[index]!;
    if (physicalOf(type) === 'list') return this.#holdLists(column, region);
    let validity = 0;
    if (column.validity !== 0 && kernels.bitmap_count(column.validity, length) < length) {
      validity = region.tryReserve(bitmapBytes(length) + 8);
      if (validity === 0) return null;
      arena.bytes.copyWithin(validity, column.validity, column.validity + bitmapBytes(length));
    }
    const own = physicalOf(type);
    if (own === 'text') {
      const coded = this.#dictionaries.coded(column, index, this.#scratch);
      return coded === null
        ? this.#holdText(column, type, validity, region)
        : this.#holdIntegers(coded, type, validity, region);
    }
    if (familyOf(type) === 'integer') return this.#holdIntegers(column, type, validity, region);
    const bytes = own === 'bit' ? bitmapBytes(length) : length * widthOf(type);
    const data = region.tryReserve(bytes + 8);
    if (data === 0) return null;
    arena.bytes.copyWithin(data, column.data, column.data + bytes);
    return { vector: { type, length, validity, data, offsets: 0, dictionary: null }, narrow: null };
  }

  /** Integers, or the codes of a coded column. */
  #holdIntegers(column: Vector, type: DataType, validity: number, region: Region): Held | null {
    const { arena, kernels } = this.#machine;
    const { length, dictionary } = column;
    const width = dictionary === null ? widthOf(type) : 4;
    const given = narrowOf(column);
    const narrow = given?.physical ?? this.#narrowest(column, width);
    const to = narrow === null ? width : Number(narrow.slice(1)) / 8;
    const data = region.tryReserve(length * to + 8);
    if (data === 0) return null;
    if (given !== undefined || to === width) {
      const from = given?.data ?? column.data;
      arena.bytes.copyWithin(data, from, from + length * to);
    } else {
      kernel(kernels, `narrow_${width}_${to}`)(column.data, length, data);
    }
    return { vector: { type, length, validity, data, offsets: 0, dictionary }, narrow };
  }

  /** The narrowest integer for the values or codes; null for as they are. */
  #narrowest(column: Vector, width: number): Physical | null {
    if (width === 1) return null;
    const coded = column.dictionary;
    const widest = coded === null ? column.type : int32;
    try {
      const range =
        coded === null ? observedRange(column, this.#scratch, this.#machine) : codeRange(coded.length);
      const type = range === null ? widest : narrowestFor([range], widest);
      return type === widest ? null : physicalOf(type);
    } catch (error) {
      if (isMemoryError(error)) return null;
      throw error;
    }
  }

  /** Lists with elements that are not coded. */
  #holdLists(column: Vector, region: Region): Held | null {
    try {
      const rows = this.#scratch.reserve(column.length * 4);
      this.#machine.kernels.take_sequence(rows, 0, column.length);
      const plain = decoded(column, this.#scratch, this.#machine);
      return { vector: take(plain, rows, column.length, region, this.#machine), narrow: null };
    } catch (error) {
      if (isMemoryError(error)) return null;
      throw error;
    }
  }

  #holdText(column: Vector, type: DataType, validity: number, region: Region): Held | null {
    const { arena, kernels } = this.#machine;
    const { length, dictionary } = column;
    const codes = dictionary === null ? 0 : column.data;
    const entries = dictionary?.offsets ?? column.offsets;
    const bytes = kernels.text_bytes(entries, codes, column.validity, length);
    if (bytes < 0) return null;
    const data = region.tryReserve(bytes + 16);
    const offsets = data === 0 ? 0 : region.tryReserve((length + 1) * 4);
    if (offsets === 0) return null;
    arena.view.setInt32(offsets, 0, true);
    kernels.text_append(
      data,
      offsets,
      dictionary?.data ?? column.data,
      entries,
      codes,
      column.validity,
      length,
    );
    return { vector: { type, length, validity, data, offsets, dictionary: null }, narrow: null };
  }
}

const isMemoryError = (error: unknown): boolean => error instanceof SpillwayError && error.code === 'memory';

/** Codes are over what their dictionary has grown to. */
function asBatch({ length, columns, coders }: Chunk): Batch {
  return { length, columns: columns.map((held, i) => asVector(held, coders[i]?.dictionary() ?? null)) };
}

function asVector({ vector, narrow }: Held, dictionary: Dictionary | null): Vector {
  if (narrow === null) return dictionary === null ? vector : { ...vector, dictionary };
  const never = (): number => {
    throw new Error('bug: a held column is read by gathering only');
  };
  return lateVector(
    vector.type,
    vector.length,
    { physical: narrow, data: vector.data },
    never,
    vector.validity,
    dictionary,
  );
}
