/** Rows with all that they are sorted by: what is not a column is computed as they come, and carried along behind their own columns. */
import type { Batch } from '../../arrow/batch.js';
import type { Schema } from '../../arrow/schema.js';
import type { DataType } from '../../arrow/types.js';
import type { SortColumn } from '../../kernels/row-order.js';
import { bind } from '../../plan/bind.js';
import type { Bound } from '../../plan/bound.js';
import type { SortKey } from '../../plan/expr.js';
import type { Context, Stream } from '../context.js';
import { evaluate } from '../evaluate.js';

interface KeyedRows {
  readonly rows: Stream;
  readonly types: readonly DataType[];
  readonly keys: readonly SortColumn[];
}

export function keyedBy(
  sortKeys: readonly SortKey[],
  input: Stream,
  schema: Schema,
  context: Context,
): KeyedRows {
  const types = schema.fields.map(({ type }) => type);
  const computed: Bound[] = [];
  const keys = sortKeys.map(({ expr, descending, nullsFirst }) => {
    const bound = bind(expr, schema);
    const column = bound.op === 'column' ? bound.index : types.length + computed.push(bound) - 1;
    return { column, descending, nullsFirst };
  });
  if (computed.length === 0) return { rows: input, types, keys };
  const all = [...types, ...computed.map(({ type }) => type)];
  return { rows: withColumns(input, computed, context), types: all, keys };
}

/** The columns that rows had before. */
export function ownColumns({ length, columns }: Batch, { fields }: Schema): Batch {
  return { length, columns: columns.slice(0, fields.length) };
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
