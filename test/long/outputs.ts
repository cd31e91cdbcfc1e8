/** Outputs that cannot be, or nearly are not: full disks, killed writers, the input itself. Nothing is lost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { binary, printed, type Workplace, workplace } from '../cli/run.js';
import { mayMount, shell } from '../cli/shell-helpers.js';

const test = suite<{ place: Workplace }>('cli outputs');
test.before.each((context) => {
  context.place = workplace({ 'a.csv': csvOf(1000) });
});
test.after.each(({ place }) => place.remove());

function csvOf(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => `${i},name ${(i * 7919) % 1_000_003},${i / 7}\n`);
  return `id,name,x\n${lines.join('')}`;
}

test('a disk that is full: one error, exit code 5, and nothing of it stays', ({ place }) => {
  if (!mayMount()) {
    console.log('skipped: no file system can be mounted here');
    return;
  }
  place.write('big.csv', csvOf(200_000));
  mkdirSync(join(place.folder, 'm'));
  const mounted = (text: string): string =>
    shell(place, `mount -t tmpfs -o size=1500k tmpfs m && ${text}`, 'unshare', '-m', 'sh');
  const full = (path: string): string =>
    `spillway: cannot write ${path}: the disk is full; free some space or write elsewhere\n`;
  for (const output of ['out/', 'out.csv.gz', 'out.parquet', 'out.arrow'])
    assert.is(
      mounted(`"$1" "$2" convert big.csv m/${output}; echo "exit $?"; ls -A m`),
      `${full(`m/${output.replace('/', '')}`)}exit 5\ncode 0\n`,
    );
  // What was to be replaced stays, and is whole.
  assert.is(
    mounted(
      `"$1" "$2" convert a.csv m/out; "$1" "$2" convert big.csv m/out --overwrite; ls -A m; "$1" "$2" count m/out`,
    ),
    `${full('m/out')}out\n1000\ncode 0\n`,
  );
  // Not even an empty file has room.
  assert.is(
    mounted(
      'cat big.csv > m/fill 2>&1; for i in $(seq 2000); do : > m/$i; done 2>&1; rm m/*[0-9]; "$1" "$2" convert a.csv m/out; ls -A m',
    )
      .split('\n')
      .slice(-4)
      .join('\n'),
    `${full('m/out')}fill\ncode 0\n`,
  );
});

test('a file larger than is allowed', ({ place }) => {
  place.write('big.csv', csvOf(100_000));
  for (const output of ['out/', 'out.csv']) {
    const told = shell(place, `trap "" XFSZ; ulimit -f 200; "$1" "$2" convert big.csv ${output}`);
    assert.is(
      told,
      `spillway: cannot write ${output.replace('/', '')}: the file is larger than the file system or a limit allows\ncode 5\n`,
    );
    assert.equal(place.files(), ['a.csv', 'big.csv']);
  }
});

test('killed in the middle: the next run of the same output sweeps, and is whole', async ({ place }) => {
  for (const output of ['out', 'out.csv']) {
    const child = spawn(process.execPath, [binary, 'convert', '-', output], { cwd: place.folder });
    child.stdin.on('error', () => {});
    child.stdin.write(csvOf(300_000)); // and no end
    await hasBegun(place.folder);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.is(leftovers(place.folder).length, 1);
    assert.not.ok(existsSync(join(place.folder, output)));
    await printed(place.spillway(['convert', 'a.csv', 'elsewhere.csv', '--overwrite']));
    assert.is(leftovers(place.folder).length, 1);
    await printed(place.spillway(['convert', 'a.csv', output]));
    assert.equal(leftovers(place.folder), []);
    assert.is(await printed(place.spillway(['count', output])), '1000\n');
  }
});

async function hasBegun(folder: string): Promise<void> {
  while (!leftovers(folder).some((name) => existsSync(join(folder, name, 'content')))) await setTimeout(10);
}

const leftovers = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith('.'));

test('interrupted, it leaves nothing', async ({ place }) => {
  const child = spawn(process.execPath, [binary, 'convert', '-', 'out'], { cwd: place.folder });
  child.stdin.on('error', () => {});
  child.stdin.write(csvOf(300_000));
  await hasBegun(place.folder);
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  assert.is(code, 130);
  assert.equal(place.files(), ['a.csv']);
});

test('the input itself is replaced when it was read to its end', async ({ place }) => {
  await printed(place.spillway(['convert', 'a.csv', 'data']));
  await printed(place.spillway(['filter', 'data', 'data', '--where', 'id < 500', '--overwrite']));
  assert.is(await printed(place.spillway(['count', 'data'])), '500\n');
  for (const output of ['a.parquet', 'a.csv']) {
    if (output !== 'a.csv') await printed(place.spillway(['convert', 'a.csv', output]));
    await printed(place.spillway(['filter', output, output, '--where', 'id < 10', '--overwrite']));
    assert.is(await printed(place.spillway(['count', output])), '10\n', output);
  }
});

test('an error half way leaves the input that was to be replaced', async ({ place }) => {
  await printed(place.spillway(['convert', 'a.csv', 'data']));
  const where = 'cast(name as int) > 0';
  for (const input of ['data', 'a.csv']) {
    const { code } = await place.spillway(['filter', input, input, '--where', where, '--overwrite']);
    assert.is(code, 3);
    assert.is(await printed(place.spillway(['count', input])), '1000\n');
  }
  assert.equal(leftovers(place.folder), []);
});

test('an output in the input, a file where a folder should be, a folder where a file should be', async ({
  place,
}) => {
  await printed(place.spillway(['convert', 'a.csv', 'data']));
  const refused = async (args: readonly string[], message: string): Promise<void> =>
    assert.equal(await place.spillway(args), { code: 2, stdout: '', stderr: `spillway: ${message}\n` });
  const inside = 'is inside of the dataset data; write it elsewhere';
  await refused(['convert', 'data', 'data/out.csv'], `data/out.csv ${inside}`);
  await refused(['convert', 'data', 'data/out'], `data/out ${inside}`);
  await refused(
    ['convert', 'data', 'data/part-00000.arrow', '--overwrite'],
    `data/part-00000.arrow ${inside}`,
  );
  const over = ['--overwrite', '--to', 'dataset'];
  await refused(
    ['convert', 'data', 'a.csv', ...over],
    'a.csv exists and is not a dataset, so it is not overwritten',
  );
  await refused(
    ['convert', 'a.csv', 'data', '--overwrite', '--to', 'csv'],
    'data is a folder; give the name of a file in it',
  );
  await refused(['convert', 'data', 'a.csv/out'], 'cannot write a.csv/out: a.csv is not a folder');
  const long = 'x'.repeat(256);
  await refused(['convert', 'data', long], `cannot write ${long}: the name is too long`);
  assert.is(await printed(place.spillway(['count', 'data'])), '1000\n');
  assert.is(readFileSync(join(place.folder, 'a.csv'), 'utf8'), csvOf(1000));
  assert.equal(leftovers(place.folder), []);
});

test('a link to a dataset stays one, and what it points at is replaced', async ({ place }) => {
  await printed(place.spillway(['convert', 'a.csv', 'data']));
  symlinkSync('data', join(place.folder, 'link'));
  await printed(place.spillway(['filter', 'link', 'link', '--where', 'id < 7', '--overwrite']));
  assert.ok(lstatSync(join(place.folder, 'link')).isSymbolicLink());
  assert.is(await printed(place.spillway(['count', 'data'])), '7\n');
});

test.run();
