import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type DataType, decimal, int16, list, timestamp, utf8 } from '../../lib/arrow/types.js';
import { decoded, take, takeBatch } from '../../lib/kernels/take.js';
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

const test = suite('take');

const types: readonly DataType[] = [
  { kind: 'bool' },
  { kind: 'int8' },
  { kind: 'uint16' },
  { kind: 'int32' },
  { kind: 'uint64' },
  { kind: 'float32' },
  { kind: 'float64' },
  { kind: 'date' },
  timestamp(),
  decimal(30, 3),
  utf8,
  list(int16),
  list(list(utf8)),
  list({ kind: 'bool' }),
];
const lengths = [0, 1, 63, 64, 65, 1001];

test('the rows at the indices, and null at -1', () => {
  const runtime = makeRuntime();
  const { arena } = runtime;
  const region = arena.region('test');
  const random = seeded(1);
  for (const type of types) {
    for (const length of lengths) {
      for (const nulls of [0, 0.2, 1]) {
        const cells = randomCells(type, length, random, nulls);
        const columns = [vectorOf(type, cells, region)];
        if (type.kind === 'utf8') columns.push(codedVectorOf(type, cells, region, runtime));
        const count = length === 0 ? 0 : Math.floor(random() * 2 * length);
        const rows = Array.from({ length: count }, () => Math.floor(random() * length));
        const outerRows = rows.map((row) => (random() < 0.3 ? -1 : row));
        for (const column of columns) {
          const name = `${type.kind} ${length} ${nulls} ${column.dictionary !== null}`;
          const gathered = take(column, indicesOf(rows), count, region, runtime);
          assert.equal(
            cellsOf(gathered, arena),
            rows.map((row) => cells[row]!),
            name,
          );
          assert.is(gathered.dictionary, column.dictionary);
          assert.equal(
            cellsOf(take(column, indicesOf(outerRows), count, region, runtime, true), arena),
            outerRows.map((row) => (row < 0 ? null : cells[row]!)),
            `outer ${name}`,
          );
          assert.equal(cellsOf(decoded(column, region, runtime), arena), cells);
        }
      }
    }
  }
  region.release();

  function indicesOf(rows: readonly number[]): number {
    return vectorOf({ kind: 'int32' }, rows, region).data;
  }
});

test('only nulls from an empty column', () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const indices = vectorOf({ kind: 'int32' }, [-1, -1], region).data;
  for (const type of types) {
    const batch = takeBatch(batchOf([vectorOf(type, [], region)]), indices, 2, region, runtime, true);
    assert.equal(cellsOf(batch.columns[0]!, runtime.arena), [null, null]);
  }
  region.release();
  assert.is(runtime.arena.reserved, 0);
});

test('set bits become indices, whatever their density', () => {
  const runtime = makeRuntime();
  const { arena, kernels } = runtime;
  const region = arena.region('test');
  const random = seeded(2);
  for (const length of lengths) {
    for (const density of [0, 0.05, 0.5, 0.95, 1]) {
      const bits: Cell[] = Array.from({ length }, () => random() < density);
      const known: Cell[] = Array.from({ length }, () => random() < 0.8);
      const a = vectorOf({ kind: 'bool' }, bits, region).data;
      const b = vectorOf({ kind: 'bool' }, known, region).data;
      const out = region.reserve((length + 1) * 4);
      for (const validity of [0, b]) {
        const count = kernels.take_indices(a, validity, length, out);
        const expected = [...bits.keys()].filter((i) => bits[i] && (validity === 0 || known[i]));
        assert.equal([...new Int32Array(arena.buffer, out, count)], expected);
      }
    }
  }
  region.release();
  assert.is(arena.reserved, 0);
});

test.run();
