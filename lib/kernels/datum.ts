/** What a function computes with: a column or one constant. */
import {
  bitmapBytes,
  codedVector,
  fixedVector,
  listVector,
  textVector,
  type Vector,
} from '../arrow/batch.js';
import { type DataType, physicalOf, widthOf } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import type { Machine } from './machine.js';

/** A literal of lib/plan/expr.ts is one; the value is written as there. Of lists only null is. */
export interface Constant {
  readonly type: DataType;
  readonly value: string | number | boolean | null;
}

export type Datum = Vector | Constant;

export const isConstant = (datum: Datum): datum is Constant => 'value' in datum;

/** Where the values lie and how many rows to go on from one to the next: 0 for a constant. */
export interface Operand {
  readonly address: number;
  readonly step: 0 | 1;
}

export function operandOf(datum: Datum, region: Region, machine: Machine): Operand {
  if (!isConstant(datum)) return { address: datum.data, step: 1 };
  const address = region.reserve(16);
  writeConstant(datum, address, machine);
  return { address, step: 0 };
}

/** A constant without nulls as UTF-8. */
export function textOf(constant: Constant): string {
  return String(constant.value ?? '');
}

/** Text operands have offsets; those of a constant are two. */
export interface TextOperand extends Operand {
  readonly offsets: number;
}

export function textOperandOf(datum: Datum, region: Region, machine: Machine): TextOperand {
  if (!isConstant(datum)) return { address: datum.data, offsets: datum.offsets, step: 1 };
  const { data, offsets } = placeText(textOf(datum), region, machine);
  return { address: data, offsets, step: 0 };
}

/** The constant in every row; text is coded. Its lineage is that of the constant object. */
export function materialize(constant: Constant, length: number, region: Region, machine: Machine): Vector {
  const { type, value } = constant;
  const { bytes } = machine.arena;
  const validity = value === null ? region.reserveZeroed(bitmapBytes(length)) : 0;
  const physical = physicalOf(type);
  if (physical === 'text') {
    const text = placeText(textOf(constant), region, machine);
    let lineage = lineages.get(constant);
    if (lineage === undefined) {
      lineage = {};
      lineages.set(constant, lineage);
    }
    const codes = region.reserveZeroed(length * 4);
    return codedVector(
      type,
      length,
      codes,
      { length: 1, ...text, lineage, distinct: true, origin: null },
      validity,
    );
  }
  if (type.kind === 'list') {
    const none = materialize({ type: type.element, value: null }, 0, region, machine);
    return listVector(type, length, region.reserveZeroed((length + 1) * 4), none, validity);
  }
  if (physical === 'bit') {
    const size = bitmapBytes(length);
    const data = region.reserve(size);
    bytes.fill(value === true ? 255 : 0, data, data + size);
    return fixedVector(type, length, data, validity);
  }
  const width = widthOf(type);
  const data = region.reserve(Math.max(1, length) * width);
  if (value === null) bytes.fill(0, data, data + length * width);
  else fill(constant, data, width, length, machine);
  return fixedVector(type, length, data, validity);
}

/** A column of plain text from strings; null for null. */
export function textsOf(
  values: readonly (string | null)[],
  type: DataType,
  region: Region,
  machine: Machine,
): Vector {
  const { bytes, view } = machine.arena;
  const encoded = values.map((value) => Buffer.from(value ?? ''));
  const offsets = region.reserve((values.length + 1) * 4);
  const data = region.reserve(encoded.reduce((sum, text) => sum + text.length, 0));
  const validity = values.includes(null) ? region.reserveZeroed(bitmapBytes(values.length)) : 0;
  let at = 0;
  view.setInt32(offsets, 0, true);
  encoded.forEach((text, i) => {
    bytes.set(text, data + at);
    at += text.length;
    view.setInt32(offsets + (i + 1) * 4, at, true);
    if (validity !== 0 && values[i] !== null) bytes[validity + (i >> 3)]! |= 1 << (i & 7);
  });
  return textVector(type, values.length, data, offsets, validity);
}

/** Every text of a plain column as a string. */
export function stringsOf(column: Vector, machine: Machine): string[] {
  const { bytes, view } = machine.arena;
  const { data, offsets } = column;
  return Array.from({ length: column.length }, (_, i) =>
    Buffer.from(
      bytes.buffer,
      data + view.getInt32(offsets + i * 4, true),
      view.getInt32(offsets + i * 4 + 4, true) - view.getInt32(offsets + i * 4, true),
    ).toString(),
  );
}

/** One lineage for a constant, so that what is worked out for its dictionary is not done again for every batch. */
const lineages = new WeakMap<Constant, object>();

function placeText(text: string, region: Region, machine: Machine): { data: number; offsets: number } {
  const encoded = Buffer.from(text);
  const offsets = region.reserve(8);
  const data = region.reserve(encoded.length);
  machine.arena.bytes.set(encoded, data);
  machine.arena.view.setInt32(offsets, 0, true);
  machine.arena.view.setInt32(offsets + 4, encoded.length, true);
  return { data, offsets };
}

/** Writes the first value and then copies what is there, twice as much each time. */
function fill(constant: Constant, data: number, width: number, length: number, machine: Machine): void {
  writeConstant(constant, data, machine);
  const end = length * width;
  for (let done = width; done < end; done *= 2)
    machine.arena.bytes.copyWithin(data + done, data, data + Math.min(done, end - done));
}

/** Null is written as zero; what lies under a null does not matter. */
function writeConstant(constant: Constant, at: number, machine: Machine): void {
  const { type } = constant;
  const value = constant.value ?? 0;
  const { view } = machine.arena;
  switch (physicalOf(type)) {
    case 'i8':
    case 'u8':
      view.setInt8(at, Number(value));
      break;
    case 'i16':
    case 'u16':
      view.setInt16(at, Number(value), true);
      break;
    case 'i32':
    case 'u32':
      view.setInt32(at, Number(value), true);
      break;
    case 'f32':
      view.setFloat32(at, Number(value), true);
      break;
    case 'f64':
      view.setFloat64(at, Number(value), true);
      break;
    case 'i64':
    case 'u64':
      view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
      break;
    case 'i128': {
      const unscaled = BigInt(value);
      view.setBigUint64(at, BigInt.asUintN(64, unscaled), true);
      view.setBigInt64(at + 8, unscaled >> 64n, true);
      break;
    }
    default:
      throw new Error(`bug: ${type.kind} is not of fixed width`);
  }
}
