/**
 * The guard: `npm run bench:quick` races a million rows with DuckDB in this process and fails where we have become more than a
 * quarter slower against it than what is kept in results/quick.json; `-- --update` writes that file.
 *
 * What counts is the least processor time of many rounds taken in turns, which other work on the machine hardly changes. A
 * task that seems slower is given more rounds before it is said to be.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Session } from '../lib/index.js';
import { sameAnswer } from './answers.js';
import { type Duck, openDuck } from './duckdb.js';
import { judge, type Ratios, verdictText } from './guard.js';
import { datasetOf, fileOf, type Input, parquetOf } from './inputs.js';
import { queryTask, type RacedQuery } from './query-task.js';
import { startTimes } from './start.js';
import { type Task, taskSets, tasks } from './tasks.js';

interface Kept {
  readonly duckdb: string;
  readonly node: string;
  readonly ratios: Ratios;
}

const file = fileURLToPath(new URL('../../bench/results/quick.json', import.meta.url));
const rows = 1e6;
const memory = '2GB';
/** Both contenders run so often, and at least so long. */
const leastRounds = 7;
const leastSeconds = 1;
/** How often what seems slower is looked at again. */
const again = 3;

const { values: flags } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
const folder = mkdtempSync(join(tmpdir(), 'spillway-quick-'));
const session = new Session({ memory, tempDir: folder, workers: 0 });
const duck = await openDuck(':memory:', { threads: '1', memory_limit: memory, temp_directory: folder });
try {
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept;
  const version = await duck.text('select version()');
  if (kept.duckdb !== version)
    process.stdout.write(`kept ratios are to DuckDB ${kept.duckdb}, this is ${version}\n`);
  const races: QuickRace[] = [];
  const ratios: Record<string, number> = {};
  for (const task of wanted()) {
    const race = await raceOf(task, duck);
    races.push(race);
    ratios[race.name] = await race.ratio();
  }
  ratios.start = startRatio();
  const lostBy = (): string[] =>
    judge(kept.ratios, ratios)
      .filter(({ lost }) => lost)
      .map(({ task }) => task);
  for (let round = 0; round < again && lostBy().length > 0; round++) {
    for (const name of lostBy())
      ratios[name] =
        name === 'start'
          ? Math.max(ratios.start, startRatio())
          : await races.find((race) => race.name === name)!.ratio();
  }
  process.stdout.write(verdictText(judge(kept.ratios, ratios)));
  if (flags.update) keep({ duckdb: version, node: process.version, ratios });
  else if (lostBy().length > 0) process.exitCode = 1;
} finally {
  await session.close();
  duck.close();
  rmSync(folder, { recursive: true });
}

function wanted(): Task[] {
  const names = [...taskSets.group!, ...taskSets.join!, 'load', 'filter', 'sort', 'distinct', 'window'];
  return tasks.filter(({ name }) => names.includes(name));
}

interface QuickRace {
  readonly name: string;
  /** After more rounds: the least time of theirs in that of ours, over all rounds so far. */
  ratio(): Promise<number>;
}

async function raceOf(task: Task, rival: Duck): Promise<QuickRace> {
  const place = { rows, folder };
  const paths = new Map<Input, string>();
  for (const input of task.inputs) {
    paths.set(input, task.from === 'csv' ? fileOf(input, place) : await datasetOf(input, place));
    if (task.from === 'own')
      await rival.run(`create table if not exists "${input}" as from '${await parquetOf(input, place)}'`);
  }
  const named = (name: (input: Input) => string): string =>
    task.sql.replace(/\{(\w+)\}/g, (_, input: Input) => name(input));
  const query: RacedQuery = {
    name: task.name,
    inputs: task.inputs,
    ours: named((input) => `"${paths.get(input)!}"`),
    theirs: named((input) => (task.from === 'csv' ? `read_csv('${paths.get(input)!}')` : `"${input}"`)),
    checks: task.checks!,
    answer: task.published(rows),
    long: task.long || task.kind === 'load',
  };
  const sides = { session, duck: rival, folder, into: 'table' } as const;
  const { contenders } = queryTask(query, sides);
  const least = contenders.map(() => Number.POSITIVE_INFINITY);
  return {
    name: task.name,
    async ratio() {
      const start = performance.now();
      for (let round = 0; round < leastRounds || performance.now() - start < leastSeconds * 1000; round++) {
        const answers: string[] = [];
        for (const [i, { run }] of contenders.entries()) {
          const before = process.cpuUsage();
          const answerOf = await run();
          const { user, system } = process.cpuUsage(before);
          least[i] = Math.min(least[i]!, user + system);
          answers.push(await answerOf());
        }
        if (!sameAnswer(answers[0]!, answers[1]!))
          throw new Error(`${task.name}: ${answers[0]} and ${answers[1]} are not the same`);
      }
      return least[1]! / least[0]!;
    },
  };
}

/** How much of the time of `head` over a file an empty Node.js takes. */
function startRatio(): number {
  return 1 / startTimes(fileOf('group', { rows, folder }), 11).at(-1)!.ratio;
}

function keep(what: Kept): void {
  const ratios = Object.fromEntries(
    Object.entries(what.ratios).map(([task, ratio]) => [task, Number(ratio.toFixed(3))]),
  );
  writeFileSync(file, `${JSON.stringify({ ...what, ratios }, null, 1)}\n`);
}
