/**
 * How one column is stored, chunk by chunk: integers in the narrowest type that holds them, repeated text as
 * codes. A chunk's first batch decides; a later batch that does not fit starts the next chunk. Storage only
 * ever gets wider, so a column causes at most three such breaks.
 */
import type { Dictionary, Vector } from '../lib/arrow/batch.js';
import { integerRange, narrowestFor } from '../lib/arrow/integer-range.js';
import { type IpcField, plainField } from '../lib/arrow/ipc.js';
import type { Field } from '../lib/arrow/schema.js';
import type { ColumnStatistics } from '../lib/arrow/statistics.js';
import {
  type DataType,
  familyOf,
  int8,
  int16,
  int32,
  physicalOf,
  typeName,
  widthOf,
} from '../lib/arrow/types.js';
import { spelledBytes, valueBytes } from '../lib/arrow/value-bytes.js';
import { isMemoryError } from '../lib/errors.js';
import { Interner } from '../lib/kernels/interner.js';
import { kernel } from '../lib/kernels/wasm.js';
import type { Region } from '../lib/memory/arena.js';
import type { StoredColumn } from './lay-out.js';
import { plainColumn, spelledOut, validityBytes } from './plain-column.js';
import type { Workspace } from './workspace.js';

/** A dictionary that outgrows this is not repetition any more. */
const maxEntries = 2 ** 20;
const maxDictionaryBytes = 32 * 2 ** 20;

/** Entries that are longer on average have to prove, from so many bytes on, that they repeat: readers hold them all. */
const longText = 64;
const unprovedBytes = 4 * 2 ** 20;

/**
 * From so many entries on, while half of the rows bring new ones, the dictionary must fit as it is going to be: to look up
 * a million rows and then do without it took a sixth of the time of a conversion.
 */
const manyEntries = 2 ** 15;

/** Bytes that an entry takes beside its text, and how much more than it needs a table that grows has. */
const entryBytes = 24;
const slack = 1.5;

/** In the metadata of a narrowed field: the type that it has in memory. */
export const logicalType = 'spillway:type';

type Coding =
  | { readonly kind: 'same' }
  | { readonly kind: 'narrow'; readonly type: DataType }
  | { readonly kind: 'codes'; readonly index: DataType; readonly most: number };

/** `room` is how many entries the first batch may have seen, so that a growing dictionary need not break at once. */
const codings: readonly (Coding & { readonly kind: 'codes'; readonly room: number })[] = [
  { kind: 'codes', index: int8, most: 2 ** 7, room: 104 },
  { kind: 'codes', index: int16, most: 2 ** 15, room: 2 ** 14 },
  { kind: 'codes', index: int32, most: Number.POSITIVE_INFINITY, room: Number.POSITIVE_INFINITY },
];

/** Does it come with all texts there are, and not with those so far? */
const isComplete = ({ dictionary }: Vector): boolean => dictionary !== null && dictionary.origin !== null;

export class ColumnEncoder {
  readonly #field: Field;
  readonly #id: number;
  readonly #workspace: Workspace;
  #coding: Coding = { kind: 'same' };
  /** Bytes that stored integers or codes must at least have. */
  #leastWidth = 1;
  #decided: boolean;
  #interner: Interner | null = null;
  /** The dictionary is not used for further batches. */
  #gaveUp = false;
  readonly #hasRoom: (more: number) => boolean;
  /** That the dictionary was asked for. */
  #rows = 0;

  /**
   * `hasRoom` tells whether the dictionaries of all columns may take what they take, and so many bytes more; where it is
   * null, text stays plain.
   */
  constructor(field: Field, id: number, workspace: Workspace, hasRoom: ((more: number) => boolean) | null) {
    this.#hasRoom = hasRoom ?? (() => false);
    this.#decided = hasRoom === null;
    this.#field = field;
    this.#id = id;
    this.#workspace = workspace;
  }

  /** Bytes of the arena that its dictionary takes, if it is to be used further. */
  get held(): number {
    return this.#interner === null || this.#gaveUp ? 0 : this.#interner.held;
  }

  /** About what a value of the column takes as it will be stored, in bytes. */
  valueBytes(column: Vector, view: DataView): number {
    const coded = this.#interner !== null ? !this.#gaveUp : !this.#decided;
    return coded ? valueBytes(column, view) : spelledBytes(column, view);
  }

