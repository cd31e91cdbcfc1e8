/** How the arena is divided among the operators that hold rows. */
import type { Arena } from '../memory/arena.js';
import { inputsOf, type Plan } from '../plan/plan.js';

/** The part of the arena that rows may be held in; batches on their way, dictionaries and outputs take the rest. */
const heldPart = 0.7;

/** A sort with a limit up to this does without a share: it takes a little of that of another operator. */
export const fewRows = 16384;

/**
 * Bytes for each operator of a plan that holds rows. All of them are taken to hold rows at once, so that what one may
 * take does not depend on how far another has come.
 */
export function shareOf(plan: Plan, arena: Arena): number {
  return Math.floor((arena.capacity * heldPart) / Math.max(1, holders(plan)));
}

function holders(plan: Plan): number {
  return inputsOf(plan).reduce((sum, input) => sum + holders(input), holdsRows(plan) ? 1 : 0);
}

/** Do the rows that the operator holds grow with its input? */
function holdsRows(plan: Plan): boolean {
  if (plan.op === 'sort') return plan.limit === null || plan.limit > fewRows;
  if (plan.op === 'aggregate') return plan.keys.length > 0 || plan.aggregates.length > 0;
  return plan.op === 'distinct';
}
