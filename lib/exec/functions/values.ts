/** Typed arrays and the types of columns whose values they hold as they lie in memory. */
import { type DataType, type Physical, physicalOf } from '../../arrow/types.js';

export type TypedArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

export type ArrayKind = new (buffer: ArrayBuffer, at: number, length: number) => TypedArray;

/** Booleans have a byte each, 0 or 1; decimals two words each, the low one first, of their unscaled value. */
const kinds: Readonly<Record<Exclude<Physical, 'text' | 'list'>, ArrayKind>> = {
  bit: Uint8Array,
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  i64: BigInt64Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
  i128: BigUint64Array,
};

/** Null for texts, lists and columns of nothing but nulls. */
export function arrayKind(type: DataType): ArrayKind | null {
  const physical = physicalOf(type);
  return physical === 'text' || physical === 'list' || type.kind === 'null' ? null : kinds[physical];
}

/** Elements of the array for each row. */
export const wordsOf = (type: DataType): number => (type.kind === 'decimal' ? 2 : 1);
