/**
 * Columns as the compiler sees them. The type of a column is a text, written as in a schema description:
 * `'int64'`, or `'int64?'` where values may be missing. The type of a frame is an object of such texts:
 * `DataFrame<{ vendor: 'utf8?'; fare: 'float64' }>`. These types mirror what bind.ts does at run time.
 */
import type * as arrow from 'apache-arrow';

export type IntegerName = 'int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'uint64';
export type FloatName = 'float32' | 'float64';
export type TimestampName = 'timestamp' | `timestamp[${string}]`;
export type DecimalName = `decimal(${number},${number})`;

/** The names of types, as `typeName` writes them. */
export type TypeName = 'bool' | IntegerName | FloatName | 'date' | TimestampName | DecimalName | 'utf8';

/** A type name, with `?` where values may be missing; `dynamic` is known only at run time. */
export type ColumnType = TypeName | `${TypeName}?` | 'null?' | 'dynamic';

type MaybeNull<N extends string> = N | `${N}?`;

export type IntegerType = MaybeNull<IntegerName>;
export type NumberType = MaybeNull<IntegerName | FloatName>;
export type TextType = MaybeNull<'utf8'>;
export type BoolType = MaybeNull<'bool'>;
export type DateType = MaybeNull<'date'>;
export type TimestampType = MaybeNull<TimestampName>;
export type DecimalType = MaybeNull<DecimalName>;

/** The columns of a frame whose schema the compiler does not know. */
export interface Dynamic {
  readonly [column: string]: ColumnType;
}

/** What `scan` takes as `schema`: column name -> type, `?` where values may be missing. */
export type SchemaDescription = Readonly<Record<string, TypeName | `${TypeName}?`>>;

export type IsDynamic<S> = string extends keyof S ? true : false;

/** A column's name; any text where the schema is not known. */
export type ColumnName<S> = keyof S & string;

/** Shows a computed type as a plain object. */
export type Simplify<T> = { [K in keyof T]: T[K] } & {};

/** The type without its question mark. */
export type Base<T> = T extends `${infer N}?` ? N : T;

/** A question mark if any of the types may be null. */
export type Mark<T> = [Extract<T, `${string}?` | 'dynamic'>] extends [never] ? '' : '?';

/** `N`, null where any of `T` is. */
export type WithNulls<N extends string, T> = `${N}${Mark<T>}`;

/** The type of `a + b`: integers compute in int64, any float makes float64; float32 and uint64 stay among themselves. */
export type Arithmetic<A, B> = 'dynamic' extends A | B
  ? 'dynamic'
  : WithNulls<ArithmeticBase<Base<A>, Base<B>>, A | B>;

type ArithmeticBase<A, B> = A extends 'float64'
  ? 'float64'
  : A extends 'float32'
    ? B extends 'float32'
      ? 'float32'
      : 'float64'
    : B extends FloatName
      ? 'float64'
      : A extends 'uint64'
        ? B extends 'uint64'
          ? 'uint64'
          : 'int64'
        : 'int64';

/**
 * The type that a literal takes beside an expression of type `T`: that type where the value fits. For a value
 * that is only known to be a number, both what it may be.
 */
export type Adapted<L, T> = L extends bigint
  ? Base<T> extends IntegerName
    ? AdaptedInteger<`${L}`, Base<T>>
    : Base<T>
  : L extends number
    ? number extends L
      ? Base<T> extends IntegerName
        ? Base<T> | 'int64' | 'float64'
        : Base<T> | 'float64'
      : `${L}` extends `${bigint}`
        ? Base<T> extends IntegerName
          ? AdaptedInteger<`${L}`, Base<T>>
          : Base<T>
        : Base<T> extends 'float32'
          ? 'float32' | 'float64'
          : 'float64'
    : LiteralType<L>;

type AdaptedInteger<Text, N> = N extends `u${string}` ? (Text extends `-${string}` ? 'int64' : N) : N;

/** The type of a literal on its own. */
export type LiteralType<L> = L extends string
  ? 'utf8'
  : L extends boolean
    ? 'bool'
    : L extends bigint
      ? 'int64'
      : L extends number
        ? number extends L
          ? 'int64' | 'float64'
          : `${L}` extends `${bigint}`
            ? 'int64'
            : 'float64'
        : L extends Date
          ? 'timestamp'
          : 'null?';

/**
 * The one type that holds values of all of `T`, without its mark: the branches of a case, the arguments of
 * coalesce. `integer!` and `float!` are numbers written as literals, which take the type of the others.
 */
export type Common<T> = 'dynamic' extends T ? 'dynamic' : WithLiterals<Base<T>, Exclude<Base<T>, NoType>>;

