/** Window functions over random rows, against DuckDB. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import * as assert from 'uvu/assert';
import * as types from '../../../lib/arrow/types.js';
import { window } from '../../../lib/exec/window.js';
import type { Expr, Frame, FrameEnd, NamedWindow, SortKey } from '../../../lib/plan/expr.js';
import { column, integer, literal, sortKey } from '../../../lib/plan/make-expr.js';
import * as plan from '../../../lib/plan/make-plan.js';
import { type Cell, contextOf, makeRuntime } from '../../helpers.js';
import { columnsOf, inputOf, type Row, streamOf } from '../../stream-helpers.js';

export const source = { format: 'test', paths: [], options: {}, rows: null, bytes: null, statistics: null };

/** One for all: each is 64 MB. */
export const runtime = makeRuntime();

export const fields = {
  n: types.int32,
  p: types.int32,
  q: types.utf8,
  o: types.int32,
  f: types.float64,
  d: types.date,
  i: types.int64,
  s: types.int16,
  x: types.float64,
  b: types.bool,
  t: types.utf8,
};
type Name = keyof typeof fields;
const names = Object.keys(fields) as Name[];
const sqlTypes =
  'n integer, p integer, q varchar, o integer, f double, d date, i bigint, s smallint, x double, b boolean, t varchar';

/** `partitions` is how many there are; of the rows of a skewed table half are in one. */
interface Shape {
  readonly rows: number;
  readonly partitions: number;
  readonly orders: number;
  readonly nulls: number;
  readonly skewed?: boolean;
}

export function randomRows({ rows, partitions, orders, nulls, skewed }: Shape, random: () => number): Row[] {
  const below = (n: number): number => Math.floor(random() * n);
  const partition = (): number => (skewed && random() < 0.5 ? 0 : below(partitions));
  const make: Readonly<Record<Exclude<Name, 'n'>, () => Cell>> = {
    p: partition,
    q: () => `part ${partition()}`,
    o: () => below(orders) - 3,
    f: () => [Number.NaN, -0, 0, below(orders) / 2, Infinity][below(5)]!,
    d: () => below(orders) * 3,
    i: () => BigInt(below(2000) - 1000) * 10n ** BigInt(below(12)),
    s: () => below(200) - 100,
    x: () => (below(4) === 0 ? below(10) : (random() - 0.5) * 1000),
    b: () => random() < 0.5,
    t: () => ['', 'a', 'ab', 'é', 'zebra', 'long text '.repeat(3)][below(6)]!,
  };
  return Array.from({ length: rows }, (_, n) => [
    n,
    ...Object.values(make).map((cell) => (random() < nulls ? null : cell())),
  ]);
}

const literalSql = (cell: Cell, name: Name): string => {
  if (cell === null) return 'null';
  if (typeof cell === 'string') return `'${cell}'`;
  if (name === 'd') return `date '1970-01-01' + ${cell}::integer`;
  return name === 'x' || name === 'f' ? `'${cell}'::double` : String(cell);
};

export async function load(connection: DuckDBConnection, rows: readonly Row[]): Promise<void> {
  await connection.run(`create or replace table r (${sqlTypes})`);
  for (let from = 0; from < rows.length; from += 500) {
    const values = rows
      .slice(from, from + 500)
      .map((row) => `(${row.map((cell, c) => literalSql(cell, names[c]!)).join(', ')})`);
    await connection.run(`insert into r values ${values.join(', ')}`);
  }
}

/** A function and how DuckDB calls it, without its window. */
interface Case {
  readonly sql: string;
  readonly ours: Pick<NamedWindow, 'function' | 'args'> & Partial<NamedWindow>;
  /** Does it depend on the order of rows that are equal in it? */
  readonly exact: boolean;
  /** Does it look at a frame? */
  readonly framed: boolean;
}

