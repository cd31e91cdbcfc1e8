import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { functions } from '../../lib/kernels/functions.js';
import type { Expr } from '../../lib/plan/expr.js';
import { aggregateText, exprText, sortKeyText } from '../../lib/plan/expr-text.js';
import {
  call,
  caseOf,
  cast,
  column,
  double,
  integer,
  literal,
  text,
  untypedNull,
} from '../../lib/plan/make-expr.js';
import { infix } from '../../lib/plan/operators.js';
import { quoteName } from '../../lib/plan/quote-name.js';
import { parseExpression } from '../../lib/sql/sql.js';
import { seeded } from '../helpers.js';

const test = suite('expr text');

const [a, b, c] = [column('a'), column('b'), column('c')];

const written: readonly (readonly [Expr, string])[] = [
  [call('and', call('or', a, b), call('not', call('and', a, c))), '(a or b) and not (a and c)'],
  [call('and', a, b, c), 'a and b and c'],
  [call('sub', a, call('sub', b, c)), 'a - (b - c)'],
  [call('mul', call('add', a, b), call('neg', c)), '(a + b) * -c'],
  [call('neg', call('neg', a)), '-(-a)'],
  [call('sub', a, integer(-5)), 'a - -5'],
  [call('add', call('int_div', a, b), integer(1)), 'a // b + 1'],
  [call('eq', call('lt', a, b), call('gt', a, c)), '(a < b) = (a > c)'],
  [call('not', call('in', a, integer(1), text("it's"))), "a not in (1, 'it''s')"],
  [call('like', call('concat', a, b), text('S!%'), text('!')), "a || b like 'S!%' escape '!'"],
  [call('is_null', call('eq', a, b)), 'a = b is null'],
  [call('is_not_null', call('is_null', a)), '(a is null) is not null'],
  [caseOf([{ when: a, then: integer(1) }], untypedNull), 'case when a then 1 end'],
  [caseOf([{ when: a, then: b }], double(2)), 'case when a then b else 2.0 end'],
  [cast(a, types.decimal(10, 2), true), 'try_cast(a as decimal(10,2))'],
  [cast(a, types.timestamp('UTC')), 'cast(a as "timestamp[UTC]")'],
  [call('substr', a, integer(2)), 'substr(a, 2)'],
  [literal(types.date, '-1'), "date '1969-12-31'"],
  [literal(types.timestamp(), '-1'), "timestamp '1969-12-31 23:59:59.999999'"],
  [literal(types.timestamp('UTC'), '1500000'), `"timestamp[UTC]" '1970-01-01 00:00:01.5Z'`],
  [literal(types.decimal(5, 2), '-5'), '-0.05'],
  [literal(types.int8, null), 'cast(null as int8)'],
  [double(NaN), "float64 'NaN'"],
  [double(1e21), '1e+21'],
  [column('dep "time"'), '"dep ""time"""'],
  [column('Order'), '"Order"'],
];

for (const [expr, expected] of written) test(expected, () => assert.is(exprText(expr), expected));

test('aggregates and sort keys', () => {
  const plain = { aggregate: 'count', args: [], distinct: false, filter: null };
  assert.is(aggregateText(plain), 'count(*)');
  assert.is(
    aggregateText({ ...plain, args: [a], distinct: true, filter: call('gt', b, integer(1)) }),
    'count(distinct a) filter (where b > 1)',
  );
  assert.is(sortKeyText({ expr: call('neg', a), descending: true, nullsFirst: true }), '-a desc nulls first');
});

test('names that are not plain come back', async () => {
  const words = ['select', 'Table', 'left', 'coalesce', 'year', 'day', 'values', 'end', 'count', 'try_cast'];
  for (const name of ['a b', 'ä', '1a', 'x"y', 'naïve_1$', '😀', "it's", ...words]) {
    assert.equal(
      await parseExpression(`${quoteName(name)} + 1`),
      call('add', column(name), integer(1)),
      name,
    );
  }
});

/** An expression as the parser could have made it. */
function randomExpr(random: () => number, depth: number): Expr {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const child = (): Expr => randomExpr(random, depth - 1);
  if (depth === 0 || random() < 0.1) return randomLeaf(random, pick);
  switch (Math.floor(random() * 9)) {
    case 0:
      return call('not', child());
    case 1:
      return call(pick(['is_null', 'is_not_null']), child());
    case 2:
      return call('in', child(), child(), ...(random() < 0.5 ? [child()] : []));
    case 3:
      return call(pick(['like', 'ilike']), child(), child(), ...(random() < 0.3 ? [child()] : []));
    case 4:
      return caseOf(
        Array.from({ length: 1 + Math.floor(random() * 2) }, () => ({ when: child(), then: child() })),
        random() < 0.3 ? untypedNull : child(),
      );
    case 5:
      return cast(
        call('lower', child()),
        pick([
          types.int32,
          types.float64,
          types.utf8,
          types.date,
          types.timestamp('UTC'),
          types.decimal(9, 3),
        ]),
        random() < 0.5,
      );
    case 6: {
      const input = child();
      return input.op === 'literal' ? input : call('neg', input);
    }
    case 7: {
      const plain = functions.filter(
        ({ name }) => !['and', 'or', 'not', 'in', 'like', 'ilike', 'neg'].includes(name),
      );
      const { name, params } = pick(plain);
      const least = params.filter((param) => !/[?*]/.test(param)).length;
      return call(name, ...Array.from({ length: Math.min(params.length, Math.max(1, least)) }, child));
    }
    default:
      return call(pick(Object.keys(infix)), child(), child());
  }
}

function randomLeaf(random: () => number, pick: <T>(items: readonly T[]) => T): Expr {
  const day = Math.floor(random() * 40000 - 20000);
  return pick<Expr>([
    column(pick(['a', 'Delay', 'dep time', 'select', 'é'])),
    integer(Math.floor(random() * 200 - 100)),
    double(random() * 1000 - 500),
    double(random() * 1e-9),
    text(pick(['', "it's", '%_', '😀', 'a\nb', '\\'])),
    literal(types.bool, random() < 0.5),
    literal(types.date, String(day)),
    literal(types.timestamp(), String(day * 86_400_000_001)),
    literal(types.timestamp('Asia/Tokyo'), String(day * 86_400_000_001)),
    untypedNull,
  ]);
}

test('random expressions are parsed back from their text', async () => {
  const random = seeded(7);
  for (let i = 0; i < 1000; i++) {
    const expr = randomExpr(random, 1 + (i % 4));
    const sql = exprText(expr);
    assert.equal(await parseExpression(sql), expr, sql);
  }
});

test.run();
