/** Worker processes where the system is against them: interrupts, full disks, tasks that never end. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { binary, printed, type Workplace, workplace } from '../cli/run.js';
import { mayMount, shell } from '../cli/shell-helpers.js';
import { seeded } from '../helpers.js';
import { isAlive, soon, workersOf } from './chaos-helpers.js';

const test = suite<{ place: Workplace }>('workers and faults');

/** So many that the command line takes workers without being told. */
const rows = 1_500_000;

const flags = ['--memory', '450MB', '--workers', '2', '--temp-dir', 'temp', '--stats'];
const sort = 'select * from "data.csv" order by x, id';
const groups = 'select id, count(*) as n, sum(y) as total from "data.csv" group by id order by id';

test.before((context) => {
  const random = seeded(6);
  const place = workplace();
  const line = (_: unknown, id: number): string =>
    `${id},${random()},${Math.floor(random() * 1e6)},${'some text '.repeat(id % 9)}\n`;
  const parts = Array.from({ length: 10 }, (_, i) =>
    Array.from({ length: rows / 10 }, (_, j) => line(_, i * (rows / 10) + j)).join(''),
  );
  place.write('data.csv', `id,x,y,text\n${parts.join('')}`);
  mkdirSync(join(place.folder, 'temp'));
  context.place = place;
});
test.after(({ place }) => place.remove());

const start = (place: Workplace, query: string, output: string): ChildProcess =>
  fork(binary, ['sql', query, output, '--overwrite', ...flags], { cwd: place.folder, silent: true });

const clean = (place: Workplace): void => {
  assert.equal(readdirSync(join(place.folder, 'temp')), []);
  assert.equal(place.files(), ['data.csv', 'temp']);
};

for (const [name, output] of [
  ['a file', 'out.csv'],
  ['a dataset', 'out'],
] as const)
  test(`interrupted at any moment, ${name}: exit code 130 within a second, and nothing is left`, async ({
    place,
  }) => {
    const random = seeded(7);
    for (const query of [sort, groups]) {
      const whole = performance.now();
      await printed(
        place.spillway(['sql', query, output, ...flags.slice(0, -1)], undefined, { alone: true }),
      );
      const milliseconds = performance.now() - whole;
      rmSync(join(place.folder, output), { recursive: true });
      for (let round = 0; round < 3; round++) {
        const child = start(place, query, output);
        assert.ok(await soon(() => workersOf(child.pid!).length > 0, 20_000));
        await setTimeout(random() * milliseconds * 0.6);
        const workers = workersOf(child.pid!);
        const from = performance.now();
        child.kill('SIGINT');
        const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
        const taken = performance.now() - from;
        assert.ok(code === 0 || code === 130, `exit code ${code}`);
        assert.ok(code === 0 || taken < 1000, `${query}: ${taken} ms`);
        if (code === 0) rmSync(join(place.folder, output), { recursive: true });
        assert.equal(workers.filter(isAlive), []);
        clean(place);
      }
    }
  });

test('a full disk in a worker: one error, exit code 5, and nothing stays', ({ place }) => {
  if (!mayMount()) {
    console.log('skipped: no file system can be mounted here');
    return;
  }
  for (const query of [sort, groups]) {
    const [error, ...others] = shell(
      place,
      `mount -t tmpfs -o size=8m tmpfs temp && "$1" "$2" sql '${query}' none.csv ${flags.slice(0, -1).join(' ')}; echo "exit $?"; ls -A temp`,
      'unshare',
      '-m',
      'sh',
    ).split('\n');
    assert.match(
      error!,
      /^spillway: [\w ]+ needs more room for temporary files, but temp\/spillway-\w+(\/job-\w+)?(\/[\w-]+)? has only [\d.]+ [KM]?B left; free some space or name another folder with --temp-dir$/,
    );
    assert.equal(others, ['exit 5', 'code 0', '']);
  }
  clean(place);
});

test('--temp-limit is kept by all together', async ({ place }) => {
  const { code, stderr } = await place.spillway(['sql', sort, 'none.csv', ...flags, '--temp-limit', '20MB']);
  assert.match(
    stderr,
    /^spillway: [\w ]+ needs [\d.]+ [KM]B of temporary files, but [\d.]+ [KM]?B of the 20 MB that are allowed are left for it; raise --temp-limit or --memory\n$/,
  );
  assert.is(code, 5);
  clean(place);
});

test('a worker killed on the command line: --stats says so, and exit code 0', async ({ place }) => {
  const child = start(place, sort, 'out.csv');
  let told = '';
  child.stderr!.on('data', (text) => {
    told += text;
  });
  // One that has begun with its task: what dies before loses none.
  const atWork = (): number | undefined => workersOf(child.pid!).find((pid) => hasOpen(pid, 'data.csv'));
  assert.ok(await soon(() => atWork() !== undefined, 20_000));
  process.kill(atWork()!, 'SIGKILL');
  const [code] = await once(child, 'close');
  assert.is(code, 0, told);
  const { retries, retryCauses } = JSON.parse(told) as { retries: number; retryCauses: string[] };
  assert.is(retries, 1);
  assert.match(retryCauses[0]!, /^stage 0: its worker was killed by SIGKILL/);
  rmSync(join(place.folder, 'out.csv'));
  clean(place);
});

function hasOpen(pid: number, name: string): boolean {
  try {
    const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    return files.some((file) => file.endsWith(`/${name}`));
  } catch {
    return false; // it has ended, or closed a file meanwhile
  }
}

test.run();
