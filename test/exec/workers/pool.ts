import { execFileSync, spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SpillwayError } from '../../../lib/errors.js';
import { type PoolOptions, WorkerLost, WorkerPool } from '../../../lib/exec/workers/pool.js';
import type { Task } from './tasks-helpers.js';

const test = suite('worker pool');

const entry = new URL('./tasks-helpers.js', import.meta.url);
const never = new AbortController().signal;
setMaxListeners(0, never);

const poolOf = (size: number, more: Partial<PoolOptions> = {}): WorkerPool =>
  new WorkerPool({ size, heap: 64 * 2 ** 20, entry, setup: { name: 'Ada' }, ...more });

const run = (pool: WorkerPool, task: Task, signal = never, tell?: (progress: unknown) => void) =>
  pool.run(() => task, signal, tell);

async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('it should have failed');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function closed(pool: WorkerPool): Promise<void> {
  const { pids } = pool;
  await pool.close();
  assert.equal(pids.filter(isAlive), []);
}

test('workers are started when needed, at most so many, and kept', async () => {
  const pool = poolOf(2);
  assert.equal(pool.pids, []);
  // A worker that waits takes no other task.
  const stop = new AbortController();
  const waits = failure(run(pool, { do: 'wait' }, stop.signal));
  const results = await Promise.all(
    Array.from({ length: 9 }, (_, i) => run(pool, { do: 'add', numbers: [2n ** 63n, BigInt(i)] })),
  );
  assert.is(pool.pids.length, 2);
  results.forEach((result, i) => {
    const { sum, by } = result as { sum: bigint; by: string };
    assert.equal([sum, by], [2n ** 63n + BigInt(i), 'Ada']);
  });
  const pids = new Set(results.map((result) => (result as { pid: number }).pid));
  assert.is(pids.size, 1);
  stop.abort();
  assert.is(((await waits) as SpillwayError).code, 'aborted');
  await run(pool, { do: 'count', to: 1 });
  assert.is(pool.pids.length, 2);
  await closed(pool);
});

test('tasks do not wait for a worker that is still starting', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-pool-'));
  const pool = poolOf(2, { setup: { name: '', stuck: join(folder, 'made') } });
  pool.start(5);
  assert.is(pool.pids.length, 2);
  const results = await Promise.all(Array.from({ length: 5 }, () => run(pool, { do: 'add', numbers: [1n] })));
  assert.equal(
    results.map((result) => (result as { tasks: number }).tasks),
    [1, 2, 3, 4, 5],
  );
  await closed(pool);
  rmSync(folder, { recursive: true });
});

test('a worker that ends before it is ready loses a task, which is not left to wait', async () => {
  const pool = poolOf(2, { setup: { name: '', exit: 7 } });
  const tasks = Array.from({ length: 3 }, () => failure(run(pool, { do: 'count', to: 1 })));
  for (const error of await Promise.all(tasks)) {
    assert.instance(error, WorkerLost);
    assert.is((error as WorkerLost).how, 'exited with code 7');
  }
  await closed(pool);
});

test('what waits for a worker to start is aborted at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-pool-'));
  const pool = poolOf(1, { setup: { name: '', stuck: join(folder, 'made') } });
  const stop = new AbortController();
  const waits = failure(run(pool, { do: 'count', to: 1 }, stop.signal));
  stop.abort();
  assert.is(((await waits) as SpillwayError).code, 'aborted');
  await closed(pool);
  rmSync(folder, { recursive: true });
});

test('progress comes in order, before the result', async () => {
  const pool = poolOf(1);
  const told: unknown[] = [];
  const result = await run(pool, { do: 'count', to: 5 }, never, (progress) => told.push(progress));
  assert.equal([told, result], [[1, 2, 3, 4, 5], 5]);
  await closed(pool);
});

test('errors of a task keep what they are', async () => {
  const pool = poolOf(1);
  const refused = (await failure(run(pool, { do: 'refuse' }))) as SpillwayError;
  assert.instance(refused, SpillwayError);
  assert.equal(
    [refused.code, refused.message, refused.place],
    ['data', 'the file is bad', { file: 'a.csv', line: 7 }],
  );
  const thrown = (await failure(run(pool, { do: 'throw' }))) as Error;
  assert.not.instance(thrown, SpillwayError);
  assert.is(thrown.message, 'not ours');
  assert.match(thrown.stack!, 'tasks-helpers');
  assert.equal(await run(pool, { do: 'count', to: 1 }), 1);
  await closed(pool);
});

