/** What one running query counts and tells. */
import type { Progress } from '../exec/context.js';

/** How far a query is. */
export interface ProgressEvent {
  /** Rows that came out so far. */
  readonly rows: number;
  /** Bytes read so far. */
  readonly bytes: number;
  /**
   * Bytes that there are to read at most: of a dataset or a Parquet file those of the columns and chunks that the
   * query needs, else the whole file; null where that is not known, as for standard input.
   */
  readonly totalBytes: number | null;
  readonly seconds: number;
  /** True once, at the end, however it ended. */
  readonly done: boolean;
}

/** Milliseconds between two events. */
const interval = 100;

export class Query implements Progress {
  rows = 0;
  bytes = 0;
  totalBytes: number | null = null;
  readonly #tell: ((event: ProgressEvent) => void) | undefined;
  readonly #started = performance.now();
  #told = this.#started;

  constructor(tell: ((event: ProgressEvent) => void) | undefined) {
    this.#tell = tell;
  }

  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  read(bytes: number): void {
    this.bytes += bytes;
    this.#tellNowAndThen();
  }

  give(rows: number): void {
    // The first rows are told at once: who draws progress on a terminal must make room for them.
    if (this.rows === 0) this.#told = Number.NEGATIVE_INFINITY;
    this.rows += rows;
    this.#tellNowAndThen();
  }

  end(): void {
    this.#send(true);
  }

  #tellNowAndThen(): void {
    const now = performance.now();
    if (now - this.#told < interval) return;
    this.#told = now;
    this.#send(false);
  }

  #send(done: boolean): void {
    const { rows, bytes, totalBytes, seconds } = this;
    this.#tell?.({ rows, bytes, totalBytes, seconds, done });
  }
}
