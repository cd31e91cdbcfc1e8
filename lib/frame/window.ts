/** Window functions of the typed API: what `withWindow` takes, and the plan it makes. */
import { usageError } from '../errors.js';
import { freeName } from '../plan/build/free-name.js';
import { columnNames } from '../plan/build/names-apart.js';
import type { Expr, Frame, FrameEnd, Named, NamedWindow, SortKey } from '../plan/expr.js';
import { column, double, integer, named } from '../plan/make-expr.js';
import { project, window } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { columnsUsed, substitute } from '../plan/walk-expr.js';
import { type Aggregate, avg, count, max, min, type Sum, sum } from './aggregates.js';
import { shown, toExpr, typed } from './build.js';
import type { Columns } from './columns.js';
import type { ExprOf, Loose, Operand, Typed } from './expr.js';
import type { SortBy } from './order.js';
import type { ColumnName, ColumnType, NumberType, OrNull, Unified } from './types.js';

/** Which rows a row is seen among, and in what order. */
export interface Over<S> {
  /** Rows that are equal in these belong together; all rows if not given. */
  readonly partitionBy?:
    | ColumnName<S>
    | readonly ColumnName<S>[]
    | ((c: Columns<S>) => Operand | readonly Operand[]);
  readonly orderBy?:
    | ColumnName<S>
    | readonly SortBy<S>[]
    | ((c: Columns<S>) => SortBy<S> | readonly SortBy<S>[]);
}

/** Where a frame begins and ends, seen from a row: -2 is two before it, 0 itself, Infinity the last one. */
export type FrameEnds = readonly [start: number, end: number];

/**
 * The rows around a row that a function looks at: so many rows before and after it, or those whose value of the sort key
 * is so far away, or so many groups of rows with the same value. If not given, all rows up to those that sort alike;
 * without an order all rows of the partition.
 */
export type WindowFrame =
  | { readonly rows: FrameEnds; readonly range?: never; readonly groups?: never }
  | { readonly range: FrameEnds; readonly rows?: never; readonly groups?: never }
  | { readonly groups: FrameEnds; readonly rows?: never; readonly range?: never };

export interface IgnoreNulls {
  /** Nulls are passed over. */
  readonly ignoreNulls?: boolean;
}

type AnyColumn = Typed<ColumnType>;
type NumberColumn = Typed<NumberType | 'dynamic'>;

/** The type of lag and lead: null where there is no such row, unless a value is given for that. */
type Shifted<T, D> = [D] extends [null] ? OrNull<T> : Unified<T | Loose<D>>;

/** No column of a file begins with it. */
const standInMark = '\u0000window\u0000';

/** The window functions: each gives an expression, with which may be computed on. */
export class Windows {
  readonly #functions: NamedWindow[] = [];

  /** From 1, in the order of the window. */
  rowNumber(): ExprOf<'int64'> {
    return this.#add('row_number', []);
  }

  /** From 1; rows that sort alike share the number of the first of them. */
  rank(): ExprOf<'int64'> {
    return this.#add('rank', []);
  }

  /** As `rank`, without gaps. */
  denseRank(): ExprOf<'int64'> {
    return this.#add('dense_rank', []);
  }

  /** The rank as a part of all, from 0 to 1. */
  percentRank(): ExprOf<'float64'> {
    return this.#add('percent_rank', []);
  }

  /** The part of rows that sort before this one or alike. */
  cumeDist(): ExprOf<'float64'> {
    return this.#add('cume_dist', []);
  }

  /** The number, from 1, of the one of `parts` equal parts that the row is in. */
  ntile(parts: number): ExprOf<'int64'> {
    return this.#add('ntile', [parts]);
  }

  /** The value of the row `rows` before this one; `otherwise` where there is none. */
  lag<T extends ColumnType, const D extends Operand = null>(
    column: Typed<T>,
    rows = 1,
    otherwise?: D,
    options: IgnoreNulls = {},
  ): ExprOf<Shifted<T, D>> {
    return this.#add('lag', shift(column, rows, otherwise), null, options);
  }

  /** The value of the row `rows` after this one; `otherwise` where there is none. */
  lead<T extends ColumnType, const D extends Operand = null>(
    column: Typed<T>,
    rows = 1,
    otherwise?: D,
    options: IgnoreNulls = {},
  ): ExprOf<Shifted<T, D>> {
    return this.#add('lead', shift(column, rows, otherwise), null, options);
  }

  /** The value of the first row of the frame. */
  first<T extends ColumnType>(
    column: Typed<T>,
    options: Partial<WindowFrame> & IgnoreNulls = {},
  ): ExprOf<OrNull<T>> {
    return this.#add('first_value', [column], frameOf(options), options);
  }

  /** The value of the last row of the frame. */
  last<T extends ColumnType>(
    column: Typed<T>,
    options: Partial<WindowFrame> & IgnoreNulls = {},
  ): ExprOf<OrNull<T>> {
    return this.#add('last_value', [column], frameOf(options), options);
  }

  /** The value of the n-th row of the frame, from 1. */
  nth<T extends ColumnType>(
    column: Typed<T>,
    n: number,
    options: Partial<WindowFrame> & IgnoreNulls = {},
  ): ExprOf<OrNull<T>> {
    return this.#add('nth_value', [column, n], frameOf(options), options);
  }

  sum<T extends NumberType | 'dynamic'>(column: Typed<T>, frame?: WindowFrame): ExprOf<Sum<T>> {
    return this.over<Sum<T>>(sum(column), frame);
  }

