import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type DataType, decimal, timestamp, utf8 } from '../../lib/arrow/types.js';
import { type Comparison, comparedBits } from '../../lib/kernels/compare.js';
import type { Datum } from '../../lib/kernels/datum.js';
import { type Cell, makeRuntime, randomCells, seeded, vectorOf } from '../helpers.js';

const test = suite('compare');

const types: readonly DataType[] = [
  { kind: 'bool' },
  { kind: 'int8' },
  { kind: 'int16' },
  { kind: 'int32' },
  { kind: 'int64' },
  { kind: 'uint8' },
  { kind: 'uint16' },
  { kind: 'uint32' },
  { kind: 'uint64' },
  { kind: 'float32' },
  { kind: 'float64' },
  { kind: 'date' },
  timestamp(),
  decimal(30, 2),
  utf8,
];
const comparisons: readonly Comparison[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];

/** Negative, zero or positive: text by bytes, NaN = NaN and greatest, -0 = 0. */
function order(a: NonNullable<Cell>, b: NonNullable<Cell>): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

const holds: Readonly<Record<Comparison, (order: number) => boolean>> = {
  eq: (n) => n === 0,
  ne: (n) => n !== 0,
  lt: (n) => n < 0,
  le: (n) => n <= 0,
  gt: (n) => n > 0,
  ge: (n) => n >= 0,
};

test('columns with columns and with constants, of every type', () => {
  const runtime = makeRuntime();
  const { arena } = runtime;
  const region = arena.region('test');
  const random = seeded(3);
  for (const type of types) {
    for (const length of [0, 1, 63, 64, 65, 333]) {
      const cells = randomCells(type, length, random, 0) as NonNullable<Cell>[];
      const others = randomCells(type, length, random, 0) as NonNullable<Cell>[];
      const [constant] = randomCells(type, 1, random, 0) as [NonNullable<Cell>];
      const column = vectorOf(type, cells, region);
      const value = typeof constant === 'bigint' || type.kind === 'date' ? String(constant) : constant;
      const literal: Datum = { type, value };
      for (const comparison of comparisons) {
        const name = `${type.kind} ${comparison} ${length}`;
        const check = holds[comparison];
        same(column, vectorOf(type, others, region), (i) => check(order(cells[i]!, others[i]!)), name);
        same(column, literal, (i) => check(order(cells[i]!, constant)), `${name} constant`);
        same(literal, column, (i) => check(order(constant, cells[i]!)), `constant ${name}`);

        function same(a: Datum, b: Datum, expected: (row: number) => boolean, what: string): void {
          const bits = comparedBits(comparison, a, b, length, region, runtime);
          assert.equal(
            cells.map((_, i) => ((arena.bytes[bits + (i >> 3)]! >> (i & 7)) & 1) === 1),
            cells.map((_, i) => expected(i)),
            what,
          );
        }
      }
    }
    region.reset();
  }
  region.release();
  assert.is(arena.reserved, 0);
});

test.run();
