import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SpillwayError } from '../../lib/errors.js';
import { openTempSpace, planTempSpace } from '../../lib/exec/temp-space.js';
import { Session } from '../../lib/index.js';
import { makeRuntime } from '../helpers.js';
import { childThat, kill } from '../spill/child-helpers.js';

const test = suite('temporary space');

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'spillway-temp-')));
test.after(() => rmSync(folder, { recursive: true }));

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return `${(error as SpillwayError).code}: ${(error as Error).message}`;
  }
  return 'no error';
}

test('a folder that is there, or can be made', () => {
  assert.equal(planTempSpace(undefined, undefined), { folder: resolve(tmpdir()), limit: null });
  assert.equal(planTempSpace(folder, '50GB'), { folder, limit: 50 * 2 ** 30 });
  const made = join(folder, 'made');
  assert.equal(planTempSpace(made, 4096), { folder: made, limit: 4096 });
  assert.is(existsSync(made), false, 'it is made when something is written');
  assert.is(planTempSpace('.', undefined).folder, process.cwd());
  new Session({ memory: '256MB', tempDir: made, tempLimit: '1GB' });
});

test('a folder that cannot be used', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const missing = join(folder, 'no', 'such');
  const link = join(folder, 'link');
  symlinkSync(missing, link);
  const cases: readonly [string, string][] = [
    ['', 'usage: the temporary folder must be named'],
    [file, `disk: the temporary folder ${file} cannot be used: it is not a folder; name another`],
    [
      link,
      `disk: the temporary folder ${link} cannot be used: it is a link to what does not exist; name another`,
    ],
    [
      missing,
      `disk: the temporary folder ${missing} cannot be used: neither it nor ${join(folder, 'no')} exists; make the folder or name another`,
    ],
  ];
  for (const [path, message] of cases) {
    assert.is(
      refusal(() => planTempSpace(path, undefined)),
      message,
    );
    assert.is(
      refusal(() => new Session({ tempDir: path })),
      message,
    );
  }
  assert.match(
    refusal(() => planTempSpace(join(file, 'below'), undefined)),
    /^disk: the temporary folder .* cannot be used: /,
  );
  // Whoever may do everything may write everywhere.
  if (process.getuid?.() === 0) return;
  const locked = join(folder, 'locked');
  mkdirSync(locked);
  chmodSync(locked, 0o500);
  assert.match(
    refusal(() => planTempSpace(join(locked, 'new'), undefined)),
    /^disk: the temporary folder .*locked may not be written; name another$/,
  );
});

test('a folder that is gone when it is needed', async () => {
  const missing = join(folder, 'gone', 'deep');
  const store = openTempSpace({ folder: missing, limit: null }, makeRuntime());
  try {
    await store.create([], 'a test');
    assert.unreachable();
  } catch (error) {
    const { code, message } = error as SpillwayError;
    assert.is(code, 'disk');
    assert.ok(message.startsWith(`the temporary folder ${missing} cannot be used: ENOENT`), message);
  }
});

test('a limit that is none', () => {
  for (const limit of ['lots', '0', '-1GB'])
    assert.is(
      refusal(() => new Session({ tempLimit: limit })),
      `usage: "${limit}" is not an amount of disk space; write it like 512MB or 2GB`,
    );
  assert.is(
    refusal(() => new Session({ tempLimit: 1.5 })),
    'usage: a number of bytes must be a positive whole number, not 1.5',
  );
});

test('a session removes what runs that were killed left, though it spills nothing itself', async () => {
  const tempDir = join(folder, 'shared');
  mkdirSync(tempDir);
  const job = `
    const { createJobFolder } = await load('spill/job-folder.js');
    const { writeFileSync } = await import('node:fs');
    writeFileSync((await createJobFolder(args[0])).path + '/run', 'rows');
    ready();
    await forever();
  `;
  const living = await childThat(job, tempDir);
  const before = readdirSync(tempDir);
  const killed = await childThat(job, tempDir);
  mkdirSync(join(tempDir, 'spillway-mine'));
  await kill(killed);
  assert.is(readdirSync(tempDir).length, 3);

  const csv = join(folder, 'some.csv');
  writeFileSync(csv, 'a\n1\n');
  const session = new Session({ memory: '256MB', tempDir });
  assert.is((await (await session.scan(csv)).collect()).numRows, 1);
  await session.close();
  assert.equal(readdirSync(tempDir).sort(), [...before, 'spillway-mine'].sort());
  await kill(living);
});

test.run();
