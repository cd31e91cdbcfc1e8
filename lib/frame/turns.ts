/**
 * Queries that run to their end by themselves take turns, so that each has the session's memory to itself and
 * ten at once need no more than one. None of them waits for its caller while it runs, so the turn always comes.
 */
import { abortedError } from '../errors.js';

export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Runs `work` when all that came before is done; if `signal` aborts earlier, it is not run. */
  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // Who gives up waiting does not let those behind it pass those before it.
    this.#last = before.then(() => left);
    try {
      await unlessAborted(before, signal);
      return await work();
    } finally {
      leave();
    }
  }
}

async function unlessAborted(waited: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
  });
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  await Promise.race([waited, aborted]);
  signal.removeEventListener('abort', stop);
  if (signal.aborted) throw abortedError(signal.reason);
}
