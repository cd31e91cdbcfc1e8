/**
 * How many rows come out of a node, how many values of each column differ, and what they take, by the statistics that
 * sources carry. For explain, for choices, and for what a query is going to need; guesses, never relied on for a result.
 */
import {
  type ColumnEstimate,
  drawn,
  elementsPerList,
  scanColumns,
  unknownColumn,
} from './estimate/column-estimate.js';
import { type Columns, narrowed, selectivity } from './estimate/selectivity.js';
import type { Expr, Named } from './expr.js';
import { allRows } from './make-plan.js';
import type { Aggregate, Join, JoinKey, Limit, Plan, Scan } from './plan.js';
import { schemaOf } from './schema.js';

export interface Estimate {
  /** Null where even the rows of the source are not known. */
  readonly rows: number | null;
  /** By the names of the columns that come out. */
  readonly columns: Columns;
}

/** Rows in a group, if nothing is known of the keys. */
const rowsPerGroup = 10;

/** The part of the rows that have a match, if nothing is known of the keys. */
const matchedPart = 0.5;

const estimates = new WeakMap<Plan, Estimate>();

export function estimate(plan: Plan): Estimate {
  const known = estimates.get(plan);
  if (known) return known;
  const { rows, columns } = (rules[plan.op] as (plan: Plan) => Estimate)(plan);
  const result = { rows: rows === null ? null : Math.round(rows), columns };
  estimates.set(plan, result);
  return result;
}

export function estimateRows(plan: Plan): number | null {
  return estimate(plan).rows;
}

/** What all rows take in memory, in bytes; null where nothing is known. */
export function estimateBytes(plan: Plan): number | null {
  const { rows, columns } = estimate(plan);
  return rows === null ? null : rows * widthOfRows(columns.values());
}

/** Not where nothing is known. */
export function takesAtMost(plan: Plan, bytes: number): boolean {
  return (estimateBytes(plan) ?? Number.POSITIVE_INFINITY) <= bytes;
}

/** Bytes that a row of the columns takes in memory. */
export function widthOfRows(columns: Iterable<ColumnEstimate>): number {
  let sum = 0;
  for (const { bytes } of columns) sum += bytes;
  return sum;
}

const rules: { readonly [K in Plan['op']]: (plan: Extract<Plan, { op: K }>) => Estimate } = {
  scan: scanEstimate,
  filter: (plan) => filtered(estimate(plan.input), plan.predicate),
  project: (plan) => projected(plan, plan.columns, estimate(plan.input)),
  limit: limitEstimate,
  aggregate: aggregateEstimate,
  distinct: (plan) => grouped(estimate(plan.input), [...estimate(plan.input).columns.values()]),
  sort: (plan) => withRows(estimate(plan.input), atMost(plan.limit, estimate(plan.input).rows)),
  join: joinEstimate,
  asof: (plan) => ({
    rows: estimate(plan.left).rows,
    columns: typed(plan, both(estimate(plan.left), estimate(plan.right))),
  }),
  window: (plan) => ({
    rows: estimate(plan.input).rows,
    columns: typed(plan, estimate(plan.input).columns),
  }),
  union: (plan) => ({
    rows: sum(plan.inputs.map(estimateRows)),
    columns: typed(plan, mostDistinct(plan.inputs.map((input) => estimate(input).columns))),
  }),
  expand(plan) {
    const input = estimate(plan.input);
    const parts = plan.projections.map((columns) => projected(plan, columns, input).columns);
    return { rows: times(input.rows, parts.length), columns: mostDistinct(parts) };
  },
  explode(plan) {
    const { rows, columns } = estimate(plan.input);
    const others = [...columns].filter(([name]) => name !== plan.column);
    return { rows: times(rows, elementsPerList), columns: typed(plan, new Map(others)) };
  },
  sample(plan) {
    const input = estimate(plan.input);
    const rows = plan.count === null ? times(input.rows, plan.rate!) : atMost(plan.count, input.rows);
    return withRows(input, rows);
  },
  // Nobody knows what a function does; as a rule it makes one row of one.
  map: (plan) => ({ rows: estimateRows(plan.input), columns: typed(plan, new Map()) }),
};

