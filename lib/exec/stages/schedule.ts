/**
 * Runs the stages of a plan, task by task, and runs a task again that was lost.
 *
 *   stage ready ─▶ tasks ─▶ executor (worker processes) ─▶ files of the stage ─▶ stages that read it
 *                    ▲             │ lost: its worker died
 *                    └─────────────┘ anew, three times at most; in halves, if memory was the cause
 *
 * What a task wrote counts once its result is here. Results of a stage are taken in the order of its tasks, which is what
 * makes parts of text sure: one counts if it begins where the part before it ended; else it is read again from there.
 * With a ledger what is finished outlives this process, and what was finished before is not run again.
 */
import { setMaxListeners } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { abortedError, formatBytes, isMemoryError, SpillwayError } from '../../errors.js';
import { codeText } from '../../plan/code-text.js';
import { codesWithin } from '../functions/codes.js';
import { WorkerLost } from '../workers/pool.js';
import type { SentError } from '../workers/protocol.js';
import { received } from '../workers/sent-error.js';
import { halvesOf } from './halves.js';
import type { Ledger } from './ledger.js';
import { RangeJudge, withLinesBefore } from './ranges.js';
import { removeChunks } from './remove-chunks.js';
import { readBy, type Stage } from './stage.js';
import { StageCounts } from './stage-counts.js';
import { operatorsText } from './stages-text.js';
import type { Task, TaskOutput, TaskProgress, TaskResult } from './task.js';
import { overSplit, type TaskFile, type TaskPlan, tasksOf } from './tasks.js';

/** Where tasks run. */
export interface Executor {
  /** Rejects with WorkerLost where the task may be run again. */
  run(task: Task, signal: AbortSignal, tell: (progress: TaskProgress) => void): Promise<TaskResult>;
  /** Removes a file that nothing is going to read any more. */
  remove(file: TaskFile): void;
}

/** A task that is run again. */
export interface Retry {
  readonly stage: number;
  /** For people: "its worker was killed by SIGKILL". */
  readonly why: string;
  /** Bytes that its worker had resident; 0 where that is not known. */
  readonly resident: number;
}

export interface ScheduleOptions {
  readonly executor: Executor;
  readonly signal: AbortSignal;
  /** Where tasks put what they spill and, without a ledger, their files; it is there, and nobody else writes to it. */
  readonly folder: string;
  /** Of a job that has a name. */
  readonly ledger: Ledger | null;
  /** Tasks of a stage that the executor is given before one of them ends: a few more than it has workers. */
  readonly atOnce: number;
  /** Tasks of the last stage that are begun before their results are taken, so that a slow reader stops the work. */
  readonly ahead: number;
  /** Where the rows of the last stage go; `number` is that of no other attempt. Files, if it is not given. */
  outputOf?(number: number): TaskOutput;
  /** Told of each task that is run again, and of each result of one that was run. */
  onRetry(retry: Retry): void;
  onResult(result: TaskResult): void;
}

/** A task that is lost so often fails the job. */
const mostAttempts = 3;

export class StageRun {
  readonly #stages: readonly Stage[];
  readonly #options: ScheduleOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #files = new Map<number, readonly TaskFile[]>();
  readonly #finished = new Map<number, Promise<void>>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #counts: ReadonlyMap<Stage, StageCounts>;
  #attempts: number;

