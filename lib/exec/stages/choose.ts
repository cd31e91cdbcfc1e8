/** Whether a plan is worth worker processes, and how it is cut for them. */
import type { Runtime, Source } from '../../formats/format.js';
import type { Plan, Scan } from '../../plan/plan.js';
import { mapPlan, scansOf } from '../../plan/walk-plan.js';
import { scanRequest } from '../scan.js';
import { heldPart } from '../share.js';
import type { Sources } from '../sources.js';
import { secondsOf, stagesSeconds } from './seconds.js';
import { partOf, splitScan } from './split-scan.js';
import type { Stage, TaskRange } from './stage.js';

export interface ChooseOptions {
  readonly sources: Pick<Sources, 'open'>;
  readonly runtime: Runtime;
  readonly workers: number;
  /** Did the caller ask for workers? If not they must gain, and those that are running need not be started. */
  readonly kind: 'asked' | 'running' | 'usual';
  /** Does this process take the rows that come out? */
  readonly handsBack: boolean;
  /** Bytes of the arena of a worker. */
  readonly arena: number;
  /** Bytes of a source for a task, however small the source; null for as many as are worth it. */
  readonly splitBytes: number | null;
}

/**
 * A task reads so many bytes at least and at most, and between them so few that there are some tasks for each worker. CSV
 * takes four times the bytes that its rows take elsewhere; chunks of a dataset are to be large.
 */
const leastReadBytes = 4 * 2 ** 20;
const mostReadBytes = 64 * 2 ** 20;
const mostCsvBytes = 4 * mostReadBytes;
const tasksPerWorker = 4;

/** What workers take to start: seconds. */
const startSeconds = 0.3;

/**
 * Workers that nobody asked for must be so much faster by the guess, which may be wrong; where work takes so long, it is
 * enough that they are not slower, as they leave this process free for what else it has to do.
 */
const leastGain = 1.25;
const longSeconds = 5;

/** Workers that somebody asked for keep the load from this process: only what is done at once is not theirs. */
const worthSeconds = 0.4;

/** Where a plan runs. */
export type Way =
  /** In this process; `small` where that is for want of work. */
  | { readonly kind: 'here'; readonly small: boolean }
  | { readonly kind: 'stages'; readonly stages: readonly Stage[] };

export async function chooseWay(plan: Plan, options: ChooseOptions): Promise<Way> {
  if (!readsFiles(plan)) return { kind: 'here', small: false };
  const survey = await surveyOf(plan, options);
  const { splitBytes, handsBack, workers, kind } = options;
  const seconds = secondsOf(plan, survey.bytesOf);
  if (splitBytes === null && seconds < worthSeconds) return { kind: 'here', small: true };
  const stages = await cutAt(plan, survey, options);
  const last = stages.at(-1)!;
  // Nothing could be divided: one task would do all.
  const single = stages.length === 1 && last.parts.length === 1 && last.parts[0]!.over.kind === 'whole';
  if (single) return { kind: 'here', small: false };
  if (splitBytes !== null || kind === 'asked') return { kind: 'stages', stages };
  const start = kind === 'running' ? 0 : startSeconds;
  const inStages = start + stagesSeconds(stages, seconds, workers, handsBack);
  return seconds > inStages * (seconds > longSeconds ? 1 : leastGain)
    ? { kind: 'stages', stages }
    : { kind: 'here', small: false };
}

/** The stages of a plan that runs in stages however little there is to do. */
export async function stagesOf(plan: Plan, options: ChooseOptions): Promise<readonly Stage[]> {
  return cutAt(plan, await surveyOf(plan, options), options);
}

/** What is known of the sources of a plan. */
interface Survey {
  /** That are read. */
  bytesOf(scan: Scan): number;
  /** Null where the source cannot be divided. */
  splitsOf(scan: Scan, wanted: TaskRange): readonly Scan[] | null;
}

async function surveyOf(plan: Plan, options: ChooseOptions): Promise<Survey> {
  const { sources, runtime, splitBytes } = options;
  const read = new Map<Scan, { readonly source: Source; readonly bytes: number }>();
  for (const scan of scansOf(plan)) {
    const source = await sources.open(scan, runtime);
    const bytes = source.bytesOf?.(scanRequest(scan), runtime) ?? source.bytes ?? 0;
    read.set(scan, { source, bytes });
  }
  return {
    bytesOf: (scan) => read.get(scan)!.bytes,
    splitsOf(scan, wanted) {
      const { source, bytes } = read.get(scan)!;
      const stored = partOf(scan.source, scan).bytes ?? 0;
      const part = stored / partsFor(scan, bytes, wanted, options);
      return splitScan(scan, source, splitBytes ?? Math.max(1, part));
    },
  };
}

/** Parts of a source of which so many bytes are read. `most` goes by estimates, which for CSV are but guesses. */
function partsFor(scan: Scan, bytes: number, { least, most }: TaskRange, { workers }: ChooseOptions): number {
  const some = Math.min(workers * tasksPerWorker, bytes / leastReadBytes);
  const parts =
    scan.source.format === 'csv'
      ? Math.max(least, bytes / mostCsvBytes, some)
      : Math.max(least, Math.min(most, Math.max(bytes / mostReadBytes, some)));
  return Math.max(1, Math.round(parts));
}

async function cutAt(
  plan: Plan,
  { splitsOf, bytesOf }: Survey,
  { workers, arena, splitBytes }: ChooseOptions,
): Promise<readonly Stage[]> {
  const { cut } = await import('./cut.js');
  const leastBytes = Math.min(leastReadBytes, splitBytes ?? leastReadBytes);
  return cut(plan, { workers, share: arena * heldPart, leastBytes, readBytes: bytesOf, splitsOf });
}

/** A plan as another process takes it: without what serves only the optimizer. */
export function portable(plan: Plan): Plan {
  return mapPlan(plan, (node) => {
    if (node.op !== 'scan' || node.source.statistics === null) return node;
    return Object.freeze({ ...node, source: Object.freeze(partOf(node.source, node)) });
  });
}

/** Standard input is there only once, and in this process. */
export function readsFiles(plan: Plan): boolean {
  return scansOf(plan).every(({ source }) => !source.paths.includes('-'));
}
