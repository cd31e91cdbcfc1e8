import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Schema } from '../../lib/arrow/schema.js';
import * as types from '../../lib/arrow/types.js';
import { SpillwayError } from '../../lib/errors.js';
import type { CallExpr, Expr } from '../../lib/plan/expr.js';
import {
  call,
  caseOf,
  cast,
  column,
  double,
  falseLiteral,
  integer,
  literal,
  text,
  trueLiteral,
  untypedNull,
} from '../../lib/plan/make-expr.js';
import {
  parseAggregates,
  parseExpression,
  parseGroupKeys,
  parseSelectList,
  parseSortKeys,
} from '../../lib/sql/sql.js';

import { seeded } from '../helpers.js';

const test = suite('sql fragments');

const [a, b, x] = [column('a'), column('b'), column('x')];
const holds = (expr: Expr): Expr => call('coalesce', expr, falseLiteral);
const micros = (iso: string): string => `${Date.parse(iso)}000`;

const expressions: readonly (readonly [string, Expr])[] = [
  ['a', a],
  ['Delay', column('Delay')],
  ['"dep ""time"""', column('dep "time"')],
  ['Größe', column('Größe')],
  [`"${'long'.repeat(20)}"`, column('long'.repeat(20))],
  ['L'.repeat(80), column('L'.repeat(80))],
  ['5', integer(5)],
  ['0', integer(0)],
  ['-5', integer(-5)],
  ['0x1F', integer(31)],
  ['3000000000', integer(3000000000)],
  ['1_000_000_000_000', integer(1000000000000)],
  ['9223372036854775807', integer(9223372036854775807n)],
  ['-9223372036854775808', integer(-(2n ** 63n))],
  ['18446744073709551615', literal(types.uint64, '18446744073709551615')],
  ['1.5', double(1.5)],
  ['.5', double(0.5)],
  ['1e3', double(1000)],
  ['-2.5e-3', double(-0.0025)],
  ["'it''s'", text("it's")],
  ["e'a\\tb'", text('a\tb')],
  ["'a\u0001'", text('a\u0001')],
  ["'Grüße 😀'", text('Grüße 😀')],
  ['true', trueLiteral],
  ['false', falseLiteral],
  ['null', untypedNull],
  ['null::int', literal(types.int32, null)],
  ["date '2020-02-29'", literal(types.date, '18321')],
  ["'2020-02-29'::date", literal(types.date, '18321')],
  ["cast('2020-02-29' as date)", literal(types.date, '18321')],
  ["timestamp '2020-02-29 12:30'", literal(types.timestamp(), micros('2020-02-29T12:30Z'))],
  [
    "timestamp with time zone '2020-02-29 12:30:00+02'",
    literal(types.timestamp('UTC'), micros('2020-02-29T10:30Z')),
  ],
  [
    `"timestamp[Europe/Berlin]" '2020-07-01 12:00:00'`,
    literal(types.timestamp('Europe/Berlin'), micros('2020-07-01T10:00Z')),
  ],
  ["float64 'NaN'", double(NaN)],
  ["'-Infinity'::double", double(-Infinity)],
  ['a = b', call('eq', a, b)],
  ['a <> b', call('ne', a, b)],
  ['a != b', call('ne', a, b)],
  ['a < b', call('lt', a, b)],
  ['a <= b', call('le', a, b)],
  ['a > b', call('gt', a, b)],
  ['a >= b', call('ge', a, b)],
  ['a + b * x', call('add', a, call('mul', b, x))],
  ['(a + b) * x', call('mul', call('add', a, b), x)],
  ['a - b - x', call('sub', call('sub', a, b), x)],
  ['a / b % x', call('mod', call('div', a, b), x)],
  ['a // b + x', call('add', call('int_div', a, b), x)],
  ['a + b//-x', call('add', a, call('int_div', b, call('neg', x)))],
  ["'//' || a", call('concat', text('//'), a)],
  ['a ^ 2', call('power', a, integer(2))],
  ['b * a ** 2', call('mul', b, call('power', a, integer(2)))],
  ['-a', call('neg', a)],
  ['+a', a],
  ['a and b and x', call('and', a, b, x)],
  ['a and (b and x)', call('and', a, call('and', b, x))],
  ['a or b and not x', call('or', a, call('and', b, call('not', x)))],
  ['a in (1, 2)', call('in', a, integer(1), integer(2))],
  ['a not in (1)', call('not', call('in', a, integer(1)))],
  ['a between 1 and 2', call('and', call('ge', a, integer(1)), call('le', a, integer(2)))],
  ['a not between 1 and 2', call('not', call('and', call('ge', a, integer(1)), call('le', a, integer(2))))],
  [
    'a between symmetric b and x',
    call(
      'or',
      call('and', call('ge', a, b), call('le', a, x)),
      call('and', call('ge', a, x), call('le', a, b)),
    ),
  ],
  ["a like 'S%'", call('like', a, text('S%'))],
  ["a not like 'S!%' escape '!'", call('not', call('like', a, text('S!%'), text('!')))],
  ["a ilike 's_'", call('ilike', a, text('s_'))],
  ["a not ilike 's_'", call('not', call('ilike', a, text('s_')))],
  ["a ~ '^x'", call('regexp_matches', a, text('^x'))],
  ["a !~ '^x'", call('not', call('regexp_matches', a, text('^x')))],
  ["a ~* '^x'", call('regexp_matches', a, text('^x'), text('i'))],
  ['a is null', call('is_null', a)],
  ['a is not null', call('is_not_null', a)],
  ['a notnull', call('is_not_null', a)],
  ['a is true', holds(a)],
  ['a is not true', call('not', holds(a))],
  ['a is false', holds(call('not', a))],
  ['a is not false', call('not', holds(call('not', a)))],
  ['a is unknown', call('is_null', a)],
  ['a is distinct from b', call('is_distinct_from', a, b)],
  ['a is not distinct from b', call('is_not_distinct_from', a, b)],
  ['case when a then 1 else 2 end', caseOf([{ when: a, then: integer(1) }], integer(2))],
  [
    'case when a then 1 when b then 2 end',
    caseOf(
      [
        { when: a, then: integer(1) },
        { when: b, then: integer(2) },
      ],
      untypedNull,
    ),
  ],
  [
    "case x when 1 then 'one' end",
    caseOf([{ when: call('eq', x, integer(1)), then: text('one') }], untypedNull),
  ],
  ['if(a, 1, 2)', call('if', a, integer(1), integer(2))],
  ['coalesce(a, b, 0)', call('coalesce', a, b, integer(0))],
  ['nullif(a, b)', call('nullif', a, b)],
  ['greatest(a, b)', call('greatest', a, b)],
  ['least(a, b)', call('least', a, b)],
  ['cast(a as int)', cast(a, types.int32)],
  ['a::bigint', cast(a, types.int64)],
  ['a::int8', cast(a, types.int8)],
  ['a::smallint', cast(a, types.int16)],
  ['a::double precision', cast(a, types.float64)],
  ['a::real', cast(a, types.float32)],
  ['a::float', cast(a, types.float64)],
  ['a::text', cast(a, types.utf8)],
  ['a::varchar', cast(a, types.utf8)],
  ['a::boolean', cast(a, types.bool)],
  ['a::decimal(10, 2)', cast(a, types.decimal(10, 2))],
  ['a::timestamptz', cast(a, types.timestamp('UTC'))],
  ['a::uint16', cast(a, types.uint16)],
  ['a::"timestamp[Europe/Berlin]"', cast(a, types.timestamp('Europe/Berlin'))],
  ['try_cast(a as int)', cast(a, types.int32, true)],
  ['TRY_CAST (a + 1 as date) is null', call('is_null', cast(call('add', a, integer(1)), types.date, true))],
  ['cast(try_cast(a as int) as text)', cast(cast(a, types.int32, true), types.utf8)],
  ['a || b', call('concat', a, b)],
  ['extract(year from a)', call('year', a)],
  ["extract('DOY' from a)", call('day_of_year', a)],
  ['extract(dow from a)', call('mod', call('day_of_week', a), integer(7))],
  ["date_part('year', a)", call('year', a)],
  ['substring(a from 2 for 3)', call('substr', a, integer(2), integer(3))],
  ['substring(a, 2)', call('substr', a, integer(2))],
  ['trim(a)', call('trim', a)],
  ["trim(both 'x' from a)", call('trim', a, text('x'))],
  ["trim(leading 'x' from a)", call('ltrim', a, text('x'))],
  ['trim(trailing from a)', call('rtrim', a)],
  ["position('x' in a)", call('strpos', a, text('x'))],
  ['LOWER(a)', call('lower', a)],
  ['pow(a, 2)', call('power', a, integer(2))],
  ['mod(a, 2)', call('mod', a, integer(2))],
  ["left(a, 2) /* the state */ = 'CA' -- only", call('eq', call('left', a, integer(2)), text('CA'))],
  ['try_add(a, b)', call('try_add', a, b)],
];

