/** What aggregates need of rows: the expressions that are evaluated, and the aggregates in terms of their numbers. */
import type { AggregateSpec } from '../kernels/state-layout.js';
import type { BoundAggregate } from './bind-aggregate.js';
import type { Bound } from './bound.js';
import { guarded } from './guarded.js';

export interface AggregateInputs {
  /** Each evaluated once a batch, whatever the number of aggregates that need it. */
  readonly inputs: readonly Bound[];
  readonly specs: readonly AggregateSpec[];
}

/** The same for the same aggregates, in whatever process. */
export function aggregateInputs(aggregates: readonly BoundAggregate[]): AggregateInputs {
  const inputs: Bound[] = [];
  const known = new Map<string, number>();
  const add = (bound: Bound): number => {
    const key = JSON.stringify(bound);
    const number = known.get(key) ?? inputs.push(bound) - 1;
    known.set(key, number);
    return number;
  };
  const specs = aggregates.map((one) => ({
    name: one.name,
    state: one.state,
    result: one.type,
    args: one.args.map((arg) => add(guarded(arg, one.filter))),
    filter: one.filter === null ? -1 : add(one.filter),
    distinct: one.distinct,
    parameter: one.parameter,
  }));
  return { inputs, specs };
}
