/** Which filters bound a window; that the rows stay the same is shown by random plans. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Expr, NamedWindow } from '../../lib/plan/expr.js';
import { call, column, double, integer, sortKey } from '../../lib/plan/make-expr.js';
import { filter, window } from '../../lib/plan/make-plan.js';
import { optimize } from '../../lib/plan/optimize.js';
import type { Plan, WindowTop } from '../../lib/plan/plan.js';
import { table } from './helpers.js';

const test = suite('top per partition');

const made = (name: string): NamedWindow => ({
  ...{ name, function: name, args: name === 'sum' ? [column('c')] : [], filter: null },
  ...{ ignoreNulls: false, frame: null },
});

function topOf(predicate: Expr, functions = ['row_number']): WindowTop | null {
  const plan = window(table, [column('a')], [sortKey(column('b'))], functions.map(made));
  const found = (node: Plan): WindowTop | null =>
    node.op === 'window' ? node.top : found((node as Plan & { readonly input: Plan }).input);
  return found(optimize(filter(plan, predicate)));
}

const number = column('row_number');

test('comparisons with constants', () => {
  const rows = (predicate: Expr): number | undefined => topOf(predicate)?.rows;
  assert.is(rows(call('le', number, integer(2))), 2);
  assert.is(rows(call('lt', number, integer(2))), 1);
  assert.is(rows(call('eq', number, integer(1))), 1);
  assert.is(rows(call('ge', integer(5), number)), 5);
  assert.is(rows(call('gt', integer(5), number)), 4);
  assert.is(rows(call('lt', number, double(2.5))), 2);
  assert.is(rows(call('and', call('le', number, integer(9)), call('lt', number, integer(4)))), 3);
  assert.is(rows(call('and', call('gt', column('c'), integer(0)), call('le', number, integer(4)))), 4);
});

test('what bounds nothing', () => {
  assert.is(topOf(call('ge', number, integer(2))), null);
  assert.is(topOf(call('le', number, integer(0))), null);
  assert.is(topOf(call('le', number, integer(1000))), null);
  assert.is(topOf(call('le', number, column('c'))), null);
  assert.is(topOf(call('le', column('c'), integer(2))), null);
  assert.is(topOf(call('or', call('le', number, integer(2)), call('gt', column('c'), integer(0)))), null);
  // A sum looks at rows that would be gone.
  assert.is(topOf(call('le', number, integer(2)), ['row_number', 'sum']), null);
});

test('any of the numberings, beside others', () => {
  const by = topOf(call('le', column('dense_rank'), integer(3)), ['rank', 'dense_rank']);
  assert.equal(by, { by: 'dense_rank', rows: 3 });
});

test.run();
