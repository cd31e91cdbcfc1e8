/** Files read in parts, one after another: the rows of the whole, in the same order. CSV: test/exec/stages/ranges.ts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { int64, utf8 } from '../../lib/arrow/types.js';
import type { ScanRequest, Source } from '../../lib/formats/format.js';
import { formatNamed } from '../../lib/formats/formats.js';
import { type Cell, cellsOf, codedVectorOf, makeRuntime, vectorOf } from '../helpers.js';

const test = suite('formats/split');
const runtime = makeRuntime();
const folder = mkdtempSync(join(tmpdir(), 'spillway-split-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const schema = {
  fields: [
    { name: 'n', type: int64, nullable: true },
    { name: 't', type: utf8, nullable: true },
  ],
};

/** `batches` batches of 100 rows, each a chunk of its own where the format has chunks. */
async function write(format: string, name: string, first: number, batches: number): Promise<string> {
  const path = join(folder, name);
  const options = { chunkBytes: 1, joinBelow: 1 };
  const sink = await (await formatNamed(format)).create(path, schema, options, runtime);
  const region = runtime.arena.region('test');
  for (let batch = 0; batch < batches; batch++) {
    region.reset();
    const n = Array.from({ length: 100 }, (_, i) => BigInt(first + batch * 100 + i));
    const texts = n.map((value) => `t${value % 30n}`);
    await sink.write({
      length: 100,
      columns: [vectorOf(int64, n, region), codedVectorOf(utf8, texts, region, runtime)],
    });
  }
  region.release();
  await sink.finish();
  return path;
}

async function read(source: Source, request: ScanRequest): Promise<Cell[][]> {
  const found: Cell[][] = request.columns.map(() => []);
  for await (const batch of source.scan(request, runtime, () => {}))
    batch.columns.forEach((column, i) => found[i]!.push(...cellsOf(column, runtime.arena)));
  return found;
}

const whole: ScanRequest = { columns: [1, 0], chunks: null, range: null, limit: null };

for (const [format, extension] of [
  ['dataset', ''],
  ['arrow', '.arrow'],
  ['arrow', '.arrows'],
] as const) {
  test(`${format}${extension} in parts`, async () => {
    const name = `${format}${extension}`;
    const paths = [
      await write(format, `a-${name}`, 0, 9),
      await write(format, `b-${name}`, 900, 1),
      await write(format, `c-${name}`, 1000, 5),
    ];
    await inParts(
      format,
      paths,
      extension === '.arrows' ? 3 : 15,
      extension === '' ? [1, 2000, 10_000] : [500, 2000, 10_000],
    );
  });
}

test('parquet in parts', async () => {
  const db = await (await DuckDBInstance.create()).connect();
  const paths = [join(folder, 'a.parquet'), join(folder, 'b.parquet')];
  for (const [path, rows] of [
    [paths[0], 9 * 2048],
    [paths[1], 2048 + 7],
  ] as const)
    await db.run(
      `copy (select i::bigint as n, 't' || (i % 30) as t from range(${rows}) r(i)) to '${path}' (format parquet, row_group_size 2048)`,
    );
  db.closeSync();
  await inParts('parquet', paths, 11, [1, 20_000, 60_000]);
});

async function inParts(
  format: string,
  paths: string[],
  most: number,
  sizes: readonly number[],
): Promise<void> {
  const source = await (await formatNamed(format)).open(paths, {}, runtime);
  const { reserved } = runtime.arena;
  const expected = await read(source, whole);
  assert.ok(expected[0]!.length > 1000);
  const counts: number[] = [];
  for (const bytes of [...sizes, 1e9]) {
    const parts = source.split!(whole, bytes)!;
    const found: Cell[][] = [[], []];
    for (const part of parts) {
      // What goes to a worker is JSON.
      const rows = await read(source, JSON.parse(JSON.stringify(part)) as ScanRequest);
      rows.forEach((cells, i) => found[i]!.push(...cells));
    }
    assert.equal(found, expected);
    counts.push(parts.length);
  }
  await source.close();
  assert.is(runtime.arena.reserved, reserved);
  assert.ok(counts[0]! >= most, String(counts));
  assert.ok(counts.at(-1)! <= paths.length);
  assert.equal(
    counts,
    counts.toSorted((a, b) => b - a),
  );
}

test('chosen chunks are divided, and none of them lost', async () => {
  const path = await write('dataset', 'chosen', 0, 9);
  const source = await (await formatNamed('dataset')).open([path], {}, runtime);
  const chunks = [1, 4, 5, 8];
  for (const bytes of [1, 3000, 1e9]) {
    const parts = source.split!({ ...whole, chunks }, bytes)!;
    assert.equal(
      parts.flatMap((part) => part.chunks),
      chunks,
    );
  }
  assert.equal(source.split!({ ...whole, chunks: [] }, 1), [{ ...whole, chunks: [] }]);
});

test.run();
