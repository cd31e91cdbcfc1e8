/** What pivot and unpivot take, and the columns they lead to. */
import type { Scalar } from '../arrow/scalar.js';
import type { DataType } from '../arrow/types.js';
import { usageError } from '../errors.js';
import type { LiteralExpr } from '../plan/expr.js';
import { literal } from '../plan/make-expr.js';
import type { Aggregate } from './aggregates.js';
import type { Columns } from './columns.js';
import type { Operand } from './expr.js';
import type { ColumnName, Dynamic, IsDynamic, Simplify, Unified } from './types.js';

/** A value of a column that becomes the name of one. */
export type PivotValue = string | number | bigint | boolean | null;

/** One aggregate, or several by name. */
export type Cells = Aggregate<unknown> | Readonly<Record<string, Aggregate<unknown>>>;

export interface PivotOptions<S, I, V, A> {
  /** The column, or expression, whose values become columns. */
  readonly on: ColumnName<S> | ((c: Columns<S>) => Operand);
  /** Those values. If not given, they are found by a query that runs first, when a result is asked for. */
  readonly values?: V;
  /** One row comes out for each combination of these columns; one in all if not given. */
  readonly index?: I;
  /** What is computed of the rows of each cell. */
  readonly agg: (c: Columns<S>) => A;
}

/** The columns of a pivot: the index, and for each value one column, or one for each aggregate. */
export type Pivoted<S, I, V, A> = V extends readonly PivotValue[]
  ? Simplify<
      (IsDynamic<S> extends true
        ? { -readonly [K in NamesIn<I>]: 'dynamic' }
        : { -readonly [K in keyof S as K extends NamesIn<I> ? K : never]: S[K] }) &
        (A extends Aggregate<infer T>
          ? { -readonly [K in `${V[number]}`]: T }
          : {
              -readonly [K in keyof A & string as `${V[number]}_${K}`]: A[K] extends Aggregate<infer T>
                ? T
                : never;
            })
    >
  : Dynamic;

type NamesIn<I> = I extends string ? I : I extends readonly (infer K)[] ? K & string : never;

export interface UnpivotOptions<C, N, V> {
  /** The columns that become rows; all others are repeated in each of these. */
  readonly columns: C;
  /** The name of the column of names; `name` if not given. */
  readonly name?: N;
  /** The name of the column of values; `value` if not given. */
  readonly value?: V;
  /** Are there rows for nulls? True if not given. */
  readonly keepNulls?: boolean;
}

/** All columns but `K`, then their names and values. */
export type Unpivoted<S, K, N extends string, V extends string> =
  IsDynamic<S> extends true
    ? Dynamic
    : Simplify<Omit<S, K & keyof S> & { [_ in N]: 'utf8' } & { [_ in V]: Unified<S[K & keyof S]> }>;

/** A value that was found, as a constant of its type. */
export function constantOf(type: DataType, value: Scalar): LiteralExpr {
  if (type.kind === 'date' && value !== null) return literal(type, String(value));
  if (typeof value === 'bigint') return literal(type, String(value));
  if (typeof value === 'number' && !Number.isFinite(value)) return literal(type, String(value));
  return literal(type, value);
}

/** So many columns are no table any more. */
export const mostPivoted = 1000;

export function tooManyValues(): Error {
  return usageError(`a pivot would make more than ${mostPivoted} columns; give it the values that matter`);
}
