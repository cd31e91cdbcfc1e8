/** pyarrow reads what we write, and we read what it writes. Told and skipped where there is no pyarrow. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { arrow } from '../../lib/formats/arrow.js';
import { dataset } from '../../lib/formats/dataset.js';
import type { FormatOptions } from '../../lib/formats/format.js';
import { DatasetReader } from '../../spill/dataset-reader.js';
import { type Cell, cellsOf, makeRuntime, seeded, vectorOf } from '../helpers.js';
import { everyType, randomCells } from '../spill/random-data.js';
import { hasPyarrow, python, textOf } from './told.js';

interface Found {
  readonly rows: number;
  readonly columns: Readonly<Record<string, readonly (string | null)[]>>;
}

const script = fileURLToPath(new URL('../../../test/witness/arrow-witness.py', import.meta.url));
const ask = (...args: string[]): Record<string, Found> =>
  JSON.parse(execFileSync(python, [script, ...args], { maxBuffer: 2 ** 30 }).toString());

const test = suite('witness/pyarrow');
const root = mkdtempSync(join(tmpdir(), 'spillway-pyarrow-'));
test.after(() => rmSync(root, { recursive: true, force: true }));

const fields = everyType.map((type, i) => ({ name: `c${i}`, type, nullable: true }));

if (hasPyarrow('witness/pyarrow')) {
  test('every chunk of a dataset holds the values that were written', async () => {
    const path = join(root, 'dataset');
    const expected = await write(path, { chunkBytes: 20_000, joinBelow: 1 });
    const { chunks } = new DatasetReader(path, makeRuntime()).manifest;
    assert.ok(chunks.length > 2);
    const files = chunks.map((chunk) => join(path, chunk.file));
    const found = ask(...files);
    for (const { name } of fields)
      assert.equal(
        files.flatMap((file) => found[file]!.columns[name]!),
        expected[name],
        name,
      );
  });

  test('Arrow files and streams hold the values that were written', async () => {
    for (const name of ['a.arrow', 'a.arrows']) {
      const path = join(root, name);
      const expected = await write(path, {});
      assert.equal(ask(path)[path]!.columns, expected);
    }
  });

  test('its files are read as it reads them, compressed and with deltas', async () => {
    for (const [path, { columns }] of Object.entries(ask('--write', root))) {
      const runtime = makeRuntime();
      const source = await arrow.open([path], {}, runtime);
      const names = source.schema.fields.map((field) => field.name);
      const found = names.map((): (string | null)[] => []);
      const request = { columns: names.map((_, i) => i), chunks: null, range: null, limit: null };
      for await (const batch of source.scan(request, runtime, () => {}))
        batch.columns.forEach((column, i) => {
          for (const cell of cellsOf(column, runtime.arena)) found[i]!.push(textOf(cell, column.type));
        });
      assert.equal(Object.fromEntries(names.map((name, i) => [name, found[i]!])), columns, path);
      assert.is(runtime.arena.reserved, 0);
    }
  });
}

/** Writes random batches of every type; gives the values as the script tells them. */
async function write(path: string, options: FormatOptions): Promise<Record<string, (string | null)[]>> {
  const random = seeded(11);
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const format = 'chunkBytes' in options ? dataset : arrow;
  const sink = await format.create(path, { fields }, options, runtime);
  const all = fields.map((): Cell[] => []);
  for (const [i, length] of [200, 65, 1, 300].entries()) {
    region.reset();
    const columns = fields.map(({ type }) => randomCells(type, length, random, (i + 1) / 4, 0.1));
    columns.forEach((cells, c) => all[c]!.push(...cells));
    await sink.write({
      length,
      columns: columns.map((cells, c) => vectorOf(fields[c]!.type, cells, region)),
    });
  }
  region.release();
  await sink.finish();
  assert.is(runtime.arena.reserved, 0);
  return Object.fromEntries(
    fields.map(({ name, type }, c) => [name, all[c]!.map((cell) => textOf(cell, type))]),
  );
}

test.run();
