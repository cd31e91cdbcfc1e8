/** Where plans run, and into how many tasks they are cut, by the statistics of sources that nobody reads. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noStatistics } from '../../../lib/arrow/statistics.js';
import { float64, int64 } from '../../../lib/arrow/types.js';
import { type ChooseOptions, chooseWay, stagesOf } from '../../../lib/exec/stages/choose.js';
import { exchangeOf, type Stage, taskCount } from '../../../lib/exec/stages/stage.js';
import { stagesText } from '../../../lib/exec/stages/stages-text.js';
import type { Source } from '../../../lib/formats/format.js';
import { splitChunks, splitRanges } from '../../../lib/formats/split.js';
import { call, column, literal, named, sortKey } from '../../../lib/plan/make-expr.js';
import {
  aggregate,
  distinct,
  filter,
  join,
  limit,
  scan as makeScan,
  project,
  sort,
  window,
} from '../../../lib/plan/make-plan.js';
import type { Plan, Scan, WindowTop } from '../../../lib/plan/plan.js';
import { scansOf } from '../../../lib/plan/walk-plan.js';
import { makeRuntime } from '../../helpers.js';

const test = suite('exec/stages/choose');
const runtime = makeRuntime();

const MB = 2 ** 20;
const rows = 64e6;
const chunks = 64;

/** How many values of each column differ. */
const distincts = { few: 100, some: 95_000, many: 1e6, own: rows, x: 1e6 };
const fields = Object.keys(distincts).map((name) => ({
  name,
  type: name === 'x' ? float64 : int64,
  nullable: false,
}));

/** A dataset of 64 million rows, 16 bytes each. */
function datasetScan(): Scan {
  const columnsOf = (part: number) =>
    fields.map(({ name }) => {
      const count = distincts[name as keyof typeof distincts];
      const [min, max] = name === 'x' ? [0, 1] : [0n, BigInt(count)];
      return { ...noStatistics, distinct: Math.min(count, part), min, max };
    });
  const chunk = { rows: rows / chunks, bytes: (rows / chunks) * 16, columns: columnsOf(rows / chunks) };
  const all = Array.from({ length: chunks }, () => chunk);
  const statistics = { chunks: all, columns: columnsOf(rows) };
  const source = { format: 'dataset', paths: ['/d'], options: {}, rows, bytes: rows * 16, statistics };
  return makeScan(source, { fields });
}

function csvScan(bytes: number): Scan {
  const source = { format: 'csv', paths: ['/d.csv'], options: {}, rows: null, bytes, statistics: null };
  return makeScan({ ...source, aboutRows: bytes / 50 }, { fields });
}

const sources = {
  async open({ source, schema }: Scan): Promise<Source> {
    const { bytes, statistics } = source;
    return {
      ...{ schema, rows: source.rows, bytes, statistics },
      split: (request, size) =>
        statistics === null
          ? splitRanges(request, [{ bytes: bytes!, seekable: true }], size, false)
          : splitChunks(request, statistics.chunks, size),
      scan: () => assert.unreachable() as never,
      async close() {},
    };
  },
};

const usual: ChooseOptions = {
  ...{ sources, runtime, workers: 2, kind: 'usual', handsBack: true, arena: 512 * MB, splitBytes: null },
};

const tasksOf = ({ parts }: Stage): number => parts.reduce((sum, part) => sum + taskCount(part), 0);

async function firstTasks(plan: Plan, workers = 2): Promise<number> {
  return tasksOf((await stagesOf(plan, { ...usual, workers }))[0]!);
}

const sum = { name: 's', aggregate: 'sum', args: [column('x')], distinct: false, filter: null, orderBy: [] };
const groupedBy = (name: string, input: Plan = datasetScan()): Plan =>
  aggregate(input, [named(name, column(name))], [sum]);

test('a task below an aggregate has many rows for each group, if that leaves one for each worker', async () => {
  const byBytes = Math.round((rows * 16) / (64 * MB));
  assert.is(await firstTasks(groupedBy('few')), byBytes);
  assert.is(await firstTasks(groupedBy('some')), 10);
  assert.is(await firstTasks(groupedBy('many')), 2);
  assert.is(await firstTasks(groupedBy('many'), 8), 8);
  // Not all is lost with one task.
  assert.is(await firstTasks(groupedBy('many'), 1), 2);
  // Each row is handed on: nothing is gained by large tasks.
  assert.is(await firstTasks(groupedBy('own')), byBytes);
  assert.is(await firstTasks(distinct(project(datasetScan(), [named('many', column('many'))]))), 2);
  // Nothing is known of the groups of a text.
  assert.is(await firstTasks(groupedBy('many', csvScan(5120 * MB))), 20);
});

