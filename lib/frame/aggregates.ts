/** Aggregates of the typed API: what `agg` takes. They are no expressions, so a filter cannot hold one. */
import { queryError, usageError } from '../errors.js';
import type { NamedAggregate } from '../plan/expr.js';
import { shown, toExpr } from './build.js';
import type { BoolOperand, Operand, Typed } from './expr.js';
import type { Base, ColumnType, FloatName, NumberType, OrNull } from './types.js';

type AnyColumn = Typed<ColumnType>;
type NumberColumn = Typed<NumberType | 'dynamic'>;

/** One value for all rows of a group. `T` is its type. */
export class Aggregate<T> {
  /** Only for the compiler: always undefined. */
  declare readonly resultType: T | undefined;
  /** Its name in the table of aggregates. */
  readonly aggregate: string;
  readonly #made: Omit<NamedAggregate, 'name'>;

  constructor(made: Omit<NamedAggregate, 'name'>) {
    this.aggregate = made.aggregate;
    this.#made = made;
  }

  /** Takes only rows where the condition is true. Example: `count().where(c.fare.gt(50))` */
  where(condition: BoolOperand): Aggregate<T> {
    return new Aggregate({ ...this.#made, filter: toExpr(condition) });
  }

  /** Takes equal values once. Example: `sum(c.fare).distinct()` */
  distinct(): Aggregate<T> {
    return new Aggregate({ ...this.#made, distinct: true });
  }

  named(name: string): NamedAggregate {
    return { name, ...this.#made };
  }
}

/** Rows; of a column, those that are not null. Example: `agg((c) => ({ n: count(), paid: count(c.tip) }))` */
export function count(column?: AnyColumn): Aggregate<'int64'> {
  return make('count', column === undefined ? [] : [column]);
}

/** Distinct values that are not null. */
export function countDistinct(column: AnyColumn): Aggregate<'int64'> {
  return count(column).distinct();
}

/** Of integers an int64, of floats a float64; a sum that does not fit is an error. */
export function sum<T extends NumberType | 'dynamic'>(column: Typed<T>): Aggregate<Sum<T>> {
  return make('sum', [column]);
}

export function avg(column: NumberColumn): Aggregate<'float64?'> {
  return make('avg', [column]);
}

export function min<T extends ColumnType>(column: Typed<T>): Aggregate<OrNull<T>> {
  return make('min', [column]);
}

export function max<T extends ColumnType>(column: Typed<T>): Aggregate<OrNull<T>> {
  return make('max', [column]);
}

/** The sample's standard deviation. */
export function stddev(column: NumberColumn): Aggregate<'float64?'> {
  return make('stddev', [column]);
}

/** The sample's variance. */
export function variance(column: NumberColumn): Aggregate<'float64?'> {
  return make('variance', [column]);
}

/** The value of the first row that came. */
export function first<T extends ColumnType>(column: Typed<T>): Aggregate<OrNull<T>> {
  return make('first', [column]);
}

/** The value of the last row that came. */
export function last<T extends ColumnType>(column: Typed<T>): Aggregate<OrNull<T>> {
  return make('last', [column]);
}

/** The exact median. */
export function median(column: NumberColumn): Aggregate<'float64?'> {
  return make('median', [column]);
}

/** The exact quantile at a fraction from 0 to 1, between values in proportion. Example: `quantile(c.fare, 0.95)` */
export function quantile(column: NumberColumn, fraction: number): Aggregate<'float64?'> {
  return make('quantile', [column, fraction]);
}

/** Pearson's correlation. */
export function corr(a: NumberColumn, b: NumberColumn): Aggregate<'float64?'> {
  return make('corr', [a, b]);
}

/** The sample's covariance. */
export function covar(a: NumberColumn, b: NumberColumn): Aggregate<'float64?'> {
  return make('covar', [a, b]);
}

/** Any aggregate of the table by its SQL name. Example: `callAggregate('stddev_pop', c.fare)` */
export function callAggregate(name: string, ...args: readonly Operand[]): Aggregate<'dynamic'> {
  return make(name, args);
}

/** `{ n: count(), fare: sum(c.fare) }` as output columns. */
export function toAggregates(columns: unknown): NamedAggregate[] {
  if (columns === null || typeof columns !== 'object' || columns instanceof Promise)
    throw usageError(`an object of aggregates is wanted, not ${shown(columns)}`);
  return Object.entries(columns).map(([name, value]) => {
    if (value instanceof Aggregate) return value.named(name);
    throw queryError(
      `column "${name}" is no aggregate; agg() takes count(), sum(c.x), first(c.x) and the like`,
      {
        column: name,
      },
    );
  });
}

/** The type of a sum. */
export type Sum<T> = 'dynamic' extends T ? 'dynamic' : Base<T> extends FloatName ? 'float64?' : 'int64?';

function make<T>(aggregate: string, args: readonly Operand[]): Aggregate<T> {
  return new Aggregate({ aggregate, args: args.map(toExpr), distinct: false, filter: null });
}