  avg(column: NumberColumn, frame?: WindowFrame): ExprOf<'float64?'> {
    return this.over(avg(column), frame);
  }

  min<T extends ColumnType>(column: Typed<T>, frame?: WindowFrame): ExprOf<OrNull<T>> {
    return this.over(min(column), frame);
  }

  max<T extends ColumnType>(column: Typed<T>, frame?: WindowFrame): ExprOf<OrNull<T>> {
    return this.over(max(column), frame);
  }

  /** Rows; of a column, those that are not null. */
  count(column?: AnyColumn, frame?: WindowFrame): ExprOf<'int64'> {
    return this.over(count(column), frame);
  }

  /** Any aggregate over the rows of the frame. Example: `w.over(stddev(c.fare), { rows: [-9, 0] })` */
  over<T>(aggregate: Aggregate<T>, frame?: WindowFrame): ExprOf<T> {
    const { aggregate: name, args, filter, distinct, orderBy } = aggregate.named('');
    if (distinct) throw usageError(`${name} over a window cannot take distinct`);
    if (orderBy !== undefined && orderBy.length > 0)
      throw usageError(`${name} over a window takes the order of the window`);
    return this.#record({ function: name, args, filter, ignoreNulls: false, frame: frameOf(frame ?? {}) });
  }

  /** @internal The input with what was asked for as columns, added or in the place of those of the same name. */
  plan(input: Plan, partitionBy: readonly Expr[], orderBy: readonly SortKey[], made: readonly Named[]): Plan {
    const names = columnNames(input);
    if (this.#functions.length === 0)
      throw usageError('withWindow takes functions of the window: w.rowNumber(), w.sum(c.x) and the like');
    const taken = new Set([...names, ...made.map(({ name }) => name)]);
    const given = new Map<string, string>();
    for (const { name, expr } of made) {
      // It goes by its own name where that is free, and everything else is passed on as it is.
      const direct = expr.op === 'column' && isStandIn(expr.name) && !given.has(expr.name);
      if (direct && !names.includes(name)) given.set(expr.name, name);
    }
    for (const { name, function: wish } of this.#functions) {
      if (given.has(name)) continue;
      const free = freeName(wish, taken);
      taken.add(free);
      given.set(name, free);
    }
    const functions = this.#functions.map((one) => ({ ...one, name: given.get(one.name)! }));
    const computed = made.map(({ name, expr }) =>
      named(
        name,
        substitute(expr, (used) => (isStandIn(used) ? column(given.get(used)!) : undefined)),
      ),
    );
    const windowed = window(input, partitionBy, orderBy, functions);
    const columns = [
      ...names.map((name) => computed.find((one) => one.name === name) ?? named(name, column(name))),
      ...computed.filter(({ name }) => !names.includes(name)),
    ];
    return project(windowed, columns);
  }

  #add<E>(
    name: string,
    args: readonly Operand[],
    frame: Frame | null = null,
    { ignoreNulls = false }: IgnoreNulls = {},
  ): E {
    return this.#record({ function: name, args: args.map(toExpr), filter: null, ignoreNulls, frame });
  }

  #record<E>(made: Omit<NamedWindow, 'name'>): E {
    const inner = [...columnsUsed([...made.args, ...(made.filter === null ? [] : [made.filter])])];
    if (inner.some(isStandIn))
      throw usageError(`${made.function} over a window holds another one; use withWindow twice`);
    const name = `${standInMark}${this.#functions.length}`;
    this.#functions.push({ name, ...made });
    return typed(column(name));
  }
}

const isStandIn = (name: string): boolean => name.startsWith(standInMark);

function shift(value: AnyColumn, rows: number, otherwise: Operand | undefined): Operand[] {
  if (!Number.isSafeInteger(rows)) throw usageError(`lag and lead go by whole rows, not ${rows}`);
  return otherwise === undefined ? [value, rows] : [value, rows, otherwise];
}

const frameUnits = ['rows', 'range', 'groups'] as const;

function frameOf(given: Partial<WindowFrame>): Frame | null {
  const [unit, another] = frameUnits.filter((name) => given[name] !== undefined);
  if (unit === undefined) return null;
  const ends: unknown = given[unit];
  if (another !== undefined || !Array.isArray(ends) || ends.length !== 2)
    throw usageError(
      `a frame is one of { rows: [-2, 0] }, { range: [...] } and { groups: [...] }, not ${shown(ends)}`,
    );
  const [start, end] = ends as [number, number];
  for (const one of [start, end]) {
    if (typeof one !== 'number' || Number.isNaN(one) || (unit !== 'range' && !isWhole(one)))
      throw usageError(`the ends of a frame are numbers of ${unit}, not ${String(one)}`);
  }
  if (start > end || start === Infinity || end === -Infinity)
    throw usageError(`a frame that begins at ${start} and ends at ${end} has no rows`);
  return { unit, start: toEnd(start), end: toEnd(end) };
}

const isWhole = (value: number): boolean => Number.isSafeInteger(value) || Math.abs(value) === Infinity;

function toEnd(offset: number): FrameEnd {
  if (offset === 0) return { kind: 'current row', offset: null };
  const way = offset < 0 ? 'preceding' : 'following';
  const far = Math.abs(offset);
  if (far === Infinity) return { kind: `unbounded ${way}`, offset: null };
  return { kind: way, offset: Number.isInteger(far) ? integer(far) : double(far) };
}
