/** Queries over several tables, as written and optimized, compared with DuckDB on the same text. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { constantEvaluator } from '../../lib/exec/evaluate-constant.js';
import { execute } from '../../lib/exec/execute.js';
import { Sources } from '../../lib/exec/sources.js';
import { optimize } from '../../lib/plan/optimize.js';
import type { Plan } from '../../lib/plan/plan.js';
import { schemaOf } from '../../lib/plan/schema.js';
import { parseQuery } from '../../lib/sql/sql.js';
import { contextOf, makeRuntime, seeded } from '../helpers.js';
import { plainRows, plainValue } from '../plain-rows.js';

const test = suite('sql over many tables');

/** Rows are compared as a set, but in their order where the query ends with one. */
const queries: readonly string[] = [
  // Joins.
  'select t.id, u.id as other, x, y from t join u on t.k = u.k and x > y',
  'select t.id, u.id as other from t left join u on t.k = u.k and y > 50 and x < 40',
  'select t.id, u.id as other from t right join u on t.k = u.k and y > 50 and x < 40',
  'select t.id, u.id as other from t full join u on t.k = u.k and y > 50 and x < 40',
  'select t.id, v.k from t cross join v',
  'select t.id, v.k from t join v on t.id = v.k + 1',
  'select t.id, v.k from t, v where t.id * 2 = v.k + 1 and t.id > 0',
  'select t.id, u.id as other from t, u where t.k = u.k and t.x + u.y > 100',
  'select t.id, u.id as other, label from t, u, v where t.k = u.k and u.k = v.k and y > 20',
  'select t.id, a.label from t left join v a on t.k = a.k left join v b on a.label = b.label where b.k is null',
  'select * from t join v using (k)',
  'select * from t left join v using (k)',
  'select * from t right join v using (k)',
  'select k, id, label from t full join v using (k)',
  'select * from v natural join (select k, count(*) as n from t group by k) c',
  'select a.id, b.id as other from t a join t b on a.k = b.k and a.id < b.id where a.x is null',
  'select a.*, b.label from (select id, k from t where x > 30) a join v as b on a.k = b.k',
  'select p, q from t as z(p, q) where q = 3',
  'select j.id, j.label from (t join v on t.k = v.k) as j(id, k, x, name, day, kk, label) where j.kk < 4',
  'select count(*) as n from t left join u on t.k < u.k and t.x = u.y',
  'select t.id, u.id as other from t join u on t.x between u.y - 1 and u.y + 1',
  'select t.k, count(*) as n, count(u.id) as m from t left join u on t.id = u.id group by t.k',
  "select t.id from t, u where (t.k = u.k and t.name = 'b' and y > 3) or (t.k = u.k and t.name = 'c' and y < 9)",
  // Common table expressions and subqueries in from.
  'with a as (select k, sum(x) as s from t group by k), b as (select k, s from a where s > 100) select * from a join b using (k, s)',
  'with a(p, q) as (select k, max(x) from t group by k) select p, q, (select max(q) from a) as m from a',
  'with a as (select 1 as one) select one, two from a, (with b as (select one + 1 as two from a) select * from b) c',
  // Set operations.
  'select k, name from t union select k, label from v',
  'select k, name from t union all select k, label from v',
  'select k, x from t union all select y, 0.5 from u union all values (1, 2.5)',
  'select k from t intersect select k from u',
  'select k, name from t except select k, name from u',
  'select k from t union select k from u except select k from v where k > 2',
  '(select id from t order by id limit 3) union all (select id from u order by id desc limit 2) order by 1 desc',
  'select k as a from t union select y from u order by a desc nulls first limit 5 offset 2',
  'select k from t except (select k from u union select k from v)',
  // Values and queries without a table.
  'values (1, null), (2, 3)',
  'select a + 1 as b, c from (values (1, $$x$$), (2, null)) as w(a, c)',
  'select 1 + 1 as two, $$x$$ as x',
  'select id from t where (k, name) in (values (1, $$a$$), (2, $$b$$))',
  // Subqueries as values.
  'select id, (select max(y) from u) as m from t where x > (select avg(y) from u)',
  'select id, (select label from v where label = $$none$$) as nothing from t where id < 5',
  'select id, (select count(*) from u where u.k = t.k) as n, (select sum(y) + count(*) from u where u.k = t.k and y > 30) as s from t',
  'select id, (select label from v where v.k = t.k) as label from t',
  'select id from t where x > (select 0.8 * avg(y) from u where u.k = t.k)',
  'select k, max(x) as m from t group by k having max(x) > (select avg(y) from u) and count(*) > (select 2)',
  'select k, count(*) as n, (select count(*) from u where u.k = t.k) as m from t group by k',
  'select k, sum(x + (select min(y) from u where u.k = t.k)) as s from t group by k',
  'select coalesce((select sum(y) from u where u.k = t.k and u.name = t.name), -1) as s, id from t',
  'select id from t order by (select min(y) from u where u.k = t.k) nulls first, id',
  'select case when exists (select 1 from u where u.k = t.k and u.y > 60) then 1 else 0 end as e, id from t',
  // Membership.
  'select id from t where k in (select k from u where y > 20)',
  'select id from t where k not in (select k from u where y > 90 and k is not null)',
  'select id from t where k not in (select k from u)',
  'select id from t where k not in (select k from u where y > 1000)',
  'select id from t where not k in (select k from u where y > 90 and k is not null) and x > 3',
  'select id from t where x in (select y from u where u.k = t.k)',
  'select id from t where x not in (select y from u where u.k = t.k)',
  'select id from t where (k, x) in (select k, y from u)',
  'select id, k in (select k from v) as found, x in (select y from u) as other from t',
  'select id, k not in (select k from v where k is not null) as missing from t',
  'select id, x in (select y from u where u.k = t.k) as found from t',
  'select id from t where k in (select k from v) or x > 90',
  'select id from t where exists (select 1 from u where u.k = t.k and u.y > t.x)',
  'select id from t where not exists (select 1 from u where u.k = t.k and u.y > t.x)',
  'select id from t where exists (select 1 from u where y > 1000) or id = 1',
  'select id from t where exists (select 1 from u) and not exists (select 1 from u where y > 1000) and id < 4',
  'select id from t where exists (select 1 from u where u.k = t.k and exists (select 1 from v where v.k = u.k))',
  'select t.id from t, v where t.k = v.k and t.id in (select id from u where y > 10) and exists (select 1 from u where u.y = t.x)',
  'select id from t where k in (select k from u where y > (select avg(y) from u b where b.k = u.k))',
  'select id from t where x > all (select y from u where y < 50)',
  'select id from t where x > any (select y from u) and x = any (select y from u)',
  'select id, x <= all (select y from u where y > 40) as least from t',
  'select id from t where x <> all (select y from u where y is not null)',
  'select id from t where k = (select k from v order by k limit 1)',
  // Grouping sets.
  'select k, name, count(*) as n, sum(x) as s from t group by rollup (k, name)',
  'select k, name, grouping(k, name) as g, count(*) as n from t group by cube (k, name)',
  'select k, name, max(k) as m, grouping(name) as g from t group by grouping sets ((k), (name), (k, name), ())',
  'select k, count(*) as n, sum(x) as s from t where id < 0 group by rollup (k)',
  'select k, name, count(*) as n from t group by k, rollup (name) having count(*) > 3',
  'select lower(name) as l, count(distinct k) as n from t group by grouping sets (lower(name), ()) order by l nulls first, n',
  // Windows.
  'select id, row_number() over (order by id) as n, rank() over (partition by k order by x) as r, dense_rank() over (partition by k order by x) as d from t',
  'select id, sum(x) over (partition by k order by id) as s, count(*) over (partition by k) as c, avg(x) over () as a from t',
  'select id, lag(x) over w as a, lead(x, 2, -1) over w as b, first_value(x) over w as c from t window w as (partition by k order by id)',
  'select id, sum(x) over (order by id rows between 2 preceding and 1 following) as s, max(x) over (order by id rows 3 preceding) as m from t',
  'select id, last_value(x) over (w rows between unbounded preceding and unbounded following) as l from t window w as (partition by name order by id)',
  'select id, sum(x) filter (where x > 50) over (partition by k) as s from t',
  'select k, sum(x) as s, sum(sum(x)) over (order by k) as running, rank() over (order by sum(x) desc, k) as r from t group by k',
  'select k, x, x - avg(x) over (partition by k) as d from t where x is not null',
  'select * from (select id, k, row_number() over (partition by k order by x desc, id) as n from t) r where n <= 2',
  'select id from t order by row_number() over (order by x, id desc) limit 7',
  'select t.id, u.id as other, sum(y) over (partition by t.id order by u.id) as s from t join u using (k)',
  'select id, ntile(4) over (order by id) as q, percent_rank() over (order by id) as p, cume_dist() over (order by id) as c from t',
  'select name, count(*) as n, count(*) * 1.0 / sum(count(*)) over () as share from t group by name having count(*) > 5 order by n desc, name',
  'select distinct k, max(x) over (partition by k) as m from t',
  'select k, name, sum(x) as s, rank() over (partition by grouping(name) order by sum(x) desc, k, name) as r from t group by rollup (k, name)',
  // First of each.
  'select distinct on (k) k, id, x from t order by k, x desc, id',
  'select distinct on (k, name) id from t order by k, name, id desc',
  // Set operations that count.
  'select k, name from t intersect all select k, name from u',
  'select k, name from t except all select k, name from u',
  // Lists.
  "select id, tag from t, unnest(string_split(name || ',x,' || name, ',')) as l(tag)",
  "select id, unnest(string_split(name || ',x', ',')) as tag from t where k = 2 order by id",
  "select w.tag, count(*) as n from t cross join unnest(string_split(name || ',x', ',')) as w(tag) where tag <> 'a' group by w.tag",
  // Times.
  "select id from t where day < date '2020-02-15' + interval '1' month and day >= date '2020-03-31' - interval '2 months 1 day'",
];

