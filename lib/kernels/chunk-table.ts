/**
 * Columns whose rows lie in chunks here and there, to be gathered in any order. A row is chunk << 16 | row of the chunk;
 * where each chunk has its buffers, the kernels learn from a table in the arena (assembly/chunks.ts).
 */
import {
  type Batch,
  bitmapBytes,
  codedVector,
  type Dictionary,
  fixedVector,
  type Vector,
} from '../arrow/batch.js';
import { signedWidth } from '../arrow/integer-range.js';
import { narrowOf } from '../arrow/narrow.js';
import { type DataType, type Physical, physicalOf, widthOf } from '../arrow/types.js';
import { memoryError } from '../errors.js';
import { Growable, type Region } from '../memory/arena.js';
import { tryGatherTexts } from './gather-texts.js';
import type { Machine } from './machine.js';
import { merge } from './merge.js';
import { narrowVector } from './narrow-vector.js';
import { take } from './take.js';
import { kernel } from './wasm.js';

export const chunkBits = 16;
export const maxChunkRows = 2 ** chunkBits;
export const maxChunks = 2 ** 16;

const entryBytes = 32;
/** Byte offsets in an entry. */
const entry = { data: 0, validity: 4, offsets: 8, texts: 12, width: 16, stride: 20 } as const;

/** Rows that are gathered in all their columns before the next are: what one column brought into the cache serves the others. */
const gatheredRows = 2048;

/** How the chunks of a column are, taken together. */
interface Summary {
  readonly nullable: boolean;
  /** Of values or codes, where all chunks have the same; null where they differ or it is plain text. */
  readonly physical: Physical | null;
  /** Where all chunks are coded over it. */
  readonly dictionary: Dictionary | null;
}

/** Values of one width that are to be gathered. */
interface Copy {
  copy(table: number, rows: number, out: number, count: number): void;
  readonly table: number;
  readonly out: number;
  readonly width: number;
}

export class ChunkTable {
  readonly #types: readonly DataType[];
  readonly #machine: Machine;
  readonly #table: Growable;
  readonly #chunks: (Batch | null)[] = [];
  #capacity = 0;
  #summaries: (Summary | null)[];

  constructor(types: readonly DataType[], machine: Machine, owner: string) {
    this.#types = types;
    this.#machine = machine;
    this.#table = new Growable(machine.arena, owner);
    this.#summaries = types.map(() => null);
  }

