/** The engines of bench/memory.ts: how each keeps its inputs, is started for a task, and has its answer read. */
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Session } from '../lib/index.js';
import { csvOf, datasetOf, duckFileOf, type Input, parquetOf, pathOf, withDuck } from './inputs.js';
import type { MatrixTask } from './matrix-tasks.js';
import { checksSql, datasetSums } from './query-task.js';

export interface Engine {
  readonly name: string;
  /** Makes what the task reads, in the engine's own form, outside of the limit; kept for the next time. */
  prepare(task: MatrixTask): Promise<void>;
  /** `limit` is in bytes. */
  command(task: MatrixTask, limit: number): readonly string[];
  /** Rows of the answer, then the sums of its columns that are checked. */
  sums(task: MatrixTask): Promise<number[]>;
}

export interface Place {
  readonly rows: number;
  /** For inputs, which stay. */
  readonly folder: string;
  /** For answers and temporary files, which go. */
  readonly scratch: string;
}

/** The part of the limit that DuckDB may take for its buffers; the rest is for Node and what it does not count. */
const duckPart = 0.7;

export function spillway(place: Place): Engine {
  const cli = fileURLToPath(new URL('../cli/index.js', import.meta.url));
  const output = `${place.scratch}/answer/`;
  const path = (input: Input): string =>
    input === 'csv' ? csvOf(input, place) : pathOf(input, '_dataset/', place);
  return {
    name: 'Spillway',
    async prepare({ inputs }) {
      for (const input of inputs) await (input === 'csv' ? csvOf : datasetOf)(input, place);
    },
    command(task, limit) {
      const flags = ['--memory', String(limit), '--temp-dir', place.scratch, '--stats', '--no-progress'];
      const query = task.sql(...task.inputs.map((input) => `"${path(input)}"`));
      const work = task.name === 'convert' ? ['convert', path('csv'), output] : ['sql', query, output];
      return [process.execPath, cli, ...work, '--overwrite', ...flags];
    },
    async sums({ checks, sorted }) {
      const session = new Session({ memory: '2GB', workers: 0 });
      try {
        if (sorted) await checkOrder(session, output);
        return await datasetSums(session, output, checks);
      } finally {
        await session.close();
        rmSync(output, { recursive: true, force: true });
      }
    },
  };
}

export function duckdb(place: Place): Engine {
  const child = fileURLToPath(new URL('./duck-child.js', import.meta.url));
  const output = `${place.scratch}/answer.parquet`;
  return {
    name: 'DuckDB',
    async prepare({ inputs }) {
      for (const input of inputs) await (input === 'csv' ? csvOf : duckFileOf)(input, place);
    },
    command(task, limit) {
      const settings = {
        file: ':memory:',
        threads: '1',
        memory_limit: `${Math.floor((limit * duckPart) / 1e6)}MB`,
        temp_directory: place.scratch,
        // Its own advice where memory is short; `order by` is kept all the same.
        preserve_insertion_order: 'false',
      };
      const attached = task.inputs
        .filter((input) => input !== 'csv')
        .map((input) => `attach '${pathOf(input, '.duckdb', place)}' as ${input}_file (read_only); `);
      const tables = task.inputs.map((input) =>
        input === 'csv' ? `read_csv('${csvOf(input, place)}')` : `${input}_file.data`,
      );
      const statement = `${attached.join('')}copy (${task.sql(...tables)}) to '${output}' (format parquet)`;
      return [process.execPath, child, JSON.stringify(settings), statement];
    },
    sums: ({ checks }) => parquetSums(output, checks),
  };
}

/** `python` is the interpreter that has Polars. */
export function polars(place: Place, python: string): Engine {
  const script = resolve('bench/polars-task.py');
  const output = `${place.scratch}/answer.parquet`;
  const path = (input: Input): string =>
    input === 'csv' ? csvOf(input, place) : pathOf(input, '.parquet', place);
  return {
    name: 'Polars',
    async prepare({ inputs }) {
      for (const input of inputs) await (input === 'csv' ? csvOf : parquetOf)(input, place);
    },
    command: (task) => [
      ...['env', 'POLARS_MAX_THREADS=1', `POLARS_TEMP_DIR=${place.scratch}`],
      ...[python, script, task.name, ...task.inputs.map(path), output],
    ],
    sums: ({ checks }) => parquetSums(output, checks),
  };
}

async function parquetSums(path: string, checks: readonly string[]): Promise<number[]> {
  const sums = await withDuck(':memory:', (duck) =>
    duck.numbers(`select ${checksSql(checks)} from '${path}'`),
  );
  rmSync(path, { force: true });
  return sums;
}

/** Is the answer in the order of id3 and v3? */
async function checkOrder(session: Session, path: string): Promise<void> {
  let lastId = Number.NEGATIVE_INFINITY;
  let lastValue = 0;
  for await (const batch of (await session.scan(path)).select('id3', 'v3').batches()) {
    const ids = batch.getChild('id3')!;
    const values = batch.getChild('v3')!.toArray() as Float64Array;
    for (let i = 0; i < values.length; i++) {
      const id = Number((ids.get(i) as string).slice(2));
      const value = values[i]!;
      if (id < lastId || (id === lastId && value < lastValue)) throw new Error('the rows are not sorted');
      lastId = id;
      lastValue = value;
    }
  }
}
