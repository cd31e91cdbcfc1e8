/** Walks over plans. Whatever is not changed keeps its identity. */
import type { Expr, Named, NamedAggregate } from './expr.js';
import type { Plan } from './plan.js';
import { mapList } from './walk-expr.js';

type Change<T> = (part: T) => T;
type MapExprs = {
  readonly [K in Plan['op']]: (plan: Extract<Plan, { op: K }>, change: Change<Expr>) => Plan;
};

const mapped: MapExprs = {
  scan(plan, change) {
    const predicate = plan.predicate && change(plan.predicate);
    return predicate === plan.predicate ? plan : Object.freeze({ ...plan, predicate });
  },
  filter(plan, change) {
    const predicate = change(plan.predicate);
    return predicate === plan.predicate ? plan : Object.freeze({ ...plan, predicate });
  },
  project(plan, change) {
    const columns = mapNamed(plan.columns, change);
    return columns === plan.columns ? plan : Object.freeze({ ...plan, columns });
  },
  limit: (plan) => plan,
  aggregate(plan, change) {
    const keys = mapNamed(plan.keys, change);
    const aggregates = mapList(plan.aggregates, (aggregate) => mapAggregate(aggregate, change));
    return keys === plan.keys && aggregates === plan.aggregates
      ? plan
      : Object.freeze({ ...plan, keys, aggregates });
  },
  distinct: (plan) => plan,
  sort(plan, change) {
    const keys = mapList(plan.keys, (key) => {
      const expr = change(key.expr);
      return expr === key.expr ? key : { ...key, expr };
    });
    return keys === plan.keys ? plan : Object.freeze({ ...plan, keys });
  },
};

/** The node over what its inputs become. */
export function mapInputs(plan: Plan, change: Change<Plan>): Plan {
  return plan.op === 'scan' ? plan : withInput(plan, change(plan.input));
}

/** The node over another input. */
export function withInput(plan: Exclude<Plan, { op: 'scan' }>, input: Plan): Plan {
  return input === plan.input ? plan : Object.freeze({ ...plan, input });
}

/** Inputs first, then the node over what they became. */
export function mapPlan(plan: Plan, change: Change<Plan>): Plan {
  return change(mapInputs(plan, (input) => mapPlan(input, change)));
}

/** The node with its own expressions changed; its inputs stay. */
export function mapPlanExprs(plan: Plan, change: Change<Expr>): Plan {
  return (mapped[plan.op] as (plan: Plan, change: Change<Expr>) => Plan)(plan, change);
}

/** The node's own expressions. */
export function exprsOf(plan: Plan): readonly Expr[] {
  const exprs: Expr[] = [];
  mapPlanExprs(plan, (expr) => {
    exprs.push(expr);
    return expr;
  });
  return exprs;
}

function mapNamed(columns: readonly Named[], change: Change<Expr>): readonly Named[] {
  return mapList(columns, (column) => {
    const expr = change(column.expr);
    return expr === column.expr ? column : { ...column, expr };
  });
}

function mapAggregate(aggregate: NamedAggregate, change: Change<Expr>): NamedAggregate {
  const args = mapList(aggregate.args, change);
  const filter = aggregate.filter && change(aggregate.filter);
  return args === aggregate.args && filter === aggregate.filter ? aggregate : { ...aggregate, args, filter };
}
