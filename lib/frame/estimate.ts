/** What a query is going to need, and whether that is there. */
import { diskError, formatBytes, SpillwayError } from '../errors.js';

/** Bytes, but for `rows`; what is not known is null. Guesses from the statistics of the files. */
export interface Estimate {
  /** Rows that come out. */
  readonly rows: number | null;
  /** What the session may take. */
  readonly memory: number;
  /** The least with which the query works. */
  readonly leastMemory: number;
  /** With so much nothing is spilled. */
  readonly roomyMemory: number | null;
  /** What goes to temporary files. */
  readonly spilledBytes: number | null;
  /** What temporary files may take. */
  readonly freeDisk: number;
  /** Why the query cannot work, as the error it would end with; null if it can. */
  readonly refusal: SpillwayError | null;
}

export function refusalOf(estimate: Omit<Estimate, 'refusal'>, folder: string): SpillwayError | null {
  const { memory, leastMemory, spilledBytes, freeDisk } = estimate;
  const small = tooSmall(memory, leastMemory);
  if (small !== null) return small;
  if (spilledBytes !== null && spilledBytes > freeDisk)
    return diskError(
      `the query needs about ${formatBytes(spilledBytes)} of temporary files, but ${folder} has room for ${formatBytes(freeDisk)}; raise --memory or --temp-limit, free some space or name another folder with --temp-dir`,
      { file: folder },
    );
  return null;
}

/** The error of a query that has less memory than it works with; it is refused before it begins. */
export function tooSmall(memory: number, least: number): SpillwayError | null {
  if (memory >= least) return null;
  return new SpillwayError(
    'memory',
    `the query needs ${formatBytes(least)} of memory at least, but has ${formatBytes(memory)}; raise --memory`,
  );
}
