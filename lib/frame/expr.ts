/**
 * Expressions as the compiler sees them: one interface per kind of column, so that a text has no `mul`. Each
 * method is a function of the function table; build.ts makes them. What has no method is reached by `call`.
 */
import type { Expr } from '../plan/expr.js';
import type { SortOrder } from './order.js';
import type {
  Adapted,
  Arithmetic,
  Base,
  BoolType,
  ColumnType,
  DateType,
  DecimalType,
  ElementOf,
  FloatName,
  IntegerName,
  IntegerType,
  ListType,
  LiteralType,
  NumberType,
  TextType,
  TimestampType,
  TypeName,
  WithNulls,
} from './types.js';

/** Enough of an expression to be an operand. */
export interface Typed<T> {
  /** Only for the compiler: always undefined. It keeps expressions of different types apart. */
  readonly columnType: T | undefined;
  /** The expression as plain data. */
  readonly expr: Expr;
}

/** What every expression has, whatever its type. */
export interface Expression<T> extends Typed<T> {
  isNull(): BoolExpr<'bool'>;
  isNotNull(): BoolExpr<'bool'>;
  /** A value that does not fit is an error. */
  cast<const N extends TypeName>(to: N): ExprOf<WithNulls<N, T>>;
  /** A value that does not fit becomes null. */
  tryCast<const N extends TypeName>(to: N): ExprOf<`${N}?`>;
  /** A sort key: least first, nulls last. */
  asc(): SortOrder;
  /** A sort key: greatest first, nulls last. */
  desc(): SortOrder;
}

export type NumberOperand = Typed<NumberType | 'dynamic'> | number | bigint;
export type IntegerOperand = Typed<IntegerType | 'dynamic'> | number | bigint;
export type TextOperand = Typed<TextType | 'dynamic'> | string;
export type BoolOperand = Typed<BoolType | 'dynamic'> | boolean;
/** A text is read as an ISO date or timestamp. */
export type TimeOperand = Typed<DateType | TimestampType | 'dynamic'> | Date | string;
export type DecimalOperand = Typed<NumberType | DecimalType | 'dynamic'> | number | bigint | string;

/** Anything that can be a value: an expression of any type, or a literal. */
export type Operand = Typed<ColumnType> | number | bigint | string | boolean | Date | null;

/** The type of an operand on its own. */
export type TypeOf<O> = 0 extends 1 & O ? 'dynamic' : O extends Typed<infer T> ? T : LiteralType<O>;

/** The type of an operand among others, whose type a literal number takes: see `Common`. */
export type Loose<O> = 0 extends 1 & O
  ? 'dynamic'
  : O extends Typed<infer T>
    ? T
    : O extends bigint
      ? 'integer!'
      : O extends number
        ? number extends O
          ? 'integer!' | 'float!'
          : `${O}` extends `${bigint}`
            ? 'integer!'
            : 'float!'
        : LiteralType<O>;

/** The type of an operand beside a number of type `T`. */
type Beside<O, T> = O extends Typed<infer U> ? U : Adapted<O, T>;

type Nulls<O> = O extends Typed<infer U> ? U : never;

/** The expression of a type. */
export type ExprOf<T> = [T] extends [NumberType]
  ? NumberExpr<T>
  : [T] extends [TextType]
    ? TextExpr<T>
    : [T] extends [BoolType]
      ? BoolExpr<T>
      : [T] extends [ListType]
        ? ListExpr<T>
        : [T] extends [DateType]
          ? DateExpr<T>
          : [T] extends [TimestampType]
            ? TimestampExpr<T>
            : [T] extends [DecimalType]
              ? DecimalExpr<T>
              : DynamicExpr;

