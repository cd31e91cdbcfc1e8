/** Standard input and output as files, a reader that goes away, an interrupt. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { binary, printed, type Workplace, workplace } from './run.js';

const test = suite<{ place: Workplace }>('cli pipes');
test.before((context) => {
  const lines = Array.from({ length: 200_000 }, (_, i) => `${i},name ${i % 97}\n`);
  context.place = workplace({ 'big.csv': `id,name\n${lines.join('')}` });
});
test.after(({ place }) => place.remove());

test('- reads standard input', async ({ place }) => {
  const input = 'a,b\n1,x\n2,y\n3,x\n';
  assert.is(await printed(place.spillway(['count', '-'], input)), '3\n');
  assert.is(await printed(place.spillway(['filter', '-', '--where', 'a >= 2'], input)), 'a,b\n2,y\n3,x\n');
  assert.is(
    await printed(place.spillway(['sql', 'select b, sum(a) s from "-" group by b'], input)),
    'b,s\nx,4\ny,2\n',
  );
});

test('a named pipe is read as standard input is', async ({ place }) => {
  const pipe = join(place.folder, 'pipe.csv');
  execFileSync('mkfifo', [pipe]);
  const outcome = place.spillway(['head', 'pipe.csv', '-n', '1']);
  // Opening waits for the reader, which opens the pipe once: a second time would wait for ever.
  await writeFile(pipe, 'a,b\n1,x\n');
  rmSync(pipe);
  assert.is(await printed(outcome), 'a,b\n1,x\n');
});

test('an Arrow stream goes from one command to the next', async ({ place }) => {
  const arrow = await collect(place.folder, ['convert', 'big.csv', '-', '--format', 'arrow']);
  assert.is(
    await printed(place.spillway(['count', '-', '--from', 'arrow', '--where', 'id < 10'], arrow)),
    '10\n',
  );
});

test('a reader that goes away is success', async ({ place }) => {
  for (const args of [
    ['convert', 'big.csv', '-'],
    ['filter', 'big.csv', '--where', 'id >= 0', '--format', 'ndjson'],
    ['distinct', 'big.csv'],
  ]) {
    const child = spawn(process.execPath, [binary, ...args], { cwd: place.folder });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      stderr += part;
    });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code, signal] = await once(child, 'close');
    assert.equal({ code, signal, stderr }, { code: 0, signal: null, stderr: '' }, args[0]);
  }
});

test('an interrupt stops, tidies up and exits with 130', async ({ place }) => {
  for (const output of ['out.csv', 'out.parquet', 'out.arrow', 'out/']) {
    const child = spawn(process.execPath, [binary, 'convert', '-', output, '--from', 'csv'], {
      cwd: place.folder,
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      stderr += part;
    });
    child.stdin.on('error', () => {});
    // More than a pipe holds: once it is taken, the command is reading.
    await new Promise<void>((done) => child.stdin.write(`a,b\n${'1,2\n'.repeat(2_000_000)}`, () => done()));
    // npx and timeout pass on what the whole group has got: the same interrupt comes more than once.
    for (let i = 0; i < 5; i++) child.kill('SIGINT');
    const [code, signal] = await once(child, 'close');
    child.stdin.destroy();
    assert.equal(
      { code, signal, stderr },
      { code: 130, signal: null, stderr: 'spillway: interrupted\n' },
      output,
    );
    assert.equal(place.files(), ['big.csv'], output);
  }
});

test('small results that cannot be written are no success', async ({ place }) => {
  // A device that is always full; not every system has it.
  if (!existsSync('/dev/full')) return;
  for (const command of ['count', 'schema', 'describe', 'explain', 'head']) {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [binary, command, 'big.csv'], {
      cwd: place.folder,
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (part: string) => {
      stderr += part;
    });
    const [code] = await once(child, 'close');
    assert.is(code, 5, command);
    assert.match(stderr, /^spillway: cannot write standard output: .*\n$/, command);
  }
});

test.run();

async function collect(cwd: string, args: readonly string[]): Promise<Uint8Array> {
  const child = spawn(process.execPath, [binary, ...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const parts: Uint8Array[] = [];
  for await (const part of child.stdout) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}
