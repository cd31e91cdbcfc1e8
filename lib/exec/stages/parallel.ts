/**
 * A plan run by worker processes, and its rows as a stream of this one.
 *
 *   stages ─▶ tasks ─▶ workers ─▶ files in the job's folder ─▶ the last stage's rows, file after file, or, where little
 *                                                              is left to do, the last stage itself
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { WrittenChunks } from '../../../spill/chunks-writer.js';
import { inputsOf, type Plan, type Scan } from '../../plan/plan.js';
import { schemaOf } from '../../plan/schema.js';
import type { Context, Stream } from '../context.js';
import { execute } from '../execute.js';
import { WorkerPool } from '../workers/pool.js';
import { portable } from './choose.js';
import type { DatasetTarget } from './dataset-output.js';
import { JobDisk } from './job-disk.js';
import { type Executor, type Retry, StageRun } from './schedule.js';
import type { Stage } from './stage.js';
import type { SentTask, TaskOutput, TaskProgress, TaskResult } from './task.js';
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

/** The worker processes of a session. They are started with the first task. */
export class Workers {
  #budget: WorkerBudget;
  #pool: WorkerPool;
  /** What is left for them when no job runs that has more. */
  #smaller: WorkerBudget | null = null;
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

  /** From the next job on that runs alone they have no more than this. */
  shrink(budget: WorkerBudget): void {
    if (budget.worker.arena < this.#budget.worker.arena) this.#smaller = budget;
  }

  get stats(): ParallelStats {
    return {
      ...this.#stats,
      retries: this.#retries,
      peakMemory: Math.max(this.#peakBefore, this.#pool.peak),
    };
  }

  /** Batches, each valid until the next is asked for. */
  async *run(stages: readonly Stage[], context: Context): Stream {
    const job = await this.#begin(stages, context);
    try {
      const last = stages.at(-1)!;
      const light = await lightPlan(last, job.run);
      if (light !== null) yield* execute(light, context);
      else
        for await (const { file } of job.run.results()) {
          yield* execute(rowsFrom([file!], schemaOf(last.parts[0]!.plan)), context);
          job.disk.remove(file!);
        }
    } finally {
      await job.end();
    }
  }

  /** The rows as chunks of a dataset, in their order. */
  async write(stages: readonly Stage[], target: DatasetTarget, context: Context): Promise<WrittenChunks[]> {
    const job = await this.#begin(stages, context, (number) => ({ kind: 'chunks', target, number }));
    try {
      const written: WrittenChunks[] = [];
      for await (const { chunks } of job.run.results()) written.push(chunks!);
      return written;
    } finally {
      await job.end();
    }
  }

  async #begin(
    stages: readonly Stage[],
    context: Context,
    outputOf?: (number: number) => TaskOutput,
  ): Promise<{ readonly run: StageRun; readonly disk: JobDisk; end(): Promise<void> }> {
    const folder = mkdtempSync(join(await context.spills.folder(), 'job-'));
    await this.#startJob();
    const disk = new JobDisk(context.spills, this.#budget.workers);
    const run = new StageRun(stages, {
      executor: this.#executor(disk),
      signal: context.signal,
      folder,
      atOnce: this.#budget.workers * givenPerWorker,
      ahead: outputOf === undefined ? this.#budget.workers * aheadPerWorker : Number.POSITIVE_INFINITY,
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
    const [before, smaller] = [this.#pool, this.#smaller];
    if (this.#jobs++ > 0 || smaller === null) return;
    this.#peakBefore = this.stats.peakMemory;
    this.#budget = smaller;
    this.#pool = poolFor(smaller);
    this.#smaller = null;
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

  #executor(disk: JobDisk): Executor {
    return {
      run: (task, signal, tell) =>
        disk.during(async (begin) => {
          const sent = (): SentTask => ({ ...task, plan: portable(task.plan), disk: begin() });
          const told = (progress: unknown): void => tell(progress as TaskProgress);
          const result = (await this.#pool.run(sent, signal, told)) as TaskResult;
          if (result.file !== null) disk.keep(result.file);
          return result;
        }),
      remove: (file) => disk.remove(file),
    };
  }

  #count({ progress }: TaskResult): void {
    this.#stats.tasks++;
    this.#stats.spilledBytes += progress.spilled;
  }
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
    module: new URL('./run-task.js', import.meta.url).href,
    setup: { arena: budget.worker.arena },
    size: budget.workers,
    heap: heapOf(budget),
  });
}

/** What the process has beside its arena goes to the runtime and this. */
function heapOf({ worker }: WorkerBudget): number {
  return Math.max(32 * 2 ** 20, (worker.total - worker.arena) / 2);
}

function scansOf(plan: Plan): Scan[] {
  return plan.op === 'scan' ? [plan] : inputsOf(plan).flatMap(scansOf);
}