const cases: Case[] = [];
const add = (
  sql: string,
  args: readonly Expr[],
  more: Partial<NamedWindow> & { exact?: boolean; framed?: boolean } = {},
): void => {
  const { exact = false, framed = true, ...rest } = more;
  cases.push({ sql, ours: { function: /^\w+/.exec(sql)![0], args, ...rest }, exact, framed });
};
const plain = { framed: false };
for (const name of ['rank', 'dense_rank', 'percent_rank', 'cume_dist']) add(`${name}()`, [], plain);
add('row_number()', [], { ...plain, exact: true });
for (const buckets of [1, 3, 100]) add(`ntile(${buckets})`, [integer(buckets)], { ...plain, exact: true });
const ignoring = { ignoreNulls: true, exact: true };
for (const name of ['i', 't', 'b'] as const) {
  for (const shift of ['lag', 'lead']) {
    const at = { ...plain, exact: true };
    add(`${shift}(${name})`, [column(name)], at);
    add(`${shift}(${name}, 3)`, [column(name), integer(3)], at);
    add(`${shift}(${name}, 2 ignore nulls)`, [column(name), integer(2)], { ...plain, ...ignoring });
    add(`${shift}(${name}, 0)`, [column(name), integer(0)], at);
  }
  for (const pick of ['first_value', 'last_value']) {
    add(`${pick}(${name})`, [column(name)], { exact: true });
    add(`${pick}(${name} ignore nulls)`, [column(name)], ignoring);
  }
  add(`nth_value(${name}, 3)`, [column(name), integer(3)], { exact: true });
  add(`nth_value(${name}, 2 ignore nulls)`, [column(name), integer(2)], ignoring);
}
add('lag(i, 2, s)', [column('i'), integer(2), column('s')], { ...plain, exact: true });
add('lead(t, 1, q)', [column('t'), integer(1), column('q')], { ...plain, exact: true });
add('lead(i, -1)', [column('i'), integer(-1)], { ...plain, exact: true });
const when = { filter: column('b') };
add('count(*)', []);
add('count(*) filter (where b)', [], when);
add('count(i)', [column('i')]);
for (const name of ['sum', 'avg', 'min', 'max', 'stddev', 'var_pop']) {
  add(`${name}(i)`, [column('i')]);
  add(`${name}(s) filter (where b)`, [column('s')], when);
  add(`${name}(x)`, [column('x')]);
}
add('sum(s)', [column('s')]);
add('min(t)', [column('t')]);
add('max(t) filter (where b)', [column('t')], when);
add('min(f)', [column('f')]);
add('max(d)', [column('d')]);
add('bool_and(b)', [column('b')]);
add('median(s)', [column('s')]);
add('quantile_cont(x, 0.25)', [column('x'), literal(types.float64, 0.25)], { function: 'quantile' });
// Of few values the estimate is exact.
add('count(distinct t)', [column('t')], { function: 'approx_count_distinct' });
add('count(distinct t) filter (where b)', [column('t')], { function: 'approx_count_distinct', ...when });
add('corr(x, s)', [column('x'), column('s')]);
add('covar_samp(x, i)', [column('x'), column('i')]);
add('first(i)', [column('i')], { exact: true });
add('last(t)', [column('t')], { exact: true });
add('any_value(i)', [column('i')], { exact: true });

const end = (kind: FrameEnd['kind'], offset: Expr | null = null): FrameEnd => ({ kind, offset });
const start = end('unbounded preceding');
export const here = end('current row');
export const finish = end('unbounded following');
export const back = (n: number): FrameEnd => end('preceding', integer(n));
export const on = (n: number): FrameEnd => end('following', integer(n));

export const spans: readonly (readonly [FrameEnd, FrameEnd])[] = [
  [start, here],
  [start, finish],
  [here, finish],
  [here, here],
  [back(2), here],
  [back(1), on(1)],
  [on(1), on(3)],
  [back(4), back(2)],
  [start, on(2)],
  [start, back(1)],
  [back(1), finish],
  [on(2), finish],
  [back(500), on(500)],
];

const endSql = ({ kind, offset }: FrameEnd): string =>
  offset === null ? kind : `${(offset as { value: unknown }).value} ${kind}`;

