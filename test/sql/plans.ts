/** What joins, subqueries, set operations and grouping sets become, and what is refused of them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Schema } from '../../lib/arrow/schema.js';
import { type DataType, date, float64, int32, int64, utf8 } from '../../lib/arrow/types.js';
import { SpillwayError } from '../../lib/errors.js';
import { explain } from '../../lib/plan/explain.js';
import { scan } from '../../lib/plan/make-plan.js';
import { optimize } from '../../lib/plan/optimize.js';
import type { Plan } from '../../lib/plan/plan.js';
import { schemaOf } from '../../lib/plan/schema.js';
import { parseQuery } from '../../lib/sql/sql.js';

const test = suite('sql plans');

/** Only the column `id` has no nulls. */
function table(name: string, rows: number, columns: Readonly<Record<string, DataType>>): Plan {
  const schema: Schema = {
    fields: Object.entries(columns).map(([column, type]) => ({
      name: column,
      type,
      nullable: column !== 'id',
    })),
  };
  const source = { format: 'csv', paths: [`/${name}.csv`], options: {}, rows, bytes: null, statistics: null };
  return scan(source, schema);
}

const tables: Readonly<Record<string, Plan>> = {
  t: table('t', 1000, { id: int64, k: int32, x: float64, name: utf8, day: date }),
  u: table('u', 100, { id: int64, k: int32, y: float64, name: utf8 }),
  v: table('v', 10, { k: int32, label: utf8 }),
};

/** `data/v.csv` is v too. */
const parse = (sql: string): Promise<Plan> =>
  parseQuery(sql, async (name) => tables[name.replace(/^data\/|\.csv$/g, '')]!);

const columnsOf = (plan: Plan): readonly string[] => schemaOf(plan).fields.map(({ name }) => name);

/** Without the numbers of rows. */
const textOf = (plan: Plan): string =>
  explain(plan).replace(/ {4,}(about )?[\d,]+( of [\d,]+)? rows?$/gm, '');

