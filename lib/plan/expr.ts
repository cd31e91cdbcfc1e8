/** Expressions as plain, frozen, JSON-able data: what is meant, by name; `bind.ts` finds the columns and types. */
import type { DataType } from '../arrow/types.js';

export type Expr = ColumnExpr | LiteralExpr | CallExpr | CastExpr | CaseExpr;

export interface ColumnExpr {
  readonly op: 'column';
  readonly name: string;
}

/**
 * `value` is a boolean for bool, a number for floats and integers up to 32 bits, and a decimal string for int64,
 * uint64, date (days), timestamp (microseconds) and decimal (unscaled), because JSON has no wide integers.
 * Not-a-number and the infinities are the strings NaN, Infinity, -Infinity.
 */
export interface LiteralExpr {
  readonly op: 'literal';
  readonly type: DataType;
  readonly value: string | number | boolean | null;
}

/** A row of the function table applied to arguments; operators are functions too: add, eq, and, like, in, ... */
export interface CallExpr {
  readonly op: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
}

/** `try` gives null where the plain cast is an error. */
export interface CastExpr {
  readonly op: 'cast';
  readonly input: Expr;
  readonly type: DataType;
  readonly try: boolean;
}

/** The first branch whose condition is true; branches not taken for a row are not evaluated for it. */
export interface CaseExpr {
  readonly op: 'case';
  readonly branches: readonly { readonly when: Expr; readonly then: Expr }[];
  readonly otherwise: Expr;
}

/** An output column and the expression that makes it. */
export interface Named {
  readonly name: string;
  readonly expr: Expr;
}

/** An output column of an aggregate: a row of the aggregate table over its arguments. */
export interface NamedAggregate {
  readonly name: string;
  /** count, sum, avg, min, max, stddev, variance, first, last, median, quantile, corr, ... */
  readonly aggregate: string;
  /** Empty for count(*). Constants that steer an aggregate (the fraction of a quantile) come last, as literals. */
  readonly args: readonly Expr[];
  readonly distinct: boolean;
  /** Rows where it is not true are left out: FILTER (WHERE ...). */
  readonly filter: Expr | null;
}

/** An order of rows. Nulls come last unless `nullsFirst`. */
export interface SortKey {
  readonly expr: Expr;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}
