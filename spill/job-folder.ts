/** Where a job's temporary files go: a folder of its own. Those of jobs that were killed are swept by others. */
import { renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { diskError, SpillwayError } from '../lib/errors.js';
import { systemCode } from '../lib/write-error.js';
import { createLockedFolder, foldersIn, type LockedFolder, sweep } from './locked-folder.js';
import { randomName } from './random-name.js';

const pattern = /^spillway-[0-9a-f]{16}$/;
const gonePattern = /^spillway-gone-[0-9a-f]{16}$/;

/** In `tempDir`, which must exist; jobs of other processes in it are not touched. `remove` it when the job is done. */
export async function createJobFolder(tempDir: string): Promise<LockedFolder> {
  await sweepJobFolders(tempDir);
  try {
    return await createLockedFolder(join(tempDir, `spillway-${randomName()}`));
  } catch (error) {
    throw folderError(error, tempDir);
  }
}

/** Removes what jobs that were killed left in `tempDir`, which may not exist. */
export async function sweepJobFolders(tempDir: string): Promise<void> {
  await sweep(tempDir, (name) => pattern.test(name));
  for (const path of foldersIn(tempDir, (name) => gonePattern.test(name))) removeAll(path);
}

/** Removes a folder of `tempDir` with all that is in it: cut off half way, the rest is swept, and nobody takes it for whole. */
export function removeAtOnce(path: string): void {
  const gone = join(dirname(path), `spillway-gone-${randomName()}`);
  try {
    renameSync(path, gone);
  } catch {
    return;
  }
  removeAll(gone);
}

function removeAll(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {} // another sweep is at it, or a part of it is not ours: a later one tries again
}

/** What the system says of a folder for temporary files in which nothing can be made. */
export function folderError(error: unknown, tempDir: string): unknown {
  const code = systemCode(error);
  if (code === undefined || error instanceof SpillwayError) return error;
  const why = Object.hasOwn(reasons, code) ? reasons[code] : (error as Error).message;
  return diskError(
    `cannot make temporary files in ${tempDir}: ${why}; name another folder with --temp-dir`,
    { file: tempDir },
    { cause: error },
  );
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it is not a folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
};
