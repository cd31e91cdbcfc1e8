/** Whatever order and keys are chosen, the rows are those of the product of all inputs that meet all conditions. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { innerJoins, type Reduction } from '../../../lib/plan/build/inner-joins.js';
import type { Expr } from '../../../lib/plan/expr.js';
import { call, column, integer } from '../../../lib/plan/make-expr.js';
import { filter } from '../../../lib/plan/make-plan.js';
import { inputsOf, type Join, type Plan } from '../../../lib/plan/plan.js';
import { type Dice, diceOf, evaluate, outcome, type Row, schema, table } from '../helpers.js';
import { fewRows, input, rowsOf, texts } from './helpers.js';

const test = suite('inner joins');

const names = ['p', 'q', 'r', 's', 't', 'u'];

/** Comparisons of two columns or of one with a number, and alternatives of such. */
function condition(dice: Dice, depth = 1): Expr {
  if (depth > 0 && dice.below(4) === 0) {
    const common = condition(dice, 0);
    const branch = (): Expr => call('and', common, condition(dice, 0));
    return dice.below(2) === 0
      ? call('or', branch(), branch())
      : call('or', condition(dice, 0), condition(dice, 0));
  }
  const left = column(dice.pick(names));
  const right = dice.below(3) === 0 ? integer(dice.below(3)) : column(dice.pick(names));
  return call(dice.pick(['eq', 'eq', 'eq', 'lt', 'ne']), left, right);
}

/** With sorted keys, since columns come in any order. */
function inOrder(row: Row): Row {
  return Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('the rows of the product that meet all conditions', () => {
  let joins = 0;
  for (let seed = 0; seed < 300; seed++) {
    const dice = diceOf(seed);
    const rows = fewRows(dice);
    const inputs = [
      input({ p: 'a', q: 'b' }),
      input({ r: 'b', s: 'c' }, call('lt', column('a'), integer(2))),
      input({ t: 'c', u: 'a' }),
    ].slice(0, 2 + dice.below(2));
    const known = inputs.length * 2;
    const conditions = Array.from({ length: dice.below(5) }, () => condition(dice)).filter((each) =>
      names.slice(known).every((name) => !JSON.stringify(each).includes(`"${name}"`)),
    );
    const product = inputs
      .map((each) => rowsOf(each, rows))
      .reduce((all, next) => all.flatMap((row) => next.map((other) => ({ ...row, ...other }))));
    const expected = product.filter((row) => conditions.every((each) => evaluate(each, row) === true));
    const plan = innerJoins(inputs, conditions);
    assert.equal(texts(rowsOf(plan, rows).map(inOrder)), texts(expected.map(inOrder)), `seed ${seed}`);
    joins += joinsOf(plan).filter((join) => join.kind === 'inner').length;
  }
  assert.ok(joins > 50, `${joins} joins had keys`);
});

test('a product is only made where nothing ties an input to the others', () => {
  const inputs = [input({ p: 'a' }), input({ q: 'a' }), input({ r: 'b' })];
  const tied = [call('eq', column('p'), column('r')), call('eq', column('r'), column('q'))];
  assert.equal(
    joinsOf(innerJoins(inputs, tied)).map(({ kind }) => kind),
    ['inner', 'inner'],
  );
  assert.equal(
    joinsOf(innerJoins(inputs, tied.slice(0, 1)))
      .map(({ kind }) => kind)
      .sort(),
    ['cross', 'inner'],
  );
});

test('what may fail looks only at rows that the other conditions leave', () => {
  const rows = [
    { a: 0, b: 0, c: 0 },
    { a: 2, b: 1, c: 1 },
  ];
  const risky = call('eq', call('int_div', integer(2), column('p')), integer(1));
  const plan = innerJoins(
    [input({ p: 'a' }), input({ q: 'b' })],
    [risky, call('lt', column('q'), column('p'))],
  );
  assert.equal(
    texts(outcome(plan, rows)!.map(inOrder)),
    texts([
      { p: 2, q: 0 },
      { p: 2, q: 1 },
    ]),
  );
});

test('a reduction is applied once, early where it is worthwhile', () => {
  for (const known of [0, 1000, null]) {
    let applied = 0;
    const reduction: Reduction = {
      columns: new Set(['q']),
      rows: known,
      apply: (plan) => {
        applied++;
        return filter(plan, call('eq', column('q'), integer(1)));
      },
    };
    const plan = innerJoins(
      [input({ p: 'a' }), input({ q: 'a' })],
      [call('eq', column('p'), column('q'))],
      [reduction],
    );
    const rows = [
      { a: 1, b: 0, c: 0 },
      { a: 2, b: 0, c: 0 },
    ];
    assert.equal(rowsOf(plan, rows).map(inOrder), [{ p: 1, q: 1 }]);
    assert.is(applied, 1);
    assert.is(plan.op, known === 0 ? 'join' : 'filter', `${known} rows`);
  }
});

test('one input is only filtered', () => {
  const only = call('eq', column('a'), integer(1));
  assert.equal(innerJoins([table], [only]), filter(table, only));
  assert.is(innerJoins([table], []), table);
  assert.is(schema.fields.length, 3);
});

test.run();

function joinsOf(plan: Plan): Join[] {
  return [...(plan.op === 'join' ? [plan] : []), ...inputsOf(plan).flatMap(joinsOf)];
}
