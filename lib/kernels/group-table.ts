/**
 * Rows to groups: the distinct combinations of key values, numbered in order of first appearance.
 *
 *   text keys ─▶ codes (interner) ─┐
 *   other keys ────────────────────┴▶ small domain:  index ─▶ ids[index]            (group-dense.ts)
 *                                  └▶ any other:     key row ─▶ hash ─▶ slots ─▶ id (group-hash.ts)
 *
 * Both ways keep one packed row of keys a group (group-key.ts), so the first turns into the second when its
 * domain outgrows the bound. Null is a value of its own; NaN equals NaN and -0.0 equals 0.0.
 *
 * Before it grows the table asks whether it may. Once it may not, it is frozen: rows of groups that it has are still
 * found, all others have none.
 */
import { batchRows, bitmapBytes, codedVector, fixedVector, type Vector } from '../arrow/batch.js';
import { narrowOf } from '../arrow/narrow.js';
import { type DataType, physicalOf, utf8, widthOf } from '../arrow/types.js';
import { allOrNone } from '../memory/all-or-none.js';
import { type Arena, Growable, type Region } from '../memory/arena.js';
import { Interner, type Quota } from './interner.js';
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
}

/** May the table grow to so many groups, for which it takes so many bytes more? */
export type MayGrow = (groups: number, bytes: number) => boolean;

/** Entries of the largest direct table: 16 MiB, and no more than a sixteenth of the budget. */
const maxDomain = 2 ** 22;

/** Direct tables up to this many entries stay in the cache and need no justification. */
const smallDomain = 2 ** 17;

const slotBytes = 8;

/** So many groups are asked for at least. */
const leastAllowed = 1024;

/** Byte offsets in the kernels' GroupHeader. */
const header = {
  slots: 0,
  mask: 4,
  limit: 8,
  count: 12,
  keys: 16,
  stride: 20,
  fresh: 24,
  range: 32,
  bytes: 48,
} as const;

interface KeyField {
  readonly type: DataType;
  /** How the packed value lies in memory: codes stand for text. */
  readonly physical: string;
  readonly width: number;
  readonly interner: Interner | null;
  offset: number;
  maskBit: number;
  maskOffset: number;
}

/** One key's part of the domain: `base` to `base + span - 1`, and null. */
interface Domain {
  base: number;
  span: number;
}

