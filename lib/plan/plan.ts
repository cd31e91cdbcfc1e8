/**
 * A query as plain, frozen data: workers, explain and other targets need no serializer. All of it goes through JSON
 * but the statistics of sources, which serve the optimizer and stay where it runs.
 */
import type { Schema } from '../arrow/schema.js';
import type { SourceStatistics } from '../arrow/statistics.js';
import type { Expr, Named, NamedAggregate, SortKey } from './expr.js';

export type Plan = Scan | Filter | Project | Limit | Aggregate | Distinct | Sort;

/** What a scan reads: opened once to learn the schema, opened again where the scan runs. */
export interface SourceRef {
  /** A name of the format table: csv, arrow, parquet, dataset. */
  readonly format: string;
  /** Absolute paths, or `-` for standard input; read one after another. */
  readonly paths: readonly string[];
  /** The format's own options, plain data. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What is known before reading; null where it is not. */
  readonly rows: number | null;
  readonly bytes: number | null;
  /** Of its chunks; null where it has none. */
  readonly statistics: SourceStatistics | null;
}

export interface Scan {
  readonly op: 'scan';
  readonly source: SourceRef;
  /** The source's whole schema. */
  readonly schema: Schema;
  /** Columns to read, in this order; null reads all. */
  readonly columns: readonly string[] | null;
  /** Only rows where this is true come out. It may look at columns of the source that do not come out. */
  readonly predicate: Expr | null;
  /** Positions in the source's statistics of the chunks to read, ascending; null reads all. */
  readonly chunks: readonly number[] | null;
  /** Stop after so many rows that came out. */
  readonly limit: number | null;
}

export interface Filter {
  readonly op: 'filter';
  readonly input: Plan;
  readonly predicate: Expr;
}

/** Exactly these columns come out. */
export interface Project {
  readonly op: 'project';
  readonly input: Plan;
  readonly columns: readonly Named[];
}

export interface Limit {
  readonly op: 'limit';
  readonly input: Plan;
  readonly offset: number;
  readonly count: number;
}

/** One row per distinct combination of keys, in order of first appearance; without keys always one row. */
export interface Aggregate {
  readonly op: 'aggregate';
  readonly input: Plan;
  readonly keys: readonly Named[];
  readonly aggregates: readonly NamedAggregate[];
}

/** The first row of each distinct combination of all columns. */
export interface Distinct {
  readonly op: 'distinct';
  readonly input: Plan;
}

/** Stable. With `limit` only that many first rows are kept and come out. */
export interface Sort {
  readonly op: 'sort';
  readonly input: Plan;
  readonly keys: readonly SortKey[];
  readonly limit: number | null;
}

export function inputsOf(plan: Plan): readonly Plan[] {
  return plan.op === 'scan' ? [] : [plan.input];
}
