/** The scheduler by itself: tasks are plans that nobody runs, and an executor that does as it is told. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { int64 } from '../../../lib/arrow/types.js';
import { SpillwayError } from '../../../lib/errors.js';
import {
  type Executor,
  type Retry,
  type ScheduleOptions,
  StageRun,
} from '../../../lib/exec/stages/schedule.js';
import { exchange, type Stage } from '../../../lib/exec/stages/stage.js';
import type { Task, TaskResult } from '../../../lib/exec/stages/task.js';
import { WorkerLost } from '../../../lib/exec/workers/pool.js';
import { scan as makeScan } from '../../../lib/plan/make-plan.js';
import type { Scan } from '../../../lib/plan/plan.js';

const test = suite('exec/stages/schedule');
const folder = mkdtempSync(join(tmpdir(), 'spillway-schedule-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const schema = { fields: [{ name: 'n', type: int64, nullable: false }] };
const source = { paths: ['/a'], options: {}, rows: null, bytes: null, statistics: null };
const dataset = makeScan({ ...source, format: 'dataset' }, schema);
const csv = makeScan({ ...source, format: 'csv' }, schema);

const overSplits = (number: number, scan: Scan, splits: readonly Scan[]): Stage => ({
  number,
  parts: [{ plan: scan, over: { kind: 'splits', scan, splits } }],
  layout: { kind: 'rows' },
  enough: null,
});

const chunks = (...own: number[]): Scan => Object.freeze({ ...dataset, chunks: own });
const chunksEach = (count: number): Scan[] => Array.from({ length: count }, (_, i) => chunks(i));

/** A task's split, as the executor sees it. */
const scanOf = ({ plan }: Task): Scan => plan as Scan;

const result = (task: Task, rows = 1): TaskResult => ({
  file: task.output.kind === 'runs' ? { path: task.output.path, bytes: 8, rows: [rows] } : null,
  chunks: null,
  range: null,
  failure: null,
  progress: { read: 100, exchanged: 10, rows, spilled: 1 },
});

const memoryIsShort = new SpillwayError('memory', 'sort needs more');
const lost = (outOfMemory = false): WorkerLost =>
  new WorkerLost({ how: 'was killed by SIGKILL', outOfMemory }, 80 * 2 ** 20);

function begin(
  stages: readonly Stage[],
  run: Executor['run'],
  more: Partial<ScheduleOptions> = {},
): { readonly run: StageRun; readonly retries: Retry[]; readonly folder: string } {
  const retries: Retry[] = [];
  const own = mkdtempSync(join(folder, 'run-'));
  const executor: Executor = { run, remove: ({ path }) => rmSync(path, { force: true }) };
  const options: ScheduleOptions = {
    executor,
    signal: new AbortController().signal,
    folder: own,
    ledger: null,
    atOnce: 4,
    ahead: 4,
    onRetry: (retry) => retries.push(retry),
    onResult() {},
    ...more,
  };
  return { run: new StageRun(stages, options), retries, folder: own };
}

async function resultsOf(run: StageRun): Promise<TaskResult[]> {
  const found: TaskResult[] = [];
  try {
    for await (const one of run.results()) found.push(one);
  } finally {
    await run.end();
  }
  return found;
}

async function failure(work: Promise<unknown>): Promise<SpillwayError> {
  try {
    await work;
  } catch (error) {
    return error as SpillwayError;
  }
  throw new Error('it should have failed');
}

test('a task that was lost runs again, and nothing of the first attempt stays', async () => {
  let attempts = 0;
  const { run, retries, folder } = begin([overSplits(0, dataset, chunksEach(1))], async (task) => {
    attempts++;
    if (task.output.kind === 'runs') writeFileSync(task.output.path, 'half of it');
    mkdirSync(task.folder);
    writeFileSync(join(task.folder, 'spilled'), '');
    if (attempts < 3) throw lost();
    return result(task);
  });
  assert.is((await resultsOf(run)).length, 1);
  const why = 'its worker was killed by SIGKILL';
  const retry = { stage: 0, why, resident: 80 * 2 ** 20 };
  assert.equal(retries, [retry, retry]);
  // Those of the attempt that counts.
  assert.equal(readdirSync(folder).sort(), ['stage-0-2', 'stage-0-2.runs']);
});

