/**
 * Aggregation in two phases: each piece of the rows is aggregated where it is, then what is known of the groups is merged.
 *
 *   piece 1 ─▶ partial: keys, states ─┐
 *   piece 2 ─▶ partial: keys, states ─┴▶ final: keys, results
 *
 * A partial aggregate may give a group more than once: it gives out what it holds when its memory is full. The final one
 * takes the rows of all pieces, or those of some of the groups, in the order of the pieces: first and last go by it. Both
 * are made of a whole one after optimization; rules do not know them.
 */
import { hasColumns } from '../kernels/state-columns.js';
import type { AggregateSpec } from '../kernels/state-layout.js';
import { aggregateInputs } from './aggregate-inputs.js';
import { bindAggregate } from './bind-aggregate.js';
import type { Aggregate, Plan } from './plan.js';
import { scopeOf } from './schema.js';

/** Of larger states one a row would be far more than the row. */
const smallState = 512;

/**
 * Is the aggregate to be had in two phases? If not, all rows of a group must come to one place: states of variable size
 * and distinct values grow with the rows, and what samples by chance would depend on the pieces.
 */
export function hasPartial(whole: Aggregate): boolean {
  const scope = scopeOf(whole);
  const { specs } = aggregateInputs(whole.aggregates.map((one) => bindAggregate(one, scope)));
  return specs.every((spec) => hasColumns(spec) && isDivisible(spec, whole.keys.length === 0));
}

function isDivisible({ state }: AggregateSpec, single: boolean): boolean {
  return state.form !== 'fixed' || (state.divisible && (single || state.bytes <= smallState));
}

/** Over the input of `whole`, or a piece of it: the keys, then the states of the groups. */
export function partialOf(whole: Aggregate, input: Plan = whole.input): Aggregate {
  return Object.freeze({ ...whole, input, stage: 'partial' });
}

/** What `whole` gives; `input` gives the rows of `partialOf` over all pieces. */
export function finalOf(whole: Aggregate, input: Plan): Aggregate {
  return Object.freeze({ ...whole, input, stage: 'final', over: scopeOf(whole) });
}
