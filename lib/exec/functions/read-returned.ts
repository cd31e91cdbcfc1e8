/**
 * One column that a function gave, in whichever form: a column that it was given, as it is; a typed array, alone or with
 * a bitmap of what is valid; texts as offsets and bytes; or an array of values, looked at one by one.
 */
import { isUtf8 } from 'node:buffer';
import { bitmapBytes, fixedVector, textVector, type Vector } from '../../arrow/batch.js';
import type { Field } from '../../arrow/schema.js';
import { sliceVector } from '../../arrow/slice.js';
import { type DataType, parseType, sameType, typeName } from '../../arrow/types.js';
import type { Runtime } from '../../formats/format.js';
import type { Region } from '../../memory/arena.js';
import { GivenColumn } from './given.js';
import { type Refusal, shownValue, unmarked } from './refusal.js';
import { type ArrayKind, arrayKind, type TypedArray, wordsOf } from './values.js';
import { writeItems } from './write-items.js';

export interface ReturnedColumn {
  readonly length: number;
  /** About what so many rows take in the arena; `from` and `rows` as in `vector`. */
  bytes(from: number, rows: number): number;
  /** Rows [from, from + rows); `from` is a multiple of 512. */
  vector(from: number, rows: number, region: Region, runtime: Runtime): Vector;
}

export function readerOf(value: unknown, field: Field, refuse: Refusal): ReturnedColumn {
  const { type } = field;
  if (value instanceof GivenColumn) {
    if (!sameType(parseType(value.type) ?? { kind: 'null' }, type))
      return refuse(`a column of ${value.type} is no ${typeName(type)}; convert its values`, null);
    const untouched = GivenColumn.untouched(value);
    if (untouched !== null) return passedOn(untouched, field, refuse);
    if (type.kind === 'list') return readerOf(value.toArray(), field, refuse);
  }
  if (Array.isArray(value) || isTyped(value)) return ofValues(value, null, field, refuse);
  if (value === null || typeof value !== 'object')
    return refuse(`an array is wanted, not ${shownValue(value)}`, null);
  const parts = value as Partial<Record<'values' | 'offsets' | 'bytes' | 'validity', unknown>>;
  const validity = validityOf(parts.validity, refuse);
  if (type.kind === 'utf8' && parts.offsets instanceof Int32Array && parts.bytes instanceof Uint8Array)
    return ofTexts(parts.offsets, parts.bytes, validity, field, refuse);
  const wanted = type.kind === 'utf8' ? 'offsets and bytes, or values' : 'values';
  const { values } = value instanceof GivenColumn && type.kind === 'utf8' ? {} : parts;
  if (Array.isArray(values) || isTyped(values)) return ofValues(values, validity, field, refuse);
  return refuse(`an array is wanted, or an object of ${wanted}, not ${shownValue(value)}`, null);
}

/** It stays where it is. */
function passedOn(column: Vector, field: Field, refuse: Refusal): ReturnedColumn {
  return {
    length: column.length,
    bytes: () => 0,
    vector(from, rows, _, runtime) {
      const part = from === 0 && rows === column.length ? column : sliceVector(column, from, rows);
      if (!field.nullable && part.validity !== 0)
        refuseNulls(runtime.arena.bytes.subarray(part.validity), from, rows, field, refuse);
      return part;
    },
  };
}

function ofValues(
  values: readonly unknown[] | TypedArray,
  validity: Uint8Array | null,
  field: Field,
  refuse: Refusal,
): ReturnedColumn {
  const { type } = field;
  const Kind = arrayKind(type);
  if (Kind !== null && values instanceof Kind && (type.kind !== 'decimal' || values.length % 2 === 0))
    return ofTyped(values as TypedArray, Kind, validity, field, refuse);
  checkValidity(validity, values.length, refuse);
  return {
    length: values.length,
    bytes: (from, rows) => itemBytes(values, type, from, rows),
    vector: (from, rows, region, runtime) =>
      writeItems({ values, validity, from, rows }, field, region, runtime, refuse),
  };
}

/** Values as they lie in memory. */
function ofTyped(
  values: TypedArray,
  Kind: ArrayKind,
  validity: Uint8Array | null,
  field: Field,
  refuse: Refusal,
): ReturnedColumn {
  const { type } = field;
  const words = wordsOf(type);
  const length = values.length / words;
  checkValidity(validity, length, refuse);
  const width = values.BYTES_PER_ELEMENT * words;
  return {
    length,
    bytes: (_, rows) => rows * width,
    vector(from, rows, region, { arena }) {
      const valid = placedValidity(validity, from, rows, field, region, refuse);
      const part = values.subarray(from * words, (from + rows) * words);
      if (type.kind === 'bool') return fixedVector(type, rows, packed(part as Uint8Array, region), valid);
      const data = region.reserve(rows * width);
      new Kind(arena.buffer, data, rows * words).set(part as never);
      if (type.kind === 'decimal')
        checkDecimals(part as BigUint64Array, validity, from, type.precision, refuse);
      return fixedVector(type, rows, data, valid);
    },
  };
}

