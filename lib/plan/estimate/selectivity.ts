/** What part of the rows a condition leaves, by what is known of the columns; conditions on different ones count as independent. */
import { familyOf } from '../../arrow/types.js';
import { conjuncts } from '../conjuncts.js';
import type { CallExpr, ColumnExpr, Expr, LiteralExpr } from '../expr.js';
import { type ColumnEstimate, positionOf } from './column-estimate.js';

/** Where nothing is known of the values. */
export const selectivities = {
  equal: 0.1,
  range: 1 / 3,
  like: 0.1,
  isNull: 0.05,
  other: 1 / 3,
} as const;

export type Columns = ReadonlyMap<string, ColumnEstimate>;

/** The part of the rows, from 0 to 1, where the predicate is true. */
export function selectivity(predicate: Expr, columns: Columns): number {
  if (predicate.op === 'literal') return predicate.value === true ? 1 : 0;
  if (predicate.op !== 'call') return selectivities.other;
  const { name, args } = predicate;
  switch (name) {
    case 'and':
      return allOf(conjuncts(predicate), columns);
    case 'or':
      return 1 - args.reduce((rest, condition) => rest * (1 - selectivity(condition, columns)), 1);
    case 'not':
      return 1 - selectivity(args[0]!, columns);
    case 'eq':
    case 'is_not_distinct_from':
      return equal(args[0]!, args[1]!, columns);
    case 'ne':
    case 'is_distinct_from':
      return 1 - equal(args[0]!, args[1]!, columns);
    case 'in': {
      const parts = args.slice(1).map((value) => equal(args[0]!, value, columns));
      const sum = parts.reduce((total, part) => total + part, 0);
      return Math.min(distinctOf(args[0]!, columns) === null ? 0.5 : 1, sum);
    }
    case 'lt':
    case 'le':
    case 'gt':
    case 'ge': {
      const range = rangeOf(predicate, columns);
      return range === null ? selectivities.range : partWithin(range.column, range.from, range.to);
    }
    case 'like':
    case 'ilike':
      return selectivities.like;
    case 'is_null':
      return nulls(args[0]!, columns);
    case 'is_not_null':
      return 1 - nulls(args[0]!, columns);
    default:
      return selectivities.other;
  }
}

/** The columns as they are where the predicate is true: in narrower ranges. How many rows are left is not looked at. */
export function narrowed(predicate: Expr, columns: Columns): Map<string, ColumnEstimate> {
  const result = new Map(columns);
  for (const condition of conjuncts(predicate)) {
    const range = rangeOf(condition, result);
    if (range === null) continue;
    const { name, column, from, to } = range;
    const distinct =
      column.distinct === null ? null : Math.max(1, column.distinct * partWithin(column, from, to));
    result.set(name, {
      ...column,
      distinct: from === to ? 1 : distinct,
      min: Math.max(from, column.min!),
      max: Math.min(to, column.max!),
    });
  }
  return result;
}

/** Conditions on the range of one column are one condition: 3 < x and x < 5. */
function allOf(conditions: readonly Expr[], columns: Columns): number {
  const ranges = new Map<string, Range>();
  let part = 1;
  for (const condition of conditions) {
    const range = rangeOf(condition, columns);
    if (range === null) {
      part *= selectivity(condition, columns);
      continue;
    }
    const { from, to } = ranges.get(range.name) ?? range;
    ranges.set(range.name, { ...range, from: Math.max(from, range.from), to: Math.min(to, range.to) });
  }
  for (const { column, from, to } of ranges.values()) {
    part *= from === to ? equalPart(column) : partWithin(column, from, to);
  }
  return part;
}

/** Values of a column from `from` to `to`, which both may be infinite. */
interface Range {
  readonly name: string;
  readonly column: ColumnEstimate;
  readonly from: number;
  readonly to: number;
}

/** Of a comparison of a column, whose least and greatest values are known, with a constant; null for others. */
function rangeOf(condition: Expr, columns: Columns): Range | null {
  if (condition.op !== 'call') return null;
  const [left, right] = condition.args;
  if (left?.op === 'literal') return mirroredRange(condition, columns);
  if (left?.op !== 'column' || right?.op !== 'literal') return null;
  const column = columns.get(left.name);
  if (column === undefined || column.min === null || column.max === null) return null;
  const value = literalPosition(right, column);
  if (value === null) return null;
  const { name } = left;
  switch (condition.name) {
    case 'eq':
      return { name, column, from: value, to: value };
    case 'lt':
      return { name, column, from: Number.NEGATIVE_INFINITY, to: below(value, column) };
    case 'le':
      return { name, column, from: Number.NEGATIVE_INFINITY, to: value };
    case 'gt':
      return { name, column, from: -below(-value, column), to: Number.POSITIVE_INFINITY };
    case 'ge':
      return { name, column, from: value, to: Number.POSITIVE_INFINITY };
    default:
      return null;
  }
}

const mirrored: Readonly<Record<string, string>> = { eq: 'eq', lt: 'gt', le: 'ge', gt: 'lt', ge: 'le' };

function mirroredRange({ name, args }: CallExpr, columns: Columns): Range | null {
  const other = mirrored[name];
  if (other === undefined || args[1]?.op !== 'column') return null;
  return rangeOf({ op: 'call', name: other, args: [args[1], args[0]!] }, columns);
}

function literalPosition({ value, type }: LiteralExpr, column: ColumnEstimate): number | null {
  const kind = (family: string): string =>
    ['integer', 'float', 'decimal'].includes(family)
      ? 'number'
      : ['date', 'timestamp'].includes(family)
        ? 'time'
        : family;
  if (kind(familyOf(type)) !== kind(familyOf(column.type))) return null;
  return positionOf(value, type);
}

/** The greatest value less than this one: of integers the one before. */
function below(value: number, { type }: ColumnEstimate): number {
  return familyOf(type) === 'integer' ? Math.ceil(value) - 1 : value;
}

/** Values are taken to lie evenly between the least and the greatest. */
function partWithin(column: ColumnEstimate, from: number, to: number): number {
  const { min, max } = column;
  // An integer stands for itself and what follows it up to the next one.
  const unit = familyOf(column.type) === 'integer' ? 1 : 0;
  const [low, high] = [Math.max(from, min!), Math.min(to, max!)];
  if (low > high) return 0;
  const all = max! - min! + unit;
  const part = all <= 0 ? 1 : (high - low + unit) / all;
  return Math.min(1, part) * (1 - (column.nulls ?? 0));
}

function equal(left: Expr, right: Expr, columns: Columns): number {
  const range = rangeOf({ op: 'call', name: 'eq', args: [left, right] }, columns);
  if (range !== null) {
    const { column, from } = range;
    return from < column.min! || from > column.max! ? 0 : equalPart(column);
  }
  const known = [left, right]
    .map((side) => distinctOf(side, columns))
    .filter((distinct) => distinct !== null);
  return known.length === 0 ? selectivities.equal : 1 / Math.max(1, ...known);
}

function equalPart({ distinct, nulls }: ColumnEstimate): number {
  return distinct === null ? selectivities.equal : (1 - (nulls ?? 0)) / Math.max(1, distinct);
}

function distinctOf(expr: Expr, columns: Columns): number | null {
  return expr.op === 'column' ? (columns.get(expr.name)?.distinct ?? null) : null;
}

function nulls(expr: Expr, columns: Columns): number {
  const known = expr.op === 'column' ? columns.get((expr as ColumnExpr).name)?.nulls : null;
  return known ?? selectivities.isNull;
}
