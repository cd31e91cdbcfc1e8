/** Folders for what must not outlive its owner: locked, owner-only, removed at the latest when the process exits. */
import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbandoned, type Lock, locker } from './lock.js';

/** Those of this process. */
const held = new Set<LockedFolder>();

export class LockedFolder {
  #path: string;
  readonly #lock: Lock;

  /** @internal Made by `createLockedFolder`. */
  constructor(path: string, lock: Lock) {
    this.#path = path;
    this.#lock = lock;
  }

  get path(): string {
    return this.#path;
  }

  /** Nothing may be there, or what is there be empty. Throws what the system says. */
  rename(path: string): void {
    renameSync(this.#path, path);
    this.#path = path;
    this.#lock.moved(path);
  }

  /** With all that is in it. What cannot be removed is left to a later sweep. */
  remove(): void {
    this.abandon();
    try {
      rmSync(this.path, { recursive: true, force: true });
    } catch {}
  }

  /** Leaves it to a later sweep. */
  abandon(): void {
    held.delete(this);
    if (held.size === 0) process.off('exit', removeAll);
    this.#lock.release();
  }
}

/** `path` must not exist. Throws what the system says. */
export async function createLockedFolder(path: string): Promise<LockedFolder> {
  const acquire = await locker();
  mkdirSync(path, { mode: 0o700 });
  let folder: LockedFolder;
  try {
    folder = new LockedFolder(path, acquire(path));
  } catch (error) {
    rmSync(path, { recursive: true, force: true });
    throw error;
  }
  if (held.size === 0) process.on('exit', removeAll);
  held.add(folder);
  return folder;
}

/** Removes the folders of `parent` that are so named and whose owners have ended. */
export async function sweep(parent: string, named: (name: string) => boolean): Promise<void> {
  for (const path of foldersIn(parent, named)) {
    if (!(await isAbandoned(path))) continue;
    // Another sweep may be at it too, or a part of it be not ours to remove: a later one tries again.
    await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

/** This user's own, in no order; links are none. */
export function foldersIn(parent: string, named: (name: string) => boolean): string[] {
  try {
    return readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && named(entry.name))
      .map((entry) => join(parent, entry.name))
      .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.());
  } catch {
    return [];
  }
}

function removeAll(): void {
  for (const folder of [...held]) folder.remove();
}
