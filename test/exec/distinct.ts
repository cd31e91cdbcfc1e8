import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { distinct } from '../../lib/exec/distinct.js';
import { type Cell, contextOf, makeRuntime, seeded } from '../helpers.js';
import { columnsOf, inputOf, type Row, streamOf } from '../stream-helpers.js';

const test = suite('distinct');

test('the first of equal rows goes out, in order', async () => {
  const random = seeded(3);
  for (const [rows, size] of [
    [0, 10],
    [1, 1],
    [500, 64],
    [500, 500],
    [500, 7],
  ] as const) {
    const runtime = makeRuntime();
    const pick = (cells: readonly Cell[]): Cell => cells[Math.floor(random() * cells.length)]!;
    const input = inputOf(
      { a: types.utf8, b: types.float64, c: types.int64 },
      Array.from(
        { length: rows },
        (): Row => [pick(['x', 'y', '', null]), pick([0.5, -1, null]), pick([1n, 2n])],
      ),
    );
    const known = new Map<string, Row>();
    for (const row of input.rows) {
      const key = row.map(String).join();
      if (!known.has(key)) known.set(key, row);
    }
    const stream = distinct(streamOf(input, size, runtime), input.schema, contextOf(runtime));
    const expected = [0, 1, 2].map((c) => [...known.values()].map((row) => row[c]));
    assert.equal(await columnsOf(stream, 3, runtime), expected);
    assert.is(runtime.arena.reserved, 0);
  }
});

test('who stops early leaves nothing behind', async () => {
  const runtime = makeRuntime();
  const input = inputOf(
    { a: types.int32 },
    Array.from({ length: 100 }, (_, i): Row => [i]),
  );
  for await (const batch of distinct(streamOf(input, 10, runtime), input.schema, contextOf(runtime))) {
    assert.is(batch.length, 10);
    break;
  }
  assert.is(runtime.arena.reserved, 0);
});

test.run();
