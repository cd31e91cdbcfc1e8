/**
 * Drops rows that cannot be among the first of their partition, so that few are left to be sorted.
 *
 *   rows ─▶ partition (GroupTable), first sort key as a word ─▶ not after the n-th word of the partition so far? ─▶ out
 *
 * Rows that come out keep their order, and there may be more than wanted. Memory: a key row and n words a partition;
 * where `room` does not suffice, all further rows come out.
 */
import type { Vector } from '../../arrow/batch.js';
import { physicalOf } from '../../arrow/types.js';
import { GroupTable } from '../../kernels/group-table.js';
import { takeBatch } from '../../kernels/take.js';
import { kernel } from '../../kernels/wasm.js';
import { Growable, type Region } from '../../memory/arena.js';
import type { Bound } from '../../plan/bound.js';
import type { SortKey } from '../../plan/expr.js';
import type { WindowTop } from '../../plan/plan.js';
import type { Context, Stream } from '../context.js';
import { evaluate } from '../evaluate.js';
import { Memo } from '../memo.js';

/** `order`: the first sort key, if there is one; `alone`: there is no other. */
export async function* top(
  { by, rows: most }: WindowTop,
  partitionBy: readonly Bound[],
  order: TopOrder | null,
  input: Stream,
  room: number,
  context: Context,
): Stream {
  const { arena, kernels } = context;
  const owner = 'window';
  const region = arena.region(owner);
  const memo = new Memo(context, owner);
  const types = partitionBy.map((key) => key.type);
  const table = new GroupTable(types, arena, kernels, owner);
  const words = new Growable(arena, owner);
  const bytes = most * 8;
  let groups = 0;
  /** Bytes that table and words take. */
  let held = 0;
  try {
    for await (const batch of input) {
      // Tables double.
      if (held * 3 > room) {
        table.release();
        words.release();
        yield batch;
        continue;
      }
      region.reset();
      const { length } = batch;
      const before = arena.reserved - region.held;
      const groupsOf = (): number => {
        if (partitionBy.length === 0) return region.reserveZeroed(length * 4);
        const keys = partitionBy.map((key) => evaluate(key, batch, region, context, memo));
        return table.assign(keys, length, region).groups;
      };
      const rowGroups = groupsOf();
      const count = partitionBy.length === 0 ? 1 : table.count;
      words.ensure(count * bytes);
      arena.bytes.fill(255, words.address + groups * bytes, words.address + count * bytes);
      groups = count;
      held += arena.reserved - region.held - before;
      let rowWords = 0;
      let exact = order === null;
      if (order === null) rowWords = region.reserveZeroed(length * 8);
      else {
        const column = evaluate(order.bound, batch, region, context, memo);
        rowWords = wordsOf(column, order.key, region, context);
        exact = order.alone && column.validity === 0 && tellsApart(column);
      }
      const chosen = region.reserve((length + 1) * 4);
      const distinct = by === 'dense_rank';
      const strict = by === 'row_number' && exact;
      const left = kernels.top_select(
        ...([rowGroups, rowWords, length, most, words.address] as const),
        ...([distinct, strict, chosen] as const),
      );
      if (left === length) yield batch;
      else if (left > 0) yield takeBatch(batch, chosen, left, region, context);
    }
  } finally {
    table.release();
    words.release();
    memo.release();
    region.release();
  }
}

export interface TopOrder {
  readonly bound: Bound;
  readonly key: SortKey;
  readonly alone: boolean;
}

/** Have different values different words? */
function tellsApart(column: Vector): boolean {
  const physical = physicalOf(column.type);
  return physical !== 'text' && physical !== 'i128';
}

function wordsOf(column: Vector, key: SortKey, region: Region, { kernels }: Context): number {
  const { type, length, data, validity, offsets, dictionary } = column;
  const out = region.reserve(length * 8);
  const how = [key.descending ? 1 : 0, key.nullsFirst ? 1 : 0, out] as const;
  const physical = physicalOf(type);
  if (type.kind === 'null') region.arena.bytes.fill(255, out, out + length * 8);
  else if (physical !== 'text') kernel(kernels, `top_words_${physical}`)(data, validity, length, ...how);
  else if (dictionary === null) kernels.top_words_text(data, offsets, 0, validity, length, ...how);
  else kernels.top_words_text(dictionary.data, dictionary.offsets, data, validity, length, ...how);
  return out;
}
