/** Values of JavaScript, each looked at, as a column in the arena. */
import { bitmapBytes, fixedVector, listVector, textVector, type Vector } from '../../arrow/batch.js';
import type { Field } from '../../arrow/schema.js';
import { type DataType, physicalOf, typeName, widthOf } from '../../arrow/types.js';
import type { Runtime } from '../../formats/format.js';
import type { Region } from '../../memory/arena.js';
import { type Refusal, shownValue, unmarked } from './refusal.js';
import { arrayKind, type TypedArray } from './values.js';

/** Rows [from, from + rows) of the values; where `validity` has no bit they are null, whatever stands there. */
export interface Items {
  readonly values: ArrayLike<unknown>;
  readonly validity: Uint8Array | null;
  readonly from: number;
  readonly rows: number;
}

export function writeItems(
  items: Items,
  field: Field,
  region: Region,
  runtime: Runtime,
  refuse: Refusal,
): Vector {
  const nulls = new Nulls(items, field, region, refuse);
  const { type } = field;
  switch (physicalOf(type)) {
    case 'text':
      return writeTexts(items, type, nulls, region, runtime, refuse);
    case 'list':
      return writeLists(items, type, nulls, region, runtime, refuse);
    case 'bit':
      return writeBits(items, type, nulls, region, refuse);
    case 'i128':
      return writeDecimals(items, type, nulls, region, refuse);
    default:
      return writeFixed(items, type, nulls, region, refuse);
  }
}

/** The bitmap, made with the first null. */
class Nulls {
  readonly #items: Items;
  readonly #field: Field;
  readonly #region: Region;
  readonly #refuse: Refusal;
  #address = 0;

  constructor(items: Items, field: Field, region: Region, refuse: Refusal) {
    this.#items = items;
    this.#field = field;
    this.#region = region;
    this.#refuse = refuse;
  }

  /** 0 where nothing is null. */
  get address(): number {
    return this.#address;
  }

