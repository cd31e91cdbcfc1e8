/**
 * Hash join. The smaller side is held, the other streams by.
 *
 *   build side ─▶ table ─(too large)─▶ partitions ─┬▶ the first ones stay in the table
 *                                                  `▶ the others go to disk ──────────────┐
 *   probe side ─▶ partition in the table? ─┬▶ yes: matches, out                           ├▶ joined pair by pair, each
 *                                          `▶ no: to disk ────────────────────────────────┘  like the whole, by other bits
 *                                            unless a Bloom filter knows that it has no partner there
 *
 * A partition that its hash does not split, because one key has most of the rows, is joined piece by piece: as much of
 * the build side as fits is held, all probe rows stream by, then the next piece. Which probe rows have matched is noted
 * until the last piece has been.
 *
 * A build side that is whole also says which chunks of the probe side's source are worth reading (narrow-probe.ts), and which of
 * its rows (reduce.ts).
 *
 * Memory: the operator's share for the table, the filter, and for rows waiting to be written; a bit a probe row of a partition that
 * is joined in pieces. What comes out is never held: a row may have any number of matches.
 */
import type { Batch } from '../arrow/batch.js';
import { breathe } from '../breathe.js';
import { isMemoryError } from '../errors.js';
import { BloomFilter } from '../kernels/bloom-filter.js';
import { JoinTable } from '../kernels/join-table.js';
import { takeBatch } from '../kernels/take.js';
import type { Region } from '../memory/arena.js';
import type { Join, Plan } from '../plan/plan.js';
import type { Context, Stream } from './context.js';
import { Matcher } from './join/matcher.js';
import { narrowProbe } from './join/narrow-probe.js';
import { Partitions, type Remaining } from './join/partitions.js';
import { type Reduced, reduce } from './join/reduce.js';
import { type Shape, type Side, shapeOf, sideOf } from './join/shape.js';
import { buildsLeft, withKeys } from './join/sides.js';
import { Memo } from './memo.js';

const owner = 'join';

/** Of the share: what rows waiting to be written may take on either side. */
const pendingPart = 1 / 8;

/**
 * Of the share: what stays free in the arena, whoever has the rest (the dictionaries of a source may be large). Rows on
 * their way out of the table are there twice, and wait for others of their partition.
 */
const sparePart = 5 / 16;

/** Of the share: the filter, which is only made when rows go to disk. In memory finding a row costs less than what a filter would save. */
const filterPart = 1 / 16;

/** Bytes that a row needs beside itself: at least, and as a rule at most. */
const leastIndexBytes = 4;
const mostIndexBytes = 28;

/** Bits of the hash that are not used to partition: tables need some. */
const spareBits = 16;

/** `open` gives the rows of an input. */
export async function* join(
  node: Join,
  open: (plan: Plan, context: Context) => Stream,
  context: Context,
): Stream {
  const left = buildsLeft(node);
  const sides = { build: sideOf(node, left), probe: sideOf(node, !left) };
  const { build, probe } = sides;
  const [buildPlan, probePlan] = left ? [node.left, node.right] : [node.right, node.left];
  const memo = new Memo(context, owner);
  const task: Task = { shape: shapeOf(node, left), build, probe, bits: bitsFor(context), memo, context };
  let reduced: Reduced | null = null;
  const worthReading = (table: JoinTable): Plan =>
    node.on.reduce((plan, key, i) => {
      const range = table.range(i);
      if (range === null) return plan;
      return narrowProbe(plan, {
        ...range,
        key: left ? key.right : key.left,
        type: probe.types[probe.keyColumns[i]!]!,
      });
    }, probePlan);
  const opened = (table: JoinTable | null): Stream => {
    if (table === null || task.shape.probe === 'unmatched') return open(probePlan, context);
    reduced = reduce(node, left, sides, table, worthReading(table), context);
    const { plan, tests } = reduced;
    return open(plan, { ...context, keyTests: new Map([...(context.keyTests ?? []), ...tests]) });
  };
  try {
    yield* joinWhole(
      task,
      withKeys(open(buildPlan, context), build, context),
      (table) => withKeys(opened(table), probe, context),
      0,
    );
  } finally {
    (reduced as Reduced | null)?.release();
    memo.release();
  }
}

