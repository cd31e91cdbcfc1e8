/**
 * Where operators put what does not fit into memory: spill files in one folder, made when the first is needed, under
 * one disk budget.
 */
import { statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DataType } from '../lib/arrow/types.js';
import { diskError, formatBytes, type SpillwayError } from '../lib/errors.js';
import type { DiskBudget } from './run-writer.js';
import type { SealedRunsWriter } from './sealed-runs.js';
import type { Texts } from './spill-coder.js';
import { spillError } from './spill-error.js';
import type { SpillFile } from './spill-file.js';
import type { Workspace } from './workspace.js';

/** A folder that nobody else uses. */
export interface SpillFolder {
  readonly path: string;
  remove(): void;
}

/** Free space is looked at again after so many bytes. */
const lookEvery = 64 * 2 ** 20;

/** So much of a disk, but no more than so many bytes, is left to others. */
const keptFree = { share: 0.02, most: 2 ** 30 } as const;

export class SpillStore {
  readonly #makeFolder: () => Promise<SpillFolder>;
  readonly #limit: number;
  readonly #whole: number;
  readonly #workspace: Workspace;
  readonly #open = new Set<{ release(): void }>();
  #folder: Promise<SpillFolder> | null = null;
  #files = 0;
  #held = 0;
  #written = 0;
  #lookAt = 0;

  /**
   * `limit` is in bytes; without one only the free space of the disk counts. `whole` is what the user allowed, where
   * others take of it too.
   */
  constructor(
    makeFolder: () => Promise<SpillFolder>,
    limit: number | null,
    workspace: Workspace,
    whole = limit,
  ) {
    this.#makeFolder = makeFolder;
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
    this.#whole = whole ?? Number.POSITIVE_INFINITY;
    this.#workspace = workspace;
  }

  /** Bytes written in all. */
  get written(): number {
    return this.#written;
  }

  /** Bytes in files now. */
  get held(): number {
    return this.#held;
  }

  /** Bytes that may be held; infinite where only the disk limits them. */
  get limit(): number {
    return this.#limit;
  }

  /** Bytes that the limit leaves. */
  get left(): number {
    return this.#limit - this.#held;
  }

  /** Counts what other processes may write for the owner of this store. */
  take(bytes: number): void {
    this.#held += bytes;
  }

  giveBack(bytes: number): void {
    this.#held -= bytes;
  }

  /** Where the files are; made if it is not there. Others may put theirs there too: it goes as a whole. */
  async folder(): Promise<string> {
    this.#folder ??= this.#makeFolder();
    return (await this.#folder).path;
  }

  /**
   * A new file for batches of columns of these types; `owner` is named in errors. Its creator releases it, before the
   * dictionaries that he gives.
   */
  async create(
    types: readonly DataType[],
    owner: string,
    texts: readonly (Texts | null)[] | null = null,
  ): Promise<SpillFile> {
    const path = await this.folder();
    // Most queries spill nothing, and start-up is part of the speed.
    const { SpillFile } = await import('./spill-file.js');
    const name = `${String(this.#files++).padStart(5, '0')}.arrows`;
    return this.#track(
      path,
      owner,
      (budget) => new SpillFile(join(path, name), types, texts, owner, this.#workspace, budget),
    );
  }

  /** A new file at `path` that other processes read once it is sealed; until then its creator releases it. */
  async createSealed(path: string, types: readonly DataType[], owner: string): Promise<SealedRunsWriter> {
    const { SealedRunsWriter } = await import('./sealed-runs.js');
    return this.#track(
      dirname(path),
      owner,
      (budget) => new SealedRunsWriter(path, types, owner, this.#workspace, budget),
    );
  }

  /** Removes the files that are still there, and the folder. */
  async release(): Promise<void> {
    for (const file of [...this.#open]) file.release();
    const folder = this.#folder;
    this.#folder = null;
    if (folder !== null) (await folder).remove();
  }

  #track<F extends { release(): void }>(folder: string, owner: string, make: (budget: DiskBudget) => F): F {
    const file: F = make({
      claim: (bytes) => this.#claim(bytes, folder, owner),
      free: (bytes) => {
        this.#held -= bytes;
      },
      close: () => this.#open.delete(file),
    });
    this.#open.add(file);
    return file;
  }

  #claim(bytes: number, folder: string, owner: string): void {
    if (this.#held + bytes > this.#limit) throw this.#overLimit(this.#held + bytes, folder, owner);
    if (this.#written + bytes > this.#lookAt) {
      const free = freeIn(folder);
      if (free.bytes < bytes + free.kept)
        throw diskError(
          `${owner} needs more room for temporary files, but ${folder} has only ${formatBytes(free.bytes)} left; free some space or name another folder with --temp-dir`,
          { file: folder },
        );
      this.#lookAt = this.#written + Math.min(lookEvery, (free.bytes - free.kept) / 4);
    }
    this.#held += bytes;
    this.#written += bytes;
  }

  #overLimit(needed: number, folder: string, owner: string): SpillwayError {
    const whole = formatBytes(this.#whole);
    const allowed =
      this.#limit < this.#whole
        ? `${formatBytes(this.#limit)} of the ${whole} that are allowed are left for it`
        : `${whole} are allowed`;
    return diskError(
      `${owner} needs ${formatBytes(needed)} of temporary files, but ${allowed}; raise --temp-limit or --memory`,
      { file: folder },
    );
  }
}

function freeIn(folder: string): ReturnType<typeof freeBytes> {
  try {
    return freeBytes(folder);
  } catch (error) {
    throw spillError(error, folder);
  }
}

/** What a disk has left, and what of it is not ours to take. */
export function freeBytes(folder: string): { readonly bytes: number; readonly kept: number } {
  const { bsize, bavail, blocks } = statfsSync(folder);
  return { bytes: bsize * bavail, kept: Math.min(keptFree.most, bsize * blocks * keptFree.share) };
}
