/** Datasets written by several tasks: what one writer gives, and no file more. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Field, Schema } from '../../../lib/arrow/schema.js';
import { int64, utf8 } from '../../../lib/arrow/types.js';
import type { Stream } from '../../../lib/exec/context.js';
import {
  createDatasetOutput,
  type DatasetTarget,
  writeChunks,
} from '../../../lib/exec/stages/dataset-output.js';
import { dataset } from '../../../lib/formats/dataset.js';
import type { Runtime } from '../../../lib/formats/format.js';
import type { WrittenChunks } from '../../../spill/chunks-writer.js';
import { type Manifest, readManifest } from '../../../spill/manifest.js';
import { type Cell, cellsOf, codedVectorOf, makeRuntime, seeded, vectorOf } from '../../helpers.js';
import { randomCells, randomFields } from '../../spill/random-data.js';

const test = suite('exec/stages/dataset-output');
const root = mkdtempSync(join(tmpdir(), 'spillway-dataset-output-'));
test.after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const newPath = (): string => join(root, `d${count++}`);

type Cells = readonly (readonly Cell[])[];

/** The batches of a task: plain, or texts coded with a dictionary of its own. */
async function* streamOf(batches: readonly Cells[], fields: readonly Field[], runtime: Runtime): Stream {
  const region = runtime.arena.region('test');
  try {
    for (const columns of batches) {
      region.reset();
      yield {
        length: columns[0]!.length,
        columns: fields.map(({ type }, i) => vectorOf(type, columns[i]!, region)),
      };
    }
  } finally {
    region.release();
  }
}

/** As a worker process returns it. */
const sent = (written: WrittenChunks): WrittenChunks => structuredClone(written);

async function read(path: string, runtime: Runtime): Promise<Cell[][]> {
  const source = await dataset.open([path], {}, runtime);
  const columns = source.schema.fields.map((_, i) => i);
  const found: Cell[][] = columns.map(() => []);
  const request = { columns, chunks: null, range: null, limit: null };
  for (const part of source.split!(request, 2000)!)
    for await (const batch of source.scan(part, runtime, () => {}))
      batch.columns.forEach((column, i) => found[i]!.push(...cellsOf(column, runtime.arena)));
  await source.close();
  return found;
}

/** All but the distinct values, which are estimated; those as far as they may differ. */
function sameStatistics(found: Manifest, expected: Manifest): void {
  const exact = ({ columns }: Manifest) => columns.map((column) => ({ ...column, distinct: null }));
  assert.equal(exact(found), exact(expected));
  found.columns.forEach(({ distinct }, i) => {
    const other = expected.columns[i]!.distinct;
    if (distinct === null || other === null) assert.is(distinct, other);
    else assert.ok(Math.abs(distinct - other) <= Math.max(1, other * 0.1), `${distinct}, not ${other}`);
  });
}

test('one to five tasks write what one writer does', async () => {
  const random = seeded(51);
  for (let round = 0; round < 20; round++) {
    const runtime = makeRuntime();
    const fields = randomFields(random);
    const schema: Schema = { fields };
    const tasks = 1 + (round % 5);
    const spread = random();
    const work = Array.from({ length: tasks }, (_, task) =>
      Array.from({ length: Math.floor(random() * 4) }, (): Cells => {
        const rows = Math.floor(random() * 150);
        const nulls = task === 0 ? 1 : 0.1;
        return fields.map(({ type }) => randomCells(type, rows, random, spread, nulls));
      }),
    );
    const options = { chunkBytes: [1, 5000, 2 ** 26][round % 3]!, joinBelow: [1, 100][round % 2]! };
    const [path, alone] = [newPath(), newPath()];
    const output = await createDatasetOutput(path, schema, options, runtime);
    const target = JSON.parse(JSON.stringify(output.target)) as DatasetTarget;
    const written: WrittenChunks[] = [];
    // They end in any order; the numbers are those of attempts.
    for (let task = tasks - 1; task >= 0; task--)
      written[task] = sent(
        await writeChunks(streamOf(work[task]!, fields, runtime), target, task + 7, runtime),
      );
    const told = output.commit(written);
    output.abort();
    const sink = await dataset.create(alone, schema, options, runtime);
    for (const batches of work)
      for await (const batch of streamOf(batches, fields, runtime)) await sink.write(batch);
    const { rows } = await sink.finish();
    assert.is(told.rows, rows);
    assert.equal(await read(path, runtime), await read(alone, runtime));
    const [found, expected] = [readManifest(path, runtime), readManifest(alone, runtime)];
    assert.equal(found.schema, expected.schema);
    assert.is(found.rows, expected.rows);
    assert.is(found.bytes, told.bytes);
    sameStatistics(found, expected);
    assert.equal(readdirSync(path).sort(), ['manifest.json', ...found.chunks.map(({ file }) => file)].sort());
    assert.is(runtime.arena.reserved, 0);
  }
});

