/** A limit over a sort: the sort keeps only the first rows. */
import { allRows, limit, sort } from '../make-plan.js';
import type { Plan } from '../plan.js';
import { mapPlan } from '../walk-plan.js';
import type { Rule } from './rule.js';

export const top: Rule = { name: 'top', apply: (plan) => mapPlan(plan, keepTop) };

function keepTop(plan: Plan): Plan {
  if (plan.op !== 'limit' || plan.input.op !== 'sort' || plan.count === allRows) return plan;
  const { count, offset, input } = plan;
  const rows = Math.min(offset + count, input.limit ?? allRows);
  if (offset === 0) return sort(input.input, input.keys, rows);
  return rows === input.limit ? plan : limit(sort(input.input, input.keys, rows), count, offset);
}
