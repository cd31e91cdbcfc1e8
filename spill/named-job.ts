/**
 * The folder of a job that has a name. What its finished tasks wrote outlives the run, and the next run of the same name
 * goes on from there:
 *
 *   spillway-job-NAME/
 *     run-3/        of the run that is at it: locked while it lives; what its tasks spill
 *     plan.json     what the job is; on the disk before its first task
 *     tasks.jsonl   what is finished, a line each; on the disk before it counts
 *     files/        what tasks wrote for others
 *
 * Who holds the only folder of a run that is not abandoned has the job. One is made locked and then renamed to the next
 * free number, so two that begin at the same time both see the other, and at most one goes on.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { dataError, type SpillwayError, usageError } from '../lib/errors.js';
import { systemCode } from '../lib/write-error.js';
import { decodeLines, encodeLine } from './checked-lines.js';
import { folderError, removeAtOnce } from './job-folder.js';
import { isAbandoned } from './lock.js';
import { createLockedFolder, foldersIn, type LockedFolder, sweep } from './locked-folder.js';
import { randomName } from './random-name.js';
import { spillError } from './spill-error.js';
import { syncFolder } from './sync-folder.js';

const prefix = 'spillway-job-';
const planName = 'plan.json';
const tasksName = 'tasks.jsonl';

/** What was put down of a job, by whoever ran it. */
export interface JobRecord {
  /** Null before anything was. */
  readonly plan: unknown;
  readonly entries: readonly unknown[];
  /** Bytes of the entries in their file, without a torn end. */
  readonly bytes: number;
}

export class NamedJob {
  readonly name: string;
  readonly path: string;
  readonly #lock: LockedFolder;
  #tasks = -1;
  /** Another run may have the name since. */
  #isRemoved = false;

  /** @internal Made by `openNamedJob`. */
  constructor(path: string, lock: LockedFolder) {
    this.name = nameOf(path);
    this.path = path;
    this.#lock = lock;
  }

  /** For what ends with this run; made, and nobody else's. */
  get scratch(): string {
    return this.#lock.path;
  }

  /** For what tasks leave to others. */
  get files(): string {
    return join(this.path, 'files');
  }

  /** Begins anew. */
  begin(plan: unknown): void {
    this.#attempt(() => {
      for (const name of [tasksName, planName, 'files'])
        rmSync(join(this.path, name), { recursive: true, force: true });
      mkdirSync(this.files);
      const draft = join(this.path, `${planName}.new`);
      const file = openSync(draft, 'w', 0o600);
      try {
        writeFileSync(file, encodeLine(plan));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(draft, join(this.path, planName));
      this.#open();
      syncFolder(this.path);
      syncFolder(dirname(this.path));
    });
  }

  /** Goes on behind the entries that are there. */
  resume({ bytes }: JobRecord): void {
    this.#attempt(() => {
      mkdirSync(this.files, { recursive: true });
      this.#open();
      ftruncateSync(this.#tasks, bytes);
    });
  }

  /** Returns when the entry is on the disk. */
  append(entry: unknown): void {
    this.#attempt(() => {
      if (this.#tasks < 0) throw new Error(`bug: job ${this.name} is not open`);
      const line = Buffer.from(encodeLine(entry));
      try {
        for (let at = 0; at < line.length; ) at += writeSync(this.#tasks, line, at);
        fsyncSync(this.#tasks);
      } catch (error) {
        // A line behind a torn one would make it a damaged one.
        this.#close();
        throw error;
      }
    });
  }

  /** Leaves the job to its next run; harmless after `remove`. */
  release(): void {
    this.#close();
    if (!this.#isRemoved) this.#lock.remove();
  }

  /** Leaves nothing behind. */
  remove(): void {
    if (this.#isRemoved) return;
    this.#isRemoved = true;
    this.#close();
    removeAtOnce(this.path);
    this.#lock.abandon();
  }

  #open(): void {
    this.#tasks = openSync(join(this.path, tasksName), 'a', 0o600);
  }

  #close(): void {
    if (this.#tasks >= 0) closeSync(this.#tasks);
    this.#tasks = -1;
  }

  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      throw spillError(error, this.path);
    }
  }
}

