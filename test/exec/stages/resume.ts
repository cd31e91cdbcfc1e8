/** Jobs that are cut off after any number of tasks, damaged, and go on. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SpillwayError } from '../../../lib/errors.js';
import { execute } from '../../../lib/exec/execute.js';
import { Sources } from '../../../lib/exec/sources.js';
import { portable } from '../../../lib/exec/stages/choose.js';
import { cut } from '../../../lib/exec/stages/cut.js';
import { inProcess } from '../../../lib/exec/stages/in-process.js';
import { Ledger } from '../../../lib/exec/stages/ledger.js';
import { StageRun } from '../../../lib/exec/stages/schedule.js';
import { splitScan } from '../../../lib/exec/stages/split-scan.js';
import { rowsFrom } from '../../../lib/exec/stages/tasks.js';
import { inputsOf, type Plan, type Scan } from '../../../lib/plan/plan.js';
import { schemaOf } from '../../../lib/plan/schema.js';
import { parseQuery } from '../../../lib/sql/query.js';
import { openNamedJob, readRecord } from '../../../spill/named-job.js';
import { cellsOf, contextOf, makeRuntime } from '../../helpers.js';

const test = suite('stages that go on');
// In memory where that can be: a disk takes its time for some thousand syncs.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'spillway-resume-'));
const temp = join(folder, 'temp');
const runtime = makeRuntime();
const sources = new Sources();
test.before(() => {
  const { length } = lines;
  writeFileSync(join(folder, 'rows.csv'), `k,v\n${lines.join('\n')}\n`);
  // Parts that are within quotes from end to end find records, too.
  const quoted = Array.from({ length: 6 }, (_, i) => `${i},"${`${i},${i}\n`.repeat(400)}"`);
  writeFileSync(join(folder, 'quoted.csv'), `k,v\n${quoted.join('\n')}\n`);
  writeFileSync(
    join(folder, 'names.csv'),
    `k,name\n${[...Array(length).keys()].map((k) => `${k},n${k}`).join('\n')}\n`,
  );
});
test.before.each(() => mkdirSync(temp));
test.after.each(() => rmSync(temp, { recursive: true, force: true }));
test.after(async () => {
  await sources.close();
  rmSync(folder, { recursive: true, force: true });
});

const lines = Array.from({ length: 300 }, (_, i) => `${(i * 7919) % 97},${(i * 104729) % 1009}`);

const path = 'spillway-job-j';
const tasksFile = join(temp, path, 'tasks.jsonl');

/** Queries by the number of stages that they are cut into. */
const queries: Readonly<Record<string, string>> = {
  sort: 'select * from "rows.csv" order by v desc, k',
  aggregate: 'select k, count(*) n, median(v) m from "rows.csv" group by k order by k',
  join: 'select r.k, v, name from "rows.csv" r join "names.csv" n on r.k = n.k order by v, r.k, name',
  limit: 'select count(*) n from (select * from "rows.csv" limit 250) t',
};

async function stagesOf(query: string) {
  const plan = await parseQuery(query, (name) => sources.scan([join(folder, name)], null, {}, runtime));
  const splits = new Map<Scan, readonly Scan[]>();
  const visit = async (node: Plan): Promise<void> => {
    for (const input of inputsOf(node)) await visit(input);
    if (node.op !== 'scan') return;
    const parts = splitScan(node, await sources.open(node, runtime), 700);
    if (parts !== null) splits.set(node, parts);
  };
  await visit(plan);
  const splitsOf = (scan: Scan) => splits.get(scan) ?? null;
  return cut(plan, { workers: 1, share: 100, leastBytes: 1, readBytes: () => 700, splitsOf });
}

interface Outcome {
  /** Null where it was cut off. */
  readonly rows: unknown[][] | null;
  /** Tasks that ran. */
  readonly tasks: number;
}

/** One run of the job, which ends when so many tasks have; what is finished stays, even at its end. */
async function run(query: string, most = Number.POSITIVE_INFINITY): Promise<Outcome> {
  const stages = await stagesOf(query);
  const job = await openNamedJob(temp, 'j');
  const begun: Promise<unknown>[] = [];
  const context = contextOf(runtime, { sources });
  const place = inProcess(context);
  try {
    const record = readRecord(job.path);
    if (record.plan === null) job.begin({});
    else job.resume(record);
    const stageRun = new StageRun(stages, {
      executor: {
        async run(task, signal, tell) {
          if (begun.length >= most) {
            await Promise.allSettled(begun);
            throw new Error('cut off');
          }
          const result = place(() => ({ ...task, plan: portable(task.plan), disk: null }), signal, tell);
          begun.push(result);
          return result;
        },
        remove: ({ path }) => rmSync(path, { force: true }),
      },
      signal: runtime.signal,
      folder: job.scratch,
      ledger: new Ledger(job, stages, null, record.entries),
      atOnce: 1,
      ahead: 1,
      onRetry: () => {},
      onResult: () => {},
    });
    const rows: unknown[][] = [];
    try {
      for await (const { file } of stageRun.results())
        for await (const batch of execute(
          rowsFrom([file!], schemaOf(stages.at(-1)!.parts[0]!.plan)),
          context,
        )) {
          const columns = batch.columns.map((vector) => cellsOf(vector, runtime.arena));
          for (let i = 0; i < batch.length; i++) rows.push(columns.map((cells) => cells[i]));
        }
    } catch (error) {
      if ((error as Error).message !== 'cut off') throw error;
      return { rows: null, tasks: begun.length };
    } finally {
      await stageRun.end();
    }
    return { rows, tasks: begun.length };
  } finally {
    job.release();
    assert.is(runtime.arena.reserved, 0);
  }
}

