import { join } from 'node:path';
import { diskError } from '../lib/errors.js';
import { systemCode, writeError } from '../lib/write-error.js';

/** What the system says of a folder for temporary files. */
export function spillError(error: unknown, folder: string): unknown {
  if (systemCode(error) !== 'ENOENT') return writeError(error, join(folder, 'a temporary file'));
  return diskError(
    `the folder for temporary files ${folder} was removed while it was in use; keep it until the work is done`,
    { file: folder },
    { cause: error },
  );
}
