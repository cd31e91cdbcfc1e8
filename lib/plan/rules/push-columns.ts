/** Nothing is read or computed that nobody looks at. */
import { aggregate, project } from '../make-plan.js';
import type { Aggregate, Plan, Project, Scan } from '../plan.js';
import { columnsUsed } from '../walk-expr.js';
import { exprsOf, withInput } from '../walk-plan.js';
import type { Rule } from './rule.js';

export const pushColumns: Rule = { name: 'push-columns', apply: (plan) => narrow(plan, null) };

/** Columns that are looked at; null for all. */
type Needed = ReadonlySet<string> | null;

function narrow(plan: Plan, needed: Needed): Plan {
  return (narrowed[plan.op] as (plan: Plan, needed: Needed) => Plan)(plan, needed);
}

/** What comes out may have more columns than needed, never fewer. */
const narrowed: {
  readonly [K in Plan['op']]: (plan: Extract<Plan, { op: K }>, needed: Needed) => Plan;
} = {
  scan: narrowScan,
  filter: (plan, needed) => withInput(plan, narrow(plan.input, plus(needed, plan))),
  project: narrowProject,
  limit: (plan, needed) => withInput(plan, narrow(plan.input, needed)),
  aggregate: narrowAggregate,
  // Rows are told apart by all columns, looked at or not.
  distinct: (plan) => withInput(plan, narrow(plan.input, null)),
  sort: (plan, needed) => withInput(plan, narrow(plan.input, plus(needed, plan))),
};

function plus(needed: Needed, plan: Plan): Needed {
  return needed && new Set([...needed, ...columnsUsed(exprsOf(plan))]);
}

/** The predicate may look at columns that do not come out. */
function narrowScan(plan: Scan, needed: Needed): Plan {
  const names = plan.columns ?? plan.schema.fields.map((field) => field.name);
  const columns = needed === null ? names : names.filter((name) => needed.has(name));
  return columns.length === names.length ? plan : Object.freeze({ ...plan, columns });
}

function narrowProject(plan: Project, needed: Needed): Plan {
  const columns = needed === null ? plan.columns : plan.columns.filter(({ name }) => needed.has(name));
  // Only the number of rows is of interest.
  if (columns.length === 0) return narrow(plan.input, new Set());
  const input = narrow(plan.input, columnsUsed(columns.map(({ expr }) => expr)));
  return columns.length === plan.columns.length ? withInput(plan, input) : project(input, columns);
}

function narrowAggregate(plan: Aggregate, needed: Needed): Plan {
  const looked = plan.aggregates.filter(({ name }) => needed === null || needed.has(name));
  const kept = looked.length === 0 && plan.keys.length === 0 ? plan.aggregates.slice(0, 1) : looked;
  const fewer = kept.length === plan.aggregates.length ? plan : aggregate(plan.input, plan.keys, kept);
  return withInput(fewer, narrow(plan.input, columnsUsed(exprsOf(fewer))));
}