test('half-written chunks of a dataset are removed with the attempt, and no others', async () => {
  const target = { path: 'out', folder: mkdtempSync(join(folder, 'out-')), schema, options: {} };
  let attempts = 0;
  const { run } = begin(
    [overSplits(0, dataset, chunksEach(1))],
    async (task) => {
      const number = attempts++;
      writeFileSync(join(target.folder, `part-0000${number}-00000.arrow`), '');
      if (number === 0) throw lost();
      return result(task);
    },
    { outputOf: (number) => ({ kind: 'chunks', target, number }) },
  );
  await resultsOf(run);
  assert.equal(readdirSync(target.folder), ['part-00001-00000.arrow']);
});

test('three losses of one task fail the job, with the cause and the peak', async () => {
  for (const outOfMemory of [false, true]) {
    let attempts = 0;
    const { run, retries } = begin([overSplits(3, dataset, chunksEach(2))], async (task) => {
      if (scanOf(task).chunks![0] === 0) return result(task);
      attempts++;
      throw lost(outOfMemory);
    });
    const { code, message } = await failure(resultsOf(run));
    assert.is(code, 'worker');
    assert.is(
      message,
      `a task of stage 3 failed 3 times: the last time its worker was killed by SIGKILL, with 80 MB resident at most; ${
        outOfMemory ? 'give more --memory or fewer --workers' : 'see the log of the system for who ended it'
      }`,
    );
    assert.is(attempts, 3);
    assert.is(retries.length, 2);
  }
});

test('where memory was short the halves are run, in order; one chunk is not divided', async () => {
  for (const error of [lost(true), memoryIsShort]) {
    const { run, retries } = begin([overSplits(0, dataset, [chunks(1, 2, 3, 4, 5)])], async (task) => {
      const own = scanOf(task).chunks!;
      if (own.length > 2) throw error;
      return result(
        task,
        own.reduce((all, one) => all * 10 + one, 0),
      );
    });
    assert.equal(
      (await resultsOf(run)).map(({ file }) => file!.rows[0]),
      [12, 3, 45],
    );
    assert.equal(
      retries.map(({ why }) => why),
      Array(2).fill(error === memoryIsShort ? 'sort needs more' : 'its worker was killed by SIGKILL'),
    );
  }
  let attempts = 0;
  const { run } = begin([overSplits(0, dataset, [chunks(7)])], async () => {
    attempts++;
    throw memoryIsShort;
  });
  // The same task would need the same again.
  assert.is(await failure(resultsOf(run)), memoryIsShort);
  assert.is(attempts, 1);
});

test('progress: what ran and what counts, by stage', async () => {
  const first = overSplits(0, dataset, chunksEach(3));
  const all: Stage = {
    number: 1,
    parts: [{ plan: exchange(0, { kind: 'all' }, schema, null), over: { kind: 'whole' } }],
    layout: { kind: 'rows' },
    enough: null,
  };
  let attempts = 0;
  const seen: unknown[] = [];
  const { run } = begin([first, all], async (task, _, tell) => {
    const number = attempts++;
    tell({ read: 60, exchanged: 1, rows: 5, spilled: 0 });
    if (number === 1) throw lost();
    if (number === 0) seen.push(...told());
    return result(task, 7);
  });
  const told = () => run.counts.map(({ progress: { seconds, ...more } }) => more);
  await resultsOf(run);
  const [scan, reads] = [
    { stage: 0, what: 'scan' },
    { stage: 1, what: 'stage 0' },
  ];
  assert.equal(seen, [
    { ...scan, tasks: 3, done: 0, rows: 5, bytes: 61 },
    { ...reads, tasks: null, done: 0, rows: 0, bytes: 0 },
  ]);
  assert.equal(told(), [
    { ...scan, tasks: 3, done: 3, rows: 21, bytes: 330 },
    { ...reads, tasks: 1, done: 1, rows: 7, bytes: 110 },
  ]);
  assert.equal(
    run.counts.map(({ read }) => read),
    [300, 100],
  );
});

test('an error of a task stops the others, and is told as it is', async () => {
  let aborted = 0;
  const bad = new SpillwayError('data', 'line 7');
  const { run } = begin([overSplits(0, dataset, chunksEach(4))], async (task, signal) => {
    if (scanOf(task).chunks![0] === 0) throw bad;
    return new Promise((_, reject) =>
      signal.addEventListener('abort', () => {
        aborted++;
        reject(new SpillwayError('aborted', 'interrupted'));
      }),
    );
  });
  assert.is(await failure(resultsOf(run)), bad);
  assert.is(aborted, 3);
});

