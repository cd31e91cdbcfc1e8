/** Columns that batches are appended to and that outlive them, in the arena. */
import { type Batch, bitmapBytes, childOf, type Vector } from '../arrow/batch.js';
import { type DataType, physicalOf, widthOf } from '../arrow/types.js';
import { memoryError } from '../errors.js';
import { type Arena, Growable, type Region } from '../memory/arena.js';
import { Interner } from './interner.js';
import { denseLists } from './slice.js';
import { copyOverrun, textBytes } from './text-bytes.js';
import type { Kernels } from './wasm.js';

const maxTextBytes = 2 ** 31 - 65536;

/** The dictionaries of all columns may take so much of the arena. */
const dictionariesPart = 1 / 16;
const maxElements = 2 ** 31 - 65536;

/** Batches copied one behind the other. Text that comes with a dictionary stays coded, over a dictionary of its own. */
export class BatchBuffer {
  readonly #columns: readonly ColumnBuffer[];
  /** Of columns that hold little: there may be thousands. */
  readonly #nursery: Region;
  #length = 0;

  constructor(types: readonly DataType[], arena: Arena, kernels: Kernels, owner: string) {
    const nursery = arena.region(owner);
    this.#nursery = nursery;
    const texts = types.filter(({ kind }) => kind === 'utf8').length;
    const mostDictionary = (arena.capacity * dictionariesPart) / Math.max(1, texts);
    this.#columns = types.map(
      (type) => new ColumnBuffer(type, arena, kernels, owner, nursery, mostDictionary),
    );
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes that the rows and their dictionaries take. */
  get bytes(): number {
    return this.#columns.reduce((sum, column) => sum + column.bytes, 0);
  }

  /** Is there a dictionary that takes more than it may, as its rows would take far more without it? */
  get outgrown(): boolean {
    return this.#columns.some((column) => column.outgrown);
  }

  /** Bytes of the arena that are held. */
  get held(): number {
    return this.#columns.reduce((sum, column) => sum + column.held, 0);
  }

  append(batch: Batch): void {
    batch.columns.forEach((column, i) => {
      this.#columns[i]!.append(column);
    });
    this.#length += batch.length;
  }

