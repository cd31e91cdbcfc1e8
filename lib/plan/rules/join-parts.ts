/** What a condition says about the sides of a join. */
import type { Schema } from '../../arrow/schema.js';
import { familyOf, sameType } from '../../arrow/types.js';
import { bind } from '../bind.js';
import { bindJoinKey } from '../bind-join-key.js';
import { conjunction } from '../conjuncts.js';
import type { Expr } from '../expr.js';
import { filter, join } from '../make-plan.js';
import { mayFail } from '../may-fail.js';
import type { AsofJoin, Join, JoinKey, JoinKind, Plan } from '../plan.js';
import { schemaOf } from '../schema.js';
import { columnsUsed } from '../walk-expr.js';

/** The side that a condition looks at; null for both, or none. */
export function sideOf(part: Expr, plan: Join | AsofJoin): 'left' | 'right' | null {
  const used = [...columnsUsed([part])];
  if (used.length === 0) return null;
  if (used.every((name) => has(schemaOf(plan.left), name))) return 'left';
  return used.every((name) => has(schemaOf(plan.right), name)) ? 'right' : null;
}

/**
 * An equality of the two sides as a key, if it says the same as one: keys are compared in one type, which must hold the
 * values of both, and are computed for every row.
 */
export function keyOf(part: Expr, plan: Join): JoinKey | null {
  if (plan.nullsEqual || mayFail(part) || part.op !== 'call' || part.name !== 'eq') return null;
  const [a, b] = part.args as readonly [Expr, Expr];
  const sides = [sideOf(a, plan), sideOf(b, plan)];
  if (sides[0] === null || sides[1] === null || sides[0] === sides[1]) return null;
  const key = sides[0] === 'left' ? { left: a, right: b } : { left: b, right: a };
  const [left, right] = [schemaOf(plan.left), schemaOf(plan.right)];
  const types = [bind(key.left, left).type, bind(key.right, right).type] as const;
  if (sameType(types[0], types[1])) return key;
  const common = familyOf(bindJoinKey(key, left, right).left.type);
  return types.every((type) => familyOf(type) === 'integer') && common === 'integer' ? key : null;
}

/** Of a join's condition: the side whose rows may be dropped where a part about them is not true. */
export function restricts(kind: JoinKind, side: 'left' | 'right'): boolean {
  if (kind === 'inner' || kind === 'cross' || kind === 'semi') return true;
  return side === 'left' ? kind === 'right' : kind === 'left' || kind === 'anti';
}

/** Of a filter above a join: the side of which a row comes out with its own values, or not at all. */
export function passes(kind: JoinKind, side: 'left' | 'right'): boolean {
  if (kind === 'inner' || kind === 'cross') return true;
  return side === 'left' ? kind !== 'right' && kind !== 'full' : kind === 'right';
}

/** The join over fewer rows, with more keys and another condition. */
export function rejoined(
  plan: Join,
  more: { readonly left: readonly Expr[]; readonly right: readonly Expr[]; readonly on: readonly JoinKey[] },
  condition: readonly Expr[],
): Plan {
  const kind =
    plan.kind === 'cross' && plan.on.length + more.on.length + condition.length > 0 ? 'inner' : plan.kind;
  return join(
    filtered(plan.left, more.left),
    filtered(plan.right, more.right),
    kind,
    [...plan.on, ...more.on],
    condition.length === 0 ? null : conjunction(condition),
    plan.nullsEqual,
  );
}

function filtered(plan: Plan, parts: readonly Expr[]): Plan {
  return parts.length === 0 ? plan : filter(plan, conjunction(parts));
}

const has = (schema: Schema, name: string): boolean => schema.fields.some((field) => field.name === name);
