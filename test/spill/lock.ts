import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isAbandoned, locker } from '../../spill/lock.js';
import { childThat, kill } from './child-helpers.js';

const test = suite('spill/lock');
const acquire = await locker();
const root = mkdtempSync(join(tmpdir(), 'spillway-lock-'));
test.after(() => rmSync(root, { recursive: true, force: true }));

function newFolder(name: string): string {
  mkdirSync(join(root, name), { recursive: true });
  return join(root, name);
}

function setAge(path: string, hours: number): void {
  const then = new Date(Date.now() - hours * 3_600_000);
  utimesSync(path, then, then);
}

const locks = `
  const { locker } = await load('spill/lock.js');
  globalThis.lock = (await locker())(args[0]);
  ready();
`;

test('a lock dies with its process, and not before', async () => {
  const folder = newFolder('killed');
  const child = await childThat(`${locks} await forever();`, folder);
  assert.is(await isAbandoned(folder), false);
  assert.is(await isAbandoned(folder), false);
  await kill(child);
  assert.is(await isAbandoned(folder), true);
});

test('an owner that is busy, or stopped, lives', async () => {
  const folder = newFolder('busy');
  const child = await childThat(`${locks} for (;;);`, folder);
  assert.is(await isAbandoned(folder), false);
  child.kill('SIGSTOP');
  for (let i = 0; i < 40; i++) assert.is(await isAbandoned(folder), false);
  await kill(child);
  assert.is(await isAbandoned(folder), true);
});

test('a lock does not keep its process alive', async () => {
  const folder = newFolder('done');
  const child = await childThat(locks, folder);
  if (child.exitCode === null) await new Promise((done) => child.on('exit', done));
  assert.is(child.exitCode, 0);
  assert.is(await isAbandoned(folder), true);
});

test('released is abandoned, and each folder has its own', async () => {
  const [a, b] = [newFolder('a'), newFolder('b')];
  const [first, second] = [acquire(a), acquire(b)];
  assert.equal([await isAbandoned(a), await isAbandoned(b)], [false, false]);
  first.release();
  assert.equal([await isAbandoned(a), await isAbandoned(b)], [true, false]);
  second.release();
  assert.equal([await isAbandoned(a), await isAbandoned(b)], [true, true]);
});

test('paths longer than a socket may have', async () => {
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('.spillway-'));
  const [a, b] = ['a', 'b'].map((last) => newFolder(join('x'.repeat(120), 'ü'.repeat(100), last))) as [
    string,
    string,
  ];
  const child = await childThat(`${locks} await forever();`, a);
  const lock = acquire(b);
  assert.equal([await isAbandoned(a), await isAbandoned(b)], [false, false]);
  assert.ok(readdirSync(a).includes('alive'));
  await kill(child);
  assert.equal([await isAbandoned(a), await isAbandoned(b)], [true, false]);
  lock.release();
  assert.is(await isAbandoned(b), true);
  assert.equal(
    readdirSync(tmpdir()).filter((name) => name.startsWith('.spillway-')),
    before,
  );
});

test('what cannot be told by a socket is told by a time of silence', async () => {
  const folder = newFolder('other');
  // Not locked yet, or its owner was killed before it could.
  for (const record of [null, '']) {
    if (record !== null) writeFileSync(join(folder, 'lock'), record);
    setAge(folder, 1 / 120);
    assert.is(await isAbandoned(folder), false);
    setAge(folder, 1 / 30);
    assert.is(await isAbandoned(folder), true);
  }
  // Of another machine, or from before a restart; on a file system without sockets.
  const mine = acquire(folder);
  const [system] = readFileSync(join(folder, 'lock'), 'utf8').split('\n');
  mine.release();
  for (const text of ['ffffffff-0000-0000-0000-000000000000\nsocket\n', `${system}\nno socket\n`]) {
    writeFileSync(join(folder, 'lock'), text);
    assert.is(await isAbandoned(folder), false);
    setAge(join(folder, 'lock'), 23);
    assert.is(await isAbandoned(folder), false);
    setAge(join(folder, 'lock'), 25);
    assert.is(await isAbandoned(folder), true);
  }
  assert.is(await isAbandoned(join(root, 'none')), false);
});

test('nothing of this machine outlives its restart', async () => {
  const folder = newFolder('restarted');
  const lock = acquire(folder);
  const [, socket, machine] = readFileSync(join(folder, 'lock'), 'utf8').split('\n');
  lock.release();
  const before = `ffffffff-0000-0000-0000-000000000000\n${socket}\n`;
  writeFileSync(join(folder, 'lock'), `${before}${machine}\n`);
  assert.is(await isAbandoned(folder), machine !== '');
  writeFileSync(join(folder, 'lock'), `${before}another machine\n`);
  assert.is(await isAbandoned(folder), false);
});

test.run();
