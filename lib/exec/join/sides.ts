/** Which side of a join is held, and what its batches look like to the join. */
import type { Batch } from '../../arrow/batch.js';
import { estimateRows } from '../../plan/estimate.js';
import { inputsOf, type Join, type Plan } from '../../plan/plan.js';
import type { Context, Stream } from '../context.js';
import { evaluate } from '../evaluate.js';
import { Memo } from '../memo.js';
import type { Side } from './shape.js';

/** Is the left input the smaller one? Where nothing is known, the right one is held. */
export function buildsLeft({ left, right }: Join): boolean {
  const rows = [estimateRows(left), estimateRows(right)] as const;
  if (rows[0] !== null && rows[1] !== null) return rows[0] < rows[1];
  const bytes = [bytesOf(left), bytesOf(right)] as const;
  return bytes[0] !== null && bytes[1] !== null && bytes[0] < bytes[1];
}

/** Bytes of all sources below. */
function bytesOf(plan: Plan): number | null {
  if (plan.op === 'scan') return plan.source.bytes;
  return inputsOf(plan).reduce<number | null>((sum, input) => {
    const bytes = bytesOf(input);
    return sum === null || bytes === null ? null : sum + bytes;
  }, 0);
}

/** The columns of the side and behind them the keys that must be computed. */
export async function* withKeys(input: Stream, { keys }: Side, context: Context): Stream {
  if (keys.length === 0) {
    yield* input;
    return;
  }
  const region = context.arena.region('join');
  const memo = new Memo(context, 'join');
  try {
    for await (const batch of input) {
      region.reset();
      yield keyed(batch);
    }
  } finally {
    region.release();
    memo.release();
  }

  function keyed(batch: Batch): Batch {
    const made = keys.map((key) => evaluate(key, batch, region, context, memo));
    return { length: batch.length, columns: [...batch.columns, ...made] };
  }
}
