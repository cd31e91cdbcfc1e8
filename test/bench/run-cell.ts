/** Engines in processes of their own: what they answer, and how it is told that one died. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runLimited } from '../../bench/control-group.js';
import { findEngines } from '../../bench/engines/engines.js';
import { openOracle } from '../../bench/oracle.js';
import { type Limits, runCell, whyEnded } from '../../bench/run-cell.js';
import { tasks } from '../../bench/tasks.js';

const test = suite('bench run-cell');

const folder = mkdtempSync(join(tmpdir(), 'spillway-bench-'));
const place = { folder, scratch: join(folder, 'scratch'), python: null };
const size = { name: '0.05MB', rows: 1000, bytes: 5e4 };
const limits: Limits = { threads: 1, memory: 2 ** 29, rounds: 2, timeout: 60 };
const oracle = openOracle(place);
const taskNamed = (name: string) => tasks.find((task) => task.name === name)!;

test.after(() => rmSync(folder, { recursive: true }));

test('Spillway and plain objects give the right answers, in time that counts', async () => {
  const [spillway, objects] = findEngines(['spillway', 'objects'], null);
  for (const [engine, names] of [
    [spillway!, ['load', 'sort', 'q1']],
    [objects!, ['csv-join']],
  ] as const)
    for (const name of names) {
      const cell = await runCell(taskNamed(name), size, engine, limits, place, oracle);
      assert.equal(
        [cell.end, cell.message, cell.seconds.length],
        ['done', null, 2],
        `${engine.name} ${name}`,
      );
      assert.ok(cell.peak > 2 ** 20);
    }
});

test('an engine that dies of memory is reported so, whether V8 or the system refuses it', async () => {
  const grow = 'const rows = []; for (;;) rows.push({ a: rows.length, b: [rows.length] })';
  const heap = await runLimited([process.execPath, '--max-old-space-size=20', '-e', grow], null, 60);
  assert.is(whyEnded(heap).end, 'out of memory');
  // A control group, where the system lets us make one.
  const hog =
    'const held = []; while (held.length < 512) held.push(Buffer.alloc(2 ** 20, 1)); setInterval(() => {}, 1000)';
  const limited = await runLimited([process.execPath, '-e', hog], 2 ** 27, 3);
  assert.equal(
    whyEnded(limited),
    limited.grouped
      ? { end: 'out of memory', message: 'killed by the system' }
      : { end: 'timeout', message: null },
  );
});

test('a process that takes too long is ended, one that fails gives its reason', async () => {
  const slow = await runLimited([process.execPath, '-e', 'setInterval(() => {}, 1000)'], null, 0.3);
  assert.equal(whyEnded(slow), { end: 'timeout', message: null });
  const wrong = await runLimited(
    [process.execPath, '-e', 'console.error("no such table"); process.exit(1)'],
    null,
  );
  assert.equal(whyEnded(wrong), { end: 'failed', message: 'no such table' });
});

test.run();
