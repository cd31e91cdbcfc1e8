/**
 * Groups and aggregates.
 *
 *   input ─▶ keys, arguments, filters ─▶ groups (GroupTable) ─┬▶ known or new: states (AggregateStates) ─▶ keys + results
 *                                                             └▶ the table is full: partitions on disk ─▶ each the same way
 *
 * A full table goes on taking the rows of the groups that it has, so that there is no cliff; only rows of other groups
 * wait on disk (Overflow), as rows, so that every aggregate works this way and none needs its state to be written.
 *
 * Memory: the share. Each group takes a key row, 16 bytes or less of index and a struct of states, whatever the number
 * of rows. States that grow with their rows (quantiles, distinct aggregates, texts) have half of the share, and put to disk
 * what it does not hold.
 */
import { fixedVector } from '../arrow/batch.js';
import type { Schema } from '../arrow/schema.js';
import { type DataType, int32 } from '../arrow/types.js';
import { breathe } from '../breathe.js';
import { batchSize } from '../formats/batch-size.js';
import { type AggregateSpec, AggregateStates } from '../kernels/aggregate-states.js';
import { grows } from '../kernels/aggregates.js';
import { GroupTable } from '../kernels/group-table.js';
import { Overflow } from '../kernels/overflow.js';
import { take, takeBatch } from '../kernels/take.js';
import { bind } from '../plan/bind.js';
import { bindAggregate } from '../plan/bind-aggregate.js';
import type { Bound } from '../plan/bound.js';
import type { Aggregate } from '../plan/plan.js';
import type { Context, Stream } from './context.js';
import { evaluate } from './evaluate.js';
import { guarded } from './guarded.js';
import { Memo } from './memo.js';
import { spillingMachine } from './spilling-machine.js';

const owner = 'aggregate';

/** What is computed, over rows of keys and then inputs. */
interface Job {
  readonly keyTypes: readonly DataType[];
  readonly inputTypes: readonly DataType[];
  readonly specs: readonly AggregateSpec[];
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
  const keys = node.keys.map((key) => bind(key.expr, inputSchema));
  const aggregates = node.aggregates.map((one) => bindAggregate(one, inputSchema));
  const inputs = new Inputs();
  const specs = aggregates.map((one) => ({
    name: one.name,
    state: one.state,
    result: one.type,
    args: one.args.map((arg) => inputs.add(guarded(arg, one.filter))),
    filter: one.filter === null ? -1 : inputs.add(one.filter),
    distinct: one.distinct,
    parameter: one.parameter,
  }));
  const job = {
    keyTypes: keys.map((key) => key.type),
    inputTypes: inputs.list.map((one) => one.type),
    specs,
  };
  return aggregateRows(job, evaluated([...keys, ...inputs.list], input, context), 0, context);
}

/** The values of the expressions for each batch. */
async function* evaluated(expressions: readonly Bound[], input: Stream, context: Context): Stream {
  const region = context.arena.region(owner);
  const memo = new Memo(context, owner);
  try {
    for await (const batch of input) {
      region.reset();
      const columns = expressions.map((one) => evaluate(one, batch, region, context, memo));
      yield { length: batch.length, columns };
    }
  } finally {
    region.release();
    memo.release();
  }
}

/** `level`: how many times these rows were partitioned. */
async function* aggregateRows(job: Job, rows: Stream, level: number, context: Context): Stream {
  const { arena, kernels, share } = context;
  const { keyTypes, inputTypes, specs } = job;
  const overflow = new Overflow(
    [...keyTypes, ...inputTypes],
    keyTypes.length,
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
      let { groups } = found;
      let known = batch;
      if (found.knownCount < batch.length) {
        const rest = batch.length - found.knownCount;
        overflow.add(takeBatch(batch, found.unknown, rest, region, context));
        if (overflow.full) await overflow.flush();
        known = takeBatch(batch, found.known, found.knownCount, region, context);
        groups = take(fixedVector(int32, 0, groups), found.known, known.length, region, context).data;
      }
      states.update(groups, table.count, known.length, known.columns.slice(keyTypes.length), region);
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
    for await (const part of overflow.parts(fitting)) yield* aggregateRows(job, part, level + 1, context);
  } finally {
    for (const release of releases) release();
  }
}

/** The expressions that aggregates need, each evaluated once a batch. */
class Inputs {
  readonly list: Bound[] = [];
  readonly #known = new Map<string, number>();

  add(bound: Bound): number {
    const key = JSON.stringify(bound);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.list.length);
    return this.list.push(bound) - 1;
  }
}
