/**
 * Rows kept in the arena, column by column, in chunks of one size that never move: what is held is what was allocated,
 * and nothing is copied as the rows grow. Rows are gathered by number.
 *
 *   chunk 0 | column a | column b | texts of b |    a chunk is a region of its own
 *   chunk 1 | column a | column b | texts of b |
 *
 * Text is held as views (address and length of the bytes), or, while it comes coded with few distinct texts, as codes
 * of a dictionary of the store's own. Integers and codes are as narrow as those of their chunk allow; a chunk that is
 * still being filled may have to be made wider.
 */
import {
  type Batch,
  bitmapBytes,
  codedVector,
  type Dictionary,
  fixedVector,
  type Vector,
} from '../arrow/batch.js';
import { deferredVector } from '../arrow/deferred.js';
import {
  codeRange,
  type IntegerRange,
  integerRange,
  narrowestFor,
  signedWidth,
} from '../arrow/integer-range.js';
import { narrowOf } from '../arrow/narrow.js';
import { type DataType, familyOf, int32, type Physical, physicalOf, widthOf } from '../arrow/types.js';
import { meanBytes, spelledBytes } from '../arrow/value-bytes.js';
import type { Region } from '../memory/arena.js';
import { gatherTexts } from './gather-texts.js';
import { Interner } from './interner.js';
import type { Machine } from './machine.js';
import { narrowVector } from './narrow-vector.js';
import { observedRange } from './observed-range.js';
import { packBatch, packedType, unpackLists } from './packed-lists.js';
import { sliceBatch } from './slice.js';
import { decoded, take, takeBatch } from './take.js';
import { type Kernels, kernel } from './wasm.js';

/** A dictionary of more entries, or of more bytes than a chunk, does not make rows smaller, but takes room of its own. */
const maxEntries = 2 ** 16;

/** A chunk has 2^shift rows, and is worth blocks of its own; fewer only where rows turn out to have many thousand bytes. */
const mostShift = 16;
const usualLeast = 9;
const leastShift = 4;

/** A chunk may take so many times what it was to take, and so many bytes, before all become shorter. */
const mostOvershoot = 4;
const leastOvershoot = 2 ** 20;

/** Bytes of a view. */
const viewBytes = 8;

/** Bytes that texts may be copied beyond, and integers made narrower or wider. */
const slack = 64;

export class BuildRows {
  readonly #machine: Machine;
  readonly #owner: string;
  readonly #types: readonly DataType[];
  /** Of the rows as they are held: lists are texts. */
  readonly #columns: readonly Column[];
  readonly #chunks: Chunk[] = [];
  readonly #scratch: Region;
  /** Lists on their way in. */
  readonly #packed: Region;
  /** Tables of the chunks' addresses, for the kernels. */
  readonly #tables: Region;
  #tabled = false;
  readonly #bytes: number;
  /** Of the rows in a chunk: the first rows tell how many fit. */
  #shift = 0;
  #length = 0;
  readonly #fixedBytes: number;
  /** Of texts that are not coded. */
  #textBytes = 0;

  /** `bytes` is about what a chunk may take. */
  constructor(types: readonly DataType[], bytes: number, machine: Machine, owner: string) {
    this.#machine = machine;
    this.#owner = owner;
    this.#types = types;
    this.#columns = types.map((type) => new Column(packedType(type), bytes, machine, owner));
    this.#scratch = machine.arena.region(owner);
    this.#packed = machine.arena.region(owner);
    this.#tables = machine.arena.region(owner);
    this.#bytes = bytes;
    this.#fixedBytes = this.#columns.reduce((sum, { type }) => sum + fixedBytes(type), 1);
  }

  get length(): number {
    return this.#length;
  }

  get chunks(): number {
    return this.#chunks.length;
  }

  /** Bytes that rows and dictionaries take; the few blocks that it takes when it is empty are not counted. */
  get held(): number {
    return (
      this.#chunks.reduce((sum, { region }) => sum + region.held, 0) +
      this.#columns.reduce((sum, column) => sum + column.held, 0)
    );
  }

  /** Bytes of a row on average, as it comes out. */
  get rowBytes(): number {
    return this.#fixedBytes + this.#textBytes / Math.max(1, this.#length);
  }

  /** The number of the first row of a chunk. */
  firstOf(chunk: number): number {
    return chunk * 2 ** this.#shift;
  }

  rowsOf(chunk: number): number {
    return this.#chunks[chunk]!.length;
  }

