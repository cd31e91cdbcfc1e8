/**
 * Rows of the probe side that have no partner, dropped as far down as their key is known: below joins and aggregates, so
 * that these have fewer rows to work on.
 *
 *   join on a = b ◀─ probe side: aggregate by b ◀─ filter ◀─ rows whose b is a key of the build side ◀─ scan
 *
 * The build side's keys are bits (KeySet), made when it is whole and in memory. Where few rows are dropped, rows are no longer
 * tested.
 */
import { basename } from 'node:path';
import { fieldIndex } from '../../arrow/schema.js';
import type { JoinTable } from '../../kernels/join-table.js';
import { KeySet } from '../../kernels/key-set.js';
import { takeLater } from '../../kernels/take.js';
import { atOrigin, originOf } from '../../plan/origin.js';
import type { Join, Plan } from '../../plan/plan.js';
import { quoteName } from '../../plan/quote-name.js';
import { schemaOf } from '../../plan/schema.js';
import type { Context, KeyTest, Stream } from '../context.js';
import { type Side, shapeOf, sideOf } from './shape.js';
import { buildsLeft } from './sides.js';

const owner = 'join';

/** Of the share: what the bits of a key may take. */
const setPart = 1 / 32;

/** After so many rows, if more than a part of them was kept, the rest go by untested. */
const trial = { rows: 2 ** 17, kept: 0.75 };

/** A key by which the probe side's rows may be dropped further down. */
interface Reduction {
  /** Position in the join's keys. */
  readonly key: number;
  /** The probe side's column. */
  readonly name: string;
}

/** Keys that are a column of the probe side as it is, and where that saves another operator work. */
function reductionsOf({ on, nullsEqual }: Join, left: boolean, probePlan: Plan, probe: Side): Reduction[] {
  if (nullsEqual) return [];
  return on.flatMap((pair, key) => {
    const own = left ? pair.right : pair.left;
    const converted = probe.keyColumns[key]! >= probe.width;
    if (own.op !== 'column' || converted) return [];
    return originOf(probePlan, own.name).saves ? [{ key, name: own.name }] : [];
  });
}

/** The lines of explain about it. */
export function reductionLines(node: Plan): string[] {
  if (node.op !== 'join') return [];
  const left = buildsLeft(node);
  if (shapeOf(node, left).probe === 'unmatched') return [];
  const probePlan = left ? node.right : node.left;
  return reductionsOf(node, left, probePlan, sideOf(node, !left)).map(({ name }) => {
    const { plan, name: own } = originOf(probePlan, name);
    const [path = ''] = plan.op === 'scan' ? plan.source.paths : [];
    const place = path === '' ? plan.op : `${plan.op} ${basename(path)}`;
    return `reduces  ${place} to keys of the other side by ${quoteName(own)}`;
  });
}

/** The probe side, and the tests of its rows, which are to be released. */
export interface Reduced {
  readonly plan: Plan;
  readonly tests: ReadonlyMap<Plan, readonly KeyTest[]>;
  release(): void;
}

/** `left` says that the build side is the left one; `table` holds all of it. */
export function reduce(
  node: Join,
  left: boolean,
  sides: { readonly build: Side; readonly probe: Side },
  table: JoinTable,
  probePlan: Plan,
  context: Context,
): Reduced {
  const tests = new Map<Plan, readonly KeyTest[]>();
  const sets: KeySet[] = [];
  const release = (): void => {
    for (const set of sets) set.release();
  };
  const made: { readonly name: string; readonly set: KeySet }[] = [];
  for (const { key, name } of reductionsOf(node, left, probePlan, sides.probe)) {
    const set = setOf(table, key, sides.build.keyColumns[key]!, context);
    if (set === null) continue;
    sets.push(set);
    made.push({ name, set });
  }
  // A node may stand in more than one place of the plan: those on the way are to be this place's own.
  const plan = made.reduce<Plan>(
    (whole, { name }) => atOrigin(whole, name, (origin) => Object.freeze({ ...origin })),
    probePlan,
  );
  for (const { name, set } of made) {
    const origin = originOf(plan, name);
    const test = { column: fieldIndex(schemaOf(origin.plan), origin.name), set };
    tests.set(origin.plan, [...(tests.get(origin.plan) ?? []), test]);
  }
  return { plan, tests, release };
}

function setOf(table: JoinTable, key: number, column: number, context: Context): KeySet | null {
  const range = table.range(key);
  const set = range && KeySet.tryCreate(range, context.share * setPart, context, owner);
  if (set === null) return null;
  const region = context.arena.region(owner);
  try {
    for (let chunk = 0; chunk < table.rows.chunks; chunk++) {
      region.reset();
      set.add(table.rows.chunkColumns(chunk, [column], region)[0]!);
    }
    return set;
  } catch (error) {
    set.release();
    throw error;
  } finally {
    region.release();
  }
}

/** The rows that pass all tests. */
export async function* tested(tests: readonly KeyTest[], input: Stream, context: Context): Stream {
  const [test, ...others] = tests;
  if (test === undefined) {
    yield* input;
    return;
  }
  yield* testedBy(test, tested(others, input, context), context);
}

async function* testedBy({ column, set }: KeyTest, input: Stream, context: Context): Stream {
  const region = context.arena.region(owner);
  let [seen, kept] = [0, 0];
  try {
    for await (const batch of input) {
      if (seen >= trial.rows && kept > seen * trial.kept) {
        yield batch;
        continue;
      }
      region.reset();
      const { rows, count } = set.select(batch.columns[column]!, region);
      seen += batch.length;
      kept += count;
      if (count === batch.length) yield batch;
      else if (count > 0)
        yield {
          length: count,
          columns: batch.columns.map((one) => takeLater(one, rows, count, region, context)),
        };
    }
  } finally {
    region.release();
  }
}
