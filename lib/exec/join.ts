import type { Batch } from '../arrow/batch.js';
import { breathe } from '../breathe.js';
import { memoryError } from '../errors.js';
import { JoinTable } from '../kernels/join-table.js';
import type { Join, Plan } from '../plan/plan.js';
import type { Context, Stream } from './context.js';
import { Matcher } from './join/matcher.js';
import { shapeOf, sideOf } from './join/shape.js';
import { buildsLeft, withKeys } from './join/sides.js';
import { Memo } from './memo.js';

const owner = 'join';

/** `open` gives the rows of an input. */
export async function* join(node: Join, open: (plan: Plan) => Stream, context: Context): Stream {
  const left = buildsLeft(node);
  const shape = shapeOf(node, left);
  const [build, probe] = [sideOf(node, left), sideOf(node, !left)];
  const [buildPlan, probePlan] = left ? [node.left, node.right] : [node.right, node.left];
  const table = new JoinTable(
    build.types,
    build.keyColumns,
    shape.nullsEqual,
    context.share / 16,
    context,
    owner,
  );
  const memo = new Memo(context, owner);
  const matcher = new Matcher(shape, table, build, probe, memo, context);
  try {
    for await (const batch of withKeys(open(buildPlan), build, context)) {
      table.rows.append(batch);
      if (table.rows.held > context.share) throw memoryError(owner, table.rows.held, 0, context.share);
    }
    if (!(await stepping(table.index(context.share), context)))
      throw memoryError(owner, table.rows.held, 0, context.share);
    if (shape.build !== null && !table.tryMarks(context.share))
      throw memoryError(owner, table.rows.held, 0, context.share);
    if (matcher.wantsProbe)
      for await (const batch of withKeys(open(probePlan), probe, context))
        yield* breathing(matcher.match(batch, null), context);
    yield* breathing(matcher.rest(), context);
  } finally {
    matcher.release();
    table.release();
    memo.release();
  }
}

async function stepping<T>(steps: Generator<void, T, void>, context: Context): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await breathe(context);
  }
}

async function* breathing(batches: Generator<Batch, void, void>, context: Context): Stream {
  for (const batch of batches) {
    yield batch;
    await breathe(context);
  }
}
