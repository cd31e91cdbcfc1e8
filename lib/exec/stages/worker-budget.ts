/**
 * How a memory budget is divided among processes. The coordinator runs small queries itself and reads results; workers
 * have the rest in equal parts. What the coordinator's arena ever held stays with the process, and is not theirs.
 */
import { availableParallelism } from 'node:os';
import { formatBytes, SpillwayError, usageError } from '../../errors.js';
import { type Budget, memoryFor, planBudget } from '../budget.js';

export interface WorkerBudget {
  /** Bytes that the coordinator may take of its arena beside the workers. */
  readonly coordinatorArena: number;
  /** Processes. */
  readonly workers: number;
  /** Of each worker. */
  readonly worker: Budget;
}

const MB = 2 ** 20;

/** Of the whole budget, between these bounds, the coordinator's arena. */
const coordinatorPart = 1 / 8;
const leastCoordinatorArena = 32 * MB;
const mostCoordinatorArena = 512 * MB;

/** With a smaller arena a worker would spill where the whole budget in one process would not. */
const leastWorkerArena = 96 * MB;

/** The least that works, for who asks for workers by number. */
const leastAskedArena = 32 * MB;

/** Refuses a number of workers that is none, or that the budget never feeds. */
export function checkWorkers({ total }: Budget, wanted: number | undefined): void {
  if (wanted === undefined) return;
  if (!(Number.isSafeInteger(wanted) && wanted >= 0))
    throw usageError(`workers must be a whole number, 0 or more, not ${wanted}`);
  if (wanted === 0 || planWorkers({ total }, wanted, 0) !== null) return;
  const least = memoryFor(coordinatorArenaOf(total, 0)) + wanted * memoryFor(leastAskedArena);
  throw new SpillwayError(
    'memory',
    `${formatBytes(total)} do not suffice for ${wanted} worker${wanted === 1 ? '' : 's'}: give ${formatBytes(Math.ceil(least / MB) * MB)} of --memory, or fewer --workers (0 does all in one process)`,
  );
}

/**
 * The workers beside a coordinator that has held `touched` bytes of its arena: `wanted`, or one a core as far as the
 * budget feeds them. Null where the coordinator does all itself; one worker is of use only to who asks for it.
 */
export function planWorkers(
  { total }: Pick<Budget, 'total'>,
  wanted: number | undefined,
  touched: number,
): WorkerBudget | null {
  const coordinatorArena = coordinatorArenaOf(total, touched);
  const rest = total - memoryFor(coordinatorArena);
  const least = memoryFor(wanted === undefined ? leastWorkerArena : leastAskedArena);
  const workers = Math.min(wanted ?? availableParallelism(), Math.floor(rest / least));
  if (workers < (wanted ?? 2) || workers === 0) return null;
  return { coordinatorArena, workers, worker: planBudget(Math.floor(rest / workers)) };
}

function coordinatorArenaOf(total: number, touched: number): number {
  const usual = Math.min(mostCoordinatorArena, Math.floor(total * coordinatorPart));
  return Math.max(leastCoordinatorArena, usual, touched);
}