/** What compares with `O`, values of its own family. */
export interface Comparable<T, O> extends Expression<T> {
  eq<A extends O>(other: A): BoolExpr<WithNulls<'bool', T | Nulls<A>>>;
  ne<A extends O>(other: A): BoolExpr<WithNulls<'bool', T | Nulls<A>>>;
  lt<A extends O>(other: A): BoolExpr<WithNulls<'bool', T | Nulls<A>>>;
  le<A extends O>(other: A): BoolExpr<WithNulls<'bool', T | Nulls<A>>>;
  gt<A extends O>(other: A): BoolExpr<WithNulls<'bool', T | Nulls<A>>>;
  ge<A extends O>(other: A): BoolExpr<WithNulls<'bool', T | Nulls<A>>>;
  /** From `low` to `high`, both included. */
  between<A extends O, B extends O>(low: A, high: B): BoolExpr<WithNulls<'bool', T | Nulls<A> | Nulls<B>>>;
  in<const A extends readonly O[]>(values: A): BoolExpr<WithNulls<'bool', T | Nulls<A[number]>>>;
  notIn<const A extends readonly O[]>(values: A): BoolExpr<WithNulls<'bool', T | Nulls<A[number]>>>;
  /** As `ne`, but two nulls are the same, so the answer is never null. */
  isDistinctFrom(other: O): BoolExpr<'bool'>;
  isNotDistinctFrom(other: O): BoolExpr<'bool'>;
  /** Null where equal to `other`. */
  nullIf(other: O): ExprOf<WithNulls<Base<T> & string, 'null?'>>;
}

export interface NumberExpr<T> extends Comparable<T, NumberOperand> {
  add<A extends NumberOperand>(other: A): NumberExpr<Arithmetic<T, Beside<A, T>>>;
  sub<A extends NumberOperand>(other: A): NumberExpr<Arithmetic<T, Beside<A, T>>>;
  mul<A extends NumberOperand>(other: A): NumberExpr<Arithmetic<T, Beside<A, T>>>;
  /** Always a float. */
  div<A extends NumberOperand>(other: A): NumberExpr<Quotient<T, Beside<A, T>>>;
  /** Of integers, cut toward zero. */
  intDiv<A extends IntegerOperand>(other: A): NumberExpr<Arithmetic<T, Beside<A, T>>>;
  /** The remainder, with the sign of the dividend. */
  mod<A extends NumberOperand>(other: A): NumberExpr<Arithmetic<T, Beside<A, T>>>;
  neg(): NumberExpr<Arithmetic<T, T>>;
  abs(): NumberExpr<Arithmetic<T, T>>;
  /** -1, 0 or 1. */
  sign(): NumberExpr<Arithmetic<T, T>>;
  /** Null where `add` would overflow; likewise the other try methods. */
  tryAdd<A extends NumberOperand>(other: A): NumberExpr<Arithmetic<T, Beside<A, T> | 'null?'>>;
  trySub<A extends NumberOperand>(other: A): NumberExpr<Arithmetic<T, Beside<A, T> | 'null?'>>;
  tryMul<A extends NumberOperand>(other: A): NumberExpr<Arithmetic<T, Beside<A, T> | 'null?'>>;
  /** Null where the divisor is zero. */
  tryDiv<A extends NumberOperand>(other: A): NumberExpr<Quotient<T, Beside<A, T> | 'null?'>>;
  tryMod<A extends NumberOperand>(other: A): NumberExpr<Arithmetic<T, Beside<A, T> | 'null?'>>;
  /** Halves away from zero. */
  round(): NumberExpr<T>;
  /** With so many digits after the point. */
  round(digits: number): NumberExpr<WithNulls<Base<T> extends IntegerName ? 'int64' : 'float64', T>>;
  floor(): NumberExpr<T>;
  ceil(): NumberExpr<T>;
  /** Cut toward zero. */
  trunc(): NumberExpr<T>;
  sqrt(): NumberExpr<WithNulls<'float64', T>>;
  exp(): NumberExpr<WithNulls<'float64', T>>;
  ln(): NumberExpr<WithNulls<'float64', T>>;
  log10(): NumberExpr<WithNulls<'float64', T>>;
  log2(): NumberExpr<WithNulls<'float64', T>>;
  power<A extends NumberOperand>(exponent: A): NumberExpr<WithNulls<'float64', T | Nulls<A>>>;
  isNaN(): BoolExpr<WithNulls<'bool', T>>;
  isFinite(): BoolExpr<WithNulls<'bool', T>>;
}