/** What stays the same however often rows are partitioned. */
interface Task {
  readonly shape: Shape;
  readonly build: Side;
  readonly probe: Side;
  /** Of the hash, for each level of partitions. */
  readonly bits: number;
  readonly memo: Memo;
  readonly context: Context;
}

type Batches = AsyncIterable<Batch> | Iterable<Batch>;

/** `probe` is told the table if that is the whole build side. */
async function* joinWhole(
  task: Task,
  build: Batches,
  probe: (table: JoinTable | null) => Batches,
  level: number,
): Stream {
  const { context, shape } = task;
  const table = tableOf(task);
  const matcher = new Matcher(shape, table, task.build, task.probe, task.memo, context);
  const region = context.arena.region(owner);
  const place = { number: level, bits: task.bits };
  const room = (): number => roomFor(table, built === null ? 1 : 1 - 2 * pendingPart - filterPart, context);
  /** Partitions below this number stay in the table. */
  let resident = 2 ** task.bits;
  let built: Partitions | null = null;
  let probed: Partitions | null = null;
  /** Of the keys of the build side; deeper down all that it would tell is known. */
  let filter: BloomFilter | null = null;
  let rows = 0;

  /** Makes room in the table: half of its partitions go. */
  const evict = async (): Promise<void> => {
    const pending = context.share * pendingPart;
    if (built === null && level === 0) filter = new BloomFilter(context.share * filterPart, context, owner);
    built ??= await Partitions.create(task.build, place, pending, context, owner);
    resident = Math.floor(resident / 2);
    const partitions = built;
    await stepping(
      table.keep((batch, into) => split(partitions, batch, into)),
      context,
    );
  };

  /** Rows of the build side: those that stay. */
  const split = (partitions: Partitions, batch: Batch, into: Region): Remaining => {
    const hashes = partitions.hash(batch, into);
    filter?.add(hashes, batch.length);
    return partitions.add(batch, hashes, resident, into);
  };

  try {
    for await (const batch of build) {
      rows += batch.length;
      if (built === null) table.rows.append(batch);
      else {
        region.reset();
        const some = split(built, batch, region);
        if (some.count > 0) table.rows.appendRows(batch, some.rows, some.count, region);
      }
      while (resident > 0 && table.held + table.rows.length * leastIndexBytes > room()) await evict();
    }
    while (!(await indexed(table, shape, resident === 0 ? Number.POSITIVE_INFINITY : room(), context)))
      await evict();
    const partitions = built as Partitions | null;
    if (partitions === null) {
      if (matcher.wantsProbe)
        for await (const batch of probe(table)) yield* breathing(matcher.match(batch, null), context);
    } else {
      partitions.close();
      probed = await Partitions.create(task.probe, place, context.share * pendingPart, context, owner);
      for await (const batch of probe(null)) {
        region.reset();
        const hashes = probed.hash(batch, region);
        const { rows: some, count: near, strays } = probed.add(batch, hashes, resident, region, filter);
        const count = shape.probe === 'unmatched' ? near + strays : near;
        if (count === 0) continue;
        const found = count === batch.length ? batch : takeBatch(batch, some, count, region, context);
        yield* breathing(matcher.match(found, null), context);
      }
      probed.close();
    }
    (filter as BloomFilter | null)?.release();
    yield* breathing(matcher.rest(), context);
    matcher.release();
    table.release();
    region.release();
    if (partitions !== null && probed !== null)
      for (let p = resident; p < partitions.count; p++)
        yield* joinPartition(task, partitions, probed, p, rows, level);
  } finally {
    matcher.release();
    table.release();
    region.release();
    (filter as BloomFilter | null)?.release();
    (built as Partitions | null)?.release();
    probed?.release();
  }
}

