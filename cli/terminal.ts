/** Standard output and error. Node makes their streams when they are first touched, which takes time: see first. */
import { fstatSync } from 'node:fs';

export function isTerminal(fd: 1 | 2): boolean {
  return fstatSync(fd).isCharacterDevice() && (fd === 1 ? process.stdout : process.stderr).isTTY === true;
}

/** Paths are shown as short as the user may have written them. */
export function withShortPaths(message: string): string {
  const folder = `${process.cwd()}/`;
  return folder === '//' ? message : message.replaceAll(folder, '');
}

/** Done when the text is out: an output that takes nothing (a full disk) is an error, not a success. */
export async function print(text: string): Promise<void> {
  const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
    // The stream tells of an error twice; the callback is enough.
    if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => {});
    process.stdout.write(text, resolve);
  });
  // A reader that goes away (`spillway --help | head -1`) has all it wanted.
  if (!error || error.code === 'EPIPE') return;
  const { SpillwayError } = await import('../lib/index.js');
  throw new SpillwayError('disk', `cannot write standard output: ${error.message}`, {}, { cause: error });
}
