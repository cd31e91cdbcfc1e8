/**
 * Inner joins of several inputs, in whatever order is cheap: each step joins those two, of all that an equality ties, that
 * give the fewest rows, the smallest where several do. So small tables are joined before the large one looks at them, a
 * product is only made where the query asks for one, and what comes many times on both sides is compared last.
 */
import { conjuncts } from '../conjuncts.js';
import { estimateRows } from '../estimate.js';
import type { Expr } from '../expr.js';
import { call } from '../make-expr.js';
import { mayFail } from '../may-fail.js';
import type { Plan } from '../plan.js';
import { sameExpr } from '../same-expr.js';
import { childrenOf, columnsUsed } from '../walk-expr.js';
import { filtered, joinOn } from './join.js';
import { columnNames } from './names-apart.js';
import { splitCondition } from './split-condition.js';

/** What drops rows otherwise than by a condition: a semi join, a comparison with what another query gives. */
export interface Reduction {
  /** The columns of the inputs that it looks at. */
  readonly columns: ReadonlySet<string>;
  /** Of what the rows are compared with; null if it is not known. */
  readonly rows: number | null;
  /** It may add columns. */
  apply(plan: Plan): Plan;
}

/**
 * The rows of all combinations where all conditions are true and that all reductions leave. No name is in two inputs;
 * columns come in any order.
 */
export function innerJoins(
  inputs: readonly Plan[],
  conditions: readonly Expr[],
  reductions: readonly Reduction[] = [],
): Plan {
  if (inputs.length === 1) {
    return reductions.reduce((plan, each) => each.apply(plan), filtered(inputs[0]!, conditions));
  }
  const parts = conditions.flatMap(conjuncts).flatMap(factored);
  const sides = inputs.map((plan) => new Set(columnNames(plan)));
  const ofOne = (part: Expr): number => {
    const names = [...columnsUsed([part])];
    return names.length === 0 ? -1 : sides.findIndex((side) => names.every((name) => side.has(name)));
  };
  const ties = (part: Expr): boolean => {
    if (part.op !== 'call' || part.name !== 'eq') return false;
    const [a, b] = part.args.map(ofOne) as [number, number];
    return a >= 0 && b >= 0 && a !== b;
  };
  // What may fail on rows that the other conditions leave out waits until they have; but without its key a join would be
  // a product.
  const isRisky = (part: Expr): boolean => failsOnRows(part) && !ties(part);
  const safe = parts.filter((part) => !isRisky(part));
  const risky = parts.filter(isRisky);
  const rest = safe.filter((part) => ofOne(part) < 0);
  const early = new Set<Reduction>();
  const left = inputs.map((plan, i) => {
    const names = sides[i]!;
    const rows = filtered(plan, [
      ...safe.filter((part) => ofOne(part) === i),
      ...rest.flatMap((part) => implied(part, names)),
    ]);
    const own = reductions.filter((each) => isOf(each, names) && isWorthwhile(each, rows));
    for (const each of own) early.add(each);
    return { plan: own.reduce((input, each) => each.apply(input), rows), names };
  });
  const late = reductions.filter((each) => !early.has(each));
  return late.reduce((plan, each) => each.apply(plan), filtered(joinedAll(left, rest), risky));
}

function isOf({ columns }: Reduction, names: ReadonlySet<string>): boolean {
  return columns.size > 0 && [...columns].every((name) => names.has(name));
}

/** One row is a constant; what is compared with much costs less once the joins have left fewer rows. */
function isWorthwhile({ rows }: Reduction, input: Plan): boolean {
  if (rows === null || rows <= 1) return rows !== null;
  const own = estimateRows(input);
  return own !== null && rows < own;
}

interface Side {
  readonly plan: Plan;
  readonly names: ReadonlySet<string>;
}

/** Two of what is to be joined, joined. */
interface Step {
  readonly left: Side;
  readonly right: Side;
  readonly condition: readonly Expr[];
  readonly plan: Plan;
  /** Does an equality tie them? */
  readonly tied: boolean;
  /** What comes out, and what goes in. */
  readonly rows: number;
  readonly read: number;
}

