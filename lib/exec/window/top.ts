/**
 * Drops rows that cannot be among the first of their partition, so that few are left to be sorted.
 *
 *   rows ─▶ partition (GroupTable) ─┬▶ first sort key as a word ─▶ too late? ─▶ candidates ─(full, or at the end)─▶ out
 *                                   └▶ the table is full and does not have it ─▶ partitions on disk ─▶ each the same way
 *
 * Of each partition the first n words so far are kept; a row with a greater one is too late. Rows of a partition keep
 * their order, and there may be more of them than wanted.
 *
 * Memory: of the share up to half for a key row, n words and a brief one a partition; candidates have what is left.
 */
import { type Batch, fixedVector, type Vector } from '../../arrow/batch.js';
import type { Schema } from '../../arrow/schema.js';
import { type DataType, int32, physicalOf, uint64 } from '../../arrow/types.js';
import { GroupTable } from '../../kernels/group-table.js';
import { Overflow } from '../../kernels/overflow.js';
import { takeBatch } from '../../kernels/take.js';
import { kernel } from '../../kernels/wasm.js';
import type { Region } from '../../memory/arena.js';
import { bind } from '../../plan/bind.js';
import type { Bound } from '../../plan/bound.js';
import type { SortKey } from '../../plan/expr.js';
import type { Window, WindowTop } from '../../plan/plan.js';
import type { Context, Stream } from '../context.js';
import { evaluate } from '../evaluate.js';
import { evaluated } from '../evaluated.js';
import { Memo } from '../memo.js';
import { spillingMachine } from '../spilling-machine.js';
import { Candidates } from './candidates.js';
import { type Chosen, FirstWords } from './first-words.js';

const owner = 'window';

/** Rows are those of the input, and behind them what partitions are computed by. */
interface Job {
  readonly most: WindowTop;
  /** Columns of the input. */
  readonly width: number;
  readonly types: readonly DataType[];
  /** Where the partition's keys are. */
  readonly keys: readonly number[];
  /** The first sort key, if there is one. */
  readonly order: Bound | null;
  readonly how: SortKey | null;
  /** Does no other sort key come after it? */
  readonly alone: boolean;
}

export function top(
  { partitionBy, orderBy }: Pick<Window, 'partitionBy' | 'orderBy'>,
  most: WindowTop,
  input: Stream,
  schema: Schema,
  context: Context,
): Stream {
  const columns = schema.fields.map(
    ({ type, nullable }, index): Bound => ({ op: 'column', index, type, nullable }),
  );
  const width = columns.length;
  const keys = partitionBy.map((key) => {
    const bound = bind(key, schema);
    return bound.op === 'column' ? bound.index : columns.push(bound) - 1;
  });
  const [how = null] = orderBy;
  const job: Job = {
    most,
    width,
    types: columns.map(({ type }) => type),
    keys,
    order: how && bind(how.expr, schema),
    how,
    alone: orderBy.length === 1,
  };
  const rows = columns.length === width ? input : evaluated(columns, input, context, owner);
  return topRows(job, rows, 0, context);
}

/** `used`: by how many bits of their hash these rows were partitioned. */
async function* topRows(job: Job, rows: Stream, used: number, context: Context): Stream {
  const { arena, kernels, share } = context;
  const { most, types, keys, width } = job;
  const overflow = new Overflow(types, keys, used, share, spillingMachine(context), owner);
  const room = overflow.left;
  const region = arena.region(owner);
  const memo = new Memo(context, owner);
  const releases: (() => void)[] = [];
  const release = (): void => {
    for (const one of releases.splice(0)) one();
  };
  try {
    const first = new FirstWords(most, context, owner);
    releases.push(() => first.release());
    const table: GroupTable = new GroupTable(
      keys.map((key) => types[key]!),
      arena,
      kernels,
      owner,
      (groups, more) => table.held + more + first.bytesFor(groups) <= room / 2 && first.tryReserve(groups),
    );
    releases.push(() => table.release());
    const left = (): number => room - table.held - first.bytesFor(table.count);
    const candidates = new Candidates([...types.slice(0, width), int32, uint64], left, context, owner);
    releases.push(() => candidates.release());
    const inTime = (all: Batch, scratch: Region): Chosen => {
      const [groups, words] = all.columns.slice(width) as [Vector, Vector];
      return first.keep(groups.data, words.data, all.length, scratch);
    };
    for await (const batch of rows) {
      region.reset();
      const assigned = table.assign(
        keys.map((key) => batch.columns[key]!),
        batch.length,
        region,
      );
      const { groups, known, rest } = table.divide(assigned, batch, region);
      if (rest !== null) overflow.add(rest);
      if (overflow.full) await overflow.flush();
      const { length } = known;
      first.grow(table.count);
      const { address, exact } = wordsOf(job, known, region, context, memo);
      const chosen = first.select(groups, address, length, exact, region);
      if (chosen.count === 0) continue;
      const own = [fixedVector(int32, length, groups), fixedVector(uint64, length, address)];
      const all = { length, columns: [...known.columns.slice(0, width), ...own] };
      candidates.add(takeBatch(all, chosen.rows, chosen.count, region, context));
      if (candidates.full) yield* candidates.cut(inTime, width);
    }
    yield* candidates.take(inTime, width);
    const fitting = table.count;
    release();
    region.release();
    for await (const part of overflow.parts(fitting)) yield* topRows(job, part.batches, part.used, context);
  } finally {
    release();
    overflow.release();
    memo.release();
    region.release();
  }
}

/** Words in the order of the rows; `exact` where equal words are equal in order. */
function wordsOf(
  { order, how, alone }: Job,
  rows: Batch,
  region: Region,
  context: Context,
  memo: Memo,
): { readonly address: number; readonly exact: boolean } {
  const { length } = rows;
  if (order === null || how === null) return { address: region.reserveZeroed(length * 8), exact: true };
  const column = evaluate(order, rows, region, context, memo);
  const { data, validity, offsets, dictionary } = column;
  const { kernels } = context;
  const address = region.reserve(length * 8);
  const given = [validity, length, how.descending ? 1 : 0, how.nullsFirst ? 1 : 0, address] as const;
  const physical = physicalOf(column.type);
  if (column.type.kind === 'null') region.arena.bytes.fill(255, address, address + length * 8);
  else if (physical !== 'text') kernel(kernels, `top_words_${physical}`)(data, ...given);
  else if (dictionary === null) kernels.top_words_text(data, offsets, 0, ...given);
  else kernels.top_words_text(dictionary.data, dictionary.offsets, data, ...given);
  return { address, exact: alone && validity === 0 && physical !== 'text' && physical !== 'i128' };
}
