/** Whole queries over random rows, as written and optimized, compared with DuckDB on the same text. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { constantEvaluator } from '../../lib/exec/evaluate-constant.js';
import { execute } from '../../lib/exec/execute.js';
import { Sources } from '../../lib/exec/sources.js';
import { optimize } from '../../lib/plan/optimize.js';
import { parseQuery } from '../../lib/sql/sql.js';
import { contextOf, makeRuntime, seeded } from '../helpers.js';
import { plainRows, plainValue } from '../plain-rows.js';

const test = suite('sql against duckdb');

/** Every order is total, so that rows can be compared one by one. */
const queries: readonly string[] = [
  'select * from t order by id limit 10',
  'select * from t order by id desc limit 10 offset 995',
  'select id, delay * 2 + 1 as d, -delay, delay // 7, delay % 7 from t order by id',
  "select id, origin || '-' || destination as route, upper(origin) from t where origin <> 'SFO' order by 1",
  'select id from t where delay between 10 and 20 or not (distance > 500) order by id',
  "select id from t where origin in ('SFO', 'JFK') and destination not in ('LAX', 'ORD') order by id",
  "select id from t where origin like 'S%' or destination like '%X' or origin like '_F_' order by id",
  'select id from t where delay is null and distance is not null order by id',
  'select id from t where (delay > 50) is not true order by id',
  'select id from t where (delay > 50) is false order by id',
  'select id from t where delay is distinct from 5 and delay is not distinct from nullif(delay, 7) order by id',
  "select id, case when delay > 60 then 'late' when delay < 0 then 'early' end as k from t order by id",
  "select id, case origin when 'SFO' then 1 when 'JFK' then 2 else 0 end as k from t order by id",
  'select id, coalesce(delay, -1), greatest(delay, 5), least(delay, 5) from t order by id',
  'select id, cast(delay as varchar), cast(distance as integer), try_cast(origin as integer) from t order by id',
  'select id, extract(year from day), extract(month from day), extract(doy from day) from t order by id',
  "select id from t where day >= date '2020-06-01' and day < '2020-07-01' order by id",
  'select id, substring(origin from 2 for 2), trim(both from origin), length(destination) from t order by id',
  'select count(*), count(delay), count(distinct origin), sum(delay), min(distance), max(day) from t',
  'select origin, count(*) as n, sum(delay) as s, min(distance), max(day) from t group by origin order by n desc, 1',
  'select origin, destination, count(*) from t where delay > 0 group by 1, 2 order by 1, 2',
  'select month(day) as m, max(delay) - min(delay) as range from t group by m having count(*) > 20 order by m',
  'select sum(delay) filter (where delay > 10), count(*) filter (where origin = destination) from t',
  'select origin o, avg(delay) a from t group by o having avg(delay) > 20 order by a, o',
  'select origin, delay > 30 as late, count(*) as n, sum(delay) + 1 as s from t group by all order by all',
  'select origin, 1 as one, max(delay) - min(delay) as range from t group by all having count(*) > 3 order by origin',
  'select count(*) as n, min(day) from t group by all',
  'select distinct origin, destination from t order by all desc limit 20',
  'select id, 2 * delay ** 2 + 1 as p, extract(dow from day) as w, date_part($$year$$, day) as y from t order by id',
  "select id, date_trunc('day', timestamp '2020-02-29 12:30:00') = timestamp '2020-02-29' as x, date_diff('day', date '2020-02-29', date '2020-03-01') as d from t order by id limit 3",
  'select distinct origin from t order by origin nulls first',
  'select distinct origin, delay > 30 as late from t order by 1, 2',
  'select origin from t group by origin order by count(*) desc, origin limit 3',
  `select o, n from (select origin as o, count(*) as n, sum(delay) as s from t where delay is not null group by origin) u
   where o <> 'SFO' and s > 10 order by o`,
  'select count(*) from (select distinct origin, destination from t) u',
  'select count(*) from (select id, delay from t order by delay desc, id limit 100) u where delay > 50',
  'select count(*) from (select id from t limit 10 offset 5) u',
  'select count(*) from t where 1 = 2 and delay > 5',
  'select max(n) from (select count(*) as n from t group by origin) u',
];

function randomCsv(rows: number): string {
  const random = seeded(11);
  const below = (n: number): number => Math.floor(random() * n);
  const places = ['SFO', 'JFK', 'LAX', 'ORD', 'SEA', 'DFW', 'DEN'];
  const lines = ['id,origin,destination,delay,distance,day'];
  for (let id = 0; id < rows; id++) {
    const day = new Date(Date.UTC(2020, 0, 1 + below(366))).toISOString().slice(0, 10);
    const delay = below(10) === 0 ? '' : below(120) - 20;
    const distance = below(12) === 0 ? '' : below(8000) / 8 + 0.125;
    const origin = below(15) === 0 ? '' : places[below(7)];
    lines.push([id, origin, places[below(7)], delay, distance, day].join(','));
  }
  return `${lines.join('\n')}\n`;
}

test('rows are the same', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-sql-'));
  const file = join(folder, 't.csv');
  writeFileSync(file, randomCsv(1000));
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const runtime = makeRuntime();
  const sources = new Sources();
  try {
    await connection.run(`create table t as from read_csv('${file}')`);
    const table = await sources.scan([file], null, {}, runtime);
    for (const sql of queries) {
      const reader = await connection.runAndReadAll(sql);
      const expected = reader.getRowsJS().map((row) => row.map(plainValue));
      assert.ok(expected.length > 0, `${sql} gives nothing`);
      const written = await parseQuery(sql, async () => table);
      const optimized = optimize(written, { evaluateConstant: constantEvaluator(runtime) });
      for (const plan of [written, optimized]) {
        const rows = await plainRows(plan, execute(plan, contextOf(runtime, { sources })), runtime);
        assert.equal(rows, expected, sql);
      }
    }
  } finally {
    await sources.close();
    connection.closeSync();
    rmSync(folder, { recursive: true });
  }
  assert.is(runtime.arena.reserved, 0);
});

test.run();