function randomTables(): Readonly<Record<string, string>> {
  const random = seeded(5);
  const below = (n: number): number => Math.floor(random() * n);
  const some = (value: () => string | number): string | number => (below(8) === 0 ? '' : value());
  const name = (): string => 'abcdef'[below(6)]!;
  const day = (): string => new Date(Date.UTC(2020, 0, 1 + below(120))).toISOString().slice(0, 10);
  const rows = (count: number, row: (id: number) => readonly (string | number)[]): string =>
    Array.from({ length: count }, (_, id) => `${row(id).join(',')}\n`).join('');
  return {
    t: `id,k,x,name,day\n${rows(150, (id) => [id, some(() => below(9)), some(() => below(100)), some(name), day()])}`,
    u: `id,k,y,name\n${rows(90, (id) => [id * 2, some(() => below(12)), some(() => below(100)), some(name)])}`,
    v: `k,label\n${rows(6, (id) => [id === 5 ? '' : id, `label ${id % 4}`])}`,
  };
}

const folder = mkdtempSync(join(tmpdir(), 'spillway-sql-'));
const runtime = makeRuntime();
const sources = new Sources();
const tables = new Map<string, Plan>();
let connection: DuckDBConnection;

test.before(async () => {
  connection = await (await DuckDBInstance.create()).connect();
  for (const [name, text] of Object.entries(randomTables())) {
    const file = join(folder, `${name}.csv`);
    writeFileSync(file, text);
    await connection.run(`create table ${name} as from read_csv('${file}')`);
    tables.set(name, await sources.scan([file], null, {}, runtime));
  }
});

