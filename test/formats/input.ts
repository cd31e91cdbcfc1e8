/** Pipes that nobody writes into, or not yet: what waits for them must leave the event loop and the process free. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openInput } from '../../lib/formats/input.js';
import { parquet } from '../../lib/formats/parquet.js';
import { makeRuntime } from '../helpers.js';

const test = suite('input');

const folder = mkdtempSync(join(tmpdir(), 'spillway-input-'));
test.after(() => rmSync(folder, { recursive: true }));

function pipe(name: string): string {
  const path = join(folder, name);
  assert.is(spawnSync('mkfifo', [path]).status, 0);
  return path;
}

/** Opening both ends never waits. */
const writerOf = (path: string): number => openSync(path, constants.O_RDWR | constants.O_NONBLOCK);

const never = new AbortController().signal;

test('a named pipe is read when its writer comes at last', async () => {
  const path = pipe('late');
  const opening = openInput(path, never);
  // Runs only if opening left the event loop free.
  const writer = await new Promise<number>((done) => setImmediate(() => done(writerOf(path))));
  const input = await opening;
  writeSync(writer, 'hello');
  const bytes = new Uint8Array(8);
  const first = await input.read(bytes, 1, 3, never);
  const second = await input.read(bytes, 1 + first, 7 - first, never);
  assert.is(Buffer.from(bytes).toString(), '\0hello\0\0');
  assert.equal([first, second], [3, 2]);
  closeSync(writer);
  assert.is(await input.read(bytes, 0, 8, never), 0);
  assert.is(input.consumed, 5);
  input.close();
});

test('a pipe that is given up says so again, and does not seem to have ended', async () => {
  const path = pipe('silent');
  const writer = writerOf(path);
  const controller = new AbortController();
  const input = await openInput(path, controller.signal);
  const read = async (signal: AbortSignal): Promise<unknown> => input.read(new Uint8Array(8), 0, 8, signal);
  setImmediate(() => controller.abort());
  for (const signal of [controller.signal, never])
    assert.is(await read(signal).catch((error) => error.code), 'aborted');
  closeSync(writer);
});

for (const state of ['without a writer', 'with a silent writer']) {
  test(`a process that waits for a pipe ${state} ends when it is interrupted`, () => {
    const path = pipe(`process-${state.length}`);
    const writer = state === 'without a writer' ? -1 : writerOf(path);
    const { stdout, status, signal } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', waiting(path)],
      { encoding: 'utf8', timeout: 20_000 },
    );
    if (writer >= 0) closeSync(writer);
    assert.equal({ stdout, status, signal }, { stdout: 'aborted interrupted\n', status: 0, signal: null });
  });
}

/** A program that reads a pipe as CSV, is interrupted at the event loop's next turn and should then come to its end. */
function waiting(path: string): string {
  const at = (file: string): string => JSON.stringify(new URL(`../../${file}`, import.meta.url).href);
  return `
    const { csv } = await import(${at('lib/formats/csv.js')});
    const { makeRuntime } = await import(${at('test/helpers.js')});
    const controller = new AbortController();
    const runtime = { ...makeRuntime(), signal: controller.signal };
    setImmediate(() => controller.abort());
    await csv.open([${JSON.stringify(path)}], {}, runtime).catch((error) => console.log(error.code, error.message));`;
}

test('a Parquet file cannot come from a pipe, and opening it does not wait', async () => {
  const path = pipe('parquet');
  const error = await parquet.open([path], {}, makeRuntime()).then(String, (error) => error.message);
  assert.is(error, `parquet is read from its end, so it cannot come from ${path}, a pipe; give a file`);
});

test.run();
