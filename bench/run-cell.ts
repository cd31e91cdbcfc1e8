/** One task by one engine, in a process of its own under its limit; its answer is checked before its time counts. */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sameAnswer, sumsText } from './answers.js';
import { type LimitedRun, runLimited } from './control-group.js';
import type { Answer, Ask } from './engines/engine.js';
import { commandOf, type FoundEngine } from './engines/engines.js';
import { fileOf, type Input, parquetOf, pathOf } from './inputs.js';
import type { Oracle } from './oracle.js';
import type { Cell } from './results.js';
import type { Task } from './tasks.js';

/** Where a table is, and how large it is. */
export interface Size {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface Place {
  /** For inputs, which stay. */
  readonly folder: string;
  /** For answers and temporary files, which go. */
  readonly scratch: string;
  readonly python: string | null;
}

export interface Limits {
  readonly threads: number;
  readonly memory: number;
  readonly rounds: number;
  /** Of the whole process, in seconds. */
  readonly timeout: number;
}

/** What an engine's process says, line by line. */
interface Said {
  readonly started?: number;
  readonly seconds?: number;
  readonly cpu?: number;
  readonly answer?: Answer;
  readonly spilled?: number | null;
}

export async function runCell(
  task: Task,
  size: Size,
  engine: FoundEngine,
  limits: Limits,
  place: Place,
  oracle: Oracle,
): Promise<Cell> {
  const inputs = await inputsOf(task, size, engine, place);
  const expected = await oracle.answer(task, size.rows);
  for (const path of Object.values(inputs)) readThrough(path);
  const run = await runAsk(engine, askOf(task, inputs, place), limits, place);
  const said = linesOf(run);
  const answer = said.find((line) => line.answer !== undefined)?.answer;
  const timed = said.filter((line) => line.seconds !== undefined);
  const cell = {
    task: task.name,
    size: size.name,
    bytes: size.bytes,
    engine: engine.name,
    threads: limits.threads,
    memory: limits.memory,
    enforced: run.grouped,
    seconds: timed.map((line) => line.seconds!),
    cpu: timed.map((line) => line.cpu!),
    started: said.find((line) => line.started !== undefined)?.started ?? null,
    peak: run.peak,
    spilled: said.find((line) => line.spilled != null)?.spilled ?? run.temporary,
    lasted: run.seconds,
  };
  if (run.exit !== 0 || answer === undefined) return { ...cell, ...whyEnded(run) };
  try {
    const got = sumsText('sums' in answer ? answer.sums : await oracle.sumsOf(answer.file, task));
    if (sameAnswer(got, expected)) return { ...cell, end: 'done', message: null };
    return { ...cell, end: 'wrong', message: `${got} instead of ${expected}` };
  } catch (error) {
    return { ...cell, end: 'wrong', message: (error as Error).message };
  } finally {
    rmSync(place.scratch, { recursive: true, force: true });
  }
}

/**
 * Reads a file, or all of a folder, so that who comes first does not wait for the disk where others find what the system
 * keeps of it.
 */
export function readThrough(path: string): void {
  const buffer = Buffer.allocUnsafe(2 ** 22);
  for (const name of filesAt(path)) {
    const file = openSync(name, 'r');
    try {
      while (readSync(file, buffer) > 0);
    } finally {
      closeSync(file);
    }
  }
}

/** The file itself, or those of a folder. */
export const filesAt = (path: string): string[] =>
  statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path];

/** The paths of what a task reads; own forms are made where they are not there, by the engine itself, outside of limits. */
async function inputsOf(
  task: Task,
  { rows }: Size,
  engine: FoundEngine,
  place: Place,
): Promise<Record<string, string>> {
  const at = { ...place, rows };
  const paths: Record<string, string> = {};
  for (const input of task.inputs) {
    if (task.from === 'csv') paths[input] = fileOf(input, at);
    else if (task.from === 'parquet' || engine.form === '.parquet') paths[input] = await parquetOf(input, at);
    else paths[input] = await ownForm(input, rows, engine, place);
  }
  return paths;
}

async function ownForm(input: Input, rows: number, engine: FoundEngine, place: Place): Promise<string> {
  const file = fileOf(input, { ...place, rows });
  const path = pathOf(input, engine.form!, { ...place, rows });
  if (existsSync(path)) return path;
  process.stderr.write(`making ${path} ...\n`);
  const ask = {
    task: 'load',
    kind: 'load',
    inputs: { file },
    sql: 'select * from {file}',
    checks: [],
    output: pathOf(input, '', { ...place, rows }),
  } as const;
  const run = await runAsk(engine, ask, { threads: 1, memory: 4 * 2 ** 30, rounds: 1, timeout: 7200 }, place);
  if (run.exit === 0) return path;
  rmSync(path, { recursive: true, force: true });
  throw new Error(`${engine.title} cannot load ${file}: ${whyEnded(run).message}`);
}

function askOf(task: Task, inputs: Record<string, string>, { scratch }: Place): Ask {
  const { kind, sql, checks, long } = task;
  const output = long || kind === 'load' ? join(scratch, 'answer', 'answer') : null;
  return { task: task.name, kind, inputs, sql, checks, output };
}

async function runAsk(
  engine: FoundEngine,
  ask: Ask,
  { threads, memory, rounds, timeout }: Limits,
  { scratch, python }: Place,
): Promise<LimitedRun & { temporary: number }> {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  let temporary = 0;
  const watch = setInterval(() => {
    temporary = Math.max(temporary, temporaryBytes(scratch));
  }, 200);
  const command = commandOf(engine, python, { ask, setting: { threads, memory, scratch }, rounds });
  const run = await runLimited(command, memory, timeout);
  clearInterval(watch);
  return { ...run, temporary };
}

function linesOf({ stdout }: LimitedRun): Said[] {
  return Array.from(stdout.matchAll(/^bench (\{.*\})$/gm), ([, json]) => JSON.parse(json!) as Said);
}

/** Says whether it was memory that it died of: killed by the kernel, refused by V8, or told so by the engine. */
export function whyEnded(run: Omit<LimitedRun, 'stdout'>): Pick<Cell, 'end' | 'message'> {
  const lines = run.stderr.trim().split('\n');
  const message = (lines.find((line) => /memory|too long|longer than/i.test(line)) ?? lines.at(-1)!).slice(
    0,
    200,
  );
  if (run.timedOut) return { end: 'timeout', message: null };
  if (run.starved) return { end: 'out of memory', message: 'killed by the system' };
  if (
    /heap out of memory|out of memory|memory limit|MEMORY_LIMIT|cannot allocate|OutOfMemory|budget/i.test(
      run.stderr,
    )
  )
    return { end: 'out of memory', message };
  return { end: 'failed', message: run.signal === null ? message : `${run.signal}: ${message}` };
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
