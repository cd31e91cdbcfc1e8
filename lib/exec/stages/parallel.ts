/**
 * A plan run in stages, by worker processes if there are any, and its rows as a stream of this one.
 *
 *   stages ─▶ tasks ─▶ workers ─▶ files in the job's folder ─▶ the last stage's rows, file after file, or, where little
 *                                                              is left to do, the last stage itself
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { WrittenChunks } from '../../../spill/chunks-writer.js';
import { workerFile } from '../../places.js';
import type { Plan } from '../../plan/plan.js';
import { schemaOf } from '../../plan/schema.js';
import { scansOf } from '../../plan/walk-plan.js';
import type { Context, Stream } from '../context.js';
import { execute } from '../execute.js';
import { WorkerPool } from '../workers/pool.js';
import { portable } from './choose.js';
import type { DatasetTarget } from './dataset-output.js';
import type { TaskPlace } from './in-process.js';
import type { Job } from './job.js';
import { JobDisk } from './job-disk.js';
import type { Executor, Retry, StageRun } from './schedule.js';
import { type Stage, taskCount } from './stage.js';
import type { TaskOutput, TaskProgress, TaskResult } from './task.js';
import { rowsFrom, withFiles } from './tasks.js';
import type { WorkerBudget } from './worker-budget.js';

/** Rows that this process takes on itself rather than send a task. */
const fewRows = 2 ** 18;

/** Tasks of the last stage for each worker that are begun before their rows are taken. */
const aheadPerWorker = 2;

/** Tasks for each worker that the pool has at hand, so that none waits for the next. */
const givenPerWorker = 4;

export interface ParallelStats {
  readonly tasks: number;
  /** Tasks that were run again. */
  readonly retries: readonly Retry[];
  readonly spilledBytes: number;
  /** The most that the workers had resident together, in bytes. */
  readonly peakMemory: number;
}

/** The worker processes of a session, of which there may be none. They are started with the first task. */
export class Workers {
  #budget: WorkerBudget;
  #pool: WorkerPool;
  /** What they are to have when no job runs that has another. */
  #next: WorkerBudget | null = null;
  #jobs = 0;
  readonly #stats = { tasks: 0, spilledBytes: 0 };
  readonly #retries: Retry[] = [];
  #peakBefore = 0;

  constructor(budget: WorkerBudget) {
    this.#budget = budget;
    this.#pool = poolFor(budget);
  }

  get budget(): WorkerBudget {
    return this.#budget;
  }

  /** From the next job on that runs alone they are so many, and have no more than this. */
  adopt(budget: WorkerBudget): void {
    const { workers, worker } = this.#budget;
    if (budget.workers !== workers || budget.worker.arena < worker.arena) this.#next = budget;
  }

