import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SpillwayError } from '../../lib/errors.js';
import { createJobFolder } from '../../spill/job-folder.js';
import { childThat, kill } from './child-helpers.js';

const test = suite('spill/job-folder');
let root = '';
test.before.each(() => {
  root = mkdtempSync(join(tmpdir(), 'spillway-jobs-'));
});
test.after.each(() => rmSync(root, { recursive: true, force: true }));

const job = `
  const { createJobFolder } = await load('spill/job-folder.js');
  const { writeFileSync, mkdirSync } = await import('node:fs');
  const folder = await createJobFolder(args[0]);
  mkdirSync(folder.path + '/runs');
  writeFileSync(folder.path + '/runs/run-0', 'rows');
  ready();
`;

test('it is the owner\u2019s only, and goes when removed', async () => {
  const folder = await createJobFolder(root);
  assert.is(statSync(folder.path).mode & 0o777, 0o700);
  assert.match(folder.path, new RegExp(`^${root}/spillway-[0-9a-f]{16}$`));
  writeFileSync(join(folder.path, 'run'), 'rows');
  folder.remove();
  assert.equal(readdirSync(root), []);
  folder.remove();
});

test('jobs that share a temp folder leave each other alone; those that were killed are swept', async () => {
  const child = await childThat(`${job} await forever();`, root);
  const [theirs] = readdirSync(root);
  const other = await childThat(`${job} await forever();`, root);
  const mine = await createJobFolder(root);
  assert.is(readdirSync(root).length, 3);
  await kill(child);
  assert.is(readdirSync(root).length, 3, 'killed, nothing is removed by itself');
  const next = await createJobFolder(root);
  const left = readdirSync(root);
  assert.is(left.length, 3);
  assert.not.ok(left.includes(theirs!));
  assert.ok(existsSync(mine.path));
  next.remove();
  await kill(other);
  (await createJobFolder(root)).remove();
  assert.equal(readdirSync(root), [mine.path.slice(root.length + 1)]);
  mine.remove();
});

test('it goes when the process ends, however it ends itself', async () => {
  for (const end of [
    '',
    'process.exit(3);',
    'throw new Error("no");',
    'process.on("SIGTERM", () => process.exit(1)); process.kill(process.pid, "SIGTERM"); await forever();',
  ]) {
    const child = await childThat(
      `console.error = () => {}; process.stderr.write = () => true; process.on('uncaughtException', () => process.exit(1)); ${job} ${end}`,
      root,
    );
    if (child.exitCode === null) await new Promise((done) => child.on('exit', done));
    assert.equal(readdirSync(root), [], end);
  }
});

test('what is not a job\u2019s is not touched', async () => {
  const name = (last: string): string => join(root, `spillway-000000000000000${last}`);
  mkdirSync(join(root, 'precious'));
  symlinkSync(join(root, 'precious'), name('1'));
  writeFileSync(name('2'), 'a file');
  mkdirSync(name('3')); // being made by another
  mkdirSync(join(root, 'spillway-mine'));
  const before = readdirSync(root);
  (await createJobFolder(root)).remove();
  assert.equal(readdirSync(root), before);
});

test('a temp folder that cannot be used', async () => {
  writeFileSync(join(root, 'file'), '');
  for (const [name, why] of [
    ['none', 'it does not exist'],
    ['file', 'it is not a folder'],
  ] as const) {
    const error = await createJobFolder(join(root, name)).catch((error: unknown) => error);
    assert.ok(error instanceof SpillwayError);
    assert.equal(
      [error.code, error.message],
      [
        'disk',
        `cannot make temporary files in ${join(root, name)}: ${why}; name another folder with --temp-dir`,
      ],
    );
  }
});

test.run();
