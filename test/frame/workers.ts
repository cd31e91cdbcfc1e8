/** Queries in worker processes, ended in the middle or disturbed: nothing runs on, nothing is left. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type DataFrame,
  type ProgressEvent,
  Session,
  type SessionOptions,
  SpillwayError,
} from '../../lib/index.js';
import { type Workplace, workplace } from '../cli/run.js';
import { isAlive, leftIn, workersOf } from '../long/chaos-helpers.js';
import { manyRows } from './trips.js';

const test = suite<{ place: Workplace; temp: string }>('worker processes');

const rows = 60_000;

test.before((context) => {
  context.place = workplace({ 'many.csv': manyRows(rows) });
  context.temp = join(context.place.folder, 'temp');
  mkdirSync(context.temp);
});
test.after(({ place }) => place.remove());

interface Running {
  readonly session: Session;
  readonly sorted: DataFrame;
}

/** A session with many small tasks, and a sort in three stages. Afterwards there is nothing left. */
async function within(
  { place, temp }: { readonly place: Workplace; readonly temp: string },
  options: SessionOptions,
  work: (running: Running) => Promise<void>,
): Promise<void> {
  const session = new Session({
    memory: '400MB',
    workers: 2,
    splitBytes: '64KB',
    tempDir: temp,
    ...options,
  });
  try {
    const trips = await session.scan(join(place.folder, 'many.csv'));
    await work({ session, sorted: trips.sort(['fare', 'vendor']) });
    assert.is(session.runtime().arena.reserved, 0);
    assert.equal(leftIn(temp), []);
  } finally {
    const workers = workersOf(process.pid);
    await session.close();
    assert.equal(workers.filter(isAlive), []);
  }
  assert.equal(readdirSync(temp), []);
}

async function failure(work: Promise<unknown>): Promise<SpillwayError> {
  try {
    await work;
  } catch (error) {
    assert.instance(error, SpillwayError);
    return error as SpillwayError;
  }
  throw new Error('it should have failed');
}

async function countRows(frame: DataFrame, signal?: AbortSignal): Promise<number> {
  let count = 0;
  for await (const batch of frame.batches({ ...(signal && { signal }) })) count += batch.numRows;
  return count;
}

test('the first rows of each partition are those of one process', async (context) => {
  const path = join(context.place.folder, 'many.csv');
  const query = `select vendor, fare, n from (select *, row_number() over (partition by vendor order by fare) as n from "${path}") as numbered where n <= 2 order by vendor, n`;
  const tops = async (session: Session): Promise<string> =>
    String(await (await session.sql(query)).collect());
  const alone = new Session({ workers: 0, tempDir: context.temp });
  const expected = await tops(alone);
  await alone.close();
  await within(context, {}, async ({ session }) => {
    assert.match(await (await session.sql(query)).explain(), /scan, window +in \d+ partitions by vendor/);
    assert.is(await tops(session), expected);
    assert.is(session.stats.workers, 2);
  });
});

test('progress tells of each stage to its end', async (context) => {
  const events: ProgressEvent[] = [];
  await within(context, { onProgress: (event) => events.push(event) }, async ({ sorted }) => {
    events.length = 0;
    assert.is(await countRows(sorted), rows);
    for (const { bytes, totalBytes } of events) assert.ok(bytes <= totalBytes!);
    const { stages, bytes, totalBytes, spilledBytes, memory } = events.at(-1)!;
    assert.is(bytes, totalBytes);
    assert.equal(
      stages.map(({ stage, what }) => [stage, what]),
      [
        [0, 'scan, sort'],
        [1, 'stage 0'],
      ],
    );
    for (const { tasks, done, rows: given } of stages) assert.equal([done, given], [tasks, rows]);
    assert.ok(stages[0]!.tasks! > 8 && stages[0]!.bytes === bytes && stages[1]!.bytes > 0);
    assert.ok(spilledBytes > 0 && memory > 2 ** 26);
  });
});

for (const phase of [0, 1])
  test(`aborted while stage ${phase} runs; then the session works on`, async (context) => {
    const aborter = new AbortController();
    const onProgress = ({ stages }: ProgressEvent): void => {
      const { tasks = null } = stages[phase] ?? {};
      if (tasks !== null) aborter.abort();
    };
    await within(context, { onProgress }, async ({ sorted }) => {
      assert.is((await failure(countRows(sorted, aborter.signal))).code, 'aborted');
      assert.equal(leftIn(context.temp), []);
      assert.is(await countRows(sorted), rows);
    });
  });

test('closed in the middle', async (context) => {
  let close = (): void => {};
  const onProgress = ({ stages }: ProgressEvent): void => {
    if (stages.length > 0) close();
  };
  await within(context, { onProgress }, async ({ session, sorted }) => {
    let closing: Promise<void> | null = null;
    close = () => {
      closing ??= session.close();
    };
    assert.is((await failure(countRows(sorted))).message, 'interrupted: the session is closed');
    await closing;
    assert.equal(workersOf(process.pid), []);
    assert.equal(readdirSync(context.temp), []);
  }).catch((error: SpillwayError) => assert.is(error.message, 'the session is closed'));
});

test('a reader that leaves early, and one that an error takes away', async (context) => {
  await within(context, {}, async ({ sorted }) => {
    for await (const batch of sorted.batches()) {
      assert.ok(batch.numRows > 0);
      break;
    }
    assert.equal(leftIn(context.temp), []);
    const wrong = new Error('the reader failed');
    try {
      for await (const _ of sorted.batches()) throw wrong;
    } catch (error) {
      assert.is(error, wrong);
    }
  });
});

test('the disk that all may take together is one', async (context) => {
  let written = 0;
  await within(context, {}, async ({ session, sorted }) => {
    await countRows(sorted);
    written = session.stats.spilledBytes;
  });
  await within(context, { tempLimit: Math.round(written / 4) }, async ({ sorted }) => {
    const { code, message } = await failure(countRows(sorted));
    assert.is(code, 'disk');
    assert.match(
      message,
      /^the output of a task needs [\d.]+ [KM]B of temporary files, but [\d.]+ [KM]?B of the [\d.]+ [KM]B that are allowed are left for it; raise --temp-limit or --memory$/,
    );
  });
  // All is there at once when the last stage begins; each of its files goes when it is read.
  await within(context, { tempLimit: written }, async ({ sorted }) => {
    assert.is(await countRows(sorted), rows);
  });
});

test.run();