function scanEstimate(plan: Scan): Estimate {
  const { source, predicate } = plan;
  const columns = scanColumns(plan);
  const all = source.rows ?? source.aboutRows ?? null;
  const read = chunkRows(plan) ?? all;
  // What the predicate leaves of all rows is in the chunks that it left.
  const matching = predicate === null ? read : times(all, selectivity(predicate, columns));
  const rows = matching === null || read === null ? matching : Math.min(matching, read);
  const left = predicate === null ? columns : narrowed(predicate, columns);
  const wanted = plan.columns === null ? left : new Map(plan.columns.map((name) => [name, left.get(name)!]));
  return withRows({ rows: read, columns: wanted }, atMost(plan.limit, rows));
}

/** Of the chunks that were chosen; null where all are read, or a worker was told their rows as those of the source. */
function chunkRows({ chunks, source: { statistics } }: Scan): number | null {
  if (chunks === null || statistics === null) return null;
  return chunks.reduce((sum, position) => sum + statistics.chunks[position]!.rows, 0);
}

function filtered(input: Estimate, predicate: Expr): Estimate {
  const rows = times(input.rows, selectivity(predicate, input.columns));
  return withRows({ ...input, columns: narrowed(predicate, input.columns) }, rows, input.rows);
}

/** So many of the rows by chance, of `before`: with them go some of the distinct values. */
function withRows({ rows, columns }: Estimate, left: number | null, before = rows): Estimate {
  if (left === null || before === null || left >= before) return { rows: left, columns };
  const fewer = (column: ColumnEstimate): ColumnEstimate => {
    const { distinct } = column;
    if (distinct === null || distinct <= 1) return column;
    // A value of `each` rows is gone if none of them is left.
    const each = Math.max(1, before / distinct);
    const kept = distinct * -Math.expm1(each * Math.log1p(-Math.min(left / before, 1 - 1e-12)));
    return { ...column, distinct: Math.max(1, Math.min(kept, left)) };
  };
  return { rows: left, columns: new Map([...columns].map(([name, column]) => [name, fewer(column)])) };
}

function projected(plan: Plan, columns: readonly Named[], input: Estimate): Estimate {
  const made = columns.flatMap(({ name, expr }) => {
    const column = valueEstimate(expr, input.columns);
    return column === null ? [] : [[name, column] as const];
  });
  return { rows: input.rows, columns: typed(plan, new Map(made)) };
}

/** A function of one column has no more values than the column. Null where nothing is known. */
function valueEstimate(expr: Expr, columns: Columns): ColumnEstimate | null {
  if (expr.op === 'column') return columns.get(expr.name) ?? null;
  if (expr.op === 'literal') return { ...unknownColumn(expr.type), distinct: 1 };
  const names = new Set(columnNames(expr));
  if (names.size !== 1) return null;
  const [name] = names as Iterable<string>;
  const column = columns.get(name!);
  if (column === undefined || column.distinct === null) return null;
  const most = (expr.op === 'call' && valuesOf[expr.name]) || Number.POSITIVE_INFINITY;
  return { ...column, distinct: Math.min(column.distinct, most), min: null, max: null };
}

/** Functions with few values. */
const valuesOf: Readonly<Record<string, number>> = {
  quarter: 4,
  month: 12,
  week: 53,
  day: 31,
  day_of_week: 7,
  day_of_year: 366,
  hour: 24,
  minute: 60,
  second: 60,
};

function columnNames(expr: Expr): string[] {
  switch (expr.op) {
    case 'column':
      return [expr.name];
    case 'literal':
      return [];
    case 'cast':
      return columnNames(expr.input);
    case 'case':
      return [...expr.branches.flatMap(({ when, then }) => [when, then]), expr.otherwise].flatMap(
        columnNames,
      );
    case 'call':
      return expr.args.flatMap(columnNames);
  }
}

function aggregateEstimate(plan: Aggregate): Estimate {
  const input = estimate(plan.input);
  if (plan.keys.length === 0) return { rows: 1, columns: typed(plan, new Map()) };
  const keys = plan.keys.map(({ name, expr }) =>
    plan.stage === 'final' ? (input.columns.get(name) ?? null) : valueEstimate(expr, input.columns),
  );
  const { rows } = grouped(input, keys);
  const known = plan.keys.flatMap(({ name }, i) => (keys[i] ? [[name, keys[i]] as const] : []));
  return { rows, columns: typed(plan, new Map(known)) };
}

/** All values of one key come up; of the combinations of several those that so few rows can have. */
function grouped(input: Estimate, keys: readonly (ColumnEstimate | null)[]): Estimate {
  const combinations = combined(keys);
  const { rows, columns } = input;
  if (combinations === null) return withRows(input, times(rows, 1 / rowsPerGroup));
  if (rows === null) return { rows: combinations, columns };
  const groups = keys.length === 1 ? combinations : drawn(combinations, rows);
  return { rows: Math.min(rows, Math.max(1, groups)), columns };
}

