/**
 * What a second worker gains, and what there is to gain: each task over a table of db-benchmark with one worker, with two,
 * and by two processes of one worker each that do all of it at the same time. Were there nothing to wait for, the second
 * would take half of the first, and the third as long as the first; where the third takes longer, the machine has no
 * second core's worth to give (memory, caches, the disk, the host), and no division of the work can gain more.
 *
 *   node dist/bench/workers.js [--rows 1e8] [--memory 1GB] [--rounds 5] [--only convert,q1,sort,join q5] [--folder data]
 *
 * Each is a process of its own, and what it reads was read through before; the first round, in which workers start, does
 * not count where there are others. Tasks that write their answer have one round; two of them at once take twice the disk.
 * Memory is that of each process.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sameAnswer } from './answers.js';
import { tableAnswer } from './group-queries.js';
import { heldQueries, prepareOurs } from './held-queries.js';
import { fileOf, pathOf } from './inputs.js';
import { oursOf, type RacedQuery } from './query-task.js';
import { readThrough } from './run-cell.js';

/** As it is published. */
const { Session } = (await import(
  new URL('../bundle/index.js', import.meta.url).href
)) as typeof import('../lib/index.js');

/** What a second worker is to gain. */
const wanted = 1.7;

const questions = Array.from({ length: 10 }, (_, i) => `q${i + 1}`);
const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1e8' },
    memory: { type: 'string', default: '1GB' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: ['convert', ...questions, 'sort', 'join q5'].join() },
    folder: { type: 'string', default: 'data' },
    /** Of a process that was started here: what it does, and with how many workers. */
    task: { type: 'string' },
    workers: { type: 'string' },
  },
});
const place = { rows: Number(flags.rows), folder: flags.folder };

if (flags.task === undefined) await measure();
else await work(flags.task, Number(flags.workers));

async function measure(): Promise<void> {
  const names = flags.only.split(',');
  await prepareOurs(heldQueries(names, place), place);
  print('| task | one worker | two workers | gain | two processes at once | there is to gain | of it |');
  print('| --- | --- | --- | --- | --- | --- | --- |');
  for (const name of names) {
    const { inputs } = queryOf(name);
    const ending = name === 'convert' ? '.csv' : '_dataset';
    for (const input of inputs) readThrough(pathOf(input, ending, place));
    const [one] = await timesOf(name, [1]);
    const [two] = await timesOf(name, [2]);
    const both = await timesOf(name, [1, 1]);
    const together = both.reduce((sum, seconds) => sum + seconds, 0) / both.length;
    const [gain, most] = [one! / two!, (2 * one!) / together];
    const cells = [
      name,
      text(one!),
      text(two!),
      gain.toFixed(2),
      text(together),
      most.toFixed(2),
      `${Math.round((gain / most) * 100)} %`,
    ];
    print(`| ${cells.join(' | ')} |`);
    if (gain < wanted) process.exitCode = 1;
  }
}

/** The median time of processes with so many workers each, which start at the same time. */
function timesOf(name: string, workers: readonly number[]): Promise<number[]> {
  const own = process.argv.slice(2);
  return Promise.all(
    workers.map(async (count) => {
      const args = [...own, '--task', name, '--workers', String(count)];
      const child = fork(fileURLToPath(import.meta.url), args);
      const failed = once(child, 'exit').then(([code]): never => {
        throw new Error(`${name} with ${count} workers ended with code ${code}`);
      });
      const [seconds] = (await Promise.race([once(child, 'message'), failed])) as [number[]];
      const counted = (seconds.length > 1 ? seconds.slice(1) : seconds).sort((a, b) => a - b);
      return counted[counted.length >> 1]!;
    }),
  );
}

async function work(name: string, workers: number): Promise<void> {
  const scratch = join(flags.folder, `workers-${process.pid}`);
  mkdirSync(scratch, { recursive: true });
  const session = new Session({ memory: flags.memory, tempDir: scratch, workers });
  const query = queryOf(name);
  const contender = oursOf(query, session, scratch);
  const rounds = query.long ? 1 : Number(flags.rounds);
  const seconds: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      const answerOf = await contender.run();
      seconds.push((performance.now() - start) / 1000);
      const answer = await answerOf();
      if (query.answer !== null && !sameAnswer(answer, query.answer))
        throw new Error(`${name}: ${answer} instead of ${query.answer}`);
    }
    process.send!(seconds);
  } finally {
    await session.close();
    rmSync(scratch, { recursive: true, force: true });
    process.disconnect();
  }
}

function queryOf(name: string): RacedQuery {
  if (name !== 'convert') {
    const [query] = heldQueries([name], place);
    if (query === undefined) throw new Error(`no task ${name}`);
    return query;
  }
  return {
    name,
    inputs: ['group'],
    ours: `select * from "${fileOf('group', place)}"`,
    theirs: '',
    checks: ['v1', 'v2', 'v3'],
    answer: tableAnswer(place.rows),
    long: true,
  };
}

function text(seconds: number): string {
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
