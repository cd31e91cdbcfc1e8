import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noStatistics } from '../../../lib/arrow/statistics.js';
import { SpillwayError } from '../../../lib/errors.js';
import { constantEvaluator } from '../../../lib/exec/evaluate-constant.js';
import { execute } from '../../../lib/exec/execute.js';
import { Sources } from '../../../lib/exec/sources.js';
import { portable } from '../../../lib/exec/stages/choose.js';
import { cut } from '../../../lib/exec/stages/cut.js';
import { open } from '../../../lib/exec/stages/run-task.js';
import { type Executor, StageRun } from '../../../lib/exec/stages/schedule.js';
import { splitScan } from '../../../lib/exec/stages/split-scan.js';
import type { Stage } from '../../../lib/exec/stages/stage.js';
import { stagesText } from '../../../lib/exec/stages/stages-text.js';
import { rowsFrom } from '../../../lib/exec/stages/tasks.js';
import type { Runtime } from '../../../lib/formats/format.js';
import { Turns } from '../../../lib/frame/turns.js';
import { explain } from '../../../lib/plan/explain.js';
import { call, column, integer } from '../../../lib/plan/make-expr.js';
import { aggregate, filter, join as joined, project } from '../../../lib/plan/make-plan.js';
import { optimize } from '../../../lib/plan/optimize.js';
import { inputsOf, type JoinKind, type Plan, type Scan } from '../../../lib/plan/plan.js';
import { schemaOf } from '../../../lib/plan/schema.js';
import { mapPlan } from '../../../lib/plan/walk-plan.js';
import { type Cell, cellsOf, contextOf, makeRuntime } from '../../helpers.js';
import {
  type Dice,
  diceOf,
  outcome,
  type Row,
  randomPlan,
  randomRows,
  randomWindows,
  schema,
  table,
} from '../../plan/helpers.js';

const test = suite('random plans in stages');

