/**
 * What a plan takes: in one process, and in stages. Guesses, by rates that were measured on one core, for the choice
 * between the two:
 *
 *   one process   reading + operators
 *   in stages     (reading + operators + what is exchanged) / workers, + what one task does alone, + what is handed back
 */
import { estimateBytes, estimateRows } from '../../plan/estimate.js';
import { inputsOf, type Limit, type Plan, type Scan } from '../../plan/plan.js';
import { hasPartial } from '../../plan/two-phase.js';
import { codesOf } from '../functions/codes.js';
import { holdsRows } from '../share.js';
import { exchangeOf, type Part, type Stage } from './stage.js';

/** Bytes of a source in a second: text is parsed, Parquet decompressed and decoded, the rest as it lies there. */
const readRates: Readonly<Record<string, number>> = { csv: 2.5e8, parquet: 3e8 };
const plainRate = 2.5e9;

/** Bytes in a second, as they are in memory, that are put down for other tasks, and that are read of them. */
const putRate = 1.25e9;
const takeRate = 2.5e9;

/** Rows in a second. */
const rates = {
  sort: 6e6,
  /** Of a range of keys, from all that was sorted. */
  merge: 2e7,
  /** Put into hash partitions. */
  partition: 3e7,
  /** Put into the table of a join: by one process, and by all workers at the same time, each the same rows. */
  build: 6e7,
  buildByAll: 2e7,
  /** A function of the user, if it does little. */
  code: 1e7,
  /** Other operators that hold rows. */
  held: 7e7,
};

/** Rows in a second that find what they belong to among so many at most: the caches hold few. */
type Found = readonly { readonly most: number; readonly rate: number }[];

const foundGroups: Found = [
  { most: 2 ** 16, rate: 2e8 },
  { most: 2 ** 21, rate: 1e8 },
  { most: Number.POSITIVE_INFINITY, rate: 1.5e7 },
];

const foundMatches: Found = [
  { most: 2 ** 16, rate: 5e8 },
  { most: Number.POSITIVE_INFINITY, rate: 6e7 },
];

/** `bytesOf` tells what a scan reads of its source. */
export function secondsOf(plan: Plan, bytesOf: (scan: Scan) => number): number {
  if (plan.op === 'scan') {
    if (exchangeOf(plan) !== null) return 0;
    return (bytesOf(plan) * scannedPart(plan)) / (readRates[plan.source.format] ?? plainRate);
  }
  const inputs = inputsOf(plan);
  const before = inputs.reduce((sum, input) => sum + secondsOf(input, bytesOf), 0);
  if (plan.op === 'limit') return before * takenPart(plan);
  return inputs.reduce((sum, input) => sum + (estimateRows(input) ?? 0) / rateOf(plan, input), before);
}

/** `seconds` are those in one process. `handsBack`: this process takes the rows that come out. */
export function stagesSeconds(
  stages: readonly Stage[],
  seconds: number,
  workers: number,
  handsBack: boolean,
): number {
  let exchanged = 0;
  let alone = 0;
  let back = 0;
  for (const stage of stages)
    for (const part of stage.parts) {
      const bytes = putBytes(part);
      if (part.over.kind === 'whole') alone += secondsOf(part.plan, () => 0);
      if (stage !== stages.at(-1)) exchanged += passedOn(bytes);
      else if (handsBack) [exchanged, back] = [exchanged + bytes / putRate, back + bytes / takeRate];
      if (stage.layout.kind === 'sorted') exchanged += (estimateRows(part.plan) ?? 0) / rates.merge;
    }
  return (Math.max(0, seconds - alone) + exchanged) / workers + alone + back;
}

/** Bytes that one task puts down and another reads. */
const passedOn = (bytes: number): number => bytes / putRate + bytes / takeRate;

/** To read the rows of a plan that another stage put down, and to hold them as the build side of a join in each worker. */
export function heldSeconds(plan: Plan): number {
  return outBytes(plan) / takeRate + (estimateRows(plan) ?? 0) / rates.buildByAll;
}

/** To put down the rows of a plan by partition, and to read them. */
export function exchangeSeconds(plan: Plan): number {
  return passedOn(outBytes(plan)) + (estimateRows(plan) ?? 0) / rates.partition;
}

/** What all tasks put down: each its own groups, if it groups. */
function putBytes({ plan, over }: Part): number {
  const bytes = outBytes(plan);
  if (over.kind !== 'splits' || !groups(plan)) return bytes;
  return Math.min(bytes * over.splits.length, outBytes(inputsOf(plan)[0]!));
}

const groups = (plan: Plan): boolean =>
  plan.op === 'distinct' || (plan.op === 'aggregate' && plan.stage === 'partial');

function outBytes(plan: Plan): number {
  return estimateBytes(plan) ?? 0;
}

/** Rows in a second that the operator takes of an input; infinite where they do not count. */
function rateOf(plan: Plan, input: Plan): number {
  if (plan.op === 'map' || codesOf(plan).length > 0) return rates.code;
  if (plan.op === 'sort' && plan.limit === null) return rates.sort;
  if (plan.op === 'join') return input === plan.right ? rates.build : rateAmong(foundMatches, plan.right);
  if (plan.op !== 'aggregate' && plan.op !== 'distinct')
    return holdsRows(plan) ? rates.held : Number.POSITIVE_INFINITY;
  const rate = rateAmong(foundGroups, plan);
  const isSmall = plan.op === 'distinct' || plan.stage !== 'whole' || hasPartial(plan);
  return isSmall ? rate : Math.min(rates.held, rate);
}

function rateAmong(found: Found, plan: Plan): number {
  const rows = estimateRows(plan) ?? Number.POSITIVE_INFINITY;
  return found.find(({ most }) => rows <= most)!.rate;
}

/** Of the rows below a limit, the part that is made before there are enough. */
function takenPart({ input, offset, count }: Limit): number {
  return passesOn(input) ? partOf(offset + count, estimateRows(input)) : 1;
}

function scannedPart(scan: Scan): number {
  return scan.limit === null ? 1 : partOf(scan.limit, estimateRows({ ...scan, limit: null }));
}

const partOf = (rows: number, all: number | null): number =>
  all === null ? 1 : Math.min(1, rows / Math.max(1, all));

/** Do rows come out while there are more to come in? */
const passesOn = (plan: Plan): boolean =>
  ['scan', 'filter', 'project', 'expand', 'explode', 'map', 'union', 'limit'].includes(plan.op) &&
  inputsOf(plan).every(passesOn);
