import { conjuncts } from '../conjuncts.js';
import type { Expr } from '../expr.js';
import type { JoinKey } from '../plan.js';
import { columnsUsed } from '../walk-expr.js';

/** What the parts of a join's condition look at. */
export interface SplitCondition {
  readonly on: readonly JoinKey[];
  /** Parts over the left columns only, or over none. */
  readonly left: readonly Expr[];
  readonly right: readonly Expr[];
  /** Parts that compare both otherwise. */
  readonly both: readonly Expr[];
}

/** Names that are not `rightNames` are the left side's. */
export function splitCondition(
  condition: Expr | readonly Expr[],
  rightNames: ReadonlySet<string>,
): SplitCondition {
  const parts = 'op' in condition ? conjuncts(condition) : condition;
  const split = { on: [] as JoinKey[], left: [] as Expr[], right: [] as Expr[], both: [] as Expr[] };
  for (const part of parts) {
    const side = sideOf(part, rightNames);
    const key = side === 'both' ? keyOf(part, rightNames) : null;
    if (key !== null) split.on.push(key);
    else split[side === 'none' ? 'left' : side].push(part);
  }
  return split;
}

type Side = 'none' | 'left' | 'right' | 'both';

function sideOf(expr: Expr, rightNames: ReadonlySet<string>): Side {
  const names = [...columnsUsed([expr])];
  if (names.length === 0) return 'none';
  if (names.every((name) => rightNames.has(name))) return 'right';
  return names.some((name) => rightNames.has(name)) ? 'both' : 'left';
}

/** An equality of one side with the other. */
function keyOf(part: Expr, rightNames: ReadonlySet<string>): JoinKey | null {
  if (part.op !== 'call' || part.name !== 'eq') return null;
  const [a, b] = part.args as readonly [Expr, Expr];
  const sides = [sideOf(a, rightNames), sideOf(b, rightNames)];
  if (sides[0] === 'left' && sides[1] === 'right') return { left: a, right: b };
  return sides[0] === 'right' && sides[1] === 'left' ? { left: b, right: a } : null;
}
