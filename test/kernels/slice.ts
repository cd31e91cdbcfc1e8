import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { childOf } from '../../lib/arrow/batch.js';
import * as types from '../../lib/arrow/types.js';
import { denseLists, sliceBatch } from '../../lib/kernels/slice.js';
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

const test = suite('slice');

test('any run of rows of columns of every layout', () => {
  const runtime = makeRuntime();
  const { arena, kernels } = runtime;
  const region = arena.region('test');
  const random = seeded(11);
  const column = (make: (n: number) => Cell): Cell[] =>
    Array.from({ length: 300 }, () => (random() < 0.3 ? null : make(Math.floor(random() * 90))));
  const cells = [
    column((n) => n % 2 === 0),
    column((n) => n),
    column((n) => BigInt(n)),
    column((n) => `t${n}`),
    column((n) => `c${n % 5}`),
    randomCells(types.list(types.bool), 300, random, 0.2),
    randomCells(types.list(types.list(types.utf8)), 300, random, 0.2),
  ];
  const batch = batchOf([
    vectorOf(types.bool, cells[0]!, region),
    vectorOf(types.int16, cells[1]!, region),
    vectorOf(types.decimal(30, 3), cells[2]!, region),
    vectorOf(types.utf8, cells[3]!, region),
    codedVectorOf(types.utf8, cells[4]!, region, runtime),
    vectorOf(types.list(types.bool), cells[5]!, region),
    vectorOf(types.list(types.list(types.utf8)), cells[6]!, region),
  ]);
  for (const start of [0, 1, 7, 8, 55, 56, 57, 63, 64, 200, 299, 300]) {
    for (const length of [0, 1, 8, 56, 57, 100, 300].filter((n) => start + n <= 300)) {
      const part = sliceBatch(batch, start, length, region, kernels);
      assert.is(part.length, length);
      assert.equal(
        part.columns.map((vector) => cellsOf(vector, arena)),
        cells.map((all) => all.slice(start, start + length)),
      );
      for (const lists of part.columns.slice(5)) {
        const dense = denseLists(lists, region, kernels);
        assert.equal(cellsOf(dense, arena), cellsOf(lists, arena));
        assert.is(arena.view.getInt32(dense.offsets, true), 0);
        assert.is(childOf(dense).length, arena.view.getInt32(dense.offsets + length * 4, true));
      }
    }
  }
});

test.run();
