/**
 * As much of FlatBuffers as Arrow's metadata needs: a writer of trees of tables and a reader by slot.
 *
 *   root ─▶ vtable │ table: back to vtable, scalars, offsets ─▶ texts, vectors, tables (all further on)
 *
 * Offsets are unsigned and point forward, so the tree is written parent first and each offset is filled in
 * when its child has found its place.
 */

/** A slot's value. Absent (null) slots read as their default. */
export type FlatValue =
  | { readonly size: 1 | 2 | 4 | 8; readonly value: number }
  | { readonly table: FlatTable }
  | { readonly tables: readonly FlatTable[] }
  | { readonly text: string }
  /** Structs of 64-bit words, `width` words each. */
  | { readonly words: readonly number[]; readonly width: number };

/** By slot number. */
export type FlatTable = readonly (FlatValue | null)[];

export const int8 = (value: number): FlatValue => ({ size: 1, value });
export const int16 = (value: number): FlatValue => ({ size: 2, value });
export const int32 = (value: number): FlatValue => ({ size: 4, value });
export const int64 = (value: number): FlatValue => ({ size: 8, value });
export const flag = (value: boolean): FlatValue => ({ size: 1, value: value ? 1 : 0 });

export function encodeFlat(root: FlatTable): Uint8Array {
  const writer = new FlatWriter();
  writer.claim(4, 4);
  writer.point(0, writer.table(root));
  return writer.finish();
}

class FlatWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** The position of `size` new zero bytes, such that position + `lead` is a multiple of `align`. */
  claim(size: number, align: number, lead = 0): number {
    const at = Math.ceil((this.#length + lead) / align) * align - lead;
    this.#length = at + size;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(this.#length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }

  point(from: number, to: number): void {
    this.#view.setUint32(from, to - from, true);
  }

  table(slots: FlatTable): number {
    const vtable = this.claim(4 + slots.length * 2, 2);
    const places: number[] = [];
    let size = 4;
    for (const slot of slots) {
      const width = slot === null ? 0 : 'size' in slot ? slot.size : 4;
      if (width > 0) size = Math.ceil(size / width) * width;
      places.push(width === 0 ? 0 : size);
      size += width;
    }
    const table = this.claim(size, 8);
    this.#view.setUint16(vtable, 4 + slots.length * 2, true);
    this.#view.setUint16(vtable + 2, size, true);
    this.#view.setInt32(table, table - vtable, true);
    slots.forEach((slot, i) => {
      this.#view.setUint16(vtable + 4 + i * 2, places[i]!, true);
      if (slot !== null && 'size' in slot) this.#scalar(table + places[i]!, slot.size, slot.value);
    });
    slots.forEach((slot, i) => {
      if (slot !== null && !('size' in slot)) this.point(table + places[i]!, this.#child(slot));
    });
    return table;
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #scalar(at: number, size: number, value: number): void {
    if (size === 1) this.#view.setInt8(at, value);
    else if (size === 2) this.#view.setInt16(at, value, true);
    else if (size === 4) this.#view.setInt32(at, value, true);
    else this.#view.setBigInt64(at, BigInt(value), true);
  }

  #child(slot: Exclude<FlatValue, { readonly size: number }>): number {
    if ('table' in slot) return this.table(slot.table);
    if ('text' in slot) {
      const text = new TextEncoder().encode(slot.text);
      const at = this.claim(4 + text.length + 1, 4);
      this.#view.setUint32(at, text.length, true);
      this.#bytes.set(text, at + 4);
      return at;
    }
    if ('words' in slot) {
      const at = this.claim(4 + slot.words.length * 8, 8, 4);
      this.#view.setUint32(at, slot.words.length / slot.width, true);
      slot.words.forEach((word, i) => this.#scalar(at + 4 + i * 8, 8, word));
      return at;
    }
    const at = this.claim(4 + slot.tables.length * 4, 4);
    this.#view.setUint32(at, slot.tables.length, true);
    slot.tables.forEach((table, i) => this.point(at + 4 + i * 4, this.table(table)));
    return at;
  }
}

/** A table being read; positions outside the buffer throw a RangeError. */
export class FlatReader {
  readonly #view: DataView;
  readonly #at: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  static root(bytes: Uint8Array): FlatReader {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatReader(view, view.getUint32(0, true));
  }

  int8(slot: number, otherwise = 0): number {
    const at = this.#slot(slot);
    return at === 0 ? otherwise : this.#view.getInt8(at);
  }

  int16(slot: number, otherwise = 0): number {
    const at = this.#slot(slot);
    return at === 0 ? otherwise : this.#view.getInt16(at, true);
  }

  int32(slot: number, otherwise = 0): number {
    const at = this.#slot(slot);
    return at === 0 ? otherwise : this.#view.getInt32(at, true);
  }

  int64(slot: number): number {
    const at = this.#slot(slot);
    return at === 0 ? 0 : Number(this.#view.getBigInt64(at, true));
  }

  text(slot: number): string | null {
    const at = this.#follow(slot);
    if (at === 0) return null;
    const length = this.#view.getUint32(at, true);
    return new TextDecoder().decode(
      new Uint8Array(this.#view.buffer, this.#view.byteOffset + at + 4, length),
    );
  }

  table(slot: number): FlatReader | null {
    const at = this.#follow(slot);
    return at === 0 ? null : new FlatReader(this.#view, at);
  }

  tables(slot: number): FlatReader[] {
    const at = this.#follow(slot);
    if (at === 0) return [];
    const found: FlatReader[] = [];
    const count = this.#view.getUint32(at, true);
    for (let i = 0; i < count; i++) {
      const from = at + 4 + i * 4;
      found.push(new FlatReader(this.#view, from + this.#view.getUint32(from, true)));
    }
    return found;
  }

  /** The 64-bit words of a vector of structs, `width` words each. */
  words(slot: number, width: number): number[] {
    const at = this.#follow(slot);
    if (at === 0) return [];
    const found: number[] = [];
    const count = this.#view.getUint32(at, true) * width;
    for (let i = 0; i < count; i++) found.push(Number(this.#view.getBigInt64(at + 4 + i * 8, true)));
    return found;
  }

  /** Where the slot's value is, 0 if it is absent. */
  #slot(slot: number): number {
    const vtable = this.#at - this.#view.getInt32(this.#at, true);
    const place = 4 + slot * 2;
    if (place >= this.#view.getUint16(vtable, true)) return 0;
    const offset = this.#view.getUint16(vtable + place, true);
    return offset === 0 ? 0 : this.#at + offset;
  }

  #follow(slot: number): number {
    const at = this.#slot(slot);
    return at === 0 ? 0 : at + this.#view.getUint32(at, true);
  }
}