  /** The column as it will be measured and stored: text as codes of this column's dictionary, or plain. */
  prepare(column: Vector, region: Region): Vector {
    if (this.#field.type.kind !== 'utf8') return spelledOut(column, region, this.#workspace);
    if (!this.#decided) {
      this.#decided = true;
      this.#interner = this.#worthCoding(column, region);
    }
    if (this.#interner !== null && !this.#gaveUp) {
      const coded = this.#intern(this.#interner, column, region);
      if (coded !== null) return coded;
      this.#gaveUp = true;
    }
    return spelledOut(column, region, this.#workspace);
  }

  /** Can the open chunk take this batch? If not, its owner ends it and calls `begin`. */
  fits(prepared: Vector, measured: ColumnStatistics): boolean {
    const coding = this.#coding;
    if (coding.kind === 'same') return true;
    if (coding.kind === 'codes')
      return prepared.dictionary !== null && prepared.dictionary.length <= coding.most;
    if (measured.min === null || measured.max === null) return true;
    const { least, most } = integerRange(physicalOf(coding.type));
    return (measured.min as number | bigint) >= least && (measured.max as number | bigint) <= most;
  }

  /** Chooses how the next chunk stores this column; it will start with this batch. */
  begin(prepared: Vector, measured: ColumnStatistics): void {
    this.#coding = this.#choose(prepared, measured);
    if (this.#gaveUp) {
      this.#interner?.release();
      this.#interner = null;
    }
  }

  /** From now on everything is stored at full width, and breaks no chunk. */
  widen(): void {
    this.#leastWidth = 16;
  }

  /** The column of the chunk's schema. */
  field(): IpcField {
    const plain = plainField(this.#field);
    const coding = this.#coding;
    if (coding.kind === 'codes') return { ...plain, dictionary: { id: this.#id, index: coding.index } };
    if (coding.kind === 'same') return plain;
    return { ...plain, type: coding.type, metadata: { [logicalType]: typeName(this.#field.type) } };
  }

  /** The buffers of a prepared column that fits; narrowed copies are placed in `region`. */
  store(prepared: Vector, measured: ColumnStatistics, region: Region): StoredColumn {
    const coding = this.#coding;
    const { nulls } = measured;
    if (coding.kind === 'same') return plainColumn(prepared, nulls, region, this.#workspace);
    const { data, validity, length } = prepared;
    const [from, type] =
      coding.kind === 'codes' ? [4, coding.index] : [widthOf(this.#field.type), coding.type];
    return {
      rows: length,
      nulls,
      validity,
      validityBytes: validityBytes(prepared, nulls),
      offsets: 0,
      offsetsBytes: 0,
      data: this.#narrowed(data, length, from, widthOf(type), region),
      dataBytes: length * widthOf(type),
    };
  }

  /** The dictionary of the open chunk; null if the column is not coded there. */
  dictionary(): Dictionary | null {
    return this.#coding.kind === 'codes' ? this.#interner!.dictionary() : null;
  }

  release(): void {
    this.#interner?.release();
    this.#interner = null;
  }

  /** Text that comes coded is left so; plain text is coded where half of the first rows repeat others. */
  #worthCoding(column: Vector, region: Region): Interner | null {
    const { arena, kernels } = this.#workspace;
    const interner = new Interner(arena, kernels, `the dictionary of ${this.#field.name}`, 'late');
    if (column.dictionary !== null) return interner;
    const coded = this.#intern(interner, column, region);
    if (coded !== null && interner.count * 2 <= column.length) return interner;
    interner.release();
    return null;
  }

  /** Null where the dictionary gets too large, for the memory there is or at all. */
  #intern(interner: Interner, column: Vector, region: Region): Vector | null {
    const before = interner.count;
    try {
      const coded = interner.intern(column, region);
      const { count, dataBytes } = interner;
      const repeats = (count - before) * 2 <= column.length;
      const most = repeats || dataBytes <= count * longText ? maxDictionaryBytes : unprovedBytes;
      this.#rows += column.length;
      const more = isComplete(column) ? 0 : this.#growth(interner, count - before, column.length);
      return count <= maxEntries && dataBytes <= most && this.#hasRoom(more) ? coded : null;
    } catch (error) {
      if (isMemoryError(error)) return null;
      throw error;
    }
  }

  /**
   * Bytes that the dictionary will take more when rows go on as they do. Were texts drawn evenly from n, of the rows around
   * the r-th a part exp(-r / n) would be new.
   */
  #growth({ count, dataBytes, held }: Interner, fresh: number, rows: number): number {
    if (count < manyEntries || fresh * 2 < rows) return 0;
    const texts = (this.#rows - rows / 2) / -Math.log(Math.min(1, fresh / rows));
    return Math.max(0, slack * texts * (entryBytes + dataBytes / count) - held);
  }

  #choose(prepared: Vector, measured: ColumnStatistics): Coding {
    if (prepared.dictionary !== null) {
      const entries = prepared.dictionary.length;
      const coding = codings.find(
        ({ index, room }) => entries <= room && widthOf(index) >= Math.min(4, this.#leastWidth),
      )!;
      this.#leastWidth = Math.max(this.#leastWidth, widthOf(coding.index));
      return coding;
    }
    const { min, max } = measured;
    if (familyOf(this.#field.type) !== 'integer') return { kind: 'same' };
    // A chunk that starts with nulls only tells nothing of its values.
    if (min === null || max === null) return { kind: 'same' };
    const own = this.#field.type;
    const range = { least: BigInt(min as number | bigint), most: BigInt(max as number | bigint) };
    const type = narrowestFor([range], own, this.#leastWidth);
    this.#leastWidth = Math.max(this.#leastWidth, widthOf(type));
    return type === own ? { kind: 'same' } : { kind: 'narrow', type };
  }

  #narrowed(data: number, length: number, from: number, to: number, region: Region): number {
    if (from === to) return data;
    const out = region.reserve(length * to);
    kernel(this.#workspace.kernels, `narrow_${from}_${to}`)(data, length, out);
    return out;
  }
}
