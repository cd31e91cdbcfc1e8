/** Input paths as users give them -> absolute paths of what exists. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { dataError, usageError } from '../errors.js';

/** Only what is missing, and wildcards, need it. */
const pendingOutput = () => import('../../spill/pending-output.js');

/**
 * Wildcards * and ? in any part but `**` match names within one folder; matches come sorted. A dataset that a
 * killed writer was about to replace is put back.
 */
export async function findFiles(paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) throw usageError('no input given');
  const found: string[] = [];
  for (const path of paths) {
    if (path === '-') found.push('-');
    else if (/[*?]/.test(path)) found.push(...(await expand(path)));
    else found.push(await existing(path));
  }
  return found;
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

async function existing(path: string): Promise<string> {
  if (path === '') throw usageError('an input is the empty text ""; give the path of a file');
  const file = resolve(path);
  if (existsSync(file)) return file;
  await (await pendingOutput()).recover(file);
  if (!existsSync(file)) throw dataError(`${path} does not exist`, { file: path });
  return file;
}

async function expand(pattern: string): Promise<string[]> {
  const found = (await matches(resolve(pattern))).sort();
  if (found.length === 0) throw dataError(`no file matches ${pattern}`, { file: pattern });
  return found;
}

async function matches(pattern: string): Promise<string[]> {
  const parent = dirname(pattern);
  const name = basename(pattern);
  const folders = /[*?]/.test(parent) ? await matches(parent) : [parent];
  if (!/[*?]/.test(name)) {
    return folders.map((folder) => join(folder, name)).filter((path) => existsSync(path));
  }
  const literal = name.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  const wanted = new RegExp(`^${literal.replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 'su');
  // Names that begin with a dot are hidden, as in a shell.
  const found: string[] = [];
  for (const folder of folders)
    for (const entry of await entriesOf(folder))
      if (wanted.test(entry) && !entry.startsWith('.')) found.push(join(folder, entry));
  return found;
}

async function entriesOf(folder: string): Promise<string[]> {
  if (!isFolder(folder)) return [];
  const { recover, recoverable } = await pendingOutput();
  const lost = recoverable(readdirSync(folder));
  for (const name of lost) await recover(join(folder, name));
  return readdirSync(folder);
}
