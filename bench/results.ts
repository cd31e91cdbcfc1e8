/** What a run of the benches found: one file of JSON, from which the tables and the picture are made. */

export interface Cell {
  readonly task: string;
  /** 0.5GB, or SF1 for TPC-H. */
  readonly size: string;
  readonly bytes: number;
  /** The engine's name, as asked for. */
  readonly engine: string;
  readonly threads: number;
  /** The limit in bytes. */
  readonly memory: number;
  /** Did the kernel enforce it? */
  readonly enforced: boolean;
  /** Of each round in one process; the first is cold. */
  readonly seconds: readonly number[];
  /** Of the engine's own process, in seconds of all its threads. */
  readonly cpu: readonly number[];
  /** From the start of the process until it could begin. */
  readonly started: number | null;
  /** Of the process tree, in bytes. */
  readonly peak: number;
  /** Bytes of temporary files: what the engine counts, or the most that lay there at once. */
  readonly spilled: number;
  /** How it ended. Only what is `done` has an answer that was found right. */
  readonly end: 'done' | 'out of memory' | 'timeout' | 'failed' | 'wrong';
  /** Why, where it is not done. */
  readonly message: string | null;
  /** Until it ended, in seconds, all rounds and its start included. */
  readonly lasted: number;
}

export interface EngineInfo {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly tasks: readonly string[] | null;
}

export interface Results {
  /** The day and time, in UTC. */
  readonly date: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memory: number;
    readonly system: string;
    readonly node: string;
    readonly python: string | null;
  };
  readonly rounds: number;
  readonly engines: readonly EngineInfo[];
  readonly cells: readonly Cell[];
}

/** The first round. */
export function coldOf({ seconds }: Cell): number {
  return seconds[0]!;
}

/** The median of the other rounds; of the only one, where there are no others. */
export function warmOf({ seconds }: Cell): number {
  return median(seconds.length > 1 ? seconds.slice(1) : seconds);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