const names = schema.fields.map(({ name }) => name);
const folder = mkdtempSync(join(tmpdir(), 'stages-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

function csvOf(rows: readonly Row[], path: string): void {
  const lines = rows.map((row) => names.map((name) => row[name] ?? 'NA').join(','));
  writeFileSync(path, `${[names.join(','), ...lines].join('\n')}\n`);
}

const runtime = makeRuntime();
const evaluateConstant = constantEvaluator(runtime);
const runner = await open({ arena: 32 * 2 ** 20 });
// As a worker does: one task after the other.
const turns = new Turns();
const executor: Executor = {
  run: (task, signal) =>
    turns.take(signal, () =>
      runner.run(structuredClone({ ...task, plan: portable(task.plan), disk: null }), signal, () => {}),
    ),
  remove: ({ path }) => rmSync(path),
};

/** Runs a plan over random rows in stages. `guessed` may change what is known of a source. The stages as text; null where the plan has no rows to compare. */
async function compare(
  seed: number,
  random: Plan,
  dice: Dice,
  share: number,
  guessed: (scan: Scan) => Scan,
): Promise<{ readonly stages: number; readonly text: string } | null> {
  const rows = randomRows(dice);
  const truth = outcome(random, rows);
  if (truth === null || picksByOrder(random)) return null;
  const path = join(folder, `${files++}.csv`);
  csvOf(rows, path);
  const sources = new Sources();
  const types = Object.fromEntries(names.map((name) => [name, 'int64']));
  const read = await sources.scan([path], 'csv', { nulls: ['NA'], types }, runtime);
  const own = optimize(
    mapPlan(random, (node) => (node === table ? read : node)),
    { evaluateConstant },
  );
  const plan = mapPlan(own, (node) => (node.op === 'scan' ? guessed(node) : node));
  const splits = await splitsOf(plan, sources, runtime, 1 + dice.below(20));
  const stages = cut(plan, {
    workers: 2,
    share,
    leastBytes: dice.pick([1, 2 ** 20]),
    readBytes: () => dice.pick([1, 2 ** 30]),
    splitsOf: (scan) => splits.get(scan) ?? null,
  });
  const text = stagesText(stages, 2);
  const told = `seed ${seed}\n${explain(plan)}\n${text}\n${JSON.stringify(rows)}`;
  const found = await collect(stages, executor, sources, runtime, told);
  await sources.close();
  const wanted = schemaOf(plan).fields.map(({ name }) => name);
  const expected = truth.map((row) => wanted.map((name) => plain(row[name] as Cell)));
  if (hasOrder(plan)) assert.equal(found, expected, told);
  else assert.equal(sorted(found), sorted(expected), told);
  assert.is(runtime.arena.reserved, 0, told);
  return { stages: stages.length, text };
}

let files = 0;

test('tasks over pieces of a file give the rows of the whole', async () => {
  let compared = 0;
  let divided = 0;
  for (let seed = 0; seed < 120; seed++) {
    const dice = diceOf(seed + 90_000);
    const random = dice.below(4) === 0 ? randomWindows(dice) : randomPlan(dice, 1 + dice.below(5), true);
    const result = await compare(seed, random, dice, dice.pick([100, 2 ** 20]), (scan) => scan);
    if (result === null) continue;
    compared++;
    if (result.stages > 1) divided++;
  }
  assert.ok(compared > 50, `${compared} plans gave rows`);
  assert.ok(divided > 20, `${divided} plans had more than one stage`);
});

test('a side of a join that looks large is reduced to the keys of one that looks small', async () => {
  let reduced = 0;
  for (let seed = 0; seed < 160; seed++) {
    const dice = diceOf(seed + 95_000);
    const kind = dice.pick<JoinKind>(['left', 'semi', 'anti', 'right']);
    const small = table;
    const renamed = project(
      filter(table, call('ge', column('b'), integer(dice.below(4) - 3))),
      ['a', 'b', 'c'].map((name) => ({ name: name === 'a' ? 'key' : `large ${name}`, expr: column(name) })),
    );
    const grouped = aggregate(
      renamed,
      [{ name: 'key', expr: column('key') }],
      [{ name: 'n', aggregate: 'sum', args: [column('large b')], distinct: false, filter: null }],
    );
    const large = dice.below(2) === 0 ? renamed : grouped;
    const condition =
      dice.below(2) === 0 ? null : call('ne', column('c'), column(large === grouped ? 'n' : 'large c'));
    const random =
      kind === 'right'
        ? joined(large, small, kind, [{ left: column('key'), right: column('a') }], condition)
        : joined(small, large, kind, [{ left: column('a'), right: column('key') }], condition);
    // What is told of the sources is not true: it decides how the plan is cut, and nothing else.
    const filtered = (scan: Scan): boolean => scan.predicate !== null;
    const result = await compare(seed, random, dice, 2 ** 14, (scan) =>
      told(scan, filtered(scan) ? 1_000_000 : 10),
    );
    if (result !== null && /stage \d+, project\), join/.test(result.text)) reduced++;
  }
  assert.ok(reduced > 50, `${reduced} plans were reduced`);
});

/** The source as if it had so many rows, with a key each. */
function told(scan: Scan, rows: number): Scan {
  const columns = scan.schema.fields.map(() => ({ ...noStatistics, distinct: rows }));
  const statistics = { chunks: [{ rows, bytes: 0, columns }], columns };
  return Object.freeze({ ...scan, source: { ...scan.source, rows, statistics } });
}

async function splitsOf(
  plan: Plan,
  sources: Sources,
  runtime: Runtime,
  bytes: number,
): Promise<Map<Scan, readonly Scan[]>> {
  const found = new Map<Scan, readonly Scan[]>();
  const visit = async (node: Plan): Promise<void> => {
    for (const input of inputsOf(node)) await visit(input);
    if (node.op !== 'scan') return;
    const parts = splitScan(node, await sources.open(node, runtime), bytes);
    if (parts !== null) found.set(node, parts);
  };
  await visit(plan);
  return found;
}

async function collect(
  stages: readonly Stage[],
  executor: Executor,
  sources: Sources,
  runtime: Runtime,
  told: string,
): Promise<Cell[][]> {
  const own = mkdtempSync(join(folder, 'run-'));
  const run = new StageRun(stages, {
    executor,
    signal: runtime.signal,
    folder: own,
    ledger: null,
    atOnce: 3,
    ahead: 2,
    onRetry: () => {},
    onResult: () => {},
  });
  const found: Cell[][] = [];
  try {
    for await (const { file } of run.results()) {
      const plan = rowsFrom([file!], schemaOf(stages.at(-1)!.parts[0]!.plan));
      for await (const batch of execute(plan, contextOf(runtime, { sources }))) {
        const columns = batch.columns.map((vector) => cellsOf(vector, runtime.arena));
        for (let i = 0; i < batch.length; i++) found.push(columns.map((cells) => plain(cells[i]!)));
      }
      executor.remove(file!);
    }
  } catch (error) {
    if (error instanceof SpillwayError) throw new Error(`${error.message}\n${told}`);
    throw error;
  } finally {
    await run.end();
  }
  rmSync(own, { recursive: true });
  return found;
}

const plain = (cell: Cell): Cell => (typeof cell === 'bigint' ? Number(cell) : cell);

const sorted = (rows: readonly Cell[][]): string[] => rows.map((row) => JSON.stringify(row)).sort();

/** Do rows come in a defined order? */
function hasOrder(plan: Plan): boolean {
  if (['distinct', 'aggregate', 'join', 'window'].includes(plan.op)) return false;
  return inputsOf(plan).every(hasOrder);
}

/** Does it depend on an order that is not defined which rows come out? */
function picksByOrder(plan: Plan): boolean {
  const picks =
    plan.op === 'limit' ||
    plan.op === 'sample' ||
    plan.op === 'window' ||
    (plan.op === 'sort' && plan.limit !== null);
  return inputsOf(plan).some((input) => picksByOrder(input) || (picks && !hasOrder(input)));
}

test.run();
