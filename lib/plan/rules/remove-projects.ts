/** A project that changes nothing goes away; one that only picks columns of a scan becomes the scan's. */
import { isIdentity } from '../is-identity.js';
import type { Plan } from '../plan.js';
import { schemaOf } from '../schema.js';
import { mapPlan } from '../walk-plan.js';
import type { Rule } from './rule.js';

export const removeProjects: Rule = { name: 'remove-projects', apply: (plan) => mapPlan(plan, remove) };

function remove(plan: Plan): Plan {
  if (plan.op !== 'project') return plan;
  const { input, columns } = plan;
  if (isIdentity(columns, schemaOf(input))) return input;
  const picks = columns.every(({ name, expr }) => expr.op === 'column' && expr.name === name);
  return picks && input.op === 'scan'
    ? Object.freeze({ ...input, columns: columns.map(({ name }) => name) })
    : plan;
}
