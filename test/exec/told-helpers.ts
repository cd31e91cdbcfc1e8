/** Rows as lines, which look alike whether they come from here or from DuckDB. */
import * as assert from 'uvu/assert';
import type { Context, Stream } from '../../lib/exec/context.js';
import { cellsOf } from '../helpers.js';

export const told = (row: readonly unknown[]): string => row.map(String).join('|');

/** All rows, in order of their lines; afterwards nothing may be held. */
export async function toldRows(batches: Stream, { arena, spills }: Context): Promise<string[]> {
  const rows: string[] = [];
  for await (const batch of batches) {
    const columns = batch.columns.map((vector) => cellsOf(vector, arena));
    for (let i = 0; i < batch.length; i++) rows.push(told(columns.map((cells) => cells[i])));
  }
  assert.is(arena.reserved, 0);
  assert.is(spills.held, 0);
  return rows.sort();
}
