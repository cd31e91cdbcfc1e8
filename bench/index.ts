/** The race: `npm run bench -- --help` says what can be asked for. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import { join, resolve } from 'node:path';
import { formatBytes, SpillwayError } from '../lib/errors.js';
import { engineKinds, type FoundEngine, findEngines, findPython, pythonVersion } from './engines/engines.js';
import { help, type Options, readOptions } from './options.js';
import { openOracle } from './oracle.js';
import { picture } from './picture.js';
import { cellText, reportText } from './report.js';
import type { Cell, Results } from './results.js';
import { runCell, type Size } from './run-cell.js';
import type { Task } from './tasks.js';

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${help}\n`);
  else if (options.report !== null)
    write(options.report.replace(/\.json$/, ''), JSON.parse(readFileSync(options.report, 'utf8')) as Results);
  else await run(options);
} catch (error) {
  if (!(error instanceof SpillwayError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}

/** Ours must be done, right and under its limit in every cell. */
async function run(options: Options): Promise<void> {
  const python = findPython(options.python);
  const engines = findEngines(options.engines ?? engineKinds.map(({ name }) => name), python);
  const data = resolve(options.folder);
  const place = { folder: data, scratch: join(data, `race-${process.pid}`), python };
  const oracle = openOracle(place);
  const cells: Cell[] = [];
  const results: Results = {
    date: `${new Date().toISOString().slice(0, 16)}Z`,
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memory: totalmem(),
      system: `${type()} ${release().split('-')[0]}`,
      node: process.version,
      python: python === null ? null : pythonVersion(python),
    },
    rounds: options.rounds,
    engines: engines.map(({ name, title, version, tasks }) => ({ name, title, version, tasks })),
    cells,
  };
  mkdirSync(options.output, { recursive: true });
  mkdirSync(data, { recursive: true });
  process.once('exit', () => rmSync(place.scratch, { recursive: true, force: true }));
  // Whoever leaves at once takes the engine's process along, which is done on exit.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const base = join(options.output, options.name);
  for (const [task, size] of matches(options)) {
    for (const engine of engines.filter((one) => takesPart(one, task, options))) {
      for (const limits of limitsOf(engine, options)) {
        let cell: Cell;
        try {
          cell = await runCell(task, size, engine, { ...options, ...limits }, place, oracle);
        } catch (error) {
          if (error instanceof SpillwayError || engine.name === 'spillway') throw error;
          // A rival without its tables does not end the race of the others.
          process.stderr.write(`${size.name} ${task.name}: ${(error as Error).message}\n`);
          continue;
        }
        cells.push(cell);
        tell(cell, engine);
        writeFileSync(`${base}.json`, `${JSON.stringify(results, null, 1)}\n`);
      }
    }
  }
  write(base, results);
  const ours = cells.filter(({ engine }) => engine === 'spillway');
  process.exitCode = ours.every(({ end, peak, memory }) => end === 'done' && peak <= memory) ? 0 : 1;
}

/** Small sizes first; rivals at the same task right after each other. */
function* matches({ tasks, sizes, scales }: Options): Generator<[Task, Size]> {
  const isTpch = ({ name }: Task): boolean => name.startsWith('tpch');
  for (const size of sizes) for (const task of tasks) if (!isTpch(task)) yield [task, size];
  for (const scale of scales) for (const task of tasks) if (isTpch(task)) yield [task, scale];
}

/** Those that only load a file into memory take no part where tables are held in an own form, and, unless asked for, the other way round. */
function takesPart({ tasks, name }: FoundEngine, task: Task, { engines }: Options): boolean {
  if (tasks !== null) return tasks.includes(task.name);
  return engines !== null || name === 'spillway' || !task.name.startsWith('csv-');
}

function* limitsOf(
  { name }: FoundEngine,
  { memory, budgets, threads }: Options,
): Generator<{ readonly memory: number; readonly threads: number }> {
  for (const limit of name === 'spillway' ? (budgets ?? memory) : memory)
    for (const count of threads) yield { memory: limit, threads: count };
}

function tell(cell: Cell, { title }: FoundEngine): void {
  const { task, size, threads, memory } = cell;
  process.stdout.write(
    `${size} ${task}, ${title}, ${formatBytes(memory)}, ${threads} thread${threads === 1 ? '' : 's'}: ${cellText(cell)}\n`,
  );
}

function write(base: string, results: Results): void {
  const drawing = picture(results);
  writeFileSync(`${base}.md`, reportText(results));
  if (drawing !== null) writeFileSync(`${base}.svg`, drawing);
  process.stdout.write(
    `\n${base.slice(base.lastIndexOf('/') + 1)}.md and .json are written${drawing === null ? '' : ', and the picture .svg'}\n`,
  );
}