export class GroupTable {
  readonly #arena: Arena;
  readonly #kernels: Kernels;
  readonly #owner: string;
  readonly #fields: readonly KeyField[];
  readonly #home: Region;
  readonly #scratch: Region;
  readonly #header: number;
  #keys: Growable;
  #stride = 0;
  /** Whether key rows have mask bytes: not before the first null comes. */
  #masked = false;
  #count = 0;
  /** Group ids by index while the domain is small, slots of hashes otherwise. */
  readonly #index: Growable;
  /** Null once the keys are hashed. */
  #domains: Domain[] | null;
  /** Groups that the domains have room for. */
  #domainSize = 0;
  readonly #mayGrow: MayGrow | null;
  /** Groups that the table was allowed to grow to. */
  #allowed = 0;
  #frozen = false;

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
      fits: (bytes) => mayGrow(this.#allowed, bytes),
      begins: () => this.#count === 0,
    };
    this.#arena = arena;
    this.#kernels = kernels;
    this.#owner = owner;
    this.#fields = allOrNone(
      types,
      (type) => keyField(type, arena, kernels, owner, quota),
      ({ interner }) => interner?.release(),
    );
    this.#home = arena.region(owner);
    this.#scratch = arena.region(owner);
    this.#keys = new Growable(arena, owner);
    this.#index = new Growable(arena, owner);
    const direct = this.#fields.every((field) => /^(bit|[iu](8|16|32|64))$/.test(field.physical));
    this.#domains = direct ? this.#fields.map(() => ({ base: 0, span: 0 })) : null;
    try {
      this.#header = this.#home.reserveZeroed(header.bytes);
      this.#layOut();
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Groups so far. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the arena that the table takes. */
  get held(): number {
    const texts = this.#fields.reduce((sum, { interner }) => sum + (interner?.held ?? 0), 0);
    return this.#home.held + this.#keys.capacity + this.#index.capacity + texts;
  }

  /** No more groups are taken. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /** The groups of `length` rows; `keys` are columns of the table's types, in order. */
  assign(keys: readonly Vector[], length: number, region: Region): Assigned {
    const groups = region.reserve(length * 4);
    const fresh = region.reserve(length * 4);
    const before = this.#count;
    if (this.#fields.length === 0) {
      this.#arena.bytes.fill(0, groups, groups + length * 4);
      this.#arena.view.setInt32(fresh, 0, true);
      if (length > 0) this.#count = 1;
      return allKnown(groups, fresh, this.#count - before, length);
    }
    const columns = keys.map((key, k) => this.#column(key, k, region));
    if (this.#fields.some(({ interner }) => interner?.frozen)) this.#freeze();
    if (!this.#masked && !this.#frozen && columns.some((column) => column.validity !== 0)) this.#mask();
    if (!this.#frozen && !this.#assignOne(columns, length, groups, fresh)) {
      const indices = this.#directIndices(columns, length, region);
      if (indices !== 0) this.#assignDirect(columns, indices, length, groups, fresh);
    }
    const done = this.#domains === null ? this.#assignHashed(columns, length, groups, fresh, region) : length;
    const freshCount = this.#count - before;
    if (done === length) return allKnown(groups, fresh, freshCount, length);
    const known = region.reserve(length * 4);
    const unknown = region.reserve(length * 4);
    const knownCount = this.#kernels.group_split(groups, length, known, unknown);
    return { groups, fresh, freshCount, knownCount, known, unknown };
  }

  /** The keys of groups [from, from + length) as columns in `region`; text comes dictionary-coded. */
  columns(from: number, length: number, region: Region): Vector[] {
    return this.#fields.map((field) => this.#unpack(field, from, length, region));
  }

  release(): void {
    for (const { interner } of this.#fields) interner?.release();
    this.#home.release();
    this.#scratch.release();
    this.#keys.release();
    this.#index.release();
  }

  /** May there be so many groups? If not, the table is frozen. */
  #roomFor(groups: number, more = 0): boolean {
    if (this.#frozen) return false;
    if (this.#mayGrow === null || (groups <= this.#allowed && more === 0)) return true;
    const wanted = Math.max(this.#allowed, leastAllowed, 2 ** Math.ceil(Math.log2(groups)));
    const keys = wanted * this.#stride;
    const slots = wanted * 2 * slotBytes;
    const bytes = (keys > this.#keys.capacity ? keys : 0) + Math.max(0, slots - this.#index.capacity) + more;
    // The first rows must find room.
    if (this.#count > 0 && !this.#mayGrow(wanted, bytes)) return false;
    this.#allowed = wanted;
    return true;
  }

  #freeze(): void {
    if (this.#frozen) return;
    this.#frozen = true;
    for (const { interner } of this.#fields) interner?.freeze();
    if (this.#domains === null && this.#index.capacity > 0) return;
    this.#domains = null;
    this.#hashAll(slotsFor(this.#count), this.#count);
  }

  #column(key: Vector, k: number, region: Region): Vector {
    const { interner, type } = this.#fields[k]!;
    if (interner !== null) return interner.intern(key, region);
    if (type.kind === 'null') return { ...key, validity: region.reserveZeroed(bitmapBytes(key.length)) };
    return key;
  }

  // ---- key rows

  /** Fields widest first, so that each is aligned. */
  #layOut(): void {
    let at = 0;
    for (const field of this.#fields.toSorted((a, b) => b.width - a.width)) {
      field.offset = at;
      at += field.width;
    }
    this.#fields.forEach((field, k) => {
      field.maskOffset = at + (k >> 3);
      field.maskBit = this.#masked ? 1 << (k & 7) : 0;
    });
    if (this.#masked) at += (this.#fields.length + 7) >> 3;
    this.#stride = Math.max(8, (at + 7) & ~7);
  }

  /** Packs `rows` (an address of int32s, or 0 for all) of the columns to key rows at `out`. */
  #pack(columns: readonly Vector[], rows: number, count: number, out: number): void {
    this.#arena.bytes.fill(0, out, out + count * this.#stride);
    this.#fields.forEach((field, k) => {
      const { data, validity } = columns[k]!;
      const mask = field.maskOffset - field.offset;
      const pack = kernel(this.#kernels, `group_pack_${packed(field.physical)}`);
      pack(data, validity, rows, count, out + field.offset, this.#stride, mask, field.maskBit);
    });
  }

  #unpack(field: KeyField, from: number, length: number, region: Region): Vector {
    const stride = this.#stride;
    const row = this.#keys.address + from * stride;
    let validity = 0;
    if (this.#masked) {
      validity = region.reserve(bitmapBytes(length));
      const at = row + field.maskOffset;
      if (this.#kernels.group_unpack_bit(at, stride, length, field.maskBit, 0, validity) === length)
        validity = 0;
    }
    const at = row + field.offset;
    if (field.physical === 'bit') {
      const data = region.reserve(bitmapBytes(length));
      this.#kernels.group_unpack_bit(at, stride, length, 1, 1, data);
      return fixedVector(field.type, length, data, validity);
    }
    const data = region.reserve(length * field.width);
    kernel(this.#kernels, `group_unpack_${unpacked[field.width]}`)(at, stride, length, data);
    return field.interner === null
      ? fixedVector(field.type, length, data, validity)
      : codedVector(utf8, length, data, field.interner.dictionary(), validity);
  }

  /** From now on keys may be null. */
  #mask(): void {
    // The rows are moved to others, eight bytes longer at most.
    const groups = Math.max(this.#allowed, this.#count);
    if (this.#count > 0 && !this.#roomFor(groups, groups * (this.#stride + 8))) {
      this.#freeze();
      return;
    }
    this.#masked = true;
    this.#repack();
  }

  /** Gives the key rows mask bytes, which they had not. */
  #repack(): void {
    const old = {
      keys: this.#keys,
      stride: this.#stride,
      fields: this.#fields.map((field) => ({ ...field })),
    };
    this.#keys = new Growable(this.#arena, this.#owner);
    this.#layOut();
    if (this.#count > 0) {
      this.#ensureKeys(this.#count);
      for (let from = 0; from < this.#count; from += batchRows) {
        const length = Math.min(batchRows, this.#count - from);
        this.#scratch.reset();
        const columns = old.fields.map((field) => {
          const data = this.#scratch.reserve(length * Math.max(1, field.width));
          const at = old.keys.address + from * old.stride + field.offset;
          if (field.physical === 'bit') this.#kernels.group_unpack_bit(at, old.stride, length, 1, 1, data);
          else kernel(this.#kernels, `group_unpack_${unpacked[field.width]}`)(at, old.stride, length, data);
          return fixedVector(field.type, length, data);
        });
        this.#pack(columns, 0, length, this.#keys.address + from * this.#stride);
      }
      this.#scratch.release();
    }
    old.keys.release();
    if (this.#domains === null && this.#index.capacity > 0) this.#hashAll(this.#slots());
  }

  #ensureKeys(count: number): void {
    this.#keys.ensure(count * this.#stride);
  }

  // ---- small domains

  /** The address of each row's index into the direct table; 0 if the keys are hashed. */
  #directIndices(columns: readonly Vector[], length: number, region: Region): number {
    if (this.#domains === null) return 0;
    const indices = region.reserve(length * 4);
    const fits = this.#index.capacity > 0 && this.#index32(columns, length, indices);
    if (fits && this.#roomFor(Math.min(this.#domainSize, this.#count + length))) return indices;
    if (!fits && this.#widen(columns, length) && this.#index32(columns, length, indices)) return indices;
    const slots = slotsFor(this.#count + length);
    if (this.#roomFor(slots / 2)) {
      this.#domains = null;
      this.#hashAll(slots);
    } else this.#freeze();
    return 0;
  }

  /** False if a value lies outside the domains. */
  #index32(columns: readonly Vector[], length: number, out: number): boolean {
    let factor = 1;
    for (let k = 0; k < this.#fields.length; k++) {
      const { validity } = columns[k]!;
      const { physical, data } = this.#values(columns[k]!, k);
      const { base, span } = this.#domains![k]!;
      const index = kernel(this.#kernels, `group_index_${physical}`);
      if (index(data, validity, length, out, base, span, factor, k) !== 0) return false;
      factor *= span + 1;
    }
    return true;
  }

  /** Makes the domains hold these rows too; false if they would be too large. */
  #widen(columns: readonly Vector[], length: number): boolean {
    const domains = this.#domains!;
    const fresh = this.#index.capacity === 0;
    for (let k = 0; k < this.#fields.length; k++) {
      const wanted = this.#range(columns[k]!, k, length);
      if (wanted === null) continue;
      if (Math.abs(wanted.base) > 2 ** 52 || wanted.span > maxDomain) return false;
      if (fresh || domains[k]!.span === 0) domains[k] = wanted;
      else domains[k] = union(domains[k]!, wanted);
    }
    const size = domains.reduce((product, domain) => product * (domain.span + 1), 1);
    const bound = Math.min(maxDomain, this.#arena.capacity / 64);
    if (size > bound || (size > smallDomain && size > 64 * (this.#count + length))) return false;
    if (!this.#roomFor(Math.min(size, this.#count + length), size * 4)) return false;
    this.#domainSize = size;
    if (!this.#index.tryEnsure(size * 4)) return false;
    this.#arena.bytes.fill(0xff, this.#index.address, this.#index.address + size * 4);
    for (let from = 0; from < this.#count; from += batchRows) {
      const count = Math.min(batchRows, this.#count - from);
      this.#scratch.reset();
      const known = this.#fields.map((field) => this.#unpack(field, from, count, this.#scratch));
      const indices = this.#scratch.reserve(count * 4);
      if (!this.#index32(known, count, indices)) throw new Error('bug: a group outside its domain');
      this.#kernels.group_dense_place(indices, count, this.#index.address, from);
    }
    this.#scratch.release();
    return true;
  }

  /** The values of a column; for codes what the dictionary holds, with room to grow. */
  #range(column: Vector, k: number, length: number): Domain | null {
    const { physical, interner } = this.#fields[k]!;
    if (interner !== null) return { base: 0, span: 2 ** Math.ceil(Math.log2(interner.count + 1)) };
    if (physical === 'bit') return { base: 0, span: 2 };
    const values = this.#values(column, k);
    const range = kernel(this.#kernels, `group_range_${values.physical}`);
    if (range(values.data, column.validity, length, this.#rangeResult()) === 0) return null;
    const { view } = this.#arena;
    const least = view.getFloat64(this.#rangeResult(), true);
    return { base: least, span: view.getFloat64(this.#rangeResult() + 8, true) - least + 1 };
  }

  /** The key's integers, as narrow as they are to be had. */
  #values(column: Vector, k: number): { readonly physical: string; readonly data: number } {
    return narrowOf(column) ?? { physical: this.#fields[k]!.physical, data: column.data };
  }

  /** A single key without nulls needs no indices: false where it is not that, or lies outside the domain. */
  #assignOne(columns: readonly Vector[], length: number, groups: number, fresh: number): boolean {
    const [column, ...others] = columns as [Vector, ...Vector[]];
    if (this.#domains === null || this.#index.capacity === 0) return false;
    if (others.length > 0 || column.validity !== 0) return false;
    const { physical, data } = this.#values(column, 0);
    if (physical === 'bit' || !this.#roomFor(Math.min(this.#domainSize, this.#count + length))) return false;
    const { base, span } = this.#domains[0]!;
    const assign = kernel(this.#kernels, `group_dense_one_${physical}`);
    const count = assign(data, length, base, span, this.#index.address, this.#count, groups, fresh);
    if (count < 0) return false;
    this.#begin(columns, count, fresh);
    return true;
  }

  #assignDirect(
    columns: readonly Vector[],
    indices: number,
    length: number,
    groups: number,
    fresh: number,
  ): void {
    const ids = this.#index.address;
    const count = this.#kernels.group_dense_assign(indices, length, ids, this.#count, groups, fresh);
    this.#begin(columns, count, fresh);
  }

  /** Keeps the keys of the groups up to `count`, which the rows at `fresh` began. */
  #begin(columns: readonly Vector[], count: number, fresh: number): void {
    const before = this.#count;
    if (count === before) return;
    this.#count = count;
    this.#ensureKeys(count);
    this.#pack(columns, fresh, count - before, this.#keys.address + before * this.#stride);
  }

  // ---- hashed keys

  /** Returns how many of the first rows have a group for sure. */
  #assignHashed(
    columns: readonly Vector[],
    length: number,
    groups: number,
    fresh: number,
    region: Region,
  ): number {
    if (this.#index.capacity === 0) this.#hashAll(slotsFor(length));
    const rows = region.reserve(length * this.#stride);
    const hashes = region.reserve(length * 4);
    this.#pack(columns, 0, length, rows);
    this.#kernels.group_hash(rows, this.#stride, length, hashes);
    const { view } = this.#arena;
    view.setInt32(this.#header + header.fresh, fresh, true);
    let done = 0;
    while (done < length && !this.#frozen) {
      done = this.#kernels.group_probe(this.#header, rows, hashes, done, length, groups);
      this.#count = view.getInt32(this.#header + header.count, true);
      if (done === length) break;
      if (this.#roomFor(this.#slots())) this.#hashAll(this.#slots() * 2);
      else this.#freeze();
    }
    if (done === length) return length;
    this.#kernels.group_find(this.#header, rows, hashes, done, length, groups);
    // Without masks a null looks like zero.
    if (!this.#masked)
      for (const { validity } of columns)
        if (validity !== 0) this.#kernels.group_drop_nulls(groups, validity, length);
    return done;
  }

  #slots(): number {
    return this.#arena.view.getUint32(this.#header + header.mask, true) + 1;
  }

  /**
   * Builds the slots anew from the key rows: no old slots are needed, so none are held beside the new. They are half
   * full at most: probes stay short.
   */
  #hashAll(slots: number, limit = slots / 2): void {
    const { view, bytes } = this.#arena;
    this.#ensureKeys(limit);
    this.#index.release();
    this.#index.ensure(slots * slotBytes);
    bytes.fill(0, this.#index.address, this.#index.address + slots * slotBytes);
    view.setInt32(this.#header + header.slots, this.#index.address, true);
    view.setInt32(this.#header + header.mask, slots - 1, true);
    view.setInt32(this.#header + header.limit, limit, true);
    view.setInt32(this.#header + header.count, this.#count, true);
    view.setInt32(this.#header + header.keys, this.#keys.address, true);
    view.setInt32(this.#header + header.stride, this.#stride, true);
    const hashes = this.#scratch.reserve(batchRows * 4);
    for (let from = 0; from < this.#count; from += batchRows) {
      const length = Math.min(batchRows, this.#count - from);
      this.#kernels.group_hash(this.#keys.address + from * this.#stride, this.#stride, length, hashes);
      this.#kernels.group_enter(this.#header, hashes, from, length);
    }
    this.#scratch.release();
  }

  /** Two doubles of scratch beside the kernels' header. */
  #rangeResult(): number {
    return this.#header + header.range;
  }
}

function allKnown(groups: number, fresh: number, freshCount: number, length: number): Assigned {
  return { groups, fresh, freshCount, knownCount: length, known: 0, unknown: 0 };
}

/** What the unpacking kernels are called, by width. */
const unpacked: Readonly<Record<number, string>> = { 1: 'u8', 2: 'u16', 4: 'u32', 8: 'u64', 16: 'i128' };

/** Integers pack alike whatever their sign. */
const packed = (physical: string): string => physical.replace(/^i(8|16|32|64)$/, 'u$1');

function keyField(
  type: DataType,
  arena: Arena,
  kernels: Kernels,
  owner: string,
  quota: Quota | null,
): KeyField {
  const physical = physicalOf(type);
  const text = physical === 'text';
  return {
    type,
    physical: text ? 'u32' : physical,
    width: text ? 4 : Math.max(1, widthOf(type)),
    interner: text ? new Interner(arena, kernels, owner, quota) : null,
    offset: 0,
    maskBit: 0,
    maskOffset: 0,
  };
}

/** Both domains; one that grows doubles at least, so that it is laid out anew only a few times. */
function union(a: Domain, b: Domain): Domain {
  const end = Math.max(a.base + a.span, b.base + b.span);
  const base = Math.min(a.base, b.base);
  if (base === a.base && end === a.base + a.span) return a;
  const span = Math.max(end - base, 2 * a.span);
  return { base: base < a.base ? end - span : base, span };
}

const slotsFor = (count: number): number => Math.max(4096, 2 ** Math.ceil(Math.log2(count * 2 + 1)));
