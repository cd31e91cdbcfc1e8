/** DuckDB in Node.js: its own database files, attached; long answers to Parquet. */
import { rmSync } from 'node:fs';
import { columnChecks } from '../duckdb.js';
import { checksSql } from '../query-task.js';
import { type Ask, type Engine, filled, type Setting, type Started } from './engine.js';
import { rival, rivalVersion } from './rival.js';

const name = '@duckdb/node-api';

/** The part of the memory that it may take for its buffers; the rest is for Node and what it does not count. */
const bufferPart = 0.7;

export const engine: Engine = { version: rivalVersion(name), tasks: null, start };

async function start(ask: Ask, { threads, memory, scratch }: Setting): Promise<Started> {
  const { DuckDBInstance } = await rival<typeof import('@duckdb/node-api')>(name);
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${Math.floor((memory * bufferPart) / 1e6)}MB`,
    temp_directory: scratch,
    // Its own advice where memory is short; `order by` is kept all the same.
    preserve_insertion_order: 'false',
  });
  const connection = await instance.connect();
  for (const [table, path] of Object.entries(ask.inputs))
    if (path.endsWith('.duckdb')) await connection.run(`attach '${path}' as ${table}_file (read_only)`);
  const query = filled(ask, (path, table) => (path.endsWith('.duckdb') ? `${table}_file.data` : `'${path}'`));
  const loaded = `${ask.output}.duckdb`;
  const numbers = async (sql: string): Promise<number[]> =>
    (await connection.runAndReadAll(sql)).getRows()[0]!.map(Number);
  return {
    async run() {
      if (ask.kind === 'load') {
        rmSync(loaded, { force: true });
        await connection.run(`attach '${loaded}' as loaded`);
        await connection.run(`create table loaded.data as ${query}`);
        await connection.run('checkpoint loaded');
        return async () => {
          const sums = ask.checks && (await numbers(`select ${checksSql(ask.checks)} from loaded.data`));
          await connection.run('detach loaded');
          return { sums: sums ?? [] };
        };
      }
      if (ask.output !== null) {
        const file = `${ask.output}.parquet`;
        await connection.run(`copy (${query}) to '${file}' (format parquet)`);
        return async () => ({ file });
      }
      await connection.run(`create or replace temp table answer as ${query}`);
      return async () => {
        const columns = await connection.runAndReadAll('describe answer');
        const checks = ask.checks ?? columnChecks(columns.getRows() as [string, string][]);
        return { sums: await numbers(`select ${checksSql(checks)} from answer`) };
      };
    },
    async stop() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
