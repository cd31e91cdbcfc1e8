/** Packages of bench/package.json, which are not there until a bench that needs them has installed them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const benchFolder = fileURLToPath(new URL('../../../bench', import.meta.url));
const require = createRequire(join(benchFolder, 'package.json'));

/** Loads a package; what it has is for the caller to say, as its types need not be there. */
export async function rival<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(require.resolve(name)).href)) as T;
}

export function rivalVersion(name: string): string {
  const { version } = JSON.parse(readFileSync(manifestOf(name), 'utf8')) as { version: string };
  return version;
}

/** Installs the packages where one of `names` is not there. None of them needs a script of its own to run. */
export function installRivals(names: readonly string[]): void {
  if (names.every((name) => existsSync(manifestOf(name)))) return;
  process.stderr.write('installing the rivals into bench/node_modules ...\n');
  const flags = ['--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['install', ...flags], { cwd: benchFolder, stdio: ['ignore', 'ignore', 'inherit'] });
}

function manifestOf(name: string): string {
  return join(benchFolder, 'node_modules', name, 'package.json');
}
