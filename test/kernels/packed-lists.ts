import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bool, type DataType, decimal, float64, int16, list, nullType, utf8 } from '../../lib/arrow/types.js';
import { packLists, unpackLists } from '../../lib/kernels/packed-lists.js';
import { take } from '../../lib/kernels/take.js';
import { type Cell, cellsOf, makeRuntime, randomCells, seeded, vectorOf } from '../helpers.js';

const test = suite('packed lists');

const elements: readonly DataType[] = [
  int16,
  float64,
  decimal(30, 2),
  bool,
  utf8,
  nullType,
  list(utf8),
  list(list(bool)),
];

test('lists of everything come back, in any order of rows', () => {
  const runtime = makeRuntime();
  const { arena } = runtime;
  const region = arena.region('test');
  const random = seeded(1);
  for (const element of elements) {
    const type = list(element);
    for (const length of [0, 1, 64, 301]) {
      for (const nulls of [0, 0.2, 1]) {
        const cells = randomCells(type, length, random, nulls);
        const packed = packLists(vectorOf(type, cells, region), region, runtime);
        assert.is(packed.type, utf8);
        const rows = Array.from({ length }, () => Math.floor(random() * length));
        const indices = region.reserve(length * 4 + 4);
        rows.forEach((row, i) => {
          arena.view.setInt32(indices + i * 4, row, true);
        });
        const taken = take(packed, indices, length, region, runtime);
        const found = unpackLists(taken, type, region, runtime);
        assert.equal(found.type, type);
        assert.equal(
          cellsOf(found, arena),
          rows.map((row): Cell => cells[row]!),
        );
        region.reset();
      }
    }
  }
  region.release();
  assert.is(arena.reserved, 0);
});

test.run();