/** `tempDir` must exist. Refuses a job that another run is at. `release` or `remove` must be called. */
export async function openNamedJob(tempDir: string, name: string): Promise<NamedJob> {
  checkName(name);
  const path = join(tempDir, `${prefix}${name}`);
  let lock: LockedFolder;
  try {
    makeOwn(path);
    lock = await createLockedFolder(join(path, `begun-${randomName()}`));
  } catch (error) {
    throw folderError(error, tempDir);
  }
  try {
    const run = Math.max(-1, ...runsOf(path).map(numberOf)) + 1;
    lock.rename(join(path, `run-${run}`));
    for (const other of runsOf(path)) {
      if (other === lock.path) continue;
      if (!(await isAbandoned(other)) && existsSync(other)) throw inUse(name);
      rmSync(other, { recursive: true, force: true });
    }
    await sweep(path, isBegun);
    // Its last run has just ended, and took this one's folder along.
    if (!existsSync(lock.path)) throw inUse(name);
    return new NamedJob(path, lock);
  } catch (error) {
    lock.remove();
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw inUse(name);
    throw folderError(error, tempDir);
  }
}

/** The paths of all jobs, in the order of their names. */
export function namedJobsIn(tempDir: string): string[] {
  return foldersIn(
    tempDir,
    (name) => name.startsWith(prefix) && validName.test(name.slice(prefix.length)),
  ).sort();
}

export const nameOf = (path: string): string => basename(path).slice(prefix.length);

/** Is a run at the job? */
export async function isRunning(path: string): Promise<boolean> {
  for (const run of runsOf(path)) if (!(await isAbandoned(run)) && existsSync(run)) return true;
  return false;
}

export function readRecord(path: string): JobRecord {
  const plan = readLines(join(path, planName), path);
  const tasks = readLines(join(path, tasksName), path);
  if (plan !== null && plan.values.length === 0) throw damaged(path, `${planName} is damaged`);
  return { plan: plan?.values[0] ?? null, entries: tasks?.values ?? [], bytes: tasks?.bytes ?? 0 };
}

function readLines(file: string, job: string): ReturnType<typeof decodeLines> | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw damaged(job, `${basename(file)} cannot be read: ${(error as Error).message}`);
  }
  const lines = decodeLines(text);
  if (lines.damaged !== null) throw damaged(job, `${basename(file)} is damaged in line ${lines.damaged}`);
  return lines;
}

function damaged(path: string, why: string): SpillwayError {
  const name = nameOf(path);
  return dataError(
    `job ${name} cannot go on: ${why} in ${path}; remove the job with: spillway jobs clean ${name}`,
    { file: path },
  );
}

const validName = /^[A-Za-z0-9._-]{1,100}$/;

export function checkName(name: unknown): void {
  if (typeof name !== 'string' || !validName.test(name))
    throw usageError(
      `the name of a job has 1 to 100 of the characters A-Z a-z 0-9 . _ -, unlike ${JSON.stringify(name)}`,
    );
}

function makeOwn(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) mkdirSync(path, { mode: 0o700 });
  else if (!found.isDirectory() || found.uid !== process.getuid?.())
    throw usageError(`${path} is not a folder of yours; name the job otherwise, or another --temp-dir`, {
      file: path,
    });
}

const isBegun = (name: string): boolean => /^begun-[0-9a-f]{16}$/.test(name);

const runsOf = (path: string): string[] => foldersIn(path, (name) => /^run-\d+$/.test(name));

const numberOf = (run: string): number => Number(basename(run).slice('run-'.length));

function inUse(name: string): SpillwayError {
  return usageError(`another run is at job ${name}; wait for its end, or name this one otherwise`);
}
