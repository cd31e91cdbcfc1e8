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

/** The least arena that a worker works with. */
const leastWorkerArena = 32 * MB;

/** Workers that nobody asked for have more: one process with all of it may be faster than some with little. */
const usualWorkerArena = 256 * MB;

/** Refuses a number of workers that is none, or that the budget never feeds. */
export function checkWorkers({ total }: Budget, wanted: number): void {
  if (!(Number.isSafeInteger(wanted) && wanted >= 0))
    throw usageError(`workers must be a whole number, 0 or more, not ${wanted}`);
  if (wanted === 0 || planWorkers({ total }, wanted, 0) !== null) return;
  let least = memoryFor(leastCoordinatorArena) + wanted * memoryFor(leastWorkerArena);
  // With more memory the coordinator has more, too.
  while (planWorkers({ total: least }, wanted, 0) === null) least += MB;
  throw new SpillwayError(
    'memory',
    `${formatBytes(total)} do not suffice for ${wanted} worker${wanted === 1 ? '' : 's'}: give ${formatBytes(Math.ceil(least / MB) * MB)} of --memory, or fewer --workers (0 does all in one process)`,
  );
}

/** Where nobody says how many: one for each core, if there are some cores and the budget feeds as many well; else none. */
export function usualWorkers(budget: Pick<Budget, 'total'>, touched: number): number {
  const cores = availableParallelism();
  for (let workers = cores; workers > 1; workers--)
    if ((planWorkers(budget, workers, touched)?.worker.arena ?? 0) >= usualWorkerArena) return workers;
  return 0;
}

/**
 * So many workers beside a coordinator that has held `touched` bytes of its arena; null where they are none, or the
 * budget does not feed them beside it.
 */
export function planWorkers(
  { total }: Pick<Budget, 'total'>,
  workers: number,
  touched: number,
): WorkerBudget | null {
  const coordinatorArena = coordinatorArenaOf(total, touched);
  const rest = total - memoryFor(coordinatorArena);
  if (workers === 0 || rest / workers < memoryFor(leastWorkerArena)) return null;
  return { coordinatorArena, workers, worker: planBudget(Math.floor(rest / workers)) };
}

function coordinatorArenaOf(total: number, touched: number): number {
  const usual = Math.min(mostCoordinatorArena, Math.floor(total * coordinatorPart));
  return Math.max(leastCoordinatorArena, usual, touched);
}
