/** Jobs that have names, from outside: what is finished of runs that have not ended yet. */
import type { JobInfo } from '../exec/stages/jobs.js';

export type { JobInfo };

/**
 * The jobs in a folder for temporary files (that of the system, if none is given), in the order of their names.
 *
 * ```ts
 * for (const { name, state } of await listJobs()) console.log(name, state);
 * ```
 */
export async function listJobs(tempDir?: string): Promise<JobInfo[]> {
  return (await import('../exec/stages/jobs.js')).listJobs(tempDir);
}

/**
 * Removes a job, or all that are not running, with what is finished of them; gives their names.
 *
 * ```ts
 * await cleanJobs();
 * ```
 */
export async function cleanJobs(tempDir?: string, name?: string): Promise<string[]> {
  return (await import('../exec/stages/jobs.js')).cleanJobs(tempDir, name);
}