const sortSql = ({ expr, descending, nullsFirst }: SortKey): string =>
  `${(expr as { name: string }).name} ${descending ? 'desc' : 'asc'} nulls ${nullsFirst ? 'first' : 'last'}`;

function same(ours: Cell, theirs: unknown): boolean {
  if (typeof ours !== 'number' || typeof theirs !== 'number' || !Number.isFinite(ours))
    return ours === theirs || String(ours) === String(theirs);
  const scale = Math.max(Math.abs(ours), Math.abs(theirs), 1e-6);
  return Math.abs(ours - theirs) <= 1e-9 * scale;
}

interface Over {
  readonly partitionBy: readonly Name[];
  readonly orderBy: readonly SortKey[];
  readonly frame: Frame | null;
}

interface Run {
  readonly size: number;
  readonly share?: number;
  readonly spills?: boolean;
}

/** All cases that make sense over the window, ours and DuckDB's. */
export async function compare(
  connection: DuckDBConnection,
  rows: readonly Row[],
  over: Over,
  runs: readonly Run[],
): Promise<void> {
  const { partitionBy, orderBy, frame } = over;
  const exact = orderBy.some(({ expr }) => (expr as { name: string }).name === 'n');
  const chosen = cases.filter(
    (one) => (exact || !one.exact) && (frame === null || one.framed) && (orderBy.length > 0 || one.framed),
  );
  const frameSql =
    frame === null ? '' : `${frame.unit} between ${endSql(frame.start)} and ${endSql(frame.end)}`;
  const by = partitionBy.length === 0 ? '' : `partition by ${partitionBy.join(', ')} `;
  const order = orderBy.length === 0 ? '' : `order by ${orderBy.map(sortSql).join(', ')} `;
  const sql = `over (${by}${order}${frameSql})`;
  const select = chosen.map((one) => {
    const called = `${one.sql} ${sql}`;
    return one.sql.includes('(d)') ? `(${called} - date '1970-01-01')` : called;
  });
  const reader = await connection.runAndReadAll(`select ${select.join(', ')} from r order by n`);
  const theirs = reader.getRows();
  const { schema } = inputOf(fields, []);
  const node = {
    ...plan.window(plan.scan(source, schema), partitionBy.map(column), orderBy, []),
    functions: chosen.map(
      ({ ours }, c): NamedWindow => ({
        filter: null,
        ignoreNulls: false,
        frame,
        ...ours,
        name: `out ${c}`,
      }),
    ),
  };
  for (const { size, share, spills } of runs) {
    const context = contextOf(runtime, share === undefined ? {} : { share });
    const input = inputOf(fields, rows);
    const stream = window(node, streamOf(input, size, runtime), input.schema, context);
    const ours = await columnsOf(stream, names.length + chosen.length, runtime);
    const order = ours[0]!.map((n, at) => [Number(n), at] as const).sort((a, b) => a[0] - b[0]);
    assert.equal(
      order.map(([n]) => n),
      rows.map((_, n) => n),
      'every row once',
    );
    theirs.forEach((row, n) => {
      const at = order[n]![1];
      names.forEach((_, c) => {
        if (!Object.is(ours[c]![at], rows[n]![c])) assert.is(ours[c]![at], rows[n]![c]);
      });
      chosen.forEach((one, c) => {
        const found = ours[names.length + c]![at]!;
        if (!same(found, row[c]))
          assert.is(found, row[c], `${one.sql} ${sql} of row ${n} (${size}, ${share})`);
      });
    });
    if (spills !== undefined) assert.is(context.spills.written > 0, spills, `${sql} with ${share}`);
    assert.is(context.spills.held, 0);
    await context.spills.release();
    assert.is(runtime.arena.reserved, 0);
  }
}

export async function withDuckDB(work: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
  const db = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await db.connect();
  try {
    await work(connection);
  } finally {
    connection.closeSync();
    db.closeSync();
  }
}

export const total = [sortKey(column('o')), sortKey(column('n'))];
export const tied = [sortKey(column('o'), true, true)];
export const roomy: readonly Run[] = [{ size: 70 }, { size: 3 }];