  /** Begins with all stages but the last. `end` must be called. */
  constructor(stages: readonly Stage[], options: ScheduleOptions) {
    this.#stages = stages;
    this.#options = options;
    this.#attempts = options.ledger?.firstAttempt ?? 0;
    this.#counts = new Map(
      stages.map((stage) => [stage, new StageCounts(stage.number, operatorsText(stage))]),
    );
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
    // As many as there are tasks; each takes its listener away.
    setMaxListeners(0, this.#signal);
    for (const stage of stages.slice(0, -1)) {
      const finished = this.#finish(stage);
      // The others need not go on; who waits for it throws its error.
      finished.catch(() => this.#stop.abort());
      this.#finished.set(stage.number, finished);
    }
  }

  /** How far the stages are, as they go on. */
  get counts(): readonly StageCounts[] {
    return [...this.#counts.values()];
  }

  /** The files that a stage reads, when they are there. */
  async filesFor(stage: Stage): Promise<(stage: number) => readonly TaskFile[]> {
    await Promise.all([...readBy(stage)].map((number) => this.#finished.get(number)));
    return (number) => this.#files.get(number)!;
  }

  /** Of the tasks of the last stage, in order. */
  results(): AsyncGenerator<TaskResult, void, void> {
    return this.#results(this.#stages.at(-1)!, this.#options.ahead);
  }

  /** Stops what runs; returns when nothing does. */
  async end(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#finished.values());
    await Promise.allSettled(this.#running);
  }

  async #finish(stage: Stage): Promise<void> {
    this.#files.set(stage.number, await this.#filesOf(stage));
    for (const number of readBy(stage)) this.#forget(number);
  }

  async #filesOf(stage: Stage): Promise<readonly TaskFile[]> {
    const { ledger } = this.#options;
    await this.filesFor(stage);
    const before = ledger?.filesOf(stage.number) ?? null;
    if (before !== null) {
      this.#counts.get(stage)!.skip(before.length);
      return before;
    }
    const files: TaskFile[] = [];
    for await (const { file } of this.#results(stage, Number.POSITIVE_INFINITY)) files.push(file!);
    ledger?.complete(stage.number, files);
    return files;
  }

  /** Removes the files of a stage that nothing is going to read any more. */
  #forget(number: number): void {
    if (this.#stages.some((stage) => !this.#files.has(stage.number) && readBy(stage).has(number))) return;
    this.#options.ledger?.forget(number);
    for (const file of this.#files.get(number)!) this.#options.executor.remove(file);
  }

  /** In the order of tasks. */
  async *#results(stage: Stage, ahead: number): AsyncGenerator<TaskResult, void, void> {
    const tasks = tasksOf(stage, await this.filesFor(stage));
    const counts = this.#counts.get(stage)!;
    counts.begin(tasks.length);
    const begun: Promise<readonly TaskResult[]>[] = [];
    let [taken, unfinished, over] = [0, 0, false];
    const beginMore = (): void => {
      while (unfinished < this.#options.atOnce && begun.length < Math.min(tasks.length, taken + ahead)) {
        if (over || this.#signal.aborted) return;
        const run = this.#begin(stage, tasks[begun.length]!, String(begun.length));
        begun.push(run);
        unfinished++;
        const settled = (): void => {
          unfinished--;
          beginMore();
        };
        run.then(settled, settled);
      }
    };
    let judge = new RangeJudge();
    let rows = 0;
    try {
      for (; taken < tasks.length; taken++) {
        beginMore();
        if (taken === begun.length) throw abortedError(this.#signal.reason);
        if (tasks[taken]!.part !== tasks[taken - 1]?.part) judge = new RangeJudge();
        for (const result of await this.#sure(stage, tasks[taken]!, String(taken), begun[taken]!, judge)) {
          rows += result.progress.rows;
          yield result;
        }
        counts.finishTask();
        if (stage.enough !== null && rows >= stage.enough) break;
      }
    } finally {
      over = true;
    }
    counts.end();
  }

  /** `name` is that of no other task of the stage, and the same in each run of a job. */
  #begin(stage: Stage, task: TaskPlan, name: string): Promise<readonly TaskResult[]> {
    const run = this.#once(stage, task, name);
    // It is awaited in its turn; `end` waits for those whose turn does not come.
    this.#running.add(run);
    const settled = (): boolean => this.#running.delete(run);
    run.then(settled, settled);
    return run;
  }

  async #once(stage: Stage, task: TaskPlan, name: string): Promise<readonly TaskResult[]> {
    const { ledger, onResult } = this.#options;
    const before = ledger?.resultsOf(stage.number, name) ?? null;
    if (before !== null) {
      for (const { progress } of before) this.#counts.get(stage)!.attempt()(progress);
      return before;
    }
    const results = await this.#attempt(stage, task);
    results.forEach(onResult);
    // What failed may be of no account, and left no file to keep.
    if (results.every(({ failure }) => failure === null)) ledger?.finish(stage.number, name, results);
    return results;
  }

  /** What counts of the results: a range of a text must begin where the one before it ended. */
  async #sure(
    stage: Stage,
    task: TaskPlan,
    name: string,
    begun: Promise<readonly TaskResult[]>,
    judge: RangeJudge,
  ): Promise<readonly TaskResult[]> {
    const range = task.split?.range ?? null;
    const results = await begun;
    if (range === null) return results;
    const [result] = results as readonly [TaskResult];
    const verdict = judge.judge({ range, read: result.range, failed: result.failure !== null });
    if (verdict.kind !== 'accept') this.#drop(stage, name, result);
    if (verdict.kind === 'again') {
      const split = Object.freeze({ ...task.split!, range: verdict.range });
      const again = { ...task, plan: overSplit(task.plan, task.split!, split), split };
      const from = `${name} from ${verdict.range.from}`;
      return this.#sure(stage, again, from, this.#begin(stage, again, from), judge);
    }
    if (verdict.kind === 'fail') throw failureAfter(result.failure!, verdict.lines);
    return verdict.kind === 'drop' ? [] : results;
  }

  #drop(stage: Stage, name: string, result: TaskResult): void {
    this.#counts.get(stage)!.drop(result.progress);
    const { file } = result;
    if (file === null) return;
    // What it read is needed again to judge it; its file is not.
    this.#options.ledger?.finish(stage.number, name, [{ ...result, file: null }]);
    this.#options.executor.remove(file);
  }

  async #attempt(stage: Stage, task: TaskPlan): Promise<TaskResult[]> {
    const losses: WorkerLost[] = [];
    for (;;) {
      try {
        return [await this.#send(stage, task)];
      } catch (error) {
        const halves = wasMemory(error) && task.split !== null ? halvesOf(task.split) : null;
        if (error instanceof WorkerLost) {
          losses.push(error);
          if (losses.length === mostAttempts) throw lostTooOften(stage, losses);
        } else if (halves === null) throw error;
        this.#options.onRetry(retryOf(stage, error));
        if (halves === null) continue;
        const results: TaskResult[] = [];
        for (const split of halves)
          results.push(
            ...(await this.#attempt(stage, {
              ...task,
              plan: overSplit(task.plan, task.split!, split),
              split,
            })),
          );
        return results;
      }
    }
  }

