/**
 * The condition of a join shrinks: an equality of both sides becomes a key, what concerns only a side whose rows need not
 * come out without a match drops them before. A key that is a constant on one side is a condition on the other.
 */
import { conjuncts } from '../conjuncts.js';
import type { Expr } from '../expr.js';
import { call } from '../make-expr.js';
import { join as makeJoin } from '../make-plan.js';
import { mayFail } from '../may-fail.js';
import type { Join, JoinKey, Plan } from '../plan.js';
import { columnsUsed } from '../walk-expr.js';
import { mapPlan } from '../walk-plan.js';
import { keyOf, rejoined, restricts, sideOf } from './join-parts.js';
import type { Rule } from './rule.js';

export const joinCondition: Rule = { name: 'join-condition', apply: (plan) => mapPlan(plan, shrink) };

function shrink(plan: Plan): Plan {
  if (plan.op !== 'join') return plan;
  const join = withoutConstantKeys(plan);
  if (join.condition === null) return join;
  const sides: { readonly left: Expr[]; readonly right: Expr[] } = { left: [], right: [] };
  const on: JoinKey[] = [];
  const kept: Expr[] = [];
  let isTrue = 0;
  for (const part of conjuncts(join.condition)) {
    const side = sideOf(part, join);
    const key = keyOf(part, join);
    if (part.op === 'literal' && part.value === true) isTrue++;
    else if (mayFail(part)) kept.push(part);
    else if (side !== null && restricts(join.kind, side)) sides[side].push(part);
    else if (key !== null) on.push(key);
    else kept.push(part);
  }
  const moved = isTrue + sides.left.length + sides.right.length + on.length;
  return moved === 0 ? join : rejoined(join, { ...sides, on }, kept);
}

/** A constant compares as well as a condition, which a side can be asked before it is joined. */
function withoutConstantKeys(plan: Join): Join {
  if (plan.nullsEqual) return plan;
  const isConstant = (key: JoinKey): boolean =>
    !mayFail(key.left) &&
    !mayFail(key.right) &&
    [key.left, key.right].some((side) => columnsUsed([side]).size === 0);
  const constant = plan.on.filter(isConstant);
  if (constant.length === 0) return plan;
  const parts = constant.map(({ left, right }) => call('eq', left, right));
  const own = plan.condition === null ? [] : [plan.condition];
  const [first, ...others] = [...parts, ...own];
  return makeJoin(
    plan.left,
    plan.right,
    plan.kind,
    plan.on.filter((key) => !isConstant(key)),
    others.length === 0 ? first! : call('and', first!, ...others),
    plan.nullsEqual,
  );
}
