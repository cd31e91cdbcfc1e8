/** Pages as columns in the arena. */
import { isUtf8 } from 'node:buffer';
import type { DecodedArray } from 'hyparquet';
import {
  bitmapBytes,
  codedVector,
  type Dictionary,
  fixedVector,
  textVector,
  type Vector,
} from '../../arrow/batch.js';
import { widthOf } from '../../arrow/types.js';
import { dataError, memoryError } from '../../errors.js';
import type { Arena, Region } from '../../memory/arena.js';
import type { ColumnPages, Page } from './pages.js';
import type { ColumnType, TimeUnit } from './types.js';

/** The arena as arrays of each width. */
export interface Heap {
  readonly u8: Uint8Array;
  readonly i8: Int8Array;
  readonly i16: Int16Array;
  readonly i32: Int32Array;
  readonly i64: BigInt64Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

export function heapOf(arena: Arena): Heap {
  const { buffer, bytes } = arena;
  return {
    u8: bytes,
    i8: new Int8Array(buffer),
    i16: new Int16Array(buffer),
    i32: new Int32Array(buffer),
    i64: new BigInt64Array(buffer),
    f32: new Float32Array(buffer),
    f64: new Float64Array(buffer),
  };
}

/** Puts the `index`th value of a column at `data`. */
type Put = (data: number, index: number, value: unknown) => void;

const maxTextBytes = 2 ** 31 - 1;

/** Takes rows off the pages of one column chunk. Its dictionary lives in `home`, which is its own. */
export class ColumnReader {
  readonly #pages: ColumnPages;
  readonly #column: ColumnType;
  readonly #heap: Heap;
  readonly #home: Region;
  readonly #put: Put;
  readonly #file: string;
  readonly #name: string;
  #page: Page | null = null;
  /** Rows of the page that are taken. */
  #taken = 0;
  #dictionary: Dictionary | null = null;
  #dictionaryOf: DecodedArray | null = null;

  constructor(pages: ColumnPages, column: ColumnType, heap: Heap, home: Region, file: string, name: string) {
    this.#pages = pages;
    this.#column = column;
    this.#heap = heap;
    this.#home = home;
    this.#file = file;
    this.#name = name;
    this.#put = putter(column, heap, (what) => this.#fail(what));
  }

  /** The next `length` rows, of which there must be so many. */
  take(length: number, region: Region): Vector {
    const { type } = this.#column;
    if (type.kind === 'utf8') return this.#takeText(length, region);
    const validity = region.reserve(bitmapBytes(length));
    if (type.kind === 'null') {
      this.#heap.u8.fill(0, validity, validity + bitmapBytes(length));
      this.#segments(length, () => {});
      return fixedVector(type, length, validity, validity);
    }
    const nulls = new Nulls(this.#heap.u8, validity, length);
    const data =
      type.kind === 'bool'
        ? region.reserveZeroed(bitmapBytes(length))
        : region.reserve(length * widthOf(type));
    this.#segments(length, (page, from, row, count) => {
      if (!this.#copy(page, from, count, data, row)) this.#putAll(page, from, count, data, row, nulls);
    });
    return fixedVector(type, length, data, nulls.any ? validity : 0);
  }

  /** Calls `each` with the pages that the next `length` rows are in. */
  #segments(length: number, each: (page: Page, from: number, row: number, count: number) => void): void {
    for (let row = 0; row < length; ) {
      if (this.#page === null || this.#taken === this.#page.values.length) {
        this.#page = this.#pages.next();
        this.#taken = 0;
      }
      const count = Math.min(length - row, this.#page.values.length - this.#taken);
      each(this.#page, this.#taken, row, count);
      this.#taken += count;
      row += count;
    }
  }

  /** Values that are stored as we hold them are copied in one go. */
  #copy({ values, dictionary }: Page, from: number, count: number, data: number, row: number): boolean {
    if (dictionary !== null) return false;
    const { type, unit } = this.#column;
    const heap = this.#heap;
    const part = <T extends Int32Array | BigInt64Array | Float32Array | Float64Array>(array: T): T =>
      array.subarray(from, from + count) as T;
    if (type.kind === 'decimal' || (unit !== null && unit !== 'MICROS')) return false;
    if (values instanceof BigInt64Array) heap.i64.set(part(values), data / 8 + row);
    else if (values instanceof Float64Array) heap.f64.set(part(values), data / 8 + row);
    else if (values instanceof Float32Array) heap.f32.set(part(values), data / 4 + row);
    else if (values instanceof Int32Array) {
      const width = widthOf(type);
      if (width === 4) heap.i32.set(part(values), data / 4 + row);
      else if (width === 2) heap.i16.set(part(values), data / 2 + row);
      else heap.i8.set(part(values), data + row);
    } else return false;
    return true;
  }

