/** Whether a plan is worth worker processes, and how it is cut for them. */
import type { Runtime, Source } from '../../formats/format.js';
import { estimateRows } from '../../plan/estimate.js';
import { inputsOf, type Plan, type Scan } from '../../plan/plan.js';
import { mapPlan } from '../../plan/walk-plan.js';
import { codesOf } from '../functions/codes.js';
import { scanRequest } from '../scan.js';
import { heldPart, holdsRows } from '../share.js';
import type { Sources } from '../sources.js';
import { cut } from './cut.js';
import { partOf, splitScan } from './split-scan.js';
import type { Stage } from './stage.js';

export interface ChooseOptions {
  readonly sources: Sources;
  readonly runtime: Runtime;
  readonly workers: number;
  /** Bytes of the arena of a worker. */
  readonly arena: number;
  /** Bytes of a source for a task, however small the source; null for as many as are worth it. */
  readonly splitBytes: number | null;
}

/**
 * A task reads so many bytes at least and at most, and between them so few that there are some tasks for each worker. Text
 * takes four times the bytes that its rows take elsewhere; chunks of a dataset are to be large.
 */
const leastReadBytes = 4 * 2 ** 20;
const mostReadBytes = 64 * 2 ** 20;
const mostTextBytes = 4 * mostReadBytes;
const tasksPerWorker = 4;

/** What must be in sight for workers to be worth their start: seconds. */
const worthSeconds = 0.4;

/** Bytes of a source that one process reads in a second, about: text is parsed, the rest only decoded. */
const textRate = 250e6;
const binaryRate = 1e9;

/** Rows in a second that an operator takes that holds them. */
const heldRate = 2e7;

/** Rows in a second that a function of the user takes, if it does little. */
const codeRate = 1e7;

/** Where a plan runs. */
export type Way =
  /** In this process; `small` where that is for want of work. */
  | { readonly kind: 'here'; readonly small: boolean }
  | { readonly kind: 'stages'; readonly stages: readonly Stage[] };

export async function chooseWay(plan: Plan, options: ChooseOptions): Promise<Way> {
  if (!readsFiles(plan)) return { kind: 'here', small: false };
  const survey = await surveyOf(plan, options);
  if (options.splitBytes === null && survey.seconds < worthSeconds) return { kind: 'here', small: true };
  const stages = cutAt(plan, survey, options);
  const last = stages.at(-1)!;
  // Nothing could be divided: one task would do all.
  const single = stages.length === 1 && last.parts.length === 1 && last.parts[0]!.over.kind === 'whole';
  return single ? { kind: 'here', small: false } : { kind: 'stages', stages };
}

/** The stages of a plan that runs in stages however little there is to do. */
export async function stagesOf(plan: Plan, options: ChooseOptions): Promise<readonly Stage[]> {
  return cutAt(plan, await surveyOf(plan, options), options);
}

interface Survey {
  /** That the plan may take in one process. */
  readonly seconds: number;
  /** Null where the source cannot be divided. */
  splitsOf(scan: Scan, most: number): readonly Scan[] | null;
}

async function surveyOf(plan: Plan, options: ChooseOptions): Promise<Survey> {
  const { sources, runtime } = options;
  const read = new Map<Scan, { readonly source: Source; readonly bytes: number }>();
  let seconds = operatorSeconds(plan);
  for (const scan of scansOf(plan)) {
    const source = await sources.open(scan, runtime);
    const bytes = source.bytesOf?.(scanRequest(scan), runtime) ?? source.bytes ?? 0;
    read.set(scan, { source, bytes });
    seconds += bytes / (isText(scan) ? textRate : binaryRate);
  }
  return {
    seconds,
    splitsOf(scan, most) {
      const { source, bytes } = read.get(scan)!;
      const stored = partOf(scan.source, scan).bytes ?? 0;
      return splitScan(scan, source, options.splitBytes ?? stored / partsFor(scan, bytes, most, options));
    },
  };
}

/** Parts of a source of which so many bytes are read. */
function partsFor(scan: Scan, bytes: number, most: number, { workers }: ChooseOptions): number {
  const least = bytes / (isText(scan) ? mostTextBytes : mostReadBytes);
  const wanted = Math.max(least, Math.min(workers * tasksPerWorker, bytes / leastReadBytes));
  return Math.max(1, Math.round(Math.min(most, wanted)));
}

function cutAt(plan: Plan, { splitsOf }: Survey, { workers, arena }: ChooseOptions): readonly Stage[] {
  return cut(plan, { workers, share: arena * heldPart, splitsOf });
}

/** A plan as another process takes it: without what serves only the optimizer. */
export function portable(plan: Plan): Plan {
  return mapPlan(plan, (node) => {
    if (node.op !== 'scan' || node.source.statistics === null) return node;
    return Object.freeze({ ...node, source: Object.freeze(partOf(node.source, node)) });
  });
}

const isText = ({ source }: Scan): boolean => ['csv', 'ndjson', 'json'].includes(source.format);

export function scansOf(plan: Plan): Scan[] {
  return plan.op === 'scan' ? [plan] : inputsOf(plan).flatMap(scansOf);
}

/** Standard input is there only once, and in this process. */
export function readsFiles(plan: Plan): boolean {
  return scansOf(plan).every(({ source }) => !source.paths.includes('-'));
}

/** What operators take beside the reading of sources. */
function operatorSeconds(plan: Plan): number {
  const rate = rateOf(plan);
  const own =
    rate === null ? 0 : inputsOf(plan).reduce((sum, input) => sum + (estimateRows(input) ?? 0), 0) / rate;
  return inputsOf(plan).reduce((sum, input) => sum + operatorSeconds(input), own);
}

/** Rows in a second; null where they do not count. */
function rateOf(plan: Plan): number | null {
  if (plan.op === 'map' || codesOf(plan).length > 0) return codeRate;
  return holdsRows(plan) ? heldRate : null;
}
