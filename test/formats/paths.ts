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

const found = (...patterns: string[]): string[] =>
  findFiles(patterns.map((pattern) => join(folder, pattern))).map((file) => file.slice(folder.length + 1));

test('wildcards match within one folder, sorted, without hidden files', () => {
  assert.equal(found('*.csv'), ['a+.csv', 'a1.csv', 'a2.csv']);
  assert.equal(found('a?.csv'), ['a+.csv', 'a1.csv', 'a2.csv']);
  assert.equal(found('*/a1.csv'), ['b/a1.csv', 'c/a1.csv']);
  assert.equal(found('?/*'), ['b/a1.csv', 'b/a2.tsv', 'c/a1.csv']);
  assert.equal(found('a2.csv', 'b/*.tsv'), ['a2.csv', 'b/a2.tsv']);
  assert.equal(findFiles(['-']), ['-']);
});

test('what is not there is said', () => {
  assert.throws(() => found('none.csv'), /none\.csv does not exist$/);
  assert.throws(() => found('*.parquet'), /no file matches .*\*\.parquet$/);
  assert.throws(() => findFiles([]), 'no input given');
});

test.run();
