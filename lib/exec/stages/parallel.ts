/**
 * A plan run in stages, by worker processes if there are any, and its rows as a stream of this one.
 *
 *   stages ─▶ tasks ─▶ workers ─▶ files in the job's folder ─▶ the last stage's rows, file after file, or, where little
 *                                                              is left to do, the last stage itself
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { WrittenChunks } from '../../../spill/chunks-writer.js';
import type { Plan } from '../../plan/plan.js';
import { schemaOf } from '../../plan/schema.js';
import type { Context, Stream } from '../context.js';
import { execute } from '../execute.js';
import { WorkerPool } from '../workers/pool.js';
import { portable, scansOf } from './choose.js';
import type { DatasetTarget } from './dataset-output.js';
import { inProcess } from './in-process.js';
import type { Job } from './job.js';
import { type Executor, StageRun } from './schedule.js';
import type { Stage } from './stage.js';
import type { Task, TaskOutput, TaskResult } from './task.js';
import { rowsFrom, withFiles } from './tasks.js';
import type { WorkerBudget } from './worker-budget.js';

/** Rows that this process takes on itself rather than send a task. */
const fewRows = 2 ** 18;

/** Tasks of the last stage for each worker that are begun before their rows are taken. */
const aheadPerWorker = 2;

export interface ParallelStats {
  readonly tasks: number;
  readonly retries: number;
  readonly spilledBytes: number;
  /** The most that the workers had resident together, in bytes. */
  readonly peakMemory: number;
}

/** The worker processes of a session, of which there may be none. They are started with the first task. */
export class Workers {
  readonly #budget: WorkerBudget;
  readonly #pool: WorkerPool;
  readonly #stats: { tasks: number; retries: number; spilledBytes: number };
  readonly #peakBefore: number;

  /** `before` are the sums of those that these take the place of. */
  constructor(budget: WorkerBudget, before?: ParallelStats) {
    const { tasks = 0, retries = 0, spilledBytes = 0, peakMemory = 0 } = before ?? {};
    this.#stats = { tasks, retries, spilledBytes };
    this.#peakBefore = peakMemory;
    this.#budget = budget;
    this.#pool = new WorkerPool({
      module: new URL('./run-task.js', import.meta.url).href,
      setup: { arena: budget.worker.arena },
      size: budget.workers,
      heap: heapOf(budget),
    });
  }

  get budget(): WorkerBudget {
    return this.#budget;
  }

  get stats(): ParallelStats {
    return { ...this.#stats, peakMemory: Math.max(this.#peakBefore, this.#pool.peak) };
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
          if (job === null) rmSync(file!.path, { force: true });
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
  ): Promise<{ readonly run: StageRun; end(): Promise<void> }> {
    const folder = mkdtempSync(join(job?.scratch ?? (await context.spills.folder()), 'job-'));
    const { workers } = this.#budget;
    const run = new StageRun(stages, {
      executor: workers === 0 ? inProcess(context) : this.#executor(context),
      signal: context.signal,
      folder,
      ledger: job?.ledger ?? null,
      ahead: outputOf === undefined ? Math.max(1, workers * aheadPerWorker) : Number.POSITIVE_INFINITY,
      ...(outputOf !== undefined && { outputOf }),
      diskLimit: () => null,
      onRetry: () => {
        this.#stats.retries++;
      },
      onResult: (result) => this.#count(result),
    });
    return {
      run,
      async end() {
        await run.end();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }

  /** Ends the processes that have nothing to do; they are started again when there are tasks. */
  release(): void {
    this.#pool.release();
  }

  /** Is there a process? */
  get alive(): boolean {
    return this.#pool.pids.length > 0;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #executor(context: Context): Executor {
    return {
      run: async (task: Task, signal: AbortSignal): Promise<TaskResult> => {
        let told = 0;
        const result = (await this.#pool.run({ ...task, plan: portable(task.plan) }, signal, (progress) => {
          const { read } = progress as { read: number };
          context.progress.read(read - told);
          told = read;
        })) as TaskResult;
        context.progress.read(result.read - told);
        return result;
      },
    };
  }

  #count({ spilled }: TaskResult): void {
    this.#stats.tasks++;
    this.#stats.spilledBytes += spilled;
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

/** What the process has beside its arena goes to the runtime and this. */
function heapOf({ worker }: WorkerBudget): number {
  return Math.max(32 * 2 ** 20, (worker.total - worker.arena) / 2);
}