test('distinct values of all tasks are merged, and their dictionaries kept apart', async () => {
  const runtime = makeRuntime();
  const fields = [
    { name: 'n', type: int64, nullable: true },
    { name: 't', type: utf8, nullable: true },
  ];
  const path = newPath();
  const output = await createDatasetOutput(path, { fields }, { chunkBytes: 1 }, runtime);
  const rowsOf = (task: number): [bigint[], string[]] => {
    const numbers = Array.from({ length: 4000 }, (_, i) => task * 2000 + i);
    return [numbers.map(BigInt), numbers.map((n) => `t${(n + task) % 50}`)];
  };
  const coded = async function* (task: number): Stream {
    const region = runtime.arena.region('test');
    try {
      const [n, t] = rowsOf(task);
      for (const from of [0, 2000]) {
        region.reset();
        const columns = [
          vectorOf(int64, n.slice(from, from + 2000), region),
          codedVectorOf(utf8, t.slice(from, from + 2000), region, runtime),
        ];
        yield { length: 2000, columns };
      }
    } finally {
      region.release();
    }
  };
  const written: WrittenChunks[] = [];
  for (const task of [0, 1, 2])
    written.push(
      sent(await writeChunks(coded(task), { ...output.target, options: { joinBelow: 1 } }, task, runtime)),
    );
  output.commit(written);
  assert.equal(await read(path, runtime), [
    [0, 1, 2].flatMap((task) => rowsOf(task)[0]),
    [0, 1, 2].flatMap((task) => rowsOf(task)[1]),
  ]);
  const { columns, chunks } = readManifest(path, runtime);
  // 0 to 7999, of which each task saw the half.
  assert.ok(Math.abs(columns[0]!.distinct! - 8000) < 800, String(columns[0]!.distinct));
  assert.is(columns[1]!.distinct, 50);
  assert.is(columns[0]!.max, 7999n);
  const lineages = written.map((_, i) => chunks.filter(({ file }) => file.startsWith(`part-0000${i}-`)));
  assert.is(new Set(lineages.map(([first]) => first!.lineages[1])).size, 3);
});

test('what a failed task wrote is not in the dataset, nor in its folder; the dataset can be replaced', async () => {
  const runtime = makeRuntime();
  const fields = [{ name: 'n', type: int64, nullable: true }];
  const path = newPath();
  const batch = (first: number): Cells => [Array.from({ length: 100 }, (_, i) => BigInt(first + i))];
  const failing = async function* (): Stream {
    yield* streamOf([batch(0), batch(100)], fields, runtime);
    throw new Error('killed');
  };
  for (const overwrite of [false, true]) {
    const options = { chunkBytes: 1, joinBelow: 1, overwrite };
    const output = await createDatasetOutput(path, { fields }, options, runtime);
    const { target } = output;
    try {
      await writeChunks(failing(), target, 0, runtime);
      assert.unreachable();
    } catch (error) {
      assert.is((error as Error).message, 'killed');
    }
    assert.ok(readdirSync(target.folder).length > 0);
    assert.is(existsSync(path), overwrite);
    const good = await writeChunks(streamOf([batch(0), batch(100)], fields, runtime), target, 1, runtime);
    output.commit([good]);
    assert.equal(readdirSync(path).sort(), [
      'manifest.json',
      'part-00001-00000.arrow',
      'part-00001-00001.arrow',
    ]);
    assert.equal(await read(path, runtime), [[...batch(0)[0]!, ...batch(100)[0]!]]);
  }
  const output = await createDatasetOutput(path, { fields }, { overwrite: true }, runtime);
  await writeChunks(streamOf([batch(7)], fields, runtime), output.target, 0, runtime);
  output.abort();
  assert.is((await read(path, runtime))[0]!.length, 200);
  assert.equal(
    readdirSync(root).filter((name) => name.startsWith('.')),
    [],
  );
  assert.is(runtime.arena.reserved, 0);
});

test('no task, no row: an empty dataset', async () => {
  const runtime = makeRuntime();
  const fields = [{ name: 'n', type: int64, nullable: true }];
  for (const tasks of [0, 2]) {
    const path = newPath();
    const output = await createDatasetOutput(path, { fields }, {}, runtime);
    const written: WrittenChunks[] = [];
    for (let task = 0; task < tasks; task++)
      written.push(await writeChunks(streamOf([], fields, runtime), output.target, task, runtime));
    assert.equal(output.commit(written), { rows: 0, bytes: 0 });
    assert.equal(await read(path, runtime), [[]]);
  }
  assert.is(runtime.arena.reserved, 0);
});

test.run();
