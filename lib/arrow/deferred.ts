/** Columns that are only made when they are looked at: what a join puts together and nobody reads costs nothing. */
import type { Dictionary, Vector } from './batch.js';
import { type LateVector, narrowOf } from './narrow.js';
import type { DataType } from './types.js';

/**
 * `make` gives the column, of this type, length and dictionary; it is called at most once, and before the producer of
 * the batch is asked for the next. Not for lists.
 */
export function deferredVector(
  type: DataType,
  length: number,
  dictionary: Dictionary | null,
  make: () => Vector,
): Vector {
  let made: Vector | null = null;
  const vector = (): Vector => {
    made ??= make();
    return made;
  };
  const deferred: LateVector = {
    type,
    length,
    get validity() {
      return vector().validity;
    },
    get data() {
      return vector().data;
    },
    get offsets() {
      return vector().offsets;
    },
    dictionary,
    get narrow() {
      return narrowOf(vector());
    },
    self: null,
    ...(type.kind === 'list' && {
      get child() {
        return vector().child!;
      },
    }),
  };
  deferred.self = deferred;
  return deferred;
}
