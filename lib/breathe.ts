/** Where long work looks up: whoever loops over rows or bytes asks here whether to go on. */
import { setImmediate } from 'node:timers/promises';
import { abortedError } from './errors.js';

/** What knows that a run is no longer wanted: a runtime, a context. */
export interface Stoppable {
  readonly signal: AbortSignal;
}

/** Throws the error of an interrupted run if the run was aborted. */
export function stopIfAborted({ signal }: Stoppable): void {
  if (signal.aborted) throw abortedError(signal.reason);
}

/** Awaited by every scan, and by operators that give out what they hold, once a batch: lets timers and signals have their turn, and stops where the run was aborted. */
export async function breathe(run: Stoppable): Promise<void> {
  await setImmediate();
  stopIfAborted(run);
}
