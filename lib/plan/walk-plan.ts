/** Walks over plans. Whatever is not changed keeps its identity. */
import type { Expr, Frame, FrameEnd, Named, NamedAggregate, NamedWindow, SortKey } from './expr.js';
import { inputsOf, type JoinKey, type Plan, type Scan, type Unary } from './plan.js';
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
    const keys = mapSortKeys(plan.keys, change);
    return keys === plan.keys ? plan : Object.freeze({ ...plan, keys });
  },
  join(plan, change) {
    const on = mapList(plan.on, (key) => mapJoinKey(key, change));
    const condition = plan.condition && change(plan.condition);
    return on === plan.on && condition === plan.condition ? plan : Object.freeze({ ...plan, on, condition });
  },
  asof(plan, change) {
    const on = mapList(plan.on, (key) => mapJoinKey(key, change));
    const nearest = mapJoinKey(plan.nearest, change);
    const tolerance = plan.tolerance && change(plan.tolerance);
    return on === plan.on && nearest === plan.nearest && tolerance === plan.tolerance
      ? plan
      : Object.freeze({ ...plan, on, nearest, tolerance });
  },
  window(plan, change) {
    const partitionBy = mapList(plan.partitionBy, change);
    const orderBy = mapSortKeys(plan.orderBy, change);
    const functions = mapList(plan.functions, (one) => mapWindow(one, change));
    return partitionBy === plan.partitionBy && orderBy === plan.orderBy && functions === plan.functions
      ? plan
      : Object.freeze({ ...plan, partitionBy, orderBy, functions });
  },
  union: (plan) => plan,
  expand(plan, change) {
    const projections = mapList(plan.projections, (columns) => mapNamed(columns, change));
    return projections === plan.projections ? plan : Object.freeze({ ...plan, projections });
  },
  explode: (plan) => plan,
  sample: (plan) => plan,
  map: (plan) => plan,
};

/** The node over what its inputs become. */
export function mapInputs(plan: Plan, change: Change<Plan>): Plan {
  const inputs = inputsOf(plan);
  const changed = mapList(inputs, change);
  return changed === inputs ? plan : withInputs(plan, changed);
}

/** The node over other inputs, as many as it has. */
export function withInputs(plan: Plan, inputs: readonly Plan[]): Plan {
  const [first, second] = inputs as readonly [Plan, Plan];
  if (inputsOf(plan).every((input, i) => input === inputs[i])) return plan;
  if (plan.op === 'union') return Object.freeze({ ...plan, inputs: Object.freeze(inputs) });
  return 'input' in plan ? withInput(plan, first) : Object.freeze({ ...plan, left: first, right: second });
}

/** The node over another input. */
export function withInput(plan: Unary, input: Plan): Plan {
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
  const orderBy = aggregate.orderBy && mapSortKeys(aggregate.orderBy, change);
  if (args === aggregate.args && filter === aggregate.filter && orderBy === aggregate.orderBy)
    return aggregate;
  return { ...aggregate, args, filter, ...(orderBy && { orderBy }) };
}

function mapSortKeys(keys: readonly SortKey[], change: Change<Expr>): readonly SortKey[] {
  return mapList(keys, (key) => {
    const expr = change(key.expr);
    return expr === key.expr ? key : { ...key, expr };
  });
}

function mapJoinKey(key: JoinKey, change: Change<Expr>): JoinKey {
  const left = change(key.left);
  const right = change(key.right);
  return left === key.left && right === key.right ? key : { left, right };
}

function mapWindow(one: NamedWindow, change: Change<Expr>): NamedWindow {
  const args = mapList(one.args, change);
  const filter = one.filter && change(one.filter);
  const frame = one.frame && mapFrame(one.frame, change);
  return args === one.args && filter === one.filter && frame === one.frame
    ? one
    : { ...one, args, filter, frame };
}

function mapFrame(frame: Frame, change: Change<Expr>): Frame {
  const start = mapFrameEnd(frame.start, change);
  const end = mapFrameEnd(frame.end, change);
  return start === frame.start && end === frame.end ? frame : { ...frame, start, end };
}

function mapFrameEnd(end: FrameEnd, change: Change<Expr>): FrameEnd {
  if (end.offset === null || end.offset.op === 'span') return end;
  const offset = change(end.offset);
  return offset === end.offset ? end : { ...end, offset };
}

/** All sources that a plan reads. */
export function scansOf(plan: Plan): Scan[] {
  return plan.op === 'scan' ? [plan] : inputsOf(plan).flatMap(scansOf);
}
