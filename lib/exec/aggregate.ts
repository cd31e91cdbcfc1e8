/**
 * Groups and aggregates.
 *
 *   input ─▶ keys, arguments, filters ─▶ groups (GroupTable) ─┬▶ known or new: states (AggregateStates) ─▶ keys + results
 *                                                             └▶ the table is full: partitions on disk ─▶ each the same way
 *
 * A final aggregate takes rows of keys and states (state-columns.ts) in place of arguments, and merges them.
 *
 * A full table goes on taking the rows of the groups that it has, so that there is no cliff; only rows of other groups
 * wait on disk (WaitingRows), as rows, so that every aggregate works this way and none needs its state to be written.
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
import { columnTypes } from '../kernels/state-columns.js';
import { layOutStates } from '../kernels/state-layout.js';
import { type KeyForm, spelledKeys, WaitingRows } from '../kernels/waiting-rows.js';
import type { Aggregate } from '../plan/plan.js';
import { type AggregateJob, aggregateJob } from './aggregate/job.js';
import type { Context, Stream } from './context.js';
import { evaluated } from './evaluated.js';
import { spillingMachine } from './spilling-machine.js';

const owner = 'aggregate';

/** Rows of keys and then columns of these types, and how they go into the states. */
interface Adding {
  readonly types: readonly DataType[];
  readonly add: 'update' | 'mergeColumns';
}

/** Rows that a table of their own takes. */
interface Rows {
  readonly keys: KeyForm;
  readonly stream: Stream;
  /** By how many bits of their hash they were partitioned. */
  readonly used: number;
  /** Bytes that they may take. */
  readonly share: number;
  /** So many groups there may well be, and there is room for them. */
  readonly groups: number;
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
  return aggregateRows(job, { types: job.inputTypes, add: 'update' }, allRows(job, rows, context), context);
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
  return aggregateRows(job, { types, add: 'mergeColumns' }, allRows(job, input, context), context);
}

function allRows({ keyTypes: types }: AggregateJob, stream: Stream, { share }: Context): Rows {
  return { keys: { types, texts: types.map(() => null) }, stream, used: 0, share, groups: 0 };
}

async function* aggregateRows(
  job: AggregateJob,
  adding: Adding,
  { keys, stream, used, share, groups: expected }: Rows,
  context: Context,
): Stream {
  const { arena, kernels } = context;
  const { keyTypes, inputTypes, specs } = job;
  const machine = spillingMachine(context);
  const waiting = new WaitingRows(keys, adding.types, used, share, machine, owner);
  // What grows with its rows has a part of its own; the table and the structs need theirs for as long.
  const growing = specs.some(grows) ? waiting.left / 2 : 0;
  const most = waiting.left - growing;
  const region = arena.region(owner);
  const releases: (() => void)[] = [() => waiting.release(), () => region.release()];
  try {
    const states = new AggregateStates(specs, inputTypes, context, owner, keyTypes.length === 0, {
      machine,
      share: growing,
    });
    releases.push(() => states.release());
    const table: GroupTable = new GroupTable(
      keys.types,
      arena,
      kernels,
      owner,
      (groups, bytes) =>
        table.held + bytes + states.bytesFor(groups) <= most + (table.frozen ? waiting.forFull : 0) &&
        states.tryReserve(groups),
    );
    releases.push(() => table.release());
    table.expect(expected);
    for await (const batch of stream) {
      region.reset();
      const found = table.assign(batch.columns.slice(0, keyTypes.length), batch.length, region);
      const { groups, known } = waiting.divide(table, found, batch, region);
      if (waiting.full) await waiting.flush();
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
      yield { length, columns: [...spelledKeys(table.columns(from, length, region), keys), ...results] };
    }
    const fitting = table.count;
    states.release();
    table.releaseGroups();
    region.release();
    for await (const { keys, part, held } of waiting.parts(table, fitting)) {
      const rows = { keys, stream: part.batches, used: part.used, share: share - held };
      yield* aggregateRows(job, adding, { ...rows, groups: Math.min(part.rows, fitting) }, context);
    }
  } finally {
    for (const release of releases) release();
  }
}
