/** What one running query counts and tells. */
import type { Progress } from '../exec/context.js';
import type { StageCounts, StageProgress } from '../exec/stages/stage-counts.js';

/** How far a query is. */
export interface ProgressEvent {
  /** Rows that came out so far. */
  readonly rows: number;
  /** Bytes read so far. */
  readonly bytes: number;
  /**
   * Bytes that there are to read at most: of a dataset or a Parquet file those of the columns and chunks that the
   * query needs, else the whole file; null where that is not known, as for standard input. When they are read, what was
   * held back is still to come out.
   */
  readonly totalBytes: number | null;
  readonly seconds: number;
  /** The stages that worker processes do, in the order in which they can run; empty where there are none. */
  readonly stages: readonly StageProgress[];
  /** Bytes that this process and its workers have resident, of `memoryBudget`. */
  readonly memory: number;
  readonly memoryBudget: number;
  /** Bytes of temporary files that the session wrote, its workers' when their tasks end. */
  readonly spilledBytes: number;
  /** True once, at the end, however it ended. */
  readonly done: boolean;
}

/** What the session takes, beside the query itself. */
export type Usage = Pick<ProgressEvent, 'memory' | 'memoryBudget' | 'spilledBytes'>;

/** Milliseconds between two events. */
const interval = 100;

export class Query implements Progress {
  rows = 0;
  totalBytes: number | null = null;
  readonly #tell: ((event: ProgressEvent) => void) | undefined;
  readonly #usage: () => Usage;
  readonly #started = performance.now();
  #told = this.#started;
  /** Bytes read here. */
  #read = 0;
  #stages: readonly StageCounts[] = [];
  /** Where nothing is read or given for long, that is told, too. */
  readonly #timer: NodeJS.Timeout | null;

  constructor(tell: ((event: ProgressEvent) => void) | undefined, usage: () => Usage) {
    this.#tell = tell;
    this.#usage = usage;
    this.#timer = tell === undefined ? null : setInterval(() => this.#tellNowAndThen(), interval);
    this.#timer?.unref();
  }

  get bytes(): number {
    return this.#stages.reduce((sum, { read }) => sum + read, this.#read);
  }

  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  read(bytes: number): void {
    this.#read += bytes;
    this.#tellNowAndThen();
  }

  stages(stages: readonly StageCounts[]): void {
    this.#stages = stages;
  }

  give(rows: number): void {
    // The first rows are told at once: who draws progress on a terminal must make room for them.
    if (this.rows === 0) this.#told = Number.NEGATIVE_INFINITY;
    this.rows += rows;
    this.#tellNowAndThen();
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#send(true);
  }

  #tellNowAndThen(): void {
    if (this.#tell === undefined) return;
    const now = performance.now();
    if (now - this.#told < interval) return;
    this.#told = now;
    this.#send(false);
  }

  #send(done: boolean): void {
    if (this.#tell === undefined) return;
    const { rows, bytes, totalBytes, seconds } = this;
    const stages = this.#stages.map(({ progress }) => progress);
    this.#tell({ rows, bytes, totalBytes, seconds, stages, ...this.#usage(), done });
  }
}
