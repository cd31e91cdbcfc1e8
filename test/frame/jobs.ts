/** Jobs of library users. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cleanJobs, type JobInfo, listJobs, Session, SpillwayError } from '../../lib/index.js';

const test = suite('frame jobs');
let folder = '';
let temp = '';
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-jobs-'));
  temp = join(folder, 'temp');
  const lines = Array.from({ length: 1000 }, (_, i) => `${i},${(i * 7919) % 13}`);
  writeFileSync(join(folder, 'rows.csv'), `id,k\n${lines.join('\n')}\n`);
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

const rows = (): string => join(folder, 'rows.csv');

async function inSession<T>(work: (session: Session, notices: string[]) => Promise<T>): Promise<T> {
  const notices: string[] = [];
  const onNotice = (line: string) => notices.push(line);
  const session = new Session({ memory: '256MB', workers: 0, tempDir: temp, onNotice });
  try {
    return await work(session, notices);
  } finally {
    await session.close();
  }
}

test('every way to take a result', async () => {
  await inSession(async (session) => {
    const df = await session.scan(rows());
    const options = { job: 'all' };
    assert.is(await df.count(options), 1000);
    assert.is((await df.collect(options)).numRows, 1000);
    let read = 0;
    for await (const batch of df.batches(options)) read += batch.numRows;
    for await (const row of df.limit(3).rows(options)) read += Number(row.k) * 0 + 1;
    assert.is(read, 1003);
    assert.is((await df.write(join(folder, 'out.csv'), options)).rows, 1000);
    assert.is((await df.write(join(folder, 'out'), { ...options, format: 'dataset' })).rows, 1000);
    assert.equal(readdirSync(temp), []);
  });
});

test('a loop that is left early leaves its job, which goes on', async () => {
  const sorted = 'select * from "rows.csv" order by k, id'.replace('rows.csv', rows());
  await inSession(async (session, notices) => {
    const df = await session.sql(sorted);
    for await (const _ of df.batches({ job: { name: 'left', title: 'rows by k' } })) break;
    const [left] = await listJobs(temp);
    assert.equal(
      { ...left, begun: left!.begun instanceof Date, bytes: left!.bytes > 0 },
      {
        name: 'left',
        state: 'stopped',
        begun: true,
        title: 'rows by k',
        finishedTasks: 1,
        tasks: 1,
        bytes: true,
      },
    );
    const { tasks } = session.stats;
    assert.is((await df.collect({ job: 'left' })).numRows, 1000);
    assert.is(session.stats.tasks, tasks + 1, 'the query alone');
    assert.equal(notices, []);
    assert.equal(await listJobs(temp), []);
  });
});

test('a name that is in use, and what is cleaned', async () => {
  await inSession(async (session, notices) => {
    const df = await session.scan(rows());
    const reading = df.batches({ job: 'one' });
    await reading.next();
    const refused = await df.count({ job: 'one' }).catch((error: unknown) => error);
    assert.instance(refused, SpillwayError);
    assert.is(
      (refused as Error).message,
      'another run is at job one; wait for its end, or name this one otherwise',
    );
    assert.is((await listJobs(temp))[0]!.state, 'running');
    assert.equal(await cleanJobs(temp), []);
    await reading.return();
    assert.is(await df.count({ job: 'one' }), 1000);
    assert.equal(notices, ['job one starts over: the query is another one']);
    for await (const _ of df.batches({ job: 'one' })) break;
    assert.equal(await cleanJobs(temp, 'one'), ['one']);
    assert.equal(readdirSync(temp), []);
  });
});

test('a function whose module has changed is another one', async () => {
  const module = join(folder, 'double.mjs');
  const source = 'export default ({ columns: { id } }) => ({ id });';
  writeFileSync(module, source);
  await inSession(async (session, notices) => {
    const df = (await session.scan(rows())).mapBatches(pathToFileURL(module), { schema: { id: 'int64' } });
    const leave = async (): Promise<void> => {
      for await (const _ of df.batches({ job: 'mapped' })) break;
    };
    await leave();
    await leave();
    assert.equal(notices, []);
    writeFileSync(module, `${source}\n`);
    await leave();
    assert.equal(notices, [`job mapped starts over: ${module} has changed since it began`]);
    assert.equal(await cleanJobs(temp), ['mapped']);
  });
});

test('what runs before have finished counts to the limit of temporary files', async () => {
  const options = { memory: '256MB', workers: 0, tempDir: temp, splitBytes: 1000 };
  const failure = async (tempLimit?: number): Promise<string | null> => {
    const session = new Session({ ...options, ...(tempLimit !== undefined && { tempLimit }) });
    try {
      const df = await session.scan(rows());
      await df.sort('k').write(join(folder, 'sorted.csv'), { job: 'limited' });
      return null;
    } catch (error) {
      assert.instance(error, SpillwayError);
      return (error as SpillwayError).code;
    } finally {
      await session.close();
    }
  };
  const limit = 12_000;
  assert.is(await failure(limit), 'disk');
  const [{ finishedTasks }] = (await listJobs(temp)) as [JobInfo];
  assert.ok(finishedTasks > 0);
  assert.is(await failure(limit), 'disk');
  assert.is((await listJobs(temp))[0]!.finishedTasks, finishedTasks);
  assert.is(await failure(), null);
});

test('a job whose output cannot be written leaves nothing, if nothing was finished', async () => {
  await inSession(async (session) => {
    const df = await session.scan(rows());
    for (const name of ['rows.csv', 'none/out.csv', 'none/out']) {
      const format = name.endsWith('csv') ? 'csv' : 'dataset';
      const refused = await df
        .write(join(folder, name), { job: 'no', format })
        .catch((error: unknown) => error);
      assert.instance(refused, SpillwayError);
      assert.not.match((refused as Error).message, '.job');
    }
  });
  assert.equal(existsSync(temp) ? readdirSync(temp) : [], []);
  assert.equal(
    readdirSync(folder).filter((name) => name.startsWith('.')),
    [],
  );
});

test.run();
