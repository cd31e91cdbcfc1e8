/** Batches as plain objects: a convenience for small results, one object a row. */
import type { Batch } from '../arrow/batch.js';
import { type Cell, cellAt } from '../arrow/scalar.js';
import type { Schema } from '../arrow/schema.js';
import type { DataType } from '../arrow/types.js';
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

function plainValue(cell: Cell, type: DataType): Value {
  if (cell === null) return null;
  if (type.kind === 'list') return (cell as readonly Cell[]).map((one) => plainValue(one, type.element));
  if (type.kind === 'date') return new Date(Number(cell) * 86_400_000);
  return type.kind === 'decimal' ? decimalText(cell as bigint, type.scale) : (cell as Value);
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