function ofTexts(
  offsets: Int32Array,
  bytes: Uint8Array,
  validity: Uint8Array | null,
  field: Field,
  refuse: Refusal,
): ReturnedColumn {
  if (offsets.length === 0) return refuse('offsets must have one entry more than there are rows', null);
  const length = offsets.length - 1;
  checkValidity(validity, length, refuse);
  for (let row = 0; row < length; row++)
    if (offsets[row]! < 0 || offsets[row]! > offsets[row + 1]!)
      return refuse(`its offsets go from ${offsets[row]} to ${offsets[row + 1]}`, row);
  if (offsets[length]! > bytes.length)
    return refuse(`its offsets end at ${offsets[length]}, and there are ${bytes.length} bytes`, null);
  return {
    length,
    bytes: (from, rows) => rows * 4 + offsets[from + rows]! - offsets[from]!,
    vector(from, rows, region, { arena }) {
      const valid = placedValidity(validity, from, rows, field, region, refuse);
      const [start, end] = [offsets[from]!, offsets[from + rows]!];
      const texts = bytes.subarray(start, end);
      if (!isUtf8(texts)) refuse('its bytes are not UTF-8', null);
      const placed = new Int32Array(arena.buffer, region.reserve((rows + 1) * 4), rows + 1);
      for (let i = 0; i <= rows; i++) {
        const at = offsets[from + i]! - start;
        // A byte that goes on with a letter begins no text.
        if (at < texts.length && (texts[at]! & 0xc0) === 0x80) refuse('it begins within a letter', from + i);
        placed[i] = at;
      }
      const data = region.reserve(texts.length + slack);
      arena.bytes.set(texts, data);
      return textVector(field.type, rows, data, placed.byteOffset, valid);
    },
  };
}

/** Kernels that copy texts write past their end. */
const slack = 16;

const isTyped = (value: unknown): value is TypedArray =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

function validityOf(given: unknown, refuse: Refusal): Uint8Array | null {
  if (given === undefined || given === null || given instanceof Uint8Array) return given ?? null;
  return refuse(`its validity is ${shownValue(given)}, no Uint8Array of one bit a row`, null);
}

function checkValidity(validity: Uint8Array | null, length: number, refuse: Refusal): void {
  if (validity !== null && validity.length < bitmapBytes(length))
    refuse(`its validity has ${validity.length} bytes, too few for ${length} rows`, null);
}

/** The bits in the arena; 0 where nothing is null. */
function placedValidity(
  validity: Uint8Array | null,
  from: number,
  rows: number,
  field: Field,
  region: Region,
  refuse: Refusal,
): number {
  if (validity === null) return 0;
  const part = validity.subarray(from / 8, from / 8 + bitmapBytes(rows));
  if (!field.nullable) {
    refuseNulls(part, from, rows, field, refuse);
    return 0;
  }
  const address = region.reserve(part.length);
  region.arena.bytes.set(part, address);
  return address;
}

function refuseNulls(bits: Uint8Array, from: number, rows: number, field: Field, refuse: Refusal): void {
  for (let i = 0; i < rows; i++)
    if (((bits[i >> 3]! >> (i & 7)) & 1) === 0) refuse(`it is null, but ${unmarked(field)}`, from + i);
}

function packed(flags: Uint8Array, region: Region): number {
  const data = region.reserveZeroed(bitmapBytes(flags.length));
  const { bytes } = region.arena;
  for (let i = 0; i < flags.length; i++) if (flags[i] !== 0) bytes[data + (i >> 3)]! |= 1 << (i & 7);
  return data;
}

function checkDecimals(
  words: BigUint64Array,
  validity: Uint8Array | null,
  from: number,
  precision: number,
  refuse: Refusal,
): void {
  const most = 10n ** BigInt(precision);
  for (let i = 0; i < words.length / 2; i++) {
    const row = from + i;
    if (validity !== null && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) continue;
    const unscaled = (BigInt.asIntN(64, words[i * 2 + 1]!) << 64n) | words[i * 2]!;
    if (unscaled >= most || unscaled <= -most) refuse(`${unscaled} has more than ${precision} digits`, row);
  }
}

/** Only texts and lists are looked at: what they take differs from row to row. */
function itemBytes(
  values: readonly unknown[] | TypedArray,
  type: DataType,
  from: number,
  rows: number,
): number {
  if (type.kind !== 'utf8' && type.kind !== 'list') return rows * 16;
  let sum = rows * 4;
  for (let row = from; row < from + rows; row++) sum += sizeOf(values[row]);
  return sum;
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (!Array.isArray(value) && !isTyped(value)) return 8;
  let sum = 0;
  for (const one of value as readonly unknown[]) sum += sizeOf(one);
  return sum;
}
