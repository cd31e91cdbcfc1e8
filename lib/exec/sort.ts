/** Sort by expressions. */
import type { Schema } from '../arrow/schema.js';
import type { SortKey } from '../plan/expr.js';
import type { Context, Stream } from './context.js';
import { keyedBy, ownColumns } from './sort/keyed.js';
import { sortBatches } from './sort/sort-batches.js';

export async function* sort(
  sortKeys: readonly SortKey[],
  limit: number | null,
  input: Stream,
  schema: Schema,
  context: Context,
): Stream {
  const { rows, types, keys } = keyedBy(sortKeys, input, schema, context);
  for await (const batch of sortBatches(rows, types, keys, limit, context)) yield ownColumns(batch, schema);
}
