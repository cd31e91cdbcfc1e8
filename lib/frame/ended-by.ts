/** Results that their reader takes at its own pace. */
import { abortedError } from '../errors.js';
import type { Turns } from './turns.js';

/**
 * The stream, ended where it stands when its signal aborts: what it holds is given back at once, and a reader that
 * comes again is told, so that it never takes the part that it saw for the whole. The way to the first value needs
 * most of the memory, and no reader, so it takes its turn. `begin` gives the signal when that value is asked for,
 * and is told by a promise when nothing is held any more.
 */
export async function* endedBy<T>(
  stream: AsyncGenerator<T, unknown, void>,
  turns: Turns,
  begin: (ended: Promise<void>) => AbortSignal,
): AsyncGenerator<T, void, void> {
  let told = (): void => undefined;
  const signal = begin(
    new Promise<void>((resolve) => {
      told = resolve;
    }),
  );
  const end = (): void => {
    // Where it fails, the reader is told of the abortion all the same.
    stream.return(undefined).then(told, told);
  };
  signal.addEventListener('abort', end);
  try {
    const first = await turns.take(signal, () => stream.next());
    if (!first.done) {
      yield first.value;
      yield* stream;
    }
    if (signal.aborted) throw abortedError(signal.reason);
  } finally {
    signal.removeEventListener('abort', end);
    await stream.return(undefined);
    told();
  }
}