function joinedAll(inputs: readonly Side[], conditions: readonly Expr[]): Plan {
  const known = inputs.every(({ plan }) => estimateRows(plan) !== null);
  // Where nothing is known they are taken as they come.
  const rowsOf = (side: Side): number => (known ? (estimateRows(side.plan) ?? 0) : inputs.indexOf(side));
  const pending = new Set(conditions);
  const stepOf = (a: Side, b: Side): Step => {
    const [left, right] = known && rowsOf(a) < rowsOf(b) ? [b, a] : [a, b];
    const names = new Set([...left.names, ...right.names]);
    const condition = [...pending].filter((part) =>
      [...columnsUsed([part])].every((name) => names.has(name)),
    );
    const plan = joinOn(left.plan, right.plan, condition.length === 0 ? 'cross' : 'inner', condition);
    const tied = splitCondition(condition, right.names).on.length > 0;
    return {
      left,
      right,
      condition,
      plan,
      tied,
      rows: known ? (estimateRows(plan) ?? 0) : 0,
      read: rowsOf(a) + rowsOf(b),
    };
  };
  let sides = [...inputs];
  let steps = sides.flatMap((right, i) => sides.slice(0, i).map((left) => stepOf(left, right)));
  while (sides.length > 1) {
    const tied = steps.filter((step) => step.tied);
    const best = (tied.length > 0 ? tied : steps).reduce((least, step) =>
      (step.rows - least.rows || step.read - least.read) < 0 ? step : least,
    );
    for (const part of best.condition) pending.delete(part);
    const made: Side = { plan: best.plan, names: new Set([...best.left.names, ...best.right.names]) };
    const joined = (side: Side): boolean => side === best.left || side === best.right;
    sides = sides.filter((side) => !joined(side));
    steps = steps.filter(({ left, right }) => !joined(left) && !joined(right));
    steps.push(...sides.map((side) => stepOf(made, side)));
    sides.push(made);
  }
  return sides[0]!.plan;
}

/** `(a and x) or (a and y)` as `a` and `(x or y)`. */
function factored(part: Expr): readonly Expr[] {
  if (part.op !== 'call' || part.name !== 'or') return [part];
  const branches = alternatives(part).map(conjuncts);
  const common = branches[0]!.filter((one) =>
    branches.every((branch) => branch.some((other) => sameExpr(one, other))),
  );
  if (common.length === 0) return [part];
  const others = branches.map((branch) =>
    branch.filter((one) => !common.some((other) => sameExpr(one, other))),
  );
  if (others.some((branch) => branch.length === 0)) return common;
  return [...common, call('or', ...others.map(joined))];
}

function alternatives(part: Expr): readonly Expr[] {
  return part.op === 'call' && part.name === 'or' ? part.args.flatMap(alternatives) : [part];
}

function joined(parts: readonly Expr[]): Expr {
  return parts.length === 1 ? parts[0]! : call('and', ...parts);
}

/** What `(a.x = 1 and b.y = 2) or (a.x = 2 and b.y = 1)` says about one input: `a.x = 1 or a.x = 2`. */
function implied(part: Expr, names: ReadonlySet<string>): readonly Expr[] {
  if (part.op !== 'call' || part.name !== 'or') return [];
  const branches = alternatives(part).map((branch) =>
    conjuncts(branch).filter((one) => {
      const used = [...columnsUsed([one])];
      return used.length > 0 && used.every((name) => names.has(name));
    }),
  );
  return branches.some((branch) => branch.length === 0) ? [] : [call('or', ...branches.map(joined))];
}

/** What is constant fails for all rows or for none, so it may be computed anywhere. */
function failsOnRows(expr: Expr): boolean {
  if (!mayFail(expr) || columnsUsed([expr]).size === 0) return false;
  const inputs = childrenOf(expr);
  return mayFail(withoutChildren(expr)) || inputs.some(failsOnRows);
}

function withoutChildren(expr: Expr): Expr {
  return expr.op === 'call' ? call(expr.name) : expr;
}
