/**
 * The keys of a join's build side as numbers from 0 on, and those of the probe side in the same numbering.
 *
 *   text          ─▶ codes (interner) ─┐
 *   integers      ─▶ value - least ────┴▶ digits ─▶ one word of 32 or 64 bits
 *   anything else ─▶ packed key rows (group-key.ts) ─▶ codes (interner) ─▶ one word of 32 bits
 *
 * The build side is looked at first (`observe`), then the way is settled, and only then are there words. A row that can
 * match nothing has a word of all ones: a null, unless nulls are equal, or a value that the build side does not have.
 */
import { bitmapBytes, textVector, type Vector } from '../arrow/batch.js';
import { narrowOf } from '../arrow/narrow.js';
import { type DataType, physicalOf, utf8, widthOf } from '../arrow/types.js';
import { allOrNone } from '../memory/all-or-none.js';
import type { Region } from '../memory/arena.js';
import { Interner } from './interner.js';
import type { Machine } from './machine.js';
import { observedRange } from './observed-range.js';
import { sharedValidity } from './validity.js';
import { kernel } from './wasm.js';

/** All ones. */
const missing = 2n ** 64n - 1n;

/** The digit of a null among floats: a NaN that no value is. */
const nullFloat = 0xfff8000000000001n;

/** Bytes of the kernels' KeyField. */
const fieldBytes = 32;

export type Words =
  /** `domain` words, close together. */
  | { readonly kind: 'near'; readonly domain: number }
  /** `domain` words apart from each other, but so that a bit for each takes little. */
  | { readonly kind: 'ranked'; readonly domain: number }
  /** Any words of so many bits. */
  | { readonly kind: 'far'; readonly bits: 32 | 64 };

interface KeyField {
  readonly type: DataType;
  readonly physical: string;
  readonly interner: Interner | null;
  least: bigint;
  most: bigint;
  any: boolean;
}

export class JoinKeys {
  readonly #machine: Machine;
  readonly #owner: string;
  readonly #nullsEqual: boolean;
  readonly #fields: readonly KeyField[];
  /** The kernels' KeyFields, one behind the other. */
  readonly #home: Region;
  readonly #layouts: number;
  #words: Words | null = null;
  #packing: Packing | null = null;

