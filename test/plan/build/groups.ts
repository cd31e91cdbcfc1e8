/** Grouping sets, pivot, unpivot and the first row of each, against plain loops over the rows. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { int64 } from '../../../lib/arrow/types.js';
import { firstOfEach } from '../../../lib/plan/build/first-of-each.js';
import { freeName } from '../../../lib/plan/build/free-name.js';
import { cube, groupingBits, groupingSets, rollup } from '../../../lib/plan/build/grouping-sets.js';
import { columnNames } from '../../../lib/plan/build/names-apart.js';
import { pivot } from '../../../lib/plan/build/pivot.js';
import { unpivot } from '../../../lib/plan/build/unpivot.js';
import { values } from '../../../lib/plan/build/values.js';
import type { LiteralExpr, NamedAggregate } from '../../../lib/plan/expr.js';
import { call, column, integer, literal, named, sortKey, text } from '../../../lib/plan/make-expr.js';
import { filter, project } from '../../../lib/plan/make-plan.js';
import { diceOf, evaluate, type Row, table } from '../helpers.js';
import { fewRows, rowsOf, texts } from './helpers.js';

const test = suite('groups as users ask for them');

const one = (name: string, aggregate: string, args: readonly string[]): NamedAggregate => ({
  name,
  aggregate,
  args: args.map(column),
  distinct: false,
  filter: null,
});
const aggregates = [one('n', 'count', []), one('s', 'sum', ['c'])];

function totals(rows: readonly Row[]): Row {
  const numbers = rows.flatMap((row) => (row.c === null ? [] : [Number(row.c)]));
  return { n: rows.length, s: numbers.length === 0 ? null : numbers.reduce((sum, n) => sum + n, 0) };
}

test('each row goes once into each grouping set', () => {
  const keys = ['a', 'b'].map((name) => named(name, column(name)));
  for (const sets of [rollup([[0], [1]]), cube([[0], [1]]), [[0], [1], [0]], [[]]])
    for (let seed = 0; seed < 40; seed++) {
      const rows = fewRows(diceOf(seed));
      const plan = groupingSets(table, { keys, sets, aggregates, set: 'set' });
      assert.equal(columnNames(plan).slice().sort(), ['a', 'b', 'n', 's', 'set']);
      const expected = sets.flatMap((members, set) => {
        const groups = new Map<string, Row[]>(members.length === 0 ? [['[null,null]', []]] : []);
        for (const row of rows) {
          const own = JSON.stringify(
            [0, 1].map((i) => (members.includes(i) ? row[i === 0 ? 'a' : 'b'] : null)),
          );
          groups.set(own, [...(groups.get(own) ?? []), row]);
        }
        return [...groups].map(([own, group]) => {
          const [a, b] = JSON.parse(own) as [number | null, number | null];
          return { a, b, set, ...totals(group) };
        });
      });
      const sorted = ({ a, b, set, n, s }: Row): Row => ({ a: a!, b: b!, set: set!, n: n!, s: s! });
      assert.equal(
        texts(rowsOf(plan, rows).map(sorted)),
        texts((expected as readonly Row[]).map(sorted)),
        `seed ${seed}`,
      );
    }
});

test('rollup, cube and the bits of grouping()', () => {
  assert.equal(rollup([[0], [1, 2]]), [[0, 1, 2], [0], []]);
  assert.equal(cube([[0], [1]]), [[0, 1], [1], [0], []]);
  const bits = groupingBits([0, 1], rollup([[0], [1]]), column('set'));
  assert.equal(
    [0, 1, 2].map((set) => evaluate(bits, { set })),
    [0, 1, 3],
  );
  assert.equal(groupingBits([0], [[0], [0, 1]], column('set')), integer(0));
});

test('pivot: a column for each value, null among them', () => {
  const found: readonly LiteralExpr[] = [integer(0), integer(2), literal(int64, null)];
  for (let seed = 0; seed < 40; seed++) {
    const rows = fewRows(diceOf(seed));
    const keys = [named('a', column('a'))];
    const plan = pivot(table, { keys, on: column('b'), values: found, aggregates: aggregates.slice(1) });
    assert.equal(columnNames(plan), ['a', '0', '2', 'null']);
    const expected = [...new Set(rows.map((row) => row.a!))].map((a) => {
      const sum = (b: number | null) => totals(rows.filter((row) => row.a === a && row.b === b)).s!;
      return [a, sum(0), sum(2), sum(null)];
    });
    // An object puts names that are numbers first.
    const cells = rowsOf(plan, rows).map((row) => ['a', '0', '2', 'null'].map((name) => row[name]!));
    assert.equal(
      cells.map((row) => JSON.stringify(row)).sort(),
      expected.map((row) => JSON.stringify(row)).sort(),
      `seed ${seed}`,
    );
  }
  const two = pivot(table, { keys: [], on: column('b'), values: [integer(1)], aggregates });
  assert.equal(columnNames(two), ['1_n', '1_s']);
});

test('unpivot: a row for each column', () => {
  const options = { columns: ['b'], name: 'which', value: 'v', keepNulls: false };
  const plan = unpivot(table, options);
  assert.equal(columnNames(plan), ['a', 'c', 'which', 'v']);
  assert.is(plan.op, 'filter');
  assert.equal(columnNames(unpivot(table, { ...options, columns: ['a', 'b'], keepNulls: true })), [
    'c',
    'which',
    'v',
  ]);
  for (const [columns, message] of [
    [['bb'], 'there is no column "bb"; did you mean "b"? columns: a, b, c'],
    [[], 'unpivot takes at least one column'],
  ] as const)
    assert.throws(
      () => unpivot(table, { ...options, columns }),
      (error: Error) => error.message === message,
    );
  const mixed = project(table, [named('a', column('a')), named('t', text('x'))]);
  assert.throws(
    () => unpivot(mixed, { ...options, columns: ['a', 't'] }),
    (error: Error) =>
      error.message === 'unpivot makes one column of values, but their types are int64 and utf8; cast them',
  );
});

test('the first of each, in an order', () => {
  for (let seed = 0; seed < 40; seed++) {
    const rows = fewRows(diceOf(seed));
    const order = ['b', 'c'].map((name) => sortKey(column(name), true));
    const plan = firstOfEach(table, [column('a')], order);
    const before = (x: Row, y: Row): number => {
      for (const name of ['b', 'c']) {
        const [p, q] = [x[name]!, y[name]!];
        if (p !== q) return p === null ? 1 : q === null ? -1 : Number(q) - Number(p);
      }
      return 0;
    };
    const expected = [...new Set(rows.map((row) => row.a!))].map(
      (a) => rows.filter((row) => row.a === a).sort(before)[0]!,
    );
    assert.equal(texts(rowsOf(plan, rows)), texts(expected), `seed ${seed}`);
  }
});

test('rows of the query itself, and names that are free', () => {
  const rows = values([
    [named('x', integer(1)), named('y', integer(2))],
    [named('x', integer(3)), named('y', integer(4))],
  ]);
  assert.equal(rowsOf(filter(rows, call('gt', column('x'), integer(1))), []), [{ x: 3, y: 4 }]);
  assert.is(freeName('a', new Set()), 'a');
  assert.is(freeName('a', new Set(['a', 'a_2'])), 'a_3');
});

test.run();