  #putAll(page: Page, from: number, count: number, data: number, row: number, nulls: Nulls): void {
    const { values, dictionary } = page;
    const put = this.#put;
    for (let i = 0; i < count; i++) {
      let value: unknown = values[from + i];
      if (value === null) {
        nulls.add(row + i);
        continue;
      }
      if (dictionary !== null) value = dictionary[value as number];
      if (value === undefined) this.#fail('a value is missing');
      put(data, row + i, value);
    }
  }

  /** Text stays coded as long as all of it comes from one dictionary. */
  #takeText(length: number, region: Region): Vector {
    const { type } = this.#column;
    const validity = region.reserve(bitmapBytes(length));
    const nulls = new Nulls(this.#heap.u8, validity, length);
    const codes = region.reserve(length * 4);
    const { i32 } = this.#heap;
    let dictionary: DecodedArray | null = null;
    let texts: (Uint8Array | null)[] | null = null;
    this.#segments(length, (page, from, row, count) => {
      const { values } = page;
      if (row === 0 && page.dictionary !== null && page.dictionary.length > 0) dictionary = page.dictionary;
      const coded = texts === null && dictionary !== null && page.dictionary === dictionary;
      if (!coded) texts ??= this.#resolve(codes, row, dictionary, validity);
      for (let i = 0; i < count; i++) {
        const value: unknown = values[from + i];
        if (value === null) {
          nulls.add(row + i);
          i32[codes / 4 + row + i] = 0;
          texts?.push(null);
          continue;
        }
        if (texts === null) {
          if (!((value as number) < dictionary!.length)) this.#fail('a value is missing');
          i32[codes / 4 + row + i] = value as number;
        } else {
          const text: unknown = page.dictionary === null ? value : page.dictionary[value as number];
          if (!(text instanceof Uint8Array)) this.#fail('a value is missing');
          texts.push(text);
        }
      }
    });
    const map = nulls.any ? validity : 0;
    if (texts === null && dictionary !== null)
      return codedVector(type, length, codes, this.#place(dictionary), map);
    const { data, offsets } = this.#placeTexts(texts ?? [], region);
    return textVector(type, length, data, offsets, map);
  }

  /** What the codes written so far stand for. */
  #resolve(
    codes: number,
    rows: number,
    dictionary: DecodedArray | null,
    validity: number,
  ): (Uint8Array | null)[] {
    const { i32, u8 } = this.#heap;
    return Array.from({ length: rows }, (_, row) => {
      if (((u8[validity + (row >> 3)]! >> (row & 7)) & 1) === 0) return null;
      return dictionary![i32[codes / 4 + row]!];
    });
  }

  #place(dictionary: DecodedArray): Dictionary {
    if (this.#dictionary !== null && this.#dictionaryOf === dictionary) return this.#dictionary;
    this.#home.reset();
    const { data, offsets } = this.#placeTexts(dictionary as unknown as Uint8Array[], this.#home);
    this.#dictionaryOf = dictionary;
    this.#dictionary = { length: dictionary.length, data, offsets, lineage: dictionary };
    return this.#dictionary;
  }

  #placeTexts(texts: readonly (Uint8Array | null)[], region: Region): { data: number; offsets: number } {
    const { u8, i32 } = this.#heap;
    let bytes = 0;
    for (const text of texts) if (text !== null) bytes += text.length;
    if (bytes > maxTextBytes)
      throw memoryError(region.owner, bytes, region.arena.reserved, region.arena.capacity);
    const offsets = region.reserve((texts.length + 1) * 4);
    const data = region.reserve(bytes);
    let at = 0;
    i32[offsets / 4] = 0;
    for (const [i, text] of texts.entries()) {
      if (text !== null) {
        u8.set(text, data + at);
        at += text.length;
      }
      i32[offsets / 4 + i + 1] = at;
    }
    if (!isUtf8(u8.subarray(data, data + at))) this.#fail('its text is not valid UTF-8');
    return { data, offsets };
  }

  #fail(what: string): never {
    throw dataError(`${this.#file}: column "${this.#name}": ${what}`, {
      file: this.#file,
      column: this.#name,
    });
  }
}

