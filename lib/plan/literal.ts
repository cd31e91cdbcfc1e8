/** Literals moved to another type, exactly or not at all. */
import { type DataType, decimal, familyOf, typeName } from '../arrow/types.js';
import { queryError } from '../errors.js';
import type { BoundLiteral } from './bound.js';
import type { LiteralExpr } from './expr.js';
import { parseDate, parseTimestamp } from './parse-time.js';

type Value = LiteralExpr['value'];

export function literal(type: DataType, value: Value): BoundLiteral {
  return { op: 'literal', type, nullable: value === null, value };
}

/** The same value as a literal of `type`; null if it has none there. Text that is no date is a query error. */
export function convertLiteral(from: BoundLiteral, type: DataType): BoundLiteral | null {
  const { value } = from;
  if (value === null) return literal(type, null);
  const family = familyOf(type);
  const source = familyOf(from.type);
  if (source === 'text') {
    if (family === 'text') return from;
    if (family === 'date' || family === 'timestamp') return timeLiteral(String(value), type);
    return null;
  }
  if (source === 'boolean') return family === 'boolean' ? from : null;
  if (source === 'date') {
    if (family === 'date') return from;
    return family === 'timestamp' ? literal(type, String(BigInt(value as string) * 86_400_000_000n)) : null;
  }
  if (source === 'timestamp') {
    if (type.kind !== 'timestamp' || from.type.kind !== 'timestamp') return null;
    // An instant and a wall time are one only in UTC.
    const zones = [type.zone, from.type.zone].filter((zone) => zone !== null);
    return zones.length === 2 || zones.every((zone) => zone === 'UTC') ? literal(type, value) : null;
  }
  const exact = exactNumber(from);
  if (family === 'integer' && exact !== null) {
    const { digits, scale } = exact;
    const unit = 10n ** BigInt(scale);
    return digits % unit === 0n ? integerLiteral(digits / unit, type) : null;
  }
  if (family === 'decimal' && exact !== null) return decimalLiteral(exact, type);
  if (family === 'float') return floatLiteral(from, type);
  return null;
}

/** Where a number lies among the values of an integer type: at one, between two, or beyond them all. */
export type Position = { readonly at: BoundLiteral } | { readonly above: BoundLiteral } | 'below' | 'beyond';

/** `above` is the greatest value less than the number. NaN is beyond all. Null if the literal is no number. */
export function positionOf(from: BoundLiteral, type: DataType): Position | null {
  const family = familyOf(from.type);
  if (from.value === null || (family !== 'integer' && family !== 'float' && family !== 'decimal'))
    return null;
  const exact = exactNumber(from);
  if (exact === null) return from.value === '-Infinity' ? 'below' : 'beyond';
  const unit = 10n ** BigInt(exact.scale);
  let floor = exact.digits / unit;
  const whole = floor * unit === exact.digits;
  if (!whole && exact.digits < 0n) floor -= 1n;
  const [least, most] = integerRange(type);
  if (floor < least) return 'below';
  if (floor > most || (!whole && floor === most)) return 'beyond';
  return whole ? { at: integerLiteral(floor, type)! } : { above: integerLiteral(floor, type)! };
}

/** A number as digits / 10^scale; null for NaN and the infinities. */
function exactNumber(from: BoundLiteral): { readonly digits: bigint; readonly scale: number } | null {
  const { value, type } = from;
  if (type.kind === 'decimal') return { digits: BigInt(value as string), scale: type.scale };
  if (familyOf(type) === 'integer') return { digits: BigInt(value as string | number), scale: 0 };
  const number = Number(value);
  if (!Number.isFinite(number)) return null;
  if (Number.isInteger(number)) return { digits: BigInt(number), scale: 0 };
  const [mantissa, exponent] = number.toExponential().split('e') as [string, string];
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?];
  const scale = fraction.length - Number(exponent);
  return { digits: BigInt(whole + fraction), scale };
}

export function integerRange(type: DataType): readonly [bigint, bigint] {
  const bits = BigInt(/\d+/.exec(type.kind)![0]);
  return type.kind.startsWith('u')
    ? [0n, (1n << bits) - 1n]
    : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
}

function integerLiteral(value: bigint, type: DataType): BoundLiteral | null {
  const [least, most] = integerRange(type);
  if (value < least || value > most) return null;
  return literal(type, type.kind.endsWith('64') ? String(value) : Number(value));
}

function decimalLiteral(
  from: { readonly digits: bigint; readonly scale: number },
  type: DataType,
): BoundLiteral | null {
  if (type.kind !== 'decimal') return null;
  let unscaled = from.digits;
  if (type.scale >= from.scale) unscaled *= 10n ** BigInt(type.scale - from.scale);
  else {
    const unit = 10n ** BigInt(from.scale - type.scale);
    if (unscaled % unit !== 0n) return null;
    unscaled /= unit;
  }
  const most = 10n ** BigInt(type.precision);
  return unscaled > -most && unscaled < most
    ? literal(decimal(type.precision, type.scale), String(unscaled))
    : null;
}

function floatLiteral(from: BoundLiteral, type: DataType): BoundLiteral | null {
  const exact = exactNumber(from);
  if (exact === null) return literal(type, from.value);
  const number = Number(from.type.kind === 'decimal' ? decimalText(exact) : from.value);
  if (familyOf(from.type) === 'integer' && BigInt(number) !== exact.digits) return null;
  if (type.kind === 'float32' && Math.fround(number) !== number) return null;
  return literal(type, number);
}

function decimalText({ digits, scale }: { readonly digits: bigint; readonly scale: number }): string {
  return `${digits}e-${scale}`;
}

function timeLiteral(text: string, type: DataType): BoundLiteral {
  const value = type.kind === 'timestamp' ? parseTimestamp(text, type.zone) : parseDate(text);
  if (value === null)
    throw queryError(
      `'${text}' is no ${typeName(type)}; write it as ${type.kind === 'date' ? "'2024-12-31'" : "'2024-12-31 23:59:59'"}`,
    );
  return literal(type, String(value));
}
