/** Single values for messages; never on the way of data. */
import { type DataType, physicalOf, widthOf } from '../arrow/types.js';
import { type Datum, isConstant } from './datum.js';
import type { Machine } from './machine.js';

/** The value in `row` as a user would write it. */
export function cellText(datum: Datum, row: number, machine: Machine): string {
  if (isConstant(datum)) return formatted(datum.type, datum.value);
  const { view, bytes } = machine.arena;
  const { type, data, validity, dictionary } = datum;
  if (validity !== 0 && ((bytes[validity + (row >> 3)]! >> (row & 7)) & 1) === 0) return 'null';
  const at = data + row * widthOf(type);
  switch (physicalOf(type)) {
    case 'bit':
      return String(((bytes[data + (row >> 3)]! >> (row & 7)) & 1) === 1);
    case 'i8':
      return String(view.getInt8(at));
    case 'u8':
      return String(view.getUint8(at));
    case 'i16':
      return String(view.getInt16(at, true));
    case 'u16':
      return String(view.getUint16(at, true));
    case 'i32':
      return formatted(type, view.getInt32(at, true));
    case 'u32':
      return String(view.getUint32(at, true));
    case 'f32':
      return String(view.getFloat32(at, true));
    case 'f64':
      return String(view.getFloat64(at, true));
    case 'i64':
      return formatted(type, String(view.getBigInt64(at, true)));
    case 'u64':
      return String(view.getBigUint64(at, true));
    case 'i128':
      return formatted(type, String((view.getBigInt64(at + 8, true) << 64n) | view.getBigUint64(at, true)));
    case 'text': {
      const entry = dictionary ? view.getInt32(data + row * 4, true) : row;
      const offsets = (dictionary?.offsets ?? datum.offsets) + entry * 4;
      const base = dictionary?.data ?? data;
      const start = base + view.getInt32(offsets, true);
      const text = Buffer.from(bytes.subarray(start, base + view.getInt32(offsets + 4, true))).toString();
      return `'${text.length > 60 ? `${text.slice(0, 60)}...` : text}'`;
    }
  }
}

function formatted(type: DataType, value: string | number | boolean | null): string {
  if (value === null) return 'null';
  if (type.kind === 'utf8') return `'${value}'`;
  if (type.kind === 'date') return new Date(Number(value) * 86_400_000).toISOString().slice(0, 10);
  if (type.kind === 'timestamp') {
    const micros = BigInt(value);
    const millis = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
    return Math.abs(Number(millis)) > 8.64e15 ? `${micros} us` : new Date(Number(millis)).toISOString();
  }
  if (type.kind !== 'decimal' || type.scale === 0) return String(value);
  const digits = String(value)
    .replace('-', '')
    .padStart(type.scale + 1, '0');
  const sign = String(value).startsWith('-') ? '-' : '';
  return `${sign}${digits.slice(0, -type.scale)}.${digits.slice(-type.scale)}`;
}