/** Null is a value of a key too. */
function combined(keys: readonly (ColumnEstimate | null)[]): number | null {
  return keys.reduce<number | null>((product, key) => {
    if (product === null || key === null || key.distinct === null) return null;
    return product * (key.distinct + ((key.nulls ?? 0) > 0 ? 1 : 0));
  }, 1);
}

/** Rows of a key on one side meet the rows of the same key on the other; the side with fewer keys has none that the other lacks. */
function joinEstimate(plan: Join): Estimate {
  const [left, right] = [estimate(plan.left), estimate(plan.right)];
  const columns = plan.kind === 'semi' || plan.kind === 'anti' ? left.columns : both(left, right);
  const rows = joinRows(plan, left, right);
  return withRows({ rows: left.rows, columns: typed(plan, columns) }, rows);
}

function joinRows(plan: Join, left: Estimate, right: Estimate): number | null {
  const keys = [keysOf(left, plan.on, 'left'), keysOf(right, plan.on, 'right')] as const;
  const part = plan.condition === null ? 1 : selectivity(plan.condition, both(left, right));
  if (plan.kind === 'semi' || plan.kind === 'anti') {
    const matched =
      keys[0] === null || keys[1] === null ? matchedPart : Math.min(1, keys[1] / Math.max(1, keys[0])) * part;
    return times(left.rows, plan.kind === 'semi' ? matched : 1 - matched);
  }
  if (left.rows === null || right.rows === null) return null;
  // As a rule the keys of one side are unique.
  const most = Math.max(keys[0] ?? 0, keys[1] ?? 0) || Math.min(left.rows, right.rows);
  const pairs = left.rows * right.rows;
  const matches = times(plan.on.length === 0 ? pairs : pairs / Math.max(1, most), part)!;
  const least = {
    inner: 0,
    cross: 0,
    left: left.rows,
    right: right.rows,
    full: Math.max(left.rows, right.rows),
  }[plan.kind];
  return Math.max(matches, least);
}

/** Distinct keys of one side, no more than its rows. */
function keysOf({ rows, columns }: Estimate, on: readonly JoinKey[], side: 'left' | 'right'): number | null {
  if (on.length === 0) return null;
  const keys = combined(on.map((key) => valueEstimate(key[side], columns)));
  return keys === null || rows === null ? null : Math.min(keys, rows);
}

function limitEstimate(plan: Limit): Estimate {
  const input = estimate(plan.input);
  const count = plan.count === allRows ? null : plan.count;
  if (input.rows === null) return { ...input, rows: count };
  return withRows(input, atMost(count, Math.max(0, input.rows - plan.offset)));
}

function atMost(limit: number | null, rows: number | null): number | null {
  return limit === null ? rows : Math.min(limit, rows ?? limit);
}

function both(left: Estimate, right: Estimate): Columns {
  return new Map([...left.columns, ...right.columns]);
}

/** Columns of the same names: the rows of one may be those of another, or not. */
function mostDistinct(inputs: readonly Columns[]): Columns {
  const [first, ...others] = inputs;
  return new Map(
    [...first!].map(([name, column]) => {
      const all = [column, ...others.map((columns) => columns.get(name))];
      const counts = all.map((one) => one?.distinct ?? null);
      const distinct = counts.some((count) => count === null) ? null : Math.max(...(counts as number[]));
      return [name, { ...column, distinct, min: null, max: null }];
    }),
  );
}

/** Every column that comes out of the node, in its type; of those not in `known` nothing but the type is known. */
function typed(plan: Plan, known: Columns): Columns {
  return new Map(
    schemaOf(plan).fields.map(({ name, type }) => {
      const column = known.get(name);
      const unknown = unknownColumn(type);
      return [name, column === undefined ? unknown : { ...column, type, bytes: bytesAs(column, unknown) }];
    }),
  );
}

/** Of the type that comes out; of text what is known of it. */
function bytesAs(column: ColumnEstimate, unknown: ColumnEstimate): number {
  return column.type.kind === unknown.type.kind ? column.bytes : unknown.bytes;
}

function sum(parts: readonly (number | null)[]): number | null {
  return parts.reduce((all, part) => (all === null || part === null ? null : all + part), 0);
}

/** At least one row of some. */
function times(rows: number | null, part: number): number | null {
  return rows === null || rows === 0 ? rows : Math.max(1, rows * part);
}
