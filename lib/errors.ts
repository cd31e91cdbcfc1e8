/**
 * Every error a user can cause is a SpillwayError: one line that says what, where and what to do.
 * Anything else that is thrown is a bug of ours.
 */

/** What kind of trouble it is. The command line turns it into an exit code. */
export type ErrorCode = 'usage' | 'query' | 'data' | 'memory' | 'disk' | 'worker' | 'aborted';

/** Where the trouble is; only what is known is set. Lines, rows and columns count from 1. */
export interface ErrorPlace {
  readonly file?: string;
  readonly line?: number;
  /** The line, in the message too, is counted from where the reading of a part of the file began. */
  readonly relative?: boolean;
  readonly row?: number;
  readonly column?: string;
  /** Character of `sql`, counted from 0. */
  readonly character?: number;
  readonly sql?: string;
}

export class SpillwayError extends Error {
  override readonly name = 'SpillwayError';
  readonly code: ErrorCode;
  readonly place: ErrorPlace;

  constructor(code: ErrorCode, message: string, place: ErrorPlace = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.place = place;
  }
}

/** A mistake in how a command or function was called: a flag, an option, an output that exists. */
export function usageError(message: string, place?: ErrorPlace): SpillwayError {
  return new SpillwayError('usage', message, place);
}

/** A mistake in what was asked: an unknown column, types that do not go together, a syntax error. */
export function queryError(message: string, place?: ErrorPlace): SpillwayError {
  return new SpillwayError('query', message, place);
}

/** Input that is not what it claims to be, or a value that an operation cannot take. */
export function dataError(message: string, place?: ErrorPlace, options?: ErrorOptions): SpillwayError {
  return new SpillwayError('data', message, place, options);
}

/** A disk that is full, missing, or may not be written. */
export function diskError(message: string, place?: ErrorPlace, options?: ErrorOptions): SpillwayError {
  return new SpillwayError('disk', message, place, options);
}

/** The memory budget does not suffice: who asked, for how much, how much is held, how much there is. */
export function memoryError(owner: string, asked: number, held: number, limit: number): SpillwayError {
  return new SpillwayError(
    'memory',
    `${owner} needs ${formatBytes(asked)} more, but ${formatBytes(held)} of the ${formatBytes(limit)} data budget are in use; raise --memory`,
  );
}

export const isMemoryError = (error: unknown): boolean =>
  error instanceof SpillwayError && error.code === 'memory';

/** Something that must be in memory as a whole is too large for it, as `error` told: spilling does not help. */
export function wholeError(error: SpillwayError, what: string, bytes: number): SpillwayError {
  return new SpillwayError(
    'memory',
    `${what} takes about ${formatBytes(bytes)}, and must fit into memory whole, several times while it is made; raise --memory or make less of it`,
    error.place,
    { cause: error },
  );
}

export function abortedError(cause?: unknown): SpillwayError {
  const why = cause instanceof SpillwayError ? `interrupted: ${cause.message}` : 'interrupted';
  return new SpillwayError('aborted', why, {}, { cause });
}

/** `value` is impossible if the code is right: a bug, not a user's mistake. */
export function unreachable(value: never, what: string): never {
  throw new Error(`bug: unexpected ${what} ${JSON.stringify(value)}`);
}

/** 1536 -> "1.5 KB"; powers of 1024, as `--memory` reads them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}
