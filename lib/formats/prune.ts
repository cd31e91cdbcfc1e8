/**
 * Which chunks may hold rows that a predicate wants, by their statistics alone. A chunk is left out only where
 * the predicate is false or null for every row that the statistics allow.
 */
import type { ColumnStatistics, Bound as Value } from '../../spill/statistics.js';
import { compareBounds, isWide } from '../../spill/statistics.js';
import { fieldIndex, type Schema } from '../arrow/schema.js';
import { type DataType, familyOf } from '../arrow/types.js';
import type { CallExpr, Expr, LiteralExpr } from '../plan/expr.js';

/** What a predicate can be for the rows of a chunk; each is true unless it is known to be impossible. */
interface Outcomes {
  readonly true: boolean;
  readonly false: boolean;
  readonly null: boolean;
}

const anything: Outcomes = { true: true, false: true, null: true };

/** May the predicate be true for a row of `rows` rows with these statistics, by column of `schema`? */
export function mayMatch(
  predicate: Expr,
  schema: Schema,
  rows: number,
  columns: readonly ColumnStatistics[],
): boolean {
  return rows > 0 && outcomes(predicate, { schema, rows, columns }).true;
}

interface Chunk {
  readonly schema: Schema;
  readonly rows: number;
  readonly columns: readonly ColumnStatistics[];
}

function outcomes(expr: Expr, chunk: Chunk): Outcomes {
  if (expr.op === 'literal') {
    if (expr.value === null) return { true: false, false: false, null: true };
    if (typeof expr.value === 'boolean') return { true: expr.value, false: !expr.value, null: false };
    return anything;
  }
  if (expr.op === 'column')
    return compare('eq', expr, { op: 'literal', type: { kind: 'bool' }, value: true }, chunk);
  return expr.op === 'call' ? call(expr, chunk) : anything;
}

function call(expr: CallExpr, chunk: Chunk): Outcomes {
  const [first, second] = expr.args;
  switch (expr.name) {
    case 'and': {
      const all = expr.args.map((arg) => outcomes(arg, chunk));
      return {
        true: all.every((one) => one.true),
        false: all.some((one) => one.false),
        null: all.some((one) => one.null) && all.every((one) => one.true || one.null),
      };
    }
    case 'or': {
      const all = expr.args.map((arg) => outcomes(arg, chunk));
      return {
        true: all.some((one) => one.true),
        false: all.every((one) => one.false),
        null: all.some((one) => one.null) && all.every((one) => one.false || one.null),
      };
    }
    case 'not': {
      const inner = outcomes(first!, chunk);
      return { true: inner.false, false: inner.true, null: inner.null };
    }
    case 'is_null':
      return nullness(first!, chunk);
    case 'is_not_null': {
      const is = nullness(first!, chunk);
      return { true: is.false, false: is.true, null: false };
    }
    case 'in': {
      // x in (a, b) is x = a or x = b.
      const equals = expr.args
        .slice(1)
        .map((value): CallExpr => ({ op: 'call', name: 'eq', args: [first!, value] }));
      return call({ op: 'call', name: 'or', args: equals }, chunk);
    }
    case 'eq':
    case 'ne':
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge':
      return compare(expr.name, first!, second!, chunk);
    default:
      return anything;
  }
}

type Comparison = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

const mirrored: Readonly<Record<Comparison, Comparison>> = {
  eq: 'eq',
  ne: 'ne',
  lt: 'gt',
  le: 'ge',
  gt: 'lt',
  ge: 'le',
};

function nullness(expr: Expr, chunk: Chunk): Outcomes {
  const statistics = expr.op === 'column' ? statisticsOf(expr.name, chunk) : null;
  if (statistics === null) return { true: true, false: true, null: false };
  return { true: statistics.nulls > 0, false: statistics.nulls < chunk.rows, null: false };
}

function compare(name: Comparison, left: Expr, right: Expr, chunk: Chunk): Outcomes {
  if (left.op === 'literal' && right.op !== 'literal') return compare(mirrored[name], right, left, chunk);
  if (left.op !== 'column' || right.op !== 'literal') return anything;
  const statistics = statisticsOf(left.name, chunk);
  if (statistics === null) return anything;
  if (right.value === null) return { true: false, false: false, null: true };
  const { nulls, nans } = statistics;
  const mayBeNull = nulls > 0;
  if (nulls === chunk.rows) return { true: false, false: false, null: true };
  const { type } = chunk.schema.fields[fieldIndex(chunk.schema, left.name)]!;
  const value = literalValue(right, type);
  if (value === null) return { ...anything, null: mayBeNull };
  // NaN is equal to itself and greater than every number.
  const isNan = Number.isNaN(value);
  let less = false;
  let equal = nans > 0 && isNan;
  let greater = nans > 0 && !isNan;
  if (nulls + nans < chunk.rows) {
    const { min, max } = statistics;
    if (min === null || max === null) return { ...anything, null: mayBeNull };
    if (isNan) {
      less = true;
    } else {
      const asFloats = familyOf(type) === 'float' || familyOf(right.type) === 'float';
      const [toMin, toMax] = [order(value, min, asFloats), order(value, max, asFloats)];
      const beyond = statistics.maxCut && (value as string).startsWith(max as string);
      less ||= toMin > 0;
      equal ||= toMin >= 0 && (toMax <= 0 || beyond);
      greater ||= toMax < 0 || beyond;
    }
  }
  const holds: Readonly<Record<Comparison, readonly [boolean, boolean]>> = {
    eq: [equal, less || greater],
    ne: [less || greater, equal],
    lt: [less, equal || greater],
    le: [less || equal, greater],
    gt: [greater, less || equal],
    ge: [greater || equal, less],
  };
  const [mayHold, mayFail] = holds[name];
  return { true: mayHold, false: mayFail, null: mayBeNull };
}

function statisticsOf(name: string, chunk: Chunk): ColumnStatistics | null {
  const index = fieldIndex(chunk.schema, name);
  return index < 0 ? null : chunk.columns[index]!;
}

/**
 * The literal as something that the column's bounds compare with; null where the comparison would convert the
 * column in a way that may not keep its order.
 */
function literalValue(literal: LiteralExpr, column: DataType): Value | null {
  const { value, type } = literal;
  const [from, to] = [familyOf(type), familyOf(column)];
  const isNumber = from === 'integer' || from === 'float';
  if (isNumber && (to === 'integer' || to === 'float')) return numeric(value, isWide(type));
  if (from !== to || value === null) return null;
  if (from === 'decimal') {
    const scales = type.kind === 'decimal' && column.kind === 'decimal' && type.scale === column.scale;
    return scales ? BigInt(value as string) : null;
  }
  if (from === 'date') return BigInt(value as string);
  if (from === 'timestamp') {
    const zones = type.kind === 'timestamp' && column.kind === 'timestamp' && type.zone === column.zone;
    return zones ? BigInt(value as string) : null;
  }
  return typeof value === 'boolean' || typeof value === 'string' ? value : null;
}

function numeric(value: LiteralExpr['value'], wide: boolean): Value | null {
  if (wide) return BigInt(value as string);
  if (typeof value === 'string') return Number(value);
  return typeof value === 'number' ? value : null;
}

/** As the engine compares: with a float on either side both are floats, whatever that rounds. */
function order(value: Value, bound: Value, asFloats: boolean): number {
  return asFloats ? compareBounds(Number(value), Number(bound)) : compareBounds(value, bound);
}
