/** The engines that can be raced, and how each is started. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Request } from './child.js';
import { benchFolder, installRivals } from './rival.js';

export interface EngineKind {
  /** As asked for. */
  readonly name: string;
  readonly title: string;
  /** What its own form of a table is called beside the file it comes from. */
  readonly form: '_dataset/' | '.duckdb' | '.parquet' | null;
  /** The packages it needs: npm's, or Python's. */
  readonly npm?: readonly string[];
  readonly pip?: readonly string[];
  /** What else must be there. */
  readonly besides?: string;
}

/** An engine that is there. */
export interface FoundEngine extends EngineKind {
  readonly version: string;
  /** The tasks it does; null for all. */
  readonly tasks: readonly string[] | null;
}

export const engineKinds: readonly EngineKind[] = [
  { name: 'spillway', title: 'Spillway', form: '_dataset/' },
  { name: 'duckdb', title: 'DuckDB (Node.js)', form: '.duckdb', npm: ['@duckdb/node-api'] },
  { name: 'duckdb-python', title: 'DuckDB (Python)', form: '.duckdb', pip: ['duckdb'] },
  { name: 'polars', title: 'Polars', form: '.parquet', pip: ['polars'] },
  { name: 'pandas', title: 'pandas', form: '.parquet', pip: ['pandas', 'pyarrow'] },
  { name: 'chdb', title: 'chDB', form: '.parquet', pip: ['chdb'] },
  { name: 'spark', title: 'Spark', form: '.parquet', pip: ['pyspark'], besides: 'Java' },
  { name: 'nodejs-polars', title: 'nodejs-polars', form: null, npm: ['nodejs-polars'] },
  { name: 'arquero', title: 'Arquero', form: null, npm: ['arquero'] },
  { name: 'apache-arrow', title: 'apache-arrow', form: null, npm: ['apache-arrow'] },
  { name: 'objects', title: 'plain objects', form: null },
];

const child = fileURLToPath(new URL('./child.js', import.meta.url));

/** The command of an engine's process: a task of it, or what it is. */
export function commandOf({ name, pip }: EngineKind, python: string | null, request?: Request): string[] {
  const asked = request === undefined ? [] : [JSON.stringify(request)];
  if (pip !== undefined)
    return [python!, join(benchFolder, 'engines/child.py'), name.replace('-python', ''), ...asked];
  // What is in the heap of V8 counts to the memory.
  const heap =
    request === undefined ? [] : [`--max-old-space-size=${Math.floor(request.setting.memory / 2 ** 20)}`];
  return [process.execPath, ...heap, child, name, ...asked];
}

/** Those of `wanted` that are there, npm's packages installed; says which are not, and how to get them. */
export function findEngines(wanted: readonly string[], python: string | null): FoundEngine[] {
  const kinds = wanted.map((name) => engineKinds.find((kind) => kind.name === name)!);
  try {
    installRivals(kinds.flatMap(({ npm = [] }) => npm));
  } catch {
    process.stderr.write('the packages of bench/package.json cannot be installed\n');
  }
  return kinds.flatMap((kind) => {
    const found = kind.pip !== undefined && python === null ? null : describe(kind, python);
    if (found !== null) return [{ ...kind, ...found }];
    process.stderr.write(`${kind.title} is left out, as it is not there: ${howToGet(kind)}\n`);
    return [];
  });
}

function howToGet({ pip, besides }: EngineKind): string {
  if (pip === undefined) return 'npm install, in bench/';
  const python = 'and name that Python with --python or SPILLWAY_BENCH_PYTHON';
  return `pip install ${pip.join(' ')}, ${besides === undefined ? '' : `${besides} too, `}${python}`;
}

function describe(kind: EngineKind, python: string | null): Pick<FoundEngine, 'version' | 'tasks'> | null {
  const [program, ...args] = commandOf(kind, python);
  const { stdout } = spawnSync(program!, args, { encoding: 'utf8' });
  const line = /^bench (.*)$/m.exec(stdout)?.[1];
  return line === undefined ? null : (JSON.parse(line) as Pick<FoundEngine, 'version' | 'tasks'>);
}

/** The Python to ask: the one named, or what the path has; null for none. */
export function findPython(named: string | undefined): string | null {
  for (const name of named === undefined ? ['python3', 'python'] : [named]) {
    if (spawnSync(name, ['--version']).status === 0)
      return existsSync(name) ? name : execFileSync('which', [name], { encoding: 'utf8' }).trim();
  }
  return null;
}

export function pythonVersion(python: string): string {
  return execFileSync(python, ['-c', 'import platform; print(platform.python_version())'], {
    encoding: 'utf8',
  }).trim();
}
