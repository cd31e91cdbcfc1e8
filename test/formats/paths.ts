import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findFiles } from '../../lib/formats/paths.js';

const test = suite('paths');
const folder = mkdtempSync(join(tmpdir(), 'spillway-paths-'));
for (const name of ['a1.csv', 'a2.csv', 'a+.csv', '.a3.csv', 'b/a1.csv', 'b/a2.tsv', 'c/a1.csv']) {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), '');
}
test.after(() => rmSync(folder, { recursive: true }));

async function found(...patterns: string[]): Promise<string[]> {
  const files = await findFiles(patterns.map((pattern) => join(folder, pattern)));
  return files.map((file) => file.slice(folder.length + 1));
}

async function refused(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => null,
    (error: Error) => error,
  );
  assert.match(error?.message ?? '', message);
}

test('wildcards match within one folder, sorted, without hidden files', async () => {
  assert.equal(await found('*.csv'), ['a+.csv', 'a1.csv', 'a2.csv']);
  assert.equal(await found('a?.csv'), ['a+.csv', 'a1.csv', 'a2.csv']);
  assert.equal(await found('*/a1.csv'), ['b/a1.csv', 'c/a1.csv']);
  assert.equal(await found('?/*'), ['b/a1.csv', 'b/a2.tsv', 'c/a1.csv']);
  assert.equal(await found('a2.csv', 'b/*.tsv'), ['a2.csv', 'b/a2.tsv']);
  assert.equal(await findFiles(['-']), ['-']);
});

test('what is not there is said', async () => {
  await refused(found('none.csv'), /none\.csv does not exist$/);
  await refused(found('*.parquet'), /no file matches .*\*\.parquet$/);
  await refused(found('a1.csv/b/*'), /no file matches .*a1\.csv\/b\/\*$/);
  await refused(findFiles([]), /^no input given$/);
});

test.run();
