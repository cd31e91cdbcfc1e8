/**
 * Rows of a stream in the order of some of its columns, however many they are.
 *
 *   input ──▶ sorted runs ──▶ file ──▶ merge ──▶ output
 *                  `──(if there is but one)────────´
 *
 * When there are more runs than can be merged at once, neighbours are merged into longer ones first, no more of them
 * than it takes.
 *
 * Memory: that of sorted-runs.ts, and while merging a batch of each run.
 */
import type { DataType } from '../../arrow/types.js';
import type { SortColumn } from '../../kernels/row-order.js';
import type { Context, Stream } from '../context.js';
import { withPackedLists } from '../packed-lists.js';
import { Runs } from './runs.js';
import { sortedRuns } from './sorted-runs.js';
import { Sorting } from './sorting.js';

/**
 * The rows of `input`, whose columns are of `types`, in order; equal ones in the order in which they came. With a
 * `limit` only the first so many. `owner` is named in errors. Batches are valid until the next is asked for.
 */
export function sortBatches(
  input: Stream,
  types: readonly DataType[],
  keys: readonly SortColumn[],
  limit: number | null,
  context: Context,
  owner = 'sort',
): Stream {
  const run = (rows: Stream, flat: readonly DataType[]): Stream =>
    sortFlat(rows, flat, keys, limit, context, owner);
  return withPackedLists(input, types, run, context, owner);
}

/** As `sortBatches`, of columns without lists. */
async function* sortFlat(
  input: Stream,
  types: readonly DataType[],
  keys: readonly SortColumn[],
  limit: number | null,
  context: Context,
  owner: string,
): Stream {
  if (limit === 0) return;
  const sorting = new Sorting(types, keys, limit, context, owner);
  const runs = new Runs(sorting, context);
  try {
    for await (const rows of sortedRuns(input, sorting, context)) {
      if (rows.isAll) yield* rows.stream();
      else await runs.add(rows);
    }
    if (runs.count > 0) yield* runs.merged();
  } finally {
    runs.release();
    sorting.release();
  }
}