  append(rows: Batch): void {
    this.#packed.reset();
    const batch = packBatch(rows, this.#packed, this.#machine);
    if (this.#length === 0) this.#shift = this.#shiftFor(batch);
    this.#tabled = false;
    for (let from = 0; from < batch.length; ) {
      const chunk = this.#open();
      const before = chunk.region.held;
      const count = this.#fillFrom(batch, from, chunk);
      from += count;
      const { held } = chunk.region;
      if (held > Math.max(mostOvershoot * this.#bytes, leastOvershoot))
        this.#shorten(Math.max(held / chunk.length, (held - before) / count));
    }
  }

  /** As `append`, of the `count` rows at `indices`, which are gathered in `region`. */
  appendRows(batch: Batch, indices: number, count: number, region: Region): void {
    this.append(count === batch.length ? batch : takeBatch(batch, indices, count, region, this.#machine));
  }

  /**
   * The rows of a chunk, sharing its memory; texts that are not coded are copied into `region`. In several pieces, for each
   * of which the region is reset, where the chunk came to far more than it was to take.
   */
  *pieces(index: number, region: Region): Generator<Batch, void, void> {
    for (const { length, columns } of this.#pieces(this.#chunks[index]!, region))
      yield {
        length,
        columns: columns.map((held, i) => unpackLists(held, this.#types[i]!, region, this.#machine)),
      };
  }

  /** Some columns of a chunk; texts that are not coded are copied into `region`. */
  chunkColumns(index: number, wanted: readonly number[], region: Region): Vector[] {
    const { length, columns } = this.#chunks[index]!;
    return wanted.map((i) => this.#column(i, columns[i]!, length, region));
  }

  /** Frees the memory of a chunk, whose rows are lost. */
  dropChunk(index: number): void {
    this.#chunks[index]!.region.release();
  }

  /** The rows at `indices` (`count` int32s), gathered when they are looked at, which must be while `region` is as it is; -1 gives null with `outer`. */
  take(column: number, indices: number, count: number, region: Region, outer: boolean): Vector {
    const held = this.#columns[column]!;
    const dictionary = held.interner !== null && !held.spelled ? held.interner.dictionary() : null;
    const type = this.#types[column]!;
    return deferredVector(type, count, type.kind === 'list' ? null : dictionary, () =>
      unpackLists(this.#take(held, column, indices, count, region, outer), type, region, this.#machine),
    );
  }

  release(): void {
    for (const { region } of this.#chunks) region.release();
    this.#chunks.length = 0;
    for (const column of this.#columns) column.release();
    this.#scratch.release();
    this.#packed.release();
    this.#tables.release();
    this.#length = 0;
    this.#textBytes = 0;
  }

  // ---- filling

  /** The chunk that is being filled. */
  #open(): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.length < 2 ** this.#shift) return last;
    const chunk = { region: this.#machine.arena.region(this.#owner), columns: [], length: 0 };
    this.#chunks.push(chunk);
    return chunk;
  }

  /** Appends rows from `from` on, as many as the chunk may take; returns how many. */
  #fillFrom(batch: Batch, from: number, chunk: Chunk): number {
    const chunkRows = 2 ** this.#shift;
    const count = Math.min(batch.length - from, chunkRows - chunk.length);
    this.#scratch.reset();
    const piece =
      count === batch.length ? batch : sliceBatch(batch, from, count, this.#scratch, this.#machine.kernels);
    this.#fill(chunk, piece, chunkRows);
    chunk.length += count;
    this.#length += count;
    return count;
  }

  /** Makes chunks of fewer rows, as the first rows told too little of how long texts are. Rows keep their numbers. */
  #shorten(rowBytes: number): void {
    const shift = this.#shiftOf(rowBytes, leastShift);
    if (shift >= this.#shift) return;
    this.#shift = shift;
    const chunks = this.#chunks.splice(0);
    this.#length = 0;
    this.#textBytes = 0;
    const region = this.#machine.arena.region(this.#owner);
    try {
      for (const chunk of chunks) {
        for (const piece of this.#pieces(chunk, region))
          for (let from = 0; from < piece.length; ) from += this.#fillFrom(piece, from, this.#open());
        chunk.region.release();
      }
    } finally {
      for (const chunk of chunks) chunk.region.release();
      region.release();
    }
  }

  #shiftFor({ columns }: Batch): number {
    const { view } = this.#machine.arena;
    const rowBytes = columns.reduce((sum, column, i) => {
      const held = this.#columns[i]!;
      const isCoded = column.dictionary !== null && held.isSmall(column.dictionary);
      return sum + (held.text && !isCoded ? spelledBytes(column, view) : 0);
    }, this.#fixedBytes);
    return this.#shiftOf(rowBytes, usualLeast);
  }

  #shiftOf(rowBytes: number, least: number): number {
    return Math.min(mostShift, Math.max(least, Math.floor(Math.log2(this.#bytes / rowBytes))));
  }

  #fill(chunk: Chunk, piece: Batch, chunkRows: number): void {
    this.#columns.forEach((column, i) => {
      const source = piece.columns[i]!;
      if (column.text && !column.spelled && !column.takesCodes(source, this.#length))
        this.#spellOut(column, i, chunk, chunkRows);
      chunk.columns[i] ??= { data: 0, validity: 0, physical: null };
      const place = chunk.columns[i]!;
      this.#fillValidity(chunk, place, source, piece.length, chunkRows);
      if (column.text && !column.spelled) {
        const coded = column.interner!.intern(source, this.#scratch);
        this.#fillIntegers(chunk, place, coded, int32, chunkRows);
      } else if (column.isInteger) this.#fillIntegers(chunk, place, source, column.type, chunkRows);
      else {
        if (place.data === 0) place.data = chunk.region.reserve(column.chunkBytes(chunkRows));
        this.#fillValues(chunk, column, place, source, piece.length);
      }
    });
  }

  #fillValidity(chunk: Chunk, place: Place, source: Vector, count: number, chunkRows: number): void {
    if (source.validity === 0 && place.validity === 0) return;
    const { kernels } = this.#machine;
    if (place.validity === 0) {
      place.validity = chunk.region.reserve(bitmapBytes(chunkRows) + 8);
      kernels.bitmap_fill(place.validity, chunk.length);
    }
    kernels.bitmap_append(place.validity, chunk.length, source.validity, count);
  }

  /** Appends integers, or codes, in the narrowest type that holds them and those of the chunk so far. */
  #fillIntegers(chunk: Chunk, place: Place, source: Vector, widest: DataType, chunkRows: number): void {
    const { arena, kernels } = this.#machine;
    const { length } = source;
    const own = physicalOf(widest);
    const before = place.physical;
    if (before !== own) {
      const wanted = narrowestFor([before && integerRange(before), this.#rangeOf(source)], widest);
      place.physical = physicalOf(wanted);
    }
    const physical = place.physical!;
    const width = Math.abs(signedWidth(physical));
    if (before === null) place.data = chunk.region.reserve(chunkRows * width + slack);
    else if (Math.abs(signedWidth(before)) < width) {
      const narrow = place.data;
      place.data = chunk.region.reserve(chunkRows * width + slack);
      kernel(kernels, `widen_${before}_${width}`)(narrow, chunk.length, place.data);
    }
    const at = place.data + chunk.length * width;
    const given = narrowOf(source) ?? { physical: own, data: source.data };
    const has = Math.abs(signedWidth(given.physical));
    if (has === width) arena.bytes.copyWithin(at, given.data, given.data + length * width);
    else if (has < width) kernel(kernels, `widen_${given.physical}_${width}`)(given.data, length, at);
    else kernel(kernels, `narrow_${has}_${width}`)(given.data, length, at);
  }

  #rangeOf(column: Vector): IntegerRange | null {
    const narrow = narrowOf(column);
    if (narrow !== undefined) return integerRange(narrow.physical);
    const { dictionary } = column;
    return dictionary === null
      ? observedRange(column, this.#scratch, this.#machine)
      : codeRange(dictionary.length);
  }

  #fillValues(chunk: Chunk, column: Column, place: Place, source: Vector, count: number): void {
    const { arena, kernels } = this.#machine;
    if (column.physical === 'bit') {
      kernels.bitmap_append(place.data, chunk.length, source.data, count);
      return;
    }
    if (!column.text) {
      const at = place.data + chunk.length * column.width;
      arena.bytes.copyWithin(at, source.data, source.data + count * column.width);
      return;
    }
    const plain = decoded(source, this.#scratch, this.#machine);
    const start = arena.view.getInt32(plain.offsets, true);
    const bytes = arena.view.getInt32(plain.offsets + count * 4, true) - start;
    const texts = chunk.region.reserve(bytes + slack);
    this.#textBytes += bytes;
    arena.bytes.copyWithin(texts, plain.data + start, plain.data + start + bytes);
    const views = place.data + chunk.length * viewBytes;
    kernels.join_views(texts - start, plain.offsets, plain.validity, count, views);
  }

  /** Views instead of codes, from now on and for what is there. */
  #spellOut(column: Column, index: number, current: Chunk, chunkRows: number): void {
    column.spelled = true;
    const dictionary = column.interner?.dictionary();
    const { arena, kernels } = this.#machine;
    const region = arena.region(this.#owner);
    try {
      for (const chunk of this.#chunks) {
        const place = chunk.columns[index];
        if (place === undefined || dictionary === undefined || place.physical === null) continue;
        region.reset();
        const codes = integers(column, place, chunk.length, dictionary, region, kernels).data;
        const views = chunk.region.reserve((chunk === current ? chunkRows : chunk.length) * viewBytes);
        const { data, offsets } = dictionary;
        kernels.join_views_codes(codes, place.validity, data, offsets, chunk.length, views);
        place.data = views;
        place.physical = null;
      }
    } finally {
      region.release();
    }
  }

  // ---- reading

  /** The rows of a chunk as they are held. */
  *#pieces({ length, columns, region: own }: Chunk, region: Region): Generator<Batch, void, void> {
    // Whole bytes of bitmaps.
    const most = Math.max(8, Math.floor((2 * this.#bytes * length) / Math.max(1, own.held) / 8) * 8);
    for (let from = 0; from < length; from += most) {
      region.reset();
      const count = Math.min(most, length - from);
      const vectors = this.#columns.map((column, i) =>
        this.#vector(column, column.placeFrom(columns[i]!, from), count, region),
      );
      yield { length: count, columns: vectors };
    }
  }

  #column(index: number, place: Place, length: number, region: Region): Vector {
    const vector = this.#vector(this.#columns[index]!, place, length, region);
    return unpackLists(vector, this.#types[index]!, region, this.#machine);
  }

  #vector(column: Column, place: Place, length: number, region: Region): Vector {
    const { type } = column;
    const { data, validity } = place;
    const { kernels } = this.#machine;
    if (place.physical !== null)
      return integers(column, place, length, column.interner?.dictionary() ?? null, region, kernels);
    if (!column.text) return fixedVector(type, length, data, validity);
    const table = region.reserve(64);
    this.#machine.arena.view.setUint32(table, data, true);
    const rows = region.reserve(length * 4);
    kernels.take_sequence(rows, 0, length);
    return this.#takeTexts(type, table, 16, rows, length, validity, region);
  }

  #take(
    column: Column,
    index: number,
    indices: number,
    count: number,
    region: Region,
    outer: boolean,
  ): Vector {
    const { type } = column;
    if (this.#chunks.length === 0) throw new Error('bug: rows are taken from a store without any');
    const [only] = this.#chunks;
    if (this.#chunks.length === 1 && !column.spelled) {
      const vector = this.#vector(column, only!.columns[index]!, only!.length, region);
      return take(vector, indices, count, region, this.#machine, outer);
    }
    this.#table();
    const { kernels } = this.#machine;
    const shift = this.#shift;
    let validity = 0;
    if (this.#chunks.some((chunk) => chunk.columns[index]!.validity !== 0)) {
      validity = region.reserve(bitmapBytes(count));
      kernels.join_take_bits(column.validityTable, shift, indices, validity, count);
    } else if (outer) {
      validity = region.reserve(bitmapBytes(count));
      kernels.take_bits_outer(0, indices, validity, count);
    }
    if (column.text && column.spelled)
      return this.#takeTexts(type, column.dataTable, shift, indices, count, validity, region);
    if (column.physical === 'bit') {
      const bits = region.reserve(bitmapBytes(count));
      kernels.join_take_bits(column.dataTable, shift, indices, bits, count);
      return fixedVector(type, count, bits, validity);
    }
    const [first, ...others] = this.#chunks.map((chunk) => chunk.columns[index]!.physical);
    const own = column.text ? int32 : type;
    const physical = first === null || others.some((one) => one !== first) ? physicalOf(own) : first!;
    const width = first === null ? column.width : Math.abs(signedWidth(physical));
    const data = region.reserve(count * width + slack);
    if (others.some((one) => one !== first))
      kernels.join_take_mixed(column.dataTable, column.widthTable, shift, indices, data, count, width);
    else kernel(kernels, `join_take_${width * 8}`)(column.dataTable, shift, indices, data, count);
    if (first === null) return fixedVector(type, count, data, validity);
    const dictionary = column.interner?.dictionary() ?? null;
    return integers(column, { data, validity, physical }, count, dictionary, region, kernels);
  }

  #takeTexts(
    type: DataType,
    table: number,
    shift: number,
    indices: number,
    count: number,
    validity: number,
    region: Region,
  ): Vector {
    const { kernels } = this.#machine;
    return gatherTexts(type, count, validity, region, {
      measure: (offsets) => kernels.join_take_offsets(table, shift, indices, offsets, count),
      copy: (offsets, data) => kernels.join_take_texts(table, shift, indices, data, offsets, count),
    });
  }

  /** One entry a chunk, and one before them that row -1 reads. */
  #table(): void {
    if (this.#tabled) return;
    this.#tabled = true;
    this.#tables.release();
    const { view } = this.#machine.arena;
    const fill = (address: (chunk: Chunk) => number): number => {
      const table = this.#tables.reserve((this.#chunks.length + 16) * 4) + 16 * 4;
      view.setInt32(table - 4, address(this.#chunks[0]!), true);
      this.#chunks.forEach((chunk, c) => {
        view.setInt32(table + c * 4, address(chunk), true);
      });
      return table;
    };
    this.#columns.forEach((column, i) => {
      column.dataTable = fill((chunk) => chunk.columns[i]!.data);
      column.validityTable = fill((chunk) => chunk.columns[i]!.validity);
      column.widthTable = fill((chunk) => signedWidth(chunk.columns[i]!.physical ?? 'bit'));
    });
  }
}

interface Chunk {
  readonly region: Region;
  readonly columns: Place[];
  length: number;
}

/** Where a column of a chunk lies; `validity` is 0 before its first null. */
interface Place {
  data: number;
  validity: number;
  /** Of integers and codes. */
  physical: Physical | null;
}

class Column {
  readonly type: DataType;
  readonly physical: string;
  readonly width: number;
  readonly text: boolean;
  readonly isInteger: boolean;
  /** Bytes that its dictionary may have. */
  readonly #most: number;
  readonly #machine: Machine;
  readonly #owner: string;
  interner: Interner | null = null;
  /** Texts are views, not codes. */
  spelled = false;
  dataTable = 0;
  widthTable = 0;
  validityTable = 0;

  constructor(type: DataType, most: number, machine: Machine, owner: string) {
    this.type = type;
    this.#most = most;
    this.physical = physicalOf(type);
    this.width = widthOf(type);
    this.text = this.physical === 'text';
    this.isInteger = familyOf(type) === 'integer';
    this.#machine = machine;
    this.#owner = owner;
  }

  get held(): number {
    return this.interner === null ? 0 : this.interner.held - this.interner.leastHeld;
  }

  chunkBytes(rows: number): number {
    if (this.physical === 'bit') return bitmapBytes(rows) + 8;
    if (this.text) return rows * viewBytes;
    return rows * this.width;
  }

  /** Where rows from `row` on lie, a multiple of eight. */
  placeFrom({ data, validity, physical }: Place, row: number): Place {
    const bytes =
      physical === null ? this.chunkBytes(row) - this.chunkBytes(0) : row * Math.abs(signedWidth(physical));
    return { data: data + bytes, validity: validity === 0 ? 0 : validity + row / 8, physical };
  }

  /** Is the text to be held as codes? The first to come decides, as long as there are few distinct ones. */
  takesCodes({ dictionary }: Vector, rows: number): boolean {
    if (this.spelled || dictionary === null || !this.isSmall(dictionary)) return false;
    if (this.interner === null && rows > 0) return false;
    this.interner ??= new Interner(this.#machine.arena, this.#machine.kernels, this.#owner);
    return this.interner.count <= maxEntries && this.interner.dataBytes <= this.#most;
  }

  /** May its texts be held once, beside the rows? */
  isSmall(dictionary: Dictionary): boolean {
    const bytes = dictionary.length * meanBytes(dictionary, this.#machine.arena.view);
    return dictionary.length <= maxEntries && bytes <= this.#most;
  }

  release(): void {
    this.interner?.release();
    this.interner = null;
  }
}

/** Integers, or the codes of a dictionary, as they lie at a place. */
function integers(
  { type }: Column,
  { data, validity, physical }: Place,
  length: number,
  dictionary: Dictionary | null,
  region: Region,
  kernels: Kernels,
): Vector {
  if (physical !== physicalOf(dictionary === null ? type : int32))
    return narrowVector(type, length, { physical: physical!, data }, region, kernels, validity, dictionary);
  return dictionary === null
    ? fixedVector(type, length, data, validity)
    : codedVector(type, length, data, dictionary, validity);
}

/** Bytes of a row's value in a chunk at most, texts left out. */
function fixedBytes(type: DataType): number {
  return ['text', 'list'].includes(physicalOf(type)) ? viewBytes : Math.max(1 / 8, widthOf(type));
}