type Quotient<A, B> =
  Arithmetic<A, B> extends infer R
    ? Base<R> extends 'float32' | 'dynamic'
      ? R
      : WithNulls<'float64', R>
    : never;

export interface TextExpr<T> extends Comparable<T, TextOperand> {
  lower(): TextExpr<T>;
  upper(): TextExpr<T>;
  /** In code points. */
  length(): NumberExpr<WithNulls<'int64', T>>;
  /** In UTF-8. */
  byteLength(): NumberExpr<WithNulls<'int64', T>>;
  /** Without spaces, or the given characters, at both ends. */
  trim(characters?: string): TextExpr<T>;
  ltrim(characters?: string): TextExpr<T>;
  rtrim(characters?: string): TextExpr<T>;
  /** From a position (1 is the first; negative counts from the end), so many code points or up to the end. */
  substr(from: IntegerOperand, length?: IntegerOperand): TextExpr<T>;
  /** The first so many code points; all but the last if negative. */
  left(length: IntegerOperand): TextExpr<T>;
  right(length: IntegerOperand): TextExpr<T>;
  replace(from: TextOperand, to: TextOperand): TextExpr<T>;
  concat<const A extends readonly TextOperand[]>(
    ...others: A
  ): TextExpr<WithNulls<'utf8', T | Nulls<A[number]>>>;
  startsWith<A extends TextOperand>(prefix: A): BoolExpr<WithNulls<'bool', T | Nulls<A>>>;
  endsWith<A extends TextOperand>(suffix: A): BoolExpr<WithNulls<'bool', T | Nulls<A>>>;
  contains<A extends TextOperand>(part: A): BoolExpr<WithNulls<'bool', T | Nulls<A>>>;
  /** % is any text, _ any code point. */
  like(pattern: string, escaped?: string): BoolExpr<WithNulls<'bool', T>>;
  /** As `like`, upper and lower case alike. */
  ilike(pattern: string, escaped?: string): BoolExpr<WithNulls<'bool', T>>;
  /** A regular expression is found in it; flags are i, m, s. */
  matches(pattern: string, flags?: string): BoolExpr<WithNulls<'bool', T>>;
  /** The position of the first `part`, from 1; 0 if there is none. */
  indexOf<A extends TextOperand>(part: A): NumberExpr<WithNulls<'int64', T | Nulls<A>>>;
  /** Filled up in front with `fill` (a space if not given) to so many code points, or cut to them. */
  padStart(length: IntegerOperand, fill?: string): TextExpr<T>;
  padEnd(length: IntegerOperand, fill?: string): TextExpr<T>;
  repeat(times: IntegerOperand): TextExpr<T>;
  reverse(): TextExpr<T>;
  /** The n-th of the parts between separators, from 1 (negative from the end); empty if there is none. */
  splitPart(separator: string, part: IntegerOperand): TextExpr<T>;
  /** The parts between separators as a list; the code points where the separator is empty. */
  split(separator: string): ListExpr<WithNulls<'utf8[]', T>>;
}

export interface BoolExpr<T> extends Comparable<T, BoolOperand> {
  and<const A extends readonly BoolOperand[]>(
    ...others: A
  ): BoolExpr<WithNulls<'bool', T | Nulls<A[number]>>>;
  or<const A extends readonly BoolOperand[]>(...others: A): BoolExpr<WithNulls<'bool', T | Nulls<A[number]>>>;
  not(): BoolExpr<T>;
}

/** Units of time that calendars count in. */
export type TimeUnit =
  | 'microsecond'
  | 'millisecond'
  | 'second'
  | 'minute'
  | 'hour'
  | 'day'
  | 'week'
  | 'month'
  | 'quarter'
  | 'year'
  | 'decade'
  | 'century';

