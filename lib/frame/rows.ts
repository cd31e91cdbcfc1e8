/** Batches as plain objects: a convenience for small results, one object a row. */
import type { Batch } from '../arrow/batch.js';
import { plainValue } from '../arrow/plain-value.js';
import { cellAt } from '../arrow/scalar.js';
import type { Schema } from '../arrow/schema.js';
import type { Arena } from '../memory/arena.js';
import type { Value } from './types.js';

export function* rowsOf(
  batch: Batch,
  { fields }: Schema,
  arena: Arena,
): Generator<Record<string, Value>, void, void> {
  for (let row = 0; row < batch.length; row++) {
    // Not by assignment: a column may be named __proto__.
    yield Object.fromEntries(
      fields.map(({ name, type }, i) => [name, plainValue(cellAt(batch.columns[i]!, row, arena), type)]),
    );
  }
}