/** A bitmap that begins with every row valid. */
class Nulls {
  readonly #bytes: Uint8Array;
  readonly #map: number;
  any = false;

  constructor(bytes: Uint8Array, map: number, length: number) {
    this.#bytes = bytes;
    this.#map = map;
    bytes.fill(255, map, map + bitmapBytes(length));
  }

  add(row: number): void {
    this.any = true;
    this.#bytes[this.#map + (row >> 3)]! &= ~(1 << (row & 7));
  }
}

function putter({ type, unit }: ColumnType, heap: Heap, fail: (what: string) => never): Put {
  switch (type.kind) {
    case 'bool':
      return (data, i, value) => {
        if (value === true) heap.u8[data + (i >> 3)]! |= 1 << (i & 7);
      };
    case 'int8':
    case 'uint8':
      return (data, i, value) => {
        heap.i8[data + i] = value as number;
      };
    case 'int16':
    case 'uint16':
      return (data, i, value) => {
        heap.i16[data / 2 + i] = value as number;
      };
    case 'int32':
    case 'uint32':
    case 'date':
      return (data, i, value) => {
        heap.i32[data / 4 + i] = value as number;
      };
    case 'int64':
    case 'uint64':
      return (data, i, value) => {
        heap.i64[data / 8 + i] = value as bigint;
      };
    case 'float32':
      return (data, i, value) => {
        heap.f32[data / 4 + i] = value as number;
      };
    case 'float64':
      return (data, i, value) => {
        heap.f64[data / 8 + i] = value as number;
      };
    case 'timestamp':
      return (data, i, value) => {
        heap.i64[data / 8 + i] = microseconds(value as bigint, unit!, fail);
      };
    case 'decimal':
      return (data, i, value) => putDecimal(heap, data + i * 16, value as number | bigint | Uint8Array, fail);
    case 'null':
    case 'utf8':
    case 'list':
      return () => {
        throw new Error(`bug: ${type.kind} values are not put one by one`);
      };
  }
}

const unixEpochJulianDay = 2440588n;

/** No digit may be lost: finer times are refused. */
function microseconds(value: bigint, unit: TimeUnit, fail: (what: string) => never): bigint {
  if (unit === 'MICROS') return value;
  let micros: bigint;
  if (unit === 'MILLIS') micros = value * 1000n;
  else {
    const nanos = unit === 'NANOS' ? value : value & 0xffffffffffffffffn;
    if (nanos % 1000n !== 0n) fail('a timestamp has nanoseconds; only microseconds can be held');
    const days = unit === 'NANOS' ? 0n : (value >> 64n) - unixEpochJulianDay;
    micros = days * 86400000000n + nanos / 1000n;
  }
  if (BigInt.asIntN(64, micros) !== micros) fail('a timestamp is out of range');
  return micros;
}

/** Integers, or big endian bytes of two's complement, as 16 bytes little endian. */
function putDecimal(
  heap: Heap,
  at: number,
  value: number | bigint | Uint8Array,
  fail: (what: string) => never,
): void {
  if (!(value instanceof Uint8Array)) {
    const wide = BigInt(value);
    heap.i64[at / 8] = wide;
    heap.i64[at / 8 + 1] = wide < 0n ? -1n : 0n;
    return;
  }
  const sign = value.length > 0 && value[0]! >= 128 ? 255 : 0;
  for (let i = 0; i < value.length - 16; i++)
    if (value[i] !== sign) fail('a decimal has more than 38 digits');
  for (let i = 0; i < 16; i++) heap.u8[at + i] = i < value.length ? value[value.length - 1 - i]! : sign;
}
