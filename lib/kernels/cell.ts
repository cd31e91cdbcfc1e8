/** Single values for messages; never on the way of data. */
import { type Cell, cellAt, type Scalar } from '../arrow/scalar.js';
import type { DataType } from '../arrow/types.js';
import { type Datum, isConstant } from './datum.js';
import type { Machine } from './machine.js';

/** The value in `row` as a user would write it. */
export function cellText(datum: Datum, row: number, machine: Machine): string {
  if (isConstant(datum)) return formatted(datum.type, datum.value);
  const value = cellAt(datum, row, machine.arena);
  if (typeof value === 'string' && value.length > 60) return `'${value.slice(0, 60)}...'`;
  return written(datum.type, value);
}

function written(type: DataType, value: Cell): string {
  if (type.kind !== 'list') return formatted(type, value as Scalar);
  return value === null
    ? 'null'
    : `[${(value as readonly Cell[]).map((one) => written(type.element, one)).join(', ')}]`;
}

function formatted(type: DataType, value: Scalar): string {
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
