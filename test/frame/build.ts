import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SpillwayError } from '../../lib/errors.js';
import { count, sum, toAggregates } from '../../lib/frame/aggregates.js';
import { call, coalesce, col, lit, toExpr, when } from '../../lib/frame/build.js';
import { columns } from '../../lib/frame/columns.js';
import type { DynamicExpr } from '../../lib/frame/expr.js';
import { findFunction } from '../../lib/kernels/functions.js';
import type { Expr } from '../../lib/plan/expr.js';
import { parseExpression } from '../../lib/sql/sql.js';

const test = suite('expressions');

const column = (name: string): Expr => ({ op: 'column', name });

const refused = (action: () => unknown, code: string, message: string): void =>
  assert.throws(action, (error: unknown) => {
    assert.instance(error, SpillwayError);
    assert.is((error as SpillwayError).code, code);
    assert.is((error as SpillwayError).message, message);
    return true;
  });

test('literals', () => {
  const literals: readonly (readonly [unknown, Expr])[] = [
    [1, { op: 'literal', type: { kind: 'int64' }, value: '1' }],
    [-0, { op: 'literal', type: { kind: 'int64' }, value: '0' }],
    [1.5, { op: 'literal', type: { kind: 'float64' }, value: 1.5 }],
    [Number.NaN, { op: 'literal', type: { kind: 'float64' }, value: 'NaN' }],
    [-Infinity, { op: 'literal', type: { kind: 'float64' }, value: '-Infinity' }],
    [2 ** 63, { op: 'literal', type: { kind: 'float64' }, value: 2 ** 63 }],
    [2n ** 63n - 1n, { op: 'literal', type: { kind: 'int64' }, value: '9223372036854775807' }],
    [2n ** 64n - 1n, { op: 'literal', type: { kind: 'uint64' }, value: '18446744073709551615' }],
    ['é', { op: 'literal', type: { kind: 'utf8' }, value: 'é' }],
    [true, { op: 'literal', type: { kind: 'bool' }, value: true }],
    [null, { op: 'literal', type: { kind: 'null' }, value: null }],
    [
      new Date('1969-12-31T23:59:59.999Z'),
      { op: 'literal', type: { kind: 'timestamp', zone: null }, value: '-1000' },
    ],
  ];
  for (const [value, expected] of literals) assert.equal(toExpr(value), expected);
  refused(() => lit(2n ** 64n), 'query', '18446744073709551616 does not fit in 64 bits');
  refused(() => toExpr(new Date(Number.NaN)), 'usage', 'a literal is an invalid Date');
  refused(() => toExpr(undefined), 'usage', 'a column expression or a literal is wanted, not undefined');
  refused(() => toExpr([1]), 'usage', 'a column expression or a literal is wanted, not an array');
  refused(() => toExpr(sum(col('x'))), 'query', 'sum is an aggregate; it belongs in agg()');
});

test('an expression is plain data', () => {
  const { expr } = col('fare').mul(2).gt(col('tip'));
  assert.equal(expr, {
    op: 'call',
    name: 'gt',
    args: [
      {
        op: 'call',
        name: 'mul',
        args: [column('fare'), { op: 'literal', type: { kind: 'int64' }, value: '2' }],
      },
      column('tip'),
    ],
  });
  assert.equal(JSON.parse(JSON.stringify(expr)), expr);
});

test('SQL text and methods make the same expression', async () => {
  const c = columns<never>(null) as Record<string, DynamicExpr>;
  const [x, y, t, d] = [c.x!, c.y!, c.t!, c.d!];
  const pairs: readonly (readonly [string, { readonly expr: Expr }])[] = [
    ['x + 1 > y', x.add(1).gt(y)],
    ['x * 2 - y / 3 % 4', x.mul(2).sub(y.div(3).mod(4))],
    ['x // 2', x.intDiv(2)],
    ["x >= 1 and (y < 2 or t = 'a')", x.ge(1).and(y.lt(2).or(t.eq('a')))],
    ['not x <> 1', x.ne(1).not()],
    ['x in (1, 2, 3)', x.in([1, 2, 3])],
    ['x not in (1, 2)', x.notIn([1, 2])],
    ['x between 1 and 5', x.between(1, 5)],
    ["t like 'a%'", t.like('a%')],
    ["t ilike 'a%'", t.ilike('a%')],
    ['x is null', x.isNull()],
    ['x is not null', x.isNotNull()],
    ['x is distinct from y', x.isDistinctFrom(y)],
    ['coalesce(x, y, 0)', coalesce(x, y, 0)],
    ['nullif(x, 0)', x.nullIf(0)],
    [
      "case when x > 1 then 'a' when x > 0 then 'b' else 'c' end",
      when(x.gt(1)).then('a').when(x.gt(0)).then('b').otherwise('c'),
    ],
    ["case when x > 1 then 'a' end", when(x.gt(1)).then('a').otherwise()],
    ['cast(x as int32)', x.cast('int32')],
    ['try_cast(t as date)', t.tryCast('date')],
    ['try_add(x, 1)', x.tryAdd(1)],
    ['round(x, 2)', x.round(2)],
    ["date_trunc('month', d)", d.truncate('month')],
    ['upper(substr(t, 1, 3))', t.substr(1, 3).upper()],
    ['atan2(x, y)', call('atan2', x, y)],
  ];
  for (const [sql, made] of pairs) assert.equal(made.expr, await parseExpression(sql), sql);
});

test('every method calls a function of the table', () => {
  const made = col('x');
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(made)).filter(
    (name) => !['constructor', 'cast', 'tryCast', 'asc', 'desc'].includes(name),
  );
  assert.ok(methods.length > 80, `${methods.length} methods`);
  for (const name of methods) {
    const method = made[name as 'add'] as (...args: unknown[]) => DynamicExpr;
    const args =
      name === 'in' || name === 'notIn' ? [[1]] : ['plus', 'until'].includes(name) ? [1, 'day'] : [1, 2];
    const { expr } = method.apply(made, args);
    assert.is(expr.op, 'call');
    if (expr.op === 'call') assert.ok(findFunction(expr.name), `${name} calls ${expr.name}`);
  }
});

test('a column is read from the accessor by any name', () => {
  const c = columns<{ 'a b': 'int64'; toString: 'utf8' }>(['a b', 'toString']);
  assert.equal(c['a b'].expr, column('a b'));
  assert.equal(c.toString.expr, column('toString'));
  const spread = { ...c };
  assert.equal(Object.keys(spread), ['a b', 'toString']);
  assert.equal(spread['a b'].expr, column('a b'));
  refused(
    () => ({ ...columns<never>(null) }),
    'usage',
    'the columns are not known after SQL text, so they cannot be listed; name them',
  );
});

test('in of nothing is false', () => {
  assert.equal(col('x').in([]).expr, { op: 'literal', type: { kind: 'bool' }, value: false });
});

test('types are named', () => {
  refused(
    () => col('x').cast('int99' as 'int64'),
    'query',
    'there is no type "int99"; known are bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64, date, timestamp, utf8, decimal(p,s), type[]',
  );
});

test('aggregates', () => {
  const x = col('x');
  assert.equal(toAggregates({ n: count(), big: sum(x).where(x.gt(1)).distinct() }), [
    { name: 'n', aggregate: 'count', args: [], distinct: false, filter: null },
    { name: 'big', aggregate: 'sum', args: [column('x')], distinct: true, filter: x.gt(1).expr },
  ]);
  refused(
    () => toAggregates({ n: x }),
    'query',
    'column "n" is no aggregate; agg() takes count(), sum(c.x), first(c.x) and the like',
  );
});

test.run();
