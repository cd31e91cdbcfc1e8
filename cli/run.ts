/** Runs a command's work in a session: interrupts, progress, statistics. */
import { Session } from '../lib/index.js';
import type { EngineFlags } from './options.js';
import { ProgressBar } from './progress.js';

/**
 * `prints` tells that rows go to standard output while input is still read, where a progress bar on the same
 * terminal would be in their way.
 */
export async function run(
  flags: EngineFlags,
  { prints }: { readonly prints: boolean },
  work: (session: Session) => Promise<void>,
): Promise<void> {
  if (flags.workers !== undefined && flags.workers > 1) {
    process.stderr.write(
      `spillway: --workers ${flags.workers}: this release works with 1, the result is the same\n`,
    );
  }
  const bar = wantsProgress(flags, prints) ? new ProgressBar(process.stderr) : null;
  const session = new Session({
    ...(flags.memory !== undefined && { memory: flags.memory }),
    ...(flags.tempDir !== undefined && { tempDir: flags.tempDir }),
    ...(flags.tempLimit !== undefined && { tempLimit: flags.tempLimit }),
    ...(bar !== null && { onProgress: (progress) => bar.update(progress) }),
    signal: interruption(),
  });
  try {
    await work(session);
  } finally {
    bar?.erase();
    await session.close();
  }
  if (flags.stats) process.stderr.write(`${JSON.stringify(session.stats)}\n`);
}

function wantsProgress(flags: EngineFlags, prints: boolean): boolean {
  return flags.progress ?? (process.stderr.isTTY === true && !(prints && process.stdout.isTTY === true));
}

/** Aborted by Ctrl-C and its like; a second one does not wait for the tidying up. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort();
    });
  }
  return controller.signal;
}
