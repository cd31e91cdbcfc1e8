import { DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { aggregate } from '../../lib/exec/aggregate.js';
import type { Expr, NamedAggregate } from '../../lib/plan/expr.js';
import { type Cell, contextOf, makeRuntime, seeded } from '../helpers.js';
import { columnsOf, inputOf, type Row, streamOf } from '../stream-helpers.js';

const test = suite('aggregate against DuckDB');

const fields = {
  k: types.utf8,
  j: types.int32,
  b: types.bool,
  i: types.int64,
  s: types.int16,
  x: types.float64,
  d: types.date,
  t: types.utf8,
};
type Name = keyof typeof fields;

const sqlTypes = 'k varchar, j integer, b boolean, i bigint, s smallint, x double, d date, t varchar';

const column = (name: Name): Expr => ({ op: 'column', name });

function randomRows(count: number, groups: number, nulls: number, random: () => number): Row[] {
  const below = (n: number): number => Math.floor(random() * n);
  const make: Readonly<Record<Name, () => Cell>> = {
    k: () => `key ${below(groups)}`,
    j: () => below(3) - 1,
    b: () => random() < 0.5,
    i: () => BigInt(below(2000) - 1000) * 10n ** BigInt(below(12)),
    s: () => below(200) - 100,
    x: () => (below(4) === 0 ? below(10) : (random() - 0.5) * 1000),
    d: () => below(30000) - 5000,
    t: () => ['', 'a', 'ab', 'é', 'zebra'][below(5)]!,
  };
  return Array.from({ length: count }, () =>
    Object.values(make).map((cell) => (random() < nulls ? null : cell())),
  );
}

const literalSql = (cell: Cell, name: Name): string => {
  if (cell === null) return 'null';
  if (typeof cell === 'string') return `'${cell}'`;
  if (name === 'd') return `date '1970-01-01' + ${cell}::integer`;
  return name === 'x' ? `${cell}::double` : String(cell);
};

/** Our aggregate and DuckDB's way to say it; results compare as text or, for doubles, nearly. */
const cases: readonly { readonly sql: string; readonly ours: Omit<NamedAggregate, 'name'> }[] = [];
const add = (
  sql: string,
  name: string,
  args: readonly (Name | number)[],
  more: Partial<NamedAggregate> = {},
): void => {
  const exprs = args.map(
    (arg): Expr =>
      typeof arg === 'number' ? { op: 'literal', type: types.float64, value: arg } : column(arg),
  );
  (cases as { sql: string; ours: Omit<NamedAggregate, 'name'> }[]).push({
    sql,
    ours: { aggregate: name, args: exprs, distinct: false, filter: null, ...more },
  });
};
add('count(*)', 'count', []);
add('count(*) filter (where b)', 'count', [], { filter: column('b') });
for (const name of ['b', 'i', 's', 'x', 'd', 't'] as const) {
  add(`count(${name})`, 'count', [name]);
  add(`count(distinct ${name})`, 'count', [name], { distinct: true });
  add(`min(${name})`, 'min', [name]);
  add(`max(${name}) filter (where j > 0)`, 'max', [name], {
    filter: { op: 'call', name: 'gt', args: [column('j'), { op: 'literal', type: types.int32, value: 0 }] },
  });
  add(`first(${name})`, 'first', [name]);
  add(`last(${name})`, 'last', [name]);
  add(`any_value(${name})`, 'any_value', [name]);
}
for (const name of ['i', 's', 'x'] as const) {
  add(`sum(${name})`, 'sum', [name]);
  add(`avg(${name})`, 'avg', [name]);
  add(`sum(distinct ${name})`, 'sum', [name], { distinct: true });
  for (const same of ['stddev', 'stddev_pop', 'variance', 'var_pop', 'median'])
    add(`${same}(${name})`, same, [name]);
  add(`quantile_cont(${name}, 0.3)`, 'quantile', [name, 0.3]);
  add(`quantile_disc(${name}, 0.7)`, 'quantile_disc', [name, 0.7]);
}
add('quantile_disc(d, 0.5)', 'quantile_disc', ['d', 0.5]);
add('bool_and(b)', 'bool_and', ['b']);
add('bool_or(b)', 'bool_or', ['b']);
for (const name of ['corr', 'covar_samp', 'covar_pop']) add(`${name}(x, s)`, name, ['x', 's']);
add('corr(i, s) filter (where b)', 'corr', ['i', 's'], { filter: column('b') });

function equal(ours: Cell, theirs: unknown, what: string): void {
  if (typeof ours === 'number' && typeof theirs === 'number' && Number.isFinite(ours)) {
    const scale = Math.max(Math.abs(ours), Math.abs(theirs), 1e-9);
    assert.ok(Math.abs(ours - theirs) <= 1e-9 * scale, `${what}: ${ours} is not ${theirs}`);
  } else assert.is(String(ours), String(theirs), what);
}

test('random rows, every aggregate, any keys', async () => {
  const random = seeded(77);
  const db = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await db.connect();
  for (const [count, groups, nulls, keys, spills = false] of [
    [5000, 2500, 0.1, ['k', 'b'], true],
    [5000, 1, 0.1, [], true],
    [400, 5, 0, ['k']],
    [400, 40, 0.2, ['k', 'j']],
    [300, 300, 0.1, ['j', 'k', 'b']],
    [200, 3, 0.9, ['d']],
    [200, 1, 0.1, []],
    [0, 1, 0, []],
    [1, 1, 0, ['t', 'x']],
  ] as const) {
    const rows = randomRows(count, groups, nulls, random);
    await connection.run(`create or replace table r (n integer, ${sqlTypes})`);
    const names = Object.keys(fields) as Name[];
    for (let from = 0; from < rows.length; from += 200) {
      const values = rows
        .slice(from, from + 200)
        .map((row, n) => `(${from + n}, ${row.map((cell, c) => literalSql(cell, names[c]!)).join(', ')})`);
      await connection.run(`insert into r values ${values.join(', ')}`);
    }
    // Dates come back as numbers of days, everything else as it is.
    const shown = cases.map(({ sql }) =>
      /\(d[,)]/.test(sql) && !sql.startsWith('count') ? `(${sql} - date '1970-01-01')` : sql,
    );
    const group = keys.length === 0 ? '' : `group by ${keys.join(', ')} order by min(n)`;
    const reader = await connection.runAndReadAll(
      `select concat_ws('|', ${[...keys.map((key) => `coalesce(${key}::varchar, 'null')`), "''"].join(', ')}), ${shown.join(', ')} from (from r order by n) ${group}`,
    );
    const theirs = reader.getRows();

    const runtime = makeRuntime(2 ** 29);
    const input = inputOf(fields, rows);
    const node = {
      keys: keys.map((name) => ({ name, expr: column(name) })),
      aggregates: cases.map(({ ours }, c) => ({ ...ours, name: `out ${c}` })),
    };
    const context = contextOf(runtime, { share: spills ? 2 ** 19 : 2 ** 27 });
    const stream = aggregate(node, streamOf(input, 60, runtime), input.schema, context);
    const ours = await columnsOf(stream, keys.length + cases.length, runtime);
    assert.is(context.spills.written > 0, spills);
    assert.is(context.spills.held, 0);
    assert.is(ours.at(-1)!.length, theirs.length);
    // Groups that were on disk come later.
    const groupOf = new Map(
      theirs.map((_, g) => [[...keys.map((_, k) => String(ours[k]![g])), ''].join('|'), g]),
    );
    theirs.forEach(([key, ...row], group) => {
      const g = spills ? groupOf.get(String(key))! : group;
      cases.forEach(({ sql }, c) => equal(ours[keys.length + c]![g]!, row[c], `${sql} of group ${key}`));
    });
    await context.spills.release();
    assert.is(runtime.arena.reserved, 0);
  }
  connection.closeSync();
  db.closeSync();
});

test.run();