  constructor(types: readonly DataType[], nullsEqual: boolean, machine: Machine, owner: string) {
    this.#machine = machine;
    this.#owner = owner;
    this.#nullsEqual = nullsEqual;
    this.#home = machine.arena.region(owner);
    this.#fields = allOrNone(
      types,
      (type) => ({
        type,
        physical: physicalOf(type),
        interner: physicalOf(type) === 'text' ? new Interner(machine.arena, machine.kernels, owner) : null,
        least: 0n,
        most: 0n,
        any: false,
      }),
      ({ interner }) => interner?.release(),
    );
    try {
      this.#layouts = this.#home.reserveZeroed(Math.max(1, types.length) * fieldBytes);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Bytes that keys take; what is taken without any is not counted. */
  get held(): number {
    const interners = [...this.#fields.map((field) => field.interner), this.#packing?.interner ?? null];
    return interners.reduce((sum, one) => sum + (one === null ? 0 : one.held - one.leastHeld), 0);
  }

  /** Takes note of keys of the build side. */
  observe(columns: readonly Vector[], region: Region): void {
    columns.forEach((column, i) => {
      const field = this.#fields[i]!;
      if (field.interner !== null) field.interner.intern(column, region);
      else if (isInteger(field.physical)) this.#observeRange(field, column, region);
    });
  }

  /** To be called once when all keys of the build side, `rows` of them, were observed. With `packs`, they are to be observed again by `pack`. */
  settle(rows: number): { readonly packs: boolean } {
    const radixes = this.#fields.map((field) => this.#radix(field));
    const total = radixes.reduce<bigint | null>(
      (product, radix) => (product === null || radix === null ? null : product * radix),
      1n,
    );
    if (total !== null && total < missing) {
      let weight = total;
      this.#fields.forEach((field, i) => {
        // Without values there are no words, whatever the weights.
        weight /= radixes[i]! === 0n ? 1n : radixes[i]!;
        this.#layOut(i, field.least, spanOf(field), weight, this.#nullsEqual ? spanOf(field) : missing);
      });
      this.#words = wordsOf(total, rows);
    } else if (this.#fields.length === 1 && this.#fields[0]!.physical === 'f64') {
      this.#layOut(0, 0n, missing, 1n, this.#nullsEqual ? nullFloat : missing);
      this.#words = { kind: 'far', bits: 64 };
    } else {
      this.#packing = new Packing(this.#fields, this.#machine, this.#owner);
    }
    return { packs: this.#packing !== null };
  }

  pack(columns: readonly Vector[], length: number, region: Region): void {
    const rows = this.#packedRows(columns, length, region);
    this.#packing!.interner.intern({ ...rows, validity: this.#present(columns, length, region) }, region);
  }

  /** Told once all keys were observed, and packed where they must be. */
  get words(): Words {
    if (this.#packing !== null) return { kind: 'near', domain: this.#packing.interner.count };
    if (this.#words === null) throw new Error('bug: keys are not settled');
    return this.#words;
  }

  /** The address of each row's word, in `region`. */
  find(columns: readonly Vector[], length: number, region: Region): number {
    const { kernels } = this.#machine;
    if (this.#packing !== null) {
      const rows = this.#packedRows(columns, length, region);
      return this.#packing.interner.find(
        { ...rows, validity: this.#present(columns, length, region) },
        region,
      );
    }
    const bits = this.words.kind === 'far' ? (this.words as { bits: number }).bits : 32;
    if (columns.length === 0) {
      const out = region.reserve(length * 4);
      kernels.join_words_none(length, out);
      return out;
    }
    const [first, ...others] = this.#fields;
    if (first!.interner !== null && others.length === 0 && !this.#nullsEqual)
      return first!.interner.find(columns[0]!, region);
    const out = region.reserve(length * (bits / 8));
    columns.forEach((column, i) => {
      const values = this.#digits(column, i, region);
      const layout = this.#layouts + i * fieldBytes;
      const word = kernel(kernels, `join_words${bits}_${values.physical}`);
      word(values.data, column.validity, length, layout, out, i === 0 ? 0 : 1);
    });
    return out;
  }

  /** For a key of one field of integers whose words are not far: where its layout is, and its values; else null. */
  single(
    columns: readonly Vector[],
  ): { readonly physical: string; readonly data: number; readonly layout: number } | null {
    const [column, ...others] = columns;
    const [field] = this.#fields;
    if (column === undefined || others.length > 0 || this.#packing !== null) return null;
    if (!isInteger(field!.physical) || field!.physical === 'bit') return null;
    return {
      ...(narrowOf(column) ?? { physical: field!.physical, data: column.data }),
      layout: this.#layouts,
    };
  }

  /** Between what values of the build side the key of a row with a match lies; null where that is not known, or it may be null. */
  range(index: number): { readonly least: bigint; readonly most: bigint } | null {
    if (this.#nullsEqual) return null;
    const { physical, any, least, most } = this.#fields[index]!;
    return isInteger(physical) && physical !== 'bit' && any ? { least, most } : null;
  }

  release(): void {
    for (const { interner } of this.#fields) interner?.release();
    this.#packing?.interner.release();
    this.#home.release();
  }

  // ---- digits

  #digits(
    column: Vector,
    index: number,
    region: Region,
  ): { readonly physical: string; readonly data: number } {
    const { interner, physical } = this.#fields[index]!;
    if (interner !== null) return { physical: 'i32', data: interner.find(column, region) };
    if (column.type.kind === 'null')
      return { physical: 'bit', data: region.reserveZeroed(bitmapBytes(column.length)) };
    return narrowOf(column) ?? { physical, data: column.data };
  }

  #observeRange(field: KeyField, column: Vector, region: Region): void {
    if (field.physical === 'bit') {
      field.any = true;
      field.most = 1n;
      return;
    }
    const range = observedRange(column, region, this.#machine);
    if (range === null) return;
    if (!field.any || range.least < field.least) field.least = range.least;
    if (!field.any || range.most > field.most) field.most = range.most;
    field.any = true;
  }

  /** Digits of a field; null if they are too many. */
  #radix(field: KeyField): bigint | null {
    if (field.physical === 'f64' || field.physical === 'i128') return null;
    return spanOf(field) + (this.#nullsEqual ? 1n : 0n);
  }

  #layOut(index: number, base: bigint, span: bigint, weight: bigint, nothing: bigint): void {
    const { view } = this.#machine.arena;
    const at = this.#layouts + index * fieldBytes;
    view.setBigUint64(at, BigInt.asUintN(64, base), true);
    view.setBigUint64(at + 8, span, true);
    view.setBigUint64(at + 16, weight, true);
    view.setBigUint64(at + 24, nothing, true);
  }

  // ---- packed rows

  #packedRows(columns: readonly Vector[], length: number, region: Region): Vector {
    const { kernels } = this.#machine;
    const { stride, fields } = this.#packing!;
    const rows = region.reserveZeroed(length * stride);
    const offsets = region.reserve((length + 1) * 4);
    kernels.join_row_offsets(stride, length, offsets);
    columns.forEach((column, i) => {
      const { offset, maskOffset, maskBit, physical } = fields[i]!;
      const { interner } = this.#fields[i]!;
      const data =
        interner !== null
          ? interner.find(column, region)
          : column.type.kind === 'null'
            ? region.reserveZeroed(bitmapBytes(length))
            : column.data;
      const pack = kernel(kernels, `group_pack_${physical}`);
      pack(data, column.validity, 0, length, rows + offset, stride, maskOffset - offset, maskBit);
    });
    return textVector(utf8, length, rows, offsets);
  }

  /** The rows that may match: none with a null, unless nulls are equal. */
  #present(columns: readonly Vector[], length: number, region: Region): number {
    return this.#nullsEqual ? 0 : sharedValidity(columns, length, region, this.#machine);
  }
}

/** How keys are packed side by side, and the dictionary of what came of it. */
class Packing {
  readonly interner: Interner;
  readonly stride: number;
  readonly fields: readonly PackedField[];

  constructor(fields: readonly KeyField[], { arena, kernels }: Machine, owner: string) {
    this.interner = new Interner(arena, kernels, owner);
    const packed = fields.map(({ type, interner, physical }) => ({
      physical: interner !== null ? 'u32' : physical.replace(/^i(8|16|32|64)$/, 'u$1'),
      width: interner !== null ? 4 : Math.max(1, widthOf(type)),
      offset: 0,
      maskOffset: 0,
      maskBit: 0,
    }));
    let at = 0;
    for (const field of packed.toSorted((a, b) => b.width - a.width)) {
      field.offset = at;
      at += field.width;
    }
    packed.forEach((field, i) => {
      field.maskOffset = at + (i >> 3);
      field.maskBit = 1 << (i & 7);
    });
    this.stride = (at + ((fields.length + 7) >> 3) + 7) & ~7;
    this.fields = packed;
  }
}

interface PackedField {
  readonly physical: string;
  readonly offset: number;
  readonly maskOffset: number;
  readonly maskBit: number;
}

const isInteger = (physical: string): boolean => physical === 'bit' || /^[iu](8|16|32|64)$/.test(physical);

/** Values of a field that has digits. */
function spanOf(field: KeyField): bigint {
  if (field.interner !== null) return BigInt(field.interner.count);
  if (field.physical === 'f32') return 2n ** 32n;
  return field.any ? field.most - field.least + 1n : 0n;
}

/** A table of all words is worth its memory if it has no more than a few entries a row, or is small. */
const tableWords = { least: 2 ** 16, aRow: 4 };

/**
 * So are bits for all words, at 12 bytes for 64 of them: a probe that finds nothing looks no further, and one in about the
 * order of the keys stays in the caches.
 */
const rankedWords = { least: 2 ** 23, aRow: 128, most: 2 ** 28 };

function wordsOf(total: bigint, rows: number): Words {
  const domain = Number(total);
  if (domain <= Math.max(tableWords.least, rows * tableWords.aRow)) return { kind: 'near', domain };
  if (domain <= Math.min(rankedWords.most, Math.max(rankedWords.least, rows * rankedWords.aRow)))
    return { kind: 'ranked', domain };
  return { kind: 'far', bits: total < 2n ** 32n - 1n ? 32 : 64 };
}
