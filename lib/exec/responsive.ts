import { setImmediate } from 'node:timers/promises';
import { abortedError } from '../errors.js';
import type { Stream } from './context.js';

/** Timers, sockets and signals of the same process wait no longer than this (and one batch). */
const turnMilliseconds = 10;

/** The same batches; stops when aborted, and lets the event loop run now and then. */
export async function* responsive(input: Stream, signal: AbortSignal): Stream {
  let turn = performance.now();
  try {
    for await (const batch of input) {
      if (performance.now() - turn > turnMilliseconds) {
        await setImmediate();
        turn = performance.now();
      }
      if (signal.aborted) throw abortedError(signal.reason);
      yield batch;
    }
  } finally {
    await input.return();
  }
}
