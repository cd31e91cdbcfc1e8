/**
 * A growing dictionary of distinct texts in the arena: texts in, codes out. Where it may not grow any more, texts that
 * it does not have get the code -1.
 *
 * A dictionary that begins with another's texts takes them as they are. As long as that other one is all it is asked for,
 * their codes are the same and no text is looked up, so none is hashed either.
 */
import type { Dictionary, DictionaryOrigin, Vector } from '../arrow/batch.js';
import { codedVector, textVector } from '../arrow/batch.js';
import { recoded } from '../arrow/narrow.js';
import { memoryError } from '../errors.js';
import { type Arena, blockBytes, Growable, type Region } from '../memory/arena.js';
import { take } from './take.js';
import type { Kernels } from './wasm.js';

/** Byte offsets in the kernel's InternTable. */
const header = {
  slots: 0,
  size: 4,
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

const leastSlots = 4096;

/** How much larger what is full becomes, and where that may not be. */
const growth = 2;
const leastGrowth = 1.25;

const maxTranslations = 4;

/** Instead of a map of codes, where they need none. */
const sameCodes = -1;

const maxDataBytes = 2 ** 31 - 65536;

/** What a dictionary may take. */
export interface Quota {
  /** May it take so many bytes more? */
  fits(bytes: number): boolean;
  /** Is nothing held yet, so that what comes must be? */
  begins(): boolean;
}

interface Translation {
  /** By foreign code, the code here. */
  readonly map: Growable;
  /** Entries translated so far. */
  done: number;
  /** The codes are the same here as there: this dictionary was begun with that one. */
  same: boolean;
  /** Only entries that rows have are translated: there are more than fit. */
  sparse: boolean;
}

export class Interner {
  readonly #arena: Arena;
  readonly #kernels: Kernels;
  readonly #lineage: object = {};
  readonly #owner: string;
  readonly #home: Region;
  readonly #offsets: Growable;
  readonly #data: Growable;
  readonly #slots: Growable;
  /** For each foreign lineage how its codes translate. */
  readonly #translations = new Map<object, Translation>();
  readonly #quota: Quota | null;
  readonly #late: boolean;
  #frozen = false;
  /** Have the slots without a text been cleared? */
  #cleared = false;
  /** Of the last so many texts no slot knows. */
  #unlisted = 0;
  /** Where its first `#adopted` texts lie, if that is known. */
  #origin: DictionaryOrigin | null = null;
  #adopted = 0;
  /** The same for `find`, which adds no texts. */
  readonly #findings = new Map<object, Translation>();
  /** Address of the kernel's InternTable, for kernels that intern on their own; they stop where it must grow. */
  readonly table: number;

  /**
   * Where the quota does not allow more, or the arena has none, the dictionary is frozen. Without a quota, that is a
   * memory error. Room to look up the texts of another dictionary is taken with them, lest it is missing when one is looked
   * up: but for one that takes it `late`, whose owner can do without codes then.
   */
  constructor(arena: Arena, kernels: Kernels, owner: string, room: Quota | 'late' | null = null) {
    this.#quota = room === 'late' ? null : room;
    this.#late = room === 'late';
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

  /** Bytes that it takes without any text. */
  readonly leastHeld: number = 4 * blockBytes;

  /** Bytes of the arena that it takes. */
  get held(): number {
    const maps = [...this.#translations.values(), ...this.#findings.values()];
    return maps.reduce(
      (sum, { map }) => sum + map.capacity,
      this.#home.held + this.#offsets.capacity + this.#data.capacity + this.#slots.capacity,
    );
  }

  /** From now on texts that have no code get -1. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /** What is interned so far. Addresses hold until the next text is added. */
  dictionary(): Dictionary {
    return {
      length: this.count,
      offsets: this.#offsets.address,
      data: this.#data.address,
      lineage: this.#lineage,
      distinct: true,
      origin: this.count === this.#adopted ? this.#origin : null,
    };
  }

  /** The column as codes of this dictionary; the codes are placed in `region`. */
  intern(column: Vector, region: Region): Vector {
    if (column.dictionary?.lineage === this.#lineage) return recoded(column, this.dictionary());
    const map = column.dictionary === null ? 0 : this.#translate(column.dictionary, column, region);
    if (map === sameCodes) return recoded(column, this.dictionary());
    const codes = region.reserve(column.length * 4);
    if (map === 0) this.#internTexts(column.data, column.offsets, column.validity, 0, column.length, codes);
    else this.#kernels.intern_remap(column.data, map, codes, column.length);
    return codedVector(column.type, column.length, codes, this.dictionary(), column.validity);
  }

  /** As `intern`, but adds nothing: rows that are null, and texts not interned, get code -1. Only while no text is added. */
  find(column: Vector, region: Region): number {
    const { dictionary, data, offsets, validity, length } = column;
    const codes = region.reserve(length * 4);
    this.#list();
    if (dictionary === null)
      this.#kernels.intern_find(this.table, data, offsets, validity, 0, length, codes, -1);
    else this.#kernels.intern_remap_found(data, validity, this.#found(dictionary), codes, length);
    return codes;
  }

  /**
   * Makes room for at least one more text of `length` bytes; false if the budget does not suffice. To be
   * called when a kernel that interns on its own has stopped.
   */
  tryGrow(length = 0, times = growth): boolean {
    const { count } = this;
    const limit = this.#arena.view.getInt32(this.table + header.limit, true);
    const grown = count < limit || this.#growSlots(this.#slotsGrown(times));
    this.#list();
    return grown && this.#ensureData(this.dataBytes + Math.max(length, 1), times);
  }

  /** Room to tell where so many texts lie. */
  #ensureOffsets(texts: number, times: number): boolean {
    if (!this.#offsets.tryEnsure((texts + 1) * 4, times)) return false;
    this.#arena.view.setInt32(this.table + header.offsets, this.#offsets.address, true);
    return true;
  }

  #ensureData(bytes: number, times: number): boolean {
    if (bytes > maxDataBytes || !this.#data.tryEnsure(bytes, times)) return false;
    const { view } = this.#arena;
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
    for (const { map } of this.#findings.values()) map.release();
    this.#findings.clear();
  }

  /** Address of the codes here, or -1, by those there. */
  #found(from: Dictionary): number {
    const finding = translationOf(from.lineage, this.#findings, this.#arena, this.#owner);
    finding.map.ensure(Math.max(1, from.length) * 4);
    const { address } = finding.map;
    if (from.length > finding.done) {
      const at = address + finding.done * 4;
      const offsets = from.offsets + finding.done * 4;
      this.#kernels.intern_find(this.table, from.data, offsets, 0, 0, from.length - finding.done, at, -1);
      finding.done = from.length;
    } else if (from.length === 0) this.#arena.view.setInt32(address, -1, true);
    return address;
  }

  #internTexts(
    data: number,
    offsets: number,
    validity: number,
    from: number,
    length: number,
    codes: number,
  ): void {
    let done = from;
    this.#list();
    while (done < length && !this.#frozen) {
      done = this.#kernels.intern_rows(this.table, data, offsets, validity, done, length, codes);
      if (done < length) {
        const at = offsets + done * 4;
        this.#grow(this.#arena.view.getInt32(at + 4, true) - this.#arena.view.getInt32(at, true));
      }
    }
    if (done < length) this.#kernels.intern_find(this.table, data, offsets, validity, done, length, codes, 0);
  }

  /**
   * Interns only the entries of `from` that are new since the last time. Returns the address of the int32 codes
   * here by those there, or `sameCodes`.
   */
  #translate(from: Dictionary, column: Vector, region: Region): number {
    const translation = translationOf(
      from.lineage,
      this.#translations,
      this.#arena,
      this.#owner,
      this.count === 0,
    );
    if (translation.sparse || this.#outgrown(from, translation.done, column.length))
      return this.#translateSome(translation, from, column, region);
    const { map, done } = translation;
    if (from.length === 0) {
      // Nulls have code 0, with or without an entry.
      map.ensure(4);
      this.#kernels.intern_unmap(map.address, 0, 1);
    }
    if (from.length === done) return translation.same ? sameCodes : map.address;
    const more = from.length - done;
    const inStep = translation.same && this.count === done;
    if (inStep && this.#tryAdopt(from, done)) {
      translation.done = from.length;
      return sameCodes;
    }
    if (!inStep) this.#mapTo(translation, from.length);
    // As long as codes are the same, there is no map.
    const codes = inStep ? region.reserve(more * 4) : map.address + done * 4;
    this.#internTexts(from.data, from.offsets + done * 4, 0, 0, more, codes);
    if (inStep && (this.#frozen || this.count < from.length)) {
      this.#mapTo(translation, from.length);
      this.#arena.bytes.copyWithin(map.address + done * 4, codes, codes + more * 4);
    }
    translation.done = from.length;
    return translation.same ? sameCodes : map.address;
  }

  /** Makes a map for `length` codes, of which those until now may have been the same. */
  #mapTo(translation: Translation, length: number): void {
    const { map, done, same } = translation;
    map.ensure(length * 4);
    translation.same = false;
    if (!same) return;
    const codes = new Int32Array(this.#arena.buffer, map.address, done);
    for (let code = 0; code < done; code++) codes[code] = code;
  }

  /** Takes what is new in a dictionary of which the first `done` texts are all there is here; false where that does not fit. */
  #tryAdopt({ length, offsets, data, distinct, origin }: Dictionary, done: number): boolean {
    if (!distinct || this.#frozen) return false;
    const { view } = this.#arena;
    const first = offsets + done * 4;
    const bytes = view.getInt32(offsets + length * 4, true) - view.getInt32(first, true);
    const needed = this.dataBytes + bytes;
    const hasSlots = this.#late || length <= view.getInt32(this.table + header.limit, true);
    // The first time there may be no more to come.
    const times = done === 0 ? 1 : growth;
    const slots = Math.max(slotsFor(length), this.#slotsGrown(times));
    const quota = this.#quota;
    if (quota !== null && !quota.begins()) {
      const more = hasSlots ? 0 : slots * slotBytes - this.#slots.capacity + length * 4;
      const moreData = needed > this.#data.capacity ? Math.max(times * this.#data.capacity, needed) : 0;
      if (!quota.fits(more + moreData)) return false;
    }
    if (!hasSlots && !this.#growSlots(slots)) return false;
    if (!this.#ensureOffsets(length, times) || !this.#ensureData(needed, times)) return false;
    this.#kernels.intern_adopt(this.table, data, first, length - done);
    this.#unlisted += length - done;
    this.#origin = origin;
    this.#adopted = length;
    return true;
  }

  /** Makes the slots know all texts, as whoever looks one up needs it. */
  #list(): void {
    const { count } = this;
    const fits = count <= this.#arena.view.getInt32(this.table + header.limit, true);
    if (!fits && !this.#growSlots(slotsFor(count)))
      throw memoryError(this.#owner, slotsFor(count) * slotBytes, this.#arena.reserved, this.#arena.capacity);
    if (!this.#cleared) {
      const { address } = this.#slots;
      const slots = this.#arena.view.getUint32(this.table + header.size, true);
      this.#arena.bytes.fill(0, address, address + slots * slotBytes);
      this.#cleared = true;
    }
    if (this.#unlisted > 0) this.#kernels.intern_enter(this.table, count - this.#unlisted);
    this.#unlisted = 0;
  }

  /** Are there many more entries than rows to look them up, and more than fit? */
  #outgrown({ length, offsets }: Dictionary, done: number, rows: number): boolean {
    const quota = this.#quota;
    if (quota === null || length - done <= rows) return false;
    const { view } = this.#arena;
    const bytes = view.getInt32(offsets + length * 4, true) - view.getInt32(offsets + done * 4, true);
    return this.#frozen || !quota.fits(bytes + (length - done) * (slotBytes / maxLoad + 8));
  }

  /** As `translate`, for the entries that the rows of the column have. */
  #translateSome(translation: Translation, from: Dictionary, column: Vector, region: Region): number {
    const kernels = this.#kernels;
    translation.sparse = true;
    this.#mapTo(translation, from.length);
    const map = translation.map.address;
    kernels.intern_unmap(map, translation.done, from.length);
    translation.done = from.length;
    const { length, validity } = column;
    const list = region.reserve(length * 4);
    const count = kernels.intern_unmapped(column.data, validity, length, map, list);
    if (count === 0) return map;
    const texts = textVector(column.type, from.length, from.data, from.offsets);
    const machine = { arena: this.#arena, kernels };
    const some = take(texts, list, count, region, machine);
    const codes = region.reserve(count * 4);
    this.#internTexts(some.data, some.offsets, 0, 0, count, codes);
    kernels.intern_map(list, codes, count, map);
    return map;
  }

  /** Makes room for a text, or freezes the dictionary. */
  #grow(length: number): void {
    const quota = this.#quota;
    if (quota !== null) {
      const grows = (times: number): boolean =>
        (quota.begins() || quota.fits(this.#growth(length, times))) && this.tryGrow(length, times);
      this.#frozen = !grows(growth) && !grows(leastGrowth);
      return;
    }
    if (this.tryGrow(length)) return;
    throw memoryError(
      this.#owner,
      Math.max(length, this.#slots.capacity),
      this.#arena.reserved,
      this.#arena.capacity,
    );
  }

  /** Bytes that making room for a text takes, beside what is held. */
  #growth(length: number, times: number): number {
    let bytes = 0;
    if (this.count >= this.#arena.view.getInt32(this.table + header.limit, true)) {
      const slots = this.#slotsGrown(times);
      bytes += slots * slotBytes - this.#slots.capacity;
      if (slots * maxLoad * 4 > this.#offsets.capacity) bytes += slots * maxLoad * 4;
    }
    const needed = this.dataBytes + length;
    return needed > this.#data.capacity ? bytes + Math.max(times * this.#data.capacity, needed) : bytes;
  }

  #slotsGrown(times: number): number {
    const { view } = this.#arena;
    const grown = Math.ceil(view.getUint32(this.table + header.size, true) * times);
    return Math.max(leastSlots, grown, slotsFor(this.count + 1));
  }

  /** Slots are four fifths full at most; offsets grow along, so that every entry has its place. They know no text then. */
  #growSlots(slots: number): boolean {
    const { view } = this.#arena;
    const limit = Math.floor(slots * maxLoad);
    if (!this.#ensureOffsets(limit, 1)) return false;
    const before = this.#slots.capacity;
    // They are filled anew from the texts, so that the old ones need not be held beside them.
    this.#slots.release();
    const grown = this.#slots.tryEnsure(slots * slotBytes);
    if (!grown) this.#slots.ensure(before);
    if (grown) {
      view.setInt32(this.table + header.size, slots, true);
      view.setInt32(this.table + header.limit, limit, true);
    }
    view.setInt32(this.table + header.slots, this.#slots.address, true);
    this.#cleared = false;
    this.#unlisted = this.count;
    return grown;
  }
}

const slotsFor = (texts: number): number => Math.ceil(texts / maxLoad) + 1;

/** How codes of `lineage` translate. Only the latest few are kept: each file may bring a dictionary of its own. */
function translationOf(
  lineage: object,
  translations: Map<object, Translation>,
  arena: Arena,
  owner: string,
  same = false,
): Translation {
  const known = translations.get(lineage);
  if (known !== undefined) return known;
  const [oldest] = translations.keys();
  let map = new Growable(arena, owner);
  if (oldest !== undefined && translations.size >= maxTranslations) {
    map = translations.get(oldest)!.map;
    translations.delete(oldest);
  }
  const translation = { map, done: 0, same, sparse: false };
  translations.set(lineage, translation);
  return translation;
}