/** What dates and timestamps have in common. */
export interface TimeExpr<T> extends Comparable<T, TimeOperand> {
  year(): NumberExpr<WithNulls<'int32', T>>;
  /** 1 to 4. */
  quarter(): NumberExpr<WithNulls<'int32', T>>;
  /** 1 to 12. */
  month(): NumberExpr<WithNulls<'int32', T>>;
  /** The ISO week, 1 to 53. */
  week(): NumberExpr<WithNulls<'int32', T>>;
  /** Of the month, from 1. */
  day(): NumberExpr<WithNulls<'int32', T>>;
  /** 1 is Monday, 7 is Sunday. */
  dayOfWeek(): NumberExpr<WithNulls<'int32', T>>;
  dayOfYear(): NumberExpr<WithNulls<'int32', T>>;
  hour(): NumberExpr<WithNulls<'int32', T>>;
  minute(): NumberExpr<WithNulls<'int32', T>>;
  second(): NumberExpr<WithNulls<'int32', T>>;
  /** Of the minute, 0 to 59999. */
  millisecond(): NumberExpr<WithNulls<'int32', T>>;
  /** Seconds since 1970-01-01T00:00:00Z. */
  epoch(): NumberExpr<WithNulls<'float64', T>>;
  /** Cut to a unit: the first moment of the month. */
  truncate(unit: TimeUnit): ExprOf<T>;
  /** So many units later; a day that the month does not have becomes its last. */
  plus<A extends IntegerOperand>(count: A, unit: TimeUnit): ExprOf<WithNulls<Base<T> & string, T | Nulls<A>>>;
  /** How many borders of a unit lie between this and a later time; negative if that is earlier. */
  until<A extends TimeOperand>(later: A, unit: TimeUnit): NumberExpr<WithNulls<'int64', T | Nulls<A>>>;
}

export interface DateExpr<T> extends TimeExpr<T> {
  /** So many days later. */
  add<A extends IntegerOperand>(days: A): DateExpr<WithNulls<'date', T | Nulls<A>>>;
  /** The days since another date, which may be an ISO text; or the date so many days earlier. */
  sub<A extends Typed<DateType> | string>(other: A): NumberExpr<WithNulls<'int64', T | Nulls<A>>>;
  sub<A extends IntegerOperand>(days: A): DateExpr<WithNulls<'date', T | Nulls<A>>>;
}

export interface TimestampExpr<T> extends TimeExpr<T> {}

export interface DecimalExpr<T> extends Comparable<T, DecimalOperand> {}

export interface ListExpr<T> extends Expression<T> {
  /** The number of elements, nulls too. */
  length(): NumberExpr<WithNulls<'int64', T>>;
  /** The element at a position (1 is the first; negative counts from the end); null if there is none. */
  at(position: IntegerOperand): ExprOf<ElementOf<T>>;
  /** An element is equal to the value. */
  has<A extends Operand>(value: A): BoolExpr<WithNulls<'bool', T | Nulls<A>>>;
  /** The least element. */
  least(): ExprOf<ElementOf<T>>;
  /** The greatest element. */
  greatest(): ExprOf<ElementOf<T>>;
  /** Of integers an int64, of floats a float64. */
  sum(): ExprOf<Base<ElementOf<T>> extends FloatName ? 'float64?' : 'int64?'>;
  avg(): NumberExpr<'float64?'>;
  /** In ascending order, nulls last. */
  sorted(): ListExpr<T>;
  /** Each element once, where it is first; nulls left out. */
  unique(): ListExpr<T>;
  /** The elements that are not null as one text. */
  join(separator: string): TextExpr<WithNulls<'utf8', T>>;
}

/** The method names of all kinds. */
export type MethodName = Exclude<
  | keyof NumberExpr<'int64'>
  | keyof TextExpr<'utf8'>
  | keyof BoolExpr<'bool'>
  | keyof DateExpr<'date'>
  | keyof ListExpr<'int64[]'>,
  'columnType' | 'expr' | 'cast' | 'tryCast' | 'asc' | 'desc'
>;

/** An expression whose type is found when the query is checked; it has every method. */
export type DynamicExpr = Omit<Expression<'dynamic'>, 'isNull' | 'isNotNull'> & {
  readonly [M in MethodName]: (...args: readonly (Operand | readonly Operand[])[]) => DynamicExpr;
};
