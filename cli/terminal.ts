/** Standard output and error. Node makes their streams when they are first touched, which takes time: see first. */
import { fstatSync } from 'node:fs';

export function isTerminal(fd: 1 | 2): boolean {
  return fstatSync(fd).isCharacterDevice() && (fd === 1 ? process.stdout : process.stderr).isTTY === true;
}

export function print(text: string): void {
  // A reader that goes away (`spillway --help | head -1`) has all it wanted.
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', closed);
  process.stdout.write(text);
}

function closed(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
