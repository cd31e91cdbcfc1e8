/**
 * Groups and aggregates.
 *
 *   input ─▶ keys, arguments, filters ─▶ groups (GroupTable) ─┬▶ known or new: states (AggregateStates) ─▶ keys + results
 *                                                             └▶ the table is full: partitions on disk ─▶ each the same way
 *
 * A final aggregate takes rows of keys and states (state-columns.ts) in place of arguments, and merges them.
 *
 * A full table goes on taking the rows of the groups that it has, so that there is no cliff; only rows of other groups
 * wait on disk (Overflow), as rows, so that every aggregate works this way and none needs its state to be written.
 *
 * Memory: the share. Each group takes a key row, 16 bytes or less of index and a struct of states, whatever the number
 * of rows. States that grow with their rows (quantiles, distinct aggregates, texts) have half of the share, and put to disk
 * what it does not hold.
 */
import type { Schema } from '../arrow/schema.js';
import type { DataType } from '../arrow/types.js';
import { breathe } from '../breathe.js';
import { batchSize } from '../formats/batch-size.js';
import { AggregateStates } from '../kernels/aggregate-states.js';
import { grows } from '../kernels/aggregates.js';
import { GroupTable } from '../kernels/group-table.js';
import { Overflow } from '../kernels/overflow.js';
import { columnTypes } from '../kernels/state-columns.js';
import { layOutStates } from '../kernels/state-layout.js';
import type { Aggregate } from '../plan/plan.js';
import { type AggregateJob, aggregateJob } from './aggregate/job.js';
import type { Context, Stream } from './context.js';
import { evaluated } from './evaluated.js';
import { spillingMachine } from './spilling-machine.js';

const owner = 'aggregate';

/** How rows, of keys and then columns of these types, go into the states. */
interface Adding {
  readonly types: readonly DataType[];
  readonly add: 'update' | 'mergeColumns';
}

/**
 * One row per distinct combination of keys, in order of first appearance as long as they fit; without keys always one
 * row.
 */
export function aggregate(
  node: Pick<Aggregate, 'keys' | 'aggregates'>,
  input: Stream,
  inputSchema: Schema,
  context: Context,
): Stream {
  const job = aggregateJob(node, inputSchema);
  const rows = evaluated([...job.keys, ...job.inputs], input, context, owner);
  return aggregateRows(job, { types: job.inputTypes, add: 'update' }, rows, 0, context);
}

/** The same of rows of keys and states, as partial aggregates over the rows of `over` gave them. */
export function finalAggregate(
  node: Pick<Aggregate, 'keys' | 'aggregates'>,
  input: Stream,
  over: Schema,
  context: Context,
): Stream {
  const job = aggregateJob(node, over);
  const types = columnTypes(layOutStates(job.specs));
  return aggregateRows(job, { types, add: 'mergeColumns' }, input, 0, context);
}

/** `level`: how many times these rows were partitioned. */
async function* aggregateRows(
  job: AggregateJob,
  adding: Adding,
  rows: Stream,
  level: number,
  context: Context,
): Stream {
  const { arena, kernels, share } = context;
  const { keyTypes, inputTypes, specs } = job;
  const overflow = new Overflow(
    [...keyTypes, ...adding.types],
    keyTypes.map((_, k) => k),
    level,
    share,
    spillingMachine(context),
    owner,
  );
  // What grows with its rows has a part of its own; the table and the structs need theirs for as long.
  const growing = specs.some(grows) ? overflow.left / 2 : 0;
  const most = overflow.left - growing;
  const region = arena.region(owner);
  const releases: (() => void)[] = [() => overflow.release(), () => region.release()];
  try {
    const states = new AggregateStates(specs, inputTypes, context, owner, keyTypes.length === 0, {
      machine: spillingMachine(context),
      share: growing,
    });
    releases.push(() => states.release());
    const table: GroupTable = new GroupTable(
      keyTypes,
      arena,
      kernels,
      owner,
      (groups, bytes) => table.held + bytes + states.bytesFor(groups) <= most && states.tryReserve(groups),
    );
    releases.push(() => table.release());
    for await (const batch of rows) {
      region.reset();
      const found = table.assign(batch.columns.slice(0, keyTypes.length), batch.length, region);
      const { groups, known, rest } = table.divide(found, batch, region);
      if (rest !== null) overflow.add(rest);
      if (overflow.full) await overflow.flush();
      states[adding.add](groups, table.count, known.length, known.columns.slice(keyTypes.length), region);
      const settled = states.settle();
      if (settled !== null) await settled;
    }
    if (keyTypes.length === 0) states.growEmpty(1);
    const given = batchSize([...keyTypes, ...specs.map(({ result }) => result)], context);
    for (let from = 0, length = 0; from < states.count; from += length) {
      await breathe(context);
      region.reset();
      length = await states.prepare(from, Math.min(given, states.count - from));
      const results = specs.map((_, index) => states.finish(index, from, length, region));
      yield { length, columns: [...table.columns(from, length, region), ...results] };
    }
    const fitting = table.count;
    states.release();
    table.release();
    region.release();
    for await (const part of overflow.parts(fitting))
      yield* aggregateRows(job, adding, part, level + 1, context);
  } finally {
    for (const release of releases) release();
  }
}
