/**
 * Rows of a stream in the order of some of its columns, however many they are.
 *
 *   input ──▶ rows held ──(share full)──▶ sort ──▶ sorted run in a file ──┐
 *               │                                                        ├──▶ merge ──▶ output
 *               `──(end of input)──▶ sort ──▶ run, or straight out ───────┘
 *
 * When there are more runs than can be merged at once, neighbours are merged into longer ones first, no more of them
 * than it takes. With a limit rows that can no longer be among the first so many are left out as they come, and what is
 * held is cut down to the limit; only where that does not fit are there runs.
 *
 * Memory: `context.share` for the rows, 32 bytes a row to sort them, and while merging a batch of each run.
 */
import { type Batch, batchRows } from '../../arrow/batch.js';
import type { DataType } from '../../arrow/types.js';
import { breathe, stopIfAborted } from '../../breathe.js';
import { memoryError } from '../../errors.js';
import { batchSize } from '../../formats/batch-size.js';
import { Dictionaries } from '../../kernels/dictionaries.js';
import { Ranks } from '../../kernels/ranks.js';
import { orderBytes, orderRows, type RowOrder, type SortColumn } from '../../kernels/row-order.js';
import { RowStore } from '../../kernels/row-store.js';
import { sliceBatch } from '../../kernels/slice.js';
import type { Region } from '../../memory/arena.js';
import type { Context, Stream } from '../context.js';
import { withPackedLists } from '../packed-lists.js';
import { fewRows } from '../share.js';
import { heldBytes } from './held-bytes.js';
import { LimitFilter } from './limit-filter.js';
import { Runs } from './runs.js';

/** With a limit so much of the share is filled: cutting takes a second copy of what is kept. */
const cutPart = 0.6;
/** A sort to few rows has no share of its own (share.ts), and does with a little. */
const fewPart = 1 / 8;

/** Of the share, for dictionaries. */
const dictionaryPart = 1 / 4;

/** At most so much is kept free. */
const mostSpare = 4 * 2 ** 20;

/**
 * The rows of `input`, whose columns are of `types`, in order; equal ones in the order in which they came. With a
 * `limit` only the first so many. `owner` is named in errors. Batches are valid until the next is asked for.
 */
export function sortBatches(
  input: Stream,
  types: readonly DataType[],
  keys: readonly SortColumn[],
  limit: number | null,
  context: Context,
  owner = 'sort',
): Stream {
  const run = (rows: Stream, flat: readonly DataType[]): Stream =>
    sortFlat(rows, flat, keys, limit, context, owner);
  return withPackedLists(input, types, run, context, owner);
}

