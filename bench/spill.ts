/**
 * Speed where rows are held, against DuckDB with one thread in the same run, and how time follows size and budget. Each
 * part ends with a verdict on its target.
 *
 *   node dist/bench/spill.js held    [--rows 1e7 --memory 4GB --rounds 3]
 *   node dist/bench/spill.js spilled [--rows 1e8 --memory 1GB --rounds 1]
 *   node dist/bench/spill.js growth  [--sizes 1e6,1e7,1e8 --memory 512MB]
 *   node dist/bench/spill.js cliff   [--rows 1e7]
 *
 * One process against one thread. `--only "sort,q10,join q5"` takes some of the queries, `--folder` is where the files are.
 */
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes, SpillwayError } from '../lib/errors.js';
import { leastArenaBytes, memoryFor } from '../lib/exec/budget.js';
import { Session } from '../lib/index.js';
import { maxArenaBytes } from '../lib/memory/arena.js';
import { sumsText } from './answers.js';
import { openDuck } from './duckdb.js';
import { heldQueries, prepareOurs, prepareTheirs } from './held-queries.js';
import { type DataPlace, fileOf } from './inputs.js';
import { datasetSums, queryTask, type RacedQuery } from './query-task.js';
import { advantage, race, type Timing, table } from './race.js';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string' },
    sizes: { type: 'string', default: '1e6,1e7,1e8' },
    memory: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    folder: { type: 'string', default: 'data' },
  },
});
const parts: Readonly<Record<string, () => Promise<void>>> = { held, spilled, growth, cliff };
const folder = flags.folder;
const scratch = join(folder, 'spill-scratch');
const results: Record<string, unknown> = {};
let passed = true;

