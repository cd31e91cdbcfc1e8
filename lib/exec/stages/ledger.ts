/**
 * What of a job is finished. Each fact is on the disk, in the job's list, before it counts:
 *
 *   begun      by a run; the number of its first attempt at a task, so that no two runs give a file the same name
 *   finished   a task; its results
 *   complete   a stage; the files that count, in order
 *   gone       the files of a stage, which no stage needs that is not complete
 *   lost       a task, or all of a stage, after all: a file of it is not there any more
 *
 * A task whose files are missing runs again, and so do all tasks that read what its stage gives: it need not give the
 * same rows in the same files again. Where those read files that are gone, these are made again, too.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { NamedJob } from '../../../spill/named-job.js';
import { syncFolder } from '../../../spill/sync-folder.js';
import { readBy, type Stage } from './stage.js';
import type { TaskProgress, TaskResult } from './task.js';
import type { TaskFile } from './tasks.js';

type Entry =
  | { readonly kind: 'begun'; readonly attempt: number }
  | {
      readonly kind: 'finished';
      readonly stage: number;
      readonly task: string;
      readonly rows: number;
      /** See `packed`. */
      readonly results: string;
    }
  | { readonly kind: 'complete'; readonly stage: number; readonly files: readonly TaskFile[] }
  | { readonly kind: 'gone'; readonly stage: number }
  | { readonly kind: 'lost'; readonly stage: number; readonly task: string | null };

interface StageRecord {
  readonly tasks: Map<string, readonly TaskResult[]>;
  complete: readonly TaskFile[] | null;
  isGone: boolean;
}

/** Each run may begin so many attempts. */
const attemptsPerRun = 1_000_000;

export class Ledger {
  readonly #job: NamedJob;
  readonly #stages: readonly Stage[];
  /** Where chunks of the output are; null where there is none. */
  readonly #chunks: string | null;
  readonly #records: readonly StageRecord[];
  #attempts = 0;

  /** `entries` are those of the runs before. */
  constructor(
    job: NamedJob,
    stages: readonly Stage[],
    chunks: string | null,
    entries: readonly unknown[] = [],
  ) {
    this.#job = job;
    this.#stages = stages;
    this.#chunks = chunks;
    this.#records = stages.map(() => ({ tasks: new Map(), complete: null, isGone: false }));
    for (const entry of entries) this.#apply(entry as Entry);
    this.#verify();
    const attempt = entries.length === 0 ? 0 : this.#attempts + attemptsPerRun;
    this.#append({ kind: 'begun', attempt });
  }

  /** The number of this run's first attempt at a task. */
  get firstAttempt(): number {
    return this.#attempts;
  }

  /** Tasks that are finished. */
  get finished(): number {
    return this.#records.reduce((sum, { tasks }) => sum + tasks.size, 0);
  }

  /** Where an attempt at a task of a stage puts its rows. */
  fileOf(stage: number, attempt: number): string {
    return join(this.#job.files, `stage-${stage}-${attempt}.runs`);
  }

  /** What they read and spilled is of the run that did it. */
  resultsOf(stage: number, task: string): readonly TaskResult[] | null {
    const results = this.#records[stage]!.tasks.get(task);
    return results?.map((result) => ({ ...result, progress: costless(result.progress) })) ?? null;
  }

  /** All that is there of tasks for others. */
  get files(): readonly TaskFile[] {
    const results = this.#records.flatMap(({ tasks, isGone }) => (isGone ? [] : [...tasks.values()].flat()));
    return results.flatMap(({ file }) => file ?? []);
  }

  /** The files of a stage whose tasks need not be looked at any more; null where they must. */
  filesOf(stage: number): readonly TaskFile[] | null {
    return this.#records[stage]!.complete;
  }

  /** What the task wrote must be on the disk; its name need not. */
  finish(stage: number, task: string, results: readonly TaskResult[]): void {
    syncFolder(results.some(({ chunks }) => chunks !== null) ? this.#chunks! : this.#job.files);
    const rows = results.reduce((sum, { file }) => sum + (file?.rows ?? []).reduce((a, b) => a + b, 0), 0);
    this.#append({
      kind: 'finished',
      stage,
      task,
      rows,
      results: packed(results),
    });
  }

