/** What functions over column batches take and give, for those who write them in TypeScript. */
import type { Base, DecimalName, Dynamic, ElementOf, ListName, TimestampName, ValueOf } from './types.js';

/**
 * One column of a batch, valid only during the call that it was given to. Arrays that it gives are copies: what is
 * written to them changes no data.
 */
export interface Column<T = 'dynamic'> extends Iterable<ValueOf<T>> {
  /** As in a schema description: `float64`, `timestamp[UTC]`, `utf8[]`. */
  readonly type: string;
  readonly length: number;
  /** How many rows are null. */
  readonly nulls: number;
  isValid(row: number): boolean;
  /** The value of a row, as `rows()` of a frame gives it. */
  get(row: number): ValueOf<T>;
  toArray(): ValueOf<T>[];
  /** One bit a row, least significant first, 1 where there is a value; null where nothing is null. */
  readonly validity: Uint8Array | null;
  /**
   * A value a row, of types of fixed width: int64 and timestamps (microseconds) in a BigInt64Array, dates (days) in an
   * Int32Array, booleans a byte each, decimals two words each. Under a null there may be anything.
   */
  readonly values: ArrayOf<T>;
  /** Of texts: where each begins in `bytes`, and where the last one ends. Of lists likewise, in `elements`. */
  readonly offsets: Of<T, 'utf8' | ListName, Int32Array>;
  /** Of texts: UTF-8, one behind the other. */
  readonly bytes: Of<T, 'utf8', Uint8Array>;
  /** Of lists: the elements, one list behind the other. */
  readonly elements: Of<T, ListName, Column<ElementOf<T>>>;
}

/** What columns of some types alone have. */
type Of<T, N, V> = T extends 'dynamic' ? V : Base<T> extends N ? V : never;

/** What a function is given. */
export interface ColumnBatch<S = Dynamic> {
  readonly length: number;
  readonly columns: { readonly [K in keyof S]: Column<S[K]> };
}

/** What a function gives: a column for each name of its schema, all of one length. */
export type ColumnsGiven<S> = { readonly [K in keyof S]: ColumnGiven<S[K]> };

/** A column in any of its forms: values, a typed array, one with a bitmap of what is valid, or a column it was given. */
export type ColumnGiven<T> =
  | readonly ValueGiven<T>[]
  | ArrayOf<T>
  | (Parts & { readonly values: ArrayOf<T> | readonly ValueGiven<T>[] })
  | (Base<T> extends 'utf8' ? Parts & { readonly offsets: Int32Array; readonly bytes: Uint8Array } : never)
  | Column<T>;

interface Parts {
  readonly validity?: Uint8Array | null;
  /** It is no column of another type. */
  readonly type?: undefined;
}

type ValueGiven<T> = ValueOf<T> | (Base<T> extends TimestampName ? Date : never);

/** The array that holds values of a type as they lie in memory. */
export type ArrayOf<T> = T extends 'dynamic' ? TypedArray : ArrayOfBase<Base<T>>;

type ArrayOfBase<N> = N extends keyof Arrays
  ? Arrays[N]
  : N extends ListName
    ? never
    : N extends TimestampName
      ? BigInt64Array
      : N extends DecimalName
        ? BigUint64Array
        : never;

type TypedArray = Arrays[keyof Arrays];

interface Arrays {
  bool: Uint8Array;
  int8: Int8Array;
  int16: Int16Array;
  int32: Int32Array;
  int64: BigInt64Array;
  uint8: Uint8Array;
  uint16: Uint16Array;
  uint32: Uint32Array;
  uint64: BigUint64Array;
  float32: Float32Array;
  float64: Float64Array;
  date: Int32Array;
}
