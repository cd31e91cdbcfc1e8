/**
 * The keys of groups as rows: the fields side by side, widest first, then mask bytes from the first null on; see
 * assembly/group-key.ts. Texts are codes here.
 */
import { bitmapBytes, fixedVector, type Vector } from '../arrow/batch.js';
import { type DataType, physicalOf, widthOf } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import type { Machine } from './machine.js';
import { RowPieces } from './row-pieces.js';
import { kernel } from './wasm.js';

interface KeyField {
  readonly type: DataType;
  /** How the packed value lies in memory: codes stand for text. */
  readonly physical: string;
  readonly width: number;
  offset: number;
  maskBit: number;
  maskOffset: number;
}

export class KeyRows {
  readonly #machine: Machine;
  readonly #fields: readonly KeyField[];
  readonly #scratch: Region;
  /** Where the rows are. */
  readonly pieces: RowPieces;
  /** Whether rows have mask bytes: not before the first null comes. */
  #masked = false;

  /** `home` outlives the rows. */
  constructor(types: readonly DataType[], home: Region, machine: Machine, owner: string) {
    this.#machine = machine;
    this.#fields = types.map(keyField);
    this.#scratch = machine.arena.region(owner);
    this.#masked = true;
    const widest = this.#layOut();
    this.#masked = false;
    this.pieces = new RowPieces(this.#layOut(), widest, home, machine.arena, owner);
  }

  /** May keys be null? */
  get masked(): boolean {
    return this.#masked;
  }

  /** Bytes of the arena that the rows take. */
  get held(): number {
    return this.pieces.held + this.#scratch.held;
  }

  physicalOf(field: number): string {
    return this.#fields[field]!.physical;
  }

  /** Key rows of all `count` rows of the columns, side by side in `region`. */
  pack(columns: readonly Vector[], count: number, region: Region): number {
    const out = region.reserve(count * this.pieces.stride);
    this.#pack(columns, 0, count, out);
    return out;
  }

  /** Puts rows `rows[0..count)` (an address of int32s) of the columns in the places from `at` on, where there is room. */
  put(columns: readonly Vector[], rows: number, count: number, at: number): void {
    for (const { address, from, length } of this.pieces.spans(at, count))
      this.#pack(columns, rows + (from - at) * 4, length, address);
  }

  /** Rows [from, from + length) as columns in `region`, texts as codes. */
  columns(from: number, length: number, region: Region): Vector[] {
    // Without keys there are no rows.
    if (this.#fields.length === 0) return [];
    const at = this.adjacent(from, length, region);
    return this.#fields.map((field) => this.#unpack(field, at, length, region));
  }

  /** The address of rows [from, from + length), side by side: in `region` where they are not so already. */
  adjacent(from: number, length: number, region: Region): number {
    if (length === 0) return 0;
    if (length <= this.pieces.rowsFrom(from)) return this.pieces.addressOf(from);
    const { bytes } = this.#machine.arena;
    const { stride } = this.pieces;
    const out = region.reserve(length * stride);
    for (const span of this.pieces.spans(from, length))
      bytes.copyWithin(out + (span.from - from) * stride, span.address, span.address + span.length * stride);
    return out;
  }

  /** What `mask` takes in all for `count` rows. */
  bytesMasked(count: number): number {
    return this.pieces.bytesFor(count, this.pieces.stride + 8);
  }

  /** Gives the first `count` rows, which are all there are, mask bytes. */
  mask(count: number): void {
    const old = this.#fields.map((field) => ({ ...field }));
    const { stride } = this.pieces;
    this.#masked = true;
    this.pieces.widen(this.#layOut(), count, (from, to, rows) => {
      this.#scratch.reset();
      const columns = old.map((field) => this.#values(field, from, stride, rows, this.#scratch));
      this.#pack(columns, 0, rows, to);
    });
    this.#scratch.release();
  }

  release(): void {
    this.pieces.release();
    this.#scratch.release();
  }

  /** Fields widest first, so that each is aligned. Returns the bytes of a row. */
  #layOut(): number {
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
    return Math.max(8, (at + 7) & ~7);
  }

  /** Packs `rows` (an address of int32s, or 0 for all) of the columns to key rows at `out`. */
  #pack(columns: readonly Vector[], rows: number, count: number, out: number): void {
    const { stride } = this.pieces;
    this.#machine.arena.bytes.fill(0, out, out + count * stride);
    this.#fields.forEach((field, k) => {
      const { data, validity } = columns[k]!;
      const mask = field.maskOffset - field.offset;
      const pack = kernel(this.#machine.kernels, `group_pack_${packed(field.physical)}`);
      pack(data, validity, rows, count, out + field.offset, stride, mask, field.maskBit);
    });
  }

  #unpack(field: KeyField, rows: number, length: number, region: Region): Vector {
    const { stride } = this.pieces;
    const values = this.#values(field, rows, stride, length, region);
    if (!this.#masked) return values;
    const validity = region.reserve(bitmapBytes(length));
    const at = rows + field.maskOffset;
    const known = this.#machine.kernels.group_unpack_bit(at, stride, length, field.maskBit, 0, validity);
    return known === length ? values : { ...values, validity };
  }

  /** The values of a field, nulls as zeros. */
  #values(field: KeyField, rows: number, stride: number, length: number, region: Region): Vector {
    const { kernels } = this.#machine;
    const at = rows + field.offset;
    const bits = field.physical === 'bit';
    const data = region.reserve(bits ? bitmapBytes(length) : length * field.width);
    if (bits) kernels.group_unpack_bit(at, stride, length, 1, 1, data);
    else kernel(kernels, `group_unpack_${unpacked[field.width]}`)(at, stride, length, data);
    return fixedVector(field.type, length, data);
  }
}

/** What the unpacking kernels are called, by width. */
const unpacked: Readonly<Record<number, string>> = { 1: 'u8', 2: 'u16', 4: 'u32', 8: 'u64', 16: 'i128' };

/** Integers pack alike whatever their sign. */
const packed = (physical: string): string => physical.replace(/^i(8|16|32|64)$/, 'u$1');

function keyField(type: DataType): KeyField {
  const physical = physicalOf(type);
  const text = physical === 'text';
  return {
    type,
    physical: text ? 'u32' : physical,
    width: text ? 4 : Math.max(1, widthOf(type)),
    offset: 0,
    maskBit: 0,
    maskOffset: 0,
  };
}
