/** A plan as a stream of batches: the one place where operators are wired. */
import type { Plan } from '../plan/plan.js';
import { schemaOf, scopeOf } from '../plan/schema.js';
import type { Context, Stream } from './context.js';
import { filter } from './filter.js';
import { codesOf } from './functions/codes.js';
import { loadCode } from './functions/load.js';
import { limit } from './limit.js';
import { project } from './project.js';
import { scan } from './scan.js';
import { union } from './union.js';

type Operators = {
  readonly [Op in Plan['op']]: (node: Extract<Plan, { op: Op }>, context: Context) => Stream;
};

/** One row an operator; a plan node without one does not compile. */
const operators: Operators = {
  scan,
  filter: ({ input, predicate }, context) =>
    filter(predicate, execute(input, context), schemaOf(input), context),
  project: ({ input, columns }, context) =>
    project(columns, execute(input, context), schemaOf(input), context),
  limit: ({ input, offset, count }, context) => limit(offset, count, execute(input, context), context),
  aggregate: (node, context) =>
    later(async () => {
      const input = execute(node.input, context);
      if (node.stage === 'partial') {
        const { partialAggregate } = await import('./partial-aggregate.js');
        return partialAggregate(node, input, scopeOf(node), context);
      }
      const { aggregate, finalAggregate } = await import('./aggregate.js');
      return (node.stage === 'final' ? finalAggregate : aggregate)(node, input, scopeOf(node), context);
    }),
  distinct: ({ input }, context) =>
    later(async () => {
      const { distinct } = await import('./distinct.js');
      return distinct(execute(input, context), schemaOf(input), context);
    }),
  sort: (node, context) =>
    later(async () => {
      const { sort } = await import('./sort.js');
      return sort(node.keys, node.limit, execute(node.input, context), schemaOf(node.input), context);
    }),
  join: (node, context) =>
    later(async () => {
      const { join } = await import('./join.js');
      return join(node, execute, context);
    }),
  asof: (node, context) =>
    later(async () => {
      const { asof } = await import('./asof.js');
      return asof(node, (input) => execute(input, context), context);
    }),
  window: (node, context) =>
    later(async () => {
      const { window } = await import('./window.js');
      return window(node, execute(node.input, context), schemaOf(node.input), context);
    }),
  union: ({ inputs }, context) => union(inputs, (input) => execute(input, context)),
  expand: (node, context) =>
    later(async () => {
      const { expand } = await import('./expand.js');
      return expand(node.projections, execute(node.input, context), schemaOf(node.input), context);
    }),
  explode: (node, context) =>
    later(async () => {
      const { explode } = await import('./explode.js');
      return explode(node, execute(node.input, context), schemaOf(node.input), context);
    }),
  sample: (node, context) =>
    later(async () => {
      const { sample } = await import('./sample.js');
      return sample(node, execute(node.input, context), schemaOf(node.input), context);
    }),
  map: (node, context) =>
    later(async () => {
      const { mapBatches } = await import('./map-batches.js');
      return mapBatches(node, execute(node.input, context), schemaOf(node.input), context);
    }),
};

export function execute(plan: Plan, context: Context): Stream {
  const tests = context.keyTests?.get(plan);
  if (tests === undefined) return operate(plan, context);
  return later(async () => {
    const { tested } = await import('./join/reduce.js');
    return tested(tests, operate(plan, context), context);
  });
}

function operate(plan: Plan, context: Context): Stream {
  const run = operators[plan.op] as (node: Plan, context: Context) => Stream;
  const codes = codesOf(plan);
  if (codes.length === 0) return run(plan, context);
  return later(async () => {
    await Promise.all(codes.map(loadCode));
    return run(plan, context);
  });
}

/** An operator that not every query needs is loaded by the first that does: start-up is part of the speed. */
async function* later(open: () => Promise<Stream>): Stream {
  yield* await open();
}
