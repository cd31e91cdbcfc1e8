/** Joins with names on both sides: what comes out, under which names, and what is refused. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { joinInputs, ofRight } from '../../../lib/plan/build/join-inputs.js';
import { columnNames } from '../../../lib/plan/build/names-apart.js';
import { call, column, integer } from '../../../lib/plan/make-expr.js';
import type { JoinKind } from '../../../lib/plan/plan.js';
import { diceOf, type Row, type Value } from '../helpers.js';
import { fewRows, input, rowsOf, texts } from './helpers.js';

const test = suite('joins of inputs');

const kinds: readonly JoinKind[] = ['inner', 'left', 'right', 'full', 'semi', 'anti'];
const left = input({ k: 'a', x: 'b' });
const right = input({ k: 'b', x: 'c', y: 'a' }, call('ne', column('c'), integer(0)));

/** Row by row, as the definition says. */
function naive(kind: JoinKind, lefts: readonly Row[], rights: readonly Row[], below: boolean): Row[] {
  const matches = (l: Row, r: Row): boolean =>
    l.k !== null && l.k === r.k && (!below || (l.x !== null && r.x !== null && Number(l.x) <= Number(r.x)));
  const made = (l: Row | null, r: Row | null, k: Value): Row => ({
    k,
    x: l?.x ?? null,
    x_right: r?.x ?? null,
    y: r?.y ?? null,
  });
  const pairs = lefts.flatMap((l) => rights.filter((r) => matches(l, r)).map((r) => made(l, r, l.k!)));
  const aloneLeft = lefts.filter((l) => !rights.some((r) => matches(l, r)));
  const aloneRight = rights.filter((r) => !lefts.some((l) => matches(l, r)));
  if (kind === 'anti') return aloneLeft;
  if (kind === 'semi') return lefts.filter((l) => rights.some((r) => matches(l, r)));
  return [
    ...pairs,
    ...(kind === 'left' || kind === 'full' ? aloneLeft.map((l) => made(l, null, l.k!)) : []),
    ...(kind === 'right' || kind === 'full' ? aloneRight.map((r) => made(null, r, r.k!)) : []),
  ];
}

test('columns of both inputs come out once, the others with a suffix', () => {
  const below = call('le', column('x'), column(ofRight('x')));
  for (let seed = 0; seed < 60; seed++) {
    const rows = fewRows(diceOf(seed));
    for (const kind of kinds)
      for (const condition of [null, below]) {
        const plan = joinInputs(left, right, { kind, using: ['k'], condition, suffix: '_right' });
        const leftOnly = kind === 'semi' || kind === 'anti';
        assert.equal(columnNames(plan), leftOnly ? ['k', 'x'] : ['k', 'x', 'x_right', 'y']);
        const expected = naive(kind, rowsOf(left, rows), rowsOf(right, rows), condition !== null);
        assert.equal(texts(rowsOf(plan, rows)), texts(expected), `${kind}, seed ${seed}`);
      }
  }
});

test('names that cannot be, each in one line', () => {
  const wish = { kind: 'inner', using: ['k'], condition: null, suffix: '_right' } as const;
  assert.throws(
    () => joinInputs(left, right, { ...wish, using: ['kk'] }),
    (error: Error) => error.message === 'there is no column "kk"; did you mean "k"? columns: k, x',
  );
  assert.throws(
    () => joinInputs(left, input({ k: 'a' }), { ...wish, using: ['x'] }),
    (error: Error) => error.message === 'there is no column "x"; columns: k',
  );
  assert.throws(
    () => joinInputs(input({ k: 'a', x: 'b', x_right: 'c' }), right, wish),
    (error: Error) =>
      error.message ===
      'the column "x" is on both sides, and so is "x_right"; choose another suffix or rename one',
  );
  assert.throws(
    () => joinInputs(left, right, { ...wish, condition: column('x') }),
    (error: Error) => error.message === 'the join condition must be true or false, but its type is int64',
  );
});

test.run();
