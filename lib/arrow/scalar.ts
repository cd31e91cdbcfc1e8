/** One value of a column as a value of JavaScript; never on the way of data. */
import type { Arena } from '../memory/arena.js';
import { childOf, type Vector } from './batch.js';
import { type DataType, physicalOf, widthOf } from './types.js';

/**
 * Nothing is rounded: 64-bit integers, timestamps (microseconds) and decimals (unscaled) are bigint; a date is its
 * days since 1970-01-01.
 */
export type Scalar = number | bigint | string | boolean | null;

/** A scalar, or the elements of a list. */
export type Cell = Scalar | readonly Cell[];

/** As `scalarAt`, for columns of lists too. */
export function cellAt(vector: Vector, row: number, arena: Arena): Cell {
  if (vector.type.kind !== 'list') return scalarAt(vector, row, arena);
  const { validity, offsets } = vector;
  if (validity !== 0 && !bitAt(arena.bytes, validity, row)) return null;
  const child = childOf(vector);
  const start = arena.view.getInt32(offsets + row * 4, true);
  const length = arena.view.getInt32(offsets + row * 4 + 4, true) - start;
  return Array.from({ length }, (_, i) => cellAt(child, start + i, arena));
}

export function scalarAt(vector: Vector, row: number, { view, bytes }: Arena): Scalar {
  const { type, data, validity, dictionary } = vector;
  if (validity !== 0 && !bitAt(bytes, validity, row)) return null;
  switch (physicalOf(type)) {
    case 'bit':
      return type.kind === 'null' ? null : bitAt(bytes, data, row);
    case 'text': {
      const entry = dictionary === null ? row : view.getInt32(data + row * 4, true);
      const offsets = (dictionary?.offsets ?? vector.offsets) + entry * 4;
      const start = view.getInt32(offsets, true);
      const length = view.getInt32(offsets + 4, true) - start;
      return Buffer.from(bytes.buffer, (dictionary?.data ?? data) + start, length).toString();
    }
    default:
      return fixedAt(type, data + row * widthOf(type), view);
  }
}

/** The value of a type of fixed width at an address. */
export function fixedAt(type: DataType, address: number, view: DataView): number | bigint {
  switch (physicalOf(type)) {
    case 'i8':
      return view.getInt8(address);
    case 'u8':
      return view.getUint8(address);
    case 'i16':
      return view.getInt16(address, true);
    case 'u16':
      return view.getUint16(address, true);
    case 'i32':
      return view.getInt32(address, true);
    case 'u32':
      return view.getUint32(address, true);
    case 'i64':
      return view.getBigInt64(address, true);
    case 'u64':
      return view.getBigUint64(address, true);
    case 'i128':
      return (view.getBigInt64(address + 8, true) << 64n) | view.getBigUint64(address, true);
    case 'f32':
      return view.getFloat32(address, true);
    case 'f64':
      return view.getFloat64(address, true);
    default:
      throw new Error(`bug: ${type.kind} is not of fixed width`);
  }
}

const bitAt = (bytes: Uint8Array, address: number, row: number): boolean =>
  ((bytes[address + (row >> 3)]! >> (row & 7)) & 1) === 1;
