/**
 * What the typed API costs the compiler: type instantiations for a frame of 200 columns that is derived from 20
 * times, against the same file with the frame only. Run with `node dist/bench/types.js` after a build.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const columns = 200;
const derives = 20;
const types = ['float64', 'int32', 'utf8?', 'timestamp', 'int64?'];

const folder = mkdtempSync(join(tmpdir(), 'spillway-types-'));
try {
  console.table({
    'the frame only': instantiations(source(0)),
    [`${derives} filters and ${derives} derives of three columns`]: instantiations(source(derives)),
  });
} finally {
  rmSync(folder, { recursive: true });
}

function source(count: number): string {
  const library = fileURLToPath(new URL('../lib/index.js', import.meta.url));
  const fields = Array.from({ length: columns }, (_, i) => `c${i}: '${types[i % types.length]}'`);
  const steps = Array.from(
    { length: count },
    (_, i) => `
  .filter((c) => c.c${i * 5}.gt(10).and(c.c${i * 5 + 2}.like('a%')))
  .withColumns((c) => ({ d${i}: c.c${i * 5}.div(c.c${i * 5 + 1}), e${i}: c.c${i * 5 + 2}.upper(), c${i * 5 + 4}: c.c${i * 5 + 4}.add(1) }))`,
  );
  return `import type { DataFrame } from '${library}';
declare const frame: DataFrame<{ ${fields.join('; ')} }>;
export const result = frame${steps.join('')};
`;
}

function instantiations(text: string): { readonly instantiations: number; readonly seconds: number } {
  const file = join(folder, 'chain.ts');
  writeFileSync(file, text);
  const compiler = join(fileURLToPath(import.meta.resolve('typescript/package.json')), '../bin/tsc');
  const flags = [
    '--noEmit',
    '--strict',
    '--noUncheckedIndexedAccess',
    '--skipLibCheck',
    '--extendedDiagnostics',
  ];
  const target = ['--target', 'es2023', '--module', 'nodenext'];
  const output = execFileSync(process.execPath, [compiler, ...flags, ...target, file], {
    encoding: 'utf8',
    cwd: folder,
  });
  const figure = (name: string): number => Number(new RegExp(`${name}:\\s+([\\d.]+)`).exec(output)?.[1]);
  return { instantiations: figure('Instantiations'), seconds: figure('Check time') };
}
