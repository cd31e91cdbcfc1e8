/** Constructors of plan nodes; what they make is frozen. */
import type { Schema } from '../arrow/schema.js';
import type { Expr, Named, NamedAggregate, NamedWindow, SortKey } from './expr.js';
import type {
  Aggregate,
  AsofJoin,
  Distinct,
  Expand,
  Explode,
  Filter,
  Join,
  JoinKey,
  JoinKind,
  Limit,
  MapBatches,
  Plan,
  Project,
  Sample,
  Scan,
  Sort,
  SourceRef,
  Union,
  Window,
} from './plan.js';

/** The count of a limit that only skips rows. */
export const allRows: number = Number.MAX_SAFE_INTEGER;

/** Reads all rows and columns; the optimizer narrows it. */
export function scan(source: SourceRef, schema: Schema): Scan {
  return Object.freeze({
    op: 'scan',
    source,
    schema,
    columns: null,
    predicate: null,
    chunks: null,
    range: null,
    limit: null,
  });
}

export function filter(input: Plan, predicate: Expr): Filter {
  return Object.freeze({ op: 'filter', input, predicate });
}

export function project(input: Plan, columns: readonly Named[]): Project {
  return Object.freeze({ op: 'project', input, columns: Object.freeze(columns) });
}

export function limit(input: Plan, count: number, offset = 0): Limit {
  return Object.freeze({ op: 'limit', input, offset, count });
}

export function aggregate(
  input: Plan,
  keys: readonly Named[],
  aggregates: readonly NamedAggregate[],
): Aggregate {
  return Object.freeze({
    op: 'aggregate',
    input,
    keys: Object.freeze(keys),
    aggregates: Object.freeze(aggregates),
    stage: 'whole',
    over: null,
  });
}

export function distinct(input: Plan): Distinct {
  return Object.freeze({ op: 'distinct', input });
}

export function sort(input: Plan, keys: readonly SortKey[], limit: number | null = null): Sort {
  return Object.freeze({ op: 'sort', input, keys: Object.freeze(keys), limit });
}

/** No column may have the same name on both sides. */
export function join(
  left: Plan,
  right: Plan,
  kind: JoinKind,
  on: readonly JoinKey[],
  condition: Expr | null = null,
  nullsEqual = false,
): Join {
  return Object.freeze({ op: 'join', kind, left, right, on: Object.freeze(on), condition, nullsEqual });
}

export function asofJoin(
  left: Plan,
  right: Plan,
  options: Omit<AsofJoin, 'op' | 'left' | 'right'>,
): AsofJoin {
  return Object.freeze({ op: 'asof', left, right, ...options });
}

export function window(
  input: Plan,
  partitionBy: readonly Expr[],
  orderBy: readonly SortKey[],
  functions: readonly NamedWindow[],
): Window {
  return Object.freeze({
    ...{ op: 'window', input, partitionBy, orderBy },
    ...{ functions: Object.freeze(functions), top: null },
  });
}

/** Names and types of the inputs' columns must be the same. */
export function union(inputs: readonly Plan[]): Union {
  return Object.freeze({ op: 'union', inputs: Object.freeze(inputs) });
}

/** Names and types of the projections must be the same. */
export function expand(input: Plan, projections: readonly (readonly Named[])[]): Expand {
  return Object.freeze({ op: 'expand', input, projections: Object.freeze(projections) });
}

export function explode(input: Plan, column: string, outer = false): Explode {
  return Object.freeze({ op: 'explode', input, column, outer });
}

export function sample(input: Plan, rows: Pick<Sample, 'rate' | 'count'>, seed: number): Sample {
  return Object.freeze({ op: 'sample', input, rate: rows.rate, count: rows.count, seed });
}

/** The function is named by its module, a file URL, and the name by which that exports it. */
export function mapBatches(
  input: Plan,
  code: Pick<MapBatches, 'module' | 'export'>,
  schema: Schema,
  options: unknown = null,
): MapBatches {
  return Object.freeze({
    ...{ op: 'map', input, module: code.module, export: code.export },
    ...{ schema, options },
  });
}
