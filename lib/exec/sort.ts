/** Sort by expressions: what is not a column is computed as the rows come, carried along as a column, and left out again. */
import type { Batch } from '../arrow/batch.js';
import type { Schema } from '../arrow/schema.js';
import { bind } from '../plan/bind.js';
import type { Bound } from '../plan/bound.js';
import type { SortKey } from '../plan/expr.js';
import type { Context, Stream } from './context.js';
import { evaluate } from './evaluate.js';
import { sortBatches } from './sort/sort-batches.js';

export async function* sort(
  sortKeys: readonly SortKey[],
  limit: number | null,
  input: Stream,
  schema: Schema,
  context: Context,
): Stream {
  const types = schema.fields.map((field) => field.type);
  const computed: Bound[] = [];
  const keys = sortKeys.map(({ expr, descending, nullsFirst }) => {
    const bound = bind(expr, schema);
    const column = bound.op === 'column' ? bound.index : types.length + computed.push(bound) - 1;
    return { column, descending, nullsFirst };
  });
  const width = types.length;
  const all = [...types, ...computed.map((bound) => bound.type)];
  const rows = computed.length === 0 ? input : withColumns(input, computed, context);
  for await (const batch of sortBatches(rows, all, keys, limit, context))
    yield computed.length === 0 ? batch : { length: batch.length, columns: batch.columns.slice(0, width) };
}

/** The batches with computed columns behind their own. */
async function* withColumns(input: Stream, computed: readonly Bound[], context: Context): Stream {
  const region = context.arena.region('sort');
  try {
    for await (const batch of input) {
      region.reset();
      const columns = computed.map((bound) => evaluate(bound, batch, region, context));
      const wider: Batch = { length: batch.length, columns: [...batch.columns, ...columns] };
      yield wider;
    }
  } finally {
    region.release();
  }
}