for (const [sql, expected] of expressions) {
  test(sql.length > 60 ? `${sql.slice(0, 60)}...` : sql, async () => {
    const expr = await parseExpression(sql);
    assert.equal(expr, expected);
    assert.equal(JSON.parse(JSON.stringify(expr)), expr, 'plain data');
  });
}

const schema: Schema = {
  fields: [
    { name: 'origin', type: types.utf8, nullable: true },
    { name: 'Delay', type: types.int32, nullable: true },
    { name: 'day', type: types.date, nullable: false },
    { name: 'twin', type: types.int32, nullable: false },
    { name: 'TWIN', type: types.int32, nullable: false },
  ],
};
const listed = 'columns: origin, Delay, day, twin, TWIN';

const extractable =
  'dow, year, quarter, month, week, day, isodow, doy, hour, minute, second, millisecond, milliseconds, epoch';

/** Refused: the text, the character, the message. */
const refused: readonly (readonly [string, number, string])[] = [
  ['', 0, 'an expression is expected, but the text is empty'],
  ['  -- nothing', 0, 'an expression is expected, but the text is empty'],
  ['Delay +', 7, 'syntax error at end of input'],
  ['Delay + )', 8, 'syntax error at or near ")"'],
  ["'é😀' + ) + 1", 8, 'syntax error at or near ")"'],
  ["origin = 'SFO", 9, `unterminated quoted string at or near "'SFO"`],
  ['Delay\0', 5, 'a zero character is not allowed in SQL'],
  ['Delay; origin', 7, 'syntax error at or near "origin"'],
  ['Delay; select 1', 7, 'one statement is expected, but here is a second'],
  ['Delay, origin', 7, 'one expression is expected, but here is a second'],
  ['Delay as d', 0, 'an expression takes no name (as d)'],
  ['*', 0, '* does not belong here; name the columns'],
  ['count(*)', 0, 'the aggregate count(...) does not belong in an expression'],
  ['Delay from t', 6, 'from does not belong in an expression'],
  ['Delay where true', 6, 'where does not belong in an expression'],
  ['Delay limit 5', 6, 'limit does not belong in an expression'],
  ['Delay order by 1', 6, 'order does not belong in an expression'],
  ['Delay union select 1', 6, 'union is not supported yet'],
  ['dlay > 5', 0, `there is no column "dlay"; did you mean "Delay"? ${listed}`],
  ["'é' || orgin", 7, `there is no column "orgin"; did you mean "origin"? ${listed}`],
  ['"delay"', 0, `there is no column "delay"; did you mean "Delay"? ${listed}`],
  ['Twin', 0, 'Twin may be "twin" or "TWIN"; write it in double quotes'],
  ['t.origin', 0, 'there is no table t here; write origin'],
  ['a.b.c', 0, 'a name of 3 parts is not supported yet'],
  ['1 + upper(Delay)', 4, 'upper(text) does not take (int32)'],
  ['Delay > 5 and origin = 1', 14, 'cannot compare utf8 with int64; cast one'],
  ['lowr(origin)', 0, 'there is no function "lowr"; did you mean "lower"?'],
  ['quantil(Delay)', 0, 'there is no function "quantil"; did you mean "quantile"?'],
  ['lower(distinct origin)', 0, 'distinct makes no sense: lower is no aggregate'],
  ['lower(*)', 0, 'lower(*) makes no sense: lower is no aggregate'],
  ['lower(origin) filter (where true)', 0, 'filter makes no sense: lower is no aggregate'],
  ['1 + (select 1)', 4, 'a subquery does not belong in an expression'],
  ['exists (select 1)', 0, 'a subquery does not belong in an expression'],
  ['Delay in (select 1)', 0, 'a subquery does not belong in an expression'],
  ['origin[1:2]', 0, 'a slice of a list is not supported yet'],
  ['origin[1]', 0, 'list_extract(list, integer) does not take (utf8, int64)'],
  ["array[1, 'a']", 0, 'list_value needs values of one type, but got (int64, utf8); cast them'],
  ['row(1, 2)', 0, 'a row of values is not supported yet'],
  ['Delay = any(array[1])', 6, '= any (...) is not supported yet'],
  ['$1', 0, 'a parameter is not supported yet'],
  [
    'current_date',
    0,
    'current_date differs from run to run and is not supported; give its value as a constant; a column of that name is written "current_date"',
  ],
  ['now()', 0, 'now differs from run to run and is not supported; give its value as a constant'],
  [
    "Delay > 5 and when > '2024'",
    14,
    'syntax error at or near "when"; when is a word of SQL, a column of that name is written "when"',
  ],
  ['Delay and from', 14, 'syntax error at end of input'],
  ['(Delay where)', 7, 'syntax error at or near "where"'],
  ['-origin', 0, 'neg takes numbers, but got (utf8); cast the text to a number'],
  ['Delay * origin', 0, 'cannot compute int32 * utf8; cast the text to a number'],
  ['upper()', 0, 'upper(text) takes 1 argument, not 0'],
  ['date_part(origin, day)', 0, `the field of extract must be a constant; it knows ${extractable}`],
  ['origin collate "C"', 0, 'collate is not supported yet'],
  ["interval '1 day'", 0, 'interval is not supported yet'],
  ['cast(origin as interval)', 15, 'interval is not supported yet'],
  ["day + interval 'soon'", 6, "'soon' is no interval; write it as '3 months' or '1 year 2 days'"],
  ["day at time zone 'UTC'", 4, 'at time zone is not supported yet'],
  ["origin similar to 'x'", 7, 'similar to is not supported yet; use ~ with a regular expression'],
  ['Delay == 5', 6, 'the operator == is not supported yet; write ='],
  ['Delay & 5', 6, 'the operator & is not supported yet'],
  ['sum(Delay) over ()', 0, 'a window function does not belong in an expression'],
  ["b'101'", 0, 'a bit string is not supported yet'],
  [
    '99999999999999999999',
    0,
    '99999999999999999999 is beyond 64 bits; write 99999999999999999999.0 for a float',
  ],
  ['1e999', 0, '1e999 is beyond the range of float64'],
  ["date '2021-02-29'", 0, "'2021-02-29' is no date; write it as '2024-12-31'"],
  ["1 = 1 or timestamp 'noon' = null", 9, "'noon' is no timestamp; write it as '2024-12-31 23:59:59'"],
  ['Delay::int3', 7, 'there is no type int3; did you mean "int8"?'],
  ['day::"timestamp[Mars]"', 5, 'there is no time zone Mars'],
  ['Delay::int[]', 0, 'int32 cannot be cast to int32[]'],
  ['origin::varchar(3)', 8, 'text of limited length is not supported yet; use utf8'],
  ['origin::decimal', 8, 'numeric is no type; write decimal(precision, scale)'],
  ['extract(fortnight from day)', 0, `extract knows no field fortnight; it knows ${extractable}`],
  ['insert into t values (1)', 14, 'syntax error at or near "values"'],
  ['Delay into t', 6, 'into does not belong in an expression'],
];

