/**
 * Converting and filtering, in turns with a plain copy of the bytes that they read, and with DuckDB, which makes Parquet of
 * the CSV file: the newest that is there, Python's or that of Node.js.
 *
 *   node dist/bench/copying.js [--rows 1e8] [--memory 1GB] [--workers 2] [--rounds 3] [--folder data] [--python PATH]
 *
 * Each engine is a process of its own under the limit, its answer checked; a copy is not waited for until it is on the disk,
 * as a dataset is. What is read was read through before.
 */
import { copyFileSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parseBytes } from '../lib/exec/budget.js';
import { type FoundEngine, findEngines, findPython } from './engines/engines.js';
import { datasetOf, fileOf } from './inputs.js';
import { openOracle } from './oracle.js';
import { median } from './results.js';
import { filesAt, readThrough, runCell } from './run-cell.js';
import { convert, filter, type Task } from './tasks.js';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1e8' },
    memory: { type: 'string', default: '1GB' },
    workers: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string', default: 'data' },
    python: { type: 'string' },
  },
});

/** What is promised: of the time of a copy, and of DuckDB's. */
const most = { copies: 2, duckdb: 1 / 3 } as const;

const python = findPython(flags.python ?? process.env.SPILLWAY_BENCH_PYTHON);
const folder = resolve(flags.folder);
const scratch = join(folder, `copying-${process.pid}`);
const place = { folder, scratch, python };
const oracle = openOracle(place);
const rows = Number(flags.rows);
const limits = {
  threads: Number(flags.workers),
  memory: parseBytes(flags.memory, '--memory'),
  rounds: 1,
  timeout: 900,
};

mkdirSync(folder, { recursive: true });
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
const [ours, ...duckdbs] = findEngines(['spillway', 'duckdb-python', 'duckdb'], python);
const duckdb = duckdbs[0];
const csv = fileOf('group', { rows, folder });
const dataset = await datasetOf('group', { rows, folder });

print(
  `| task | ${Array.from({ length: Number(flags.rounds) }, (_, i) => `round ${i + 1}`).join(' | ')} | median |`,
);
print(`| --- |${' --- |'.repeat(Number(flags.rounds) + 1)}`);
const converted = await inTurns({
  'CSV copied': () => copied(csv),
  'CSV to a dataset': () => done(convert, ours!),
  ...(duckdb && { [`CSV to Parquet by ${duckdb.title} ${duckdb.version}`]: () => done(convert, duckdb) }),
});
const filtered = await inTurns({
  'dataset copied': () => copied(dataset),
  'dataset filtered to a dataset': () => done(filter, ours!),
});
verdict('CSV to a dataset / copied', converted[1]! / converted[0]!, most.copies);
verdict('dataset filtered / copied', filtered[1]! / filtered[0]!, most.copies);
if (duckdb) verdict('CSV to a dataset / to Parquet by DuckDB', converted[1]! / converted[2]!, most.duckdb);

/** The median seconds of each. */
async function inTurns(contenders: Record<string, () => number | Promise<number>>): Promise<number[]> {
  const seconds = Object.values(contenders).map((): number[] => []);
  for (let round = 0; round < Number(flags.rounds); round++)
    for (const [i, run] of Object.values(contenders).entries()) seconds[i]!.push(await run());
  return Object.keys(contenders).map((name, i) => {
    const middle = median(seconds[i]!);
    print(`| ${[name, ...[...seconds[i]!, middle].map((some) => `${some.toFixed(2)} s`)].join(' | ')} |`);
    return middle;
  });
}

function copied(path: string): number {
  readThrough(path);
  mkdirSync(scratch, { recursive: true });
  const start = performance.now();
  for (const file of filesAt(path)) copyFileSync(file, join(scratch, basename(file)));
  const seconds = (performance.now() - start) / 1000;
  rmSync(scratch, { recursive: true });
  return seconds;
}

async function done(task: Task, engine: FoundEngine): Promise<number> {
  const size = { name: `${rows} rows`, rows, bytes: statSync(csv).size };
  const { end, message, seconds } = await runCell(task, size, engine, limits, place, oracle);
  if (end !== 'done') throw new Error(`${engine.title}, ${task.name}: ${end}: ${message}`);
  return seconds[0]!;
}

function verdict(what: string, ratio: number, promised: number): void {
  print(`${what}: ${ratio.toFixed(2)}, promised ${promised.toFixed(2)} at most`);
  if (ratio > promised) process.exitCode = 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
