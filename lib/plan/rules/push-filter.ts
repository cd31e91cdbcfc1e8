/**
 * Filters move down as far as they can, and at best into the scan; filters that meet become one.
 * A part of a predicate that may fail stays where other parts guard it from the rows it would fail on.
 */
import { conjunction, conjuncts } from '../conjuncts.js';
import type { Expr, Named } from '../expr.js';
import { filter } from '../make-plan.js';
import { mayFail } from '../may-fail.js';
import type { Plan, Scan } from '../plan.js';
import { sameExpr } from '../same-expr.js';
import { columnsUsed, sizeOf, substitute } from '../walk-expr.js';
import { mapInputs, withInput, withInputs } from '../walk-plan.js';
import type { Rule } from './rule.js';

export const pushFilter: Rule = { name: 'push-filter', apply: visit };

function visit(plan: Plan): Plan {
  const visited = mapInputs(plan, visit);
  if (visited.op !== 'filter') return visited;
  const pushed = push(conjuncts(visited.predicate), visited.input);
  const moved =
    pushed.op !== 'filter' ||
    pushed.input !== visited.input ||
    !sameExpr(pushed.predicate, visited.predicate);
  return moved ? pushed : visited;
}

/** The rows of `plan` where all parts are true. */
function push(parts: readonly Expr[], plan: Plan): Plan {
  const moved: Expr[] = [];
  const stayed: Expr[] = [];
  for (const part of parts) {
    const below = (partBelow[plan.op] as (part: Expr, plan: Plan) => Expr | null)(part, plan);
    const guarded = stayed.length > 0 && mayFail(part);
    if (below === null || guarded) stayed.push(part);
    else moved.push(below);
  }
  const lower = moved.length === 0 ? plan : into(moved, plan);
  return stayed.length === 0 ? lower : filter(lower, conjunction(stayed));
}

function into(parts: readonly Expr[], plan: Plan): Plan {
  if (plan.op === 'scan') {
    const own = plan.predicate === null ? [] : [plan.predicate];
    return Object.freeze({ ...plan, predicate: conjunction([...own, ...parts]) });
  }
  if (plan.op === 'filter') return push([...conjuncts(plan.predicate), ...parts], plan.input);
  if (plan.op === 'union') {
    const inputs = plan.inputs.map((input) => push(parts, input));
    return withInputs(plan, inputs);
  }
  if (!('input' in plan)) throw new Error(`bug: a filter is not pushed below ${plan.op}`);
  return withInput(plan, push(parts, plan.input));
}

/** What a part says about the input of a node; null where it cannot be said or would not mean the same. */
const partBelow: {
  readonly [K in Plan['op']]: (part: Expr, plan: Extract<Plan, { op: K }>) => Expr | null;
} = {
  scan: (part, plan) => (plan.limit === null && !(isGuarded(plan) && mayFail(part)) ? part : null),
  filter: (part) => (mayFail(part) ? null : part),
  project: (part, plan) => inTermsOf(plan.columns, part),
  limit: () => null,
  // Groups are kept or dropped whole. Without keys there is a group even of no rows.
  aggregate(part, plan) {
    if (plan.stage === 'final') return null;
    const names = new Set(plan.keys.map((key) => key.name));
    const keysOnly = [...columnsUsed([part])].every((name) => names.has(name));
    return keysOnly && names.size > 0 ? inTermsOf(plan.keys, part) : null;
  },
  distinct: (part) => part,
  sort: (part, plan) => (plan.limit === null ? part : null),
  join: () => null,
  asof: () => null,
  window: () => null,
  union: (part) => part,
  // It keeps or drops all rows that a row becomes, where it says the same of each.
  expand(part, plan) {
    const [first = null, ...others] = plan.projections.map((columns) => inTermsOf(columns, part));
    return first !== null && others.every((other) => other !== null && sameExpr(first, other)) ? first : null;
  },
  // A row whose list is empty may go, and then nothing may fail on it.
  explode: (part, plan) =>
    columnsUsed([part]).has(plan.column) || (mayFail(part) && !plan.outer) ? null : part,
  sample: () => null,
  map: () => null,
};

const isGuarded = (plan: Scan): boolean => plan.predicate !== null;

/** Columns of columns of columns, each used twice, would grow without bound. */
const largestPart = 200;

function inTermsOf(columns: readonly Named[], part: Expr): Expr | null {
  const exprs = new Map(columns.map((column) => [column.name, column.expr]));
  const below = substitute(part, (name) => exprs.get(name));
  return sizeOf(below, largestPart) < largestPart ? below : null;
}
