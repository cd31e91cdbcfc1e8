/**
 * What does not depend on rows is computed now; what logic settles is simplified, heeding nulls. A change is
 * only made where it changes no type: the literal 2 may become narrower than the expression 1 + 1 was.
 */
import type { Schema } from '../../arrow/schema.js';
import { sameType } from '../../arrow/types.js';
import { isComparison } from '../../kernels/compare.js';
import { bind } from '../bind.js';
import type { Bound } from '../bound.js';
import type { CallExpr, CaseExpr, Expr } from '../expr.js';
import { call, caseOf, falseLiteral, trueLiteral } from '../make-expr.js';
import { limit } from '../make-plan.js';
import type { Plan } from '../plan.js';
import { scopeOf } from '../schema.js';
import { childrenOf, mapChildren } from '../walk-expr.js';
import { mapPlan, mapPlanExprs } from '../walk-plan.js';
import type { Rule, RuleTools } from './rule.js';

export const fold: Rule = {
  name: 'fold',
  apply: (plan, tools) => mapPlan(plan, (node) => settled(foldNode(node, tools))),
};

function foldNode(plan: Plan, tools: RuleTools): Plan {
  const schema = scopeOf(plan);
  return mapPlanExprs(plan, (expr) => foldExpr(expr, schema, tools));
}

/** A predicate that is always true is none; one that never is leaves no rows. */
function settled(plan: Plan): Plan {
  if (plan.op !== 'scan' && plan.op !== 'filter') return plan;
  const { predicate } = plan;
  if (predicate?.op !== 'literal') return plan;
  const all = plan.op === 'scan' ? Object.freeze({ ...plan, predicate: null }) : plan.input;
  return predicate.value === true ? all : limit(all, 0);
}

function foldExpr(expr: Expr, schema: Schema, tools: RuleTools): Expr {
  const folded = mapChildren(expr, (child) => foldExpr(child, schema, tools));
  const kept = folded === expr || sameShape(bind(folded, schema), bind(expr, schema)) ? folded : expr;
  const simpler = evaluated(kept, tools) ?? simplified(kept);
  return simpler === kept || sameType(bind(simpler, schema).type, bind(kept, schema).type) ? simpler : kept;
}

/** Does it still compute with the same types? Comparisons are exact in any. */
function sameShape(a: Bound, b: Bound): boolean {
  if (!sameType(a.type, b.type)) return false;
  if (a.op !== 'call' || b.op !== 'call' || isComparison(a.name)) return true;
  return (
    a.name === b.name &&
    a.args.length === b.args.length &&
    a.args.every((arg, i) => sameType(arg.type, b.args[i]!.type))
  );
}

function evaluated(expr: Expr, tools: RuleTools): Expr | null {
  const children = childrenOf(expr);
  const known = expr.op === 'call' ? expr.code === undefined : expr.op !== 'literal' && expr.op !== 'column';
  const constant = known && children.every(isLiteral);
  return constant ? (tools.evaluateConstant?.(expr) ?? null) : null;
}

const isLiteral = (expr: Expr): boolean => expr.op === 'literal';

function simplified(expr: Expr): Expr {
  if (expr.op === 'case') return simplifiedCase(expr);
  if (expr.op !== 'call') return expr;
  if (expr.name === 'and') return simplifiedChain(expr, true);
  if (expr.name === 'or') return simplifiedChain(expr, false);
  return expr.name === 'not' ? simplifiedNot(expr) : expr;
}

/** `true and x` is x; `false and x` is false, also where x is null. */
function simplifiedChain(expr: CallExpr, neutral: boolean): Expr {
  const value = (arg: Expr): unknown => (arg.op === 'literal' ? arg.value : undefined);
  if (expr.args.some((arg) => value(arg) === !neutral)) return neutral ? falseLiteral : trueLiteral;
  const args = expr.args.filter((arg) => value(arg) !== neutral);
  if (args.length === expr.args.length) return expr;
  if (args.length > 1) return call(expr.name, ...args);
  return args[0] ?? (neutral ? trueLiteral : falseLiteral);
}

/** The order is total, NaN included, so `not (a < b)` is `a >= b`. */
const opposite: Readonly<Record<string, string>> = {
  eq: 'ne',
  ne: 'eq',
  lt: 'ge',
  le: 'gt',
  gt: 'le',
  ge: 'lt',
  is_null: 'is_not_null',
  is_not_null: 'is_null',
  is_distinct_from: 'is_not_distinct_from',
  is_not_distinct_from: 'is_distinct_from',
};

function simplifiedNot(expr: CallExpr): Expr {
  const [input] = expr.args;
  if (input?.op === 'literal' && typeof input.value === 'boolean')
    return input.value ? falseLiteral : trueLiteral;
  if (input?.op !== 'call') return expr;
  if (input.name === 'not') return input.args[0]!;
  const name = Object.hasOwn(opposite, input.name) ? opposite[input.name] : undefined;
  return name === undefined ? expr : call(name, ...input.args);
}

/** Branches that are never taken go; what follows one that always is goes too. */
function simplifiedCase(expr: CaseExpr): Expr {
  const possible = expr.branches.filter(({ when }) => !isLiteral(when) || isTrue(when));
  const always = possible.findIndex(({ when }) => isTrue(when));
  const branches = always < 0 ? possible : possible.slice(0, always);
  const otherwise = always < 0 ? expr.otherwise : possible[always]!.then;
  if (branches.length === 0) return otherwise;
  return branches.length === expr.branches.length ? expr : caseOf(branches, otherwise);
}

const isTrue = (expr: Expr): boolean => expr.op === 'literal' && expr.value === true;
