import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as arrow from 'apache-arrow';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { batchRows } from '../../lib/arrow/batch.js';
import type { Field } from '../../lib/arrow/schema.js';
import { float64, int64, utf8, widthOf } from '../../lib/arrow/types.js';
import type { Runtime } from '../../lib/formats/format.js';
import { type ByteSource, openBytes } from '../../spill/bytes.js';
import { DatasetReader } from '../../spill/dataset-reader.js';
import { createDataset, type DatasetOptions } from '../../spill/dataset-writer.js';
import { decodeManifest } from '../../spill/manifest.js';
import { batchOf, type Cell, cellsOf, codedVectorOf, makeRuntime, seeded, vectorOf } from '../helpers.js';
import { randomCells, randomFields } from './random-data.js';

const test = suite('spill/dataset');

/** Batches as they are stored. */
const asStored = { rows: batchRows, bytes: Number.POSITIVE_INFINITY };
const root = mkdtempSync(join(tmpdir(), 'spillway-dataset-'));
test.after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const newPath = (): string => join(root, `d${count++}`);

/** `batches` holds the cells of each batch by column. Even columns of text come coded where `coded`. */
async function write(
  path: string,
  fields: readonly Field[],
  batches: readonly (readonly Cell[][])[],
  runtime: Runtime,
  options: DatasetOptions = {},
  coded = false,
): Promise<{ rows: number; bytes: number }> {
  const region = runtime.arena.region('test');
  const writer = await createDataset(path, { fields }, options, runtime);
  for (const columns of batches) {
    region.reset();
    const vectors = fields.map(({ type }, i) =>
      coded && type.kind === 'utf8' && i % 2 === 0 && columns[i]!.some((cell) => cell !== null)
        ? codedVectorOf(type, columns[i]!, region, runtime)
        : vectorOf(type, columns[i]!, region),
    );
    writer.write({ ...batchOf(vectors), length: columns[0]!.length });
  }
  region.release();
  return writer.finish();
}

/** `part`, where given, stands for the content of every chunk file. */
function read(path: string, columns: readonly number[], runtime: Runtime, part?: Uint8Array): Cell[][] {
  const reader = new DatasetReader(
    path,
    runtime,
    part === undefined ? openBytes : (file) => inMemory(file, part),
  );
  const found: Cell[][] = columns.map(() => []);
  const chunks = reader.manifest.chunks.map((_, i) => i);
  for (const batch of reader.scan(chunks, columns, asStored, runtime, () => {}))
    batch.columns.forEach((column, i) => found[i]!.push(...cellsOf(column, runtime.arena)));
  return found;
}

function inMemory(path: string, bytes: Uint8Array): ByteSource {
  return {
    path,
    size: bytes.length,
    read: (offset, target) => target.set(bytes.subarray(offset, offset + target.length)),
    close() {},
  };
}

test('random schemas and data survive, in any chunks', async () => {
  const random = seeded(1);
  for (let round = 0; round < 60; round++) {
    const runtime = makeRuntime();
    const fields = randomFields(random);
    const lengths = Array.from({ length: Math.floor(random() * 5) }, () => Math.floor(random() * 200));
    const batches = lengths.map((length) =>
      fields.map(({ type }) =>
        randomCells(type, length, random, random(), [0, 0.1, 1][Math.floor(random() * 3)]!),
      ),
    );
    const path = newPath();
    const chunkBytes = [1, 5000, 2 ** 26][round % 3]!;
    const { rows } = await write(path, fields, batches, runtime, {
      chunkBytes,
      joinBelow: [1, 100, 8192][Math.floor(random() * 3)]!,
    });
    assert.is(
      rows,
      lengths.reduce((sum, length) => sum + length, 0),
    );
    const expected = fields.map((_, i) => batches.flatMap((columns) => columns[i]!));
    assert.equal(
      read(
        path,
        fields.map((_, i) => i),
        runtime,
      ),
      expected,
    );
    const some = fields
      .map((_, i) => i)
      .filter(() => random() < 0.5)
      .reverse();
    assert.equal(
      read(path, some, runtime),
      some.map((i) => expected[i]!),
    );
    assert.is(runtime.arena.reserved, 0);
  }
});

test('text that comes coded keeps its codes, across growing dictionaries and chunks', async () => {
  const random = seeded(2);
  const runtime = makeRuntime();
  const fields = [{ name: 'a', type: utf8, nullable: true }];
  const batches = Array.from({ length: 6 }, (_, b) => [
    Array.from({ length: 300 }, () => (random() < 0.1 ? null : `v${Math.floor(random() * 60 * (b + 1))}`)),
  ]);
  const path = newPath();
  await write(path, fields, batches, runtime, { chunkBytes: 1, joinBelow: 1 }, true);
  assert.equal(read(path, [0], runtime), [batches.flatMap((columns) => columns[0]!)]);
  const { chunks, columns } = new DatasetReader(path, runtime).manifest;
  assert.is(chunks.length, 6);
  assert.ok(chunks.every((chunk) => chunk.lineages[0] === 0));
  chunks.forEach((chunk, b) => {
    const present = batches[b]![0]!.filter((cell) => cell !== null);
    const sorted = [...present].sort();
    assert.is(chunk.columns[0]!.distinct, new Set(present).size);
    assert.is(chunk.columns[0]!.min, sorted[0]);
    assert.is(chunk.columns[0]!.max, sorted.at(-1));
  });
  assert.ok(Math.abs(columns[0]!.distinct! / new Set(batches.flatMap((b) => b[0]!)).size - 1) < 0.1);
});

