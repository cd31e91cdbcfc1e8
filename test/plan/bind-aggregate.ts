import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { bindAggregate } from '../../lib/plan/bind-aggregate.js';
import type { NamedAggregate } from '../../lib/plan/expr.js';

const test = suite('bind aggregate');

const schema = {
  fields: [
    { name: 'i', type: types.int32, nullable: true },
    { name: 'l', type: types.int64, nullable: true },
    { name: 'x', type: types.float64, nullable: true },
    { name: 't', type: types.utf8, nullable: true },
    { name: 'b', type: types.bool, nullable: true },
    { name: 'd', type: types.date, nullable: true },
    { name: 'm', type: types.decimal(10, 2), nullable: true },
  ],
};

type Arg = string | number;

function named(aggregate: string, args: readonly Arg[], more: Partial<NamedAggregate> = {}): NamedAggregate {
  return {
    name: 'out',
    aggregate,
    args: args.map((arg) =>
      typeof arg === 'string'
        ? { op: 'column', name: arg }
        : { op: 'literal', type: types.float64, value: arg },
    ),
    distinct: false,
    filter: null,
    ...more,
  };
}

test('types of results', () => {
  const cases: readonly (readonly [string, readonly Arg[], string])[] = [
    ['count', [], 'int64'],
    ['COUNT', ['t'], 'int64'],
    ['sum', ['i'], 'int64'],
    ['sum', ['x'], 'float64'],
    ['sum', ['m'], 'decimal(38,2)'],
    ['avg', ['l'], 'float64'],
    ['mean', ['m'], 'float64'],
    ['min', ['t'], 'utf8'],
    ['max', ['d'], 'date'],
    ['first', ['b'], 'bool'],
    ['stddev_samp', ['i'], 'float64'],
    ['median', ['l'], 'float64'],
    ['quantile_cont', ['x', 0.25], 'float64'],
    ['quantile_disc', ['d', 1], 'date'],
    ['corr', ['i', 'x'], 'float64'],
    ['bool_and', ['b'], 'bool'],
    ['product', ['i'], 'float64'],
  ];
  for (const [name, args, type] of cases) {
    const bound = bindAggregate(named(name, args), schema);
    assert.is(types.typeName(bound.type), type);
    assert.is(bound.nullable, name.toLowerCase() !== 'count');
  }
});

test('arguments are converted to what the kernels take, constants are taken out', () => {
  const corr = bindAggregate(named('corr', ['i', 'l']), schema);
  assert.equal(
    corr.args.map(({ op, type }) => [op, type.kind]),
    [
      ['cast', 'int64'],
      ['column', 'int64'],
    ],
  );
  const quantile = bindAggregate(named('quantile', ['x', 0.9]), schema);
  assert.is(quantile.args.length, 1);
  assert.is(quantile.parameter, 0.9);
  assert.is(bindAggregate(named('median', ['x']), schema).parameter, 0.5);
  assert.is(bindAggregate(named('sum', ['x'], { distinct: true }), schema).distinct, true);
  assert.is(bindAggregate(named('max', ['x'], { distinct: true }), schema).distinct, false);
});

test('mistakes are named', () => {
  const fails = (aggregate: NamedAggregate, message: string): void => {
    try {
      bindAggregate(aggregate, schema);
      assert.unreachable();
    } catch (error) {
      assert.is((error as Error).message, message);
    }
  };
  fails(named('medain', ['x']), 'there is no aggregate "medain"; did you mean "median"?');
  fails(named('sum', ['t']), 'sum(number) cannot take (utf8); cast the text to a number');
  fails(named('sum', []), 'sum(number) needs an argument');
  fails(named('corr', ['x']), 'corr(number, number) cannot take (float64)');
  fails(named('bool_or', ['i']), 'bool_or(boolean) cannot take (int32)');
  const fraction = 'the last argument of quantile must be a constant from 0 to 1, the share of values below';
  fails(named('quantile', ['x', 1.5]), fraction);
  fails(named('quantile', ['x', 'i']), fraction);
  fails(named('first', ['x'], { distinct: true }), 'first cannot take distinct');
  fails(named('count', [], { distinct: true }), 'count cannot take distinct without an argument');
  fails(
    named('sum', ['x'], { filter: { op: 'column', name: 'i' } }),
    'the filter of sum must be true or false, but its type is int32',
  );
});

test.run();
