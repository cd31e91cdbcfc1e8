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
import { rankColumn } from '../sort/rank-column.js';

/** The values that batches of these columns are sorted by. */
function keyColumnsOf(
  keys: readonly SortKey[],
  schema: Schema,
  context: Context,
): (batch: Batch, region: Region) => Vector[] {
  const bounds = keys.map(({ expr }) => bind(expr, schema));
  return (batch, region) => bounds.map((bound) => evaluate(bound, batch, region, context));
}

/** `ranks` has, by key, the address of the ranks of its dictionary; none where it has no text, or is to be compared as text. */
export function keysOf(
  keys: readonly SortKey[],
  schema: Schema,
  context: Context,
  ranks: readonly (number | null)[] = [],
): KeysOf {
  const columnsOf = keyColumnsOf(keys, schema, context);
  const { kernels } = context;
  return (batch, region) => {
    const columns = columnsOf(batch, region).map((column, i) => {
      const address = ranks[i] ?? null;
      return address === null ? column : rankColumn(column, address, region, kernels);
    });
    return encodeSortKeys(columns, keys, batch.length, region, kernels);
  };
}
