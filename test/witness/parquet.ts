/** We read what pyarrow writes: every type, in all encodings, versions of pages and codecs. Told and skipped without pyarrow. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parquet } from '../../lib/formats/parquet.js';
import { cellsOf, makeRuntime } from '../helpers.js';
import { hasPyarrow, python, textOf } from './told.js';

interface Written {
  readonly tables: Readonly<Record<string, Readonly<Record<string, readonly (string | null)[]>>>>;
  readonly files: Readonly<Record<string, { readonly table: string; readonly setting: string }>>;
}

const test = suite('witness/parquet');
const root = mkdtempSync(join(tmpdir(), 'spillway-pyarrow-'));
test.after(() => rmSync(root, { recursive: true, force: true }));
const script = fileURLToPath(new URL('../../../test/witness/parquet-witness.py', import.meta.url));

if (hasPyarrow('witness/parquet'))
  test('files of every type, encoding, version and codec are read as they were written', async () => {
    const { tables, files }: Written = JSON.parse(
      execFileSync(python, [script, root], { maxBuffer: 2 ** 30 }).toString(),
    );
    const runtime = makeRuntime(128 * 2 ** 20);
    for (const [path, { table, setting }] of Object.entries(files)) {
      const source = await parquet.open([path], {}, runtime);
      const names = source.schema.fields.map(({ name }) => name);
      const found = names.map((): (string | null)[] => []);
      const request = { columns: names.map((_, i) => i), chunks: null, range: null, limit: null };
      for await (const batch of source.scan(request, runtime, () => {}))
        for (const [i, column] of batch.columns.entries())
          for (const cell of cellsOf(column, runtime.arena)) found[i]!.push(textOf(cell, column.type));
      for (const [i, name] of names.entries())
        assert.equal(found[i], tables[table]![name], `${name} of ${table} with ${setting}`);
      assert.is(runtime.arena.reserved, 0);
      await source.close();
    }
  });

test.run();
