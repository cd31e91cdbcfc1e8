/** Numbers, texts, dates and times written in SQL. */
import type { A_Const } from 'libpg-query';
import { bool, type DataType, int64, nullType, typeName, uint64 } from '../arrow/types.js';
import type { Expr } from '../plan/expr.js';
import { double, integer, literal, text } from '../plan/make-expr.js';
import { parseDate, parseTimestamp } from '../plan/parse-time.js';
import type { Scope } from './convert.js';
import type { SqlSource } from './source.js';

export function constant(body: A_Const, scope: Scope): Expr {
  const { source } = scope.parsed;
  if (body.isnull) return literal(nullType, null);
  if (body.ival) return integer(body.ival.ival ?? 0);
  if (body.boolval) return literal(bool, body.boolval.boolval ?? false);
  if (body.sval) return text(body.sval.sval ?? '');
  if (body.fval) return number(body.fval.fval ?? '0', source, body.location);
  throw source.unsupported('a bit string', body.location);
}

/** The grammar gives integers beyond 32 bits as text. */
function number(written: string, source: SqlSource, byte: number | undefined): Expr {
  const digits = written.replaceAll('_', '');
  if (/^-?(\d+|0[xob][\da-f]+)$/i.test(digits)) {
    const value = digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits);
    if (BigInt.asIntN(64, value) === value) return literal(int64, String(value));
    if (BigInt.asUintN(64, value) === value) return literal(uint64, String(value));
    throw source.error(`${written} is beyond 64 bits; write ${written}.0 for a float`, byte);
  }
  const value = Number(digits);
  if (!Number.isFinite(value)) throw source.error(`${written} is beyond the range of float64`, byte);
  return double(value);
}

/** `date '2024-12-31'` as a literal; null where `type` has no literals of its own, so that a cast does it. */
export function typedConstant(
  written: string,
  type: DataType,
  source: SqlSource,
  byte: number | undefined,
): Expr | null {
  if (type.kind === 'utf8') return text(written);
  if (type.kind === 'float64' && /^(NaN|-?Infinity)$/.test(written)) return double(Number(written));
  if (type.kind !== 'date' && type.kind !== 'timestamp') return null;
  const value = type.kind === 'timestamp' ? parseTimestamp(written, type.zone) : parseDate(written);
  if (value === null) {
    const form = type.kind === 'timestamp' ? '2024-12-31 23:59:59' : '2024-12-31';
    throw source.error(`'${written}' is no ${typeName(type)}; write it as '${form}'`, byte);
  }
  return literal(type, String(value));
}
