/** What the system says when an output cannot be written, as one line that names the output. */
import { dirname } from 'node:path';
import { diskError, SpillwayError, usageError } from './errors.js';

export function existsError(path: string): SpillwayError {
  return usageError(`${path} exists; give --overwrite to replace it`, { file: path });
}

export function writeError(error: unknown, path: string): unknown {
  if (error instanceof SpillwayError) return error;
  const place = { file: path };
  const folder = dirname(path);
  switch (systemCode(error)) {
    case 'ENOENT':
      return usageError(`cannot write ${path}: the folder ${folder} does not exist`, place);
    case 'ENOTDIR':
      return usageError(`cannot write ${path}: ${folder} is not a folder`, place);
    case 'ENAMETOOLONG':
      return usageError(`cannot write ${path}: the name is too long`, place);
    case 'EACCES':
    case 'EPERM':
      return diskError(`cannot write ${path}: no permission in ${folder}`, place, { cause: error });
    case 'EROFS':
      return diskError(`cannot write ${path}: the file system is read-only`, place, { cause: error });
    case 'ENOSPC':
    case 'EDQUOT':
      return diskError(`cannot write ${path}: the disk is full; free some space or write elsewhere`, place, {
        cause: error,
      });
    case 'EFBIG':
      return diskError(
        `cannot write ${path}: the file is larger than the file system or a limit allows`,
        place,
        {
          cause: error,
        },
      );
    case 'EPIPE':
      return diskError(`cannot write ${path}: its reader has gone`, place, { cause: error });
    case undefined:
      return error;
    default:
      return diskError(`cannot write ${path}: ${(error as Error).message}`, place, { cause: error });
  }
}

/** ENOSPC, EACCES, ...; undefined for errors that are not the system's. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
