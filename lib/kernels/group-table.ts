/**
 * Rows to groups: the distinct combinations of key values, numbered in order of first appearance.
 *
 *   text keys ─▶ codes (interner) ─┐
 *   other keys ────────────────────┴▶ small domain:  index ─▶ ids[index]            (group-dense.ts)
 *                                  └▶ any other:     key row ─▶ hash ─▶ slots ─▶ id (group-hash.ts)
 *
 * Both ways keep one packed row of keys a group (key-rows.ts), so the first turns into the second when its domain
 * outgrows the bound, and either index is built anew from the rows when it grows: no old one is held beside it. Null is
 * a value of its own; NaN equals NaN and -0.0 equals 0.0.
 *
 * Before it grows the table asks whether it may. Once a row came that it had no room for, it is frozen: rows of groups
 * that it has are still found, all others have none. Its dictionaries still ask for more, so that those have codes, too.
 */
import { type Batch, batchRows, bitmapBytes, codedVector, fixedVector, type Vector } from '../arrow/batch.js';
import { narrowOf } from '../arrow/narrow.js';
import { type DataType, int32, physicalOf, utf8 } from '../arrow/types.js';
import { allOrNone } from '../memory/all-or-none.js';
import { type Arena, Growable, type Region } from '../memory/arena.js';
import { Interner, type Quota } from './interner.js';
import { KeyRows } from './key-rows.js';
import { take, takeBatch } from './take.js';
import { type Kernels, kernel } from './wasm.js';

/** What became of the rows of one call; addresses are in the caller's region. */
export interface Assigned {
  /** Address of the int32 group of each row. */
  readonly groups: number;
  /** Address of the int32 rows that began a group, ascending; their groups are the last `freshCount`. */
  readonly fresh: number;
  readonly freshCount: number;
  /** Rows that have a group: all, until the table is frozen. */
  readonly knownCount: number;
  /** Where not all rows have one, the addresses of the int32 rows that have, and of those that have not, ascending. */
  readonly known: number;
  readonly unknown: number;
  /** The keys, texts as codes of `texts`: -1 where a dictionary is frozen and does not have one. */
  readonly keys: readonly Vector[];
}

/** Rows by whether they have a group. */
export interface Divided {
  /** Address of the int32 groups of those that have one. */
  readonly groups: number;
  readonly known: Batch;
  readonly rest: Batch | null;
}

/**
 * May the table grow to so many groups, for which it takes so many bytes more? Whoever says yes has room for what else
 * these groups take.
 */
export type MayGrow = (groups: number, bytes: number) => boolean;

/** Entries of the largest direct table: 16 MiB, and no more than a sixteenth of the budget. */
const maxDomain = 2 ** 22;

/** Direct tables up to this many entries stay in the cache and need no justification. */
const smallDomain = 2 ** 17;

/** Before the ids of a direct table stands one that is none, for rows outside the domain. */
const idsAt = 4;

const slotBytes = 8;
const leastSlots = 4096;

/** An index of fewer bytes is in the cache. */
const cachedBytes = 2 ** 20;

/** Bits of the filter to a group: one in eight rows or fewer passes that has none. */
const filterBits = 8;

/** Room is made for so many groups at least. */
const leastMore = 1024;

/** Byte offsets in the kernels' GroupHeader. */
const header = {
  slots: 0,
  mask: 4,
  limit: 8,
  count: 12,
  keys: 16,
  shift: 20,
  stride: 24,
  fresh: 28,
  filter: 32,
  filterShift: 36,
  range: 40,
  bytes: 56,
} as const;

/** One key's part of the domain: `base` to `base + span - 1`, and null. */
interface Domain {
  readonly base: number;
  readonly span: number;
}

