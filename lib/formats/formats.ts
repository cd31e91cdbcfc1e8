/** The table of formats. A format's module is loaded when it is first used: a CSV user pays nothing for Parquet. */
import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { usageError } from '../errors.js';
import type { Format } from './format.js';
import { isFolder } from './paths.js';

interface Row {
  /** With the dot, lower case. */
  readonly extensions: readonly string[];
  load(): Promise<Format>;
}

const table: Readonly<Record<string, Row>> = {
  csv: { extensions: ['.csv', '.tsv', '.txt'], load: async () => (await import('./csv.js')).csv },
  dataset: { extensions: [], load: async () => (await import('./dataset.js')).dataset },
  parquet: { extensions: ['.parquet', '.pq'], load: async () => (await import('./parquet.js')).parquet },
  arrow: {
    extensions: ['.arrow', '.feather', '.ipc', '.arrows'],
    load: async () => (await import('./arrow.js')).arrow,
  },
  ndjson: { extensions: ['.ndjson', '.jsonl'], load: async () => (await import('./ndjson.js')).ndjson },
  json: { extensions: ['.json'], load: async () => (await import('./json.js')).json },
  table: { extensions: [], load: async () => (await import('./table.js')).table },
  'one-row': { extensions: [], load: async () => (await import('./one-row.js')).oneRow },
};

/** Those that users may name. */
export const formatNames: readonly string[] = Object.keys(table).filter((name) => name !== 'one-row');

export async function formatNamed(name: string): Promise<Format> {
  const row = Object.hasOwn(table, name) ? table[name] : undefined;
  if (row === undefined)
    throw usageError(`there is no format "${name}"; known are ${formatNames.join(', ')}`);
  return row.load();
}

/**
 * The name of the format that a path's extension tells; a folder, or a name without an extension, is a dataset.
 * `flag` is how the user can say it.
 */
export function formatOf(path: string, flag: '--from' | '--to' = '--from'): string {
  if (path === '-') return 'csv';
  const extension = extname(path.replace(/\.gz$/i, '')).toLowerCase();
  for (const [name, row] of Object.entries(table)) if (row.extensions.includes(extension)) return name;
  if (isFolder(path) || (!existsSync(path) && (path.endsWith('/') || extension === ''))) return 'dataset';
  throw usageError(
    `cannot tell the format of ${path} from its name; say it with ${flag} (${formatNames.join(', ')})`,
  );
}
