/** New columns from expressions. */
import type { Schema } from '../arrow/schema.js';
import { bind } from '../plan/bind.js';
import type { Named } from '../plan/expr.js';
import type { Context, Stream } from './context.js';
import { evaluate } from './evaluate.js';
import { Memo } from './memo.js';

/** A column that is only named is passed on without a copy; equal expressions are evaluated once. */
export async function* project(
  columns: readonly Named[],
  input: Stream,
  inputSchema: Schema,
  context: Context,
): Stream {
  const bounds = columns.map(({ expr }) => bind(expr, inputSchema));
  const texts = bounds.map((bound) => JSON.stringify(bound));
  const firsts = texts.map((text) => texts.indexOf(text));
  const region = context.arena.region('project');
  const memo = new Memo(context, 'project');
  try {
    for await (const batch of input) {
      region.reset();
      const made: ReturnType<typeof evaluate>[] = [];
      bounds.forEach((bound, i) => {
        const first = firsts[i]!;
        made.push(first < i ? made[first]! : evaluate(bound, batch, region, context, memo));
      });
      yield { length: batch.length, columns: made };
    }
  } finally {
    region.release();
    memo.release();
  }
}
