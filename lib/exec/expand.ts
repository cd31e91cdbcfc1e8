/**
 * Each row once for each projection. A batch comes out as one batch a projection, so that columns which are only
 * named are passed on without a copy. The order of rows is not defined.
 */
import type { Schema } from '../arrow/schema.js';
import { bind } from '../plan/bind.js';
import type { Named } from '../plan/expr.js';
import type { Context, Stream } from './context.js';
import { evaluate } from './evaluate.js';
import { Memo } from './memo.js';

export async function* expand(
  projections: readonly (readonly Named[])[],
  input: Stream,
  inputSchema: Schema,
  context: Context,
): Stream {
  const bounds = projections.map((columns) => columns.map(({ expr }) => bind(expr, inputSchema)));
  const region = context.arena.region('expand');
  const memo = new Memo(context, 'expand');
  try {
    for await (const batch of input) {
      for (const projection of bounds) {
        region.reset();
        const columns = projection.map((bound) => evaluate(bound, batch, region, context, memo));
        yield { length: batch.length, columns };
      }
    }
  } finally {
    region.release();
    memo.release();
  }
}