  async #send(stage: Stage, { plan }: TaskPlan): Promise<TaskResult> {
    const number = this.#attempts++;
    const { executor, folder, ledger, outputOf } = this.#options;
    const name = `stage-${stage.number}-${number}`;
    const output: TaskOutput =
      stage === this.#stages.at(-1) && outputOf !== undefined
        ? outputOf(number)
        : {
            kind: 'runs',
            path: ledger?.fileOf(stage.number, number) ?? join(folder, `${name}.runs`),
            layout: stage.layout,
            sync: ledger !== null,
          };
    const task = { plan, output, folder: join(folder, name) };
    const tell = this.#counts.get(stage)!.attempt();
    try {
      const result = await executor.run(task, this.#signal, tell);
      tell(result.progress);
      return result;
    } catch (error) {
      tell(null);
      clear(task);
      throw error;
    }
  }
}

/** Removes what an attempt left that failed: a worker that was killed could not. */
function clear({ folder, output }: Task): void {
  rmSync(folder, { recursive: true, force: true });
  if (output.kind === 'runs') rmSync(output.path, { force: true });
  else removeChunks(output.target, output.number);
}

function retryOf(stage: Stage, error: unknown): Retry {
  const { number } = stage;
  return error instanceof WorkerLost
    ? { stage: number, why: `its worker ${error.how}`, resident: error.resident }
    : { stage: number, why: (error as Error).message, resident: 0 };
}

function failureAfter(failure: SentError, lines: number): Error {
  return received({ ...failure, ...withLinesBefore(failure, lines) });
}

/** Would less at once have done? */
function wasMemory(error: unknown): boolean {
  if (error instanceof WorkerLost) return error.outOfMemory;
  return isMemoryError(error);
}

function lostTooOften(stage: Stage, losses: readonly WorkerLost[]): SpillwayError {
  const { how } = losses.at(-1)!;
  const peak = Math.max(...losses.map(({ resident }) => resident));
  const codes = stage.parts.flatMap(({ plan }) => codesWithin(plan)).map(codeText);
  const advice = losses.some(({ outOfMemory }) => outOfMemory)
    ? 'give more --memory or fewer --workers'
    : 'see the log of the system for who ended it';
  const suspects = codes.length === 0 ? '' : `; it ran ${[...new Set(codes)].join(', ')}`;
  return new SpillwayError(
    'worker',
    `a task of stage ${stage.number} failed ${mostAttempts} times: the last time its worker ${how}, with ${formatBytes(peak)} resident at most${suspects}; ${advice}`,
  );
}