test.after(async () => {
  await sources.close();
  connection.closeSync();
  rmSync(folder, { recursive: true });
  assert.is(runtime.arena.reserved, 0);
});

for (const sql of queries) {
  test(sql, async () => {
    const reader = await connection.runAndReadAll(sql);
    const ordered = /order by [^()]*(\([^()]*\))*[^()]*$/.test(sql);
    const inOrder = (rows: readonly string[]): readonly string[] => (ordered ? rows : [...rows].sort());
    const expected = inOrder(reader.getRowsJS().map((row) => JSON.stringify(row.map(plainValue))));
    const written = await parseQuery(sql, async (name) => tables.get(name)!);
    assert.equal(
      schemaOf(written).fields.map((field) => field.name).length,
      reader.columnCount,
      'as many columns',
    );
    const optimized = optimize(written, { evaluateConstant: constantEvaluator(runtime) });
    for (const plan of [written, optimized]) {
      assert.equal(inOrder(await rowsOf(plan)), expected, plan === written ? 'as written' : 'optimized');
    }
  });
}

async function rowsOf(plan: Plan): Promise<string[]> {
  const rows = await plainRows(plan, execute(plan, contextOf(runtime, { sources })), runtime);
  return rows.map((row) => JSON.stringify(row));
}

test.run();