const planned: readonly (readonly [string, string])[] = [
  [
    'select t.id, y, label from v, u, t where t.k = u.k and u.k = v.k and x > 1 and y < x',
    `
project "t.id" as id, y, label
└─ inner join on "t.k" = "u.k" and y < x
   ├─ project id as "t.id", k as "t.k", x
   │  └─ scan t.csv (csv)
   │       columns  id, k, x (3 of 5)
   │       where    x > 1
   └─ inner join on "u.k" = k
      ├─ project k as "u.k", y
      │  └─ scan u.csv (csv)
      │       columns  k, y (2 of 4)
      └─ scan v.csv (csv)`,
  ],
  [
    'select * from t a join v b on a.k = b.k and a.x > 1 and label like $$a%$$',
    `
project id, k, x, name, day, "b.k" as k_1, label
└─ inner join on k = "b.k"
   ├─ scan t.csv (csv)
   │    where    x > 1
   └─ project k as "b.k", label
      └─ scan v.csv (csv)
           where    label like 'a%'`,
  ],
  [
    'select * from t left join v on t.k = v.k and x > 1 and label like $$a%$$',
    `
project id, k, x, name, day, "v.k" as k_1, label
└─ left join on k = "v.k" and x > 1
   ├─ scan t.csv (csv)
   └─ project k as "v.k", label
      └─ scan v.csv (csv)
           where    label like 'a%'`,
  ],
  [
    'select k, label from v full join u using (k)',
    `
project coalesce(k, "u.k") as k, label
└─ full join on k = "u.k"
   ├─ scan v.csv (csv)
   └─ project k as "u.k"
      └─ scan u.csv (csv)
           columns  k (1 of 4)`,
  ],
  [
    'select t.id from t, u where (t.k = u.k and x = 1 and y = 2) or (t.k = u.k and x = 2 and y = 1)',
    `
project id
└─ inner join on k = "u.k" and x = 1 and y = 2 or x = 2 and y = 1
   ├─ scan t.csv (csv)
   │    columns  id, k, x (3 of 5)
   │    where    x = 1 or x = 2
   └─ project k as "u.k", y
      └─ scan u.csv (csv)
           columns  k, y (2 of 4)
           where    y = 2 or y = 1`,
  ],
  [
    'with a as (select k, sum(x) as s from t group by k) select b.s from a b join a c on b.s < c.s',
    `
project s
└─ inner join on s < "c.s"
   ├─ aggregate sum(x) as s by k
   │  └─ scan t.csv (csv)
   │       columns  k, x (2 of 5)
   └─ project s as "c.s"
      └─ aggregate sum(x) as s by k
         └─ scan t.csv (csv)
              columns  k, x (2 of 5)`,
  ],
  [
    'select k from t union all select k from u union all select id from u order by 1 limit 3',
    `
sort k, top 3
└─ union all
   ├─ project cast(k as int64) as k
   │  └─ scan t.csv (csv)
   │       columns  k (1 of 5)
   ├─ project cast(k as int64) as k
   │  └─ scan u.csv (csv)
   │       columns  k (1 of 4)
   └─ project id as k
      └─ scan u.csv (csv)
           columns  id (1 of 4)`,
  ],
  [
    'select k from t except all select k from u',
    `
project k
└─ anti join on k is not distinct from k_right and number is not distinct from number_right
   ├─ window row_number() as number over (partition by k)
   │  └─ scan t.csv (csv)
   │       columns  k (1 of 5)
   └─ project k as k_right, number as number_right
      └─ window row_number() as number over (partition by k)
         └─ scan u.csv (csv)
              columns  k (1 of 4)`,
  ],
  [
    'values (1, null), (2.5, $$a$$)',
    `
expand to 2 rows each
└─ one-row`,
  ],
  [
    'select t.id from t join u on t.id = u.k + 1',
    `
project id
└─ inner join on id = "u.k" + 1
   ├─ scan t.csv (csv)
   │    columns  id (1 of 5)
   └─ project k as "u.k"
      └─ scan u.csv (csv)
           columns  k (1 of 4)`,
  ],
  [
    'select id, (select max(y) from u) as m from t where x > (select avg(y) from u)',
    `
project id, "max(y)" as m
└─ cross join
   ├─ inner join on x > "avg(y)"
   │  ├─ scan t.csv (csv)
   │  │    columns  id, x (2 of 5)
   │  └─ aggregate avg(y)
   │     └─ scan u.csv (csv)
   │          columns  y (1 of 4)
   └─ aggregate max(y)
      └─ scan u.csv (csv)
           columns  y (1 of 4)`,
  ],
  [
    'select id from t where x > (select 2 * count(*) from u where u.k = t.k and y > 3)',
    `
project id
└─ filter x > 2 * coalesce("subquery.count(*)", 0)
   └─ left join on k = "subquery.key"
      ├─ scan t.csv (csv)
      │    columns  id, k, x (3 of 5)
      └─ aggregate count(*) as "subquery.count(*)" by "subquery.key"
         └─ project k as "subquery.key"
            └─ scan u.csv (csv)
                 columns  k (1 of 4)
                 where    y > 3`,
  ],
  [
    'select id from t where k in (select k from v) and not exists (select 1 from u where u.k = t.k and y > x)',
    `
project id
└─ anti join on k = "subquery.key" and "subquery.y" > x
   ├─ semi join on k = "subquery.k"
   │  ├─ scan t.csv (csv)
   │  │    columns  id, k, x (3 of 5)
   │  └─ project k as "subquery.k"
   │     └─ scan v.csv (csv)
   │          columns  k (1 of 2)
   └─ project k as "subquery.key", y as "subquery.y"
      └─ scan u.csv (csv)
           columns  k, y (2 of 4)`,
  ],
  [
    'select id from t where k not in (select k from v)',
    `
project id
└─ anti join on k = "subquery.k"
   ├─ inner join on "subquery.rows" = 0 or k is not null and "subquery.rows" = "subquery.known"
   │  ├─ scan t.csv (csv)
   │  │    columns  id, k (2 of 5)
   │  └─ aggregate
   │     │    count(*) as "subquery.rows"
   │     │    count("subquery.k") as "subquery.known"
   │     └─ project k as "subquery.k"
   │        └─ scan v.csv (csv)
   │             columns  k (1 of 2)
   └─ project k as "subquery.k"
      └─ scan v.csv (csv)
           columns  k (1 of 2)`,
  ],
  [
    'select id from t where id not in (select id from u)',
    `
anti join on id = "subquery.id"
├─ scan t.csv (csv)
│    columns  id (1 of 5)
└─ project id as "subquery.id"
   └─ scan u.csv (csv)
        columns  id (1 of 4)`,
  ],
  [
    'select id from t where x in (select y from u) or id = 1',
    `
project id
└─ filter case when coalesce("subquery.rows", 0) = 0 then false when "subquery.found" is not null then true when x is null or "subquery.rows" <> "subquery.known" then cast(null as bool) else false end or id = 1
   └─ left join on x = "subquery.y"
      ├─ cross join
      │  ├─ scan t.csv (csv)
      │  │    columns  id, x (2 of 5)
      │  └─ aggregate
      │     │    count(*) as "subquery.rows"
      │     │    count("subquery.y") as "subquery.known"
      │     └─ project y as "subquery.y"
      │        └─ scan u.csv (csv)
      │             columns  y (1 of 4)
      └─ project "subquery.y", true as "subquery.found"
         └─ distinct
            └─ project y as "subquery.y"
               └─ scan u.csv (csv)
                    columns  y (1 of 4)`,
  ],
  [
    'select id, (select label from v where v.k = t.k) as label from t',
    `
project id, subquery as label
└─ left join on k = "subquery.key"
   ├─ scan t.csv (csv)
   │    columns  id, k (2 of 5)
   └─ project "subquery.key", single_row(rows, value) as subquery
      └─ aggregate by "subquery.key"
         │    first("subquery.value") as value
         │    count(*) as rows
         └─ project k as "subquery.key", label as "subquery.value"
            └─ scan v.csv (csv)`,
  ],
  [
    'select k, sum(sum(x)) over (order by k) as s, count(*) over (partition by k order by name rows between 1 preceding and current row) as n from t group by k, name',
    `
project k, s, n
└─ window sum("sum(x)") as s over (order by k)
   └─ window count() as n over (partition by k order by name)
      └─ aggregate sum(x) by k, name
         └─ scan t.csv (csv)
              columns  k, x, name (3 of 5)`,
  ],
  [
    'select distinct on (k) id from t order by k, x desc',
    `
project id
└─ sort k, x desc
   └─ project id, k, x
      └─ filter number = 1
         └─ window row_number() as number over (partition by k order by k, x desc), the rows up to row_number 1
            └─ scan t.csv (csv)
                 columns  id, k, x (3 of 5)`,
  ],
  [
    'select k, name, sum(x) as s, grouping(k, name) as g from t group by rollup (k, name)',
    `
project
│    k
│    name
│    s
│    case when "grouping set" = 1 then 1 when "grouping set" = 2 then 3 else 0 end as g
└─ project
   │    k
   │    name
   │    coalesce("grouping set", "grouping set_empty") as "grouping set"
   │    s
   └─ full join on "grouping set" = "grouping set_empty"
      ├─ aggregate sum(x) as s by k, name, "grouping set"
      │  └─ expand to 3 rows each
      │     └─ scan t.csv (csv)
      │          columns  k, x, name (3 of 5)
      └─ expand to 1 row each
         └─ one-row`,
  ],
  [
    'select id from t tablesample bernoulli (10) repeatable (7)',
    `
sample 10 % (seed 7)
└─ scan t.csv (csv)
     columns  id (1 of 5)`,
  ],
  [
    "select day - interval '1 month 2 days' as d from t",
    `
project date_add('day', -2, date_add('month', -1, day)) as d
└─ scan t.csv (csv)
     columns  day (1 of 5)`,
  ],
];

