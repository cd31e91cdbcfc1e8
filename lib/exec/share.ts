/** How the arena is divided among the operators that hold rows. */
import { inputsOf, type Plan } from '../plan/plan.js';

/** The part of the memory that rows may be held in; batches on their way, dictionaries and outputs take the rest. */
export const heldPart = 0.7;

/** A sort with a limit up to this does without a share: it takes a little of that of another operator. */
export const fewRows = 16384;

/**
 * Bytes of the memory there is for each operator of a plan that holds rows. All of them are taken to hold rows at once, so that what one may
 * take does not depend on how far another has come.
 */
export function shareOf(plan: Plan, memory: number): number {
  return Math.floor((memory * heldPart) / Math.max(1, holders(plan)));
}

/** The memory in which each of these operators gets such a share. */
export function arenaForShare(plan: Plan, share: number): number {
  return Math.ceil((share * Math.max(1, holders(plan))) / heldPart);
}

function holders(plan: Plan): number {
  return inputsOf(plan).reduce((sum, input) => sum + holders(input), held(plan));
}

/** A window sorts its rows, and then holds those that wait; an asof join sorts both sides. */
const held = (plan: Plan): number =>
  !holdsRows(plan) ? 0 : plan.op === 'window' || plan.op === 'asof' ? 2 : 1;

/** Do the rows that the operator holds grow with its input? */
export function holdsRows(plan: Plan): boolean {
  if (plan.op === 'sort') return plan.limit === null || plan.limit > fewRows;
  if (plan.op === 'aggregate') return plan.keys.length > 0 || plan.aggregates.length > 0;
  if (plan.op === 'sample') return plan.count !== null;
  return ['distinct', 'join', 'asof', 'window'].includes(plan.op);
}