for (const [what, texts, coded] of [
  ['that would not fit is not begun', 500_000, false],
  ['that fits is', 30_000, true],
] as const)
  test(`a dictionary ${what}`, async () => {
    const random = seeded(5);
    const runtime = makeRuntime(34 * 2 ** 20);
    const fields = [{ name: 'a', type: utf8, nullable: true }];
    const batches = Array.from({ length: 3 }, () => [
      Array.from({ length: batchRows }, () => `text ${Math.floor(random() * texts)}`),
    ]);
    const path = newPath();
    await write(path, fields, batches, runtime, {}, true);
    const { chunks } = new DatasetReader(path, runtime).manifest;
    assert.equal(
      chunks.map(({ lineages }) => lineages[0]),
      [coded ? 0 : null],
    );
    assert.equal(read(path, [0], runtime), [batches.flatMap((columns) => columns[0]!)]);
  });

test('a dataset that is opened again is that which is there now', async () => {
  const runtime = makeRuntime();
  const fields = [{ name: 'a', type: float64, nullable: true }];
  const path = newPath();
  await write(path, fields, [[[1]]], runtime);
  const first = new DatasetReader(path, runtime).manifest;
  assert.is(new DatasetReader(path, runtime).manifest, first);
  await write(path, fields, [[[2, 3]]], runtime, { overwrite: true });
  assert.equal(read(path, [0], runtime), [[2, 3]]);
  rmSync(path, { recursive: true });
  await refused(
    async () => void new DatasetReader(path, runtime),
    /is not a dataset: it has no manifest\.json/,
  );
});

test('integers are stored narrow, and a chunk ends where they do not fit', async () => {
  const runtime = makeRuntime();
  const fields = [{ name: 'a', type: int64, nullable: false }];
  const batches = [[1n, 2n], [100n], [200n], [-5n], [40000n], [3n], [2n ** 40n], [1n]].map((cells) => [
    cells,
  ]);
  const path = newPath();
  await write(path, fields, batches, runtime, { joinBelow: 1 });
  const { chunks } = new DatasetReader(path, runtime).manifest;
  assert.equal(
    chunks.map((chunk) => [chunk.stored[0]!.kind, chunk.rows]),
    [
      ['int8', 3],
      ['uint8', 1],
      ['int8', 1],
      ['uint16', 2],
      ['int64', 2],
    ],
  );
  assert.equal(read(path, [0], runtime), [batches.flatMap((columns) => columns[0]!)]);
});

test('apache-arrow reads the files and finds the same values', async () => {
  const random = seeded(3);
  const runtime = makeRuntime();
  for (let round = 0; round < 20; round++) {
    const fields = randomFields(random);
    const batches = [130, 7, 64].map((length) =>
      fields.map(({ type }) => randomCells(type, length, random, random(), 0.2)),
    );
    const path = newPath();
    await write(path, fields, batches, runtime, { chunkBytes: 3000, joinBelow: 1 });
    const tables = new DatasetReader(path, runtime).manifest.chunks.map((chunk) =>
      arrow.tableFromIPC(readFileSync(join(path, chunk.file))),
    );
    fields.forEach((field, i) => {
      const found = tables.flatMap((table) => [...table.getChildAt(i)!].map((value) => plain(value, field)));
      assert.equal(
        found,
        batches.flatMap((columns) => columns[i]!).map((cell) => comparable(cell, field)),
      );
    });
  }
  assert.is(runtime.arena.reserved, 0);
});

/** A value of apache-arrow as a cell. */
function plain(value: unknown, { type }: Pick<Field, 'type'>): unknown {
  if (value === null || value === undefined) return null;
  if (type.kind === 'list')
    return [...(value as arrow.Vector)].map((one) => plain(one, { type: type.element }));
  if (type.kind === 'decimal')
    return String(
      BigInt.asIntN(
        128,
        [...(value as Uint32Array)].reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n),
      ),
    );
  if (type.kind === 'timestamp') return Math.round(value as number);
  if (type.kind === 'date') return (value as number) / 86400000;
  // Integers that are stored narrow come as numbers.
  return widthOf(type) === 8 && typeof value !== 'boolean' && type.kind !== 'float64' ? String(value) : value;
}

function comparable(cell: Cell, { type }: Pick<Field, 'type'>): unknown {
  if (type.kind === 'list' && cell !== null)
    return (cell as unknown as Cell[]).map((one) => comparable(one, { type: type.element }));
  if (type.kind === 'timestamp' && cell !== null) return Math.round(Number(cell) / 1000);
  return typeof cell === 'bigint' ? String(cell) : cell;
}

