/**
 * What a function of the user is given: columns that read the arena for it, and copies where it wants an array, as
 * nothing keeps it from writing to that. A copy that is there for one batch is written over by the next; columns of a
 * batch that is done with refuse to be read.
 */
import { type Batch, bitmapBytes, childOf, type Dictionary, type Vector } from '../../arrow/batch.js';
import { type PlainValue, plainValue } from '../../arrow/plain-value.js';
import { cellAt } from '../../arrow/scalar.js';
import type { Field } from '../../arrow/schema.js';
import { physicalOf, typeName } from '../../arrow/types.js';
import type { Runtime } from '../../formats/format.js';
import { denseLists } from '../../kernels/slice.js';
import { decoded } from '../../kernels/take.js';
import type { Region } from '../../memory/arena.js';
import { arrayKind, type TypedArray, wordsOf } from './values.js';

export interface GivenBatch {
  readonly length: number;
  readonly columns: Readonly<Record<string, GivenColumn>>;
}

/** The columns of one batch after the other; what is worked out for them is in `region`. */
export class GivenBatches {
  readonly #fields: readonly Field[];
  readonly #kept: readonly Kept[];
  readonly #region: Region;
  readonly #runtime: Runtime;
  #columns: readonly GivenColumn[] = [];

  constructor(fields: readonly Field[], region: Region, runtime: Runtime) {
    this.#fields = fields;
    this.#kept = fields.map(() => new Kept());
    this.#region = region;
    this.#runtime = runtime;
  }

  /** The batch before is done with. */
  next({ length, columns }: Batch): GivenBatch {
    this.end();
    this.#columns = columns.map(
      (vector, i) => new GivenColumn(vector, this.#kept[i]!, this.#region, this.#runtime),
    );
    const named = this.#fields.map(({ name }, i) => [name, this.#columns[i]!] as const);
    return { length, columns: Object.fromEntries(named) };
  }

  /** Nobody reads the last batch any more. */
  end(): void {
    for (const column of this.#columns) GivenColumn.end(column);
    this.#columns = [];
  }
}

/** What is worked out for the columns at one position, and kept from batch to batch. */
export class Kept {
  readonly #copies = new Map<string, ArrayBuffer>();
  #texts: { readonly lineage: object; readonly known: (string | undefined)[] } | null = null;
  #elements: Kept | null = null;

  /** Of the elements of lists. */
  get elements(): Kept {
    this.#elements ??= new Kept();
    return this.#elements;
  }

  /** Room for a copy, the same for every batch. */
  copy(of: string, bytes: number): ArrayBuffer {
    const known = this.#copies.get(of);
    if (known !== undefined && known.byteLength >= bytes) return known;
    const made = new ArrayBuffer(bytes);
    this.#copies.set(of, made);
    return made;
  }

  /** Entries of a dictionary that were decoded: codes keep their meaning while it grows. */
  textsOf({ length, lineage }: Dictionary): (string | undefined)[] | null {
    if (length > mostTexts) return null;
    const before = this.#texts?.lineage === lineage ? this.#texts.known : [];
    if (before.length >= length) return before;
    // With room for all at once; an array that is filled here and there would become a slow one.
    const known = new Array<string | undefined>(Math.max(length, Math.min(mostTexts, 2 * before.length)));
    before.forEach((text, code) => {
      known[code] = text;
    });
    this.#texts = { lineage, known };
    return known;
  }
}

/** Entries of a dictionary that are kept as strings: some megabytes of the heap. */
const mostTexts = 2 ** 17;

/** What reading a row takes, at hand: vectors may work out what they are asked for. */
interface Reader {
  readonly length: number;
  readonly memory: Uint8Array;
  readonly validity: number;
  /** The value of a row that is not null. */
  value(row: number): PlainValue;
}

export class GivenColumn {
  readonly #kept: Kept;
  readonly #region: Region;
  readonly #runtime: Runtime;
  #vector: Vector | null;
  #read: Reader | null = null;
  #handedOut = false;
  #plain: Vector | null = null;
  #values: TypedArray | null = null;
  #validity: Uint8Array | null = null;
  #offsets: Int32Array | null = null;
  #bytes: Uint8Array | null = null;
  #elements: GivenColumn | null = null;

  constructor(vector: Vector, kept: Kept, region: Region, runtime: Runtime) {
    this.#vector = vector;
    this.#kept = kept;
    this.#region = region;
    this.#runtime = runtime;
  }

