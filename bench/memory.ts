/**
 * The memory promise: a matrix of tasks and limits, each cell a process of its own inside a control group of that size
 * (or watched, where the system lets us make none), its answer checked; beside DuckDB with one thread and Polars,
 * each with its own files and the same limit.
 *
 *   node dist/bench/memory.js --rows 1e8 --limits 256MB,512MB,1GB --engines spillway,duckdb,polars \
 *     --python venv/bin/python [--tasks sort,q10] [--timeout 1800] [--folder data]
 *
 * A cell is: seconds, peak resident memory, bytes spilled (of DuckDB: the most its temporary files took at once).
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes } from '../lib/errors.js';
import { parseBytes } from '../lib/exec/budget.js';
import { sumsText } from './answers.js';
import { runLimited } from './control-group.js';
import { type MatrixTask, matrixTasks } from './matrix-tasks.js';
import { duckdb, type Engine, polars, spillway } from './memory-engines.js';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string', default: '1e7' },
    limits: { type: 'string', default: '256MB,512MB,1GB' },
    tasks: { type: 'string', default: matrixTasks.map(({ name }) => name).join(',') },
    engines: { type: 'string', default: 'spillway,duckdb,polars' },
    python: { type: 'string', default: 'python3' },
    timeout: { type: 'string', default: '1800' },
    folder: { type: 'string', default: 'data' },
  },
});

interface Cell {
  readonly task: string;
  readonly limit: number;
  readonly engine: string;
  readonly seconds: number;
  readonly peak: number;
  readonly spilled: number;
  /** Did the kernel enforce the limit? */
  readonly enforced: boolean;
  /** What ended it before its time: killed, timeout, an error; null if it came to its end. */
  readonly failed: string | null;
  readonly answer: string | null;
}

const rows = Number(flags.rows);
const folder = resolve(flags.folder);
const scratch = join(folder, 'memory-scratch');
const place = { rows, folder, scratch };
const limits = flags.limits.split(',').map((limit) => parseBytes(limit));
const tasks = matrixTasks.filter(({ name }) => flags.tasks.split(',').includes(name));
const engines = flags.engines.split(',').flatMap(engineNamed);

const cells: Cell[] = [];
print(`${flags.rows} rows; a cell is seconds / peak memory / spilled\n`);
const columns = ['task', 'limit', ...engines.map(({ name }) => name), 'answer'];
print(`| ${columns.join(' | ')} |\n|${' --- |'.repeat(columns.length)}`);
for (const task of tasks) {
  for (const engine of engines) await engine.prepare(task);
  for (const limit of limits) {
    const row: Cell[] = [];
    for (const engine of engines) row.push(await runCell(task, limit, engine));
    cells.push(...row);
    const known = task.answer(rows) ?? agreedAnswer(task);
    const texts = row.map((cell) => cellText(cell, known));
    print(`| ${task.name} | ${formatBytes(limit)} | ${texts.join(' | ')} | ${known ?? 'not known'} |`);
  }
}
rmSync(scratch, { recursive: true, force: true });
writeFileSync(join(folder, `memory-${flags.rows}.json`), JSON.stringify(cells, null, 2));
for (const { name } of engines) {
  const own = cells.filter(({ engine }) => engine === name);
  print(
    `\n${name}: ${own.filter(isGood).length} of ${own.length} cells complete, right and under their limit`,
  );
}
process.exitCode = cells.every((cell) => cell.engine !== 'Spillway' || isGood(cell)) ? 0 : 1;

async function runCell(task: MatrixTask, limit: number, engine: Engine): Promise<Cell> {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  let temporary = 0;
  const watch = setInterval(() => {
    temporary = Math.max(temporary, temporaryBytes(scratch));
  }, 200);
  const run = await runLimited(engine.command(task, limit), limit, Number(flags.timeout));
  clearInterval(watch);
  const stats = /^\{.*\}$/m.exec(run.stderr)?.[0];
  const told =
    stats === undefined ? {} : (JSON.parse(stats) as { spilledBytes?: number; peakMemory?: number });
  const cell = {
    task: task.name,
    limit,
    engine: engine.name,
    seconds: run.seconds,
    peak: Math.max(run.peak, told.peakMemory ?? 0),
    spilled: told.spilledBytes ?? temporary,
    enforced: run.grouped,
  };
  if (run.exit !== 0) return { ...cell, failed: whyEnded(run), answer: null };
  try {
    return { ...cell, failed: null, answer: sumsText(await engine.sums(task)) };
  } catch (error) {
    return { ...cell, failed: `unreadable answer: ${(error as Error).message}`, answer: null };
  }
}

function whyEnded(run: Awaited<ReturnType<typeof runLimited>>): string {
  if (run.timedOut) return 'timeout';
  if (run.signal !== null) return `killed (${run.signal})`;
  // Ours is one line, with an excerpt below it; Python's comes last.
  const message = /^spillway: .*$/m.exec(run.stderr)?.[0] ?? run.stderr.trim().split('\n').at(-1)!;
  return /out of memory/i.test(message) ? 'out of memory' : `exit ${run.exit}: ${message.slice(0, 200)}`;
}

/** What all engines that came to an end say; null if none did, or they do not agree. */
function agreedAnswer(task: MatrixTask): string | null {
  const own = cells.filter((cell) => cell.task === task.name && cell.answer !== null);
  const answers = new Set(own.map(({ answer }) => answer!));
  const voices = new Set(own.map(({ engine }) => engine));
  return answers.size === 1 && voices.size > 1 ? [...answers][0]! : null;
}

/** Complete, right where that is known, and under the limit. */
function isGood(cell: Cell): boolean {
  const task = matrixTasks.find(({ name }) => name === cell.task)!;
  const known = task.answer(rows) ?? agreedAnswer(task);
  return cell.failed === null && cell.peak <= cell.limit && (known === null || cell.answer === known);
}

function cellText(cell: Cell, known: string | null): string {
  const { seconds, peak, spilled, failed, answer, enforced } = cell;
  if (failed !== null) return `**${failed}** after ${seconds.toFixed(1)} s`;
  const marks = [
    peak > cell.limit ? ' **over the limit**' : '',
    known !== null && answer !== known ? ` **wrong: ${answer}**` : '',
    enforced ? '' : ' (limit not enforced)',
  ];
  return `${seconds.toFixed(1)} s / ${formatBytes(peak)} / ${formatBytes(spilled)}${marks.join('')}`;
}

/** Of the files that are there now, answers apart. */
function temporaryBytes(path: string): number {
  let sum = 0;
  try {
    for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
      const file = join(entry.parentPath ?? entry.path, entry.name);
      if (entry.isFile() && !file.includes('answer')) sum += statSync(file).size;
    }
  } catch {
    // Files come and go while they are counted.
  }
  return sum;
}

function engineNamed(name: string): Engine[] {
  if (name === 'spillway') return [spillway(place)];
  if (name === 'duckdb') return [duckdb(place)];
  if (name !== 'polars') throw new Error(`no engine ${name}`);
  if (spawnSync(flags.python, ['-c', 'import polars']).status === 0) return [polars(place, flags.python)];
  process.stderr.write(`${flags.python} has no Polars; name one that has with --python\n`);
  return [];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
