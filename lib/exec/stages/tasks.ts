/** The tasks of a stage, once the files are known that the stages before it wrote. */
import type { Schema } from '../../arrow/schema.js';
import { scan as makeScan } from '../../plan/make-plan.js';
import type { Plan, Scan } from '../../plan/plan.js';
import { inputsOf } from '../../plan/plan.js';
import { mapPlan } from '../../plan/walk-plan.js';
import { isExchange } from '../scan.js';
import { exchangeOf, type Part, type Stage } from './stage.js';

/** A file that a task wrote. */
export interface TaskFile {
  readonly path: string;
  readonly bytes: number;
  /** By run: a partition, or all rows in run 0. */
  readonly rows: readonly number[];
}

/** The plan that one task runs. */
export interface TaskPlan {
  /** The part of its stage that it is of. */
  readonly part: Part;
  readonly plan: Plan;
  /** The part of a source that it reads, if it reads one. */
  readonly split: Scan | null;
}

/** `filesOf` gives the files of a stage in the order of its tasks. Tasks that would find no rows to read are left out. */
export function tasksOf({ parts }: Stage, filesOf: (stage: number) => readonly TaskFile[]): TaskPlan[] {
  return parts.flatMap((part) => plansOf(part, filesOf).map((task) => ({ part, ...task })));
}

/** The plan over files instead of exchanges; `share` is the number of the partition or range. */
export function withFiles(plan: Plan, share: number, filesOf: (stage: number) => readonly TaskFile[]): Plan {
  return mapPlan(plan, (node) => (node.op === 'scan' ? fromFiles(node, share, filesOf) : node));
}

function plansOf(
  { plan, over }: Part,
  filesOf: (stage: number) => readonly TaskFile[],
): Omit<TaskPlan, 'part'>[] {
  switch (over.kind) {
    case 'whole':
      return [{ plan: withFiles(plan, 0, filesOf), split: null }];
    case 'splits': {
      const read = withFiles(plan, 0, filesOf);
      return over.splits.map((split) => ({ plan: overSplit(read, over.scan, split), split }));
    }
    case 'shares':
      return Array.from({ length: over.count }, (_, share) => withFiles(plan, share, filesOf))
        .filter((one) => !readsNothing(one))
        .map((one) => ({ plan: one, split: null }));
  }
}

/** The plan with another scan in the place of this one. */
export function overSplit(plan: Plan, scan: Scan, split: Scan): Plan {
  return mapPlan(plan, (node) => (node === scan ? split : node));
}

/** All rows of files, one after the other. */
export function rowsFrom(files: readonly TaskFile[], schema: Schema): Scan {
  const all = files.reduce((sum, file) => sum + rowsOf(file, null), 0);
  return makeScan(
    {
      format: 'runs',
      paths: files.map(({ path }) => path),
      options: { schema, run: null },
      rows: all,
      bytes: null,
      statistics: null,
    },
    schema,
  );
}

function fromFiles(scan: Scan, share: number, filesOf: (stage: number) => readonly TaskFile[]): Scan {
  const read = exchangeOf(scan);
  if (read === null) return scan;
  const { take } = read;
  const files = filesOf(read.stage);
  const run = take.kind === 'partition' ? share : null;
  const wanted = files.filter((file) => rowsOf(file, run) > 0);
  const all = wanted.reduce((sum, file) => sum + rowsOf(file, run), 0);
  const { schema } = scan;
  const source = {
    paths: wanted.map(({ path }) => path),
    bytes: null,
    statistics: null,
    ...(take.kind === 'range'
      ? {
          format: 'sorted-runs',
          options: { schema, keys: take.keys, part: share, of: take.of },
          rows: null,
          aboutRows: Math.ceil(all / take.of),
        }
      : { format: 'runs', options: { schema, run }, rows: all }),
  };
  return Object.freeze({ ...scan, source });
}

function readsNothing(plan: Plan): boolean {
  if (plan.op !== 'scan') return inputsOf(plan).every(readsNothing);
  return isExchange(plan.source.format) && plan.source.paths.length === 0;
}

const rowsOf = ({ rows }: TaskFile, run: number | null): number =>
  run === null ? rows.reduce((sum, some) => sum + some, 0) : (rows[run] ?? 0);
