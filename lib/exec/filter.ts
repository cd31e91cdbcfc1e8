/** Rows where a predicate is true. */
import type { Schema } from '../arrow/schema.js';
import { takeBatch } from '../kernels/take.js';
import { bindPredicate } from '../plan/bind.js';
import type { Bound } from '../plan/bound.js';
import { boundMayFail } from '../plan/bound-may-fail.js';
import type { Expr } from '../plan/expr.js';
import type { Context, Stream } from './context.js';
import { costOf } from './cost.js';
import { selectRows } from './evaluate.js';
import { Memo } from './memo.js';

/** Batches come out dense; one that matches as a whole is passed on as it is, an empty one not at all. */
export async function* filter(predicate: Expr, input: Stream, inputSchema: Schema, context: Context): Stream {
  const bound = cheapestFirst(bindPredicate(predicate, inputSchema, 'the filter'));
  const region = context.arena.region('filter');
  const memo = new Memo(context, 'filter');
  try {
    for await (const batch of input) {
      region.reset();
      const { indices, count } = selectRows(bound, batch, region, context, memo);
      if (count === batch.length && count > 0) yield batch;
      else if (count > 0) yield takeBatch(batch, indices, count, region, context);
    }
  } finally {
    region.release();
    memo.release();
  }
}

/** The conditions of a conjunction, those that cost less before those that cost more; what can fail comes last. */
export function cheapestFirst(predicate: Bound): Bound {
  if (predicate.op !== 'call' || predicate.name !== 'and') return predicate;
  const args = conjuncts(predicate)
    .map((arg) => ({ arg, cost: costOf(arg) + (boundMayFail(arg) ? 1e6 : 0) }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ arg }) => arg);
  return { ...predicate, args };
}

function conjuncts(bound: Bound): readonly Bound[] {
  return bound.op === 'call' && bound.name === 'and' ? bound.args.flatMap(conjuncts) : [bound];
}
