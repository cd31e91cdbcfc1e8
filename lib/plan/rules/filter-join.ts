/**
 * A filter over a join moves into it: what concerns one side drops that side's rows before they are joined, an equality
 * of both sides becomes a key, anything else of an inner join its condition. What may fail stays where it is.
 */
import { conjunction, conjuncts } from '../conjuncts.js';
import type { Expr } from '../expr.js';
import { filter } from '../make-plan.js';
import { mayFail } from '../may-fail.js';
import type { JoinKey, Plan } from '../plan.js';
import { mapPlan } from '../walk-plan.js';
import { keyOf, passes, rejoined, sideOf } from './join-parts.js';
import type { Rule } from './rule.js';

export const filterJoin: Rule = { name: 'filter-join', apply: (plan) => mapPlan(plan, into) };

function into(plan: Plan): Plan {
  if (plan.op !== 'filter' || plan.input.op !== 'join') return plan;
  const join = plan.input;
  const sides: { readonly left: Expr[]; readonly right: Expr[] } = { left: [], right: [] };
  const on: JoinKey[] = [];
  const condition: Expr[] = [];
  const stayed: Expr[] = [];
  const isInner = join.kind === 'inner' || join.kind === 'cross';
  for (const part of conjuncts(plan.predicate)) {
    const side = sideOf(part, join);
    const key = keyOf(part, join);
    if (mayFail(part)) stayed.push(part);
    else if (side !== null && passes(join.kind, side)) sides[side].push(part);
    else if (isInner && key !== null) on.push(key);
    else if (isInner && side === null && part.op !== 'literal') condition.push(part);
    else stayed.push(part);
  }
  const moved = sides.left.length + sides.right.length + on.length + condition.length;
  if (moved === 0) return plan;
  const own = join.condition === null ? [] : conjuncts(join.condition);
  const lower = rejoined(join, { ...sides, on }, [...own, ...condition]);
  return stayed.length === 0 ? lower : filter(lower, conjunction(stayed));
}
