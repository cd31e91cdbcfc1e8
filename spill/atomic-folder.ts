/** A folder that appears at its path whole, or not at all. */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { usageError } from '../lib/errors.js';
import { existsError, writeError } from '../lib/write-error.js';

export class AtomicFolder {
  /** The hidden sibling in which the content grows. */
  readonly work: string;
  readonly #path: string;
  readonly #objection: ((path: string) => string | null) | null;

  /**
   * What exists at `path` is refused, unless `objection` is given and has none to replacing it, which it would tell
   * as "is ..."; then it stays until the new folder is complete.
   */
  constructor(path: string, objection: ((path: string) => string | null) | null) {
    this.#path = path;
    this.#objection = objection;
    this.#check();
    this.work = this.#sibling('part');
    this.#attempt(() => mkdirSync(this.work));
  }

  /** Makes the folder appear; its files must be on the disk already. */
  commit(): void {
    this.#attempt(() => syncFolder(this.work));
    this.#check();
    const old = existsSync(this.#path) ? this.#sibling('old') : null;
    this.#attempt(() => {
      if (old !== null) renameSync(this.#path, old);
      try {
        renameSync(this.work, this.#path);
      } catch (error) {
        if (old !== null) renameSync(old, this.#path);
        throw error;
      }
      syncFolder(dirname(this.#path));
      if (old !== null) rmSync(old, { recursive: true, force: true });
    });
  }

  abort(): void {
    rmSync(this.work, { recursive: true, force: true });
  }

  #check(): void {
    if (!existsSync(this.#path)) return;
    if (this.#objection === null) throw existsError(this.#path);
    const objection = this.#objection(this.#path);
    if (objection !== null)
      throw usageError(`${this.#path} exists and ${objection}, so it is not overwritten`, {
        file: this.#path,
      });
  }

  #sibling(suffix: string): string {
    const unique = randomBytes(6).toString('hex');
    return join(dirname(this.#path), `.${basename(this.#path)}.${unique}.${suffix}`);
  }

  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      throw writeError(error, this.#path);
    }
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
