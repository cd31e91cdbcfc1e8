/**
 * Columns that are decoded when they are first looked at. A file holds integers and codes in the narrowest type
 * that fits; kernels that take them so read a fraction of the bytes, all others see a column like any other.
 */
import type { Dictionary, Vector } from './batch.js';
import type { DataType, Physical } from './types.js';

/** The same integers in a narrower type. */
export interface Narrow {
  readonly physical: Physical;
  readonly data: number;
}

export interface LateVector extends Vector {
  readonly narrow: Narrow | undefined;
  /** The vector itself: a copy of it with other buffers has no narrow form. */
  self: Vector | null;
}

/** `widen` places the values at their own width, or the codes as int32, and gives their address; called at most once. */
export function lateVector(
  type: DataType,
  length: number,
  narrow: Narrow,
  widen: () => number,
  validity: number,
  dictionary: Dictionary | null,
): Vector {
  let data = 0;
  const vector: LateVector = {
    type,
    length,
    validity,
    get data() {
      if (data === 0) data = widen();
      return data;
    },
    offsets: 0,
    dictionary,
    narrow,
    self: null,
  };
  vector.self = vector;
  return vector;
}

export function narrowOf(vector: Vector): Narrow | undefined {
  const { narrow, self } = vector as Partial<LateVector>;
  return self === vector ? narrow : undefined;
}

/** The column with another dictionary, in which its codes mean the same. */
export function recoded(column: Vector, dictionary: Dictionary): Vector {
  const narrow = narrowOf(column);
  if (narrow === undefined) return { ...column, dictionary };
  return lateVector(column.type, column.length, narrow, () => column.data, column.validity, dictionary);
}
