/** Rows as plain values that look alike whether they come from here or from DuckDB. */
import type { Batch } from '../lib/arrow/batch.js';
import type { Runtime } from '../lib/formats/format.js';
import type { Plan } from '../lib/plan/plan.js';
import { schemaOf } from '../lib/plan/schema.js';
import { type Cell, cellsOf } from './helpers.js';

/** The rows of a plan that runs. */
export async function plainRows(
  plan: Plan,
  batches: AsyncIterable<Batch>,
  { arena }: Runtime,
): Promise<unknown[][]> {
  const dates = schemaOf(plan).fields.map(({ type }) => type.kind === 'date');
  const rows: unknown[][] = [];
  for await (const batch of batches) {
    const columns = batch.columns.map((vector) => cellsOf(vector, arena));
    for (let i = 0; i < batch.length; i++) {
      rows.push(columns.map((cells, c) => plainValue(dates[c] ? dayOf(cells[i]!) : cells[i])));
    }
  }
  return rows;
}

/** A date as text, a number with 12 digits: sums of doubles differ in the last ones by the order of their rows. */
export function plainValue(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number' && !Number.isInteger(value)) return Number(value.toPrecision(12));
  return value !== null && typeof value === 'object' ? Number(String(value)) : value;
}

function dayOf(cell: Cell): Date | null {
  return cell === null ? null : new Date(Number(cell) * 86_400_000);
}