  /** What was appended, as one batch of any length. Its addresses hold until the next append. */
  batch(): Batch {
    return { length: this.#length, columns: this.#columns.map((column) => column.vector()) };
  }

  /** Forgets the rows, but not the memory they took nor the dictionaries. */
  clear(): void {
    for (const column of this.#columns) column.clear();
    this.#length = 0;
  }

  release(): void {
    for (const column of this.#columns) column.release();
    this.#nursery.release();
    this.#length = 0;
  }
}

class ColumnBuffer {
  readonly #type: DataType;
  readonly #arena: Arena;
  readonly #kernels: Kernels;
  readonly #owner: string;
  readonly #mostDictionary: number;
  readonly #validity: Growable;
  #data: Growable;
  readonly #offsets: Growable;
  readonly #child: ColumnBuffer | null;
  #interner: Interner | null = null;
  /** A dictionary grew too large: text is held as it is from then on. */
  #spelled = false;
  /** What is being appended as codes, and bytes of its texts and those held; null where nobody asked. */
  #coming: Vector | null = null;
  #spelledSize: number | null = null;
  #length = 0;
  #textBytes = 0;
  #anyNull = false;

  constructor(
    type: DataType,
    arena: Arena,
    kernels: Kernels,
    owner: string,
    nursery: Region,
    mostDictionary: number,
  ) {
    this.#mostDictionary = mostDictionary;
    this.#type = type;
    this.#arena = arena;
    this.#kernels = kernels;
    this.#owner = owner;
    this.#validity = new Growable(arena, owner, nursery);
    this.#data = new Growable(arena, owner, nursery);
    this.#offsets = new Growable(arena, owner, nursery);
    this.#child =
      type.kind === 'list'
        ? new ColumnBuffer(type.element, arena, kernels, owner, nursery, mostDictionary)
        : null;
  }

  get bytes(): number {
    const interner = this.#interner;
    const texts = interner === null ? this.#textBytes : interner.held;
    const width = widthOf(this.#type) || (physicalOf(this.#type) === 'bit' ? 1 : 4);
    return this.#length * width + texts + (this.#child?.bytes ?? 0);
  }

  get outgrown(): boolean {
    return (this.#interner?.dataBytes ?? 0) > this.#mostDictionary || this.#child?.outgrown === true;
  }

  get held(): number {
    const fixed = this.#validity.capacity + this.#data.capacity + this.#offsets.capacity;
    return fixed + (this.#interner?.held ?? 0) + (this.#child?.held ?? 0);
  }

  append(column: Vector): void {
    if (column.length === 0) return;
    this.#appendValidity(column);
    const physical = physicalOf(this.#type);
    if (physical === 'bit') {
      this.#data.ensure(bitmapBytes(this.#length + column.length) + 8);
      this.#kernels.bitmap_append(this.#data.address, this.#length, column.data, column.length);
    } else if (this.#child !== null) {
      this.#appendLists(column, this.#child);
    } else if (physical !== 'text') {
      this.#appendFixed(column.data, column.length, widthOf(this.#type));
    } else if (!this.#takesCodes(column) || !this.#tryAppendCodes(column)) {
      this.#appendText(column);
    }
    this.#length += column.length;
  }

  vector(): Vector {
    const own = {
      type: this.#type,
      length: this.#length,
      validity: this.#anyNull ? this.#validity.address : 0,
      data: this.#data.address,
      offsets: this.#interner === null ? this.#offsets.address : 0,
      dictionary: this.#interner?.dictionary() ?? null,
    };
    return this.#child === null ? own : { ...own, child: this.#child.vector() };
  }

  clear(): void {
    this.#length = 0;
    this.#textBytes = 0;
    this.#anyNull = false;
    this.#child?.clear();
  }

  release(): void {
    this.clear();
    this.#validity.release();
    this.#data.release();
    this.#offsets.release();
    this.#child?.release();
    this.#interner?.release();
    this.#interner = null;
  }

  /** The bitmap begins with the first null; before it every row is valid. */
  #appendValidity(column: Vector): void {
    if (column.validity === 0 && !this.#anyNull) return;
    this.#validity.ensure(bitmapBytes(this.#length + column.length) + 8);
    const map = this.#validity.address;
    if (!this.#anyNull) this.#kernels.bitmap_fill(map, this.#length);
    this.#anyNull = true;
    this.#kernels.bitmap_append(map, this.#length, column.validity, column.length);
  }

  #appendFixed(data: number, length: number, width: number): void {
    this.#data.ensure((this.#length + length) * width);
    this.#arena.bytes.copyWithin(this.#data.address + this.#length * width, data, data + length * width);
  }

  #takesCodes(column: Vector): boolean {
    if (this.#spelled) return false;
    return this.#interner !== null || (column.dictionary !== null && this.#length === 0);
  }

  /** False, and text is held as it is from then on, where the dictionary would take too much; but not where the texts would take far more. */
  #tryAppendCodes(column: Vector): boolean {
    const fits = (more: number): boolean => this.#isWorth(this.#interner!.held + more);
    this.#interner ??= new Interner(this.#arena, this.#kernels, this.#owner, { fits, begins: () => false });
    this.#coming = column;
    this.#spelledSize = null;
    const region = this.#arena.region(this.#owner);
    try {
      const codes = this.#interner.intern(column, region);
      if (this.#interner.frozen) {
        this.#spellOut(this.#interner);
        return false;
      }
      this.#appendFixed(codes.data, column.length, 4);
      return true;
    } finally {
      this.#coming = null;
      region.release();
    }
  }

  /** May the dictionary take so much? More than its part only where the texts, of the rows that come too, take twice that. */
  #isWorth(bytes: number): boolean {
    if (bytes <= this.#mostDictionary) return true;
    this.#spelledSize ??= textBytes(this.vector(), this.#kernels) + textBytes(this.#coming!, this.#kernels);
    return bytes * 2 <= this.#spelledSize;
  }

  /** Texts take the place of the codes that are held. */
  #spellOut(interner: Interner): void {
    const coded = { ...this.vector(), dictionary: interner.dictionary() };
    const codes = this.#data;
    this.#data = new Growable(this.#arena, this.#owner);
    this.#interner = null;
    this.#spelled = true;
    this.#length = 0;
    try {
      if (coded.length > 0) this.#appendText(coded);
    } finally {
      this.#length = coded.length;
      codes.release();
      interner.release();
    }
  }

  #appendLists(column: Vector, child: ColumnBuffer): void {
    const region = this.#arena.region(this.#owner);
    try {
      const lists = denseLists(column, region, this.#kernels);
      const before = child.#length;
      child.append(childOf(lists));
      if (child.#length > maxElements)
        throw memoryError(this.#owner, child.#length * 4, this.#arena.reserved, this.#arena.capacity);
      this.#offsets.ensure((this.#length + column.length + 1) * 4);
      const at = this.#offsets.address + this.#length * 4;
      this.#arena.view.setInt32(at, before, true);
      this.#kernels.take_append_offsets(lists.offsets, at, column.length, before);
    } finally {
      region.release();
    }
  }

  #appendText(column: Vector): void {
    const dictionary = column.dictionary;
    const codes = dictionary === null ? 0 : column.data;
    const entries = dictionary?.offsets ?? column.offsets;
    const texts = dictionary?.data ?? column.data;
    const bytes = textBytes(column, this.#kernels);
    if (this.#textBytes + bytes > maxTextBytes)
      throw memoryError(this.#owner, 2 ** 31, this.#arena.reserved, this.#arena.capacity);
    this.#data.ensure(this.#textBytes + bytes + copyOverrun);
    this.#offsets.ensure((this.#length + column.length + 1) * 4);
    const at = this.#offsets.address + this.#length * 4;
    this.#arena.view.setInt32(at, this.#textBytes, true);
    this.#kernels.text_append(this.#data.address, at, texts, entries, codes, column.validity, column.length);
    this.#textBytes += bytes;
  }
}
