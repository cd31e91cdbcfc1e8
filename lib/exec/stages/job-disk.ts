/**
 * The disk that the tasks of a job take. It is counted in the session's store, so that the coordinator and its workers
 * keep one limit together:
 *
 *   a task begins    what is left is divided among the workers that are about to begin; its part counts as taken
 *   it ends          the part is given back, and the file that it leaves counts instead, until that is removed
 *
 * Parts are seldom needed whole. A task that had too little runs again when others have given theirs back.
 */
import { rmSync } from 'node:fs';
import type { SpillStore } from '../../../spill/spill-store.js';
import { SpillwayError } from '../../errors.js';
import type { DiskLimit } from './task.js';
import type { TaskFile } from './tasks.js';

export class JobDisk {
  readonly #spills: SpillStore;
  readonly #workers: number;
  readonly #kept = new Map<string, number>();
  /** Tasks that have not begun, and those that run. */
  #waiting = 0;
  #running = 0;
  /** Told when a task ends. */
  #listeners: (() => void)[] = [];

  constructor(spills: SpillStore, workers: number) {
    this.#spills = spills;
    this.#workers = workers;
  }

  /** Does `work`, which calls `begin` when it begins: for what it may take, or null where there is no limit. */
  async during<T>(work: (begin: () => DiskLimit | null) => Promise<T>): Promise<T> {
    let again = false;
    for (;;) {
      const part = new Part();
      try {
        return await this.#once(part, again, work);
      } catch (error) {
        const { bytes } = part;
        const refused = error instanceof SpillwayError && error.code === 'disk';
        if (!refused || bytes === null || !(await this.#moreThan(bytes))) throw error;
        again = true;
      }
    }
  }

  /** The file of a task counts from now on. */
  keep({ path, bytes }: TaskFile): void {
    this.#kept.set(path, bytes);
    this.#spills.take(bytes);
  }

  remove({ path }: TaskFile): void {
    rmSync(path, { force: true });
    this.#spills.giveBack(this.#kept.get(path) ?? 0);
    this.#kept.delete(path);
  }

  /** The job's files are gone. */
  end(): void {
    for (const bytes of this.#kept.values()) this.#spills.giveBack(bytes);
    this.#kept.clear();
  }

  /** With `again` it gets all that is left. */
  async #once<T>(
    part: Part,
    again: boolean,
    work: (begin: () => DiskLimit | null) => Promise<T>,
  ): Promise<T> {
    this.#waiting++;
    // Those that are asked for in the same breath are counted before the first begins.
    await null;
    try {
      return await work(() => {
        const workers = Math.max(1, Math.min(this.#workers - this.#running, this.#waiting));
        part.begin(again ? this.#spills.left : Math.floor(this.#spills.left / workers));
        this.#spills.take(part.bytes ?? 0);
        this.#waiting--;
        this.#running++;
        return part.bytes === null ? null : { bytes: part.bytes, whole: this.#spills.limit };
      });
    } finally {
      if (part.hasBegun) {
        this.#running--;
        this.#spills.giveBack(part.bytes ?? 0);
      } else {
        this.#waiting--;
      }
      for (const tell of this.#listeners.splice(0)) tell();
    }
  }

  /** Waits until there is much more room than that, or nothing runs that could make some. */
  async #moreThan(bytes: number): Promise<boolean> {
    while (this.#running > 0 && this.#spills.left <= 2 * bytes)
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    return this.#spills.left > bytes;
  }
}

/** What one attempt may take. */
class Part {
  bytes: number | null = null;
  hasBegun = false;

  begin(bytes: number): void {
    this.bytes = Number.isFinite(bytes) ? Math.max(0, bytes) : null;
    this.hasBegun = true;
  }
}