/** As `sortBatches`, of columns without lists. */
async function* sortFlat(
  input: Stream,
  types: readonly DataType[],
  keys: readonly SortColumn[],
  limit: number | null,
  context: Context,
  owner: string,
): Stream {
  const { arena } = context;
  if (limit === 0) return;
  const rest = (): Promise<void> => breathe(context);
  const dictionaries = new Dictionaries(types.length, context.share * dictionaryPart, context, owner);
  const ranks = new Ranks(context, owner, rest);
  const newStore = (): RowStore => new RowStore(types, dictionaries, context, owner, context.share);
  let store = newStore();
  const share = context.share * (limit === null ? 1 : limit > fewRows ? cutPart : fewPart);
  const region = arena.region(owner);
  const output = arena.region(owner);
  const filter = new LimitFilter(keys, context, owner);
  const runs = new Runs(types, keys, limit, dictionaries, ranks, context, owner);
  // Kept free for putting a chunk in order, should others take what the share promises.
  const spare = arena.region(owner);
  const spareBytes = Math.min(mostSpare, share / 4);

  const orderOf = (from: number, to: number): Promise<RowOrder | null> => {
    region.release();
    spare.release();
    return orderRows(store.table(), from, to, types, keys, ranks, region, context, rest);
  };

  /** What comes from now on must be below the last of `limit` rows. */
  const setLimitKey = (order: RowOrder): void => {
    if (limit === null || order.length < limit) return;
    const row = region.reserve(4);
    order.rows(limit - 1, 1, row);
    output.reset();
    filter.set(store.table().gather(row, 1, output));
  };

  /** Keeps only the first `count` rows. */
  const cut = async (count: number): Promise<boolean> => {
    const order = await orderOf(0, store.chunks);
    if (order === null) return false;
    setLimitKey(order);
    const kept = newStore();
    let whole = true;
    try {
      for await (const batch of inOrder(store, types, order, count, region, output, context))
        whole &&= kept.tryAppend(batch);
    } catch (error) {
      kept.release();
      throw error;
    }
    if (whole) store.release();
    else kept.release();
    if (whole) store = kept;
    region.release();
    return whole;
  };

  /** Writes chunks [from, to) as a run, or as two where memory does not suffice to sort them at once. */
  const writeChunks = async (from: number, to: number): Promise<void> => {
    const order = await orderOf(from, to);
    if (order !== null) {
      setLimitKey(order);
      await runs.write(store, order, region);
      return;
    }
    if (to - from === 1)
      throw memoryError(owner, orderBytes(store.rowsOf(from)), arena.reserved, arena.capacity);
    const middle = (from + to) >> 1;
    await writeChunks(from, middle);
    await writeChunks(middle, to);
  };

  const spill = async (): Promise<void> => {
    await writeChunks(0, store.chunks);
    region.release();
    store.clear();
  };

  /** Makes room by leaving out what is behind the limit, or by writing a run. */
  const makeRoom = async (): Promise<void> => {
    if (limit !== null && store.length >= 2 * limit && (await cut(limit))) return;
    await spill();
  };

  /** Bytes of what is held, without what it takes to put it in order. */
  const held = (): number => store.held + dictionaries.held + ranks.held;

  const hold = async (piece: Batch): Promise<void> => {
    if (spare.held === 0) spare.tryReserve(spareBytes);
    const order = Math.max(spare.held, orderBytes(store.length + piece.length));
    const wanted = held() + heldBytes(piece, context) + order;
    if (wanted > share && store.length >= (limit === null ? 1 : leastLimited)) await makeRoom();
    if (store.tryAppend(piece)) return;
    if (store.length > 0) await makeRoom();
    if (!store.tryAppend(piece))
      throw memoryError(owner, heldBytes(piece, context), arena.reserved, arena.capacity);
  };

  try {
    for await (const batch of input) {
      for (const piece of pieces(batch, region, context)) {
        stopIfAborted(context);
        await hold(filter.passed(piece));
        if (limit !== null && store.length >= Math.max(2 * limit, leastCut)) await makeRoom();
      }
    }
    if (store.length === 0 && runs.count === 0) return;
    const order = runs.count === 0 ? await orderOf(0, store.chunks) : null;
    if (order !== null) {
      yield* inOrder(store, types, order, limit, region, output, context);
      return;
    }
    if (store.length > 0) await spill();
    store.release();
    region.release();
    output.release();
    yield* runs.merged();
  } finally {
    runs.release();
    store.release();
    region.release();
    output.release();
    filter.release();
    spare.release();
    ranks.release();
    dictionaries.release();
  }
}

async function* inOrder(
  store: RowStore,
  types: readonly DataType[],
  order: RowOrder,
  limit: number | null,
  region: Region,
  output: Region,
  context: Context,
): Stream {
  const table = store.table();
  const end = Math.min(limit ?? order.length, order.length);
  // Of wide rows fewer come at once.
  const bytes = Math.max(1, store.held / Math.max(1, store.length));
  const wide = Math.max(1, Math.floor((context.arena.capacity * batchPart) / bytes));
  const most = Math.min(batchSize(types, context), wide);
  const rows = region.reserve(most * 4);
  for (let row = 0; row < end; row += most) {
    const count = Math.min(most, end - row);
    order.rows(row, count, rows);
    yield* table.batches(rows, count, output, context.arena.capacity * batchPart);
    await breathe(context);
  }
}

/** Of the arena, for a batch that is given out. */
const batchPart = 1 / 16;

/** So many rows are held before a limit makes a run of them: what is kept may be about as much as the share. */
const leastLimited = 512;

/** Rows that are worth a cut to the limit. */
const leastCut = 65536;

/** The batch in pieces that do not fill the share. */
function* pieces(batch: Batch, region: Region, context: Context): Generator<Batch, void, void> {
  const bytes = Math.max(1, heldBytes(batch, context));
  const most = Math.floor((batch.length * context.share) / 8 / bytes);
  // From a multiple of eight on no bitmap is copied.
  const rows = most < 8 ? Math.max(1, most) : Math.min(batchRows, most - (most % 8));
  for (let from = 0; from < batch.length; from += rows)
    yield sliceBatch(batch, from, Math.min(rows, batch.length - from), region, context.kernels);
}
