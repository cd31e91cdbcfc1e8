/** Runs a command's work in a session: interrupts, progress, statistics. */
import { Session, visible } from '../lib/index.js';
import type { EngineFlags } from './options.js';
import { ProgressBar } from './progress.js';
import { isTerminal, withShortPaths } from './terminal.js';

/** `prints` tells that rows go to standard output. */
export async function run(
  flags: EngineFlags,
  { prints }: { readonly prints: boolean },
  work: (session: Session) => Promise<void>,
): Promise<void> {
  // Rows on the same terminal end the bar: it must not write between them.
  const endsWithRows = prints && isTerminal(1);
  const bar = (flags.progress ?? isTerminal(2)) ? new ProgressBar(process.stderr, endsWithRows) : null;
  const interrupted = watchInterrupts();
  const session = new Session({
    ...(flags.memory !== undefined && { memory: flags.memory }),
    ...(flags.workers !== undefined && { workers: flags.workers }),
    ...(flags.tempDir !== undefined && { tempDir: flags.tempDir }),
    ...(flags.tempLimit !== undefined && { tempLimit: flags.tempLimit }),
    ...(bar !== null && { onProgress: (event) => bar.update(event) }),
    onNotice: (line) => process.stderr.write(`spillway: ${visible(withShortPaths(line))}\n`),
    signal: interrupted.signal,
  });
  try {
    await work(session);
  } finally {
    bar?.end();
    await session.close();
    interrupted.unwatch();
  }
  if (flags.stats) {
    process.stderr.write(`${JSON.stringify(session.stats)}\n`);
  }
}

/** npx, timeout and others pass on what the terminal has sent to the whole group already: one Ctrl-C comes twice. */
const sameInterruptMs = 500;

/** A signal aborted by Ctrl-C and its like; a second one does not wait for the tidying up. */
function watchInterrupts(): { readonly signal: AbortSignal; unwatch(): void } {
  const controller = new AbortController();
  let first = 0;
  const interrupt = (): void => {
    if (!controller.signal.aborted) first = performance.now();
    else if (performance.now() - first > sameInterruptMs) process.exit(130);
    controller.abort();
  };
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, interrupt);
  return {
    signal: controller.signal,
    unwatch: () => {
      for (const name of names) process.off(name, interrupt);
    },
  };
}
