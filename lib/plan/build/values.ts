/** Rows that are written in the query itself. */
import type { Named } from '../expr.js';
import { expand, scan } from '../make-plan.js';
import type { Plan, Scan } from '../plan.js';

/** One row without columns: what a query without FROM is computed over. */
export function oneRow(): Scan {
  return scan(
    { format: 'one-row', paths: [], options: {}, rows: 1, bytes: 0, statistics: null },
    { fields: [] },
  );
}

/** The rows have the same names and types; nothing in them names a column. */
export function values(rows: readonly (readonly Named[])[]): Plan {
  return expand(oneRow(), rows);
}
