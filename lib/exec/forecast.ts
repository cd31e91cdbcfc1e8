/**
 * What a plan is going to need, by the estimates of its rows: how much each operator that holds rows would hold, what of
 * it goes to disk, and with how much memory nothing would.
 */
import { formatBytes } from '../errors.js';
import { grows } from '../kernels/aggregates.js';
import { bindAggregate } from '../plan/bind-aggregate.js';
import { estimate, estimateRows, widthOfRows } from '../plan/estimate.js';
import { type Aggregate, inputsOf, type Plan } from '../plan/plan.js';
import { schemaOf } from '../plan/schema.js';
import { memoryFor, wholeMemoryFor } from './budget.js';
import { buildsLeft } from './join/sides.js';
import type { Needs } from './needs.js';
import { arenaForShare, holdsRows } from './share.js';

/** Bytes; null where the rows are not known. */
export interface Forecast {
  /** Least memory of the whole process that the plan works in. */
  readonly leastMemory: number;
  /** Memory of the whole process with which nothing is spilled. */
  readonly roomyMemory: number | null;
  readonly spilled: number | null;
}

/** `share` is what each operator that holds rows may take. */
export function forecast(plan: Plan, needs: Needs, share: number): Forecast {
  const holders = holdersOf(plan);
  const held = holders.map(heldBytes);
  const most = held.includes(null) ? null : Math.max(0, ...(held as number[]));
  const leastMemory = wholeMemoryFor(needs.leastArena);
  return {
    leastMemory,
    roomyMemory:
      most === null ? null : Math.max(leastMemory, memoryFor(needs.held + arenaForShare(plan, most))),
    spilled: holders.reduce<number | null>((sum, node) => {
      const bytes = spilledBytes(node, share);
      return sum === null || bytes === null ? null : sum + bytes;
    }, 0),
  };
}

/** A line about an operator that holds rows, for explain; none about others. */
export function forecastLines(node: Plan, share: number): string[] {
  if (!holdsRows(node)) return [];
  const held = heldBytes(node);
  if (held === null) return [`memory   at most ${formatBytes(share)}, the rest spills`];
  const spilled = spilledBytes(node, share)!;
  const rest = spilled === 0 ? '' : `; about ${formatBytes(spilled)} spill`;
  return [`memory   about ${formatBytes(Math.min(held, share))} of at most ${formatBytes(share)}${rest}`];
}

function holdersOf(plan: Plan): Plan[] {
  return [...(holdsRows(plan) ? [plan] : []), ...inputsOf(plan).flatMap(holdersOf)];
}

/** What an operator would hold if all of it were in memory. */
function heldBytes(plan: Plan): number | null {
  switch (plan.op) {
    case 'aggregate':
      return aggregateBytes(plan);
    case 'distinct':
      return times(estimateRows(plan), widthOf(plan) + groupBytes);
    case 'sort':
      return times(estimateRows(plan), widthOf(plan) + orderBytes);
    case 'window':
      return times(estimateRows(plan), widthOf(plan.input) + orderBytes);
    case 'join': {
      const build = buildsLeft(plan) ? plan.left : plan.right;
      return times(estimateRows(build), widthOf(build) + indexBytes);
    }
    case 'asof':
      return sum(
        [plan.left, plan.right].map((side) => times(estimateRows(side), widthOf(side) + orderBytes)),
      );
    case 'sample':
      return times(estimateRows(plan), widthOf(plan));
    default:
      return 0;
  }
}

/** Beside the key: the place in the index, the hash, the number of the group. */
const groupBytes = 16;

/** Beside the row: the key's first bytes and the row's number, twice while they are sorted. */
const orderBytes = 24;

/** Beside a row of the build side: the place in the index, the hash, the next row. */
const indexBytes = 16;

function aggregateBytes(plan: Aggregate): number | null {
  const { input, keys } = plan;
  const schema = schemaOf(input);
  const { rows, columns } = estimate(plan);
  const width = widthOfRows(keys.map(({ name }) => columns.get(name)!)) + groupBytes;
  const before = estimateRows(input);
  const states = plan.aggregates.map((one) => {
    const { state, distinct } = bindAggregate(one, schema);
    // Values of each row, or a fixed state of each group.
    if (grows({ state, distinct })) return times(before, valueBytes);
    return times(rows, state.form === 'fixed' ? state.bytes : 0);
  });
  return sum([times(rows, width), ...states]);
}

/** A value and the number of its group. */
const valueBytes = 12;

/** What of it goes to disk: rows of groups that are not held, of partitions that are not built, all rows that are sorted. */
function spilledBytes(plan: Plan, share: number): number | null {
  const held = heldBytes(plan);
  if (held === null) return null;
  if (held <= share) return 0;
  const written = sum(inputsOf(plan).map((input) => times(estimateRows(input), widthOf(input))));
  const part = plan.op === 'sort' || plan.op === 'window' || plan.op === 'asof' ? 1 : 1 - share / held;
  return times(written, part);
}

/** Bytes of a row that comes out. */
function widthOf(plan: Plan): number {
  return widthOfRows(estimate(plan).columns.values());
}

function times(rows: number | null, bytes: number): number | null {
  return rows === null ? null : Math.round(rows * bytes);
}

function sum(parts: readonly (number | null)[]): number | null {
  return parts.reduce((all, part) => (all === null || part === null ? null : all + part), 0);
}
