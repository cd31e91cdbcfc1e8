import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type DataType, familyOf, physicalOf, typeName, widthOf } from '../../lib/arrow/types.js';
import { convertColumn } from '../../lib/kernels/convert.js';
import { castable } from '../../lib/kernels/signature.js';
import { type Cell, cellsOf, makeRuntime, randomCells, seeded, vectorOf } from '../helpers.js';

const test = suite('convert');

const kinds = [
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float32',
  'float64',
] as const;

/** To the nearest integer, halves to the even one. */
function nearest(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

function expected(cell: Cell, to: DataType): Cell {
  if (cell === null) return null;
  if (to.kind === 'float32') return Math.fround(Number(cell));
  if (to.kind === 'float64') return Number(cell);
  if (typeof cell === 'number' && !Number.isFinite(cell)) return null;
  const whole = typeof cell === 'bigint' ? cell : BigInt(nearest(cell as number));
  const bits = BigInt(widthOf(to) * 8);
  const signed = physicalOf(to).startsWith('i');
  const [least, most] = signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
  if (whole < least || whole > most) return null;
  return bits === 64n ? whole : Number(whole);
}

test('every number to every number, with null for what does not fit', () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const random = seeded(9);
  for (const kind of kinds) {
    for (const length of [0, 1, 65, 700]) {
      const cells = randomCells({ kind }, length, random, 0.1);
      if (familyOf({ kind }) === 'float')
        cells.forEach((_, i) => {
          if (random() < 0.5) cells[i] = Math.floor(random() * 600 - 300) / 2;
        });
      const column = vectorOf({ kind }, cells, region);
      for (const to of kinds) {
        assert.equal(
          cellsOf(convertColumn(column, { kind: to }, true, region, runtime), runtime.arena),
          cells.map((cell) => expected(cell, { kind: to })),
          `${kind} to ${to}`,
        );
      }
      region.reset();
    }
  }
  region.release();
  assert.is(runtime.arena.reserved, 0);
});

test('every pair that can be cast has a way', () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const types: readonly DataType[] = [
    ...kinds.map((kind) => ({ kind })),
    { kind: 'null' },
    { kind: 'bool' },
    { kind: 'date' },
    { kind: 'utf8' },
    { kind: 'timestamp', zone: null },
    { kind: 'timestamp', zone: 'UTC' },
    { kind: 'decimal', precision: 12, scale: 2 },
    { kind: 'decimal', precision: 20, scale: 0 },
  ];
  for (const from of types) {
    for (const to of types) {
      if (!castable(from, to)) continue;
      const column = vectorOf(
        from,
        from.kind === 'null' ? [null, null] : [null, ...randomCells(from, 1, seeded(1), 0)],
        region,
      );
      const made = convertColumn(column, to, true, region, runtime);
      assert.is(typeName(made.type), typeName(to));
      assert.is(cellsOf(made, runtime.arena)[0], null);
    }
  }
  region.release();
});

test.run();
