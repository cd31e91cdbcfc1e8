import { setImmediate } from 'node:timers/promises';
import { abortedError } from '../errors.js';
import type { Runtime } from '../formats/format.js';

/** Awaited by every scan, and by operators that give out what they hold, once a batch: stops where the run was aborted, and lets timers and signals have their turn. */
export async function breathe({ signal }: Runtime): Promise<void> {
  await setImmediate();
  if (signal.aborted) throw abortedError(signal.reason);
}
