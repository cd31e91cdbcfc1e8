/**
 * As aggregate-run.ts, for groups each alone and aggregates whose states are of any size: texts, quantiles.
 *
 * Memory: what the aggregate keeps of the groups of one batch and of the group that is open, of which `room` bytes are
 * held and the rest goes to disk.
 */
import type { Vector } from '../../arrow/batch.js';
import { AggregateStates } from '../../kernels/aggregate-states.js';
import { nulls } from '../../kernels/convert.js';
import { sliceBatch } from '../../kernels/slice.js';
import type { Region } from '../../memory/arena.js';
import type { BoundAggregate } from '../../plan/bind-aggregate.js';
import { guarded } from '../../plan/guarded.js';
import type { Context } from '../context.js';
import { evaluate } from '../evaluate.js';
import { spillingMachine } from '../spilling-machine.js';
import { inOrder } from './in-order.js';
import type { Grouped, Run } from './run.js';

export class HeldRun implements Run {
  readonly #aggregate: BoundAggregate;
  readonly #room: number;
  readonly #context: Context;
  readonly #owner: string;
  #open: AggregateStates;

  constructor(aggregate: BoundAggregate, room: number, context: Context, owner: string) {
    this.#aggregate = aggregate;
    this.#room = room;
    this.#context = context;
    this.#owner = owner;
    this.#open = this.#states();
  }

  async add({ batch, memo, ordinals, groups }: Grouped, region: Region): Promise<Vector> {
    const context = this.#context;
    const { arena } = context;
    const { args, filter } = this.#aggregate;
    const { length } = batch;
    const inputs = args.map((arg) => evaluate(guarded(arg, filter), batch, region, context, memo));
    if (filter !== null) inputs.push(evaluate(filter, batch, region, context, memo));
    this.#open.growEmpty(1);
    this.#open.update(ordinals, groups + 1, length, inputs, region);
    await this.#open.settle();
    if (groups === 0) return nulls(this.#aggregate.type, 1, region);
    const values = await this.#values(groups + 1, region);
    this.#open.release();
    this.#open = this.#states();
    const column = new Int32Array(arena.buffer, ordinals, length);
    const start = column.indexOf(groups);
    const rest = sliceBatch({ length, columns: inputs }, start, length - start, region, context.kernels);
    this.#open.update(region.reserveZeroed(rest.length * 4), 1, rest.length, rest.columns, region);
    await this.#open.settle();
    return values;
  }

  last(region: Region): Promise<Vector> {
    return this.#values(1, region);
  }

  release(): void {
    this.#open.release();
  }

  async #values(count: number, region: Region): Promise<Vector> {
    const parts: Vector[] = [];
    for (let from = 0; from < count; from += parts.at(-1)!.length) {
      const length = await this.#open.prepare(from, count - from);
      parts.push(this.#open.finish(0, from, length, region));
    }
    return inOrder(parts, region, this.#context);
  }

  #states(): AggregateStates {
    const { name, state, type, args, filter, parameter } = this.#aggregate;
    const spec = { name, state, result: type, args: args.map((_, i) => i), distinct: false, parameter };
    const inputs = [...args, ...(filter === null ? [] : [filter])].map((input) => input.type);
    const filterInput = filter === null ? -1 : args.length;
    const specs = [{ ...spec, filter: filterInput }];
    const spilling = { machine: spillingMachine(this.#context), share: this.#room };
    return new AggregateStates(specs, inputs, this.#context, this.#owner, false, spilling);
  }
}
