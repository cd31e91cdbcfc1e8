/** A growing dictionary of distinct texts in the arena: texts in, codes out. */
import type { Dictionary, Vector } from '../arrow/batch.js';
import { codedVector } from '../arrow/batch.js';
import { recoded } from '../arrow/narrow.js';
import { memoryError } from '../errors.js';
import { type Arena, Growable, type Region } from '../memory/arena.js';
import type { Kernels } from './wasm.js';

/** Byte offsets in the kernel's InternTable. */
const header = {
  slots: 0,
  mask: 4,
  limit: 8,
  count: 12,
  offsets: 16,
  data: 20,
  capacity: 24,
  used: 28,
  bytes: 32,
} as const;

const slotBytes = 16;

/** With one line of memory to four slots, the next ones are at hand. */
const maxLoad = 0.8;

const maxTranslations = 4;

/** Instead of a map of codes, where they need none. */
const sameCodes = -1;

const maxDataBytes = 2 ** 31 - 65536;

interface Translation {
  /** By foreign code, the code here. */
  readonly map: Growable;
  /** Entries translated so far. */
  done: number;
  /** The codes are the same here as there: this dictionary was begun with that one. */
  same: boolean;
}

export class Interner {
  readonly #arena: Arena;
  readonly #kernels: Kernels;
  readonly #lineage: object = {};
  readonly #owner: string;
  readonly #home: Region;
  readonly #offsets: Growable;
  readonly #data: Growable;
  #slots: Growable;
  /** For each foreign lineage how its codes translate. */
  readonly #translations = new Map<object, Translation>();
  /** Address of the kernel's InternTable, for kernels that intern on their own; they stop where it must grow. */
  readonly table: number;

