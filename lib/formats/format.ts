/**
 * A format reads files into batches and writes batches into files. A format is one file and one row of
 * the table in formats.ts.
 */
import type { Batch } from '../arrow/batch.js';
import type { Schema } from '../arrow/schema.js';
import type { SourceStatistics } from '../arrow/statistics.js';
import type { Kernels } from '../kernels/wasm.js';
import type { Arena } from '../memory/arena.js';
import type { ByteRange } from '../plan/plan.js';

/** What formats and operators run on; handed down, never global. */
export interface Runtime {
  readonly arena: Arena;
  readonly kernels: Kernels;
  /** Aborts reading and writing; checked at least once a batch. */
  readonly signal: AbortSignal;
}

export type FormatOptions = Readonly<Record<string, unknown>>;

export interface Format {
  readonly name: string;
  /**
   * Reads as little as tells the schema. `paths` are absolute, or `-` for standard input. `learned` is what a source of
   * the same files and options had learned: it is believed.
   */
  open(
    paths: readonly string[],
    options: FormatOptions,
    runtime: Runtime,
    learned?: unknown,
  ): Promise<Source>;
  /**
   * Starts an output that appears at `path` whole, when the sink is finished, or not at all. `-` is
   * standard output, which has no such promise.
   */
  create(path: string, schema: Schema, options: FormatOptions, runtime: Runtime): Promise<Sink>;
}

export interface ScanRequest {
  /** Indices into the source's schema, in the order wanted; may be empty when only rows are counted. */
  readonly columns: readonly number[];
  /** Only these chunks, positions in the source's statistics, ascending; null for all. */
  readonly chunks: readonly number[] | null;
  /** Only this part of a file, as `split` gave it or the reading of another part told to; null for all. */
  readonly range: ByteRange | null;
  /** No more than so many rows are wanted. */
  readonly limit: number | null;
}

/** What was read of a range, positions of bytes. */
export interface RangeRead {
  /** Where the first record was taken to begin. */
  readonly from: number;
  /** Where the record behind the last one that was read begins. */
  readonly to: number;
  readonly records: number;
  /** Line ends between the two. */
  readonly lines: number;
}

export interface Source {
  readonly schema: Schema;
  /** Rows and bytes in all, where known without reading. */
  readonly rows: number | null;
  readonly bytes: number | null;
  /** About how many rows there are, where a sample told. */
  readonly aboutRows?: number;
  /** Null where the source has no chunks that can be read without the others. */
  readonly statistics: SourceStatistics | null;
  /** The bytes that a scan reads at most, where that may be less than `bytes`. */
  bytesOf?(request: ScanRequest, runtime: Runtime): number;
  /** Bytes of memory that a scan holds all the time, however small the memory: dictionaries, a stored batch. */
  heldBytes?(request: ScanRequest, runtime: Runtime): number;
  /** Plain data, for `SourceRef.learned`. */
  readonly learned?: unknown;
  /**
   * Parts of about `bytes` on the disk each, at least one: read one after another they give what the request gives,
   * but for its limit, which each part keeps. Null where the source cannot be read in parts.
   *
   * A range that is not `exact` is a guess. It stands if the range before it ended where it began (`onRange` of `scan`);
   * else it has to be read again from there, and what it gave, or failed with, is of no account.
   */
  split?(request: ScanRequest, bytes: number): readonly ScanRequest[] | null;
  /** Records that the last scan left out and wrote to its rejects file so far. */
  readonly rejected?: number;
  /**
   * Batches of the wanted columns, each valid until the next is asked for. Who stops early calls `return`.
   * Bytes read are told to `onProgress`, and at the end, whatever ends it, what was read of the request's range to
   * `onRange`. Errors of a range count lines from the first of the range, and say so (`ErrorPlace.relative`).
   */
  scan(
    request: ScanRequest,
    runtime: Runtime,
    onProgress: (bytes: number) => void,
    onRange?: (read: RangeRead) => void,
  ): AsyncGenerator<Batch, void, void>;
  close(): Promise<void>;
}

export interface Sink {
  write(batch: Batch): Promise<void>;
  /** Makes the output appear. */
  finish(): Promise<{ readonly rows: number; readonly bytes: number }>;
  /** Leaves nothing behind; after an error in `write` or `finish` too. */
  abort(): Promise<void>;
}
