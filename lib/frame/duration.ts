/** Distances as callers write them: numbers, or for timestamps and dates texts like 5s and 2h. */
import { type DataType, typeName } from '../arrow/types.js';
import { usageError } from '../errors.js';
import type { Expr } from '../plan/expr.js';
import { double, integer } from '../plan/make-expr.js';

/** In microseconds. */
const units: Readonly<Record<string, bigint>> = {
  us: 1n,
  ms: 1000n,
  s: 1_000_000n,
  m: 60_000_000n,
  h: 3_600_000_000n,
  d: 86_400_000_000n,
  w: 604_800_000_000n,
};

/** How far values of a type may be: in its unit, which is microseconds for timestamps and days for dates. `name` is their column's. */
export function toTolerance(given: number | bigint | string, type: DataType | null, name: string): Expr {
  if (typeof given === 'string') return integer(durationIn(given, type, name));
  if (!(given >= 0)) throw usageError(`a tolerance is a number from 0 up, not ${given}`);
  return typeof given === 'bigint' || Number.isInteger(given) ? integer(given) : double(given);
}

function durationIn(text: string, type: DataType | null, name: string): bigint {
  const [, count, unit] = /^(\d+) ?([a-z]+)$/.exec(text) ?? [];
  const micros = unit === undefined ? undefined : units[unit];
  if (count === undefined || micros === undefined)
    throw usageError(
      `"${text}" is no duration; write a number and one of ${Object.keys(units).join(', ')}, as 5s`,
    );
  const all = BigInt(count) * micros;
  if (type === null || type.kind === 'timestamp') return all;
  if (type.kind === 'date' && all % units.d! === 0n) return all / units.d!;
  throw usageError(
    type.kind === 'date'
      ? `${text} is not a number of days, but ${name} is a date`
      : `${text} is a duration, but ${name} is ${typeName(type)}; give a number`,
    { column: name },
  );
}