const files = (): string[] => readdirSync(join(temp, path, 'files')).sort();

const finished = (): number => readFileSync(tasksFile, 'utf8').split('"kind":"finished"').length - 1;

function forgetJob(): void {
  rmSync(join(temp, path), { recursive: true });
}

for (const [name, query] of Object.entries(queries))
  test(`a ${name} goes on after any number of tasks`, async () => {
    const whole = await run(query);
    assert.ok(whole.rows!.length > 0 && whole.tasks > 3, `${whole.tasks} tasks`);
    forgetJob();
    for (let most = 0; most < whole.tasks; most++) {
      const first = await run(query, most);
      assert.is(first.rows, null);
      const before = finished();
      const second = await run(query);
      assert.equal(second.rows, whole.rows, `after ${most} tasks`);
      assert.is(second.tasks + before, whole.tasks, `after ${most} tasks`);
      assert.equal(await run(query), { rows: whole.rows, tasks: 0 });
      forgetJob();
    }
  });

test('parts of a text that do not count stay so, and leave no files', async () => {
  const query = 'select k, v from "quoted.csv" order by k desc';
  const whole = await run(query);
  assert.is(whole.rows!.length, 6);
  assert.ok(finished() > whole.tasks, 'some were finished, and then were of no account');
  const counted = files().length;
  forgetJob();
  for (let most = 0; most < whole.tasks; most++) {
    await run(query, most);
    assert.equal((await run(query)).rows, whole.rows, `after ${most} tasks`);
    assert.equal(await run(query), { rows: whole.rows, tasks: 0 }, `after ${most} tasks`);
    assert.is(files().length, counted, `after ${most} tasks`);
    forgetJob();
  }
});

test('it may be cut off in every run', async () => {
  const query = queries.join!;
  const whole = await run(query);
  forgetJob();
  let runs = 1;
  let last = await run(query, 1);
  for (; last.rows === null; runs++) last = await run(query, 1);
  assert.equal(last.rows, whole.rows);
  assert.ok(runs >= whole.tasks, `${runs} runs`);
});

test('a torn end is cut off, and only its task runs again', async () => {
  const query = queries.sort!;
  const whole = await run(query);
  forgetJob();
  await run(query, 2);
  const all = readFileSync(tasksFile);
  const lastLine = all.lastIndexOf('\n', all.length - 2) + 1;
  for (const bytes of [lastLine + 1, lastLine + 40, all.length - 1]) {
    writeFileSync(tasksFile, all);
    truncateSync(tasksFile, bytes);
    const again = await run(query, 0);
    assert.is(again.rows, null);
    assert.is(finished(), 1);
  }
  writeFileSync(
    tasksFile,
    Buffer.concat([all.subarray(0, lastLine), Buffer.alloc(5000), Buffer.from('\n\0\n')]),
  );
  assert.equal(await run(query), { rows: whole.rows, tasks: whole.tasks - 1 });
});

test('a line that is damaged is told', async () => {
  await run(queries.sort!, 3);
  const all = readFileSync(tasksFile);
  all[all.indexOf('\n') + 30]! ^= 1;
  writeFileSync(tasksFile, all);
  const error = await run(queries.sort!).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.instance(error, SpillwayError);
  assert.is(
    (error as Error).message,
    `job j cannot go on: tasks.jsonl is damaged in line 2 in ${join(temp, path)}; remove the job with: spillway jobs clean j`,
  );
});

test('any one file that is missing, or short, is made again', async () => {
  for (const [name, query] of Object.entries(queries)) {
    const whole = await run(query);
    forgetJob();
    for (const most of [whole.tasks >> 1, whole.tasks]) {
      await run(query, most);
      const count = files().length;
      for (let i = 0; i < count; i++) {
        const file = join(temp, path, 'files', files()[i]!);
        if (i % 2 === 0) rmSync(file);
        else truncateSync(file, 10);
        const told = `${name}: file ${i} after ${most} tasks`;
        const { rows, tasks } = await run(query);
        assert.equal(rows, whole.rows, told);
        assert.ok(tasks > 0, told);
        assert.equal(await run(query), { rows: whole.rows, tasks: 0 }, told);
        forgetJob();
        await run(query, most);
      }
      forgetJob();
    }
  }
});

test('files that nothing needs go, and are made again only if it comes to that', async () => {
  const query = queries.aggregate!;
  const whole = await run(query);
  const entries = readFileSync(tasksFile, 'utf8');
  assert.match(entries, '"kind":"gone"');
  const left = files();
  for (const file of left) assert.not.match(file, /^stage-0/);
  assert.equal(await run(query), { rows: whole.rows, tasks: 0 });
  rmSync(join(temp, path, 'files', left[0]!));
  const again = await run(query);
  assert.equal(again.rows, whole.rows);
  assert.ok(again.tasks > 0);
  assert.ok(existsSync(tasksFile));
});

test.run();
