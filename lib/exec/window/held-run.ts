/**
 * As aggregate-run.ts, for groups each alone and aggregates whose states are of any size: texts, quantiles.
 *
 * Memory: what the aggregate keeps of the groups of one batch, and of the group that is open.
 */
import type { Vector } from '../../arrow/batch.js';
import { AggregateStates } from '../../kernels/aggregate-states.js';
import { nulls } from '../../kernels/convert.js';
import { sliceBatch } from '../../kernels/slice.js';
import type { Region } from '../../memory/arena.js';
import type { BoundAggregate } from '../../plan/bind-aggregate.js';
import type { Context } from '../context.js';
import { evaluate } from '../evaluate.js';
import { guarded } from '../guarded.js';
import type { Grouped, Run } from './run.js';

export class HeldRun implements Run {
  readonly #aggregate: BoundAggregate;
  readonly #context: Context;
  readonly #owner: string;
  #open: AggregateStates;

  constructor(aggregate: BoundAggregate, context: Context, owner: string) {
    this.#aggregate = aggregate;
    this.#context = context;
    this.#owner = owner;
    this.#open = this.#states();
  }

  add({ batch, memo, ordinals, groups }: Grouped, region: Region): Vector {
    const context = this.#context;
    const { arena } = context;
    const { args, filter } = this.#aggregate;
    const { length } = batch;
    const inputs = args.map((arg) => evaluate(guarded(arg, filter), batch, region, context, memo));
    if (filter !== null) inputs.push(evaluate(filter, batch, region, context, memo));
    this.#open.growEmpty(1);
    this.#open.update(ordinals, groups + 1, length, inputs, region);
    if (groups === 0) return nulls(this.#aggregate.type, 1, region);
    const values = this.#open.finish(0, 0, groups + 1, region);
    this.#open.release();
    this.#open = this.#states();
    const column = new Int32Array(arena.buffer, ordinals, length);
    const start = column.indexOf(groups);
    const rest = sliceBatch({ length, columns: inputs }, start, length - start, region, context.kernels);
    this.#open.update(region.reserveZeroed(rest.length * 4), 1, rest.length, rest.columns, region);
    return values;
  }

  last(region: Region): Vector {
    return this.#open.finish(0, 0, 1, region);
  }

  release(): void {
    this.#open.release();
  }

  #states(): AggregateStates {
    const { name, state, type, args, filter, parameter } = this.#aggregate;
    const spec = { name, state, result: type, args: args.map((_, i) => i), distinct: false, parameter };
    const inputs = [...args, ...(filter === null ? [] : [filter])].map((input) => input.type);
    const filterInput = filter === null ? -1 : args.length;
    return new AggregateStates([{ ...spec, filter: filterInput }], inputs, this.#context, this.#owner);
  }
}