/** `rows` are those of the build side that were split. */
async function* joinPartition(
  task: Task,
  built: Partitions,
  probed: Partitions,
  partition: number,
  rows: number,
  level: number,
): Stream {
  const { shape, bits } = task;
  const own = built.rowsOf(partition);
  if (own === 0 && shape.probe !== 'unmatched') return;
  if (probed.rowsOf(partition) === 0 && shape.build !== 'unmatched') return;
  const splits = own < rows * 0.9 && bits * (level + 2) <= 64 - spareBits;
  if (splits) yield* joinWhole(task, built.read(partition), () => probed.read(partition), level + 1);
  else yield* joinPieces(task, built.read(partition), () => probed.read(partition), probed.rowsOf(partition));
}

async function* joinPieces(
  task: Task,
  build: Generator<Batch, void, void>,
  probe: () => Generator<Batch, void, void>,
  probeRows: number,
): Stream {
  const { context, shape } = task;
  const marked = context.arena.region(owner);
  try {
    const address = shape.probe === null ? 0 : marked.reserveZeroed(Math.ceil(probeRows / 8) + 8);
    for (let more = true; more; ) {
      const table = tableOf(task);
      const matcher = new Matcher(shape, table, task.build, task.probe, task.memo, context);
      try {
        more = fill(table, build, context);
        await breathe(context);
        await indexed(table, shape, Number.POSITIVE_INFINITY, context);
        let from = 0;
        for (const batch of probe()) {
          yield* breathing(matcher.match(batch, address === 0 ? null : { address, from }), context);
          from += batch.length;
        }
        yield* breathing(matcher.rest(), context);
        from = 0;
        if (address !== 0 && !more)
          for (const batch of probe()) {
            yield* breathing(matcher.noted(batch, { address, from }), context);
            from += batch.length;
          }
      } finally {
        matcher.release();
        table.release();
      }
    }
  } finally {
    build.return();
    marked.release();
  }
}

/** As many rows as fit; are there more? */
function fill(table: JoinTable, build: Generator<Batch, void, void>, context: Context): boolean {
  for (;;) {
    const { done, value } = build.next();
    if (done === true) return false;
    table.rows.append(value);
    if (table.held + table.rows.length * mostIndexBytes > roomFor(table, 1, context)) return true;
  }
}

/** Bytes that a table may take: a part of the share, or less where the arena is nearly full. */
function roomFor(table: JoinTable, part: number, { arena, share }: Context): number {
  const free = arena.capacity - arena.reserved - share * sparePart;
  return Math.min(share * part, table.held + free);
}

function tableOf({ build, shape, context }: Task): JoinTable {
  const { types, keyColumns } = build;
  return new JoinTable(types, keyColumns, shape.nullsEqual, context.share / 16, context, owner);
}

/** Makes the table ready; false if `limit` bytes do not suffice. */
async function indexed(table: JoinTable, shape: Shape, limit: number, context: Context): Promise<boolean> {
  try {
    if ((await stepping(table.index(limit), context)) && (shape.build === null || table.tryMarks(limit)))
      return true;
  } catch (error) {
    // With a limit there is another way.
    if (!isMemoryError(error) || limit === Number.POSITIVE_INFINITY) throw error;
  }
  table.forget();
  return false;
}

/**
 * So many that partitions of a few times the share fit, and their tables into the caches; but what waits to be written of
 * each is to be worth a write: 32 KB, and 128 KB from 64 partitions on.
 */
function bitsFor({ share }: Context): number {
  const few = Math.min(6, Math.max(2, Math.floor(Math.log2(share / 2 ** 18))));
  return Math.max(few, Math.min(8, Math.floor(Math.log2(share / 2 ** 20))));
}

async function stepping<T>(steps: Generator<void, T, void>, context: Context): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await breathe(context);
  }
}

async function* breathing(batches: Generator<Batch, void, void>, context: Context): Stream {
  for (const batch of batches) {
    yield batch;
    await breathe(context);
  }
}
