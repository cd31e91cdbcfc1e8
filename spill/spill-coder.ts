/** How one column is stored in a spill file, batch by batch: it only ever gets wider, and text only ever plainer. */
import type { Dictionary, DictionaryOrigin, Vector } from '../lib/arrow/batch.js';
import { type IntegerRange, integerRange, narrowestFor } from '../lib/arrow/integer-range.js';
import { type IpcField, plainField } from '../lib/arrow/ipc.js';
import { narrowOf, recoded } from '../lib/arrow/narrow.js';
import { type DataType, familyOf, int8, int16, int32, physicalOf, widthOf } from '../lib/arrow/types.js';
import { isMemoryError } from '../lib/errors.js';
import { Interner } from '../lib/kernels/interner.js';
import { observedRange } from '../lib/kernels/observed-range.js';
import { kernel } from '../lib/kernels/wasm.js';
import type { Region } from '../lib/memory/arena.js';
import type { StoredColumn } from './lay-out.js';
import { countNulls, plainColumn, spelledOut, validityBytes } from './plain-column.js';
import type { Workspace } from './workspace.js';

/** Gives a dictionary, which only grows. */
export interface Texts {
  dictionary(): Dictionary;
}

/** Of a batch: the type of the values, or of the codes, in the file. */
export interface Coding {
  readonly type: DataType;
  /** Of the codes; null where there are none. */
  readonly texts: Texts | null;
  /** Where the texts of the codes lie, if that is not in the file. */
  readonly origin: DictionaryOrigin | null;
  readonly plainText: boolean;
}

const uncoded = { texts: null, origin: null, plainText: false } as const;

export const isCoded = ({ texts, origin }: Coding): boolean => texts !== null || origin !== null;

/**
 * A batch of so few rows is most often all there is, and its texts are read sooner than a dictionary of so many entries for
 * each of them, which every reader would read whole.
 */
const fewRows = 8192;
const entriesPerRow = 4;

/** Who reads files that many tasks wrote may hold all dictionaries that the column has in the dataset: this part of the memory. */
const referredPart = 1 / 8;

function isWorthReferring(
  { length, offsets, origin }: Dictionary,
  rows: number,
  { arena }: Workspace,
): boolean {
  if (rows < fewRows && length > rows * entriesPerRow) return false;
  const bytes = (length + 1) * 4 + arena.view.getInt32(offsets + length * 4, true);
  return bytes * origin!.lineages <= arena.capacity * referredPart;
}

const sameOrigin = (a: DictionaryOrigin, b: DictionaryOrigin | null): boolean =>
  b !== null &&
  a.dataset === b.dataset &&
  a.mark === b.mark &&
  a.column === b.column &&
  a.lineage === b.lineage;

export class SpillCoder {
  readonly #type: DataType;
  readonly #owner: string;
  readonly #workspace: Workspace;
  readonly #isInteger: boolean;
  readonly #mostHeld: number;
  readonly #given: Texts | 'referred' | null;
  /** Kept until the end: earlier batches are coded with it. */
  #own: Interner | null = null;
  /** Of all codes, where that is not in the file. */
  #origin: DictionaryOrigin | null = null;
  #coding: Coding | null = null;
  #described: { readonly coding: Coding; readonly id: number; readonly field: IpcField } | null = null;

  /**
   * Text coded over the dictionary that is `given` is stored so; that lives as long as the file. Else the file has one of
   * its own, which may take `mostHeld` of the memory; a dictionary that a dataset has may be `referred` to instead.
   */
  constructor(
    type: DataType,
    given: Texts | 'referred' | null,
    owner: string,
    workspace: Workspace,
    mostHeld: number,
  ) {
    this.#given = given;
    this.#mostHeld = mostHeld;
    this.#type = type;
    this.#owner = owner;
    this.#workspace = workspace;
    this.#isInteger = familyOf(type) === 'integer';
  }

  /** Of the batch prepared last. */
  get coding(): Coding {
    return this.#coding!;
  }