test('the first rows of each partition are picked before they are exchanged', async () => {
  const number = {
    name: 'n',
    function: 'row_number',
    args: [],
    ignoreNulls: false,
    filter: null,
    frame: null,
  };
  const numbered = window(datasetScan(), [column('many')], [sortKey(column('x'))], [number]);
  const topped = (top: WindowTop | null): Plan => Object.freeze({ ...numbered, top });
  const text = async (plan: Plan): Promise<string> => stagesText(await stagesOf(plan, usual), 2);
  const picked = await text(topped({ by: 'row_number', rows: 2 }));
  assert.match(picked, /stage 0 +2 tasks {4}scan, window +in/);
  assert.match(picked, /stage 1 +\d+ tasks {4}stage 0, window$/);
  assert.match(await text(topped(null)), /stage 0 +15 tasks {4}scan +in/);
  // So many that little is dropped.
  assert.match(await text(topped({ by: 'rank', rows: 50 })), /stage 0 +15 tasks {4}scan +in/);
});

test('what a plan holds twice is done in one stage, and the small side of a join of one task is divided', async () => {
  const totals = (): Plan => groupedBy('some');
  const greatest = aggregate(
    project(totals(), [named('t', column('s'))]),
    [],
    [{ ...sum, aggregate: 'max', args: [column('t')], name: 't' }],
  );
  const plan = join(totals(), greatest, 'inner', [{ left: column('s'), right: column('t') }]);
  const text = stagesText(await stagesOf(plan, usual), 2);
  assert.match(text, /stage 0 +10 tasks {4}scan, aggregate \(partial\)\n/);
  assert.match(text, /stage 1 +1 task .*\(stage 0, aggregate \(final\)\) \(stage 0, aggregate \(final\)/);
  assert.not.match(text, /stage 2/);
  // Of another column.
  const other = join(totals(), groupedBy('few'), 'inner', [{ left: column('s'), right: column('s') }]);
  assert.match(stagesText(await stagesOf(other, usual), 2), /stage 2/);
});

test('a task reads no partition by its number that the stage before did not make', async () => {
  const values = (input: Plan): Plan =>
    aggregate(input, [named('own', column('own'))], [{ ...sum, distinct: true }]);
  const few = filter(datasetScan(), call('lt', column('own'), literal(int64, '100')));
  const plan = join(values(datasetScan()), values(few), 'anti', [
    { left: column('own'), right: column('own') },
  ]);
  const stages = await stagesOf(plan, usual);
  // The small side's only partition, all of it in each task over the partitions of the large one.
  assert.match(stagesText(stages, 2), /in 1 partitions by own/);
  for (const { plan: task, over } of stages.flatMap(({ parts }) => parts))
    for (const read of scansOf(task).map(exchangeOf)) {
      if (read?.take.kind !== 'partition') continue;
      const { layout } = stages[read.stage]!;
      assert.ok(over.kind === 'shares' && layout.kind === 'partitions' && layout.count === over.count);
    }
});

test('workers that nobody asked for must gain', async () => {
  const kindOf = async (plan: Plan, options: Partial<ChooseOptions> = {}): Promise<string> => {
    const way = await chooseWay(plan, { ...usual, ...options });
    return way.kind === 'here' && way.small ? 'small' : way.kind;
  };
  const long = groupedBy('few', csvScan(1000 * MB));
  assert.is(await kindOf(long), 'stages');
  // A second is gained by workers that need not be started.
  assert.is(await kindOf(groupedBy('many')), 'here');
  assert.is(await kindOf(groupedBy('many'), { kind: 'running' }), 'stages');
  assert.is(await kindOf(csvScan(50 * MB)), 'small');
  assert.is(await kindOf(csvScan(1000 * MB), { handsBack: false }), 'stages');
  // What only passes through is not worth the way back.
  assert.is(await kindOf(datasetScan()), 'here');
  assert.is(await kindOf(datasetScan(), { kind: 'asked' }), 'stages');
  const short = groupedBy('few', csvScan(160 * MB));
  assert.is(await kindOf(short), 'here');
  assert.is(await kindOf(short, { kind: 'running' }), 'stages');
  // A limit ends the reading early, if nothing below it needs all rows.
  assert.is(await kindOf(limit(csvScan(1000 * MB), 10)), 'small');
  assert.is(await kindOf(limit(long, 10)), 'stages');
  assert.is(await kindOf(sort(csvScan(1000 * MB), [sortKey(column('x'))], 10)), 'stages');
  // All values are needed in one place.
  assert.is(await kindOf(aggregate(datasetScan(), [], [{ ...sum, aggregate: 'median' }])), 'here');
});

test.run();