  static end(column: GivenColumn): void {
    column.#vector = null;
    column.#read = null;
    if (column.#elements !== null) GivenColumn.end(column.#elements);
  }

  /** The column as it is in the arena, if nobody can have changed what it stands for; else null. */
  static untouched(column: GivenColumn): Vector | null {
    return column.#handedOut ? null : column.#alive();
  }

  get type(): string {
    return typeName(this.#alive().type);
  }

  get length(): number {
    return this.#alive().length;
  }

  /** How many rows are null. */
  get nulls(): number {
    const { validity, length } = this.#alive();
    return validity === 0 ? 0 : length - this.#runtime.kernels.bitmap_count(validity, length);
  }

  isValid(row: number): boolean {
    this.#read ??= this.#reader();
    const { memory, validity } = this.#read;
    return validity === 0 || ((memory[validity + (row >> 3)]! >> (row & 7)) & 1) === 1;
  }

  /** The value of a row, as `rows()` of a frame gives it. */
  get(row: number): PlainValue {
    this.#read ??= this.#reader();
    const { memory, validity, length, value } = this.#read;
    if (!(row >= 0 && row < length)) throw new RangeError(`there is no row ${row} in a column of ${length}`);
    if (validity !== 0 && ((memory[validity + (row >> 3)]! >> (row & 7)) & 1) === 0) return null;
    return value(row);
  }

  toArray(): PlainValue[] {
    return Array.from({ length: this.length }, (_, row) => this.get(row));
  }

  *[Symbol.iterator](): Generator<PlainValue, void, void> {
    for (let row = 0; row < this.length; row++) yield this.get(row);
  }

  /** One bit a row, least significant first, 1 where there is a value; null where nothing is null. */
  get validity(): Uint8Array | null {
    const { validity, length } = this.#alive();
    if (validity === 0) return null;
    this.#validity ??= this.#copied('validity', validity, bitmapBytes(length));
    return this.#validity;
  }

  /** A value a row; what lies under a null may be anything. */
  get values(): TypedArray {
    this.#values ??= this.#copiedValues();
    return this.#values;
  }

  /** Where each text begins in `bytes`, each list in `elements`, and where the last one ends. */
  get offsets(): Int32Array {
    if (this.#offsets === null) {
      const { offsets, length } = this.#spelled();
      const copy = this.#copied('offsets', offsets, (length + 1) * 4);
      this.#offsets = new Int32Array(copy.buffer as ArrayBuffer, 0, length + 1);
      const start = this.#offsets[0]!;
      if (start !== 0) for (let i = 0; i <= length; i++) this.#offsets[i]! -= start;
    }
    return this.#offsets;
  }

  /** The texts in UTF-8, one behind the other. */
  get bytes(): Uint8Array {
    if (this.#bytes === null) {
      if (this.#alive().type.kind !== 'utf8') throw this.#has('bytes');
      const { data, offsets, length } = this.#spelled();
      const { view } = this.#runtime.arena;
      const [start, end] = [view.getInt32(offsets, true), view.getInt32(offsets + length * 4, true)];
      this.#bytes = this.#copied('bytes', data + start, end - start);
    }
    return this.#bytes;
  }

  /** The elements of the lists, one list behind the other. */
  get elements(): GivenColumn {
    if (this.#alive().type.kind !== 'list') throw this.#has('elements');
    this.#elements ??= new GivenColumn(
      childOf(this.#spelled()),
      this.#kept.elements,
      this.#region,
      this.#runtime,
    );
    return this.#elements;
  }

  get #memory(): Uint8Array {
    return this.#runtime.arena.bytes;
  }

  #alive(): Vector {
    if (this.#vector === null)
      throw new Error('a column is valid only during the call it was given to; copy what you keep of it');
    return this.#vector;
  }

  /** Texts side by side, lists with exactly their elements. */
  #spelled(): Vector {
    const vector = this.#alive();
    const { kind } = vector.type;
    if (kind !== 'utf8' && kind !== 'list') throw this.#has('offsets');
    this.#plain ??=
      kind === 'utf8'
        ? decoded(vector, this.#region, this.#runtime)
        : denseLists(vector, this.#region, this.#runtime.kernels);
    return this.#plain;
  }

  #has(what: string): Error {
    return new TypeError(`a column of ${this.type} has no ${what}; use get(row)`);
  }

  #copied(of: string, address: number, bytes: number): Uint8Array {
    this.#handedOut = true;
    const copy = new Uint8Array(this.#kept.copy(of, bytes), 0, bytes);
    copy.set(this.#memory.subarray(address, address + bytes));
    return copy;
  }

  #copiedValues(): TypedArray {
    const { type, data, length } = this.#alive();
    const Kind = arrayKind(type);
    if (Kind === null) throw this.#has('values');
    if (type.kind === 'bool') return this.#copiedBits(data, length);
    const words = length * wordsOf(type);
    const view = new Kind(this.#runtime.arena.buffer, data, words);
    return new Kind(this.#copied('values', data, view.byteLength).buffer as ArrayBuffer, 0, words);
  }

  #copiedBits(data: number, length: number): Uint8Array {
    this.#handedOut = true;
    const copy = new Uint8Array(this.#kept.copy('values', length), 0, length);
    const memory = this.#memory;
    for (let row = 0; row < length; row++) copy[row] = (memory[data + (row >> 3)]! >> (row & 7)) & 1;
    return copy;
  }

  #reader(): Reader {
    const vector = this.#alive();
    const { length, validity } = vector;
    return { length, validity, memory: this.#memory, value: this.#valueReader(vector) };
  }

  #valueReader(vector: Vector): Reader['value'] {
    const { arena } = this.#runtime;
    const { type, data, length } = vector;
    if (type.kind === 'utf8') return this.#textReader(vector);
    const physical = physicalOf(type);
    const Kind = arrayKind(type);
    if (Kind === null || physical === 'bit' || type.kind === 'date' || type.kind === 'decimal')
      return (row) => plainValue(cellAt(vector, row, arena), type);
    const values = new Kind(arena.buffer, data, length);
    return (row) => values[row]!;
  }

  #textReader({ data, offsets, dictionary, length }: Vector): (row: number) => string {
    const { buffer } = this.#runtime.arena;
    if (dictionary === null) return textAt(buffer, offsets, data, length);
    const codes = new Int32Array(buffer, data, length);
    const entry = textAt(buffer, dictionary.offsets, dictionary.data, dictionary.length);
    const known = this.#kept.textsOf(dictionary);
    if (known === null) return (row) => entry(codes[row]!);
    return (row) => {
      const code = codes[row]!;
      const text = known[code];
      if (text !== undefined) return text;
      const made = entry(code);
      known[code] = made;
      return made;
    };
  }
}

function textAt(
  buffer: ArrayBuffer,
  offsets: number,
  data: number,
  length: number,
): (index: number) => string {
  const ends = new Int32Array(buffer, offsets, length + 1);
  const memory = Buffer.from(buffer);
  return (index) => memory.toString('utf8', data + ends[index]!, data + ends[index + 1]!);
}
