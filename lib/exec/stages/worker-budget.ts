/**
 * How a memory budget is divided among processes. The coordinator runs small queries itself and reads results; workers
 * have the rest in equal parts.
 */
import { availableParallelism } from 'node:os';
import { formatBytes, SpillwayError, usageError } from '../../errors.js';
import { type Budget, memoryFor, planBudget } from '../budget.js';

export interface WorkerBudget {
  readonly coordinator: Budget;
  /** Processes; 0 where the coordinator does all itself. */
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

/**
 * `wanted` workers, or as many as there are cores and the budget feeds. One worker is of use only where asked for: it
 * keeps the caller's process light.
 */
export function planWorkers(memory: string | number | undefined, wanted: number | undefined): WorkerBudget {
  const whole = planBudget(memory);
  const alone = { coordinator: whole, workers: 0, worker: whole };
  if (wanted !== undefined && !(Number.isSafeInteger(wanted) && wanted >= 0))
    throw usageError(`workers must be a whole number, 0 or more, not ${wanted}`);
  if (wanted === 0) return alone;
  const arena = Math.min(
    mostCoordinatorArena,
    Math.max(leastCoordinatorArena, Math.floor(whole.total * coordinatorPart)),
  );
  const coordinator = { total: memoryFor(arena), arena };
  const each = (workers: number): Budget | null => {
    const total = Math.floor((whole.total - coordinator.total) / workers);
    return total < memoryFor(wanted === undefined ? leastWorkerArena : leastAskedArena)
      ? null
      : planBudget(total);
  };
  if (wanted !== undefined) {
    const worker = each(wanted);
    if (worker !== null) return { coordinator, workers: wanted, worker };
    const least = coordinator.total + wanted * memoryFor(leastAskedArena);
    throw new SpillwayError(
      'memory',
      `${formatBytes(whole.total)} do not suffice for ${wanted} worker${wanted === 1 ? '' : 's'}: give ${formatBytes(least)} of --memory, or fewer --workers (0 does all in one process)`,
    );
  }
  for (let workers = availableParallelism(); workers > 1; workers--) {
    const worker = each(workers);
    if (worker !== null) return { coordinator, workers, worker };
  }
  return alone;
}
