/** The command line as part of a shell's text, with file systems of its own where that is possible. */
import { execFileSync } from 'node:child_process';
import { binary, type Workplace } from './run.js';

/** Runs a shell's text in the folder, in which $1 is node and $2 the command line; its output and exit code. */
export function shell(place: Workplace, text: string, ...args: readonly string[]): string {
  const script = `{ ${text}; } 2>&1; echo "code $?"`;
  const [own, ...others] = args;
  return execFileSync(own ?? 'sh', [...others, '-c', script, 'sh', process.execPath, binary], {
    cwd: place.folder,
    encoding: 'utf8',
  });
}

/** May a file system be mounted that only one's own processes see? */
export function mayMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
