/** The options of `npm run bench`; a bad one is one clear error. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { usageError } from '../lib/errors.js';
import { parseBytes } from '../lib/exec/budget.js';
import { engineKinds } from './engines/engines.js';
import { benchFolder } from './engines/rival.js';
import type { Size } from './run-cell.js';
import { type Task, taskSets, tasks } from './tasks.js';

export const help = `npm run bench -- [options]

Races Spillway with other engines: each task of each engine is a process of its own, under the same limits, and its answer
is checked. Writes NAME.json, NAME.md and, where files of several sizes were loaded, NAME.svg.

  --tasks LIST     race (the default), group, join, matrix, loading, tpch, or tasks of these, such as sort,q1,join-q5,tpch-q01
  --sizes LIST     of the CSV file: 10MB,100MB,0.5GB,5GB (0.5GB)
  --scales LIST    of TPC-H: 1,10 (1)
  --engines LIST   ${engineKinds.map(({ name }) => name).join(', ')}
                   (those that are there; npm's are installed into bench/node_modules)
  --memory LIST    the limit of each process (4GB)
  --budgets LIST   the limit of Spillway, where it is to be another than that of the others
  --threads LIST   of each engine; of Spillway workers, but one is the process itself (1)
  --rounds N       in one process; the first is cold (3)
  --timeout N      seconds for a process (1800)
  --folder PATH    where the data are, or are made (data)
  --python PATH    an interpreter with the engines of Python (python3, or SPILLWAY_BENCH_PYTHON)
  --name NAME      of the files with the results (the tasks)
  --output PATH    the folder for them (bench/results)
  --report FILE    runs nothing: writes table and picture again from results
  --help           prints this`;

export interface Options {
  readonly help: boolean;
  readonly report: string | null;
  readonly tasks: readonly Task[];
  readonly sizes: readonly Size[];
  readonly scales: readonly Size[];
  /** Null for all that are there. */
  readonly engines: readonly string[] | null;
  readonly memory: readonly number[];
  readonly budgets: readonly number[] | null;
  readonly threads: readonly number[];
  readonly rounds: number;
  readonly timeout: number;
  readonly folder: string;
  readonly python: string | undefined;
  readonly name: string;
  readonly output: string;
}

export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Options {
  const given = parsed(args);
  const names = list(given.tasks).flatMap(
    (name) =>
      taskSets[name] ?? [oneOf('task', name, [...tasks.map((task) => task.name), ...Object.keys(taskSets)])],
  );
  return {
    help: given.help,
    report: given.report ?? null,
    tasks: tasks.filter(({ name }) => names.includes(name)),
    sizes: list(given.sizes).map(sizeOf),
    scales: list(given.scales).map(scaleOf),
    engines: given.engines === undefined ? null : enginesOf(given.engines),
    memory: list(given.memory).map((text) => parseBytes(text, '--memory')),
    budgets:
      given.budgets === undefined ? null : list(given.budgets).map((text) => parseBytes(text, '--budgets')),
    threads: list(given.threads).map((text) => count('--threads', text)),
    rounds: count('--rounds', given.rounds),
    timeout: count('--timeout', given.timeout),
    folder: given.folder,
    python: given.python ?? env.SPILLWAY_BENCH_PYTHON,
    name: given.name ?? list(given.tasks).join('-'),
    output: given.output ?? join(benchFolder, 'results'),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        tasks: { type: 'string', default: 'race' },
        sizes: { type: 'string', default: '0.5GB' },
        scales: { type: 'string', default: '1' },
        engines: { type: 'string' },
        memory: { type: 'string', default: '4GB' },
        budgets: { type: 'string' },
        threads: { type: 'string', default: '1' },
        rounds: { type: 'string', default: '3' },
        timeout: { type: 'string', default: '1800' },
        folder: { type: 'string', default: 'data' },
        python: { type: 'string' },
        name: { type: 'string' },
        output: { type: 'string' },
        report: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw usageError(`${(error as Error).message.split('. ')[0]}; see --help`);
  }
}

/** In their own order, in which they stand in tables. */
function enginesOf(text: string): string[] {
  const known = engineKinds.map(({ name }) => name);
  const wanted = list(text).map((name) => oneOf('engine', name, known));
  return known.filter((name) => wanted.includes(name));
}

function list(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function oneOf(what: string, name: string, known: readonly string[]): string {
  if (known.includes(name)) return name;
  throw usageError(`there is no ${what} "${name}"; there are ${known.join(', ')}`);
}

function count(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw usageError(`${flag} is a whole number from 1 on, not "${text}"`);
}

/** Rows of db-benchmark's files have about 50 bytes: 0.5GB are ten million. */
function sizeOf(text: string): Size {
  const [, number, unit] = /^([\d.]+) *(MB|GB)$/i.exec(text) ?? [];
  const bytes = Number(number) * (unit?.toUpperCase() === 'GB' ? 1e9 : 1e6);
  const rows = bytes / 50;
  if (Number.isSafeInteger(rows) && rows >= 1e3) return { name: text, rows, bytes };
  throw usageError(`a size is like 10MB or 0.5GB, at least 0.05MB, not "${text}"`);
}

function scaleOf(text: string): Size {
  const scale = Number(text);
  if (scale > 0) return { name: `SF${text}`, rows: scale, bytes: scale * 1e9 };
  throw usageError(`a scale of TPC-H is a number such as 1 or 0.1, not "${text}"`);
}
