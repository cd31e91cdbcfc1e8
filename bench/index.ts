/**
 * Spillway against DuckDB on db-benchmark's group-by data: one process of ours, one thread of theirs, in turns,
 * answers checked.
 *
 *   npm run bench -- --rows 1e7 --rounds 3 --memory 4GB --folder data [--only convert,group,filter,start]
 */
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { formatBytes } from '../lib/errors.js';
import { Session } from '../lib/index.js';
import { openDuck } from './duckdb.js';
import { groupFile } from './group-data.js';
import { groupAnswer, type Question, questions } from './group-queries.js';
import { queryTask } from './query-task.js';
import { advantage, race, type Task, type Timing, table } from './race.js';
import { startTimes } from './start.js';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1e7' },
    rounds: { type: 'string', default: '3' },
    memory: { type: 'string', default: '4GB' },
    folder: { type: 'string', default: 'data' },
    only: { type: 'string', default: 'convert,group,filter,start' },
  },
});
const rows = Number(flags.rows);
const rounds = Number(flags.rounds);
const parts = flags.only.split(',');
const csv = groupFile(rows, 100, flags.folder);
const scratch = `${flags.folder}/race`;
const dataset = `${scratch}/dataset/`;
rmSync(scratch, { recursive: true, force: true });
mkdirSync(scratch, { recursive: true });

const session = new Session({ memory: flags.memory, workers: 0 });
const duck = await openDuck(`${scratch}/duck.db`, {
  threads: '1',
  memory_limit: flags.memory,
  temp_directory: scratch,
});
const results: Record<string, unknown> = {};
print(
  `${cpus()[0]?.model}, ${formatBytes(totalmem())}, Node ${process.version}, DuckDB ${await duck.text('select version()')}`,
);
print(`${csv}, ${formatBytes(statSync(csv).size)}; memory ${flags.memory}; ${rounds} rounds, medians\n`);

if (parts.includes('convert')) {
  show('convert', [await race(convertTask('Parquet'), rounds), await race(convertTask('table'), rounds)]);
}
if (parts.includes('group') || parts.includes('filter')) {
  await (await session.scan(csv)).write(dataset, { overwrite: true });
  await duck.run(`create or replace table t as select * from read_csv('${csv}')`);
  await duck.run('checkpoint');
}
if (parts.includes('group')) {
  const timings: Timing[][] = [];
  for (const question of questions) timings.push(await race(groupTask(question), rounds));
  show('group', timings);
}
if (parts.includes('filter')) {
  show('filter', [await race(filterTask('Parquet'), rounds), await race(filterTask('table'), rounds)]);
}
if (parts.includes('start')) {
  const times = startTimes(csv, rounds);
  results.start = times;
  for (const { command, seconds, ratio } of times) {
    print(`${command}: ${(seconds * 1000).toFixed(0)} ms, ${ratio.toFixed(2)} times node -e 0`);
  }
}
writeFileSync(`${scratch}/results.json`, JSON.stringify(results, null, 2));
await session.close();
duck.close();

function convertTask(to: 'Parquet' | 'table'): Task {
  const check = String(rows);
  return {
    name: `CSV to dataset / ${to}`,
    answer: check,
    contenders: [
      {
        name: 'Spillway',
        async run() {
          const { rows: written } = await (await session.scan(csv)).write(dataset, { overwrite: true });
          return async () => String(written);
        },
      },
      duckContender(
        to === 'Parquet'
          ? `copy (select * from read_csv('${csv}')) to '${scratch}/t.parquet'`
          : `create or replace table converted as select * from read_csv('${csv}')`,
        to === 'Parquet' ? `select count(*) from '${scratch}/t.parquet'` : 'select count(*) from converted',
      ),
    ],
  };
}

function groupTask(question: Question): Task {
  const { title, checks, long } = question;
  const answer = groupAnswer(question, rows);
  return queryTask(
    {
      name: title,
      inputs: ['group'],
      ours: question.sql(`"${dataset}"`),
      theirs: question.sql('t'),
      checks,
      answer,
      long,
    },
    { sessions: { Spillway: session }, duck, folder: scratch, into: 'table' },
  );
}

function filterTask(to: 'Parquet' | 'table'): Task {
  const condition = 'v1 >= 3 and v3 < 50';
  const output = `${scratch}/filtered/`;
  return {
    name: `filter to dataset / ${to}`,
    contenders: [
      {
        name: 'Spillway',
        async run() {
          const frame = (await session.scan(dataset)).filter(condition);
          const { rows: written } = await frame.write(output, { overwrite: true });
          return async () => String(written);
        },
      },
      duckContender(
        to === 'Parquet'
          ? `copy (select * from t where ${condition}) to '${scratch}/f.parquet'`
          : `create or replace table filtered as select * from t where ${condition}`,
        to === 'Parquet' ? `select count(*) from '${scratch}/f.parquet'` : 'select count(*) from filtered',
      ),
    ],
  };
}

function duckContender(
  statement: string,
  check: string,
  text: (numbers: number[]) => string = (numbers) => numbers.join('; '),
): { name: string; run(): Promise<() => Promise<string>> } {
  return {
    name: 'DuckDB',
    async run() {
      await duck.run(statement);
      return async () => text(await duck.numbers(check));
    },
  };
}

function show(name: string, timings: Timing[][]): void {
  results[name] = timings;
  print(table(timings));
  print(`geometric mean: ${advantage(timings).toFixed(2)} times faster than DuckDB\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
