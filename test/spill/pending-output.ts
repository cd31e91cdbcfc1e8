/** Writers that are killed, at every moment that matters: nothing is lost, nothing is left for good. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SpillwayError } from '../../lib/errors.js';
import { findFiles } from '../../lib/formats/paths.js';
import { createPending, type Objection, recover } from '../../spill/pending-output.js';
import { childThat, kill } from './child-helpers.js';

const test = suite('spill/pending-output');
let root = '';
test.before.each(() => {
  root = mkdtempSync(join(tmpdir(), 'spillway-pending-'));
});
test.after.each(() => rmSync(root, { recursive: true, force: true }));

const anything: Objection = () => null;

/** A child begins to write the folder `args[0]`. */
const begins = `
  const { createPending } = await load('spill/pending-output.js');
  const { mkdirSync, renameSync, writeFileSync } = await import('node:fs');
  const output = await createPending(args[0], () => null);
  mkdirSync(output.content);
  writeFileSync(output.content + '/rows', 'new');
`;
const isKilledWriting = `${begins} ready(); await forever();`;
/** The first of the two renames that replace a folder. */
const isKilledBetween = `${begins}
  renameSync(args[0], output.content.replace(/content$/, 'old')); ready(); await forever();`;
const isKilledAfter = `${begins}
  renameSync(args[0], output.content.replace(/content$/, 'old')); renameSync(output.content, args[0]);
  ready(); await forever();`;

const rows = (path: string): string => readFileSync(join(path, 'rows'), 'utf8');

function folderOf(name: string, content: string): string {
  const path = join(root, name);
  mkdirSync(path);
  writeFileSync(join(path, 'rows'), content);
  return path;
}

async function write(path: string, content: string): Promise<void> {
  const output = await createPending(path, anything);
  mkdirSync(output.content);
  writeFileSync(join(output.content, 'rows'), content);
  output.commit();
}

async function refusal(act: Promise<unknown>): Promise<string> {
  const error = await act.then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(error instanceof SpillwayError, String(error));
  return error.message;
}

test('what a killed writer left is swept by the next of the same path, and no other', async () => {
  const path = join(root, 'out');
  const child = await childThat(isKilledWriting, path);
  const living = await childThat(isKilledWriting, path);
  assert.is(readdirSync(root).length, 2);
  await kill(child);
  await write(join(root, 'ou'), 'another');
  await write(join(root, 'out.x'), 'another');
  assert.is(readdirSync(root).length, 4);
  await write(path, 'mine');
  const left = readdirSync(root);
  assert.is(left.filter((name) => name.startsWith('.out.')).length, 1, 'the living writer goes on');
  assert.is(rows(path), 'mine');
  await kill(living);
  await write(path, 'mine again');
  assert.equal(readdirSync(root), ['ou', 'out', 'out.x']);
  assert.is(rows(path), 'mine again');
});

test('killed between the renames: the folder is put back by a reader, by its name or a wildcard', async () => {
  for (const pattern of ['data', 'd*', '*']) {
    const path = folderOf('data', 'old');
    await kill(await childThat(isKilledBetween, path));
    assert.not.ok(existsSync(path));
    assert.equal(await findFiles([join(root, pattern)]), [path]);
    assert.is(rows(path), 'old');
    await write(path, 'new');
    assert.equal(readdirSync(root), ['data']);
    assert.is(rows(path), 'new');
    rmSync(path, { recursive: true });
  }
});

test('killed between the renames: the next writer sees what was there', async () => {
  const path = folderOf('data', 'old');
  await kill(await childThat(isKilledBetween, path));
  assert.is(await refusal(createPending(path, null)), `${path} exists; give --overwrite to replace it`);
  assert.is(rows(path), 'old');
  await write(path, 'new');
  assert.is(rows(path), 'new');
  assert.equal(readdirSync(root), ['data']);
});

test('killed after the renames: the new folder stays, and a removed one does not come back', async () => {
  const path = folderOf('data', 'old');
  await kill(await childThat(isKilledAfter, path));
  assert.is(rows(path), 'new');
  rmSync(path, { recursive: true });
  await recover(path);
  assert.not.ok(existsSync(path));
  await write(path, 'newer');
  assert.equal(readdirSync(root), ['data']);
});

test('a reader waits for a living writer between its renames, but not for ever', async () => {
  const path = folderOf('data', 'old');
  const output = await createPending(path, anything);
  mkdirSync(output.content);
  writeFileSync(join(output.content, 'rows'), 'new');
  renameSync(path, output.content.replace(/content$/, 'old'));
  const recovered = recover(path);
  await setImmediate();
  renameSync(output.content, path);
  await recovered;
  assert.is(rows(path), 'new');
  output.abort();
  assert.equal(readdirSync(root), ['data']);
  const stuck = await childThat(isKilledBetween, path);
  await recover(path);
  assert.is(rows(path), 'new');
  await kill(stuck);
});

test('a folder that another process put there meanwhile is not lost', async () => {
  const path = folderOf('data', 'old');
  const output = await createPending(path, anything);
  mkdirSync(output.content);
  rmSync(path, { recursive: true });
  folderOf('data', 'theirs');
  output.commit();
  assert.equal(readdirSync(root), ['data']);
  const late = await createPending(join(root, 'late'), null);
  writeFileSync(late.content, 'mine');
  folderOf('late', 'theirs');
  assert.throws(() => late.commit(), /late exists; give --overwrite/);
  late.abort();
  assert.is(rows(join(root, 'late')), 'theirs');
  assert.equal(readdirSync(root), ['data', 'late']);
});

test('a link stays a link, one to nothing is refused', async () => {
  const path = folderOf('data', 'old');
  symlinkSync(path, join(root, 'link'));
  symlinkSync(join(root, 'none'), join(root, 'dangling'));
  await write(join(root, 'link'), 'new');
  assert.is(rows(path), 'new');
  assert.is(rows(join(root, 'link')), 'new');
  assert.is(
    await refusal(createPending(join(root, 'dangling'), anything)),
    `${join(root, 'dangling')} is a link to what does not exist; remove it`,
  );
  assert.equal(readdirSync(root), ['dangling', 'data', 'link']);
});

test('names of up to 255 bytes can be written, replaced and recovered; longer ones are refused', async () => {
  const path = join(root, 'ü'.repeat(127));
  await write(path, 'one');
  await write(path, 'two');
  await kill(await childThat(isKilledBetween, path));
  await recover(path);
  assert.is(rows(path), 'two');
  await write(path, 'three');
  assert.is(readdirSync(root).length, 1);
  const long = join(root, 'x'.repeat(256));
  assert.is(await refusal(createPending(long, anything)), `cannot write ${long}: the name is too long`);
});

test('an output in a dataset is refused', async () => {
  const path = folderOf('data', 'rows');
  writeFileSync(join(path, 'manifest.json'), '{"spillway":1,"checksum":"0123456789abcdef","dataset":{}}\n');
  const inside = join(path, 'part-00000.arrow');
  assert.is(
    await refusal(createPending(inside, anything)),
    `${inside} is inside of the dataset ${path}; write it elsewhere`,
  );
  assert.equal(readdirSync(path).sort(), ['manifest.json', 'rows']);
});

test.run();
