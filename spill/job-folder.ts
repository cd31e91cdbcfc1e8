/** Where a job's temporary files go: a folder of its own. Those of jobs that were killed are swept when the next begins. */
import { join } from 'node:path';
import { diskError } from '../lib/errors.js';
import { systemCode } from '../lib/write-error.js';
import { createLockedFolder, type LockedFolder, sweep } from './locked-folder.js';
import { randomName } from './random-name.js';

const pattern = /^spillway-[0-9a-f]{16}$/;

/** In `tempDir`, which must exist; jobs of other processes in it are not touched. `remove` it when the job is done. */
export async function createJobFolder(tempDir: string): Promise<LockedFolder> {
  await sweep(tempDir, (name) => pattern.test(name));
  try {
    return await createLockedFolder(join(tempDir, `spillway-${randomName()}`));
  } catch (error) {
    throw folderError(error, tempDir);
  }
}

/** What the system says of a folder for temporary files in which nothing can be made. */
export function folderError(error: unknown, tempDir: string): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
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
