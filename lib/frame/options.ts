/** What callers may say. */
import type { ProgressEvent } from './query.js';

export interface SessionOptions {
  /**
   * For the whole process: bytes, or a text like '512MB'. If not given, half of what the machine or its control
   * group allows.
   */
  readonly memory?: number | string;
  /**
   * Processes that large queries are divided among, within `memory`; with 0 this process does all. If not given, one for
   * each core, if there are some and `memory` feeds them well, and only for queries that are faster for it.
   */
  readonly workers?: number;
  /**
   * What a task of a worker process reads of an input, about: bytes, or a text like '16MB'. If not given, enough for
   * tasks to be worth their cost, and inputs too small for that are read by this process.
   */
  readonly splitBytes?: number | string;
  /**
   * The folder for what does not fit into memory: it, or the folder it is to be made in, must exist and be writable. If not given, that of the system.
   */
  readonly tempDir?: string;
  /** What temporary files may take at most: bytes, or a text like '50GB'. If not given, what the disk has. */
  readonly tempLimit?: number | string;
  /** Ends every query of the session. */
  readonly signal?: AbortSignal;
  /** Told in one line what a user should know of a run that works; if not given, it is a warning of the process. */
  readonly onNotice?: (line: string) => void;
  /** Told how far a query is: some ten times a second, and once at its end. */
  readonly onProgress?: (event: ProgressEvent) => void;
}

export const sessionOptions: readonly (keyof SessionOptions)[] = [
  'memory',
  'workers',
  'splitBytes',
  'tempDir',
  'tempLimit',
  'signal',
  'onNotice',
  'onProgress',
];

/** How files are read. All but `format` is for CSV. */
export interface ScanOptions {
  /** csv, dataset, arrow, parquet; what the name of the first file tells if not given. */
  readonly format?: string;
  /** One character; a comma if not given, a tab for .tsv. */
  readonly delimiter?: string;
  /** Is the first line names? True if not given; without it columns are column0, column1, ... */
  readonly header?: boolean;
  /** One character; an empty text where nothing is quoted. */
  readonly quote?: string;
  /** Texts that mean null, besides the empty one. */
  readonly nulls?: readonly string[];
  /** Types by column, as `{ id: 'int64', code: 'utf8' }`; those not given are inferred. */
  readonly types?: Readonly<Record<string, string>>;
  /** A line that cannot be read ends the query, or goes to `rejects`. */
  readonly onError?: 'fail' | 'skip';
  /** The file for lines that are skipped, with their reasons. */
  readonly rejects?: string;
  /** Fills short lines with nulls. */
  readonly ragged?: boolean;
}

export interface RunOptions {
  /**
   * The name of the job that this is: what is finished of it is kept in the temporary folder until all is, and the same
   * query over the same files, run again under this name, goes on from there. `title` is what the list of jobs shows.
   */
  readonly job?: string | { readonly name: string; readonly title: string };
  /** Ends this query with an error of code `aborted`; what it held is given back. */
  readonly signal?: AbortSignal;
}

export interface WriteOptions extends RunOptions {
  /** csv, ndjson, json, dataset, arrow, parquet, table; what the name tells if not given. */
  readonly format?: string;
  /** Replaces an output that exists. */
  readonly overwrite?: boolean;
  /** CSV: one character; a comma if not given. */
  readonly delimiter?: string;
  /** CSV: a first line of names; true if not given. */
  readonly header?: boolean;
  /** CSV: one character. */
  readonly quote?: string;
  /** CSV: the first stands for null; a text like any of them is quoted. */
  readonly nulls?: readonly string[];
  /** Table: rows shown at most, half of them the first and half the last. */
  readonly maxRows?: number;
  /** Table: characters in a line. */
  readonly width?: number;
  /** Table: colours what is no data. */
  readonly color?: boolean;
}

/** How 64-bit integers are given: `number` refuses a value that a number does not hold exactly. */
export type Int64As = 'bigint' | 'number';

export interface CollectOptions extends RunOptions {
  /** 64-bit integers as bigint (if not given), or as numbers where every value is one exactly. */
  readonly int64?: Int64As;
}

export interface SortOptions {
  /** Only so many first rows are kept, which needs no room for the rest. */
  readonly limit?: number;
}

/** How many rows a sample takes. */
export type SampleOptions = {
  /** A whole number; another one each time if not given. */
  readonly seed?: number;
} & (
  | {
      /** The probability of each row, from 0 to 1. */
      readonly rate: number;
      readonly count?: never;
    }
  | {
      /** Exactly so many rows, or all if there are no more. */
      readonly count: number;
      readonly rate?: never;
    }
);

export interface ExplainOptions {
  /** The plan as it runs (true if not given), or as it was written. */
  readonly optimized?: boolean;
}
