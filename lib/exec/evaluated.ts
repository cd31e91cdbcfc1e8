import type { Bound } from '../plan/bound.js';
import type { Context, Stream } from './context.js';
import { evaluate } from './evaluate.js';
import { Memo } from './memo.js';

/** The values of the expressions for each batch. */
export async function* evaluated(
  expressions: readonly Bound[],
  input: Stream,
  context: Context,
  owner: string,
): Stream {
  const region = context.arena.region(owner);
  const memo = new Memo(context, owner);
  try {
    for await (const batch of input) {
      region.reset();
      const columns = expressions.map((one) => evaluate(one, batch, region, context, memo));
      yield { length: batch.length, columns };
    }
  } finally {
    region.release();
    memo.release();
  }
}
