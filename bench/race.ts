/** Rivals on the same task in one run: taken in turns, answers checked, medians compared. */
import { sameAnswer } from './answers.js';
import { median } from './results.js';

export interface Contender {
  readonly name: string;
  /** Does the task; what it returns tells the answer, as text, and cleans up. Only the task is timed. */
  run(): Promise<() => Promise<string>>;
}

export interface Task {
  readonly name: string;
  /** The published or otherwise known answer; where there is none, the contenders must agree. */
  readonly answer?: string;
  /** The first is ours. */
  readonly contenders: readonly [Contender, ...Contender[]];
}

export interface Timing {
  readonly task: string;
  readonly contender: string;
  /** Of all runs; the median is what is compared. */
  readonly seconds: readonly number[];
  /** NaN where it failed. */
  readonly median: number;
  /** Why it could not do the task; null if it could. */
  readonly failed: string | null;
}

/**
 * Runs every contender `rounds` times in turns. A wrong answer is an error, not a time. A rival that fails, as for want
 * of memory, is out of the race and shown as such; that ours fails is an error.
 */
export async function race(task: Task, rounds: number): Promise<Timing[]> {
  const seconds = task.contenders.map((): number[] => []);
  const failed = task.contenders.map((): string | null => null);
  let answer = task.answer;
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of task.contenders.entries()) {
      if (failed[i] !== null) continue;
      const start = performance.now();
      let answerOf: () => Promise<string>;
      try {
        answerOf = await contender.run();
      } catch (error) {
        if (i === 0) throw error;
        failed[i] = (error as Error).message.split('\n')[0]!;
        continue;
      }
      seconds[i]!.push((performance.now() - start) / 1000);
      const got = await answerOf();
      answer ??= got;
      if (!sameAnswer(got, answer))
        throw new Error(`${task.name}: ${contender.name} answers ${got} instead of ${answer}`);
    }
  }
  return task.contenders.map((contender, i) => ({
    task: task.name,
    contender: contender.name,
    seconds: seconds[i]!,
    median: failed[i] === null ? median(seconds[i]!) : Number.NaN,
    failed: failed[i]!,
  }));
}

/** Markdown: a row a task, a column a contender, and how many times faster ours is. */
export function table(timings: readonly (readonly Timing[])[]): string {
  const names = timings[0]!.map((timing) => timing.contender);
  const header = ['task', ...names, ...names.slice(1).map((name) => `${name} / ${names[0]}`)];
  const rows = timings.map((row) => [
    row[0]!.task,
    ...row.map(({ median, failed }) => (failed === null ? `${median.toFixed(3)} s` : `failed: ${failed}`)),
    ...row
      .slice(1)
      .map(({ median, failed }) => (failed === null ? (median / row[0]!.median).toFixed(2) : '-')),
  ]);
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Geometric mean of how many times faster ours is than contender number `rival`, over the tasks that it could do. */
export function advantage(timings: readonly (readonly Timing[])[], rival = 1): number {
  const done = timings.filter((row) => row[rival]!.failed === null);
  const logs = done.map((row) => Math.log(row[rival]!.median / row[0]!.median));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}
