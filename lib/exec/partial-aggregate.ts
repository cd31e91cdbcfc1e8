/**
 * The first of two phases: what is known of the groups of a piece of the rows, as columns of keys and states.
 *
 *   input ─▶ keys, arguments, filters ─▶ groups, states ─(full, or at the end)─▶ keys, states; all begins anew
 *                                    └─▶ (they reduce nothing) a state a row ─▶ keys, states
 *
 * Nothing goes to disk: whoever merges takes a group as often as it comes. For a group rows before go out before rows
 * after.
 *
 * Memory: three quarters of the share for groups and states, of which texts have half; what goes out takes the rest.
 */
import { type Batch, batchRows, head } from '../arrow/batch.js';
import type { Schema } from '../arrow/schema.js';
import { breathe } from '../breathe.js';
import { AggregateStates } from '../kernels/aggregate-states.js';
import { grows } from '../kernels/aggregates.js';
import { GroupTable } from '../kernels/group-table.js';
import { sliceBatch } from '../kernels/slice.js';
import { type AggregateSpec, layOutStates } from '../kernels/state-layout.js';
import type { Region } from '../memory/arena.js';
import type { Aggregate } from '../plan/plan.js';
import { type AggregateJob, aggregateJob } from './aggregate/job.js';
import type { Context, Stream } from './context.js';
import { evaluated } from './evaluated.js';

const owner = 'aggregate';

/** Where there are more groups for a row than so many, a table is not worth its price. */
const leastReduction = 2;

export function partialAggregate(
  node: Pick<Aggregate, 'keys' | 'aggregates'>,
  input: Stream,
  inputSchema: Schema,
  context: Context,
): Stream {
  const job = aggregateJob(node, inputSchema);
  return partialRows(job, evaluated([...job.keys, ...job.inputs], input, context, owner), context);
}

async function* partialRows(job: AggregateJob, rows: Stream, context: Context): Stream {
  const { arena } = context;
  const out = arena.region(owner);
  // What a full table leaves of a batch is in the one while the next table works in the other.
  const scratch: [Region, Region] = [arena.region(owner), arena.region(owner)];
  const most = (context.share * 3) / 4;
  let groups = new Groups(job, most, context);
  let reducing = true;
  try {
    for await (const batch of rows) {
      let rest: Batch | null = batch;
      while (reducing && rest !== null) {
        scratch.reverse();
        scratch[0].reset();
        rest = groups.add(rest, scratch[0]);
        if (rest === null && !groups.full) break;
        reducing = groups.count * leastReduction <= groups.rows;
        yield* groups.given(out);
        groups.release();
        groups = new Groups(job, most, context);
      }
      if (rest !== null) yield* eachRow(job, rest, most, out, context);
    }
    yield* groups.given(out);
  } finally {
    groups.release();
    for (const region of [...scratch, out]) region.release();
  }
}

/** What is known of the groups so far. */
class Groups {
  readonly #keys: number;
  readonly #table: GroupTable;
  readonly #states: AggregateStates;
  readonly #mostTexts: number;
  readonly #context: Context;
  readonly #outRows: number;
  #rows = 0;

  constructor({ keyTypes, inputTypes, specs }: AggregateJob, most: number, context: Context) {
    const { arena, kernels } = context;
    const states = new AggregateStates(specs, inputTypes, context, owner, keyTypes.length === 0);
    this.#keys = keyTypes.length;
    this.#context = context;
    this.#states = states;
    this.#mostTexts = specs.some(grows) ? most / 2 : 0;
    this.#outRows = rowsWithin(most / 4, specs);
    const forGroups = most - this.#mostTexts;
    try {
      const table: GroupTable = new GroupTable(
        ...([keyTypes, arena, kernels, owner] as const),
        (count, bytes) =>
          table.held + bytes + states.bytesFor(count) <= forGroups && states.tryReserve(count),
      );
      this.#table = table;
    } catch (error) {
      states.release();
      throw error;
    }
  }

  get count(): number {
    return this.#states.count;
  }

  /** Rows that were added. */
  get rows(): number {
    return this.#rows;
  }

  /** Is there no room for more? */
  get full(): boolean {
    return this.#table.frozen || this.#states.heldTexts > this.#mostTexts;
  }

  /** Takes rows of keys and inputs; gives those, in `region`, for whose groups there is no room, or null. */
  add(batch: Batch, region: Region): Batch | null {
    const found = this.#table.assign(batch.columns.slice(0, this.#keys), batch.length, region);
    const { groups, known, rest } = this.#table.divide(found, batch, region);
    this.#states.update(groups, this.#table.count, known.length, known.columns.slice(this.#keys), region);
    this.#rows += known.length;
    return rest;
  }

  /** Keys and states of all groups. Nothing may be added after. */
  async *given(region: Region): Stream {
    for (let from = 0, length = 0; from < this.count; from += length) {
      await breathe(this.#context);
      region.reset();
      length = await this.#states.prepare(from, Math.min(this.#outRows, this.count - from));
      const keys = this.#table.columns(from, length, region);
      yield { length, columns: [...keys, ...this.#states.columns(from, length, region)] };
    }
  }

  release(): void {
    this.#table.release();
    this.#states.release();
  }
}

/** Each row as if it were a group. */
async function* eachRow(
  job: AggregateJob,
  batch: Batch,
  most: number,
  region: Region,
  context: Context,
): Stream {
  const { keyTypes, inputTypes, specs } = job;
  const rows = rowsWithin(most / 4, specs);
  for (let from = 0; from < batch.length; ) {
    region.reset();
    const states = new AggregateStates(specs, inputTypes, context, owner);
    try {
      const slice = sliceBatch(batch, from, Math.min(rows, batch.length - from), region, context.kernels);
      const groups = region.reserve(slice.length * 4);
      context.kernels.take_sequence(groups, 0, slice.length);
      const inputs = slice.columns.slice(keyTypes.length);
      states.update(groups, slice.length, slice.length, inputs, region);
      const length = await states.prepare(0, slice.length);
      const keys = head(slice, length).columns.slice(0, keyTypes.length);
      yield { length, columns: [...keys, ...states.columns(0, length, region)] };
      from += length;
    } finally {
      states.release();
    }
  }
}

/** How many rows of states go out at once: so many that they take about `bytes`. */
function rowsWithin(bytes: number, specs: readonly AggregateSpec[]): number {
  return Math.max(64, Math.min(batchRows, Math.floor(bytes / layOutStates(specs).bytes)));
}
