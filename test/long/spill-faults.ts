/** Queries that spill, and a disk that is full, a process that is killed, a neighbour that spills too. Nothing is left. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { binary, printed, type Workplace, workplace } from '../cli/run.js';
import { mayMount, shell } from '../cli/shell-helpers.js';
import { seeded } from '../helpers.js';

const test = suite<{ place: Workplace }>('spilling and faults');

const rows = 500_000;
const memory = ['--memory', '112MB', '--temp-dir', 'temp'];

/** Each holds more than its share of the 24 MB that the memory has for data. */
const queries: Readonly<Record<string, string>> = {
  sort: 'select * from "data/" order by x, id',
  aggregate: 'select id, count(*) as n, sum(x) as total, min(x) as least from "data/" group by id',
  distinct: 'select distinct id, x, y, x + y as z, x * y as p from "data/"',
  join: 'select a.id, b.x, b.y from "data/" as a join "data/" as b on a.id = b.id and a.x = b.x',
  window: 'select id, lag(y) over (order by x) as before from "data/"',
  'sort by text': 'select * from "data/" order by name desc, x',
  'aggregate by text': 'select name, id, count(*) as n, max(word) as word from "data/" group by name, id',
  'distinct texts': 'select distinct name, word, x from "data/"',
  'join by text': 'select a.id, b.word from "data/" as a join "data/" as b on a.name = b.name and a.x = b.x',
  'window by text': 'select id, first_value(word) over (partition by word order by name) as f from "data/"',
};

/** Few texts, and ten thousand, some of them long. */
const words = ['some text', 'höchst', '', 'more of it'];
const names = Array.from({ length: 9973 }, (_, i) => `${i}${'-'.repeat(i % 50)}`);
const nameOf = (id: number): string => names[(id * 7919) % names.length]!;

test.before(async (context) => {
  const random = seeded(5);
  const place = workplace();
  const lines = Array.from({ length: rows }, (_, id) => {
    return `${id},${random()},${random()},${words[id % words.length]},${nameOf(id)}\n`;
  });
  place.write('data.csv', `id,x,y,word,name\n${lines.join('')}`);
  await printed(place.spillway(['convert', 'data.csv', 'data']));
  mkdirSync(join(place.folder, 'temp'));
  context.place = place;
});
test.after(({ place }) => place.remove());

/** What a query spills; its answer is in the file `out`. */
async function spilledBy(place: Workplace, query: string): Promise<number> {
  const args = ['sql', query, 'out.csv', '--overwrite', '--stats', ...memory];
  const { code, stderr } = await place.spillway(args);
  assert.is(code, 0, stderr);
  return (JSON.parse(stderr) as { spilledBytes: number }).spilledBytes;
}

const temporaries = (place: Workplace): string[] => readdirSync(join(place.folder, 'temp'));

for (const [name, query] of Object.entries(queries)) {
  test(`${name}: spills, and leaves nothing`, async ({ place }) => {
    assert.ok((await spilledBy(place, query)) > 2 ** 20);
    assert.equal(temporaries(place), []);
  });

  test(`${name}: a full disk is one error, exit code 5, and nothing stays`, ({ place }) => {
    if (!mayMount()) {
      console.log('skipped: no file system can be mounted here');
      return;
    }
    const command = `"$1" "$2" sql '${query}' none.csv ${memory.join(' ')}`;
    const [error, ...others] = shell(
      place,
      `mount -t tmpfs -o size=1m tmpfs temp && ${command}; echo "exit $?"; ls -A temp`,
      'unshare',
      '-m',
      'sh',
    ).split('\n');
    assert.match(
      error!,
      /^spillway: \w+ needs more room for temporary files, but temp\/spillway-\w+ has only [\d.]+ [KM]?B left; free some space or name another folder with --temp-dir$/,
    );
    assert.equal(others, ['exit 5', 'code 0', '']);
    assert.not.ok(place.files().includes('none.csv'));
  });
}

test('more than --temp-limit is such an error too', async ({ place }) => {
  const args = ['sql', queries.sort!, 'none.csv', ...memory, '--temp-limit', '1MB'];
  const { code, stderr } = await place.spillway(args);
  assert.match(
    stderr,
    /^spillway: sort needs [\d.]+ MB of temporary files, but 1 MB are allowed; raise --temp-limit or --memory\n$/,
  );
  assert.is(code, 5);
  assert.equal(temporaries(place), []);
  assert.not.ok(place.files().includes('none.csv'));
});

