import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Schema } from '../../lib/arrow/schema.js';
import { date, float64, int32, utf8 } from '../../lib/arrow/types.js';
import { queryError, SpillwayError } from '../../lib/errors.js';
import type { Expr, NamedAggregate } from '../../lib/plan/expr.js';
import { call, column, integer, named, sortKey, text } from '../../lib/plan/make-expr.js';
import {
  aggregate,
  allRows,
  distinct,
  filter,
  limit,
  project,
  scan,
  sort,
} from '../../lib/plan/make-plan.js';
import type { Plan } from '../../lib/plan/plan.js';
import { schemaOf } from '../../lib/plan/schema.js';
import { parseQuery } from '../../lib/sql/sql.js';
import { seeded } from '../helpers.js';

const test = suite('sql query');

const schema: Schema = {
  fields: [
    { name: 'origin', type: utf8, nullable: true },
    { name: 'Delay', type: int32, nullable: true },
    { name: 'distance', type: float64, nullable: true },
    { name: 'day', type: date, nullable: false },
  ],
};
const table = scan(
  { format: 'csv', paths: ['/f.csv'], options: {}, rows: null, bytes: null, statistics: null },
  schema,
);
const [origin, delay, day] = [column('origin'), column('Delay'), column('day')];

const parse = (sql: string): Promise<Plan> => parseQuery(sql, async () => table);

function aggregated(name: string, of: string, ...args: readonly Expr[]): NamedAggregate {
  return { name, aggregate: of, args, distinct: false, filter: null };
}
const count = (name: string): NamedAggregate => aggregated(name, 'count');
const same = (...names: readonly string[]) => names.map((name) => named(name, column(name)));

const queries: readonly (readonly [string, Plan])[] = [
  ['select * from "f.csv"', table],
  ['select f.* from "f.csv" f;', table],
  [
    'select ORIGIN, delay + 1 from "f.csv"',
    project(table, [named('origin', origin), named('Delay + 1', call('add', delay, integer(1)))]),
  ],
  [
    'select t.delay as "D", T.origin O from "F" as t',
    project(table, [named('D', delay), named('O', origin)]),
  ],
  [
    "select *, lower(origin) as low from t where origin = 'SFO' and delay > 60",
    project(filter(table, call('and', call('eq', origin, text('SFO')), call('gt', delay, integer(60)))), [
      ...same('origin', 'Delay', 'distance', 'day'),
      named('low', call('lower', origin)),
    ]),
  ],
  ['select * from t limit 5', limit(table, 5)],
  ['select * from t limit 5 offset 3000000000', limit(table, 5, 3000000000)],
  ['select * from t offset 7', limit(table, allRows, 7)],
  ['select * from t limit all', table],
  ['select * from t fetch first 2 rows only', limit(table, 2)],
  ['select distinct origin from t', distinct(project(table, same('origin')))],
  [
    'select delay d from t order by D desc nulls first, origin',
    project(sort(table, [sortKey(delay, true, true), sortKey(origin)]), [named('d', delay)]),
  ],
  [
    'select delay d, origin from t order by 2, d + 1, delay desc',
    project(sort(table, [sortKey(origin), sortKey(call('add', delay, integer(1))), sortKey(delay, true)]), [
      named('d', delay),
      named('origin', origin),
    ]),
  ],
  [
    'select delay d, origin from t order by 2, delay limit 3',
    limit(
      sort(project(table, [named('d', delay), named('origin', origin)]), [
        sortKey(origin),
        sortKey(column('d')),
      ]),
      3,
    ),
  ],
  ['select count(*) from t', aggregate(table, [], [count('count(*)')])],
  [
    'select origin, count(*) as n from t group by origin order by n desc limit 5',
    limit(sort(aggregate(table, [named('origin', origin)], [count('n')]), [sortKey(column('n'), true)]), 5),
  ],
  [
    'select count(*) n, year(day) y, origin from t group by 2, origin',
    project(
      aggregate(table, [named('y', call('year', day)), named('origin', origin)], [count('n')]),
      same('n', 'y', 'origin'),
    ),
  ],
  [
    'select year(day) y from t group by y having count(*) > 1 and max(delay) > y',
    project(
      filter(
        aggregate(
          table,
          [named('y', call('year', day))],
          [count('count(*)'), aggregated('max(Delay)', 'max', delay)],
        ),
        call(
          'and',
          call('gt', column('count(*)'), integer(1)),
          call('gt', column('max(Delay)'), column('y')),
        ),
      ),
      same('y'),
    ),
  ],
  [
    'select origin, sum(delay) total from t group by origin having total > 5 order by sum(delay) desc, avg(distance)',
    project(
      sort(
        filter(
          aggregate(
            table,
            [named('origin', origin)],
            [aggregated('total', 'sum', delay), aggregated('avg(distance)', 'avg', column('distance'))],
          ),
          call('gt', column('total'), integer(5)),
        ),
        [sortKey(column('total'), true), sortKey(column('avg(distance)'))],
      ),
      same('origin', 'total'),
    ),
  ],
  [
    'select lower(origin) || 1::text as k, max(delay) - min(delay) as range from t group by lower(origin)',
    project(
      aggregate(
        table,
        [named('lower(origin)', call('lower', origin))],
        [aggregated('max(Delay)', 'max', delay), aggregated('min(Delay)', 'min', delay)],
      ),
      [
        named(
          'k',
          call('concat', column('lower(origin)'), { op: 'cast', input: integer(1), type: utf8, try: false }),
        ),
        named('range', call('sub', column('max(Delay)'), column('min(Delay)'))),
      ],
    ),
  ],
  [
    'select sum(delay) as origin, origin as s from t group by origin',
    project(
      aggregate(table, [named('s', origin)], [aggregated('origin', 'sum', delay)]),
      same('origin', 's'),
    ),
  ],
  [
    'select 1 as one from t having count(*) > 0',
    project(filter(aggregate(table, [], [count('count(*)')]), call('gt', column('count(*)'), integer(0))), [
      named('one', integer(1)),
    ]),
  ],
  [
    'select u.n from (select origin, count(*) as n from t group by origin) as u where n > 1',
    project(
      filter(aggregate(table, [named('origin', origin)], [count('n')]), call('gt', column('n'), integer(1))),
      same('n'),
    ),
  ],
];

