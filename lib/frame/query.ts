/** What one running query counts and tells. */
import type { Progress } from '../exec/context.js';

/** How far a query is. */
export interface ProgressEvent {
  /** Rows that came out so far. */
  readonly rows: number;
  /** Bytes read so far. */
  readonly bytes: number;
  /** Bytes of all inputs; null where that is not known, as for standard input. */
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
  readonly #totalBytes: number | null;
  readonly #tell: (event: ProgressEvent) => void;
  readonly #started = performance.now();
  #told = this.#started;

  constructor(totalBytes: number | null, tell: (event: ProgressEvent) => void) {
    this.#totalBytes = totalBytes;
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
    const { rows, bytes, seconds } = this;
    this.#tell({ rows, bytes, totalBytes: this.#totalBytes, seconds, done });
  }
}