for (const [sql, expected] of planned) {
  test(sql, async () => {
    const plan = await parse(sql);
    assert.is(textOf(optimize(plan)), expected.trim());
    assert.equal(JSON.parse(JSON.stringify(plan)), plan, 'plain data');
  });
}

/** The names that come out. */
const named: readonly (readonly [string, string])[] = [
  ['select * from t join v on t.k = v.k', 'id k x name day k_1 label'],
  ['select * from t join v using (k)', 'id k x name day label'],
  ['select v.*, t.id from t join v using (k)', 'k label id'],
  ['select *, u.id as other from v natural join u', 'k label id y name other'],
  ['select a.*, b.* from v a, v b', 'k label k_1 label_1'],
  ['select j.* from (v a join v b using (k)) as j(p, q, r)', 'p q r'],
  ['select p, z.label from v as z(p)', 'p label'],
  ['select v.k from "data/v.csv" where "data/v.csv".label is null', 'k'],
  ['select T.ID as a, "t".id from t', 'a id'],
  ['with a(p) as (select k from v) select * from a cross join A b', 'p p_1'],
  ['select k from v union select id from t', 'k'],
  ['select t.id, y, u.k from t join u on t.k = u.k', 'id y k'],
  ['select k, t.k + 1, u.k + 1, id from t full join (select k from u) u using (k)', 'k t.k + 1 u.k + 1 id'],
  ['select p + 1, max(q) from v as z(p, q) group by p', 'p + 1 max(q)'],
  ['select sum(u.y), count(u.id) from t, u group by t.id', 'sum(y) count(u.id)'],
  ['values (1, 2)', 'column1 column2'],
  ['select 1, $$a$$ as b', '1 b'],
  ['select (select max(y) from u), exists (select 1 from u where u.k = t.k) as e from t', 'max(y) e'],
  [
    'select rank() over (partition by k order by x desc) from t',
    'rank() over (partition by k order by x desc)',
  ],
  ['select count(*) over () from t', 'count(*) over ()'],
];

