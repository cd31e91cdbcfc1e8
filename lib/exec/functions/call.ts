/** One call of a function of the user, whichever way it gives its results: at once, later, or one after the other. */
import { abortedError } from '../../errors.js';
import type { UserFunction } from './load.js';

/** What the function gives, one result after the other. What it throws goes through `wrap`. */
export async function* resultsOf(
  call: UserFunction,
  args: readonly unknown[],
  signal: AbortSignal,
  wrap: (error: unknown) => Error,
): AsyncGenerator<unknown, void, void> {
  const wait = async (work: () => unknown): Promise<unknown> => {
    try {
      const given = work();
      return isThenable(given) ? await orAborted(given, signal) : given;
    } catch (error) {
      throw signal.aborted ? abortedError(signal.reason) : wrap(error);
    }
  };
  const given = await wait(() => call(...args));
  const turns = turnsOf(given);
  if (turns === null) {
    yield given;
    return;
  }
  let finished = false;
  try {
    for (;;) {
      const turn = (await wait(() => turns.next())) as IteratorResult<unknown>;
      finished = turn.done === true;
      if (finished) return;
      yield turn.value;
    }
  } finally {
    // One that was aborted may never answer: nobody waits for it.
    if (!finished && !signal.aborted) await wait(() => turns.return?.());
  }
}

function turnsOf(given: unknown): Iterator<unknown> | AsyncIterator<unknown> | null {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return null;
  if (Symbol.asyncIterator in given) return (given as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  // Typed arrays can be iterated too, and are no results.
  return Symbol.iterator in given && 'next' in given
    ? (given as IterableIterator<unknown>)[Symbol.iterator]()
    : null;
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  value !== null && typeof value === 'object' && typeof (value as { then?: unknown }).then === 'function';

/** Settles with the work, or as soon as the signal is aborted, which the work may not heed. */
function orAborted(work: PromiseLike<unknown>, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    Promise.resolve(work)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop));
  });
}
