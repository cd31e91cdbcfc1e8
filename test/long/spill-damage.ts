/** Any bit of a temporary file may flip: what is read is what was written, or one error says which file it was. */
import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { SpillwayError } from '../../lib/errors.js';
import { Interner } from '../../lib/kernels/interner.js';
import type { SpillFile } from '../../spill/spill-file.js';
import { SpillStore } from '../../spill/spill-store.js';
import { type Cell, cellsOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('damage in every part of a temporary file');

const columns = [types.int64, types.float64, types.bool, types.utf8, types.utf8] as const;
/** The last column comes coded. */
const coded = columns.length - 1;

const rows = 10;
const batches = 4;
const runs = 2;

test('a bit of each byte of the schema, dictionaries, metadata and bodies', async () => {
  const random = seeded(41);
  const runtime = makeRuntime();
  const { arena } = runtime;
  const path = mkdtempSync(join(tmpdir(), 'spillway-damage-'));
  const store = new SpillStore(
    async () => ({ path, remove: () => rmSync(path, { recursive: true }) }),
    null,
    runtime,
  );
  const interner = new Interner(arena, runtime.kernels, 'test');
  const region = arena.region('test');
  const file = await store.create(columns, 'test');
  for (let i = 0; i < batches; i++) {
    region.reset();
    const vectors = columns.map((type, c) => {
      const cells = Array.from({ length: rows }, () => cellOf(type, 10 ** i, random));
      const vector = vectorOf(type, cells, region);
      return c === coded ? interner.intern(vector, region) : vector;
    });
    file.write(i % runs, { length: rows, columns: vectors });
  }
  region.release();
  interner.release();
  const everything = (): string => JSON.stringify(readAll(file), (_, cell) => String(cell));
  const readAll = (from: SpillFile): Cell[][] =>
    Array.from({ length: runs }, (_, run) => {
      const cells: Cell[] = [];
      for (const batch of from.read(run))
        for (const column of batch.columns) cells.push(...cellsOf(column, arena));
      return cells;
    });
  const expected = everything();
  const handle = openSync(join(path, readdirSync(path)[0]!), 'r+');
  const byte = Buffer.alloc(1);
  let errors = 0;
  for (let at = 0; at < file.bytes; at++) {
    readSync(handle, byte, 0, 1, at);
    const whole = byte[0]!;
    byte[0] = whole ^ (1 << (at % 8));
    writeSync(handle, byte, 0, 1, at);
    try {
      assert.is(everything(), expected, `byte ${at}`);
    } catch (error) {
      if (!(error instanceof SpillwayError)) throw error;
      assert.is(error.code, 'disk', error.message);
      assert.match(error.message, /00000\.arrows is damaged: the checksum of a batch is not what it was/);
      errors++;
    }
    byte[0] = whole;
    writeSync(handle, byte, 0, 1, at);
  }
  closeSync(handle);
  // The rest is not read again: schemas, dictionaries and metadata are there for others, and padding holds nothing.
  assert.ok(errors > file.bytes / 8, `${errors} of ${file.bytes}`);
  assert.is(everything(), expected);
  await store.release();
  assert.is(arena.reserved, 0);
});

function cellOf(type: types.DataType, scale: number, random: () => number): Cell {
  if (random() < 0.1) return null;
  const value = Math.floor((random() - 0.5) * scale);
  if (type.kind === 'bool') return value > 0;
  if (type.kind === 'int64') return BigInt(value);
  return type.kind === 'utf8' ? `text ${value}` : value / 8;
}

test.run();
