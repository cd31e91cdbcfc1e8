/** The jobs in a folder for temporary files: what they are, how far they got, and their end. */
import { readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isRunning, namedJobsIn, nameOf, openNamedJob, readRecord } from '../../../spill/named-job.js';
import { SpillwayError, usageError } from '../../errors.js';
import { type JobPlan, removeChunks } from './job.js';
import { finishedTasks } from './ledger.js';

export interface JobInfo {
  readonly name: string;
  readonly state: 'running' | 'stopped' | 'damaged';
  /** When it was begun; null where that was not written down yet, or cannot be read any more. */
  readonly begun: Date | null;
  /** What it does. */
  readonly title: string;
  readonly finishedTasks: number;
  /** Of those there may be; partitions without rows need none. */
  readonly tasks: number;
  /** Bytes on the disk. */
  readonly bytes: number;
}

/** The jobs in `tempDir` (that of the system, if it is not given), in the order of their names. */
export async function listJobs(tempDir?: string): Promise<JobInfo[]> {
  const jobs: JobInfo[] = [];
  for (const path of namedJobsIn(resolve(tempDir ?? tmpdir()))) {
    const running = await isRunning(path);
    const record = recordOf(path);
    const plan = record?.plan ?? null;
    jobs.push({
      name: nameOf(path),
      state: running ? 'running' : record === null ? 'damaged' : 'stopped',
      begun: plan && new Date(plan.begun),
      title: plan?.title ?? '',
      finishedTasks: record?.finished ?? 0,
      tasks: plan?.tasks ?? 0,
      bytes: bytesIn(path) + (plan?.chunks ? bytesIn(plan.chunks) : 0),
    });
  }
  return jobs;
}

/** Removes a job, or all that are stopped, with what is finished of them; gives their names. Refuses one that runs. */
export async function cleanJobs(tempDir?: string, name?: string): Promise<string[]> {
  const paths = namedJobsIn(resolve(tempDir ?? tmpdir()));
  const wanted = name === undefined ? paths : paths.filter((path) => nameOf(path) === name);
  if (name !== undefined && wanted.length === 0)
    throw usageError(`there is no job ${name} in ${resolve(tempDir ?? tmpdir())}`);
  const removed: string[] = [];
  for (const path of wanted) {
    if (name === undefined && (await isRunning(path))) continue;
    const job = await openNamedJob(resolve(path, '..'), nameOf(path));
    removeChunks(recordOf(path)?.plan ?? null);
    job.remove();
    removed.push(job.name);
  }
  return removed;
}

/** Null where it is damaged. */
function recordOf(path: string): { readonly plan: JobPlan | null; readonly finished: number } | null {
  try {
    const { plan, entries } = readRecord(path);
    return { plan: plan as JobPlan | null, finished: finishedTasks(entries) };
  } catch (error) {
    if (error instanceof SpillwayError) return null;
    throw error;
  }
}

/** Files may come and go meanwhile. */
function bytesIn(folder: string): number {
  try {
    return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
      const path = join(folder, entry.name);
      const bytes = entry.isDirectory()
        ? bytesIn(path)
        : (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
      return sum + bytes;
    }, 0);
  } catch {
    return 0;
  }
}