  constructor(arena: Arena, kernels: Kernels, owner: string) {
    this.#arena = arena;
    this.#kernels = kernels;
    this.#owner = owner;
    this.#home = arena.region(owner);
    this.#offsets = new Growable(arena, owner);
    this.#data = new Growable(arena, owner);
    this.#slots = new Growable(arena, owner);
    try {
      this.table = this.#home.reserveZeroed(header.bytes);
      if (!this.tryGrow()) throw memoryError(owner, 3 * 65536, arena.reserved, arena.capacity);
    } catch (error) {
      this.release();
      throw error;
    }
    arena.view.setInt32(this.#offsets.address, 0, true);
  }

  /** Distinct texts so far. */
  get count(): number {
    return this.#arena.view.getInt32(this.table + header.count, true);
  }

  /** Bytes of the distinct texts. */
  get dataBytes(): number {
    return this.#arena.view.getInt32(this.table + header.used, true);
  }

  /** Bytes of the arena it takes. */
  get held(): number {
    let bytes = this.#home.held + this.#offsets.capacity + this.#data.capacity + this.#slots.capacity;
    for (const { map } of this.#translations.values()) bytes += map.capacity;
    return bytes;
  }

  /** What is interned so far. Addresses hold until the next text is added. */
  dictionary(): Dictionary {
    return {
      length: this.count,
      offsets: this.#offsets.address,
      data: this.#data.address,
      lineage: this.#lineage,
    };
  }

  /** The column as codes of this dictionary; the codes are placed in `region`. */
  intern(column: Vector, region: Region): Vector {
    if (column.dictionary?.lineage === this.#lineage) return { ...column, dictionary: this.dictionary() };
    const map = column.dictionary === null ? 0 : this.#translate(column.dictionary);
    if (map === sameCodes) return recoded(column, this.dictionary());
    const codes = region.reserve(column.length * 4);
    if (map === 0) this.#internTexts(column.data, column.offsets, column.validity, 0, column.length, codes);
    else this.#kernels.intern_remap(column.data, map, codes, column.length);
    return codedVector(column.type, column.length, codes, this.dictionary(), column.validity);
  }

  /**
   * Makes room for at least one more text of `length` bytes; false if the budget does not suffice. To be
   * called when a kernel that interns on its own has stopped.
   */
  tryGrow(length = 0): boolean {
    const view = this.#arena.view;
    const count = this.count;
    const limit = view.getInt32(this.table + header.limit, true);
    if (
      count >= limit &&
      !this.#growSlots(limit === 0 ? 4096 : (view.getUint32(this.table + header.mask, true) + 1) * 2)
    )
      return false;
    const needed = this.dataBytes + Math.max(length, 1);
    if (needed > maxDataBytes || !this.#data.tryEnsure(needed)) return false;
    view.setInt32(this.table + header.offsets, this.#offsets.address, true);
    view.setInt32(this.table + header.data, this.#data.address, true);
    view.setInt32(this.table + header.capacity, Math.min(this.#data.capacity, maxDataBytes), true);
    return true;
  }

  release(): void {
    this.#home.release();
    this.#offsets.release();
    this.#data.release();
    this.#slots.release();
    for (const { map } of this.#translations.values()) map.release();
    this.#translations.clear();
  }

  #internTexts(
    data: number,
    offsets: number,
    validity: number,
    from: number,
    length: number,
    codes: number,
  ): void {
    for (let done = from; done < length; ) {
      done = this.#kernels.intern_rows(this.table, data, offsets, validity, done, length, codes);
      if (done < length) {
        const at = offsets + done * 4;
        this.#grow(this.#arena.view.getInt32(at + 4, true) - this.#arena.view.getInt32(at, true));
      }
    }
  }

  /**
   * Interns only the entries of `from` that are new since the last time. Returns the address of the int32 codes
   * here by those there, or `sameCodes`.
   */
  #translate(from: Dictionary): number {
    const translation = this.#translation(from.lineage);
    const inStep = this.count === translation.done;
    translation.map.ensure(Math.max(1, from.length) * 4);
    this.#internTexts(from.data, from.offsets, 0, translation.done, from.length, translation.map.address);
    if (from.length > translation.done) {
      translation.done = from.length;
      translation.same &&= inStep && this.count === from.length;
    }
    return translation.same ? sameCodes : translation.map.address;
  }

  /** How codes of `lineage` translate. Only the latest few are kept: each file may bring a dictionary of its own. */
  #translation(lineage: object): Translation {
    const known = this.#translations.get(lineage);
    if (known !== undefined) return known;
    const [oldest] = this.#translations.keys();
    let map = new Growable(this.#arena, this.#owner);
    if (oldest !== undefined && this.#translations.size >= maxTranslations) {
      map = this.#translations.get(oldest)!.map;
      this.#translations.delete(oldest);
    }
    const translation = { map, done: 0, same: this.count === 0 };
    this.#translations.set(lineage, translation);
    return translation;
  }

  #grow(length: number): void {
    if (this.tryGrow(length)) return;
    throw memoryError(
      this.#owner,
      Math.max(length, this.#slots.capacity),
      this.#arena.reserved,
      this.#arena.capacity,
    );
  }

  /** Slots are four fifths full at most; offsets grow along, so that every entry has its place. */
  #growSlots(slots: number): boolean {
    const limit = Math.floor(slots * maxLoad);
    if (!this.#offsets.tryEnsure((limit + 1) * 4)) return false;
    const grown = new Growable(this.#arena, this.#owner);
    if (!grown.tryEnsure(slots * slotBytes)) return false;
    this.#arena.bytes.fill(0, grown.address, grown.address + slots * slotBytes);
    const view = this.#arena.view;
    const old = this.#slots;
    if (old.address !== 0) {
      const oldSlots = view.getUint32(this.table + header.mask, true) + 1;
      this.#kernels.intern_rehash(old.address, oldSlots, grown.address, slots - 1);
      old.release();
    }
    this.#slots = grown;
    view.setInt32(this.table + header.slots, grown.address, true);
    view.setInt32(this.table + header.mask, slots - 1, true);
    view.setInt32(this.table + header.limit, limit, true);
    return true;
  }
}