  /** Is the value of the i-th row null? Then it is noted. */
  note(value: unknown, i: number): boolean {
    const { validity, from, rows } = this.#items;
    const row = from + i;
    const valid = validity === null || ((validity[row >> 3]! >> (row & 7)) & 1) === 1;
    if (value !== null && valid) return false;
    if (!this.#field.nullable) this.#refuse(`it is null, but ${unmarked(this.#field)}`, row);
    const { bytes } = this.#region.arena;
    if (this.#address === 0) {
      const size = bitmapBytes(rows);
      this.#address = this.#region.reserve(size);
      bytes.fill(255, this.#address, this.#address + size);
    }
    bytes[this.#address + (i >> 3)]! &= ~(1 << (i & 7));
    return true;
  }
}

function writeFixed(
  { values, from, rows }: Items,
  type: DataType,
  nulls: Nulls,
  region: Region,
  refuse: Refusal,
): Vector {
  const data = region.reserve(rows * widthOf(type));
  const out: TypedArray = new (arrayKind(type)!)(region.arena.buffer, data, rows);
  const stored = storedForm(type);
  const none = physicalOf(type).endsWith('64') && type.kind !== 'float64' ? 0n : 0;
  for (let i = 0; i < rows; i++) {
    const value = values[from + i];
    if (nulls.note(value, i)) {
      out[i] = none;
      continue;
    }
    const form = stored(value);
    if (form === undefined) refuse(`${shownValue(value)} is no ${typeName(type)}`, from + i);
    out[i] = form;
  }
  return fixedVector(type, rows, data, nulls.address);
}

/** What is stored for a value; undefined where it is no value of the type. */
function storedForm(type: DataType): (value: unknown) => number | bigint | undefined {
  switch (type.kind) {
    case 'float32':
    case 'float64':
      return (value) => (typeof value === 'number' ? value : undefined);
    case 'date':
      return dayOf;
    case 'timestamp':
      return (value) =>
        value instanceof Date
          ? microsecondsOf(value)
          : typeof value === 'bigint'
            ? within(value, 64, true)
            : undefined;
    default: {
      const bits = widthOf(type) * 8;
      const signed = !type.kind.startsWith('u');
      if (bits === 64) return (value) => (isWhole(value) ? within(BigInt(value), bits, signed) : undefined);
      const [least, most] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
      return (value) => (isWhole(value) && value >= least && value <= most ? Number(value) : undefined);
    }
  }
}

const isWhole = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' || Number.isSafeInteger(value);

function within(value: bigint, bits: number, signed: boolean): bigint | undefined {
  const kept = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  return kept === value ? value : undefined;
}

/** A date at midnight UTC, or days since 1970-01-01. */
function dayOf(value: unknown): number | undefined {
  const day = value instanceof Date ? value.getTime() / 86_400_000 : value;
  return typeof day === 'number' && Number.isInteger(day) && Math.abs(day) < 2 ** 31 ? day : undefined;
}

function microsecondsOf(value: Date): bigint | undefined {
  const milliseconds = value.getTime();
  return Number.isNaN(milliseconds) ? undefined : BigInt(milliseconds) * 1000n;
}

function writeBits(
  { values, from, rows }: Items,
  type: DataType,
  nulls: Nulls,
  region: Region,
  refuse: Refusal,
): Vector {
  const data = region.reserveZeroed(bitmapBytes(rows));
  const { bytes } = region.arena;
  for (let i = 0; i < rows; i++) {
    const value = values[from + i];
    if (nulls.note(value, i)) continue;
    if (typeof value !== 'boolean') refuse(`${shownValue(value)} is no ${typeName(type)}`, from + i);
    if (value === true) bytes[data + (i >> 3)]! |= 1 << (i & 7);
  }
  return fixedVector(type, rows, data, nulls.address);
}

function writeDecimals(
  { values, from, rows }: Items,
  type: DataType,
  nulls: Nulls,
  region: Region,
  refuse: Refusal,
): Vector {
  const data = region.reserveZeroed(rows * 16);
  const { view } = region.arena;
  for (let i = 0; i < rows; i++) {
    const value = values[from + i];
    if (nulls.note(value, i)) continue;
    const unscaled = unscaledOf(value, type);
    if (unscaled === null)
      return refuse(`${shownValue(value)} is no ${typeName(type)}; write it as a text, as '12.50'`, from + i);
    view.setBigUint64(data + i * 16, BigInt.asUintN(64, unscaled), true);
    view.setBigInt64(data + i * 16 + 8, unscaled >> 64n, true);
  }
  return fixedVector(type, rows, data, nulls.address);
}

/** Null where it is no text of a number with so many digits. */
function unscaledOf(value: unknown, type: DataType): bigint | null {
  if (typeof value !== 'string' || type.kind !== 'decimal') return null;
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value) ?? [];
  if (whole === undefined || fraction.length > type.scale) return null;
  const unscaled = BigInt(`${whole}${fraction.padEnd(type.scale, '0')}`);
  if (unscaled >= 10n ** BigInt(type.precision)) return null;
  return sign === '-' ? -unscaled : unscaled;
}

/** Kernels that copy texts write past their end. */
const slack = 16;

function writeTexts(
  { values, from, rows }: Items,
  type: DataType,
  nulls: Nulls,
  region: Region,
  { arena }: Runtime,
  refuse: Refusal,
): Vector {
  const texts: string[] = [];
  let units = 0;
  for (let i = 0; i < rows; i++) {
    const value = values[from + i];
    if (nulls.note(value, i)) {
      texts.push('');
      continue;
    }
    if (typeof value !== 'string') return refuse(`${shownValue(value)} is no ${typeName(type)}`, from + i);
    units += value.length;
    texts.push(value);
  }
  const all = texts.join('');
  const size = Buffer.byteLength(all);
  const offsets = region.reserve((rows + 1) * 4);
  const data = region.reserve(size + slack);
  const memory = Buffer.from(arena.buffer);
  const ends = new Int32Array(arena.buffer, offsets, rows + 1);
  // A byte for each unit: all of it is ASCII.
  const plain = size === units;
  if (plain) memory.write(all, data, 'latin1');
  let at = 0;
  ends[0] = 0;
  texts.forEach((text, i) => {
    if (plain) at += text.length;
    else {
      if (halved.test(text)) refuse('it holds half of a surrogate pair', from + i);
      at += memory.write(text, data + at);
    }
    ends[i + 1] = at;
  });
  return textVector(type, rows, data, offsets, nulls.address);
}

const halved = /\p{Surrogate}/u;

function writeLists(
  { values, from, rows }: Items,
  type: DataType,
  nulls: Nulls,
  region: Region,
  runtime: Runtime,
  refuse: Refusal,
): Vector {
  if (type.kind !== 'list') throw new Error('bug: no list');
  const offsets = region.reserve((rows + 1) * 4);
  const ends = new Int32Array(runtime.arena.buffer, offsets, rows + 1);
  const elements: unknown[] = [];
  const listOf: number[] = [];
  ends[0] = 0;
  for (let i = 0; i < rows; i++) {
    const value = values[from + i];
    if (!nulls.note(value, i)) {
      if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && !(value instanceof DataView)))
        return refuse(`${shownValue(value)} is no ${typeName(type)}; give an array`, from + i);
      for (const element of value as unknown as Iterable<unknown>) {
        elements.push(element);
        listOf.push(from + i);
      }
    }
    ends[i + 1] = elements.length;
  }
  const field = { name: '', type: type.element, nullable: true };
  const child = writeItems(
    { values: elements, validity: null, from: 0, rows: elements.length },
    field,
    region,
    runtime,
    (what, element) => refuse(what, element === null ? null : listOf[element]!),
  );
  return listVector(type, rows, offsets, child, nulls.address);
}
