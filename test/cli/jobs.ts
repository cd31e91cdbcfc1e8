/** Jobs that have names: killed, changed, listed, removed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openNamedJob } from '../../spill/named-job.js';
import { binary, printed, type Workplace, workplace } from './run.js';

const test = suite<{ place: Workplace }>('cli jobs');
test.before((context) => {
  context.place = workplace({ 'rows.csv': rowsText(260_000), 'keys.csv': keysText(), 'temp/.keep': '' });
});
test.after(({ place }) => place.remove());

/** Four parts of 4 MB and a bit, so that some tasks are done while others are not. */
function rowsText(count: number): string {
  const lines = ['id,k,v,words'];
  for (let i = 0; i < count; i++)
    lines.push(
      `${i},${(i * 7919) % 5000},${(i * 48271) % 2147483647},some words to make it longer ${i % 1000}`,
    );
  return `${lines.join('\n')}\n`;
}

function keysText(): string {
  return `k,name\n${Array.from({ length: 5000 }, (_, k) => `${k},name ${k}`).join('\n')}\n`;
}

const job = ['--job', 'it', '--temp-dir', 'temp'];

const commands: Readonly<Record<string, readonly string[]>> = {
  sort: ['sort', 'rows.csv', 'out.csv', '--by', 'v, id'],
  aggregate: ['sql', 'select k, count(*) n, median(v) m from "rows.csv" group by k order by k', 'out.csv'],
  join: [
    'sql',
    'select a.id, b.v from "rows.csv" a join "rows.csv" b on a.v = b.v join "keys.csv" c on a.k = c.k order by a.id',
    'out.csv',
  ],
  convert: ['convert', 'rows.csv', 'out', '--to', 'dataset'],
};

const tasksOf = (place: Workplace): string => {
  try {
    return readFileSync(join(place.folder, 'temp/spillway-job-it/tasks.jsonl'), 'utf8');
  } catch {
    return '';
  }
};

/** A line that was cut off does not count. */
const finished = (place: Workplace): number =>
  tasksOf(place)
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.includes('"kind":"finished"')).length;

/** Kills the command when so many of its tasks are finished; tells how many were at its end. */
async function killedAfter(place: Workplace, tasks: number, args: readonly string[]): Promise<number> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const child = spawn(process.execPath, [binary, ...args], { cwd: place.folder, stdio: 'ignore' });
    const ended = once(child, 'exit');
    while (finished(place) < tasks && child.exitCode === null) await setTimeout(1);
    child.kill('SIGKILL');
    const [, signal] = await ended;
    if (signal === 'SIGKILL') return finished(place);
    // It was faster than this process.
    cleared(place);
  }
  throw new Error('the command ended before it could be killed, again and again');
}

function cleared(place: Workplace): void {
  for (const name of ['out', 'out.csv']) rmSync(join(place.folder, name), { recursive: true, force: true });
}

async function contentOf(place: Workplace): Promise<string> {
  if (!readdirSync(place.folder).includes('out')) return readFileSync(join(place.folder, 'out.csv'), 'utf8');
  await printed(place.spillway(['convert', 'out', 'out.csv']));
  return readFileSync(join(place.folder, 'out.csv'), 'utf8');
}

for (const [name, args] of Object.entries(commands))
  test(`${name} goes on after kill -9`, async ({ place }) => {
    const before = place.files();
    await printed(place.spillway([...args, '--workers', '0']));
    const truth = await contentOf(place);
    cleared(place);
    const whole = ['--workers', '0', '--stats', ...job];
    const { stderr } = await place.spillway([...args, ...whole]);
    const { tasks } = JSON.parse(stderr) as { tasks: number };
    assert.ok((await contentOf(place)) === truth, 'run with a name');
    cleared(place);
    for (const after of [1, tasks >> 1]) {
      const done = await killedAfter(place, after, [...args, ...whole]);
      assert.ok(done >= after);
      const again = await place.spillway([...args, ...whole]);
      assert.is(again.code, 0, again.stderr);
      // One of them is the query.
      assert.is((JSON.parse(again.stderr) as { tasks: number }).tasks + done, tasks, `killed after ${done}`);
      assert.ok((await contentOf(place)) === truth, `killed after ${done} of ${tasks}`);
      cleared(place);
      assert.equal(place.files(), before);
    }
  });

test('with workers, too, and with another number of them', async ({ place }) => {
  const before = place.files();
  const args = commands.convert!;
  await printed(place.spillway([...args, '--workers', '0']));
  const truth = await contentOf(place);
  cleared(place);
  const done = await killedAfter(place, 2, [...args, '--workers', '2', '--memory', '1GB', ...job]);
  const listed = await printed(place.spillway(['jobs', 'list', '--temp-dir', 'temp']));
  assert.match(
    listed,
    new RegExp(`^it  .*Z  ${done} of \\d+ tasks  [\\d.]+ MB  stopped  spillway convert rows.csv`),
  );
  const again = await place.spillway([...args, '--workers', '1', '--memory', '1GB', '--stats', ...job]);
  assert.is(again.code, 0, again.stderr);
  assert.ok((await contentOf(place)) === truth);
  cleared(place);
  assert.equal(place.files(), before);
});

