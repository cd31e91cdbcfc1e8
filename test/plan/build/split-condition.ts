import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { joinOn } from '../../../lib/plan/build/join.js';
import { splitCondition } from '../../../lib/plan/build/split-condition.js';
import { call, column, integer, trueLiteral } from '../../../lib/plan/make-expr.js';
import type { JoinKind } from '../../../lib/plan/plan.js';
import { input } from './helpers.js';

const test = suite('join conditions');

const [l, r, s] = ['l', 'r', 's'].map(column) as [
  ReturnType<typeof column>,
  ReturnType<typeof column>,
  ReturnType<typeof column>,
];
const right = new Set(['r', 's']);

test('equalities of both sides are keys, whichever way round; the rest is told by what it looks at', () => {
  const ofLeft = call('gt', l, integer(1));
  const ofRight = call('eq', r, s);
  const both = call('lt', l, r);
  const mixed = call('eq', call('add', l, r), s);
  const whole = [call('eq', l, r), call('eq', s, l), ofLeft, ofRight, both, mixed, trueLiteral].reduce(
    (a, b) => call('and', a, b),
  );
  assert.equal(splitCondition(whole, right), {
    on: [
      { left: l, right: r },
      { left: l, right: s },
    ],
    left: [ofLeft, trueLiteral],
    right: [ofRight],
    both: [both, mixed],
  });
});

test('a part over one side becomes a filter only where no row without a match comes out', () => {
  const [left, other] = [input({ l: 'a' }), input({ r: 'b', s: 'c' })];
  const parts = [call('eq', l, r), call('gt', l, integer(1)), call('gt', s, integer(1))];
  const filters = (kind: JoinKind): string => {
    const plan = joinOn(left, other, kind, parts);
    if (plan.op !== 'join') throw new Error(plan.op);
    return `${plan.left.op} ${plan.right.op} ${plan.condition === null ? 'all' : 'rest'}`;
  };
  assert.is(filters('inner'), 'filter filter all');
  assert.is(filters('semi'), 'filter filter all');
  assert.is(filters('left'), 'project filter rest');
  assert.is(filters('anti'), 'project filter rest');
  assert.is(filters('right'), 'filter project rest');
  assert.is(filters('full'), 'project project rest');
});

test('what may fail stays in the join', () => {
  const risky = call('eq', call('int_div', integer(1), l), integer(1));
  const plan = joinOn(input({ l: 'a' }), input({ r: 'b' }), 'inner', [call('eq', l, r), risky]);
  assert.equal(plan.op === 'join' && [plan.left.op, plan.condition], ['project', risky]);
});

test.run();
