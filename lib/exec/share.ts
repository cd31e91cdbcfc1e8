/** How the arena is divided among the operators that hold rows. */
import { dictionariesPart } from '../../spill/dictionaries-part.js';
import { physicalOf } from '../arrow/types.js';
import { grows } from '../kernels/aggregates.js';
import { bindAggregate } from '../plan/bind-aggregate.js';
import { type Aggregate, inputsOf, type Plan } from '../plan/plan.js';
import { schemaOf, scopeOf } from '../plan/schema.js';

/** The part of the memory that rows may be held in; batches on their way, dictionaries and outputs take the rest. */
export const heldPart = 0.7;

/**
 * Bytes that the rest takes at most where all that is held are groups, which know to the byte what they take: batches,
 * 4 MiB for a wide one in each of some operators. Beside it there are the dictionaries of texts that are written.
 */
const restBytes = 24 * 2 ** 20;

/** A sort with a limit up to this does without a share: it takes a little of that of another operator. */
export const fewRows = 16384;

/**
 * Bytes of the memory there is for each operator of a plan that holds rows. All of them are taken to hold rows at once, so that what one may
 * take does not depend on how far another has come.
 */
export function shareOf(plan: Plan, memory: number): number {
  const part = memory * heldPart;
  const most = holdsGroupsOnly(plan) ? Math.max(part, memory * (1 - writtenPart(plan)) - restBytes) : part;
  return Math.floor(most / Math.max(1, holders(plan)));
}

/** The memory in which each of these operators gets such a share. */
export function arenaForShare(plan: Plan, share: number): number {
  const all = share * Math.max(1, holders(plan));
  const memory = all / heldPart;
  return Math.ceil(
    holdsGroupsOnly(plan) ? Math.min(memory, (all + restBytes) / (1 - writtenPart(plan))) : memory,
  );
}

/** Of the memory, for the dictionaries of what comes out. */
function writtenPart(plan: Plan): number {
  return schemaOf(plan).fields.some(({ type }) => physicalOf(type) === 'text') ? dictionariesPart : 0;
}

function holders(plan: Plan): number {
  return inputsOf(plan).reduce((sum, input) => sum + holders(input), held(plan));
}

function holdsGroupsOnly(plan: Plan): boolean {
  return (
    (!holdsRows(plan) || plan.op === 'aggregate' || plan.op === 'distinct') &&
    inputsOf(plan).every(holdsGroupsOnly)
  );
}

/** A window sorts its rows, and then holds those that wait, unless it only drops some; an asof join sorts both sides. */
function held(plan: Plan): number {
  if (!holdsRows(plan)) return 0;
  return plan.op === 'asof' || (plan.op === 'window' && plan.functions.length > 0) ? 2 : 1;
}

/** Do the rows that the operator holds grow with its input? */
export function holdsRows(plan: Plan): boolean {
  if (plan.op === 'sort') return plan.limit === null || plan.limit > fewRows;
  if (plan.op === 'aggregate') return plan.keys.length > 0 || holdsValues(plan);
  if (plan.op === 'sample') return plan.count !== null;
  return ['distinct', 'join', 'asof', 'window'].includes(plan.op);
}

/** Is there an aggregate whose state grows with its rows? */
function holdsValues(plan: Aggregate): boolean {
  const schema = scopeOf(plan);
  return plan.aggregates.some((one) => grows(bindAggregate(one, schema)));
}