for (const [sql, expected] of named) {
  test(`names: ${sql}`, async () => assert.is(columnsOf(await parse(sql)).join(' '), expected));
}

test('nulls are passed over where that is written', async () => {
  const sql =
    'select lag(x) ignore nulls over w as a, lag(x) respect nulls over w as b from t window w as (order by id)';
  const { input } = (await parse(sql)) as Extract<Plan, { op: 'project' }>;
  const { functions } = input as Extract<Plan, { op: 'window' }>;
  assert.equal(
    functions.map(({ name, ignoreNulls }) => [name, ignoreNulls]),
    [
      ['a', true],
      ['b', false],
    ],
  );
});

test('a table that is named twice is opened once', async () => {
  const opened: string[] = [];
  const sql =
    'with t as (select 1 as k) select * from t, u a, u b where a.k in (select k from "data/v.csv") and a.k = t.k';
  await parseQuery(sql, async (name) => {
    opened.push(name);
    return tables[name.replace(/^data\/|\.csv$/g, '')]!;
  });
  assert.equal(opened, ['u', 'data/v.csv']);
});

const refused: readonly (readonly [string, number, string])[] = [
  ['select id from t, u', 7, 'id is in more than one table; it may be t.id or u.id'],
  ['select t.nam from t join u on t.id = u.id', 7, 'there is no column "nam" in t; did you mean "name"?'],
  ['select * from t join u using (z)', 30, 'there is no column "z"; columns: id, k, x, name, day'],
  ['select * from t join u on t.name = u.y', 26, 'cannot compare utf8 with float64; cast one'],
  ['select * from t join u on t.name', 26, 'on must be true or false, but its type is utf8'],
  ['select * from t join u on count(*) > 1', 26, 'the aggregate count(...) does not belong in on'],
  ['select * from t join u on t.id in (select 1)', 26, 'a subquery does not belong in on'],
  [
    'select t.id from t join t on true',
    7,
    'id is in more than one table; give the tables different names with as',
  ],
  [
    'select * from t asof join u on true',
    16,
    'asof join is not in this SQL; use df.joinAsof, or spillway join --asof',
  ],
  [
    'select * from t natural join (select 1 as one) z',
    16,
    'the tables of a natural join have no column of the same name',
  ],
  ['select * from v as z(a, b, c)', 14, 'z is given 3 names of columns, but has 2'],
  [
    'select *, 1 as k from t join v using (k)',
    10,
    'two columns are named "k"; give one another name with as',
  ],
  [
    'select id from t where k in (select k, y from u)',
    25,
    'the subquery must give 1 column, but gives 2 columns',
  ],
  [
    'select id from t where k in (select name from u)',
    25,
    'cannot compare int32 with the utf8 of the subquery; cast one',
  ],
  ['select id from t where k = (select name from u limit 1)', 23, 'cannot compare int32 with utf8; cast one'],
  ['select (select k, y from u) from t', 7, 'the subquery must give 1 column, but gives 2 columns'],
  [
    'select id, (select y from u where u.k > t.k) from t',
    11,
    'a subquery used as a value can only compare with the query around it by =; this one is not supported yet',
  ],
  [
    'select id, (select max(y + t.x) from u where u.k = t.k) from t',
    27,
    'a column of the query around outside of where is not supported yet',
  ],
  [
    'select (select count(*) from u where u.k = t.k limit 1) from t',
    47,
    'limit in a subquery that compares with the query around it is not supported yet',
  ],
  [
    'select (select (select max(label) from v where v.k = t.k) from u where u.k = t.k) from t',
    53,
    'a subquery that looks beyond the query right around it is not supported yet',
  ],
  [
    'select id from t where x > all (select y from u where u.k = t.k)',
    25,
    '> all (select ...) of a correlated subquery is not supported yet',
  ],
  [
    'select id from t where (k, x) not in (select k, y from u)',
    30,
    'not in for several columns that may be null is not supported yet',
  ],
  ['select array(select k from u)', 7, 'array (select ...) is not supported yet'],
  [
    'select k from t union select k, y from u',
    16,
    'union takes inputs of as many columns, but one has 1 and one 2',
  ],
  [
    'select k from t union select name from u',
    16,
    'the columns "k" cannot become one: their types are int32 and utf8; cast them',
  ],
  ['select k from t union select y from u order by z', 47, 'there is no column "z"; columns: k'],
  ['select k from t union select y from u order by 2', 47, 'order by 2: the select list has 1 column'],
  ['with recursive a as (select 1) select * from a', 5, 'with recursive is not supported yet'],
  [
    'with recursive a(n) as (select 1 union all select n + 1 from a) select * from a',
    5,
    'with recursive is not supported yet',
  ],
  ['with a as (select 1), a as (select 2) select * from a', 22, 'two common table expressions are named a'],
  ['with a(x, y) as (select 1) select * from a', 5, 'a is given 2 names of columns, but has 1'],
  ['select rank() from t', 7, 'rank(...) needs over (...)'],
  ['select row_numbr() over () from t', 7, 'there is no function "row_numbr"; did you mean "row_number"?'],
  ['select sum(x) over (order by zz) from t', 29, 'there is no column "zz"; columns: id, k, x, name, day'],
  ["select lag(name, 'x') over (order by id) from t", 7, 'the offset of lag must be a constant whole number'],
  [
    "select sum(x) over (order by day range interval '1' month preceding) from t",
    39,
    'months differ in length; write the interval of a frame in days, hours or shorter units',
  ],
  [
    "select sum(x) over (order by id range interval '1 day' preceding) from t",
    7,
    'the frame of sum makes no sense: a range over int64 is not counted in time; its offset is a number',
  ],
  ['select rank() over q from t', 19, 'there is no window q'],
  ['select sum(rank() over (order by id)) from t', 11, 'a window function inside sum(...) makes no sense'],
  [
    'select sum(rank() over (order by id)) over () from t',
    11,
    'a window function inside a window function makes no sense',
  ],
  [
    'select id from t where rank() over (order by id) = 1',
    23,
    'a window function does not belong here; compute it in a subquery: from (select ...)',
  ],
  [
    'select k from t group by k having rank() over (order by k) = 1',
    34,
    'a window function does not belong here; compute it in a subquery: from (select ...)',
  ],
  [
    'select sum(x) over (order by id rows 1 preceding exclude ties) from t',
    19,
    'exclude in a frame is not supported yet',
  ],
  ['select count(distinct x) over () from t', 7, 'distinct in count(...) over (...) is not supported yet'],
  ['select grouping(x) from t group by k', 16, 'grouping() takes expressions of group by'],
  ['select grouping(k) from t', 7, 'grouping() needs group by'],
  [
    'select k, x from t group by rollup (k)',
    10,
    'x has many values in a group; group by it or put it into an aggregate',
  ],
  [
    "values (1), ('a')",
    13,
    'a column of values has types that do not go together: int64 and utf8; cast them',
  ],
  ['values (1), (1, 2)', 13, 'all rows of values have as many columns'],
  ['values (x)', 8, 'values takes constants; there is no column x here'],
  [
    'select * from t tablesample foo (1)',
    28,
    'there is no way of sampling foo; there are bernoulli and system',
  ],
  [
    'select * from t tablesample bernoulli (101)',
    39,
    'bernoulli takes a number from 0 to 100, the percentage of rows',
  ],
  ['select * from t limit 1 + x', 22, 'limit takes a whole number that is not negative'],
  ['select distinct on (zz) k from t', 20, 'there is no column "zz"; columns: id, k, x, name, day'],
  [
    'select 1 + unnest(string_split(name, $$x$$)) from t',
    11,
    'unnest(...) stands alone in a select list, or in from',
  ],
  ['select unnest(name) from t', 7, 'unnest(...) takes a list, not utf8'],
  ['select * from t, unnest(t.name) as l(x)', 24, 'unnest(...) takes a list, not utf8'],
  ['select * from unnest(t.name)', 21, 'there is no table t in this query'],
  [
    'select * from t left join unnest(string_split(name, $$x$$)) as l(y) on y > $$a$$',
    71,
    'left join unnest(...) on another condition than true is not supported yet',
  ],
  ['select * from generate_series(1, 2)', 14, 'a function in from is not supported yet'],
  ['select *', 7, '* needs a table: from "trips.csv"'],
];

for (const [sql, character, message] of refused) {
  test(`refused: ${sql}`, async () => {
    const error = await parse(sql).catch((caught: unknown) => caught);
    assert.instance(error, SpillwayError);
    const { code, place } = error as SpillwayError;
    assert.equal(
      { message: (error as Error).message, code, ...place },
      { message, code: 'query', sql, character },
    );
  });
}

test.run();
