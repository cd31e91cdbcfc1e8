/** Rivals on the same task in one run: taken in turns, answers checked, medians compared. */
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
  readonly median: number;
}

/** Runs every contender `rounds` times in turns; a wrong answer is an error, not a time. */
export async function race(task: Task, rounds: number): Promise<Timing[]> {
  const seconds = task.contenders.map((): number[] => []);
  let answer = task.answer;
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of task.contenders.entries()) {
      const start = performance.now();
      const answerOf = await contender.run();
      seconds[i]!.push((performance.now() - start) / 1000);
      const got = await answerOf();
      answer ??= got;
      if (got !== answer)
        throw new Error(`${task.name}: ${contender.name} answers ${got} instead of ${answer}`);
    }
  }
  return task.contenders.map((contender, i) => ({
    task: task.name,
    contender: contender.name,
    seconds: seconds[i]!,
    median: median(seconds[i]!),
  }));
}

/** Markdown: a row a task, a column a contender, and how many times faster ours is. */
export function table(timings: readonly (readonly Timing[])[]): string {
  const names = timings[0]!.map((timing) => timing.contender);
  const header = ['task', ...names, ...names.slice(1).map((name) => `${name} / ${names[0]}`)];
  const rows = timings.map((row) => [
    row[0]!.task,
    ...row.map((timing) => `${timing.median.toFixed(3)} s`),
    ...row.slice(1).map((timing) => (timing.median / row[0]!.median).toFixed(2)),
  ]);
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Geometric mean of how many times faster ours is than contender number `rival`. */
export function advantage(timings: readonly (readonly Timing[])[], rival = 1): number {
  const logs = timings.map((row) => Math.log(row[rival]!.median / row[0]!.median));
  return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