for (const [sql, expected] of queries) {
  test(sql, async () => {
    const plan = await parse(sql);
    assert.equal(plan, expected);
    assert.equal(JSON.parse(JSON.stringify(plan)), plan, 'plain data');
  });
}

test('the table is opened by the name and at the place that was written', async () => {
  const opened: unknown[] = [];
  const open = async (name: string, position: number): Promise<Plan> => {
    opened.push([name, position]);
    return table;
  };
  const long = `${'deep/'.repeat(30)}Flights.csv`;
  await parseQuery(`select 'é😀' as x from "${long}"`, open);
  await parseQuery('select 1 from Flights', open);
  await parseQuery('select 1 from (select 1 from "a ""b""/*.csv" limit 1) t', open);
  assert.equal(opened, [
    [long, 23],
    ['Flights', 14],
    ['a "b"/*.csv', 29],
  ]);
});

test('an error from opening the table comes through', async () => {
  const missing = queryError('no such file');
  const error = await parseQuery('select 1 from t', async () => {
    throw missing;
  }).catch((caught: unknown) => caught);
  assert.is(error, missing);
});

const refused: readonly (readonly [string, number, string])[] = [
  ['', 0, 'a query is expected, but the text is empty'],
  ['selec 1', 0, 'syntax error at or near "selec"; a query begins with select'],
  ['from t', 0, 'syntax error at or near "from"; a query begins with select'],
  ['select * exclude (delay) from t', 9, '* exclude is not supported yet'],
  ['select * replace (1 as delay) from t', 9, '* replace is not supported yet'],
  ['select * except (delay) from t', 9, '* except (...) is not supported yet'],
  ['select * from t, (select) u', 18, 'a select list is expected'],
  ['select delay from t qualify 1', 20, 'qualify is not supported yet'],
  ['select delay from t group by all, delay', 32, 'syntax error at or near ","'],
  ['select from t', 12, 'a select list is expected'],
  [
    "select * from 'f.csv'",
    14,
    `syntax error at or near "'f.csv'"; a file is named in double quotes: from "trips.csv"`,
  ],
  ['select * from trips.csv', 14, 'a file is named in double quotes: from "trips.csv"'],
  ["select * from read_csv('f')", 14, 'a function in from is not supported yet'],
  ['select * from only t', 19, 'from only is not supported yet'],
  ['select * from t, lateral (select 1) x', 17, 'lateral is not supported yet'],
  ['select 1 into u from t', 9, 'into is not supported yet'],
  ['select 1 from t for update', 16, 'for is not supported yet'],
  ['select * from t order by day fetch first 2 rows with ties', 53, 'with ties is not supported yet'],
  ['insert into t values (1)', 0, 'insert is not supported; a query reads and begins with select'],
  ['create table u as select 1', 0, 'create table as is not supported; a query reads and begins with select'],
  ['drop table t', 0, 'drop is not supported; a query reads and begins with select'],
  ['select 1 from t; select 2 from t', 17, 'one statement is expected, but here is a second'],
  ['select u.origin from t', 7, 'there is no table u in this query'],
  [
    'select orgin from t',
    7,
    'there is no column "orgin"; did you mean "origin"? columns: origin, Delay, distance, day',
  ],
  [
    'select count(*) n from t where n > 1',
    31,
    'there is no column "n"; columns: origin, Delay, distance, day',
  ],
  ['select * from t where delay', 22, 'where must be true or false, but its type is int32'],
  ['select count(*) from t having max(delay)', 30, 'having must be true or false, but its type is int32'],
  ['select * from t where count(*) > 1', 22, 'the aggregate count(...) does not belong in where; use having'],
  ['select 1 from t group by count(*)', 25, 'the aggregate count(...) does not belong in group by'],
  ['select count(*) as n from t group by n', 37, 'an aggregate does not belong in group by'],
  [
    'select origin, delay from t group by origin',
    15,
    'Delay has many values in a group; group by it or put it into an aggregate',
  ],
  [
    'select * from t group by origin',
    7,
    'Delay has many values in a group; group by it or put it into an aggregate',
  ],
  [
    'select origin from t group by origin having delay > 1',
    44,
    'Delay has many values in a group; group by it or put it into an aggregate',
  ],
  [
    'select origin from t group by origin order by -delay',
    47,
    'Delay has many values in a group; group by it or put it into an aggregate',
  ],
  ['select origin from t group by 2', 30, 'group by 2: the select list has 1 column'],
  ['select origin, day from t order by 3', 35, 'order by 3: the select list has 2 columns'],
  ["select origin from t order by 'x'", 30, 'order by a constant makes no sense'],
  [
    'select distinct origin from t order by day',
    39,
    'with distinct, only columns of the select list can be sorted by',
  ],
  ['select day, delay as day from t', 12, 'two columns are named "day"; give one another name with as'],
  ['select * from t limit -1', 22, 'limit takes a whole number that is not negative'],
  ['select * from t limit 1.5', 22, 'limit takes a whole number that is not negative'],
  ['select * from t limit delay', 22, 'limit takes a whole number that is not negative'],
  ["select 'é', sum(origin) from t", 12, 'sum(number) cannot take (utf8); cast the text to a number'],
  [
    'select sum(delay) filter (where origin) from t',
    7,
    'the filter of sum must be true or false, but its type is utf8',
  ],
  [
    'select origin from t where\n  orgin = 1',
    29,
    'there is no column "orgin"; did you mean "origin"? columns: origin, Delay, distance, day',
  ],
];

