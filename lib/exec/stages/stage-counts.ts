/** How far a stage is: what its finished tasks gave, and what those that run have told so far. */
import type { TaskProgress } from './task.js';

type Sums = Pick<TaskProgress, 'read' | 'exchanged' | 'rows'>;

export interface StageProgress {
  readonly stage: number;
  /** Its operators, in the order in which rows pass them. */
  readonly what: string;
  /** Null until the stages that it reads are done. */
  readonly tasks: number | null;
  /** Tasks that have ended. */
  readonly done: number;
  /** Rows that came out of its tasks. */
  readonly rows: number;
  /** Bytes read, of sources and of what other stages wrote. */
  readonly bytes: number;
  /** Since its first task began, and until its last one ended. */
  readonly seconds: number;
}

const nothing = { read: 0, exchanged: 0, rows: 0 };

export class StageCounts {
  readonly #stage: number;
  readonly #what: string;
  #tasks: number | null = null;
  #done = 0;
  #sum: Sums = nothing;
  #began = 0;
  #ended: number | null = null;

  constructor(stage: number, what: string) {
    this.#stage = stage;
    this.#what = what;
  }

  /** Bytes read of sources. */
  get read(): number {
    return this.#sum.read;
  }

  get progress(): StageProgress {
    const { read, exchanged, rows } = this.#sum;
    const until = this.#ended ?? performance.now();
    return {
      stage: this.#stage,
      what: this.#what,
      tasks: this.#tasks,
      done: this.#done,
      rows,
      bytes: read + exchanged,
      seconds: this.#tasks === null ? 0 : (until - this.#began) / 1000,
    };
  }

  begin(tasks: number): void {
    this.#tasks = tasks;
    this.#began = performance.now();
  }

  /** All tasks were finished by a run before. */
  skip(tasks: number): void {
    this.begin(tasks);
    this.#done = tasks;
    this.end();
  }

  /** The results of a task are taken. */
  finishTask(): void {
    this.#done++;
  }

  end(): void {
    this.#ended = performance.now();
  }

  /** One attempt at a task: told of its sums so far, or null where it failed and nothing of it counts. */
  attempt(): (now: Sums | null) => void {
    let told: Sums = nothing;
    return (now) => {
      const next = now ?? nothing;
      this.#add(next, 1);
      this.#add(told, -1);
      told = next;
    };
  }

  /** The sums of an attempt that ended, but turned out not to count. */
  drop(sums: Sums): void {
    this.#add(sums, -1);
  }

  #add(sums: Sums, sign: 1 | -1): void {
    const { read, exchanged, rows } = this.#sum;
    this.#sum = {
      read: read + sign * sums.read,
      exchanged: exchanged + sign * sums.exchanged,
      rows: rows + sign * sums.rows,
    };
  }
}
