/** Where operators may put what does not fit into memory, and how much of it. */
import { accessSync, constants, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { freeBytes, SpillStore } from '../../spill/spill-store.js';
import { diskError, SpillwayError, usageError } from '../errors.js';
import type { Machine } from '../kernels/machine.js';
import { parseBytes } from './budget.js';

export interface TempSpace {
  /** A folder that exists, or whose parent does: then the first who writes makes it. */
  readonly folder: string;
  /** Bytes that all temporary files of a session may take; null for what the disk has. */
  readonly limit: number | null;
}

/** Refuses a folder that could not be written, before there is anything to write. */
export function planTempSpace(folder: string | undefined, limit: string | number | undefined): TempSpace {
  if (folder !== undefined) checkFolder(folder);
  return {
    folder: resolve(folder ?? tmpdir()),
    limit: limit === undefined ? null : parseBytes(limit, 'disk space'),
  };
}

/** Nothing is made on the disk before the first operator needs it. */
export function openTempSpace({ folder, limit }: TempSpace, machine: Machine): SpillStore {
  const makeFolder = async () => {
    makeTempFolder(folder);
    const { createJobFolder } = await import('../../spill/job-folder.js');
    return createJobFolder(folder);
  };
  return new SpillStore(makeFolder, limit, machine);
}

/** Removes what runs that were killed left in the folder. Where none has been at work, that costs one look. */
export async function sweepTempSpace({ folder }: TempSpace): Promise<void> {
  if (!namesIn(folder).some((name) => name.startsWith('spillway-'))) return;
  const { sweepJobFolders } = await import('../../spill/job-folder.js');
  await sweepJobFolders(folder);
}

/** None where it is not there, or may not be read: who writes is told why. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Makes the folder, if it is not there. */
export function makeTempFolder(folder: string): void {
  try {
    if (!isFolder(folder)) mkdirSync(folder);
  } catch (error) {
    throw error instanceof SpillwayError ? error : refused(folder, (error as Error).message);
  }
}

/** Bytes that temporary files may take now: what the disk has and the limit allows. */
export function freeTempBytes({ folder, limit }: TempSpace): number {
  const free = freeBytes(isFolder(folder) ? folder : dirname(folder));
  return Math.max(0, Math.min(free.bytes - free.kept, limit ?? Number.POSITIVE_INFINITY));
}

function checkFolder(given: unknown): void {
  if (typeof given !== 'string' || given === '') throw usageError('the temporary folder must be named');
  const parent = dirname(given);
  const exists = isFolder(given);
  if (!exists && !isFolder(parent))
    throw refused(given, `neither it nor ${parent} exists; make the folder or name another`);
  const writable = exists ? given : parent;
  try {
    accessSync(writable, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw diskError(
      `the temporary folder ${given} cannot be used: ${writable} may not be written; name another`,
      { file: given },
      { cause },
    );
  }
}

/** False where nothing is there; a file in its place is refused. */
function isFolder(path: string): boolean {
  let found: ReturnType<typeof statSync>;
  let link: ReturnType<typeof lstatSync>;
  try {
    found = statSync(path, { throwIfNoEntry: false });
    link = lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw refused(path, (error as Error).message);
  }
  if (found !== undefined && !found.isDirectory()) throw refused(path, 'it is not a folder; name another');
  if (found === undefined && link !== undefined)
    throw refused(path, 'it is a link to what does not exist; name another');
  return found !== undefined;
}

function refused(folder: string, why: string): SpillwayError {
  return diskError(`the temporary folder ${folder} cannot be used: ${why}`, { file: folder });
}
