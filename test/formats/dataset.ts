import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Field } from '../../lib/arrow/schema.js';
import { int64, utf8 } from '../../lib/arrow/types.js';
import { dataset } from '../../lib/formats/dataset.js';
import type { Runtime, ScanRequest } from '../../lib/formats/format.js';
import { type Cell, cellsOf, makeRuntime, vectorOf } from '../helpers.js';

const test = suite('formats/dataset');
const root = mkdtempSync(join(tmpdir(), 'spillway-dataset-format-'));
test.after(() => rmSync(root, { recursive: true, force: true }));

const fields: readonly Field[] = [
  { name: 'n', type: int64, nullable: false },
  { name: 't', type: utf8, nullable: true },
];

/** Three chunks of ten rows: n from `first` on. */
async function write(name: string, first: number, runtime: Runtime): Promise<string> {
  const path = join(root, name);
  const sink = await dataset.create(path, { fields }, { chunkBytes: 1, joinBelow: 1 }, runtime);
  const region = runtime.arena.region('test');
  for (let chunk = 0; chunk < 3; chunk++) {
    const n = Array.from({ length: 10 }, (_, i) => BigInt(first + chunk * 10 + i));
    const columns = [vectorOf(int64, n, region), vectorOf(utf8, n.map(String), region)];
    await sink.write({ length: 10, columns });
  }
  region.release();
  assert.is((await sink.finish()).rows, 30);
  return path;
}

async function scan(
  paths: readonly string[],
  request: Partial<ScanRequest>,
  runtime: Runtime,
): Promise<{ rows: number; cells: Cell[][]; read: number }> {
  const source = await dataset.open(paths, {}, runtime);
  const columns = request.columns ?? [0];
  const cells: Cell[][] = columns.map(() => []);
  let [rows, read] = [0, 0];
  const all = { columns, chunks: request.chunks ?? null, range: null, limit: request.limit ?? null };
  for await (const batch of source.scan(all, runtime, (bytes) => (read += bytes))) {
    rows += batch.length;
    batch.columns.forEach((column, i) => cells[i]!.push(...cellsOf(column, runtime.arena)));
  }
  await source.close();
  assert.is(runtime.arena.reserved, 0);
  return { rows, cells, read };
}

const from = (start: number, length: number): bigint[] => Array.from({ length }, (_, i) => BigInt(start + i));

test('rows are known, counted without reading, cut by a limit, and joined from several datasets', async () => {
  const runtime = makeRuntime();
  const [a, b] = [await write('a', 0, runtime), await write('b', 100, runtime)];
  const source = await dataset.open([a, b], {}, runtime);
  assert.is(source.rows, 60);
  assert.ok(source.bytes! > 0);
  assert.equal(source.schema, { fields });
  assert.equal(await scan([a, b], { columns: [] }, runtime), { rows: 60, cells: [], read: 0 });
  assert.equal((await scan([a, b], {}, runtime)).cells, [[...from(0, 30), ...from(100, 30)]]);
  assert.equal((await scan([a, b], { limit: 35 }, runtime)).cells, [[...from(0, 30), ...from(100, 5)]]);
  const twelve = await scan([a, b], { limit: 12, columns: [1, 0] }, runtime);
  assert.equal(twelve.cells, [from(0, 12).map(String), from(0, 12)]);
  assert.is((await scan([a], { limit: 0 }, runtime)).rows, 0);
});

test('only the chunks that are chosen are read, across datasets', async () => {
  const runtime = makeRuntime();
  const path = await write('pruned', 0, runtime);
  const other = await write('pruned too', 100, runtime);
  const source = await dataset.open([path, other], {}, runtime);
  const n = source.statistics!.chunks.map(({ rows, columns }) => [rows, columns[0]!.min, columns[0]!.max]);
  assert.equal(
    n,
    [0, 10, 20, 100, 110, 120].map((first) => [10, BigInt(first), BigInt(first + 9)]),
  );
  const [whole] = source.statistics!.columns;
  assert.equal([whole!.min, whole!.max, whole!.nulls], [0n, 129n, 0]);
  const found = await scan([path, other], { chunks: [1, 2, 5] }, runtime);
  assert.equal(found.cells, [[...from(10, 20), ...from(120, 10)]]);
  assert.is(found.read * 2, (await scan([path, other], {}, runtime)).read);
  assert.is((await scan([path, other], { chunks: [0, 3], columns: [] }, runtime)).rows, 20);
  assert.is((await scan([path, other], { chunks: [] }, runtime)).rows, 0);
});

test('different columns, a folder that is no dataset and a pipe are refused', async () => {
  const runtime = makeRuntime();
  const path = await write('one', 0, runtime);
  const other = join(root, 'other');
  const sink = await dataset.create(other, { fields: [fields[0]!] }, {}, runtime);
  await sink.finish();
  await refused(
    dataset.open([path, other], {}, runtime),
    `${other} has the columns n int64, but ${path} has n int64, t utf8 null`,
  );
  await refused(dataset.open([root], {}, runtime), `${root} is not a dataset: it has no manifest.json`);
  await refused(
    dataset.create(path, { fields }, {}, runtime),
    `${path} exists; give --overwrite to replace it`,
  );
  await refused(
    dataset.create('-', { fields }, {}, runtime),
    'a dataset is a folder and cannot go to standard output; name a folder or another format',
  );
  const empty = await scan([other], {}, runtime);
  assert.equal(empty.cells, [[]]);
});

async function refused(promise: Promise<unknown>, message: string): Promise<void> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error as Error,
  );
  assert.is(outcome?.message, message);
}

test.run();
