/** Folders of jobs that outlive their runs, one run at a time. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createJobFolder } from '../../spill/job-folder.js';
import { isRunning, type NamedJob, namedJobsIn, openNamedJob, readRecord } from '../../spill/named-job.js';
import { childThat, kill } from './child-helpers.js';

const test = suite('spill/named-job');
let root = '';
test.before.each(() => {
  root = mkdtempSync(join(tmpdir(), 'spillway-named-'));
});
test.after.each(() => rmSync(root, { recursive: true, force: true }));

const path = (): string => join(root, 'spillway-job-j');

async function refusal(): Promise<string> {
  const opened = await openNamedJob(root, 'j').catch((error: unknown) => error as Error);
  if (opened instanceof Error) return opened.message;
  opened.release();
  return 'none';
}

const inUse = 'another run is at job j; wait for its end, or name this one otherwise';

const works = `
  const { openNamedJob } = await load('spill/named-job.js');
  const job = await openNamedJob(args[0], 'j');
  job.begin({ about: 'it' });
  job.append(1);
  const { writeFileSync } = await import('node:fs');
  writeFileSync(job.files + '/rows', 'rows');
  writeFileSync(job.scratch + '/spilled', 'rows');
`;

test('one run at a time; what it wrote down outlives it, what it spilled does not', async () => {
  const child = await childThat(`${works} ready(); await forever();`, root);
  assert.is(statSync(path()).mode & 0o777, 0o700);
  assert.is(await isRunning(path()), true);
  assert.is(await refusal(), inUse);
  await kill(child);
  assert.is(await isRunning(path()), false);
  (await createJobFolder(root)).remove();
  assert.equal(readRecord(path()).plan, { about: 'it' });
  const job = await openNamedJob(root, 'j');
  assert.is(await refusal(), inUse);
  const record = readRecord(job.path);
  assert.equal(record.entries, [1]);
  job.resume(record);
  job.append('2\n"ü"');
  job.release();
  assert.equal(readRecord(path()).entries, [1, '2\n"ü"']);
  assert.equal(readdirSync(path()).sort(), ['files', 'plan.json', 'tasks.jsonl']);
  assert.equal(readdirSync(join(path(), 'files')), ['rows']);
  const last = await openNamedJob(root, 'j');
  last.remove();
  last.release();
  assert.equal(readdirSync(root), []);
});

test('of many that begin at once at most one goes on', async () => {
  const dead = await childThat(`${works} ready(); await forever();`, root);
  await kill(dead);
  for (let round = 0; round < 20; round++) {
    const begun = await Promise.allSettled(Array.from({ length: 5 }, () => openNamedJob(root, 'j')));
    const jobs = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    assert.ok(jobs.length <= 1, `${jobs.length} at once`);
    for (const one of begun) if (one.status === 'rejected') assert.is((one.reason as Error).message, inUse);
    for (const job of jobs as NamedJob[]) job.release();
    assert.is(await refusal(), 'none');
  }
  assert.equal(readRecord(path()).entries, [1]);
});

test('a torn end is left out and written over', async () => {
  const job = await openNamedJob(root, 'j');
  job.begin('plan');
  for (const entry of [1, 2, 3]) job.append(entry);
  appendFileSync(join(path(), 'tasks.jsonl'), '0123456789abcdef {"torn');
  assert.equal(readRecord(path()).entries, [1, 2, 3]);
  job.release();
  const next = await openNamedJob(root, 'j');
  next.resume(readRecord(next.path));
  next.append(4);
  assert.equal(readRecord(path()).entries, [1, 2, 3, 4]);
  next.begin('another');
  assert.equal(readRecord(path()), { plan: 'another', entries: [], bytes: 0 });
  writeFileSync(join(path(), 'plan.json'), 'no plan\n');
  assert.throws(
    () => readRecord(path()),
    (error: Error) =>
      error.message ===
      `job j cannot go on: plan.json is damaged in ${path()}; remove the job with: spillway jobs clean j`,
  );
  next.remove();
});

test('what was being removed when its process ended is swept', async () => {
  mkdirSync(join(root, 'spillway-gone-0123456789abcdef', 'files'), { recursive: true });
  const folder = await createJobFolder(root);
  assert.equal(readdirSync(root).length, 1);
  folder.remove();
});

test('names, and what else is in the folder', async () => {
  for (const name of ['', '../x', 'a b', 'ä', 'x'.repeat(101)]) {
    const told = await openNamedJob(root, name).then(
      () => '',
      (error: Error) => error.message,
    );
    assert.is(
      told,
      `the name of a job has 1 to 100 of the characters A-Z a-z 0-9 . _ -, unlike ${JSON.stringify(name)}`,
    );
  }
  writeFileSync(path(), 'a file');
  assert.is(
    await refusal(),
    `${path()} is not a folder of yours; name the job otherwise, or another --temp-dir`,
  );
  const other = await openNamedJob(root, '..-_');
  mkdirSync(join(root, 'spillway-other'));
  assert.equal(namedJobsIn(root), [other.path]);
  other.remove();
  assert.not.ok(existsSync(other.path));
});

test.run();
