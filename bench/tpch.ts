/** TPC-H: the queries that the tests hold too, over tables made by `tpchgen-cli`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { usageError } from '../lib/errors.js';
import type { Task } from './tasks.js';

export const tpchTables = [
  'region',
  'nation',
  'supplier',
  'customer',
  'part',
  'partsupp',
  'orders',
  'lineitem',
] as const;

export type TpchTable = (typeof tpchTables)[number];

const folder = fileURLToPath(new URL('../../test/sql/tpch', import.meta.url));

export const tpchTasks: readonly Task[] = readdirSync(folder)
  .filter((name) => name.endsWith('.sql'))
  .sort()
  .map((file) => {
    const sql = named(readFileSync(join(folder, file), 'utf8'));
    return {
      name: `tpch-${file.replace('.sql', '')}`,
      kind: 'query',
      inputs: tpchTables.filter((table) => sql.includes(`{${table}}`)),
      from: 'own',
      sql,
      checks: null,
      long: false,
      sorted: false,
      published: () => null,
    };
  });

/** Tables of `from` and `join` in braces, under their own names where they have no other. */
function named(sql: string): string {
  const table = new RegExp(
    `(?<=\\b(?:from|join) (?:[\\w ]+, )*)(${tpchTables.join('|')})\\b( [a-z]\\d\\b)?`,
    'g',
  );
  return sql.replace(table, (_, name: string, alias?: string) => `{${name}} as ${alias?.trim() ?? name}`);
}

/**
 * The path of a table at a scale as CSV, all of them made if it is not there. CSV, as amounts are doubles there for every
 * engine: ours does not compute with decimals.
 */
export function tpchFile(table: TpchTable, scale: number, data: string, python: string | null): string {
  const home = join(data, `tpch_${scale}`);
  if (!existsSync(home)) {
    const partial = `${home}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { recursive: true });
    const beside = python === null ? 'tpchgen-cli' : join(dirname(python), 'tpchgen-cli');
    const program = existsSync(beside) ? beside : 'tpchgen-cli';
    process.stderr.write(`making ${home} ...\n`);
    const made = spawnSync(program, ['csv', '-s', String(scale), '--output-dir', partial], {
      encoding: 'utf8',
    });
    if (made.status !== 0) {
      const why = made.error?.message ?? made.stderr.trim().split('\n').at(-1);
      throw usageError(
        `no TPC-H tables: ${why}; pip install tpchgen-cli, and name that Python with --python`,
      );
    }
    renameSync(partial, home);
  }
  return join(home, `${table}.csv`);
}
