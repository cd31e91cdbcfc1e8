import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as arrow from 'apache-arrow';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Batch, fixedVector } from '../../lib/arrow/batch.js';
import * as types from '../../lib/arrow/types.js';
import { SpillwayError } from '../../lib/errors.js';
import { Interner } from '../../lib/kernels/interner.js';
import type { Region } from '../../lib/memory/arena.js';
import { SpillStore } from '../../spill/spill-store.js';
import { type Cell, cellsOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('spill file');

const columns: readonly { readonly type: types.DataType; readonly coded: boolean }[] = [
  { type: types.int64, coded: false },
  { type: types.uint64, coded: false },
  { type: types.int16, coded: false },
  { type: types.bool, coded: false },
  { type: types.float64, coded: false },
  { type: types.date, coded: false },
  { type: types.timestamp('UTC'), coded: false },
  { type: types.decimal(30, 2), coded: false },
  { type: types.utf8, coded: false },
  { type: types.utf8, coded: true },
  { type: { kind: 'null' }, coded: false },
];

/** Values grow with `scale`, so that later batches do not fit what earlier ones were stored in. */
function cellOf(type: types.DataType, scale: number, random: () => number): Cell {
  if (random() < 0.1) return null;
  const n = Math.floor((random() - 0.5) * scale);
  switch (type.kind) {
    case 'null':
      return null;
    case 'bool':
      return n > 0;
    case 'int64':
    case 'timestamp':
    case 'decimal':
      return BigInt(n) * BigInt(scale);
    case 'uint64':
      return BigInt(Math.abs(n)) * BigInt(scale);
    case 'int16':
      return n % 32768;
    case 'float64':
      return n / 8;
    case 'utf8':
      return `text ${Math.abs(n)}`;
    default:
      return n;
  }
}

function randomBatch(rows: number, scale: number, random: () => number) {
  const cells = columns.map(({ type }) => Array.from({ length: rows }, () => cellOf(type, scale, random)));
  const place = (region: Region, interner: Interner): Batch => ({
    length: rows,
    columns: columns.map(({ type, coded }, i) => {
      const vector = vectorOf(type, cells[i]!, region);
      return coded ? interner.intern(vector, region) : vector;
    }),
  });
  return { cells, place };
}

function openStore(limit: number | null = null) {
  const runtime = makeRuntime();
  const path = mkdtempSync(join(tmpdir(), 'spillway-test-'));
  const interner = new Interner(runtime.arena, runtime.kernels, 'test');
  const store = new SpillStore(
    async () => ({ path, remove: () => rmSync(path, { recursive: true }) }),
    limit,
    runtime,
  );
  /** Nothing may be left in memory, nor on disk. */
  const close = async (): Promise<void> => {
    interner.release();
    await store.release();
    assert.is(runtime.arena.reserved, 0);
    assert.is(store.held, 0);
    assert.not(existsSync(path));
  };
  return { runtime, store, path, interner, close };
}

test('a run may grow while it is read', async () => {
  const { runtime, store, close } = openStore();
  const file = await store.create([types.int32], 'test');
  const region = runtime.arena.region('test');
  const write = (value: number): void => {
    const data = region.reserve(4);
    runtime.arena.view.setInt32(data, value, true);
    file.write(0, { length: 1, columns: [fixedVector(types.int32, 1, data)] });
  };
  const read = file.read(0);
  for (let value = 0; value < 3; value++) {
    write(value);
    const { value: batch } = read.next();
    assert.equal(cellsOf(batch!.columns[0]!, runtime.arena), [value]);
  }
  assert.ok(read.next().done);
  region.release();
  file.release();
  await close();
});

test('runs give back what was written, in order, and the file can be read by others', async () => {
  const random = seeded(3);
  const { runtime, store, path, interner, close } = openStore();
  const { arena } = runtime;
  const region = arena.region('test');
  const file = await store.create(
    columns.map(({ type }) => type),
    'test',
  );
  const expected: Cell[][][] = [];
  const all: Cell[][] = columns.map(() => []);
  for (let i = 0; i < 40; i++) {
    region.reset();
    const run = Math.floor(random() * 5);
    const rows = [0, 1, 63, 64, 65, 1000][i % 6]!;
    const { cells, place } = randomBatch(rows, 10 ** (1 + Math.floor(i / 5)), random);
    file.write(run, place(region, interner));
    expected[run] ??= columns.map(() => []);
    cells.forEach((column, c) => {
      expected[run]![c]!.push(...column);
      all[c]!.push(...column);
    });
  }
  region.release();
  for (const run of [4, 0, 2, 1, 3, 0]) {
    const found: Cell[][] = columns.map(() => []);
    for (const batch of file.read(run))
      batch.columns.forEach((column, c) => found[c]!.push(...cellsOf(column, arena)));
    assert.equal(found, expected[run]);
    assert.is(file.rowsOf(run), expected[run]![0]!.length);
  }
  assert.is(file.runs, 5);
  assert.is(store.written, file.bytes);
  assert.is(store.held, file.bytes);
  const [name] = readdirSync(path);
  const bytes = readFileSync(join(path, name!));
  assert.is(bytes.length, file.bytes);
  let row = 0;
  for (const reader of arrow.RecordBatchReader.readAll(bytes))
    for (const batch of reader)
      for (let r = 0; r < batch.numRows; r++, row++)
        [0, 4, 8, 9].forEach((c) => {
          const value: unknown = batch.getChildAt(c)!.get(r);
          assert.is(String(value), String(all[c]![row]));
        });
  assert.is(row, all[0]!.length);
  file.release();
  assert.is(store.held, 0);
  assert.equal(readdirSync(path), []);
  await close();
});

test('a run that never was is empty; a file without batches leaves nothing', async () => {
  const { store, close } = openStore();
  const file = await store.create([types.int64], 'test');
  assert.equal([...file.read(7)], []);
  assert.is(file.rowsOf(7), 0);
  await close();
});

test('a changed byte is found when it is read', async () => {
  const random = seeded(5);
  const { runtime, store, path, interner, close } = openStore();
  const region = runtime.arena.region('test');
  const file = await store.create(
    columns.map(({ type }) => type),
    'test',
  );
  file.write(0, randomBatch(500, 1000, random).place(region, interner));
  region.release();
  const handle = openSync(join(path, readdirSync(path)[0]!), 'r+');
  writeSync(handle, Buffer.from([0xa5, 0x5a, 0xa5]), 0, 3, file.bytes - 1000);
  assert.throws(() => [...file.read(0)], /00000\.arrows is damaged: the checksum/);
  await close();
});

test('the disk budget is kept, and what is released may be used again', async () => {
  const random = seeded(6);
  const { runtime, store, interner, close } = openStore(100_000);
  const region = runtime.arena.region('test');
  const batch = randomBatch(500, 1000, random).place(region, interner);
  const list = columns.map(({ type }) => type);
  for (let round = 0; round < 5; round++) {
    const file = await store.create(list, 'the sort');
    const fill = (): void => {
      for (let i = 0; i < 50; i++) file.write(i, batch);
    };
    assert.throws(fill, /^the sort needs .* of temporary files, but 98 KB are allowed; raise --temp-limit/);
    file.release();
    assert.is(store.held, 0);
  }
  assert.ok(store.written > 200_000);
  region.release();
  await close();
});

test('a folder that is removed under a job is one error of the disk', async () => {
  const { runtime, store, path, interner } = openStore();
  const first = await store.create([types.int64], 'test');
  rmSync(path, { recursive: true });
  let error: unknown = null;
  await store.create([types.int64], 'test').catch((caught: unknown) => {
    error = caught;
  });
  assert.instance(error, SpillwayError);
  assert.is((error as SpillwayError).code, 'disk');
  assert.match((error as SpillwayError).message, /^the folder for temporary files \S+ was removed while/);
  first.release();
  interner.release();
  assert.is(runtime.arena.reserved, 0);
});

test('what a failed write did not write is not claimed', async () => {
  const random = seeded(7);
  const { runtime, store, path, interner, close } = openStore();
  const region = runtime.arena.region('test');
  const batch = randomBatch(500, 1000, random).place(region, interner);
  const file = await store.create(
    columns.map(({ type }) => type),
    'test',
  );
  file.write(0, batch);
  const before = store.held;
  // Another file takes the place of the handle, one that cannot be written.
  const handle = handleOf(join(path, readdirSync(path)[0]!));
  closeSync(handle);
  assert.is(openSync(path, 'r'), handle);
  assert.throws(() => file.write(0, batch), /spillway-test-/);
  assert.is(file.bytes, before);
  assert.is(store.held, before);
  region.release();
  await close();
});

/** The number of the open file at `path`. */
function handleOf(path: string): number {
  return Number(
    readdirSync('/proc/self/fd').find((fd) => linkOf(`/proc/self/fd/${fd}`) === realpathSync(path)),
  );
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

test.run();
