/**
 * Which chunks may hold rows that a predicate wants, by their statistics alone. A chunk is left out only where
 * the predicate is false or null for every row that the statistics allow.
 */
import type { ChunkStatistics, ColumnStatistics, Bound as Value } from '../arrow/statistics.js';
import { compareBounds, isWide } from '../arrow/statistics.js';
import { bool, type DataType, familyOf, isNumeric, sameType } from '../arrow/types.js';
import type { Bound, BoundCall, BoundLiteral } from './bound.js';

/** What a predicate can be for the rows of a chunk; each is true unless it is known to be impossible. */
interface Outcomes {
  readonly true: boolean;
  readonly false: boolean;
  readonly null: boolean;
}

const anything: Outcomes = { true: true, false: true, null: true };

/** May the predicate, bound to the source's schema, be true for a row of the chunk? */
export function mayMatch(predicate: Bound, chunk: Chunk): boolean {
  return chunk.rows > 0 && outcomes(predicate, chunk).true;
}

type Chunk = Pick<ChunkStatistics, 'rows' | 'columns'>;

function outcomes(expr: Bound, chunk: Chunk): Outcomes {
  if (expr.op === 'literal') {
    if (expr.value === null) return { true: false, false: false, null: true };
    if (typeof expr.value === 'boolean') return { true: expr.value, false: !expr.value, null: false };
    return anything;
  }
  if (expr.op === 'column')
    return compare('eq', expr, { op: 'literal', type: bool, nullable: false, value: true }, chunk);
  return expr.op === 'call' ? call(expr, chunk) : anything;
}

function call(expr: BoundCall, chunk: Chunk): Outcomes {
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
      const equals = expr.args.slice(1).map((value) => ({ ...expr, name: 'eq', args: [first!, value] }));
      return call({ ...expr, name: 'or', args: equals }, chunk);
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

function nullness(expr: Bound, chunk: Chunk): Outcomes {
  const statistics = statisticsOf(expr, chunk);
  if (statistics === null) return { true: true, false: true, null: false };
  return { true: statistics.nulls > 0, false: statistics.nulls < chunk.rows, null: false };
}

function compare(name: Comparison, left: Bound, right: Bound, chunk: Chunk): Outcomes {
  if (left.op === 'literal' && right.op !== 'literal') return compare(mirrored[name], right, left, chunk);
  const statistics = statisticsOf(left, chunk);
  if (statistics === null || right.op !== 'literal') return anything;
  if (right.value === null) return { true: false, false: false, null: true };
  const { nulls, nans } = statistics;
  const mayBeNull = nulls > 0;
  if (nulls === chunk.rows) return { true: false, false: false, null: true };
  const value = literalValue(right, left.type);
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
      const asFloats = familyOf(left.type) === 'float';
      const [toMin, toMax] = [order(value, min, asFloats), order(value, max, asFloats)];
      const beyond = statistics.maxCut && typeof value === 'string' && value.startsWith(max as string);
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

/** Of a column, or of one that is only converted to a wider number; null where nothing is known. */
function statisticsOf(expr: Bound, chunk: Chunk): ColumnStatistics | null {
  if (expr.op === 'column') return chunk.columns[expr.index] ?? null;
  return expr.op === 'cast' && keepsOrder(expr.input.type, expr.type)
    ? statisticsOf(expr.input, chunk)
    : null;
}

function keepsOrder(from: DataType, to: DataType): boolean {
  if (to.kind === 'float64') return isNumeric(from);
  return to.kind === 'int64' && familyOf(from) === 'integer' && from.kind !== 'uint64';
}

/** The literal as something that the column's bounds compare with; binding has made their types the same. */
function literalValue(literal: BoundLiteral, column: DataType): Value | null {
  const { value, type } = literal;
  if (!sameType(type, column) || value === null) return null;
  if (isNumeric(type)) return numeric(value, isWide(type));
  if (isWide(type)) return BigInt(value as string);
  return typeof value === 'boolean' || typeof value === 'string' ? value : null;
}

function numeric(value: BoundLiteral['value'], wide: boolean): Value | null {
  if (wide) return BigInt(value as string);
  if (typeof value === 'string') return Number(value);
  return typeof value === 'number' ? value : null;
}

/** As the engine compares: with a float on either side both are floats, whatever that rounds. */
function order(value: Value, bound: Value, asFloats: boolean): number {
  return asFloats ? compareBounds(Number(value), Number(bound)) : compareBounds(value, bound);
}
