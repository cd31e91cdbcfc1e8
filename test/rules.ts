/** What the compiler cannot check: which folder may import which, that no test is left out, what is depended on. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const root = fileURLToPath(new URL('../..', import.meta.url));
const test = suite('rules');

/**
 * Imports go one way. A folder may import itself, what its row names (a folder or one file of it), packages its
 * row names, and node's own modules. Type imports count too.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'lib/errors.ts': [],
  'lib/write-error.ts': ['lib/errors.ts'],
  'lib/breathe.ts': ['lib/errors.ts'],
  'lib/places.ts': [],
  'lib/memory': ['lib/errors.ts'],
  'lib/arrow': ['lib/errors.ts', 'lib/memory', 'apache-arrow'],
  'lib/kernels': ['lib/errors.ts', 'lib/places.ts', 'lib/memory', 'lib/arrow', '#kernels'],
  spill: [
    'lib/errors.ts',
    'lib/write-error.ts',
    'lib/memory',
    'lib/arrow',
    'lib/kernels',
    'apache-arrow',
    'mmap-io',
  ],
  'lib/plan': ['lib/errors.ts', 'lib/memory', 'lib/arrow', 'lib/kernels'],
  'lib/sql': ['lib/errors.ts', 'lib/arrow', 'lib/kernels', 'lib/plan', 'libpg-query'],
  'lib/formats': [
    'lib/errors.ts',
    'lib/write-error.ts',
    'lib/breathe.ts',
    'lib/memory',
    'lib/arrow',
    'lib/kernels',
    'lib/plan',
    'spill',
    'apache-arrow',
    'hyparquet',
    'hyparquet-writer',
  ],
  'lib/exec': [
    'lib/errors.ts',
    'lib/breathe.ts',
    'lib/places.ts',
    'lib/memory',
    'lib/arrow',
    'lib/kernels',
    'lib/plan',
    'lib/formats',
    'spill',
  ],
  'lib/frame': [
    'lib/errors.ts',
    'lib/breathe.ts',
    'lib/memory',
    'lib/arrow',
    'lib/kernels',
    'lib/plan',
    'lib/sql',
    'lib/formats',
    'lib/exec',
    'spill',
    'apache-arrow',
  ],
  'lib/index.ts': ['lib/errors.ts', 'lib/arrow', 'lib/plan', 'lib/frame', 'lib/exec', 'lib/formats'],
  'lib/worker.ts': ['lib/exec'],
  cli: ['lib/index.ts', 'commander'],
};

test('imports go one way', () => {
  const wrong: string[] = [];
  for (const file of [...sources('lib'), ...sources('spill'), ...sources('cli')]) {
    if (file.startsWith('lib/kernels/assembly/')) continue;
    const home = homeOf(file);
    for (const target of importsOf(file)) {
      const goal = target.startsWith('.') ? relative(root, resolve(root, dirname(file), target)) : target;
      if (goal.startsWith('node:')) continue;
      const name = target.startsWith('.') ? goal.replace(/\.js$/, '.ts') : packageOf(goal);
      const mayImport = home === undefined ? [] : [home, ...allowed[home]!];
      if (!mayImport.some((row) => name === row || name.startsWith(`${row}/`)))
        wrong.push(`${file} -> ${name}`);
    }
  }
  assert.equal(wrong, []);
});

test('every test file runs its tests, which is how test/all.ts finds it, or .ci/run where it is long', () => {
  assert.match(readFileSync(join(root, '.ci/run'), 'utf8'), /^npm run test:long /m);
  assert.is(manifest().scripts['test:long'], 'uvu dist/test/long --ignore helpers');
  assert.match(manifest().scripts.test!, / && node dist\/test\/all\.js$/);
  const wrong: string[] = [];
  for (const file of sources('test')) {
    const text = readFileSync(join(root, file), 'utf8');
    if (!/from 'uvu'/.test(text)) continue;
    const suites = [...text.matchAll(/const (\w+) = suite\b/g)].map((match) => match[1]!);
    if (suites.length === 0) suites.push('test');
    for (const name of suites) {
      if (!new RegExp(`^${name}\\.run\\(\\);$`, 'm').test(text)) wrong.push(`${file}: no ${name}.run()`);
    }
  }
  assert.equal(wrong, []);
});

test('the command line is executable by its first line', () => {
  assert.ok(readFileSync(join(root, 'cli/index.ts'), 'utf8').startsWith('#!/usr/bin/env node\n'));
});

test('only agreed packages are depended on', () => {
  const { dependencies, optionalDependencies, devDependencies } = manifest();
  assert.equal(Object.keys(dependencies).sort(), [
    'apache-arrow',
    'commander',
    'hyparquet',
    'hyparquet-writer',
    'libpg-query',
  ]);
  assert.equal(Object.keys(optionalDependencies).sort(), ['mmap-io']);
  assert.equal(Object.keys(devDependencies).sort(), [
    '@biomejs/biome',
    '@duckdb/node-api',
    '@types/node',
    'assemblyscript',
    'rollup',
    'tinybench',
    'typescript',
    'uvu',
    'vega-datasets',
  ]);
});

test('there are no code files outside the fixed folders', () => {
  const known = new Set(['lib', 'cli', 'spill', 'test', 'bench', 'dist', 'node_modules', 'data']);
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
  assert.equal(
    folders.filter((name) => !known.has(name)),
    [],
  );
});

test.run();

function homeOf(file: string): string | undefined {
  return Object.keys(allowed).find((row) => file === row || file.startsWith(`${row}/`));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [
    ...text.matchAll(/^(?:import|export)\b[^'"`]*?\bfrom '([^']+)'/gm),
    ...text.matchAll(/^import '([^']+)'/gm),
    ...text.matchAll(/\bimport\('([^']+)'\)/g),
  ];
  return found.map((match) => match[1]!);
}

function packageOf(name: string): string {
  return name.startsWith('@') ? name.split('/').slice(0, 2).join('/') : name.split('/')[0]!;
}

function sources(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name))
    .sort();
}

interface Manifest {
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
}
