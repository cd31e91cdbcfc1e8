/** The package as it is published: its bundle, by its name. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const root = fileURLToPath(new URL('../..', import.meta.url));
const test = suite('bundle');

const rows = Array.from({ length: 20_000 }, (_, i) => ({ key: `k${i % 7}`, value: (i * 37) % 1000 }));

test('queries run in workers, with functions, and errors come back as what they are', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-bundle-'));
  try {
    const csv = join(folder, 'in.csv');
    writeFileSync(csv, `key,value\n${rows.map(({ key, value }) => `${key},${value}`).join('\n')}\n`);
    const module = join(folder, 'twice.mjs');
    writeFileSync(
      module,
      'export default ({ length, columns: { value } }) => ({ value: Array.from({ length }, (_, i) => value.get(i) * 2n) });',
    );
    const script = `
      import { count, Session, SpillwayError, sum } from 'spillway';
      const session = new Session({ memory: '512MB', workers: 2, splitBytes: 20_000 });
      const input = await session.scan(${JSON.stringify(csv)});
      const twice = input.mapBatches(${JSON.stringify(pathToFileURL(module).href)}, { schema: { value: 'int64' } });
      const answers = {};
      const groups = input.groupBy('key').agg((c) => ({ n: count(), s: sum(c.value) })).sort('key');
      for await (const { key, n, s } of groups.rows())
        answers[key] = [Number(n), Number(s)];
      for await (const { s } of twice.groupBy().agg((c) => ({ s: sum(c.value) })).rows()) answers.twice = Number(s);
      const error = await input.filter('cast(key as int64) > 1').count().catch((thrown) => thrown);
      answers.error = [error instanceof SpillwayError, error.code];
      answers.tasks = session.stats.tasks > 4;
      await session.close();
      console.log(JSON.stringify(answers));
    `;
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
      encoding: 'utf8',
    });
    const expected: Record<string, unknown> = {};
    for (const key of [...new Set(rows.map((row) => row.key))].sort()) {
      const own = rows.filter((row) => row.key === key);
      expected[key] = [own.length, own.reduce((sum, { value }) => sum + value, 0)];
    }
    expected.twice = 2 * rows.reduce((sum, { value }) => sum + value, 0);
    assert.equal(JSON.parse(printed), { ...expected, error: [true, 'data'], tasks: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what the types of the package import is in it', () => {
  const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed] = Object.values(JSON.parse(listed)) as [{ files: { path: string }[] }];
  const files = new Set(packed.files.map(({ path }) => path));
  const { imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const missing: string[] = [];
  for (const file of files) {
    if (!/\.(d\.ts|js)$/.test(file)) continue;
    for (const [, target] of readFileSync(join(root, file), 'utf8').matchAll(
      /(?:from|import)\s*\(?'([.#][^']+)'/g,
    )) {
      const path = target!.startsWith('#') ? imports[target!] : join(dirname(file), target!);
      const wanted = file.endsWith('.d.ts') ? path.replace(/\.js$/, '.d.ts') : path;
      if (!files.has(normalize(wanted))) missing.push(`${file} imports ${target}`);
    }
  }
  assert.equal(missing, []);
  assert.ok(files.has('dist/bundle/worker.js'));
});

test.run();
