/**
 * Each row once for each element of its list.
 *
 *   batch ─▶ pieces: for each row that comes out the number of its list and of its element ─▶ gathered
 *
 * Memory: one piece, of as many rows as take a small part of the arena, however long the lists are.
 */
import { type Batch, batchRows, childOf } from '../arrow/batch.js';
import { fieldIndex, type Schema } from '../arrow/schema.js';
import { valueBytes } from '../arrow/value-bytes.js';
import { breathe } from '../breathe.js';
import { take } from '../kernels/take.js';
import type { Region } from '../memory/arena.js';
import type { Explode } from '../plan/plan.js';
import type { Context, Stream } from './context.js';

const owner = 'explode';

/** Of the arena, for a piece; a row may be larger than rows are on average. */
const pieceShare = 1 / 32;
const leastRows = 512;

export async function* explode(
  node: Pick<Explode, 'column' | 'outer'>,
  input: Stream,
  inputSchema: Schema,
  context: Context,
): Stream {
  const index = fieldIndex(inputSchema, node.column);
  const region = context.arena.region(owner);
  try {
    for await (const batch of input) {
      const most = rowsAtOnce(batch, index, context);
      let place: Place = { list: 0, done: 0 };
      while (place.list < batch.length) {
        region.reset();
        const piece = explodedFrom(place, batch, index, most, node.outer, region, context);
        place = piece.next;
        if (piece.batch.length === 0) continue;
        await breathe(context);
        yield piece.batch;
      }
    }
  } finally {
    region.release();
  }
}

/** The list that comes next, and how many of its elements are done. */
interface Place {
  readonly list: number;
  readonly done: number;
}

function explodedFrom(
  place: Place,
  batch: Batch,
  index: number,
  most: number,
  outer: boolean,
  region: Region,
  context: Context,
): { readonly batch: Batch; readonly next: Place } {
  const { view } = context.arena;
  const column = batch.columns[index]!;
  const lists = region.reserve(most * 4);
  const elements = region.reserve(most * 4);
  const stop = region.reserve(8);
  const length = context.kernels.list_explode(
    column.offsets,
    column.validity,
    place.list,
    batch.length,
    place.done,
    outer ? 1 : 0,
    most,
    lists,
    elements,
    stop,
  );
  const columns = batch.columns.map((one, i) =>
    i === index
      ? take(childOf(one), elements, length, region, context, outer)
      : take(one, lists, length, region, context),
  );
  const next = { list: view.getInt32(stop, true), done: view.getInt32(stop + 4, true) };
  return { batch: { length, columns }, next };
}

function rowsAtOnce(batch: Batch, index: number, { arena }: Context): number {
  const bytes = batch.columns.reduce(
    (sum, column, i) =>
      sum + (i === index ? valueBytes(childOf(column), arena.view) : valueBytes(column, arena.view)),
    8,
  );
  const rows = Math.floor((arena.capacity * pieceShare) / bytes);
  return Math.max(leastRows, Math.min(batchRows, rows));
}
