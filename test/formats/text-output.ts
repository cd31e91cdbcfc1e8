/** Text written in pieces by several tasks: byte for byte what one sink writes. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { float64, int64, utf8 } from '../../lib/arrow/types.js';
import type { FormatOptions, Runtime, Sink } from '../../lib/formats/format.js';
import { formatNamed } from '../../lib/formats/formats.js';
import { type Cell, makeRuntime, randomCells, seeded, vectorOf } from '../helpers.js';

const test = suite('formats/text-output');
const folder = mkdtempSync(join(tmpdir(), 'spillway-text-output-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

const schema = {
  fields: [
    { name: 'n', type: int64, nullable: true },
    { name: 'a "t", quoted', type: utf8, nullable: true },
    { name: 'd', type: float64, nullable: true },
  ],
};

type Batch = readonly (readonly Cell[])[];

async function fill(sink: Sink, batches: readonly Batch[], runtime: Runtime): Promise<number> {
  const region = runtime.arena.region('test');
  for (const columns of batches) {
    region.reset();
    const vectors = schema.fields.map(({ type }, i) => vectorOf(type, columns[i]!, region));
    await sink.write({ length: columns[0]!.length, columns: vectors });
  }
  region.release();
  return (await sink.finish()).rows;
}

const content = (path: string): string =>
  (path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)).toString();

const cases: readonly (readonly [format: string, extension: string, options: FormatOptions])[] = [
  ['csv', '.csv', {}],
  ['csv', '.csv', { header: false, delimiter: ';', nulls: ['NA'] }],
  ['csv', '.csv.gz', {}],
  ['ndjson', '.ndjson', {}],
  ['ndjson', '.ndjson.gz', {}],
];

for (const [name, extension, options] of cases) {
  test(`${name}${extension} in pieces, ${JSON.stringify(options)}`, async () => {
    const random = seeded(61);
    const runtime = makeRuntime();
    const format = await formatNamed(name);
    for (const tasks of [0, 1, 2, 5]) {
      const work = Array.from({ length: tasks }, () =>
        Array.from({ length: Math.floor(random() * 3) }, (): Batch => {
          const rows = Math.floor(random() * 3000);
          return schema.fields.map(({ type }) => randomCells(type, rows, random));
        }),
      );
      const alone = join(folder, `${files++}${extension}`);
      const rows = await fill(await format.create(alone, schema, options, runtime), work.flat(), runtime);
      const path = join(folder, `${files++}${extension}`);
      const pieces = work.map((_, task) => join(folder, `piece-${files}-${task}`));
      let sum = 0;
      for (let task = tasks - 1; task >= 0; task--) {
        const sink = await format.pieces!.create(pieces[task]!, path, schema, options, runtime);
        sum += await fill(sink, work[task]!, runtime);
      }
      assert.is(sum, rows);
      const joined = await format.pieces!.join(path, schema, options, runtime);
      for (const piece of pieces) await joined.append(piece);
      assert.not(existsSync(path));
      const { bytes } = await joined.finish();
      await joined.abort();
      assert.is(content(path), content(alone));
      assert.is(bytes, readFileSync(path).length);
    }
    assert.is(runtime.arena.reserved, 0);
  });
}

test('an output in pieces appears whole or not at all, and replaces nothing unasked', async () => {
  const runtime = makeRuntime();
  const { create, pieces } = await formatNamed('csv');
  const path = join(folder, 'whole.csv');
  const piece = join(folder, 'piece');
  await fill(await pieces!.create(piece, path, schema, {}, runtime), [[[1n], ['a'], [0.5]]], runtime);
  const joined = await pieces!.join(path, schema, {}, runtime);
  await joined.append(piece);
  try {
    await joined.append(join(folder, 'lost'));
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /lost/);
  }
  await joined.abort();
  assert.not(existsSync(path));
  await fill(await create(path, schema, {}, runtime), [], runtime);
  try {
    await pieces!.join(path, schema, {}, runtime);
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /exists/);
  }
  const sink = await pieces!.create(join(folder, 'given-up'), path, schema, {}, runtime);
  await sink.abort();
  assert.equal(
    readdirSync(folder).filter((name) => name.startsWith('.')),
    [],
  );
  assert.is(runtime.arena.reserved, 0);
});

test('what must look at the rows before has no pieces', async () => {
  for (const name of ['json', 'parquet', 'arrow', 'table', 'dataset'])
    assert.is((await formatNamed(name)).pieces, undefined);
});

test.run();