for (const [sql, character, message] of refused) {
  test(`refused: ${sql}`, async () => {
    await refusal(() => parseExpression(sql, schema), sql, character, message);
  });
}

async function refusal(
  parse: () => Promise<unknown>,
  sql: string,
  character: number,
  message: string,
): Promise<void> {
  try {
    await parse();
  } catch (error) {
    assert.instance(error, SpillwayError);
    const { place, code } = error as SpillwayError;
    assert.equal(
      { message: (error as Error).message, code, sql: place.sql, character: place.character },
      { message, code: 'query', sql, character },
    );
    return;
  }
  assert.unreachable(`${sql} was not refused`);
}

test('nested too deeply', async () => {
  const deep = [
    Array(1000).fill('a').join(' + '),
    Array(10_000).fill('a').join(' + '),
    `${'not '.repeat(1000)}true`,
    `${'('.repeat(20_000)}a${')'.repeat(20_000)}`,
  ];
  for (const sql of deep) {
    const error = (await parseExpression(sql).catch((caught: unknown) => caught)) as SpillwayError;
    assert.is(error.message, 'this is nested too deeply');
    assert.is(error.code, 'query');
    assert.equal(await parseExpression('a + b'), call('add', a, b), 'parsing goes on');
  }
  const wide = (await parseExpression(Array(10_000).fill('a').join(' or '))) as CallExpr;
  assert.is(wide.args.length, 10_000);
});

