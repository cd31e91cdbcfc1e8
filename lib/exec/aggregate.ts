/**
 * Groups and aggregates.
 *
 *   input ─▶ keys ─▶ groups (GroupTable) ─┐
 *         └▶ arguments, filters ──────────┴▶ states (AggregateStates) ─▶ at the end: keys + results, in batches
 *
 * Memory: a key row, 8 bytes or less of index and a struct of states for each group, whatever the number of rows;
 * exact quantiles hold 12 bytes a row, distinct aggregates a key row for each distinct value of each group.
 */
import { batchRows } from '../arrow/batch.js';
import type { Schema } from '../arrow/schema.js';
import { breathe } from '../breathe.js';
import type { Runtime } from '../formats/format.js';
import { AggregateStates } from '../kernels/aggregate-states.js';
import { GroupTable } from '../kernels/group-table.js';
import { bind } from '../plan/bind.js';
import { bindAggregate } from '../plan/bind-aggregate.js';
import type { Bound } from '../plan/bound.js';
import type { Aggregate } from '../plan/plan.js';
import type { Stream } from './context.js';
import { evaluate } from './evaluate.js';
import { guarded } from './guarded.js';
import { Memo } from './memo.js';

const owner = 'aggregate';

/** One row per distinct combination of keys, in order of first appearance; without keys always one row. */
export async function* aggregate(
  node: Pick<Aggregate, 'keys' | 'aggregates'>,
  input: Stream,
  inputSchema: Schema,
  runtime: Runtime,
): Stream {
  const { arena, kernels } = runtime;
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
  const types = inputs.list.map((one) => one.type);
  const table = new GroupTable(
    keys.map((key) => key.type),
    arena,
    kernels,
    owner,
  );
  const region = arena.region(owner);
  const memo = new Memo(runtime, owner);
  let held: AggregateStates | null = null;
  try {
    const states = new AggregateStates(specs, types, runtime, owner, keys.length === 0);
    held = states;
    for await (const batch of input) {
      region.reset();
      const columns = keys.map((key) => evaluate(key, batch, region, runtime, memo));
      const { groups } = table.assign(columns, batch.length, region);
      const values = inputs.list.map((one) => evaluate(one, batch, region, runtime, memo));
      states.update(groups, table.count, batch.length, values, region);
    }
    if (keys.length === 0) states.growEmpty(1);
    for (let from = 0; from < states.count; from += batchRows) {
      await breathe(runtime);
      region.reset();
      const length = Math.min(batchRows, states.count - from);
      const results = specs.map((_, index) => states.finish(index, from, length, region));
      yield { length, columns: [...table.columns(from, length, region), ...results] };
    }
  } finally {
    region.release();
    memo.release();
    held?.release();
    table.release();
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