/** Fails in its last stage, when the tasks before it are finished. */
const fails = (text: string): string[] => [
  'sql',
  `select cast(${text} as int) from (select k, max(words) w from "rows.csv" group by k) t`,
  '--workers',
  '0',
  ...job,
];

test('what has changed is told, and it starts over', async ({ place }) => {
  const before = place.files();
  const rows = join(place.folder, 'rows.csv');
  assert.is((await place.spillway(fails('w'))).code, 3);
  const kept = finished(place);
  assert.ok(kept > 2);
  assert.not.match((await place.spillway(fails('w'))).stderr, 'starts over');
  assert.is(finished(place), kept);
  const query = await place.spillway(fails("w || 'x'"));
  assert.match(query.stderr, 'spillway: job it starts over: the query is another one\n');
  const time = new Date(2001, 1, 1);
  utimesSync(rows, time, time);
  const input = await place.spillway(fails("w || 'x'"));
  assert.match(input.stderr, 'spillway: job it starts over: rows.csv has changed since it began\n');
  const output = await place.spillway([...fails("w || 'x'"), '-o', 'out.csv']);
  assert.match(output.stderr, 'spillway: job it starts over: the output, or its options, are others\n');
  const good = await place.spillway(['count', 'rows.csv', '--workers', '0', ...job]);
  assert.is(good.stdout, '260000\n');
  assert.is(good.stderr, 'spillway: job it starts over: the query is another one\n');
  assert.equal(place.files(), before);
});

test('mistakes are told in a line', async ({ place }) => {
  const before = place.files();
  const told = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await place.spillway(args);
    return `${code} ${stderr}`;
  };
  assert.is(
    await told('count', 'rows.csv', '--job', 'a/b'),
    '2 spillway: the name of a job has 1 to 100 of the characters A-Z a-z 0-9 . _ -, unlike "a/b"\n',
  );
  const input = await place.spillway(['count', '-', '--from', 'csv', ...job], 'a\n1\n');
  assert.is(
    input.stderr,
    'spillway: standard input cannot be read again, so it cannot be of a job; save it to a file first\n',
  );
  assert.is(
    await told('count', 'rows.csv', '--on-error', 'skip', '--rejects', 'bad.csv', ...job),
    '2 spillway: a job keeps no rejects: leave out --job, or convert the file without it first\n',
  );
  const held = await openNamedJob(join(place.folder, 'temp'), 'it');
  assert.is(
    await told('count', 'rows.csv', ...job),
    '2 spillway: another run is at job it; wait for its end, or name this one otherwise\n',
  );
  assert.match(await told('jobs', 'clean', 'it', '--temp-dir', 'temp'), 'another run is at job it');
  assert.is(await told('jobs', 'clean', '--temp-dir', 'temp'), '0 ');
  assert.match(await printed(place.spillway(['jobs', 'list', '--temp-dir', 'temp'])), /^it .* running\n$/);
  held.remove();
  assert.is(
    await told('jobs', 'clean', 'it', '--temp-dir', 'temp'),
    '2 spillway: there is no job it in temp\n',
  );
  assert.equal(place.files(), before);
});

test('a damaged list is told, and can be removed', async ({ place }) => {
  const before = place.files();
  assert.is((await place.spillway(fails('w'))).code, 3);
  const path = join(place.folder, 'temp/spillway-job-it/tasks.jsonl');
  writeFileSync(path, tasksOf(place).replace('finished', 'fjnished'));
  const { code, stderr } = await place.spillway(fails('w'));
  assert.is(code, 3);
  assert.is(
    stderr,
    'spillway: job it cannot go on: tasks.jsonl is damaged in line 2 in temp/spillway-job-it; remove the job with: spillway jobs clean it\n',
  );
  assert.match(await printed(place.spillway(['jobs', 'list', '--temp-dir', 'temp'])), /damaged\n$/);
  assert.is(await printed(place.spillway(['jobs', 'clean', '--temp-dir', 'temp'])), 'removed it\n');
  assert.equal(place.files(), before);
});

test('a folder that may not be written', async ({ place }) => {
  if (process.getuid?.() !== 0) return;
  chmodSync(join(place.folder, 'temp'), 0o755);
  const { code, stderr } = await place.spillway(['count', 'rows.csv', ...job], '', { unprivileged: true });
  assert.is(code, 5);
  assert.match(stderr, /^spillway: .*temp.*\n$/);
});

test.run();