test('killed in the middle; the next that spills sweeps what it left', async ({ place }) => {
  const child = await spilling(place, queries.sort!);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const left = temporaries(place);
  assert.is(left.length, 1);
  assert.ok(readdirSync(join(place.folder, 'temp', left[0]!)).length > 0);
  assert.ok((await spilledBy(place, queries.sort!)) > 0);
  assert.equal(temporaries(place), []);
});

for (const name of ['sort', 'aggregate', 'sort by text'])
  test(`${name}: interrupted while it spills, nothing is left`, async ({ place }) => {
    const child = await spilling(place, queries[name]!);
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    assert.is(code, 130);
    assert.equal(temporaries(place), []);
    assert.not.ok(place.files().includes('never.csv'));
  });

test('the temporary folder is removed in the middle: one error, exit code 5', async ({ place }) => {
  const child = await spilling(place, queries.sort!);
  let stderr = '';
  child.stderr!.on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'close');
  for (const left of temporaries(place)) rmSync(join(place.folder, 'temp', left), { recursive: true });
  // It goes on with the file that it has open, until it looks at the folder again.
  while (child.exitCode === null) await feed(child, 5_000_000);
  assert.is((await ended)[0], 5);
  assert.match(
    stderr,
    /^spillway: the folder for temporary files temp\/spillway-\w+ was removed while it was in use; keep it until the work is done\n$/,
  );
  assert.equal(temporaries(place), []);
  assert.not.ok(place.files().includes('never.csv'));
});

test('a link to a folder is as good as the folder', async ({ place }) => {
  symlinkSync('temp', join(place.folder, 'link'));
  const args = ['sql', queries.sort!, 'linked.csv', '--overwrite', '--stats', '--memory', '112MB'];
  const { code, stderr } = await place.spillway([...args, '--temp-dir', 'link']);
  assert.is(code, 0, stderr);
  assert.ok((JSON.parse(stderr) as { spilledBytes: number }).spilledBytes > 0);
  assert.equal(temporaries(place), []);
});

test('room to spill, but none for the output: one error, exit code 5, and nothing stays', ({ place }) => {
  if (!mayMount()) {
    console.log('skipped: no file system can be mounted here');
    return;
  }
  mkdirSync(join(place.folder, 'small'));
  const command = `"$1" "$2" sql '${queries.sort!}' small/none.csv ${memory.join(' ')}`;
  const lines = shell(
    place,
    `mount -t tmpfs -o size=1m tmpfs small && ${command}; echo "exit $?"; ls -A temp small`,
    'unshare',
    '-m',
    'sh',
  ).split('\n');
  assert.equal(lines.slice(0, 5), [
    'spillway: cannot write small/none.csv: the disk is full; free some space or write elsewhere',
    'exit 5',
    'small:',
    '',
    'temp:',
  ]);
});

/** A query over rows that do not end, once it has spilled. */
async function spilling(place: Workplace, query: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [binary, 'sql', query.replace('data/', '-'), 'never.csv', '--from', 'csv', ...memory],
    { cwd: place.folder, stdio: ['pipe', 'ignore', 'pipe'] },
  );
  child.stdin!.on('error', () => {});
  child.stdin!.write('id,x,y,word,name\n');
  for (let id = 0; !spills(place); id += 5000) {
    assert.is(child.exitCode, null, 'it ended before it spilled');
    await feed(child, id);
  }
  return child;
}

function spills(place: Workplace): boolean {
  return temporaries(place).some((folder) => readdirSync(join(place.folder, 'temp', folder)).some(isSpill));
}

const isSpill = (name: string): boolean => name.endsWith('.arrows');

/** Five thousand more rows. */
async function feed(child: ChildProcess, first: number): Promise<void> {
  const lines = Array.from({ length: 5000 }, (_, i) => {
    const id = first + i;
    return `${id},${Math.sin(id)},${id / 3},some text,${nameOf(id)}\n`;
  });
  child.stdin!.write(lines.join(''));
  do await setTimeout(1);
  while (child.stdin!.writableNeedDrain && child.exitCode === null);
}

test('two jobs that share a temporary folder do not meet', async ({ place }) => {
  const both = [queries.sort!, queries.aggregate!];
  const answers = await Promise.all(
    both.map((query) => printed(place.spillway(['sql', query, '--format', 'csv', ...memory]))),
  );
  assert.equal(temporaries(place), []);
  for (const [i, query] of both.entries()) {
    const roomy = await printed(place.spillway(['sql', query, '--format', 'csv', '--memory', '1GB']));
    const sorted = (text: string): string => text.split('\n').sort().join('\n');
    assert.ok(sorted(answers[i]!) === sorted(roomy), query);
  }
});

test.run();
