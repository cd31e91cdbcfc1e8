import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SpillwayError } from '../../lib/errors.js';
import { createOutput } from '../../lib/formats/output.js';

const test = suite('output');

const run = { signal: new AbortController().signal };

let folder = '';
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-output-'));
});
test.after.each(() => rmSync(folder, { recursive: true }));

async function refused(code: string, message: string, action: () => unknown): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof SpillwayError)) throw error;
    assert.equal([error.code, error.message], [code, message]);
    return;
  }
  assert.unreachable(`not refused: ${message}`);
}

test('nothing is seen before the end, and only the file after it', async () => {
  const path = join(folder, 'a.txt');
  const output = await createOutput(path, false, run);
  await output.write(Buffer.from('one '));
  await output.write(Buffer.from('two'));
  assert.is(output.bytes, 7);
  assert.ok(readdirSync(folder).every((name) => name.startsWith('.a.txt.')));
  await output.finish();
  assert.equal(readdirSync(folder), ['a.txt']);
  assert.is(readFileSync(path, 'utf8'), 'one two');
  await output.abort();
  assert.equal(readdirSync(folder), ['a.txt']);
});

test('abort leaves nothing', async () => {
  const output = await createOutput(join(folder, 'a.txt'), false, run);
  await output.write(Buffer.from('one'));
  await output.abort();
  assert.equal(readdirSync(folder), []);
});

test('outputs that cannot be', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const missing = join(folder, 'missing', 'a.txt');
  const inside = join(file, 'a.txt');
  const long = join(folder, 'x'.repeat(300));
  await refused('usage', `${file} exists; give --overwrite to replace it`, () =>
    createOutput(file, false, run),
  );
  await refused('usage', `${folder} is a folder; give the name of a file in it`, () =>
    createOutput(folder, true, run),
  );
  await refused(
    'usage',
    `cannot write ${missing}: the folder ${join(folder, 'missing')} does not exist`,
    () => createOutput(missing, false, run),
  );
  await refused('usage', `cannot write ${inside}: ${file} is not a folder`, () =>
    createOutput(inside, false, run),
  );
  await refused('usage', `cannot write ${long}: the name is too long`, () => createOutput(long, false, run));
  await refused('disk', 'cannot write /dev/full: the disk is full; free some space or write elsewhere', () =>
    createOutput('/dev/full', false, run).then((output) => output.write(Buffer.from('x'))),
  );
});

test('a file that came to be meanwhile is not replaced', async () => {
  const path = join(folder, 'a.txt');
  const output = await createOutput(path, false, run);
  writeFileSync(path, 'theirs');
  await refused('usage', `${path} exists; give --overwrite to replace it`, () => output.finish());
  await output.abort();
  assert.is(readFileSync(path, 'utf8'), 'theirs');
  assert.equal(readdirSync(folder), ['a.txt']);
});

test('what a link points at is replaced, the link stays', async () => {
  mkdirSync(join(folder, 'real'));
  const target = join(folder, 'real', 'a.txt');
  writeFileSync(target, 'old');
  symlinkSync(target, join(folder, 'link'));
  const output = await createOutput(join(folder, 'link'), true, run);
  await output.write(Buffer.from('new'));
  await output.finish();
  assert.is(readFileSync(target, 'utf8'), 'new');
  assert.equal(readdirSync(join(folder, 'real')), ['a.txt']);
});

/** Writes `blocks` megabytes of x to standard output and tells on standard error how it ended. */
const writer = `
  import { createOutput } from ${JSON.stringify(new URL('../../lib/formats/output.js', import.meta.url).href)};
  const output = await createOutput('-', false, { signal: new AbortController().signal });
  try {
    for (let i = 0; i < Number(process.argv[1]); i++) await output.write(new Uint8Array(1 << 20).fill(120));
    await output.finish();
    console.error('finished');
  } catch (error) {
    console.error(error.cause?.code === 'EPIPE' ? 'closed pipe' : error);
  }
`;

test('standard output takes everything, through a slow reader too', () => {
  const script = `node --input-type=module -e '${writer.replaceAll("'", '"')}' 5 2>"$0" | (sleep 0.2; wc -c)`;
  const errors = join(folder, 'errors');
  const count = execFileSync('sh', ['-c', script, errors], { encoding: 'utf8' });
  assert.is(Number(count), 5 * 2 ** 20);
  assert.is(readFileSync(errors, 'utf8'), 'finished\n');
});

test('a pipe that takes nothing for now is waited for', async () => {
  // A child's pipes are not blocking here if the child opens its own end so.
  const nonBlocking = `import net from 'node:net'; new net.Socket({ fd: 1, readable: false, writable: true });${writer}`;
  const child = spawn('node', ['--input-type=module', '-e', nonBlocking, '5'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let bytes = 0;
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  await once(child, 'close');
  assert.equal([bytes, said], [5 * 2 ** 20, 'finished\n']);
});

test('a reader that has gone is told apart', async () => {
  const child = spawn('node', ['--input-type=module', '-e', writer, '5'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  await once(child, 'close');
  assert.is(said, 'closed pipe\n');
});

test('a named pipe waits for its reader, and an aborted run does not', async () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const aborter = new AbortController();
  const alone = createOutput(path, false, aborter);
  aborter.abort();
  await refused('aborted', 'interrupted', () => alone);
  const waiting = createOutput(path, false, run);
  const reader = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let read = '';
  reader.stdout.on('data', (chunk: Buffer) => {
    read += chunk;
  });
  const output = await waiting;
  await output.write(Buffer.from('through the pipe'));
  await output.finish();
  await once(reader, 'close');
  assert.is(read, 'through the pipe');
});

test.run();
