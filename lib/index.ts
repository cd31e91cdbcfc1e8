/** The library's public names. */

// Types of columns.
export type { Field, Schema } from './arrow/schema.js';
export { type DataType, typeName } from './arrow/types.js';
// Errors.
export { type ErrorCode, type ErrorPlace, formatBytes, SpillwayError } from './errors.js';
export type { StageProgress } from './exec/stages/stage-counts.js';
// Tables on a terminal.
export { displayWidth, visible } from './formats/display-width.js';
export { drawTable, type TableContent } from './formats/table-layout.js';
// Aggregates.
export {
  Aggregate,
  approxCountDistinct,
  approxQuantile,
  argMax,
  argMin,
  avg,
  callAggregate,
  corr,
  count,
  countDistinct,
  countIf,
  covar,
  first,
  last,
  list,
  max,
  median,
  min,
  mode,
  quantile,
  stddev,
  stringAgg,
  sum,
  variance,
} from './frame/aggregates.js';
// Expressions.
export { call, coalesce, col, lit, when } from './frame/build.js';
export type { Column, ColumnBatch, ColumnGiven, ColumnsGiven } from './frame/column-batch.js';
export type { Columns } from './frame/columns.js';
// Sessions and frames.
export type { Estimate } from './frame/estimate.js';
export type {
  BoolExpr,
  BoolOperand,
  DateExpr,
  DecimalExpr,
  DynamicExpr,
  Expression,
  ExprOf,
  NumberExpr,
  NumberOperand,
  Operand,
  TextExpr,
  TextOperand,
  TimeOperand,
  TimestampExpr,
  TimeUnit,
} from './frame/expr.js';
// Sessions and frames.
export { DataFrame, type Grouped } from './frame/frame.js';
export type { FunctionCall, FunctionOptions, MapOptions, PlainData } from './frame/functions.js';
export { cleanJobs, type JobInfo, listJobs } from './frame/jobs.js';
export type { JoinCondition, JoinHow } from './frame/join.js';
export type {
  CollectOptions,
  ExplainOptions,
  RunOptions,
  SampleOptions,
  ScanOptions,
  SessionOptions,
  SortOptions,
  WriteOptions,
} from './frame/options.js';
export type { SortBy, SortOrder } from './frame/order.js';
export type { ProgressEvent } from './frame/query.js';
export type { Cells, PivotValue } from './frame/reshape.js';
export { Session, type SessionStats, scan, type Written } from './frame/session.js';
export type { ColumnType, Dynamic, Row, SchemaDescription, TypeName, Value } from './frame/types.js';
export type { FrameEnds, Over, WindowFrame, Windows } from './frame/window.js';
