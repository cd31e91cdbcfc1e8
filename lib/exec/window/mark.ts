/** Adds two columns of bits to sorted rows: where partitions begin, and where groups of rows equal in order do. */
import { fixedVector } from '../../arrow/batch.js';
import { bool } from '../../arrow/types.js';
import { Boundaries, noBits } from '../../kernels/boundaries.js';
import type { Bound } from '../../plan/bound.js';
import type { Context, Stream } from '../context.js';
import { evaluate } from '../evaluate.js';
import { Memo } from '../memo.js';

export async function* mark(
  partitionBy: readonly Bound[],
  orderBy: readonly Bound[],
  input: Stream,
  context: Context,
): Stream {
  const { arena, kernels } = context;
  const owner = 'window';
  const region = arena.region(owner);
  const memo = new Memo(context, owner);
  const partitions = new Boundaries(context, owner);
  const peers = new Boundaries(context, owner);
  try {
    for await (const batch of input) {
      const { length } = batch;
      if (length === 0) continue;
      region.reset();
      const columns = (keys: readonly Bound[]) =>
        keys.map((key) => evaluate(key, batch, region, context, memo));
      const starts = noBits(length, region);
      partitions.mark(columns(partitionBy), length, starts, region);
      const groups = noBits(length, region);
      peers.mark(columns(orderBy), length, groups, region);
      if (orderBy.length > 0) kernels.logic_bitor(starts, groups, groups, length);
      yield {
        length,
        columns: [
          ...batch.columns,
          fixedVector(bool, length, starts),
          fixedVector(bool, length, orderBy.length > 0 ? groups : starts),
        ],
      };
    }
  } finally {
    partitions.release();
    peers.release();
    memo.release();
    region.release();
  }
}
