/** Processes as the system knows them, and the jobs that are disturbed. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Session, SessionOptions } from '../../lib/index.js';

export interface Place {
  readonly folder: string;
  readonly temp: string;
}

export const dataOf = ({ folder }: Place): string => join(folder, 'rows.csv');
export const otherOf = ({ folder }: Place): string => join(folder, 'other.csv');
/** The same rows as those of `dataOf`, as a dataset of many chunks: their tasks can be halved. */
export const datasetOf = ({ folder }: Place): string => join(folder, 'rows');

/** Small parts of small files, so that there are many tasks of every kind. */
export const options = ({ temp }: Place): SessionOptions => ({
  memory: '400MB',
  workers: 2,
  splitBytes: '384KB',
  tempDir: temp,
});

/** Queries whose answers have one order, and only sums that are the same in any order. */
const queries: Readonly<Record<string, (place: Place) => string>> = {
  sort: (place) => `select * from "${dataOf(place)}" order by x, id`,
  'sort of chunks': (place) => `select * from "${datasetOf(place)}" order by word desc, id`,
  aggregate: (place) =>
    `select key, word, count(*) as n, sum(id) as total, max(x) as most from "${dataOf(place)}" group by key, word order by key, word`,
  join: (place) =>
    `select a.id, a.x, b.note from "${datasetOf(place)}" a join "${otherOf(place)}" b on a.id = b.other order by a.id`,
  window: (place) =>
    `select id, row_number() over (partition by key order by x, id) as place, sum(id) over (partition by key) as total from "${dataOf(place)}" order by id`,
};

/** Each writes its answer to `output` with worker processes. */
export const jobs: Readonly<
  Record<string, (session: Session, place: Place, output: string) => Promise<void>>
> = {
  ...Object.fromEntries(
    Object.entries(queries).map(([name, query]) => [
      name,
      async (session: Session, place: Place, output: string) => {
        await (await session.sql(query(place))).write(output, { format: 'csv', overwrite: true });
      },
    ]),
  ),
  convert: async (session, place, output) => {
    const rows = await session.scan(dataOf(place));
    await rows.write(output, { format: 'dataset', overwrite: true });
  },
};

/** The worker processes of a coordinator. */
export function workersOf(coordinator: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && parentOf(pid) === coordinator && isWorker(pid));
}

function isWorker(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/worker.js');
  } catch {
    return false; // it has ended
  }
}

/** Does it run? What has ended and waits to be asked for its exit code does not. */
export const isAlive = (pid: number): boolean => parentOf(pid) !== null;

/** Null where there is no such process, or it has ended. */
function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before these fields may hold anything.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? null : Number(parent);
  } catch {
    return null;
  }
}

/** Waits for it, `time` milliseconds at most; says whether it came to be. */
export async function soon(isSo: () => boolean, time: number): Promise<boolean> {
  const end = performance.now() + time;
  while (!isSo()) {
    if (performance.now() > end) return false;
    await setTimeout(5);
  }
  return true;
}

/** Files that tasks left, without those that mark a folder as its owner's. */
export function leftIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !/^spillway-[0-9a-f]{16}(\/(alive|lock))?$/.test(name),
  );
}

/**
 * What should have been swept of a folder: not what its owner was killed before it could lock, which stays for a minute
 * and has no more in it than the socket and a lock that says nothing.
 */
export function unsweptIn(folder: string): string[] {
  const isEmptyLock = (path: string): boolean => path.endsWith('/lock') && statSync(path).size === 0;
  const isUnlocked = (path: string): boolean =>
    statSync(path).isDirectory() &&
    readdirSync(path).every((name) => name === 'alive' || isEmptyLock(join(path, name)));
  return readdirSync(folder).filter((name) => !isUnlocked(join(folder, name)));
}
