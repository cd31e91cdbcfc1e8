import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { BatchBuffer } from '../../lib/kernels/batch-buffer.js';
import {
  batchOf,
  type Cell,
  cellsOf,
  codedVectorOf,
  makeRuntime,
  randomCells,
  seeded,
  vectorOf,
} from '../helpers.js';

const test = suite('batch buffer');

const schema = [
  types.bool,
  types.int8,
  types.int64,
  types.float64,
  types.decimal(20, 0),
  types.utf8,
  types.utf8,
  types.list(types.int32),
  types.list(types.list(types.utf8)),
];

function randomCell(type: types.DataType, random: () => number): Cell {
  const n = Math.floor(random() * 100);
  if (type.kind === 'bool') return n < 50;
  if (type.kind === 'list') return randomCells(type, 1, random, 0.1)[0]!;
  if (type.kind === 'utf8') return 'x'.repeat(n % 5) + n;
  return type.kind === 'int64' || type.kind === 'decimal' ? BigInt(n) - 50n : n;
}

test('batches of every length, with and without nulls, come back as one', () => {
  const runtime = makeRuntime();
  const { arena, kernels } = runtime;
  const region = arena.region('test');
  const buffer = new BatchBuffer(schema, arena, kernels, 'buffer');
  const random = seeded(1);
  for (let round = 0; round < 3; round++) {
    const all: Cell[][] = schema.map(() => []);
    for (const length of [3, 0, 1, 64, 5, 200, 8, 63, 65, 1000, 7]) {
      const nulls = round === 0 || length === 3 ? 0 : random() * 0.5;
      const vectors = schema.map((type, c) => {
        const cells = Array.from({ length }, () => (random() < nulls ? null : randomCell(type, random)));
        all[c]!.push(...cells);
        // Column 5 is always plain, column 6 starts coded and turns plain now and then.
        const coded = c === 6 && length !== 200;
        return coded ? codedVectorOf(type, cells, region, runtime) : vectorOf(type, cells, region);
      });
      buffer.append(batchOf(vectors));
    }
    const result = buffer.batch();
    assert.is(result.length, all[0]!.length);
    assert.equal(
      result.columns.map((column) => cellsOf(column, arena)),
      all,
    );
    buffer.clear();
  }
  buffer.release();
});

test('a coded column behind plain ones becomes plain', () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const buffer = new BatchBuffer([types.utf8], runtime.arena, runtime.kernels, 'buffer');
  buffer.append(batchOf([vectorOf(types.utf8, ['a', null], region)]));
  buffer.append(batchOf([codedVectorOf(types.utf8, ['b', null, 'a', 'b'], region, runtime)]));
  assert.is(buffer.batch().columns[0]!.dictionary, null);
  assert.equal(cellsOf(buffer.batch().columns[0]!, runtime.arena), ['a', null, 'b', null, 'a', 'b']);
  buffer.release();
});

test.run();