  /**
   * A chunk of at most 65536 rows, as it lies in memory; null where it is no more. `strides`, by column: bytes from one
   * value or code to the next, where they do not lie side by side.
   */
  set(chunk: number, batch: Batch | null, strides: readonly (number | null)[] | null = null): void {
    if (!this.tryEnsure(chunk + 1)) {
      const { reserved, capacity } = this.#machine.arena;
      throw memoryError(this.#table.owner, this.#types.length * entryBytes, reserved, capacity);
    }
    this.#chunks[chunk] = batch;
    this.#summaries.fill(null);
    const { view } = this.#machine.arena;
    batch?.columns.forEach((column, i) => {
      const at = this.column(i) + chunk * entryBytes;
      const narrow = narrowOf(column);
      const physical = narrow?.physical ?? storedAs(column);
      view.setUint32(at + entry.data, narrow?.data ?? column.data, true);
      view.setUint32(at + entry.validity, column.validity, true);
      view.setUint32(at + entry.offsets, column.dictionary?.offsets ?? column.offsets, true);
      view.setUint32(at + entry.texts, column.dictionary?.data ?? 0, true);
      const width = signedWidth(physical);
      view.setInt32(at + entry.width, width, true);
      view.setInt32(at + entry.stride, strides?.[i] ?? Math.abs(width), true);
    });
  }

  /** Makes room for so many chunks; false if memory does not suffice. */
  tryEnsure(chunks: number): boolean {
    if (chunks <= this.#capacity) return true;
    const had = this.#capacity;
    const capacity = Math.max(16, chunks, Math.min(2 * had, maxChunks));
    if (!this.#table.tryEnsure(this.#types.length * capacity * entryBytes)) return false;
    const { bytes } = this.#machine.arena;
    const { address } = this.#table;
    for (let column = this.#types.length - 1; column > 0; column--) {
      const from = address + column * had * entryBytes;
      bytes.copyWithin(address + column * capacity * entryBytes, from, from + had * entryBytes);
    }
    this.#capacity = capacity;
    return true;
  }

  /** Address of the entries of a column; holds until the next `set`. */
  column(column: number): number {
    return this.#table.address + column * this.#capacity * entryBytes;
  }

  summary(column: number): Summary {
    this.#summaries[column] ??= summarize(this.#chunks, column);
    return this.#summaries[column];
  }

  /** Rows of a chunk. */
  rowsOf(chunk: number): number {
    return this.#chunks[chunk]?.length ?? 0;
  }

  /**
   * The `count` rows at `rows`, an address of uint32s, as batches in `region`, which is reset before each: one, or several
   * of fewer rows where their texts would take more than `bytes`.
   */
  *batches(rows: number, count: number, region: Region, bytes: number): Generator<Batch, void, void> {
    let most = count;
    for (let from = 0; from < count; ) {
      const length = Math.min(most, count - from);
      region.reset();
      const limit = length === 1 ? Number.POSITIVE_INFINITY : bytes;
      const batch = this.#gatherWithin(rows + from * 4, length, region, limit);
      if (batch === null) {
        most = Math.ceil(length / 2);
        continue;
      }
      yield batch;
      from += length;
    }
  }

  /** The `count` rows at `rows`, an address of uint32s, as a batch in `region`. */
  gather(rows: number, count: number, region: Region): Batch {
    return this.#gatherWithin(rows, count, region, Number.POSITIVE_INFINITY)!;
  }

  /** Null where their texts have more than `textBytes`. */
  #gatherWithin(rows: number, count: number, region: Region, textBytes: number): Batch | null {
    const copies: Copy[] = [];
    const columns: Vector[] = [];
    const { view } = this.#machine.arena;
    let left = textBytes;
    for (const [column, type] of this.#types.entries()) {
      const gathered = this.#gather(type, column, rows, count, region, copies, left);
      if (gathered === null) return null;
      columns.push(gathered);
      if (type.kind === 'utf8' && gathered.dictionary === null)
        left -= view.getInt32(gathered.offsets + count * 4, true);
    }
    for (let from = 0; from < count; from += gatheredRows) {
      const some = Math.min(gatheredRows, count - from);
      for (const { copy, table, out, width } of copies)
        copy(table, rows + from * 4, out + from * width, some);
    }
    return { length: count, columns };
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#summaries.fill(null);
  }

  release(): void {
    this.clear();
    this.#table.release();
    this.#capacity = 0;
  }

  /** Values and codes are gathered when all of `copies` are done. */
  #gather(
    type: DataType,
    column: number,
    rows: number,
    count: number,
    region: Region,
    copies: Copy[],
    textBytes: number,
  ): Vector | null {
    const { kernels } = this.#machine;
    const table = this.column(column);
    const { nullable, physical, dictionary } = this.summary(column);
    let validity = 0;
    if (nullable && physicalOf(type) !== 'list') {
      validity = region.reserve(bitmapBytes(count));
      kernels.gather_bits(table, entry.validity, rows, validity, count);
    }
    const own = physicalOf(type);
    if (own === 'list') return this.#gatherLists(column, rows, count, region);
    if (own === 'bit') {
      const bits = region.reserve(bitmapBytes(count));
      kernels.gather_bits(table, entry.data, rows, bits, count);
      return fixedVector(type, count, bits, validity);
    }
    if (own === 'text' && dictionary === null)
      return this.#gatherText(type, table, rows, count, validity, region, textBytes);
    const width = dictionary === null ? widthOf(type) : 4;
    const stored = physical === null ? width : Math.abs(signedWidth(physical));
    const out = region.reserve(count * stored);
    if (physical === null) kernels.gather_mixed(table, rows, out, count, width);
    else copies.push({ copy: kernel(kernels, `gather_${stored}`), table, out, width: stored });
    if (stored < width) {
      const narrow = { physical: physical!, data: out };
      return narrowVector(type, count, narrow, region, kernels, validity, dictionary);
    }
    return dictionary === null
      ? fixedVector(type, count, out, validity)
      : codedVector(type, count, out, dictionary, validity);
  }

  /** Chunk by chunk, and then in order: elements have no place among 65536 rows. */
  #gatherLists(column: number, rows: number, count: number, region: Region): Vector {
    const { arena, kernels } = this.#machine;
    const scratch = arena.region(region.owner);
    try {
      const chunks = this.#chunks.length;
      const ends = scratch.reserveZeroed(chunks * 4);
      const local = scratch.reserve(count * 4);
      const positions = scratch.reserve(count * 4);
      kernels.gather_by_chunk(rows, count, ends, chunks, local, positions);
      const pieces: Vector[] = [];
      let start = 0;
      this.#chunks.forEach((chunk, i) => {
        const end = arena.view.getUint32(ends + i * 4, true);
        if (end > start)
          pieces.push(take(chunk!.columns[column]!, local + start * 4, end - start, scratch, this.#machine));
        start = end;
      });
      return merge(pieces, positions, count, region, this.#machine);
    } finally {
      scratch.release();
    }
  }

  #gatherText(
    type: DataType,
    table: number,
    rows: number,
    count: number,
    validity: number,
    region: Region,
    most: number,
  ): Vector | null {
    const { kernels } = this.#machine;
    const texts = {
      measure: (offsets: number): number =>
        kernels.gather_text_offsets(table, rows, validity, offsets, count),
      copy: (offsets: number, data: number): void =>
        kernels.gather_text_bytes(table, rows, data, offsets, count),
    };
    return tryGatherTexts(type, count, validity, region, texts, most);
  }
}

function summarize(chunks: readonly (Batch | null)[], column: number): Summary {
  let nullable = false;
  let physical: Physical | null | undefined;
  let dictionary: Dictionary | null | undefined;
  for (const chunk of chunks) {
    if (!chunk) continue;
    const vector = chunk.columns[column]!;
    nullable ||= vector.validity !== 0;
    const form = narrowOf(vector)?.physical ?? storedAs(vector);
    physical = physical === undefined || physical === form ? form : null;
    const own = vector.dictionary;
    if (dictionary === undefined) dictionary = own;
    else if (own?.lineage !== dictionary?.lineage) dictionary = null;
    else if (own !== null && own.length > dictionary!.length) dictionary = own;
  }
  return {
    nullable,
    physical: physical === 'text' || physical === 'list' ? null : (physical ?? null),
    dictionary: dictionary ?? null,
  };
}

const storedAs = (column: Vector): Physical => (column.dictionary === null ? physicalOf(column.type) : 'i32');