test('a dataset appears whole or not at all, and replaces only a dataset', async () => {
  const runtime = makeRuntime();
  const fields = [{ name: 'a', type: float64, nullable: true }];
  const path = newPath();
  const writer = await createDataset(path, { fields }, {}, runtime);
  const region = runtime.arena.region('test');
  writer.write(batchOf([vectorOf(float64, [1, 2], region)]));
  region.release();
  assert.not.ok(existsSync(path));
  await writer.abort();
  assert.is(runtime.arena.reserved, 0);
  assert.not.ok(readdirSync(root).some((name) => name.startsWith('.')));

  await write(path, fields, [[[1]]], runtime);
  await refused(() => write(path, fields, [[[2]]], runtime), /exists; give --overwrite to replace it/);
  await write(path, fields, [[[2]]], runtime, { overwrite: true });
  assert.equal(read(path, [0], runtime), [[2]]);

  const other = newPath();
  mkdirSync(other);
  writeFileSync(join(other, 'thesis.txt'), 'years of work');
  await refused(() => write(other, fields, [[[2]]], runtime, { overwrite: true }), /is not a dataset/);
  assert.equal(readdirSync(other), ['thesis.txt']);
  writeFileSync(join(path, 'thesis.txt'), 'years of work');
  await refused(
    () => write(path, fields, [[[3]]], runtime, { overwrite: true }),
    /holds thesis\.txt, which is no part of a dataset, so it is not overwritten/,
  );
  assert.equal(read(path, [0], runtime), [[2]]);
  assert.not.ok(readdirSync(root).some((name) => name.startsWith('.')));
});

test('every flipped bit is found or does no harm, as is every cut', async () => {
  const runtime = makeRuntime();
  const fields = [
    { name: 'a', type: int64, nullable: true },
    { name: 'b', type: utf8, nullable: true },
    { name: 'c', type: utf8, nullable: true },
  ];
  const cells: Cell[][] = [
    [1n, null, 300n, 4n],
    ['x', 'x', null, 'y'],
    ['one', 'two', 'three', null],
  ];
  const path = newPath();
  await write(path, fields, [cells], runtime);
  const part = readFileSync(join(path, 'part-00000.arrow'));
  const { manifest } = new DatasetReader(path, runtime);
  const readPart = (bytes: Uint8Array) => orRefused(() => read(path, [0, 1, 2], runtime, bytes));
  assert.equal(readPart(part), cells);
  for (let bit = 0; bit < part.length * 8; bit++)
    assert.equal(readPart(flipped(part, bit)) ?? cells, cells, `bit ${bit}`);
  for (let length = 0; length < part.length; length++) assert.is(readPart(part.subarray(0, length)), null);

  const text = readFileSync(join(path, 'manifest.json'));
  const readText = (bytes: Uint8Array) =>
    orRefused(() => decodeManifest(Buffer.from(bytes).toString('latin1'), 'manifest.json', runtime));
  assert.equal(readText(text), manifest);
  for (let bit = 0; bit < text.length * 8; bit++) assert.is(readText(flipped(text, bit)), null, `bit ${bit}`);
  for (let length = 0; length < text.length; length++) assert.is(readText(text.subarray(0, length)), null);

  rmSync(join(path, 'part-00000.arrow'));
  assert.is(
    orRefused(() => read(path, [0], runtime)),
    null,
  );
  rmSync(join(path, 'manifest.json'));
  assert.throws(() => read(path, [0], runtime), /is not a dataset: it has no manifest.json$/);
  assert.is(runtime.arena.reserved, 0);
});

test('only the columns asked for are read', async () => {
  const runtime = makeRuntime();
  const fields = ['a', 'b', 'c'].map((name) => ({ name, type: float64, nullable: false }));
  const cells = [0, 1, 2].map((c) => Array.from({ length: 1000 }, (_, i) => c * 1000 + i));
  const path = newPath();
  await write(path, fields, [cells], runtime);
  const ranges: [number, number][] = [];
  const reader = new DatasetReader(path, runtime, (file) => {
    const bytes = openBytes(file);
    return {
      path: file,
      size: bytes.size,
      read(offset, target) {
        ranges.push([offset, target.length]);
        bytes.read(offset, target);
      },
      close: () => bytes.close(),
    };
  });
  let told = 0;
  for (const batch of reader.scan([0], [0, 2], asStored, runtime, (bytes) => (told += bytes)))
    assert.equal(
      batch.columns.map((column) => cellsOf(column, runtime.arena)),
      [cells[0]!, cells[2]!],
    );
  const size = Math.ceil(8000 / 64) * 64;
  assert.equal(
    ranges.slice(1).map(([, length]) => length),
    [size, size],
  );
  assert.is(told, 2 * size);
  assert.is(runtime.arena.reserved, 0);
});

async function refused(act: () => Promise<unknown>, message: RegExp): Promise<void> {
  try {
    await act();
  } catch (error) {
    assert.match((error as Error).message, message);
    return;
  }
  assert.unreachable(`not refused with ${message}`);
}

/** Null where it is refused as damaged. */
function orRefused<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    assert.is((error as { code?: string }).code, 'data', (error as Error).stack ?? '');
    return null;
  }
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}

test.run();
