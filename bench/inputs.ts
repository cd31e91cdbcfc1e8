/** The tables of the benches: the files they come in, and Spillway's and DuckDB's own forms beside them; made once. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { Session } from '../lib/index.js';
import { type Duck, openDuck } from './duckdb.js';
import { groupFile } from './group-data.js';
import { type JoinFiles, joinFiles } from './join-data.js';
import { type TpchTable, tpchFile, tpchTables } from './tpch.js';

/** The group-by table, the tables of the join, and those of TPC-H. */
export type Input = 'group' | keyof JoinFiles | TpchTable;

export interface DataPlace {
  /** Of the group-by table and the left one of the join; of TPC-H its scale. */
  readonly rows: number;
  readonly folder: string;
  /** The interpreter beside which TPC-H's generator may be; null for none. */
  readonly python?: string | null;
}

/** The CSV file a table comes in. */
export function fileOf(input: Input, { rows, folder, python }: DataPlace): string {
  if (isTpch(input)) return tpchFile(input, rows, folder, python ?? null);
  return input === 'group' ? groupFile(rows, 100, folder) : joinFiles(rows, folder)[input];
}

/** The same path with another ending. */
export function pathOf(input: Input, ending: string, place: DataPlace): string {
  return fileOf(input, place).replace(/\.csv$/, ending);
}

function isTpch(input: Input): input is TpchTable {
  return tpchTables.some((table) => table === input);
}

export async function datasetOf(input: Input, place: DataPlace): Promise<string> {
  const path = pathOf(input, '_dataset/', place);
  if (existsSync(path)) return path;
  const session = new Session({ memory: '2GB', workers: 0 });
  await (await session.scan(fileOf(input, place))).write(path);
  await session.close();
  return path;
}

/** A database file with the table `data`. */
export function duckFileOf(input: Input, place: DataPlace): Promise<string> {
  return make(pathOf(input, '.duckdb', place), (path) =>
    withDuck(path, (duck) =>
      duck.run(`create table data as select * from read_csv('${fileOf(input, place)}')`),
    ),
  );
}

export function parquetOf(input: Input, place: DataPlace): Promise<string> {
  return make(pathOf(input, '.parquet', place), (path) =>
    withDuck(':memory:', (duck) =>
      duck.run(`copy (select * from read_csv('${fileOf(input, place)}')) to '${path}' (format parquet)`),
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
