/**
 * What a plan needs of the arena, told before it runs and held to when it runs:
 *
 *   | dictionaries and stored batches of its scans | shares of the operators that hold rows | batches on their way |
 *     as the files have them: `held`                 share.ts divides what is left           batch-size.ts
 */
import type { Runtime } from '../formats/format.js';
import type { Arena } from '../memory/arena.js';
import { inputsOf, type Plan } from '../plan/plan.js';
import { schemaOf } from '../plan/schema.js';
import { leastArenaBytes } from './budget.js';
import { isExchange, scanRequest } from './scan.js';
import { arenaForShare, holdsRows, shareOf } from './share.js';
import type { Sources } from './sources.js';

export interface Needs {
  /** Bytes that are taken whatever the memory: by the scans, by a few batches, by what is written. */
  readonly held: number;
  /** Bytes of the arena with which the plan works. */
  readonly leastArena: number;
}

export async function needsOf(plan: Plan, sources: Sources, runtime: Runtime): Promise<Needs> {
  const held = (await heldByScans(plan, sources, runtime)) + leastRest;
  return { held, leastArena: Math.max(leastArenaBytes, held + arenaForShare(plan, leastShare(plan))) };
}

/** Bytes for each operator that holds rows; none where the plan cannot work. */
export function grantedShare(plan: Plan, { held }: Needs, { capacity }: Arena): number {
  return shareOf(plan, Math.max(0, capacity - held));
}

/** The part of what batches on their way and the output take that does not shrink with the memory. */
const leastRest = 6 * 2 ** 20;

/** With less an operator that holds rows cannot work: a few batches, buffers for what it spills, and of each column. */
const leastHeld = 2 * 2 ** 20;
const leastOfColumn = 2 ** 16;

/** The most that one of the operators needs. */
function leastShare(plan: Plan): number {
  const own = holdsRows(plan) ? leastHeld + columnsOf(plan) * leastOfColumn : 0;
  return Math.max(own, ...inputsOf(plan).map(leastShare));
}

const columnsOf = (plan: Plan): number =>
  Math.max(...[plan, ...inputsOf(plan)].map((node) => schemaOf(node).fields.length));

async function heldByScans(plan: Plan, sources: Sources, runtime: Runtime): Promise<number> {
  if (plan.op === 'scan') {
    if (isExchange(plan.source.format)) return 0;
    const source = await sources.open(plan, runtime);
    return source.heldBytes?.(scanRequest(plan), runtime) ?? 0;
  }
  let sum = 0;
  for (const input of inputsOf(plan)) sum += await heldByScans(input, sources, runtime);
  return sum;
}
