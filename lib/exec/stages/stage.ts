/**
 * A plan cut at its exchanges. What lies between two exchanges is a stage; its tasks differ only in what of the input
 * they read.
 *
 *   scan ─▶ filter ─▶ partial aggregate ═╪═▶ final aggregate ─▶ sort ═╪═▶ merge
 *   stage 0: a task a split           stage 1: a task a partition   stage 2: a task a range of keys
 *
 * All of it is plain data. A stage that is read by another is written to disk, task by task, so that any task can be run
 * again, anywhere.
 */
import type { Schema } from '../../arrow/schema.js';
import type { SortKey } from '../../plan/expr.js';
import { inputsOf, type Plan, type Scan } from '../../plan/plan.js';
import type { RunLayout } from './output.js';

export interface Stage {
  readonly number: number;
  /** Their tasks follow each other, and so do the rows that come out. */
  readonly parts: readonly Part[];
  /** How its rows are put down for the stages that read them. */
  readonly layout: RunLayout;
  /** Later tasks need not run once those before them gave so many rows; null where all rows are needed. */
  readonly enough: number | null;
}

/** A plan and how it is divided into tasks. */
export interface Part {
  readonly plan: Plan;
  readonly over: Over;
}

export type Over =
  /** A task for each part of a source, which takes the place of `scan` in the plan. */
  | { readonly kind: 'splits'; readonly scan: Scan; readonly splits: readonly Scan[] }
  /** A task for each hash partition, or range of keys, of the stages that it reads. */
  | { readonly kind: 'shares'; readonly count: number }
  | { readonly kind: 'whole' };

/** How many tasks there should be. */
export interface TaskRange {
  readonly least: number;
  readonly most: number;
}

/** Tasks at most: those that would find no rows are left out. */
export function taskCount({ over }: Part): number {
  return over.kind === 'splits' ? over.splits.length : over.kind === 'shares' ? over.count : 1;
}

/** Which rows of another stage a task reads. */
export type Take =
  /** All, in the order of tasks. */
  | { readonly kind: 'all' }
  /** Those of the partition that has the task's number. */
  | { readonly kind: 'partition' }
  /** Those of the task's range of keys, merged. */
  | { readonly kind: 'range'; readonly keys: readonly SortKey[]; readonly of: number };

/** What stands for the rows of another stage until the files are known that hold them. */
interface ExchangeOptions {
  readonly stage: number;
  readonly take: Take;
}

const exchangeFormat = 'exchange';

/** Reads what another stage gives. */
export function exchange(stage: number, take: Take, schema: Schema, rows: number | null): Scan {
  const options: ExchangeOptions = { stage, take };
  return Object.freeze({
    op: 'scan',
    source: {
      format: exchangeFormat,
      paths: [],
      options: options as unknown as Record<string, unknown>,
      rows: null,
      bytes: null,
      ...(rows !== null && { aboutRows: rows }),
      statistics: null,
    },
    schema,
    columns: null,
    predicate: null,
    chunks: null,
    range: null,
    limit: null,
  });
}

/** Null where the scan reads a source of the user's. */
export function exchangeOf({ source }: Scan): ExchangeOptions | null {
  return source.format === exchangeFormat ? (source.options as unknown as ExchangeOptions) : null;
}

/** The stages whose rows a stage reads, each once. */
export const readBy = (stage: Stage): ReadonlySet<number> =>
  new Set(stage.parts.flatMap(({ plan }) => [...stagesRead(plan)]));

/** The stages that a plan reads, each once. */
function stagesRead(plan: Plan): ReadonlySet<number> {
  const numbers = new Set<number>();
  const visit = (node: Plan): void => {
    const read = node.op === 'scan' ? exchangeOf(node) : null;
    if (read !== null) numbers.add(read.stage);
    for (const input of inputsOf(node)) visit(input);
  };
  visit(plan);
  return numbers;
}