for (const [sql, character, message] of refused) {
  test(`refused: ${sql}`, async () => {
    const error = (await parse(sql).catch((caught: unknown) => caught)) as SpillwayError;
    assert.instance(error, SpillwayError, sql);
    const { place, code } = error;
    assert.equal(
      { message: error.message, code, sql: place.sql, character: place.character },
      { message, code: 'query', sql, character },
    );
  });
}

test('whatever is written is planned or refused with its place', async () => {
  const random = seeded(5);
  const below = (n: number): number => Math.floor(random() * n);
  const all = [...queries.map(([sql]) => sql), ...refused.map(([sql]) => sql)];
  const split = (sql: string): string[] => sql.split(/(?<=\W)|(?=\W)/);
  const parts = all.flatMap(split);
  for (let i = 0; i < 2000; i++) {
    const pieces = split(all[below(all.length)]!);
    const at = below(pieces.length);
    if (i % 3 === 0) pieces.splice(at, 1 + below(3));
    else pieces.splice(at, i % 3 === 1 ? 0 : 1, parts[below(parts.length)]!);
    const sql = pieces.join('');
    try {
      schemaOf(await parse(sql));
    } catch (error) {
      assert.instance(error, SpillwayError, `${JSON.stringify(sql)}: ${error}`);
      const { character, sql: told } = (error as SpillwayError).place;
      assert.is(told, sql, `${sql}: ${error}`);
      assert.ok(character !== undefined && character >= 0 && character <= sql.length, `${sql}: ${error}`);
    }
  }
});

test.run();
