/** The function of random plans. */
import type { ColumnBatch } from '../../lib/index.js';

/** Of the rows whose first value is not 0, the first value and the one after the last. */
export default function ends({ length, columns }: ColumnBatch): { first: unknown[]; next: unknown[] } {
  const all = Object.values(columns);
  const rows = Array.from({ length }, (_, i) => i).filter((i) => all[0]!.get(i) !== 0n);
  const last = rows.map((i) => all.at(-1)!.get(i) as bigint | null);
  return {
    first: rows.map((i) => all[0]!.get(i)),
    next: last.map((value) => (value === null ? null : value + 1n)),
  };
}
