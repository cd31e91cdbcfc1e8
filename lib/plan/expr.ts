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

/** A row of the function table, or a function of the user, applied to arguments; operators are functions too: add, eq, and, like, in, ... */
export interface CallExpr {
  readonly op: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
  /** Where the function is one of the user: what the name stands for. */
  readonly code?: FunctionCode;
}

/** A function of the user over columns: for each row a value of what the row has in each argument. */
export interface FunctionCode {
  /** A file URL: other processes import it too. */
  readonly module: string;
  /** The name by which it exports the function. */
  readonly export: string;
  /** What arguments are converted to. */
  readonly args: readonly DataType[];
  readonly returns: DataType;
  /** May it give null where no argument is? */
  readonly nullable: boolean;
  /** Rows where an argument is null: `skip`, so that they give null, or `pass` to the function. */
  readonly nulls: 'skip' | 'pass';
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
  /** The order in which rows are taken, where it matters: string_agg(x, ',' order by y). Absent or empty: as they come. */
  readonly orderBy?: readonly SortKey[];
}

/** An output column of a window: a function over the rows around each row. */
export interface NamedWindow {
  readonly name: string;
  /** row_number, rank, dense_rank, percent_rank, cume_dist, ntile, lag, lead, first_value, last_value, nth_value, or an aggregate. */
  readonly function: string;
  readonly args: readonly Expr[];
  /** Rows where it is not true are left out of an aggregate: FILTER (WHERE ...). */
  readonly filter: Expr | null;
  /** Of lag, lead, first_value, last_value, nth_value: nulls are passed over. */
  readonly ignoreNulls: boolean;
  /** Null where the function's usual frame is meant. */
  readonly frame: Frame | null;
}

/** The rows around a row that a window function looks at; both ends belong to it. */
export interface Frame {
  /** What offsets count: rows, values of the one sort key, or groups of equal rows. */
  readonly unit: 'rows' | 'range' | 'groups';
  readonly start: FrameEnd;
  readonly end: FrameEnd;
}

/** `offset`, a constant, is set for the kinds preceding and following. */
export interface FrameEnd {
  readonly kind: 'unbounded preceding' | 'preceding' | 'current row' | 'following' | 'unbounded following';
  readonly offset: Expr | Span | null;
}

/** A length of time: what a range over dates or timestamps may reach back or on. */
export interface Span {
  readonly op: 'span';
  readonly microseconds: number;
}

/** An order of rows. Nulls come last unless `nullsFirst`. */
export interface SortKey {
  readonly expr: Expr;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}
