/** The right answers: published ones, else those of DuckDB without limits, kept beside the data. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Session } from '../lib/index.js';
import { sumsText } from './answers.js';
import { columnChecks, type Duck } from './duckdb.js';
import { parquetOf, withDuck } from './inputs.js';
import { checksSql, datasetSums } from './query-task.js';
import type { Task } from './tasks.js';

export interface Oracle {
  /** Of a task over tables of so many rows, or of that scale. */
  answer(task: Task, rows: number): Promise<string>;
  /** The sums of an answer that is in a file. Throws where it is not in the order it must have. */
  sumsOf(file: string, task: Task): Promise<readonly number[]>;
}

export function openOracle(place: { readonly folder: string; readonly python: string | null }): Oracle {
  const path = join(place.folder, 'answers.json');
  const known: Record<string, string> = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  return {
    async answer(task, rows) {
      // What is published for TPC-H is for other parameters of the generator.
      const key = `${task.name} ${rows}`;
      known[key] ??= task.published(rows) ?? sumsText(await asked(task, rows));
      writeFileSync(path, JSON.stringify(known, null, 2));
      return known[key];
    },
    sumsOf: (file, task) => (file.endsWith('/') ? inDataset(file, task) : inParquet(file, task)),
  };

  async function asked(task: Task, rows: number): Promise<number[]> {
    const paths: Record<string, string> = {};
    for (const input of task.inputs) paths[input] = await parquetOf(input, { ...place, rows });
    const sql = task.sql.replace(/\{(\w+)\}/g, (_, name: string) => `'${paths[name]}'`);
    return withDuck(':memory:', async (duck) => {
      const checks = task.checks ?? columnChecks(await duck.columns(sql));
      return duck.numbers(`select ${checksSql(checks)} from (${sql}) as answer`);
    });
  }
}

async function inDataset(folder: string, { checks, sorted }: Task): Promise<number[]> {
  const session = new Session({ memory: '2GB', workers: 0 });
  try {
    if (sorted) await checkOrder(session, folder);
    return await datasetSums(session, folder, checks!);
  } finally {
    await session.close();
  }
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

/** A file, or a folder of files whose names are in their order. */
function inParquet(path: string, { checks, sorted }: Task): Promise<number[]> {
  const files = statSync(path).isDirectory() ? `${path}/*.parquet` : path;
  return withDuck(':memory:', async (duck) => {
    if (sorted) await checkFileOrder(duck, files);
    return duck.numbers(`select ${checksSql(checks!)} from '${files}'`);
  });
}

async function checkFileOrder(duck: Duck, files: string): Promise<void> {
  const before = 'lag(id3) over () as last_id, lag(v3) over () as last_value';
  const wrong = 'id3 < last_id or (id3 = last_id and v3 < last_value)';
  const [count] = await duck.numbers(
    `select count(*) from (select id3, v3, ${before} from '${files}') as rows where ${wrong}`,
  );
  if (count !== 0) throw new Error('the rows are not sorted');
}