test('whatever is written is parsed or refused with its place', async () => {
  const random = seeded(3);
  const below = (n: number): number => Math.floor(random() * n);
  const all = [...expressions.map(([sql]) => sql), ...refused.map(([sql]) => sql)];
  const parts = all.flatMap((sql) => sql.split(/(?<=\W)|(?=\W)/));
  for (let i = 0; i < 3000; i++) {
    const pieces = all[below(all.length)]!.split(/(?<=\W)|(?=\W)/);
    const at = below(pieces.length);
    if (i % 3 === 0) pieces.splice(at, 1 + below(3));
    else pieces.splice(at, i % 3 === 1 ? 0 : 1, parts[below(parts.length)]!);
    const sql = pieces.join('');
    try {
      await parseExpression(sql, i % 2 === 0 ? schema : null);
    } catch (error) {
      assert.instance(error, SpillwayError, `${JSON.stringify(sql)}: ${error}`);
      const { character, sql: told } = (error as SpillwayError).place;
      assert.is(told, sql);
      assert.ok(character !== undefined && character >= 0 && character <= sql.length, `${sql}: ${error}`);
    }
  }
});

test('with a schema, names are found in any case', async () => {
  assert.equal(await parseExpression('DELAY + twin', schema), call('add', column('Delay'), column('twin')));
});

