/**
 * A query as plain, frozen data: workers, explain and other targets need no serializer. All of it goes through JSON
 * but the statistics of sources, which serve the optimizer and stay where it runs.
 */
import type { Schema } from '../arrow/schema.js';
import type { SourceStatistics } from '../arrow/statistics.js';
import type { Expr, Named, NamedAggregate, NamedWindow, SortKey } from './expr.js';

export type Plan =
  | Scan
  | Filter
  | Project
  | Limit
  | Aggregate
  | Distinct
  | Sort
  | Join
  | AsofJoin
  | Window
  | Union
  | Expand
  | Explode
  | Sample
  | MapBatches;

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
  /** About how many rows there are, where a sample told. */
  readonly aboutRows?: number;
  /** What the format found out when it was opened, plain data of its own: who opens it with that need not look again. */
  readonly learned?: unknown;
  /** Of its chunks; null where it has none. */
  readonly statistics: SourceStatistics | null;
}

/** A part of one of a source's files: the records that begin in [from, to), positions of bytes. */
export interface ByteRange {
  /** Position in the source's paths. */
  readonly file: number;
  readonly from: number;
  readonly to: number;
  /** Does a record begin at `from`? Else it is for the reader to guess where the first one does. */
  readonly exact: boolean;
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
  /** What to read of the source's files; null reads all. */
  readonly range: ByteRange | null;
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

/**
 * One row per distinct combination of keys, in order of first appearance; without keys always one row. What the stages
 * give is told in two-phase.ts.
 */
export interface Aggregate {
  readonly op: 'aggregate';
  readonly input: Plan;
  readonly keys: readonly Named[];
  readonly aggregates: readonly NamedAggregate[];
  readonly stage: 'whole' | 'partial' | 'final';
  /** Of a final one, what its keys and aggregates are over: the columns that the partial ones read; null for others. */
  readonly over: Schema | null;
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

export type JoinKind = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti' | 'cross';

/** Two expressions that are compared, the left over the left input's columns, the right over the right one's. */
export interface JoinKey {
  readonly left: Expr;
  readonly right: Expr;
}

/**
 * The columns of the left input, then those of the right one; no name is in both. Semi and anti joins give only the left
 * ones: of the rows that have a match, and of those that have none. The order of rows is not defined.
 */
export interface Join {
  readonly op: 'join';
  readonly kind: JoinKind;
  readonly left: Plan;
  readonly right: Plan;
  /** Rows match where all are equal, after conversion to a common type. Empty for a cross join. */
  readonly on: readonly JoinKey[];
  /** Over the columns of both; rows match only where it is true too. */
  readonly condition: Expr | null;
  /** Is null equal to null? As a rule it matches nothing; set operations say it does. */
  readonly nullsEqual: boolean;
}

/** Each left row with the one right row that is nearest to it among those whose keys are equal. */
export interface AsofJoin {
  readonly op: 'asof';
  /** What becomes of a left row without a match: dropped, or nulls. */
  readonly kind: 'inner' | 'left';
  readonly left: Plan;
  readonly right: Plan;
  readonly on: readonly JoinKey[];
  /** What is near: numbers, dates or timestamps. */
  readonly nearest: JoinKey;
  /** The right value at or before the left one, at or after it, or the nearer of both (the earlier, if they are equally near). */
  readonly direction: 'backward' | 'forward' | 'nearest';
  /** May they be equal? */
  readonly allowEqual: boolean;
  /** How far apart they may be, a constant; null for any distance. */
  readonly tolerance: Expr | null;
}

/** All columns of the input, then one for each function. The order of rows is not defined. */
export interface Window {
  readonly op: 'window';
  readonly input: Plan;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly SortKey[];
  readonly functions: readonly NamedWindow[];
  /** Rows whose number is greater are of no interest: they may come out or not. Without functions rows keep their order. */
  readonly top: WindowTop | null;
}

/** At most so many by one of the numberings. */
export interface WindowTop {
  readonly by: 'row_number' | 'rank' | 'dense_rank';
  readonly rows: number;
}

/** The rows of all inputs, one input after the other; names and types of their columns are the same. */
export interface Union {
  readonly op: 'union';
  readonly inputs: readonly Plan[];
}

/** Each row once for each projection, which all have the same names and types: unpivot, grouping sets. */
export interface Expand {
  readonly op: 'expand';
  readonly input: Plan;
  readonly projections: readonly (readonly Named[])[];
}

/** Each row once for each element of a list column, which gives way to the element. */
export interface Explode {
  readonly op: 'explode';
  readonly input: Plan;
  readonly column: string;
  /** Rows whose list is empty or null come out once, with null. */
  readonly outer: boolean;
}

/** Some rows by chance, the same for the same seed: each with probability `rate`, or `count` of them in all. */
export interface Sample {
  readonly op: 'sample';
  readonly input: Plan;
  readonly rate: number | null;
  readonly count: number | null;
  readonly seed: number;
}

/** What a function of the user makes of each batch of rows: any number of rows, of other columns. */
export interface MapBatches {
  readonly op: 'map';
  readonly input: Plan;
  /** A file URL: other processes import it too. */
  readonly module: string;
  /** The name by which it exports the function. */
  readonly export: string;
  /** What the function promises to give. */
  readonly schema: Schema;
  /** Plain data for the function. */
  readonly options: unknown;
}

/** Nodes over one input. */
export type Unary = Extract<Plan, { readonly input: Plan }>;

export function inputsOf(plan: Plan): readonly Plan[] {
  if (plan.op === 'scan') return [];
  if (plan.op === 'union') return plan.inputs;
  return 'input' in plan ? [plan.input] : [plan.left, plan.right];
}
