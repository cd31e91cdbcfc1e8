/** Sort keys of batches, over columns or what is computed of them. */
import type { Batch, Vector } from '../../arrow/batch.js';
import type { Schema } from '../../arrow/schema.js';
import { encodeSortKeys } from '../../kernels/sort-keys.js';
import type { Region } from '../../memory/arena.js';
import { bind } from '../../plan/bind.js';
import type { SortKey } from '../../plan/expr.js';
import type { Context } from '../context.js';
import { evaluate } from '../evaluate.js';
import type { KeysOf } from '../sort/merge-runs.js';

/** The values that batches of these columns are sorted by. */
export function keyColumnsOf(
  keys: readonly SortKey[],
  schema: Schema,
  context: Context,
): (batch: Batch, region: Region) => Vector[] {
  const bounds = keys.map(({ expr }) => bind(expr, schema));
  return (batch, region) => bounds.map((bound) => evaluate(bound, batch, region, context));
}

export function keysOf(keys: readonly SortKey[], schema: Schema, context: Context): KeysOf {
  const columnsOf = keyColumnsOf(keys, schema, context);
  return (batch, region) =>
    encodeSortKeys(columnsOf(batch, region), keys, batch.length, region, context.kernels);
}
