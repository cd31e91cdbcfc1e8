/**
 * Batches held in chunks of the arena, to be read in another order. Nothing that is held moves or is copied again:
 * integers and codes are stored in the narrowest width that holds a chunk's, text that comes coded stays coded over
 * dictionaries that the store is given, for as long as these are small.
 *
 *   chunk   │ a b c │ a b c │ a b c ...    values and codes of fixed width, row by row: a row is one miss of the cache
 *           │ bits, bitmaps, texts, lists, column by column
 */
import { type Batch, bitmapBytes, type Dictionary, type Vector } from '../arrow/batch.js';
import { codeRange, narrowestFor, signedWidth } from '../arrow/integer-range.js';
import { lateVector, narrowOf } from '../arrow/narrow.js';
import { type DataType, familyOf, int32, type Physical, physicalOf, widthOf } from '../arrow/types.js';
import { isMemoryError } from '../errors.js';
import type { Region } from '../memory/arena.js';
import { ChunkTable, chunkBits, maxChunks } from './chunk-table.js';
import type { Dictionaries } from './dictionaries.js';
import type { Interner } from './interner.js';
import type { Machine } from './machine.js';
import { observedRange } from './observed-range.js';
import { decoded, take } from './take.js';
import { copyOverrun, textBytes } from './text-bytes.js';
import { kernel } from './wasm.js';

/** A column of a chunk. */
interface Held {
  readonly vector: Vector;
  /** How values or codes lie that are laid together; null for other columns. */
  readonly laid: { readonly physical: Physical; readonly stride: number } | null;
}

/** Values or codes of fixed width, side by side, before they are laid together. */
interface Loose {
  readonly vector: Vector;
  readonly physical: Physical;
  readonly width: number;
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

/** Rows that are laid together at a time, so that their columns meet in the caches. */
const laidRows = 2048;

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

