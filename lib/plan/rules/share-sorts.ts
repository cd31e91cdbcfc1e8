/**
 * Windows one over the other that can share a sort: those of the same partitions and order become one, and one whose
 * rows come in order from the other goes over it.
 */

import type { NamedWindow } from '../expr.js';
import { column } from '../make-expr.js';
import { project, window } from '../make-plan.js';
import type { Plan, Window } from '../plan.js';
import { serves, windowOrder } from '../row-order.js';
import { schemaOf } from '../schema.js';
import { columnsUsed } from '../walk-expr.js';
import { exprsOf, mapPlan } from '../walk-plan.js';
import type { Rule } from './rule.js';

export const shareSorts: Rule = { name: 'share-sorts', apply: (plan) => mapPlan(plan, share) };

function share(plan: Plan): Plan {
  if (plan.op !== 'window' || plan.input.op !== 'window') return plan;
  const lower: Window = plan.input;
  const used = columnsUsed(exprsOf(plan));
  if (plan.top !== null || lower.top !== null || lower.functions.some(({ name }) => used.has(name)))
    return plan;
  const { partitionBy, orderBy, functions } = plan;
  const upperServes = serves(windowOrder(plan), lower);
  const lowerServes = serves(windowOrder(lower), plan);
  const sameOrder = lower.orderBy.length === orderBy.length;
  const samePartitions = lower.partitionBy.length === partitionBy.length;
  if (upperServes && lowerServes && sameOrder && samePartitions)
    return window(lower.input, lower.partitionBy, lower.orderBy, [...lower.functions, ...functions]);
  if (!upperServes || lowerServes || !lower.functions.every(heedsNoTies)) return plan;
  const first = window(lower.input, partitionBy, orderBy, functions);
  const second = window(first, lower.partitionBy, lower.orderBy, lower.functions);
  // Columns keep their places.
  return project(
    second,
    schemaOf(plan).fields.map(({ name }) => ({ name, expr: column(name) })),
  );
}

/** Is the value the same whatever the order of rows that are equal in the window's order? */
function heedsNoTies({ function: name, frame }: NamedWindow): boolean {
  if (frame !== null && frame.unit === 'rows') return false;
  return ['rank', 'dense_rank', 'percent_rank', 'cume_dist', ...settled].includes(name.toLowerCase());
}

/** Aggregates of which the order of rows is no matter. */
const settled = ['count', 'sum', 'avg', 'mean', 'min', 'max', 'bool_and', 'bool_or', 'median'];