  complete(stage: number, files: readonly TaskFile[]): void {
    this.#append({ kind: 'complete', stage, files });
  }

  forget(stage: number): void {
    if (!this.#records[stage]!.isGone) this.#append({ kind: 'gone', stage });
  }

  #append(entry: Entry): void {
    this.#job.append(entry);
    this.#apply(entry);
  }

  #apply(entry: Entry): void {
    if (entry.kind === 'begun') {
      this.#attempts = entry.attempt;
      return;
    }
    const record = this.#records[entry.stage]!;
    switch (entry.kind) {
      case 'finished':
        record.tasks.set(entry.task, unpacked(entry.results));
        return;
      case 'complete':
        record.complete = entry.files;
        return;
      case 'gone':
        record.isGone = true;
        return;
      case 'lost':
        record.complete = null;
        record.isGone = false;
        if (entry.task === null) record.tasks.clear();
        else record.tasks.delete(entry.task);
    }
  }

  /** Takes back what is finished no more. Readers first: cut off half way, the rest is found by the next run. */
  #verify(): void {
    const { whole, some } = this.#lost();
    for (const { number } of [...this.#stages].reverse())
      for (const task of whole.has(number) ? [null] : (some.get(number) ?? []))
        this.#append({ kind: 'lost', stage: number, task });
  }

  /** The stages that are lost whole, and the tasks of others whose files are missing. */
  #lost(): { readonly whole: ReadonlySet<number>; readonly some: ReadonlyMap<number, readonly string[]> } {
    const whole = new Set<number>();
    const some = new Map<number, readonly string[]>();
    this.#records.forEach(({ tasks, isGone }, stage) => {
      const missing = [...tasks].filter(([, results]) => !results.every((result) => this.#isThere(result)));
      if (!isGone && missing.length > 0)
        some.set(
          stage,
          missing.map(([task]) => task),
        );
    });
    const isChanged = (stage: number): boolean => whole.has(stage) || some.has(stage);
    const isComplete = (stage: number): boolean =>
      this.#records[stage]!.complete !== null && !isChanged(stage);
    for (let before = -1; before < whole.size; ) {
      before = whole.size;
      for (const stage of this.#stages) {
        const { tasks, isGone } = this.#records[stage.number]!;
        const readers = this.#stages.filter((one) => readBy(one).has(stage.number));
        const isAnother = tasks.size > 0 && [...readBy(stage)].some(isChanged);
        if (isAnother || (isGone && readers.some(({ number }) => !isComplete(number))))
          whole.add(stage.number);
      }
    }
    return { whole, some };
  }

  #isThere({ file, chunks }: TaskResult): boolean {
    const has = (path: string, bytes: number): boolean =>
      statSync(path, { throwIfNoEntry: false })?.size === bytes;
    if (file !== null && !has(file.path, file.bytes)) return false;
    return (chunks?.chunks ?? []).every((chunk) => has(join(this.#chunks!, chunk.file), chunk.bytes));
  }
}

const costless = ({ rows }: TaskProgress): TaskProgress => ({ read: 0, exchanged: 0, rows, spilled: 0 });

/** As V8 writes them, for statistics are no JSON; and smaller, for sketches of them are mostly zeros. */
const packed = (results: readonly TaskResult[]): string =>
  deflateRawSync(serialize(results), { level: 1 }).toString('base64');

const unpacked = (text: string): readonly TaskResult[] =>
  deserialize(inflateRawSync(Buffer.from(text, 'base64'))) as readonly TaskResult[];

/** Of the entries of a job, as far as it got. */
export function finishedTasks(entries: readonly unknown[]): number {
  const finished = new Map<number, Set<string>>();
  for (const entry of entries as readonly Entry[]) {
    if (entry.kind !== 'finished' && entry.kind !== 'lost') continue;
    const tasks = finished.get(entry.stage) ?? new Set();
    finished.set(entry.stage, tasks);
    if (entry.kind === 'finished') tasks.add(entry.task);
    else if (entry.task === null) tasks.clear();
    else tasks.delete(entry.task);
  }
  return [...finished.values()].reduce((sum, tasks) => sum + tasks.size, 0);
}