  /** Bytes that a row takes on average. */
  get rowBytes(): number {
    return (this.#region.used + this.#waiting.used) / Math.max(1, this.#length);
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
      place(this.#table, i, chunk);
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
        place(table, i, chunk);
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
  #chunk({ length, columns }: Batch, region: Region): Chunk | null {
    try {
      const held = columns.map((column, i) => this.#hold(column, i, region));
      const laid = this.#lay(held.filter(isLoose), length, region);
      return {
        length,
        columns: held.map((one) => (isLoose(one) ? laid.get(one)! : one)),
        coders: held.map(({ vector }, i) => (vector.dictionary === null ? null : this.#dictionaries.all[i]!)),
      };
    } catch (error) {
      if (isMemoryError(error)) return null;
      throw error;
    } finally {
      this.#scratch.reset();
    }
  }

  /** The columns row by row, the widest first. */
  #lay(columns: readonly Loose[], length: number, region: Region): Map<Loose, Held> {
    const { kernels } = this.#machine;
    const stride = columns.reduce((sum, { width }) => sum + width, 0);
    const base = region.reserve(length * stride + 16);
    const laid = new Map<Loose, Held>();
    let offset = 0;
    const copies = [...columns]
      .sort((a, b) => b.width - a.width)
      .map((column) => {
        const { vector, physical, width } = column;
        const out = base + offset;
        offset += width;
        laid.set(column, { vector: { ...vector, data: out }, laid: { physical, stride } });
        return { spread: kernel(kernels, `gather_spread_${width}`), from: vector.data, out, width };
      });
    for (let row = 0; row < length; row += laidRows) {
      const some = Math.min(laidRows, length - row);
      for (const { spread, from, out, width } of copies)
        spread(from + row * width, some, out + row * stride, stride);
    }
    return laid;
  }

  /** The column in the store, or what is to be laid together. */
  #hold(column: Vector, index: number, region: Region): Held | Loose {
    const { arena, kernels } = this.#machine;
    const { length } = column;
    const type = this.#types[index]!;
    if (physicalOf(type) === 'list') return this.#holdLists(column, region);
    let validity = 0;
    if (column.validity !== 0 && kernels.bitmap_count(column.validity, length) < length) {
      validity = region.reserve(bitmapBytes(length) + 8);
      arena.bytes.copyWithin(validity, column.validity, column.validity + bitmapBytes(length));
    }
    const own = physicalOf(type);
    if (own === 'text') {
      const coded = this.#dictionaries.coded(column, index, this.#scratch);
      return coded === null
        ? this.#holdText(column, type, validity, region)
        : this.#narrowed(coded, type, validity);
    }
    if (familyOf(type) === 'integer') return this.#narrowed(column, type, validity);
    const vector = { type, length, validity, data: column.data, offsets: 0, dictionary: null };
    if (own !== 'bit') return { vector, physical: own, width: widthOf(type) };
    const data = region.reserve(bitmapBytes(length) + 8);
    arena.bytes.copyWithin(data, column.data, column.data + bitmapBytes(length));
    return { vector: { ...vector, data }, laid: null };
  }

  /** Integers, or the codes of a coded column. */
  #narrowed(column: Vector, type: DataType, validity: number): Loose {
    const { length, dictionary } = column;
    const own = dictionary === null ? physicalOf(type) : 'i32';
    const from = Math.abs(signedWidth(own));
    const given = narrowOf(column);
    const physical = given?.physical ?? this.#narrowest(column, from) ?? own;
    const width = Math.abs(signedWidth(physical));
    let data = given?.data ?? column.data;
    if (given === undefined && width < from) {
      data = this.#scratch.reserve(length * width);
      kernel(this.#machine.kernels, `narrow_${from}_${width}`)(column.data, length, data);
    }
    return { vector: { type, length, validity, data, offsets: 0, dictionary }, physical, width };
  }

  /** The narrowest integer for the values or codes; null for as they are. */
  #narrowest(column: Vector, width: number): Physical | null {
    if (width === 1) return null;
    const coded = column.dictionary;
    const widest = coded === null ? column.type : int32;
    const range =
      coded === null ? observedRange(column, this.#scratch, this.#machine) : codeRange(coded.length);
    const type = range === null ? widest : narrowestFor([range], widest);
    return type === widest ? null : physicalOf(type);
  }

  /** Lists with elements that are not coded. */
  #holdLists(column: Vector, region: Region): Held {
    const rows = this.#scratch.reserve(column.length * 4);
    this.#machine.kernels.take_sequence(rows, 0, column.length);
    const plain = decoded(column, this.#scratch, this.#machine);
    return { vector: take(plain, rows, column.length, region, this.#machine), laid: null };
  }

  #holdText(column: Vector, type: DataType, validity: number, region: Region): Held {
    const { arena, kernels } = this.#machine;
    const { length, dictionary } = column;
    const codes = dictionary === null ? 0 : column.data;
    const entries = dictionary?.offsets ?? column.offsets;
    const data = region.reserve(Math.min(textBytes(column, kernels) + copyOverrun, 2 ** 32));
    const offsets = region.reserve((length + 1) * 4);
    arena.view.setInt32(offsets, 0, true);
    const texts = dictionary?.data ?? column.data;
    kernels.text_append(data, offsets, texts, entries, codes, column.validity, length);
    return { vector: { type, length, validity, data, offsets, dictionary: null }, laid: null };
  }
}

const isLoose = (column: Held | Loose): column is Loose => 'width' in column;

/** Codes are over what their dictionary has grown to. */
function place(table: ChunkTable, number: number, { length, columns, coders }: Chunk): void {
  const vectors = columns.map((held, i) => asVector(held, coders[i]?.dictionary() ?? null));
  const strides = columns.map(({ laid }) => laid?.stride ?? null);
  table.set(number, { length, columns: vectors }, strides);
}

function asVector({ vector, laid }: Held, dictionary: Dictionary | null): Vector {
  if (laid === null) return vector;
  const never = (): number => {
    throw new Error('bug: a held column is read by gathering only');
  };
  const { type, length, data, validity } = vector;
  return lateVector(type, length, { physical: laid.physical, data }, never, validity, dictionary);
}