test('a select list', async () => {
  assert.equal(
    await parseSelectList('origin, delay*2 as Doubled, *, lower(ORIGIN) "L"', {
      fields: schema.fields.slice(0, 1).concat({ name: 'delay', type: types.int32, nullable: true }),
    }).catch((error: Error) => error.message),
    'two columns are named "origin"; give one another name with as',
  );
  assert.equal(await parseSelectList('Doubled * 2 as Doubled, lower(origin), upper( Origin ) "U", DAY'), [
    { name: 'Doubled', expr: call('mul', column('Doubled'), integer(2)) },
    { name: 'lower(origin)', expr: call('lower', column('origin')) },
    { name: 'U', expr: call('upper', column('Origin')) },
    { name: 'DAY', expr: column('DAY') },
  ]);
  assert.equal(await parseSelectList('*, delay is distinct from 1 as Late', schema), [
    ...schema.fields.map(({ name }) => ({ name, expr: column(name) })),
    { name: 'Late', expr: call('is_distinct_from', column('Delay'), integer(1)) },
  ]);
  await refusal(() => parseSelectList('*'), '*', 0, '* does not belong here; name the columns');
  await refusal(
    () => parseSelectList('origin, sum(delay)', schema),
    'origin, sum(delay)',
    8,
    'the aggregate sum(...) does not belong in a select list',
  );
});

test('keys of groups', async () => {
  assert.equal(await parseGroupKeys('ORIGIN, year(day) as Y, delay // 10', schema), [
    { name: 'origin', expr: column('origin') },
    { name: 'Y', expr: call('year', column('day')) },
    { name: 'Delay // 10', expr: call('int_div', column('Delay'), integer(10)) },
  ]);
  await refusal(() => parseGroupKeys('*', schema), '*', 0, '* does not belong here; name the columns');
  await refusal(() => parseGroupKeys('day, 1', schema), 'day, 1', 5, 'a constant is no key; name a column');
});

test('sort keys', async () => {
  assert.equal(await parseSortKeys('delay desc nulls first, origin asc, day nulls last, twin desc', schema), [
    { expr: column('Delay'), descending: true, nullsFirst: true },
    { expr: column('origin'), descending: false, nullsFirst: false },
    { expr: column('day'), descending: false, nullsFirst: false },
    { expr: column('twin'), descending: true, nullsFirst: false },
  ]);
  await refusal(
    () => parseSortKeys('x using <', null),
    'x using <',
    0,
    'order by ... using is not supported yet',
  );
  await refusal(
    () => parseSortKeys('x limit 1'),
    'x limit 1',
    2,
    'limit does not belong in a list of sort keys',
  );
  assert.equal(
    await parseSortKeys('all desc', schema),
    schema.fields.map(({ name }) => ({ expr: column(name), descending: true, nullsFirst: false })),
  );
  await refusal(() => parseSortKeys('all'), 'all', 0, 'all does not belong here; name the columns');
  await refusal(() => parseSortKeys(''), '', 0, 'a list of sort keys is expected, but the text is empty');
});

