/**
 * A filter on a number of rows within their partition, over the window that numbers them: the window need not look at
 * rows that come later. The filter stays; what it drops is but less.
 */
import { familyOf, int64 } from '../../arrow/types.js';
import { conjuncts } from '../conjuncts.js';
import type { Expr, LiteralExpr } from '../expr.js';
import { convertLiteral, positionOf } from '../literal.js';
import type { Filter, Plan, Window, WindowTop } from '../plan.js';
import { mapPlan, withInput } from '../walk-plan.js';
import type { Rule } from './rule.js';

export const topPerPartition: Rule = {
  name: 'top-per-partition',
  apply: (plan) => mapPlan(plan, (node) => (node.op === 'filter' ? bounded(node) : node)),
};

/** So many numbers are kept for each partition. */
const mostRows = 64;

/** What depends on no later row, and is right for the first ones however many those are. */
const numberings: readonly string[] = ['row_number', 'rank', 'dense_rank'] satisfies WindowTop['by'][];

function bounded(plan: Filter): Plan {
  const { input } = plan;
  if (input.op !== 'window' || input.top !== null) return plan;
  // Other functions look at the rows that would be gone.
  if (!input.functions.every((one) => numberings.includes(one.function.toLowerCase()))) return plan;
  if (input.orderBy.length === 0 && input.partitionBy.length === 0) return plan;
  const tops = conjuncts(plan.predicate).flatMap((part) => topOf(part, input) ?? []);
  const [least] = tops.sort((a, b) => a.rows - b.rows);
  return least === undefined ? plan : withInput(plan, Object.freeze({ ...input, top: least }));
}

/** What `number <= 3` says, in any of its spellings. */
function topOf(part: Expr, window: Window): WindowTop | null {
  if (part.op !== 'call' || part.args.length !== 2) return null;
  const [a, b] = part.args as [Expr, Expr];
  const [column, literal, name] = a.op === 'column' ? [a, b, part.name] : [b, a, mirrored[part.name]];
  if (column.op !== 'column' || literal.op !== 'literal' || name === undefined) return null;
  const one = window.functions.find((made) => made.name === column.name);
  const rows = one === undefined ? null : mostOf(name, literal);
  if (rows === null || rows < 1 || rows > mostRows) return null;
  return { by: one!.function.toLowerCase() as WindowTop['by'], rows };
}

const mirrored: Readonly<Record<string, string>> = { ge: 'le', gt: 'lt', eq: 'eq' };

/** The greatest whole number that passes. */
function mostOf(comparison: string, literal: LiteralExpr): number | null {
  const bound = { ...literal, nullable: literal.value === null };
  const family = familyOf(literal.type);
  if (literal.value === null || !['integer', 'float', 'decimal'].includes(family)) return null;
  const whole = convertLiteral(bound, int64);
  if (whole !== null) {
    const value = Number(whole.value);
    if (comparison === 'le' || comparison === 'eq') return value;
    return comparison === 'lt' ? value - 1 : null;
  }
  const position = positionOf(bound, int64);
  const between = position !== null && typeof position === 'object' && 'above' in position;
  return between && (comparison === 'le' || comparison === 'lt') ? Number(position.above.value) : null;
}
