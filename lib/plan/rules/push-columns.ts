/** Nothing is read or computed that nobody looks at. */
import { column } from '../make-expr.js';
import { aggregate, project } from '../make-plan.js';
import type { Aggregate, AsofJoin, Join, Plan, Project, Scan, Union, Window } from '../plan.js';
import { schemaOf } from '../schema.js';
import { columnsUsed, mapList } from '../walk-expr.js';
import { exprsOf, mapInputs, withInput, withInputs } from '../walk-plan.js';
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
  join: (plan, needed) => narrowBoth(plan, needed),
  asof: (plan, needed) => narrowBoth(plan, needed),
  window: narrowWindow,
  union: narrowUnion,
  expand: (plan) => withInput(plan, narrow(plan.input, columnsUsed(exprsOf(plan)))),
  explode: (plan, needed) => withInput(plan, narrow(plan.input, needed && new Set([...needed, plan.column]))),
  sample: (plan, needed) => withInput(plan, narrow(plan.input, needed)),
  // The function may look at any of them.
  map: (plan) => withInput(plan, narrow(plan.input, null)),
};

/** Names are on one side only, so each side takes what it has of them. */
function narrowBoth(plan: Join | AsofJoin, needed: Needed): Plan {
  const all = plus(needed, plan);
  return mapInputs(plan, (input) => narrow(input, some(all, input)));
}

/** At least one column of a side: below the project that names it, columns may have names of the other side. */
function some(needed: Needed, side: Plan): Needed {
  const [first, ...others] = schemaOf(side).fields;
  if (needed === null || first === undefined) return needed;
  return [first, ...others].some(({ name }) => needed.has(name)) ? needed : new Set([...needed, first.name]);
}

function narrowWindow(plan: Window, needed: Needed): Plan {
  const functions = plan.functions.filter(({ name }) => needed === null || needed.has(name));
  if (functions.length === 0) return narrow(plan.input, needed);
  const fewer = functions.length === plan.functions.length ? plan : Object.freeze({ ...plan, functions });
  return withInput(fewer, narrow(plan.input, plus(needed, fewer)));
}

/** What an input has beyond the wanted columns is left out, so that all inputs have the same. */
function narrowUnion(plan: Union, needed: Needed): Plan {
  const names = schemaOf(plan).fields.map((field) => field.name);
  const wanted = needed === null ? names : names.filter((name) => needed.has(name));
  const inputs = mapList(plan.inputs, (input) => {
    const narrowed = narrow(input, needed);
    const found = schemaOf(narrowed).fields;
    const same = found.length === wanted.length && found.every(({ name }, i) => name === wanted[i]);
    return same
      ? narrowed
      : project(
          narrowed,
          wanted.map((name) => ({ name, expr: column(name) })),
        );
  });
  return inputs === plan.inputs ? plan : withInputs(plan, inputs);
}

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
  // Only the number of rows is of interest. A project of no columns is there because others have none: see narrowUnion.
  if (columns.length === 0) {
    const input = narrow(plan.input, new Set());
    return plan.columns.length === 0 ? withInput(plan, input) : input;
  }
  const input = narrow(plan.input, columnsUsed(columns.map(({ expr }) => expr)));
  return columns.length === plan.columns.length ? withInput(plan, input) : project(input, columns);
}

function narrowAggregate(plan: Aggregate, needed: Needed): Plan {
  // What partial ones give goes to final ones as it is.
  if (plan.stage === 'partial') return withInput(plan, narrow(plan.input, columnsUsed(exprsOf(plan))));
  if (plan.stage === 'final') return withInput(plan, narrow(plan.input, null));
  const looked = plan.aggregates.filter(({ name }) => needed === null || needed.has(name));
  const kept = looked.length === 0 && plan.keys.length === 0 ? plan.aggregates.slice(0, 1) : looked;
  const fewer = kept.length === plan.aggregates.length ? plan : aggregate(plan.input, plan.keys, kept);
  return withInput(fewer, narrow(plan.input, columnsUsed(exprsOf(fewer))));
}
