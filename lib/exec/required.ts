/** Holds a source to what the plan's schema says of it: a column never null there has no null in any batch. */
import type { Batch } from '../arrow/batch.js';
import { dataError } from '../errors.js';
import type { Context, Stream } from './context.js';

/** `names` by position; null where nulls are allowed. */
export async function* required(names: readonly (string | null)[], input: Stream, context: Context): Stream {
  for await (const batch of input) {
    names.forEach((name, i) => {
      if (name !== null && hasNull(batch, i, context))
        throw dataError(`column ${name} is described as never null, but it has a null; add a ? to its type`, {
          column: name,
        });
    });
    yield batch;
  }
}

function hasNull(batch: Batch, index: number, { kernels }: Context): boolean {
  const { validity, length } = batch.columns[index]!;
  return validity !== 0 && kernels.bitmap_count(validity, length) < length;
}