  /** The column as it will be stored; decides how. */
  prepare(column: Vector, region: Region): Vector {
    if (physicalOf(this.#type) === 'text') return this.#prepareText(column, region);
    if (this.#isInteger) this.#hold(this.#range(column, region));
    else this.#coding ??= { ...uncoded, type: this.#type };
    return spelledOut(column, region, this.#workspace);
  }

  /** The column of the file's schema. */
  field(id: number): IpcField {
    const { coding } = this;
    // Asked for with every batch, and the same for most of them.
    if (this.#described?.coding !== coding || this.#described.id !== id) {
      const { type } = coding;
      const plain = plainField({ name: `${id}`, type: this.#type, nullable: true });
      const field = isCoded(coding) ? { ...plain, dictionary: { id, index: type } } : { ...plain, type };
      this.#described = { coding, id, field };
    }
    return this.#described.field;
  }

  /** The buffers of a prepared column; narrowed copies are placed in `region`. */
  store(prepared: Vector, region: Region): StoredColumn {
    const { type } = this.coding;
    const nulls = countNulls(prepared, this.#workspace);
    const coded = isCoded(this.coding);
    if (!coded && (!this.#isInteger || widthOf(type) === widthOf(this.#type)))
      return plainColumn(prepared, nulls, region, this.#workspace);
    return {
      rows: prepared.length,
      nulls,
      validity: prepared.validity,
      validityBytes: validityBytes(prepared, nulls),
      offsets: 0,
      offsetsBytes: 0,
      data: this.#narrowed(prepared, coded ? 4 : widthOf(this.#type), region),
      dataBytes: prepared.length * widthOf(type),
    };
  }

  dictionary(): Dictionary | null {
    return this.#coding?.texts?.dictionary() ?? null;
  }

  /** The entries of the dictionary from `from` on, as a dictionary message has them. */
  entries(from: number, region: Region): StoredColumn {
    const { arena, kernels } = this.#workspace;
    const { offsets, data, length } = this.dictionary()!;
    const first = offsets + from * 4;
    const start = arena.view.getInt32(first, true);
    const dataBytes = arena.view.getInt32(offsets + length * 4, true) - start;
    const offsetsBytes = (length - from + 1) * 4;
    const rebased = region.reserve(offsetsBytes);
    kernels.offsets_rebase(first, length - from, rebased);
    const placed = { offsets: rebased, offsetsBytes, data: data + start, dataBytes };
    return { rows: length - from, nulls: 0, validity: 0, validityBytes: 0, ...placed };
  }

  release(): void {
    this.#own?.release();
    this.#own = null;
  }

  #prepareText(column: Vector, region: Region): Vector {
    const coded = this.#coded(column, region);
    if (coded === null) {
      if (this.#coding?.plainText !== true) this.#coding = { ...uncoded, type: this.#type, plainText: true };
      return spelledOut(column, region, this.#workspace);
    }
    const entries = coded.dictionary!.length;
    const index = entries <= 2 ** 7 ? int8 : entries <= 2 ** 15 ? int16 : int32;
    if (this.#coding === null || widthOf(index) > widthOf(this.#coding.type))
      this.#coding = { type: index, texts: this.#texts, origin: this.#origin, plainText: false };
    return coded;
  }

  /** What the codes are of that are stored, if the file has it. */
  get #texts(): Texts | null {
    if (this.#origin !== null) return null;
    return this.#given === 'referred' ? this.#own : (this.#given ?? this.#own);
  }

  /** Text whose first batch comes coded stays so; null from where its dictionary is too large on. */
  #coded(column: Vector, region: Region): Vector | null {
    if (this.#coding === null ? column.dictionary === null : this.#coding.plainText) return null;
    if (this.#given !== null && this.#given !== 'referred') {
      const dictionary = this.#given.dictionary();
      return column.dictionary?.lineage === dictionary.lineage ? recoded(column, dictionary) : null;
    }
    const origin = this.#given === 'referred' ? (column.dictionary?.origin ?? null) : null;
    if (this.#coding === null) {
      if (origin !== null && !isWorthReferring(column.dictionary!, column.length, this.#workspace))
        return null;
      this.#origin = origin;
    }
    if (this.#origin !== null) return sameOrigin(this.#origin, origin) ? column : null;
    const { arena, kernels } = this.#workspace;
    try {
      this.#own ??= new Interner(arena, kernels, this.#owner, 'late');
      const coded = this.#own.intern(column, region);
      return this.#own.held <= this.#mostHeld ? coded : null;
    } catch (error) {
      if (isMemoryError(error)) return null;
      throw error;
    }
  }

  /** Between what values lie; null if there are none. */
  #range(column: Vector, region: Region): IntegerRange | null {
    const narrow = narrowOf(column);
    if (narrow !== undefined) return integerRange(narrow.physical);
    if (this.#coding !== null && widthOf(this.#coding.type) === widthOf(this.#type)) return null;
    return observedRange(column, region, this.#workspace);
  }

  /** Widens the storage so that it holds such values too. */
  #hold(range: IntegerRange | null): void {
    const now = this.#coding && integerRange(physicalOf(this.#coding.type));
    const type = narrowestFor([now, range], this.#type);
    if (this.#coding?.type.kind !== type.kind) this.#coding = { ...uncoded, type };
  }

  #narrowed(column: Vector, width: number, region: Region): number {
    const { type } = this.coding;
    const narrow = narrowOf(column);
    if (narrow?.physical === physicalOf(type)) return narrow.data;
    const to = widthOf(type);
    if (width === to) return column.data;
    const out = region.reserve(column.length * to);
    kernel(this.#workspace.kernels, `narrow_${width}_${to}`)(column.data, column.length, out);
    return out;
  }
}
