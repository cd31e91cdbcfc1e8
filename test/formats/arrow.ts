import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as lib from 'apache-arrow';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Field } from '../../lib/arrow/schema.js';
import * as types from '../../lib/arrow/types.js';
import { arrow } from '../../lib/formats/arrow.js';
import type { Runtime } from '../../lib/formats/format.js';
import {
  batchOf,
  type Cell,
  cellsOf,
  codedVectorOf,
  codesOf,
  makeRuntime,
  seeded,
  vectorOf,
} from '../helpers.js';
import { randomCells, randomFields } from '../spill/random-data.js';

const test = suite('formats/arrow');
const root = mkdtempSync(join(tmpdir(), 'spillway-arrow-'));
test.after(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const newPath = (extension: string): string => join(root, `f${count++}${extension}`);

async function write(
  path: string,
  fields: readonly Field[],
  batches: readonly (readonly Cell[][])[],
  runtime: Runtime,
): Promise<void> {
  const region = runtime.arena.region('test');
  const sink = await arrow.create(path, { fields }, {}, runtime);
  for (const columns of batches) {
    region.reset();
    const vectors = fields.map(({ type }, i) => {
      const some = columns[i]!.some((cell) => cell !== null);
      return type.kind === 'utf8' && i % 2 === 0 && some
        ? codedVectorOf(type, columns[i]!, region, runtime)
        : vectorOf(type, columns[i]!, region);
    });
    await sink.write({ ...batchOf(vectors), length: columns[0]!.length });
  }
  await sink.finish();
  region.release();
}

async function read(
  paths: readonly string[],
  runtime: Runtime,
  columns?: readonly number[],
  limit: number | null = null,
): Promise<{ fields: readonly Field[]; cells: Cell[][]; lengths: number[] }> {
  const source = await arrow.open(paths, {}, runtime);
  const wanted = columns ?? source.schema.fields.map((_, i) => i);
  const cells: Cell[][] = wanted.map(() => []);
  const lengths: number[] = [];
  for await (const batch of source.scan(
    { columns: wanted, chunks: null, range: null, limit },
    runtime,
    () => {},
  )) {
    lengths.push(batch.length);
    batch.columns.forEach((column, i) => {
      for (const cell of cellsOf(column, runtime.arena)) cells[i]!.push(cell);
    });
  }
  await source.close();
  return { fields: source.schema.fields, cells, lengths };
}

test('random schemas and data survive as file and as stream', async () => {
  const random = seeded(1);
  for (let round = 0; round < 40; round++) {
    const runtime = makeRuntime();
    const fields = randomFields(random);
    const batches = [100, 0, 1, 65].map((length) =>
      fields.map(({ type }) => randomCells(type, length, random, random(), [0, 0.1, 1][round % 3]!)),
    );
    const path = newPath(round % 2 === 0 ? '.arrow' : '.arrows');
    await write(path, fields, batches, runtime);
    const found = await read([path], runtime);
    assert.equal(found.fields, fields);
    assert.equal(
      found.cells,
      fields.map((_, i) => batches.flatMap((columns) => columns[i]!)),
    );
    assert.is(lib.tableFromIPC(readFileSync(path)).numRows, 166);
    const none = await read([path, path], runtime, []);
    assert.is(
      none.lengths.reduce((sum, length) => sum + length, 0),
      332,
    );
    const first = await read([path], runtime, [0], 7);
    assert.equal(first.cells, [found.cells[0]!.slice(0, 7)]);
    assert.is(runtime.arena.reserved - heldByTests(batches, fields), 0);
  }
});

/** codedVectorOf's dictionaries live as long as the arena: four runs of blocks each. */
function heldByTests(batches: readonly (readonly Cell[][])[], fields: readonly Field[]): number {
  const coded = batches.flatMap((columns) =>
    columns.filter(
      (cells, i) => fields[i]!.type.kind === 'utf8' && i % 2 === 0 && cells.some((c) => c !== null),
    ),
  );
  return coded.length * 4 * 65536;
}

test('files of apache-arrow are read, with its units and dictionaries', async () => {
  const runtime = makeRuntime();
  const values = ['x', 'y', 'x', null, 'z', 'y'];
  const dictionary = <T extends lib.Int8 | lib.Int16 | lib.Int32 | lib.Uint8 | lib.Uint16 | lib.Uint32>(
    index: T,
  ) => lib.vectorFromArray(values, new lib.Dictionary(new lib.Utf8(), index));
  const three = [null, null, null];
  const lists = [[1, null], null, [], [2], [3, 4, 5], []];
  const days = [new Date(86_400_000), null, new Date(-86_400_000), ...three];
  const table = new lib.Table({
    i8: dictionary(new lib.Int8()),
    u16: dictionary(new lib.Uint16()),
    i32: dictionary(new lib.Int32()),
    s: lib.vectorFromArray([1000, null, -2000, ...three], new lib.TimestampSecond()),
    ms: lib.vectorFromArray([1, null, -2, ...three], new lib.TimestampMillisecond()),
    us: lib.vectorFromArray([1, null, -2, ...three], new lib.TimestampMicrosecond('UTC')),
    ns: lib.vectorFromArray([1, null, -2, ...three], new lib.TimestampNanosecond()),
    days: lib.vectorFromArray(days, new lib.DateDay()),
    date64: lib.vectorFromArray(days, new lib.DateMillisecond()),
    large: lib.vectorFromArray(['a', null, 'bc', ...three], new lib.LargeUtf8()),
    flag: lib.vectorFromArray([true, null, false, ...three], new lib.Bool()),
    list: lib.vectorFromArray(lists, new lib.List(new lib.Field('x', new lib.Int16(), true))),
  });
  const expected: Record<string, Cell[]> = {
    i8: values,
    u16: values,
    i32: values,
    s: [1_000_000n, null, -2_000_000n, ...three],
    ms: [1000n, null, -2000n, ...three],
    us: [1000n, null, -2000n, ...three],
    ns: [1000n, null, -2000n, ...three],
    days: [1, null, -1, ...three],
    date64: [1, null, -1, ...three],
    large: ['a', null, 'bc', ...three],
    flag: [true, null, false, ...three],
    list: lists as unknown as Cell[],
  };
  for (const form of ['file', 'stream'] as const) {
    const path = newPath('.arrow');
    writeFileSync(path, lib.tableToIPC(table, form));
    const found = await read([path], runtime);
    const byName = Object.fromEntries(found.fields.map(({ name }, i) => [name, found.cells[i]!]));
    assert.equal(byName, expected, form);
  }
  assert.is(runtime.arena.reserved, 0);
});

test('large batches are handed on in pieces', async () => {
  const runtime = makeRuntime(8 * 2 ** 20);
  const length = 100_001;
  const floats = Float64Array.from({ length }, (_, i) => i / 2);
  const texts = Array.from({ length }, (_, i) => (i % 7 === 0 ? null : `t${i % 1000}`));
  const table = new lib.Table({
    floats: lib.vectorFromArray(floats),
    texts: lib.vectorFromArray(texts, new lib.Utf8()),
    coded: lib.vectorFromArray(texts, new lib.Dictionary(new lib.Utf8(), new lib.Int32())),
  });
  const path = newPath('.arrow');
  writeFileSync(path, lib.tableToIPC(table, 'file'));
  const found = await read([path], runtime);
  // A 32nd part of the memory each: 8 bytes for a float, about 16 for a text.
  const most = Math.floor(runtime.arena.capacity / 32 / 41) & ~15;
  const whole = Math.floor(length / most);
  assert.equal(found.lengths, [...new Array<number>(whole).fill(most), length - whole * most]);
  assert.equal(found.cells, [[...floats], texts, texts]);
  assert.ok(runtime.arena.peak < 4 * 2 ** 20);
  assert.is(runtime.arena.reserved, 0);
});

test('a stream comes through a pipe, and is opened twice', () => {
  const table = new lib.Table({
    a: lib.vectorFromArray(['p', 'q', null, 'p'], new lib.Dictionary(new lib.Utf8(), new lib.Int8())),
  });
  const at = (path: string): string => JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
  const script = `
    const { arrow } = await import(${at('lib/formats/arrow.js')});
    const { makeRuntime, cellsOf } = await import(${at('test/helpers.js')});
    const runtime = makeRuntime();
    await arrow.open(['-'], {}, runtime);
    const source = await arrow.open(['-'], {}, runtime);
    const sink = await arrow.create('-', source.schema, {}, runtime);
    for await (const batch of source.scan({ columns: [0], chunks: null, range: null, limit: null }, runtime, () => {}))
      await sink.write(batch);
    await sink.finish();
    if (runtime.arena.reserved !== 0) throw new Error('held');
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    input: lib.tableToIPC(table, 'stream'),
  });
  assert.is(stderr.toString(), '');
  assert.equal([...lib.tableFromIPC(stdout).getChildAt(0)!], ['p', 'q', null, 'p']);
});

test('what cannot be held, or is cut or damaged, is refused', async () => {
  const runtime = makeRuntime();
  const save = (table: lib.Table): string => {
    const path = newPath('.arrow');
    writeFileSync(path, lib.tableToIPC(table, 'file'));
    return path;
  };
  const list = lib.vectorFromArray(
    [[1], [2]],
    new lib.FixedSizeList(1, new lib.Field('item', new lib.Int32())),
  );
  await refused(
    read([save(new lib.Table({ l: list }))], runtime),
    /column l has type fixed-size list, which is not supported/,
  );
  const odd = lib.makeData({ type: new lib.TimestampNanosecond(), data: BigInt64Array.of(1000n, 1001n) });
  await refused(
    read([save(new lib.Table({ t: lib.makeVector(odd) }))], runtime),
    /row 2, column t: its nanoseconds cannot be told in microseconds/,
  );
  const one = save(new lib.Table({ a: lib.vectorFromArray([1, 2], new lib.Int32()) }));
  const two = save(new lib.Table({ a: lib.vectorFromArray(['x'], new lib.Utf8()) }));
  await refused(
    read([one, two], runtime),
    /has the columns a utf8 null, but the first file has a int32 null/,
  );
  await refused(read([join(root, 'none.arrow')], runtime), /none.arrow is missing/);

  const whole = readFileSync(
    save(new lib.Table({ a: lib.vectorFromArray(['x', 'yy', null], new lib.Utf8()) })),
  );
  const path = newPath('.arrow');
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    await refused(read([path], runtime), /./);
  }
  const random = seeded(5);
  for (let round = 0; round < 400; round++) {
    const bytes = Uint8Array.from(whole);
    bytes[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8);
    writeFileSync(path, bytes);
    // There are no checksums in Arrow: what is not refused must only not crash.
    await read([path], runtime).catch((error: { code?: string; stack?: string }) =>
      assert.ok(error.code === 'data' || error.code === 'memory', error.stack),
    );
  }
  assert.is(runtime.arena.reserved, 0);
});

test('an output appears when it is finished', async () => {
  const runtime = makeRuntime();
  const path = newPath('.arrow');
  const sink = await arrow.create(
    path,
    { fields: [{ name: 'a', type: types.int32, nullable: true }] },
    {},
    runtime,
  );
  assert.not.ok(existsSync(path));
  await sink.abort();
  assert.not.ok(existsSync(path));
  assert.not.ok(readdirSync(root).some((name) => name.startsWith('.')));
  assert.is(runtime.arena.reserved, 0);
});

async function refused(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error as Error & { code?: string },
  );
  assert.ok(outcome !== null, `not refused with ${message}`);
  assert.ok(outcome.code === 'data' || outcome.code === 'usage', outcome.stack);
  assert.match(outcome.message, message);
}

test('codes of long texts are spelled out in pieces that memory has room for', async () => {
  const path = newPath('.arrow');
  const texts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(letter === 'd' ? 1 : 100_000));
  const codes = Array.from({ length: 1003 }, (_, i) => (i % 5 === 0 ? i % 3 : 3));
  const flags = codes.map((_, i): Cell => (i % 11 === 0 ? null : i % 2 === 0));
  const fields = [
    { name: 't', type: types.utf8, nullable: true },
    { name: 'b', type: types.bool, nullable: true },
  ];
  const runtime = makeRuntime(16 * 2 ** 20);
  const region = runtime.arena.region('test');
  const sink = await arrow.create(path, { fields }, {}, runtime);
  await sink.write(batchOf([codesOf(texts, codes, region), vectorOf(types.bool, flags, region)]));
  await sink.finish();
  region.release();
  assert.is(runtime.arena.reserved, 0);
  const { cells } = await read([path], makeRuntime(128 * 2 ** 20));
  assert.equal(cells, [codes.map((code) => texts[code]!), flags]);
});

test.run();