test('aggregates and what is computed from them', async () => {
  const plain = { distinct: false, filter: null };
  assert.equal(
    await parseAggregates(
      'count(*) as N, mean(delay), count(distinct origin) filter (where delay > 0) late',
      schema,
    ),
    {
      aggregates: [
        { name: 'N', aggregate: 'count', args: [], ...plain },
        { name: 'avg(Delay)', aggregate: 'avg', args: [column('Delay')], ...plain },
        {
          name: 'late',
          aggregate: 'count',
          args: [column('origin')],
          distinct: true,
          filter: call('gt', column('Delay'), integer(0)),
        },
      ],
      columns: [
        { name: 'N', expr: column('N') },
        { name: 'avg(Delay)', expr: column('avg(Delay)') },
        { name: 'late', expr: column('late') },
      ],
    },
  );
  assert.equal(
    await parseAggregates('max(v1) - min(v2) as range, pow(corr(v1, v2), 2), quantile(v1, 0.9), min(v2)'),
    {
      aggregates: [
        { name: 'max(v1)', aggregate: 'max', args: [column('v1')], ...plain },
        { name: 'min(v2)', aggregate: 'min', args: [column('v2')], ...plain },
        { name: 'corr(v1, v2)', aggregate: 'corr', args: [column('v1'), column('v2')], ...plain },
        { name: 'quantile(v1, 0.9)', aggregate: 'quantile', args: [column('v1'), double(0.9)], ...plain },
      ],
      columns: [
        { name: 'range', expr: call('sub', column('max(v1)'), column('min(v2)')) },
        { name: 'corr(v1, v2) ^ 2', expr: call('power', column('corr(v1, v2)'), integer(2)) },
        { name: 'quantile(v1, 0.9)', expr: column('quantile(v1, 0.9)') },
        { name: 'min(v2)', expr: column('min(v2)') },
      ],
    },
  );
});

test('aggregates with keys', async () => {
  const keys = await parseGroupKeys('lower(origin) as "sum(delay)", twin', schema);
  assert.equal(
    await parseAggregates('sum(Delay) / twin as each, lower(origin) as low, sum(twin)', schema, keys),
    {
      aggregates: [
        { name: 'sum(Delay)', aggregate: 'sum', args: [column('Delay')], distinct: false, filter: null },
        { name: 'sum(twin)', aggregate: 'sum', args: [column('twin')], distinct: false, filter: null },
      ],
      columns: [
        { name: 'each', expr: call('div', column('sum(Delay)'), column('twin')) },
        { name: 'low', expr: column('sum(delay)') },
        { name: 'sum(twin)', expr: column('sum(twin)') },
      ],
    },
  );
});

/** Refused in a list of aggregates by twin. */
const refusedAggregates: readonly (readonly [string, number, string])[] = [
  ['', 0, 'a list of aggregates is expected, but the text is empty'],
  ['count(*) n, delay', 12, 'Delay has many values in a group; group by it or put it into an aggregate'],
  ['sum(twin) + delay * 2', 12, 'Delay has many values in a group; group by it or put it into an aggregate'],
  ['sum(max(delay))', 4, 'max(...) inside sum(...) makes no sense'],
  ['count(*) as twin', 0, 'two columns are named "twin"; give one another name with as'],
  ['min(delay) x, max(delay) x', 14, 'two columns are named "x"; give one another name with as'],
  ['1 + sum(upper(delay))', 8, 'upper(text) does not take (int32)'],
  ['1 + sum(origin)', 4, 'sum(number) cannot take (utf8); cast the text to a number'],
  ['sum(delay order by day)', 0, 'order by means nothing to sum; it is for list, string_agg, first and last'],
  [
    'percentile_cont(0.5) within group (order by delay)',
    0,
    'within group is not supported yet; use quantile(x, 0.5)',
  ],
];

for (const [sql, character, message] of refusedAggregates) {
  test(`refused aggregates: ${sql}`, async () => {
    const keys = await parseGroupKeys('twin', schema);
    await refusal(() => parseAggregates(sql, schema, keys), sql, character, message);
  });
}

test.run();
