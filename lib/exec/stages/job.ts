/**
 * A run of a job that has a name:
 *
 *   plan, inputs, output ─▶ as those of the folder's plan.json? ─▶ its stages, and what of them is finished
 *                                        │ no, or there is none
 *                                        └▶ the stages as they are cut now; nothing is finished
 */
import { existsSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { type NamedJob, openNamedJob, readRecord } from '../../../spill/named-job.js';
import { lastingBeside, makeLasting } from '../../../spill/pending-output.js';
import { usageError } from '../../errors.js';
import type { Plan } from '../../plan/plan.js';
import { scansOf } from '../../plan/walk-plan.js';
import { makeTempFolder } from '../temp-space.js';
import { type ChooseOptions, readsFiles, stagesOf } from './choose.js';
import { identityOf, type JobIdentity, type JobOutput, whatChanged } from './job-identity.js';
import { Ledger } from './ledger.js';
import { type Stage, taskCount } from './stage.js';

/** What is written down of a job before its first task. */
export interface JobPlan {
  /** For people: what it does. */
  readonly title: string;
  /** Milliseconds since 1970. */
  readonly begun: number;
  /** Tasks that it may have; partitions without rows need none. */
  readonly tasks: number;
  /** The folder for the chunks of its output, beside the output; null where it has none. */
  readonly chunks: string | null;
  readonly identity: JobIdentity;
  /** Stage[], as V8 writes them, in base64: tasks are told by which nodes are the same object. */
  readonly stages: string;
}

export interface JobRequest {
  readonly name: string;
  readonly title: string;
  /** Where its folder is to be. */
  readonly tempDir: string;
  /** Optimized. */
  readonly plan: Plan;
  /** Null where the rows are the caller's. */
  readonly output: JobOutput | null;
  /** Told in one line why finished work is not made use of. */
  notice(line: string): void;
}

export class Job {
  readonly stages: readonly Stage[];
  readonly ledger: Ledger;
  /** Where chunks of the output go; null where it is no dataset. */
  readonly chunks: string | null;
  readonly #folder: NamedJob;

  /** @internal Made by `openJob`. */
  constructor(
    folder: NamedJob,
    stages: readonly Stage[],
    chunks: string | null,
    entries: readonly unknown[],
  ) {
    this.#folder = folder;
    this.stages = stages;
    this.chunks = chunks;
    this.ledger = new Ledger(folder, stages, chunks, entries);
  }

  /** For what ends with this run. */
  get scratch(): string {
    return this.#folder.scratch;
  }

  /** Its result is where it belongs: leaves nothing behind. */
  finish(): void {
    if (this.chunks !== null) rmSync(this.chunks, { recursive: true, force: true });
    this.#folder.remove();
  }

  /** Leaves what is finished, if anything is, to the next run. Harmless after `finish`. */
  release(): void {
    if (this.ledger.finished === 0) this.finish();
    else this.#folder.release();
  }
}

/** `release` or `finish` must be called. */
export async function openJob(request: JobRequest, options: ChooseOptions): Promise<Job> {
  const { name, plan, output, tempDir } = request;
  checkRepeatable(plan);
  makeTempFolder(tempDir);
  const folder = await openNamedJob(tempDir, name);
  let isKept = true;
  try {
    const identity = identityOf(plan, output);
    const record = readRecord(folder.path);
    const before = record.plan as JobPlan | null;
    const changed = before === null ? null : whatChanged(before.identity, identity);
    if (before !== null && changed === null) {
      folder.resume(record);
      if (before.chunks !== null) makeLasting(before.chunks, output!.path);
      return new Job(folder, stagesIn(before), before.chunks, record.entries);
    }
    if (changed !== null) request.notice(`job ${name} starts over: ${changed}`);
    isKept = false;
    removeChunks(before);
    const stages = await stagesOf(plan, options);
    const chunks = output?.format === 'dataset' ? await lastingBeside(output.path) : null;
    const fresh: JobPlan = {
      title: request.title,
      begun: Date.now(),
      tasks: stages.reduce(
        (sum, { parts }) => sum + parts.reduce((all, part) => all + taskCount(part), 0),
        0,
      ),
      chunks,
      identity,
      stages: serialize(stages).toString('base64'),
    };
    folder.begin(fresh);
    if (chunks !== null) makeLasting(chunks, output!.path);
    return new Job(folder, stages, chunks, []);
  } catch (error) {
    if (isKept) folder.release();
    else folder.remove();
    throw error;
  }
}

/** Of a job that is given up, or begun anew. */
export function removeChunks(plan: JobPlan | null): void {
  if (plan?.chunks && hidden.test(basename(plan.chunks)) && existsSync(plan.chunks))
    rmSync(plan.chunks, { recursive: true, force: true });
}

const stagesIn = ({ stages }: JobPlan): readonly Stage[] =>
  deserialize(Buffer.from(stages, 'base64')) as readonly Stage[];

const hidden = /^\..*\.[0-9a-f]{16}\.job$/s;

function checkRepeatable(plan: Plan): void {
  if (!readsFiles(plan))
    throw usageError(
      'standard input cannot be read again, so it cannot be of a job; save it to a file first',
    );
  const rejects = scansOf(plan).find(({ source }) => source.options.rejects !== undefined);
  if (rejects !== undefined)
    throw usageError('a job keeps no rejects: leave out --job, or convert the file without it first', {
      file: rejects.source.paths[0]!,
    });
}