/** As `Common`, null where any of the types is. */
export type Unified<T> = 'dynamic' extends T ? 'dynamic' : `${Common<T> & string}${Mark<T>}`;

/** The type, and null. */
export type OrNull<T> = 'dynamic' extends T ? 'dynamic' : `${Base<T> & string}?`;

type Family<T> =
  Base<T> extends infer N
    ? N extends IntegerName | FloatName | DecimalName
      ? 'number'
      : N extends 'date' | TimestampName
        ? 'time'
        : N
    : never;

/** Can values of both types be compared with each other? */
export type SameFamily<A, B> = 'dynamic' extends Family<A> | Family<B>
  ? true
  : [Family<A>, Family<B>] extends [Family<B>, Family<A>]
    ? true
    : false;

type NoType = 'integer!' | 'float!' | 'null';

type WithLiterals<N, Typed> = [Typed] extends [never]
  ? LiteralsOnly<Extract<N, NoType>>
  : [Typed] extends [IntegerName]
    ? 'float!' extends N
      ? 'float64' | ('integer!' extends N ? CommonInteger<Typed> : never)
      : CommonInteger<Typed>
    : [Typed] extends [IntegerName | FloatName]
      ? [Exclude<Typed, 'float32'>] extends ['int8' | 'int16' | 'uint8' | 'uint16']
        ? 'float32'
        : 'float64'
      : [Typed] extends ['date' | TimestampName]
        ? [Typed] extends ['date']
          ? 'date'
          : Exclude<Typed, 'date'>
        : Typed;

type LiteralsOnly<N> = [N] extends ['null']
  ? 'null'
  : N extends 'float!'
    ? 'float64'
    : N extends 'integer!'
      ? 'int64'
      : never;

/** The smallest integer type that holds all, as `commonType` in lib/kernels/signature.ts finds it. */
type CommonInteger<N> = [N] extends [UnsignedName]
  ? 'uint64' extends N
    ? 'uint64'
    : 'uint32' extends N
      ? 'uint32'
      : 'uint16' extends N
        ? 'uint16'
        : 'uint8'
  : 'uint64' extends N
    ? 'decimal(20,0)'
    : [N] extends ['int8']
      ? 'int8'
      : [N] extends ['int8' | 'int16' | 'uint8']
        ? 'int16'
        : [N] extends ['int8' | 'int16' | 'int32' | 'uint8' | 'uint16']
          ? 'int32'
          : 'int64';

type UnsignedName = 'uint8' | 'uint16' | 'uint32' | 'uint64';

/**
 * The JavaScript value of a cell in `rows()`; nothing is rounded: 64-bit integers are bigint, timestamps are
 * microseconds as bigint, decimals are texts, dates are midnight UTC.
 */
export type ValueOf<T> = T extends `${infer N}?` ? BaseValue<N> | null : BaseValue<T>;

type BaseValue<N> = N extends 'int64' | 'uint64'
  ? bigint
  : N extends IntegerName | FloatName
    ? number
    : N extends 'utf8' | DecimalName
      ? string
      : N extends 'bool'
        ? boolean
        : N extends 'date'
          ? Date
          : N extends TimestampName
            ? bigint
            : N extends 'null'
              ? null
              : Value;

/** What a cell of an unknown type may be. */
export type Value = number | bigint | string | boolean | Date | null | readonly Value[];

/** A row as a plain object. */
export type Row<S> = Simplify<{ -readonly [K in keyof S]: ValueOf<S[K]> }>;

/** The apache-arrow types of a frame's columns: `collect()` gives a `Table<ArrowTypes<S>>`. */
export type ArrowTypes<S> =
  // biome-ignore lint/suspicious/noExplicitAny: what apache-arrow says where it does not know the columns
  IsDynamic<S> extends true ? any : Simplify<{ [K in keyof S & string]: ArrowType<Base<S[K]>> }>;

type ArrowType<N> = N extends keyof ArrowTable
  ? ArrowTable[N]
  : N extends TimestampName
    ? arrow.TimestampMicrosecond
    : N extends DecimalName
      ? arrow.Decimal
      : // biome-ignore lint/suspicious/noExplicitAny: likewise
        any;

interface ArrowTable {
  bool: arrow.Bool;
  int8: arrow.Int8;
  int16: arrow.Int16;
  int32: arrow.Int32;
  int64: arrow.Int64;
  uint8: arrow.Uint8;
  uint16: arrow.Uint16;
  uint32: arrow.Uint32;
  uint64: arrow.Uint64;
  float32: arrow.Float32;
  float64: arrow.Float64;
  date: arrow.DateDay;
  utf8: arrow.Utf8 | arrow.Dictionary<arrow.Utf8, arrow.Int32>;
}
