/** Input paths as users give them -> absolute paths of what exists. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { dataError, usageError } from '../errors.js';

/** Wildcards * and ? in any part but `**` match names within one folder; matches come sorted. */
export function findFiles(paths: readonly string[]): string[] {
  if (paths.length === 0) throw usageError('no input given');
  return paths.flatMap((path) =>
    path === '-' ? ['-'] : /[*?]/.test(path) ? expand(path) : [existing(path)],
  );
}

function existing(path: string): string {
  if (path === '') throw usageError('an input is the empty text ""; give the path of a file');
  const file = resolve(path);
  if (!existsSync(file)) throw dataError(`${path} does not exist`, { file: path });
  return file;
}

function expand(pattern: string): string[] {
  const found = matches(resolve(pattern)).sort();
  if (found.length === 0) throw dataError(`no file matches ${pattern}`, { file: pattern });
  return found;
}

function matches(pattern: string): string[] {
  const parent = dirname(pattern);
  const name = basename(pattern);
  const folders = /[*?]/.test(parent) ? matches(parent) : [parent];
  if (!/[*?]/.test(name)) {
    return folders.map((folder) => join(folder, name)).filter((path) => existsSync(path));
  }
  const literal = name.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const wanted = new RegExp(`^${literal.replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 'su');
  // Names that begin with a dot are hidden, as in a shell.
  return folders.flatMap((folder) =>
    entriesOf(folder)
      .filter((entry) => wanted.test(entry) && !entry.startsWith('.'))
      .map((entry) => join(folder, entry)),
  );
}

function entriesOf(folder: string): string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
}
