/** Intersections, differences and unions of rows, in which null equals null, against a count of texts. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { int64, typeName, utf8 } from '../../../lib/arrow/types.js';
import { columnNames } from '../../../lib/plan/build/names-apart.js';
import { except, intersect } from '../../../lib/plan/build/set-operation.js';
import { unionByName, unionByPosition } from '../../../lib/plan/build/union.js';
import { call, cast, column, integer, literal, named } from '../../../lib/plan/make-expr.js';
import { project } from '../../../lib/plan/make-plan.js';
import { schemaOf } from '../../../lib/plan/schema.js';
import { diceOf, type Row } from '../helpers.js';
import { fewRows, input, rowsOf, texts } from './helpers.js';

const test = suite('set operations');

const left = input({ p: 'a', q: 'b' });
const right = input({ b: 'b', c: 'c' }, call('lt', column('a'), integer(2)));

/** How often each row is there, by its values. */
function counts(rows: readonly Row[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const row of rows) {
    const text = JSON.stringify(Object.values(row));
    found.set(text, (found.get(text) ?? 0) + 1);
  }
  return found;
}

test('intersect and except, with and without all', () => {
  for (let seed = 0; seed < 100; seed++) {
    const rows = fewRows(diceOf(seed), 14);
    const [a, b] = [counts(rowsOf(left, rows)), counts(rowsOf(right, rows))];
    const expected = (times: (a: number, b: number) => number): string[] =>
      [...a]
        .flatMap(([text, count]) => Array.from({ length: times(count, b.get(text) ?? 0) }, () => text))
        .sort();
    const values = (found: readonly Row[]): string[] =>
      found.map((row) => JSON.stringify(Object.values(row))).sort();
    for (const [plan, times] of [
      [intersect(left, right), (x: number, y: number) => Math.min(x, y, 1)],
      [intersect(left, right, true), Math.min],
      [except(left, right), (_: number, y: number) => (y === 0 ? 1 : 0)],
      [except(left, right, true), (x: number, y: number) => Math.max(x - y, 0)],
    ] as const) {
      assert.equal(columnNames(plan), ['p', 'q']);
      assert.equal(values(rowsOf(plan, rows)), expected(times), `seed ${seed}`);
    }
  }
});

test('unions by position and by name', () => {
  const rows = [
    { a: 1, b: 2, c: null },
    { a: 2, b: 0, c: 5 },
  ];
  assert.equal(
    texts(rowsOf(unionByPosition([left, right]), rows)),
    texts([
      { p: 1, q: 2 },
      { p: 2, q: 0 },
      { p: 2, q: null },
    ]),
  );
  const byName = unionByName([input({ x: 'a', y: 'b' }), input({ y: 'a', z: 'b' })]);
  assert.equal(
    texts(rowsOf(byName, rows)),
    texts([
      { x: 1, y: 2, z: null },
      { x: 2, y: 0, z: null },
      { x: null, y: 1, z: 2 },
      { x: null, y: 2, z: 0 },
    ]),
  );
  assert.equal(
    schemaOf(byName).fields.map(({ nullable }) => nullable),
    [true, true, true],
  );
});

test('types in common, and what has none', () => {
  const of = (type: Parameters<typeof cast>[1]) => project(left, [named('p', cast(column('p'), type))]);
  const { fields } = schemaOf(unionByPosition([of({ kind: 'int8' }), of(int64)]));
  assert.equal(
    fields.map(({ type }) => typeName(type)),
    ['int64'],
  );
  assert.throws(
    () => unionByPosition([left, input({ p: 'a' })]),
    (error: Error) => error.message === 'union takes inputs of as many columns, but one has 2 and one 1',
  );
  const words = project(left, [named('p', literal(utf8, 'x')), named('q', column('q'))]);
  assert.throws(
    () => except(left, words),
    (error: Error) =>
      error.message === 'the columns "p" cannot become one: their types are int64 and utf8; cast them',
  );
});

test.run();
