/** The tables of the benches in each engine's own form, beside the CSV files; made once, outside of any limit. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { Session } from '../lib/index.js';
import { type Duck, openDuck } from './duckdb.js';
import { groupFile } from './group-data.js';
import { type JoinFiles, joinFiles } from './join-data.js';

/** The group-by table, as CSV or in the engine's form, and the tables of the join. */
export type Input = 'csv' | 'group' | keyof JoinFiles;

export interface DataPlace {
  readonly rows: number;
  readonly folder: string;
}

export function csvOf(input: Input, { rows, folder }: DataPlace): string {
  if (input === 'csv' || input === 'group') return groupFile(rows, 100, folder);
  return joinFiles(rows, folder)[input];
}

/** The same path with another ending. */
export function pathOf(input: Input, ending: string, place: DataPlace): string {
  return csvOf(input, place).replace(/\.csv$/, ending);
}

export async function datasetOf(input: Input, place: DataPlace): Promise<string> {
  const path = pathOf(input, '_dataset/', place);
  if (existsSync(path)) return path;
  const session = new Session({ memory: '2GB', workers: 0 });
  await (await session.scan(csvOf(input, place))).write(path);
  await session.close();
  return path;
}

/** A database file with the table `data`. */
export function duckFileOf(input: Input, place: DataPlace): Promise<string> {
  return make(pathOf(input, '.duckdb', place), (path) =>
    withDuck(path, (duck) =>
      duck.run(`create table data as select * from read_csv('${csvOf(input, place)}')`),
    ),
  );
}

export function parquetOf(input: Input, place: DataPlace): Promise<string> {
  return make(pathOf(input, '.parquet', place), (path) =>
    withDuck(':memory:', (duck) =>
      duck.run(`copy (select * from read_csv('${csvOf(input, place)}')) to '${path}' (format parquet)`),
    ),
  );
}

export async function withDuck<T>(file: string, work: (duck: Duck) => Promise<T>): Promise<T> {
  const duck = await openDuck(file, {});
  try {
    return await work(duck);
  } finally {
    duck.close();
  }
}

/** A file whole or not at all. */
async function make(path: string, write: (partial: string) => Promise<void>): Promise<string> {
  if (existsSync(path)) return path;
  const partial = `${path}.partial`;
  rmSync(partial, { force: true });
  await write(partial);
  renameSync(partial, path);
  return path;
}
