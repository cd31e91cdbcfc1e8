import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bool, date, float64, int32, int64, utf8 } from '../../lib/arrow/types.js';
import { SpillwayError } from '../../lib/errors.js';
import type { NamedAggregate } from '../../lib/plan/expr.js';
import { call, column, integer, named, sortKey, text } from '../../lib/plan/make-expr.js';
import { aggregate, distinct, filter, limit, project, scan, sort } from '../../lib/plan/make-plan.js';
import type { Plan } from '../../lib/plan/plan.js';
import { schemaOf } from '../../lib/plan/schema.js';

const test = suite('schema');

const table = scan(
  { format: 'csv', paths: ['/f.csv'], options: {}, rows: null, bytes: null, statistics: null },
  {
    fields: [
      { name: 'origin', type: utf8, nullable: true },
      { name: 'delay', type: int32, nullable: false },
      { name: 'day', type: date, nullable: false },
    ],
  },
);
const [origin, delay] = [column('origin'), column('delay')];
const late = call('gt', delay, integer(60));
const count: NamedAggregate = { name: 'n', aggregate: 'count', args: [], distinct: false, filter: null };

test('every node', () => {
  const all = table.schema;
  assert.is(schemaOf(table), all);
  assert.equal(schemaOf({ ...table, columns: ['day', 'origin'], predicate: late }), {
    fields: [all.fields[2], all.fields[0]],
  });
  for (const plan of [filter(table, late), limit(table, 1), distinct(table), sort(table, [sortKey(delay)])]) {
    assert.is(schemaOf(plan), all, plan.op);
  }
  assert.equal(
    schemaOf(project(table, [named('late', late), named('half', call('div', delay, integer(2)))])),
    {
      fields: [
        { name: 'late', type: bool, nullable: false },
        { name: 'half', type: float64, nullable: false },
      ],
    },
  );
  const total: NamedAggregate = { ...count, name: 'total', aggregate: 'sum', args: [delay], filter: late };
  assert.equal(schemaOf(aggregate(table, [named('o', origin)], [count, total])), {
    fields: [
      { name: 'o', type: utf8, nullable: true },
      { name: 'n', type: int64, nullable: false },
      { name: 'total', type: int64, nullable: true },
    ],
  });
});

test('it is worked out once a node', () => {
  const plan = project(table, [named('late', late)]);
  assert.is(schemaOf(plan), schemaOf(plan));
});

const columns = 'columns: origin, delay, day';
const wrong: readonly (readonly [Plan, string])[] = [
  [{ ...table, columns: ['dlay'] }, `there is no column "dlay"; did you mean "delay"? ${columns}`],
  [{ ...table, predicate: delay }, 'the filter must be true or false, but its type is int32'],
  [filter(table, origin), 'the filter must be true or false, but its type is utf8'],
  [project(table, [named('x', column('nope'))]), `there is no column "nope"; ${columns}`],
  [
    project(table, [named('x', delay), named('x', origin)]),
    'two columns are named "x"; give one another name with as',
  ],
  [
    aggregate(table, [named('n', origin)], [count]),
    'two columns are named "n"; give one another name with as',
  ],
  [
    aggregate(table, [], [{ ...count, aggregate: 'sum', args: [origin] }]),
    'sum(number) cannot take (utf8); cast the text to a number',
  ],
  [
    sort(table, [sortKey(call('add', origin, text('x')))]),
    'cannot compute utf8 + utf8; texts are joined with ||',
  ],
  [limit(filter(table, origin), 1), 'the filter must be true or false, but its type is utf8'],
];

for (const [plan, message] of wrong) {
  test(message, () => {
    try {
      schemaOf(plan);
    } catch (error) {
      assert.instance(error, SpillwayError);
      assert.equal([(error as SpillwayError).code, (error as Error).message], ['query', message]);
      return;
    }
    assert.unreachable('the plan makes no sense');
  });
}

test.run();