test('a reader that takes nothing stops the work after so many tasks', async () => {
  let begun = 0;
  const ahead = 4;
  const { run } = begin(
    [overSplits(0, dataset, chunksEach(50))],
    async (task) => {
      begun++;
      return result(task);
    },
    { ahead },
  );
  assert.is(begun, 0);
  let taken = 0;
  for await (const _ of run.results()) {
    taken++;
    // Whatever could run has run.
    for (let i = 0; i < 100; i++) await null;
    assert.is(begun, Math.min(50, taken - 1 + ahead));
    if (taken === 20) break;
  }
  await run.end();
  assert.is(begun, 23);
});

test('the executor is given so many tasks at a time, however slow the first is', async () => {
  let [running, most, ended] = [0, 0, 0];
  let finishFirst = (): void => {};
  const first = new Promise<void>((resolve) => {
    finishFirst = resolve;
  });
  const count = 30;
  const { run } = begin(
    [overSplits(0, dataset, chunksEach(count))],
    async (task) => {
      running++;
      most = Math.max(most, running);
      if (scanOf(task).chunks![0] === 0) await first;
      else await null;
      running--;
      // All others end before it.
      if (++ended === count - 1) finishFirst();
      return result(task);
    },
    { ahead: Number.POSITIVE_INFINITY, atOnce: 3 },
  );
  assert.is((await resultsOf(run)).length, count);
  assert.is(most, 3);
});

test('files of a stage go when the last that reads it is done; those of what did not count at once', async () => {
  const range = (from: number, to: number, exact = false): Scan =>
    Object.freeze({ ...csv, range: { file: 0, from, to, exact } });
  const first = overSplits(0, csv, [range(0, 10, true), range(10, 20), range(20, 30)]);
  const all: Stage = {
    number: 1,
    parts: [{ plan: exchange(0, { kind: 'all' }, schema, null), over: { kind: 'whole' } }],
    layout: { kind: 'rows' },
    enough: null,
  };
  const files = new Map<string, string>();
  let sawDropped = true;
  const { run, folder } = begin([first, all], async (task) => {
    const { range, source } = scanOf(task);
    if (task.output.kind !== 'runs') throw new Error('bug');
    if (range === null) {
      sawDropped = readdirSync(folder).length > 3;
      assert.ok(source.paths.every((path) => existsSync(path)));
      assert.is(source.paths.length, 3);
      return result(task);
    }
    writeFileSync(task.output.path, '');
    files.set(`${range.from}-${range.to}${range.exact ? '!' : ''}`, task.output.path);
    // The second guesses wrong.
    const from = range.from === 10 ? 15 : range.from;
    const to = range.from === 0 ? 12 : range.to;
    return { ...result(task), range: { from, to, records: 1, lines: 1 } };
  });
  await resultsOf(run);
  assert.equal([...files.keys()].sort(), ['0-10!', '10-20', '12-20!', '20-30']);
  assert.not.ok(sawDropped, 'the file of the wrong guess is there');
  assert.is(run.counts[0]!.progress.rows, 3);
});

test('10,000 tasks on 16 and 64 workers: each is run and looked at a bounded number of times', async () => {
  for (const workers of [16, 64]) {
    const tasks = 10_000;
    let looks = 0;
    let sent = 0;
    const splits = Array.from({ length: tasks }, (_, i): Scan => {
      const range = {
        file: 0,
        get from() {
          looks++;
          return i * 10;
        },
        to: i * 10 + 10,
        exact: i === 0,
      };
      return Object.freeze({ ...csv, range });
    });
    let free = workers;
    const waiting: (() => void)[] = [];
    const { run } = begin(
      [overSplits(0, csv, splits)],
      async (task) => {
        if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
        else free--;
        sent++;
        await null;
        const { to } = scanOf(task).range!;
        const next = waiting.shift();
        if (next === undefined) free++;
        else next();
        return { ...result(task), range: { from: to - 10, to, records: 1, lines: 1 } };
      },
      { ahead: Number.POSITIVE_INFINITY, atOnce: 2 * workers },
    );
    assert.is((await resultsOf(run)).length, tasks);
    assert.is(sent, tasks);
    assert.ok(looks <= 4 * tasks, `${looks} looks at ${tasks} ranges`);
  }
});

test.run();
