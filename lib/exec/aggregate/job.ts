/** What an aggregate computes of rows: keys, then the inputs of aggregates. */
import type { Schema } from '../../arrow/schema.js';
import type { DataType } from '../../arrow/types.js';
import type { AggregateSpec } from '../../kernels/state-layout.js';
import { aggregateInputs } from '../../plan/aggregate-inputs.js';
import { bind } from '../../plan/bind.js';
import { bindAggregate } from '../../plan/bind-aggregate.js';
import type { Bound } from '../../plan/bound.js';
import type { Aggregate } from '../../plan/plan.js';

export interface AggregateJob {
  readonly keys: readonly Bound[];
  readonly inputs: readonly Bound[];
  readonly keyTypes: readonly DataType[];
  readonly inputTypes: readonly DataType[];
  readonly specs: readonly AggregateSpec[];
}

/** `schema` is what keys and aggregates are over. */
export function aggregateJob(node: Pick<Aggregate, 'keys' | 'aggregates'>, schema: Schema): AggregateJob {
  const keys = node.keys.map((key) => bind(key.expr, schema));
  const { inputs, specs } = aggregateInputs(node.aggregates.map((one) => bindAggregate(one, schema)));
  const typesOf = (all: readonly Bound[]): DataType[] => all.map((one) => one.type);
  return { keys, inputs, keyTypes: typesOf(keys), inputTypes: typesOf(inputs), specs };
}