  get stats(): ParallelStats {
    return {
      ...this.#stats,
      retries: this.#retries,
      peakMemory: Math.max(this.#peakBefore, this.#pool.peak),
    };
  }

  /** Begins to start the processes that are going to run the stages. */
  start([first]: readonly Stage[]): void {
    if (this.#next === null) this.#pool.start(first!.parts.reduce((sum, part) => sum + taskCount(part), 0));
  }

  /** Batches, each valid until the next is asked for. What `job` has finished is left to be read again. */
  async *run(stages: readonly Stage[], context: Context, job: Job | null): Stream {
    const begun = await this.#begin(stages, context, job);
    try {
      const last = stages.at(-1)!;
      const light = await lightPlan(last, begun.run);
      if (light !== null) yield* execute(light, context);
      else
        for await (const { file } of begun.run.results()) {
          yield* execute(rowsFrom([file!], schemaOf(last.parts[0]!.plan)), context);
          if (job === null) begun.disk.remove(file!);
        }
    } finally {
      await begun.end();
    }
  }

  /** The rows as chunks of a dataset, in their order. */
  async write(
    stages: readonly Stage[],
    target: DatasetTarget,
    context: Context,
    job: Job | null,
  ): Promise<WrittenChunks[]> {
    const begun = await this.#begin(stages, context, job, (number) => ({ kind: 'chunks', target, number }));
    try {
      const written: WrittenChunks[] = [];
      for await (const { chunks } of begun.run.results()) written.push(chunks!);
      return written;
    } finally {
      await begun.end();
    }
  }

  async #begin(
    stages: readonly Stage[],
    context: Context,
    job: Job | null,
    outputOf?: (number: number) => TaskOutput,
  ): Promise<{ readonly run: StageRun; readonly disk: JobDisk; end(): Promise<void> }> {
    const folder = mkdtempSync(join(job?.scratch ?? (await context.spills.folder()), 'job-'));
    // Beside the start of the processes.
    const { StageRun } = await import('./schedule.js');
    await this.#startJob();
    const { workers } = this.#budget;
    const disk = new JobDisk(context.spills, Math.max(1, workers));
    for (const file of job?.ledger.files ?? []) disk.keep(file);
    const run = new StageRun(stages, {
      executor: executorOf(await this.#placeOf(context), disk),
      signal: context.signal,
      folder,
      ledger: job?.ledger ?? null,
      atOnce: Math.max(1, workers * givenPerWorker),
      // Without workers a task has the arena to itself, so none runs while rows are taken.
      ahead: outputOf === undefined ? Math.max(1, workers * aheadPerWorker) : Number.POSITIVE_INFINITY,
      ...(outputOf !== undefined && { outputOf }),
      onRetry: (retry) => this.#retries.push(retry),
      onResult: (result) => this.#count(result),
    });
    context.progress.stages?.(run.counts);
    return {
      run,
      disk,
      end: async () => {
        await run.end();
        rmSync(folder, { recursive: true, force: true });
        disk.end();
        this.#jobs--;
      },
    };
  }

  async #startJob(): Promise<void> {
    const [before, next] = [this.#pool, this.#next];
    if (this.#jobs++ > 0 || next === null) return;
    this.#peakBefore = this.stats.peakMemory;
    this.#budget = next;
    this.#pool = poolFor(next);
    this.#next = null;
    await before.close();
  }

  /** Ends the processes that have nothing to do; they are started again when there are tasks. */
  release(): void {
    this.#pool.release();
  }

  /** Bytes that the processes have resident now, as far as they said. */
  get resident(): number {
    return this.#pool.resident;
  }

  /** Is there a process? */
  get alive(): boolean {
    return this.#pool.pids.length > 0;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #placeOf(context: Context): Promise<TaskPlace> {
    if (this.#budget.workers === 0) {
      const { inProcess } = await import('./in-process.js');
      return inProcess(context);
    }
    const pool = this.#pool;
    return async (makeTask, signal, tell) =>
      (await pool.run(makeTask, signal, (progress) => tell(progress as TaskProgress))) as TaskResult;
  }

  #count({ progress }: TaskResult): void {
    this.#stats.tasks++;
    this.#stats.spilledBytes += progress.spilled;
  }
}

function executorOf(run: TaskPlace, disk: JobDisk): Executor {
  return {
    run: (task, signal, tell) =>
      disk.during(async (begin) => {
        const sent = () => ({ ...task, plan: portable(task.plan), disk: begin() });
        const result = await run(sent, signal, tell);
        if (result.file !== null) disk.keep(result.file);
        return result;
      }),
    remove: (file) => disk.remove(file),
  };
}

/** The plan of a last stage that has one task and little to read; null where a worker is to do it. */
async function lightPlan(last: Stage, run: StageRun): Promise<Plan | null> {
  const [part] = last.parts;
  if (last.parts.length > 1 || part!.over.kind !== 'whole') return null;
  const filesOf = await run.filesFor(last);
  const plan = withFiles(part!.plan, 0, filesOf);
  const rows = scansOf(plan).reduce((sum, { source }) => sum + (source.rows ?? Number.POSITIVE_INFINITY), 0);
  return rows <= fewRows ? plan : null;
}

function poolFor(budget: WorkerBudget): WorkerPool {
  return new WorkerPool({
    entry: workerFile,
    setup: { arena: budget.worker.arena },
    size: budget.workers,
    heap: heapOf(budget),
  });
}

/** What the process has beside its arena goes to the runtime and this. */
function heapOf({ worker }: WorkerBudget): number {
  return Math.max(32 * 2 ** 20, (worker.total - worker.arena) / 2);
}
