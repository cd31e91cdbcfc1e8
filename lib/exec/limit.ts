import { type Batch, head } from '../arrow/batch.js';
import { sliceBatch } from '../kernels/slice.js';
import type { Context, Stream } from './context.js';

/** Rows [offset, offset + count) of the input; stops the input when it has them. */
export async function* limit(offset: number, count: number, input: Stream, context: Context): Stream {
  const region = context.arena.region('limit');
  let skip = offset;
  let left = count;
  try {
    if (left === 0) return;
    for await (const batch of input) {
      if (skip >= batch.length) {
        skip -= batch.length;
        continue;
      }
      region.reset();
      const rest: Batch =
        skip === 0 ? batch : sliceBatch(batch, skip, batch.length - skip, region, context.kernels);
      skip = 0;
      const kept = head(rest, left);
      left -= kept.length;
      yield kept;
      if (left === 0) return;
    }
  } finally {
    region.release();
  }
}
