/** Constructors of plan nodes; what they make is frozen. */
import type { Schema } from '../arrow/schema.js';
import type { Expr, Named, NamedAggregate, SortKey } from './expr.js';
import type { Aggregate, Distinct, Filter, Limit, Plan, Project, Scan, Sort, SourceRef } from './plan.js';

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
  });
}

export function distinct(input: Plan): Distinct {
  return Object.freeze({ op: 'distinct', input });
}

export function sort(input: Plan, keys: readonly SortKey[], limit: number | null = null): Sort {
  return Object.freeze({ op: 'sort', input, keys: Object.freeze(keys), limit });
}