test('a worker that ends loses only its task', async () => {
  const pool = poolOf(2);
  const deaths: readonly (readonly [Task, string | RegExp])[] = [
    [{ do: 'exit', code: 3 }, 'exited with code 3'],
    [{ do: 'die', signal: 'SIGKILL' }, 'was killed by SIGKILL'],
    [{ do: 'die', signal: 'SIGBUS' }, 'was killed by SIGBUS'],
    [{ do: 'fill heap' }, 'filled its heap of 64 MB'],
  ];
  const lost = deaths.map(([task]) => failure(run(pool, task)));
  const others = Array.from({ length: 8 }, (_, i) => run(pool, { do: 'count', to: i }));
  assert.equal(await Promise.all(others), [0, 1, 2, 3, 4, 5, 6, 7]);
  for (const [i, error] of (await Promise.all(lost)).entries()) {
    assert.instance(error, WorkerLost);
    assert.match((error as WorkerLost).how, deaths[i]![1]);
  }
  await closed(pool);
});

test('a worker that stops answering is killed', async () => {
  const pool = poolOf(1, { silence: 1500 });
  for (const task of [{ do: 'die', signal: 'SIGSTOP' }, { do: 'spin' }] as const) {
    const error = await failure(run(pool, task));
    assert.instance(error, WorkerLost);
    assert.is((error as WorkerLost).how, 'stopped answering');
  }
  assert.is(await run(pool, { do: 'count', to: 2 }), 2);
  await closed(pool);
});

test('an aborted task is told, and its worker used again', async () => {
  const pool = poolOf(1);
  const aborter = new AbortController();
  const waiting = failure(run(pool, { do: 'wait' }, aborter.signal, () => aborter.abort()));
  const queued = failure(run(pool, { do: 'count', to: 1 }, aborter.signal));
  for (const error of [await waiting, await queued]) assert.is((error as SpillwayError).code, 'aborted');
  assert.is(await run(pool, { do: 'count', to: 1 }), 1);
  assert.is(pool.pids.length, 1);
  await closed(pool);
});

test('closing ends what runs and what waits', async () => {
  const pool = poolOf(1);
  let started = (): void => {};
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  const first = failure(run(pool, { do: 'wait' }, never, () => started()));
  const second = failure(run(pool, { do: 'wait' }));
  await running;
  await closed(pool);
  assert.instance(await first, WorkerLost);
  assert.is(((await second) as SpillwayError).code, 'aborted');
});

test('workers end with their coordinator, whatever ends it', async () => {
  const script = `
    import { WorkerPool } from ${JSON.stringify(new URL('../../../lib/exec/workers/pool.js', import.meta.url).href)};
    const pool = new WorkerPool({ size: 2, heap: 2 ** 26, entry: new URL(${JSON.stringify(entry)}), setup: { name: '' } });
    const never = new AbortController().signal;
    const wait = (told) => pool.run(() => ({ do: 'wait' }), never, told).catch(() => {});
    let waiting = 0;
    const told = () => { if (++waiting === 2) console.log(JSON.stringify(pool.pids)); };
    wait(told);
    wait(told);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const pids = JSON.parse(line.toString()) as number[];
  assert.is(pids.length, 2);
  assert.ok(pids.every(isAlive));
  child.kill('SIGKILL');
  await once(child, 'exit');
  // tail ends when both processes have; it fails the test if they do not.
  execFileSync('tail', ['-f', '/dev/null', ...pids.map((pid) => `--pid=${pid}`)], { timeout: 10_000 });
  assert.equal(pids.filter(isAlive), []);
});

test('idle workers keep nobody alive', async () => {
  const script = `
    import { WorkerPool } from ${JSON.stringify(new URL('../../../lib/exec/workers/pool.js', import.meta.url).href)};
    const pool = new WorkerPool({ size: 1, heap: 2 ** 26, entry: new URL(${JSON.stringify(entry)}), setup: { name: '' } });
    console.log(await pool.run(() => ({ do: 'count', to: 3 }), new AbortController().signal));
  `;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.is(printed, '3\n');
});

test('close waits for the end of a worker that becomes ready meanwhile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-pool-'));
  const [worker, said] = [join(folder, 'worker.mjs'), join(folder, 'said')];
  writeFileSync(
    worker,
    `import { writeFileSync } from 'node:fs';
    process.on('message', ({ setup }) => process.send({ kind: 'ready', resident: 1 }, () => writeFileSync(setup, '')));`,
  );
  const script = `
    import { existsSync } from 'node:fs';
    import { WorkerPool } from ${JSON.stringify(new URL('../../../lib/exec/workers/pool.js', import.meta.url).href)};
    const setup = ${JSON.stringify(said)};
    const pool = new WorkerPool({ size: 1, heap: 2 ** 26, entry: new URL(${JSON.stringify(pathToFileURL(worker).href)}), setup });
    pool.start(1);
    // Nothing is heard while this goes on.
    while (!existsSync(setup));
    await pool.close();
    console.log('closed', pool.pids);
  `;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.is(printed, 'closed []\n');
  rmSync(folder, { recursive: true });
});

test.run();