export class GroupTable {
  readonly #arena: Arena;
  readonly #kernels: Kernels;
  readonly #types: readonly DataType[];
  /** Of the keys that are texts. */
  readonly #interners: readonly (Interner | null)[];
  readonly #home: Region;
  readonly #scratch: Region;
  readonly #header: number;
  readonly #rows: KeyRows;
  #count = 0;
  #expected = 0;
  /** Group ids by index while the domain is small, slots of hashes otherwise. */
  readonly #index: Growable;
  /** When the table is frozen, a bit for each group by its hash: most rows that have none are told by it. */
  readonly #filter: Growable;
  /** Null once the keys are hashed. */
  #domains: readonly Domain[] | null;
  /** Groups that the domains have room for. */
  #domainSize = 0;
  readonly #mayGrow: MayGrow | null;
  /** Groups that there is room for. */
  #room = 0;
  #frozen = false;
  /** Was it tried to make the filter? */
  #filtered = false;

  /** Without `mayGrow` the table grows as long as the arena has room. */
  constructor(
    types: readonly DataType[],
    arena: Arena,
    kernels: Kernels,
    owner: string,
    mayGrow: MayGrow | null = null,
  ) {
    this.#mayGrow = mayGrow;
    const quota: Quota | null = mayGrow && {
      fits: (bytes) => mayGrow(this.#room, bytes),
      begins: () => this.#count === 0,
    };
    this.#arena = arena;
    this.#kernels = kernels;
    this.#types = types;
    this.#interners = allOrNone(
      types,
      (type) => (physicalOf(type) === 'text' ? new Interner(arena, kernels, owner, quota) : null),
      (interner) => interner?.release(),
    );
    this.#home = arena.region(owner);
    this.#scratch = arena.region(owner);
    this.#index = new Growable(arena, owner);
    this.#filter = new Growable(arena, owner);
    try {
      this.#header = this.#home.reserveZeroed(header.bytes);
      this.#rows = new KeyRows(types, this.#home, { arena, kernels }, owner);
    } catch (error) {
      this.#home.release();
      for (const interner of this.#interners) interner?.release();
      throw error;
    }
    const direct = types.every((_, k) => /^(bit|[iu](8|16|32|64))$/.test(this.#rows.physicalOf(k)));
    this.#domains = direct ? types.map(() => ({ base: 0, span: 0 })) : null;
  }

  /** Groups so far. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the arena that the table takes. */
  get held(): number {
    const texts = this.#interners.reduce((sum, interner) => sum + (interner?.held ?? 0), 0);
    return this.#home.held + this.#rows.held + this.#index.capacity + this.#filter.capacity + texts;
  }

  /** The dictionaries of keys that are texts. */
  get texts(): readonly (Interner | null)[] {
    return this.#interners;
  }

  /** No more groups are taken. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /** So many groups are to come, for which there is room: where keys are hashed the index is made for them at once. */
  expect(groups: number): void {
    this.#expected = groups;
  }

  /** The groups of `length` rows; `keys` are columns of the table's types, in order. */
  assign(keys: readonly Vector[], length: number, region: Region): Assigned {
    const groups = region.reserve(length * 4);
    const fresh = region.reserve(length * 4);
    const before = this.#count;
    if (this.#types.length === 0) {
      this.#arena.bytes.fill(0, groups, groups + length * 4);
      this.#arena.view.setInt32(fresh, 0, true);
      if (length > 0) this.#count = 1;
      return { groups, fresh, freshCount: this.#count - before, ...allKnown(length), keys };
    }
    const columns = keys.map((key, k) => this.#column(key, k, region));
    if (this.#interners.some((interner) => interner?.frozen)) this.#frozen = true;
    if (columns.some(({ validity }) => validity !== 0)) this.#mask();
    const all =
      this.#assignOne(columns, length, groups, fresh) ||
      (this.#domains !== null && this.#assignDirect(columns, length, groups, fresh, region)) ||
      (this.#domains === null && this.#assignHashed(columns, length, groups, fresh, region));
    const freshCount = this.#count - before;
    if (all) return { groups, fresh, freshCount, ...allKnown(length), keys: columns };
    const known = region.reserve(length * 4);
    const unknown = region.reserve(length * 4);
    const knownCount = this.#kernels.group_split(groups, length, known, unknown);
    if (knownCount < length) this.#frozen = true;
    return { groups, fresh, freshCount, knownCount, known, unknown, keys: columns };
  }

  /** The rows that have a group, and the rest of them; what is copied is in `region`. */
  divide(found: Assigned, rows: Batch, region: Region): Divided {
    const { groups, known, knownCount, unknown } = found;
    if (knownCount === rows.length) return { groups, known: rows, rest: null };
    const machine = { arena: this.#arena, kernels: this.#kernels };
    return {
      groups: take(fixedVector(int32, rows.length, groups), known, knownCount, region, machine).data,
      known: takeBatch(rows, known, knownCount, region, machine),
      rest: takeBatch(rows, unknown, rows.length - knownCount, region, machine),
    };
  }

  /** The keys of groups [from, from + length) as columns in `region`; text comes dictionary-coded. */
  columns(from: number, length: number, region: Region): Vector[] {
    return this.#rows.columns(from, length, region).map((column, k) => {
      const interner = this.#interners[k] ?? null;
      if (interner === null) return column;
      return codedVector(utf8, length, column.data, interner.dictionary(), column.validity);
    });
  }

  release(): void {
    this.releaseGroups();
    for (const interner of this.#interners) interner?.release();
  }

  /** Gives back all but the dictionaries. */
  releaseGroups(): void {
    this.#rows.release();
    this.#home.release();
    this.#scratch.release();
    this.#index.release();
    this.#filter.release();
  }

  /** Makes room for so many groups, and of `more` bytes; false if that may not be. */
  #makeRoom(groups: number, more = 0): boolean {
    if (this.#frozen) return false;
    if (groups <= this.#room && more <= 0) return true;
    const wanted = this.#rows.pieces.roomFor(groups);
    return this.#take(Math.max(wanted, this.#room), more) || (groups < wanted && this.#take(groups, more));
  }

  #take(groups: number, more: number): boolean {
    const { pieces } = this.#rows;
    const mayGrow = this.#mayGrow;
    const rows = Math.max(0, pieces.bytesFor(groups) - pieces.held);
    // The first rows must find room.
    const forced = mayGrow === null || this.#room === 0;
    if (mayGrow !== null && !mayGrow(groups, rows + more) && !forced) return false;
    if (forced) pieces.reserve(groups);
    else if (!pieces.tryReserve(groups)) return false;
    this.#room = groups;
    return true;
  }

  #column(key: Vector, k: number, region: Region): Vector {
    const interner = this.#interners[k] ?? null;
    if (interner !== null) return interner.intern(key, region);
    if (key.type.kind === 'null') return { ...key, validity: region.reserveZeroed(bitmapBytes(key.length)) };
    return key;
  }

  /** From now on keys may be null. */
  #mask(): void {
    if (this.#rows.masked || this.#frozen) return;
    const more = this.#rows.bytesMasked(this.#count) - this.#rows.pieces.held;
    if (this.#count > 0 && !this.#makeRoom(this.#room, more)) {
      this.#frozen = true;
      return;
    }
    this.#rows.mask(this.#count);
    this.#room = Math.min(this.#room, this.#rows.pieces.room);
    if (this.#domains === null && this.#index.capacity > 0) this.#hashAll(this.#slots());
  }

  /** Groups that may be begun at once, of `most` more. */
  #limit(most: number): number {
    if (this.#frozen) return this.#count;
    // Where there is not so much room, less must do.
    for (let more = most - this.#count; more > 0 && !this.#makeRoom(this.#count + more); )
      more = more > leastMore ? Math.ceil(more / 4) : 0;
    return Math.min(most, this.#room);
  }

  /** An index of another size in the place of the old; if there is no room, a new one of the old size, and false. */
  #resizeIndex(bytes: number): boolean {
    const had = this.#index.capacity;
    this.#index.release();
    if (this.#index.tryEnsure(bytes)) return true;
    this.#index.ensure(had);
    return false;
  }

  // ---- small domains

  get #ids(): number {
    return this.#index.address + idsAt;
  }

  /** A single key without nulls needs no indices. True if all rows have a group, false if rows remain to be done. */
  #assignOne(columns: readonly Vector[], length: number, groups: number, fresh: number): boolean {
    const [column, ...others] = columns as [Vector, ...Vector[]];
    if (this.#domains === null || this.#index.capacity === 0) return false;
    if (others.length > 0 || column.validity !== 0) return false;
    const { physical, data } = this.#values(column, 0);
    const most = Math.min(this.#domainSize - (this.#rows.masked ? 0 : 1), this.#count + length);
    if (physical === 'bit' || this.#limit(most) < most) return false;
    const { base, span } = this.#domains[0]!;
    const assign = kernel(this.#kernels, `group_dense_one_${physical}`);
    const count = assign(data, length, base, span, this.#ids, this.#count, groups, fresh);
    if (count < 0) return false;
    this.#begin(columns, count, fresh);
    return true;
  }

  /** True if all rows have a group for sure. Where the domain is too large, keys are hashed from now on, and it is false. */
  #assignDirect(
    columns: readonly Vector[],
    length: number,
    groups: number,
    fresh: number,
    region: Region,
  ): boolean {
    const indices = region.reserve(length * 4);
    const domains = this.#domains!;
    const indexed = this.#index.capacity > 0 && this.#index32(domains, columns, length, indices);
    if (!indexed && !this.#frozen) {
      if (this.#widen(columns, length)) this.#index32(this.#domains!, columns, length, indices);
      else if (this.#toHashes()) return false;
      else this.#frozen = true;
    }
    if (!indexed && this.#frozen && !this.#indexFound(columns, length, indices, groups)) return false;
    const most = Math.min(this.#domainSize, this.#count + length);
    const limit = this.#limit(most);
    const count = this.#kernels.group_dense_assign(
      ...([indices, length, this.#ids, this.#count, limit, groups, fresh] as const),
    );
    this.#begin(columns, count, fresh);
    return limit === most && !this.#frozen;
  }

  /** From now on keys are hashed; false if there is no room for it. */
  #toHashes(): boolean {
    const slots = slotsFor(Math.max(this.#count, this.#expected));
    const bytes = slots * slotBytes;
    if (this.#count === 0) this.#index.ensure(bytes);
    else {
      if (!this.#makeRoom(this.#count, bytes - this.#index.capacity)) return false;
      if (!this.#resizeIndex(bytes)) {
        this.#enterAll();
        return false;
      }
    }
    this.#domains = null;
    this.#hashAll(slots);
    return true;
  }

  /** False if a value lies outside the domains. */
  #index32(domains: readonly Domain[], columns: readonly Vector[], length: number, out: number): boolean {
    let factor = 1;
    let outside = 0;
    for (let k = 0; k < domains.length; k++) {
      const { physical, data } = this.#values(columns[k]!, k);
      const { base, span } = domains[k]!;
      const index = kernel(this.#kernels, `group_index_${physical}`);
      outside |= index(data, columns[k]!.validity, length, out, base, span, factor, k);
      factor *= span + 1;
    }
    return outside === 0;
  }

  /** Rows outside the domains get the index of no id. Where there is no index yet, no row has a group, and it is false. */
  #indexFound(columns: readonly Vector[], length: number, indices: number, groups: number): boolean {
    if (this.#index.capacity === 0) {
      this.#arena.bytes.fill(0xff, groups, groups + length * 4);
      return false;
    }
    this.#domains!.forEach(({ base, span }, k) => {
      const { physical, data } = this.#values(columns[k]!, k);
      if (physical === 'bit') return;
      const leave = kernel(this.#kernels, `group_outside_${physical}`);
      leave(data, columns[k]!.validity, length, indices, base, span);
    });
    return true;
  }

  /** Makes the domains hold these rows too; false if they would be too large. */
  #widen(columns: readonly Vector[], length: number): boolean {
    const before = this.#domains!;
    const domains: Domain[] = [];
    for (let k = 0; k < before.length; k++) {
      const wanted = this.#range(columns[k]!, k, length);
      if (wanted !== null && (Math.abs(wanted.base) > 2 ** 52 || wanted.span > maxDomain)) return false;
      domains.push(wanted === null ? before[k]! : union(before[k]!, wanted));
    }
    const size = domains.reduce((product, domain) => product * (domain.span + 1), 1);
    const bound = Math.min(maxDomain, this.#arena.capacity / 64);
    if (size > bound || (size > smallDomain && size > 64 * (this.#count + length))) return false;
    const bytes = idsAt + size * 4;
    if (!this.#makeRoom(Math.max(1, this.#count), bytes - this.#index.capacity)) return false;
    const resized = this.#resizeIndex(bytes);
    if (resized) {
      this.#domains = domains;
      this.#domainSize = size;
    }
    if (this.#index.capacity > 0) this.#enterAll();
    return resized;
  }

  #enterAll(): void {
    const { address } = this.#index;
    this.#arena.bytes.fill(0xff, address, address + idsAt + this.#domainSize * 4);
    for (let from = 0; from < this.#count; from += batchRows) {
      const count = Math.min(batchRows, this.#count - from);
      this.#scratch.reset();
      const known = this.#rows.columns(from, count, this.#scratch);
      const indices = this.#scratch.reserve(count * 4);
      if (!this.#index32(this.#domains!, known, count, indices))
        throw new Error('bug: a group outside its domain');
      this.#kernels.group_dense_place(indices, count, this.#ids, from);
    }
    this.#scratch.release();
  }

  /** The values of a column; for codes what the dictionary holds, with room to grow. */
  #range(column: Vector, k: number, length: number): Domain | null {
    const interner = this.#interners[k] ?? null;
    if (interner !== null) return { base: 0, span: 2 ** Math.ceil(Math.log2(interner.count + 1)) };
    const values = this.#values(column, k);
    if (values.physical === 'bit') return { base: 0, span: 2 };
    const range = kernel(this.#kernels, `group_range_${values.physical}`);
    if (range(values.data, column.validity, length, this.#rangeResult) === 0) return null;
    const { view } = this.#arena;
    const least = view.getFloat64(this.#rangeResult, true);
    return { base: least, span: view.getFloat64(this.#rangeResult + 8, true) - least + 1 };
  }

  /** The key's integers, as narrow as they are to be had. */
  #values(column: Vector, k: number): { readonly physical: string; readonly data: number } {
    return narrowOf(column) ?? { physical: this.#rows.physicalOf(k), data: column.data };
  }

  /** Keeps the keys of the groups up to `count`, which the rows at `fresh` began. */
  #begin(columns: readonly Vector[], count: number, fresh: number): void {
    this.#rows.put(columns, fresh, count - this.#count, this.#count);
    this.#count = count;
  }

  // ---- hashed keys

  /** True if all rows have a group for sure. */
  #assignHashed(
    columns: readonly Vector[],
    length: number,
    groups: number,
    fresh: number,
    region: Region,
  ): boolean {
    if (this.#index.capacity === 0) this.#toHashes();
    const { stride } = this.#rows.pieces;
    const rows = this.#rows.pack(columns, length, region);
    const hashes = region.reserve(length * 4);
    this.#kernels.group_hash(rows, stride, length, hashes);
    const { view } = this.#arena;
    view.setInt32(this.#header + header.fresh, fresh, true);
    let done = 0;
    while (!this.#frozen) {
      done = this.#kernels.group_probe(this.#header, rows, hashes, done, length, groups);
      this.#count = view.getInt32(this.#header + header.count, true);
      if (done === length) return true;
      if (!this.#extend()) this.#frozen = true;
    }
    this.#filterGroups();
    this.#kernels.group_find(this.#header, rows, hashes, done, length, groups);
    // Without masks a null looks like zero.
    if (!this.#rows.masked)
      for (const { validity } of columns)
        if (validity !== 0) this.#kernels.group_drop_nulls(groups, validity, length);
    return false;
  }

  /** Makes room for another group where the kernel stopped. */
  #extend(): boolean {
    const slots = this.#slots();
    if (this.#count >= slots * mostLoad) {
      const doubled = this.#makeRoom(this.#count + 1, slots * slotBytes);
      if (doubled && this.#resizeIndex(2 * slots * slotBytes)) {
        this.#hashAll(2 * slots);
        return true;
      }
      if (doubled) this.#hashAll(slots);
      if (this.#count >= slots * fullLoad) return false;
      // Long probes are better than rows on disk.
      return this.#makeRoom(this.#count + leastMore) && this.#setLimit(slots * fullLoad);
    }
    return this.#makeRoom(this.#count + leastMore) && this.#setLimit(slots * mostLoad);
  }

  #slots(): number {
    return this.#arena.view.getUint32(this.#header + header.mask, true) + 1;
  }

  #setLimit(groups: number): true {
    const limit = Math.min(Math.floor(groups), this.#room);
    this.#arena.view.setInt32(this.#header + header.limit, limit, true);
    return true;
  }

  /** Fills the index, which has room for so many slots, from the key rows. */
  #hashAll(slots: number): void {
    const { view, bytes } = this.#arena;
    const { pieces } = this.#rows;
    bytes.fill(0, this.#index.address, this.#index.address + slots * slotBytes);
    view.setInt32(this.#header + header.slots, this.#index.address, true);
    view.setInt32(this.#header + header.mask, slots - 1, true);
    view.setInt32(this.#header + header.count, this.#count, true);
    view.setInt32(this.#header + header.keys, pieces.table, true);
    view.setInt32(this.#header + header.shift, pieces.shift, true);
    view.setInt32(this.#header + header.stride, pieces.stride, true);
    this.#setLimit(slots * (this.#count >= slots * mostLoad ? fullLoad : mostLoad));
    this.#eachHashes((hashes, from, length) => this.#kernels.group_enter(this.#header, hashes, from, length));
  }

  /** Of a frozen table: makes the filter, if it may be. Where the index is in the cache, it does as well. */
  #filterGroups(): void {
    if (this.#filtered) return;
    this.#filtered = true;
    const bits = Math.ceil(Math.log2(this.#count * filterBits));
    const bytes = 2 ** bits / 8;
    if (this.#index.capacity < cachedBytes || this.#mayGrow?.(this.#room, bytes) === false) return;
    if (!this.#filter.tryEnsure(bytes, 1)) return;
    const { address } = this.#filter;
    const { bytes: all, view } = this.#arena;
    all.fill(0, address, address + bytes);
    view.setUint32(this.#header + header.filter, address, true);
    view.setUint32(this.#header + header.filterShift, 32 - bits, true);
    this.#eachHashes((hashes, _, length) => this.#kernels.group_filter(this.#header, hashes, length));
  }

  /** Tells of the hashes of all groups, an address of 32 bits each, batch by batch. */
  #eachHashes(tell: (hashes: number, from: number, length: number) => void): void {
    const { stride } = this.#rows.pieces;
    for (let from = 0; from < this.#count; from += batchRows) {
      const length = Math.min(batchRows, this.#count - from);
      this.#scratch.reset();
      const hashes = this.#scratch.reserve(length * 4);
      const rows = this.#rows.adjacent(from, length, this.#scratch);
      this.#kernels.group_hash(rows, stride, length, hashes);
      tell(hashes, from, length);
    }
    this.#scratch.release();
  }

  /** Two doubles of scratch beside the kernels' header. */
  get #rangeResult(): number {
    return this.#header + header.range;
  }
}

const allKnown = (length: number) => ({ knownCount: length, known: 0, unknown: 0 });

/** Both domains; one that grows doubles at least, so that it is laid out anew only a few times. */
function union(a: Domain, b: Domain): Domain {
  if (a.span === 0) return b;
  const end = Math.max(a.base + a.span, b.base + b.span);
  const base = Math.min(a.base, b.base);
  if (base === a.base && end === a.base + a.span) return a;
  const span = Math.max(end - base, 2 * a.span);
  return { base: base < a.base ? end - span : base, span };
}

/** The part of the slots that are in use before they are doubled, and where they may not be. */
const mostLoad = 1 / 2;
const fullLoad = 7 / 8;

const slotsFor = (count: number): number =>
  Math.max(leastSlots, 2 ** Math.ceil(Math.log2(count / mostLoad + 1)));