rmSync(scratch, { recursive: true, force: true });
mkdirSync(scratch, { recursive: true });
try {
  for (const name of positionals.length > 0 ? positionals : Object.keys(parts)) {
    const part = parts[name];
    if (part === undefined) throw new Error(`no part ${name}; there are ${Object.keys(parts).join(', ')}`);
    await part();
    writeFileSync(join(folder, `spill-${name}.json`), JSON.stringify(results[name], null, 2));
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = passed ? 0 : 1;

/** All in memory: no query slower than DuckDB over its own tables, and 1.8 times faster in the mean. */
async function held(): Promise<void> {
  const all = ['sort', 'join', ...Array.from({ length: 10 }, (_, i) => `q${i + 1}`)];
  const timings = await raceAll('held', all, { rows: '1e7', memory: '4GB', rounds: '3', into: 'table' });
  const slower = timings.filter((row) => ratio(row) < 1).map(([ours]) => ours!.task);
  verdict(slower.length === 0, `no query slower than DuckDB (slower: ${slower.join(', ') || 'none'})`);
  const mean = advantage(timings);
  verdict(mean >= 1.8, `1.8 times faster in the mean (${mean.toFixed(2)})`);
}

/** Far more than the memory: sort 2.5 times faster, joins twice in the mean, q6, q8 and q10 done. */
async function spilled(): Promise<void> {
  const all = ['sort', 'q6', 'q8', 'q10', 'join'];
  const timings = await raceAll('spilled', all, { rows: '1e8', memory: '1GB', rounds: '1', into: 'parquet' });
  const named = (start: string): Timing[][] => timings.filter(([ours]) => ours!.task.startsWith(start));
  for (const row of named('sort')) verdict(!(ratio(row) < 2.5), `sort 2.5 times faster (${ratioText(row)})`);
  for (const row of named('q')) verdict(true, `${row[0]!.task} is done (${ratioText(row)})`);
  const joins = named('join');
  if (joins.length === 0) return;
  const mean = advantage(joins);
  verdict(!(mean < 2), `joins twice as fast in the mean (${mean.toFixed(2)})`);
}

/** Ten times the rows take twelve times the time at most. */
async function growth(): Promise<void> {
  const sizes = flags.sizes.split(',').map(Number);
  const names = only(['sort', 'q6', 'q8', 'q10', 'join q5']);
  const memory = flags.memory ?? '512MB';
  print(
    `\nGrowth at ${memory}\n\n| query | ${sizes.map((rows) => `${rows.toExponential(0)} rows`).join(' | ')} | most for 10 times |`,
  );
  print(`|${' --- |'.repeat(sizes.length + 2)}`);
  const steps: number[] = [];
  const curves: Record<string, number[]> = {};
  for (const name of names) {
    const seconds: number[] = [];
    // What is compiled once is not the first size's fault.
    await timeOurs(name, { rows: sizes[0]!, folder }, memory);
    for (const rows of sizes) seconds.push((await timeOurs(name, { rows, folder }, memory)).seconds);
    // A step of any length counts as one of ten times the rows.
    const own = seconds
      .slice(1)
      .map((time, i) => (time / seconds[i]!) ** (1 / Math.log10(sizes[i + 1]! / sizes[i]!)));
    steps.push(...own);
    curves[name] = seconds;
    print(`| ${name} | ${seconds.map(secondsText).join(' | ')} | ${Math.max(...own).toFixed(1)} |`);
  }
  results.growth = { memory, sizes, curves };
  verdict(
    Math.max(...steps) <= 12,
    `ten times the rows take at most 12 times the time (${Math.max(...steps).toFixed(1)})`,
  );
}

/** Half of the memory takes at most three times the time, from where all fits down to a fiftieth of the data. */
async function cliff(): Promise<void> {
  const rows = Number(flags.rows ?? '1e7');
  const place = { rows, folder };
  const names = only(['sort', 'q8', 'q10', 'join q5']);
  const data = statSync(fileOf('group', place)).size;
  const budgets: number[] = [];
  for (let arena = Math.min(maxArenaBytes, data * 8); ; arena = Math.floor(arena / 2)) {
    budgets.push(Math.max(arena, leastArenaBytes));
    if (arena <= Math.max(data / 50, leastArenaBytes)) break;
  }
  print(
    `\nTime against budget, ${formatBytes(data)} of CSV; the process itself takes about 100 MB besides\n`,
  );
  print(
    `| for data | ${names.map((name) => `${name} | spilled`).join(' | ')} |\n|${' --- |'.repeat(names.length * 2 + 1)}`,
  );
  const curve: { readonly budget: number; readonly runs: readonly OwnRun[] }[] = [];
  for (const budget of budgets) {
    const runs: OwnRun[] = [];
    try {
      for (const name of names) runs.push(await timeOurs(name, place, memoryFor(budget)));
    } catch (error) {
      // Less than a query works with is refused before it begins: the curve ends here.
      if (!(error instanceof SpillwayError && error.code === 'memory')) throw error;
      print(`| ${formatBytes(budget)} | refused: ${error.message} |`);
      break;
    }
    curve.push({ budget, runs });
    const cells = runs.map(({ seconds, spilled }) => `${secondsText(seconds)} | ${formatBytes(spilled)}`);
    print(`| ${formatBytes(budget)} (1/${(data / budget).toFixed(1)}) | ${cells.join(' | ')} |`);
  }
  results.cliff = { rows, data, names, curve };
  const steps = curve
    .slice(1)
    .flatMap(({ runs }, i) => runs.map(({ seconds }, query) => seconds / curve[i]!.runs[query]!.seconds));
  verdict(
    Math.max(...steps) <= 3,
    `half of the memory takes at most 3 times the time (${Math.max(...steps).toFixed(2)})`,
  );
}

interface Defaults {
  readonly rows: string;
  readonly memory: string;
  readonly rounds: string;
  readonly into: 'table' | 'parquet';
}

async function raceAll(part: string, names: readonly string[], defaults: Defaults): Promise<Timing[][]> {
  const rows = Number(flags.rows ?? defaults.rows);
  const memory = flags.memory ?? defaults.memory;
  const rounds = Number(flags.rounds ?? defaults.rounds);
  const place = { rows, folder };
  const queries = heldQueries(only(names), place);
  await prepareOurs(queries, place);
  const session = new Session({ memory, tempDir: scratch, workers: 0 });
  const duck = await openDuck(':memory:', { threads: '1', memory_limit: memory, temp_directory: scratch });
  for (const statement of await prepareTheirs(queries, place)) await duck.run(statement);
  print(
    `\n${rows.toExponential(0)} rows, ${memory}, ${rounds} rounds, DuckDB ${await duck.text('select version()')}\n`,
  );
  const timings: Timing[][] = [];
  for (const query of queries) {
    timings.push(
      await race(queryTask(query, { session, duck, folder: scratch, into: defaults.into }), rounds),
    );
    process.stderr.write(
      `${query.name}: ${timings
        .at(-1)!
        .map(({ median }) => secondsText(median))
        .join(', ')}\n`,
    );
  }
  print(table(timings));
  results[part] = timings;
  await session.close();
  duck.close();
  return timings;
}

interface OwnRun {
  readonly seconds: number;
  readonly spilled: number;
}

/** One query by ours, in a session of its own, into a dataset; its answer is checked where it is known. */
async function timeOurs(name: string, place: DataPlace, memory: string | number): Promise<OwnRun> {
  const [query] = heldQueries([name], place) as [RacedQuery];
  await prepareOurs([query], place);
  const output = join(scratch, 'answer/');
  const session = new Session({ memory, tempDir: scratch, workers: 0 });
  const start = performance.now();
  await (await session.sql(query.ours)).write(output, { overwrite: true });
  const seconds = (performance.now() - start) / 1000;
  const { spilledBytes } = session.stats;
  const answer = sumsText(await datasetSums(session, output, query.checks));
  await session.close();
  if (query.answer !== null && answer !== query.answer)
    throw new Error(`${query.name} with ${memory}: ${answer} instead of ${query.answer}`);
  return { seconds, spilled: spilledBytes };
}

function only(names: readonly string[]): readonly string[] {
  return flags.only?.split(',') ?? names;
}

/** How many times faster ours is; NaN where DuckDB failed. */
function ratio([ours, theirs]: readonly Timing[]): number {
  return theirs!.median / ours!.median;
}

function ratioText(row: readonly Timing[]): string {
  return row[1]!.failed === null ? ratio(row).toFixed(2) : `DuckDB: ${row[1]!.failed}`;
}

function secondsText(seconds: number): string {
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

function verdict(good: boolean, target: string): void {
  passed &&= good;
  print(`${good ? 'PASS' : 'FAIL'}: ${target}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
