/** Joins as users ask for them; see plan.ts for what the node itself promises. */
import { conjunction } from '../conjuncts.js';
import type { Expr } from '../expr.js';
import { call } from '../make-expr.js';
import { filter, join } from '../make-plan.js';
import { mayFail } from '../may-fail.js';
import type { JoinKind, Plan } from '../plan.js';
import { columnNames } from './names-apart.js';
import { splitCondition } from './split-condition.js';

/** The one value of two keys that are equal where both are there. */
export function mergedKey(kind: JoinKind, left: Expr, right: Expr): Expr {
  if (kind === 'full') return call('coalesce', left, right);
  return kind === 'right' ? right : left;
}

/**
 * A join on any condition, over the names of both sides, which share none. Equalities become keys, and what looks at one
 * side only becomes a filter of it where that means the same.
 */
export function joinOn(left: Plan, right: Plan, kind: JoinKind, condition: readonly Expr[]): Plan {
  const split = splitCondition(condition, new Set(columnNames(right)));
  const below = { left: filtersLeft.has(kind), right: filtersRight.has(kind) };
  const moves = (side: 'left' | 'right') => split[side].filter((part) => below[side] && !mayFail(part));
  const stays = (side: 'left' | 'right') => split[side].filter((part) => !below[side] || mayFail(part));
  const rest = [...stays('left'), ...stays('right'), ...split.both];
  const [a, b] = [filtered(left, moves('left')), filtered(right, moves('right'))];
  if (kind === 'inner' && split.on.length === 0) return filtered(join(a, b, 'cross', []), rest);
  return join(a, b, kind, split.on, rest.length === 0 ? null : conjunction(rest));
}

/** Kinds that give no left row without a match, so that a filter may drop it before. */
const filtersLeft: ReadonlySet<JoinKind> = new Set(['inner', 'right', 'semi']);
const filtersRight: ReadonlySet<JoinKind> = new Set(['inner', 'left', 'semi', 'anti']);

export function filtered(plan: Plan, parts: readonly Expr[]): Plan {
  return parts.length === 0 ? plan : filter(plan, conjunction(parts));
}
