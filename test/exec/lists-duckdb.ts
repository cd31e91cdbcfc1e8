/** Functions of lists over random rows, compared with DuckDB. */
import { DuckDBInstance, DuckDBListValue } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Batch } from '../../lib/arrow/batch.js';
import type { Schema } from '../../lib/arrow/schema.js';
import { type DataType, float64, int32, int64, list, utf8 } from '../../lib/arrow/types.js';
import { evaluate } from '../../lib/exec/evaluate.js';
import { Memo } from '../../lib/exec/memo.js';
import { bind } from '../../lib/plan/bind.js';
import type { Expr } from '../../lib/plan/expr.js';
import { call, cast, column, integer, text, untypedNull } from '../../lib/plan/make-expr.js';
import { type Cell, cellsOf, codedVectorOf, makeRuntime, type Nested, seeded, vectorOf } from '../helpers.js';

const test = suite('lists against DuckDB');

const fields: Readonly<Record<string, DataType>> = {
  l: list(int64),
  s: list(utf8),
  x: list(float64),
  m: list(list(int32)),
  t: utf8,
  c: utf8,
  i: int64,
};
const schema: Schema = {
  fields: Object.entries(fields).map(([name, type]) => ({ name, type, nullable: true })),
};
const duckTypes: Readonly<Record<string, string>> = {
  l: 'BIGINT[]',
  s: 'VARCHAR[]',
  x: 'DOUBLE[]',
  m: 'INTEGER[][]',
  t: 'VARCHAR',
  c: 'VARCHAR',
  i: 'BIGINT',
};

function randomCell(type: DataType, random: () => number): Cell {
  const below = (n: number): number => Math.floor(random() * n);
  if (random() < 0.12) return null;
  if (type.kind === 'list')
    return Array.from({ length: below(5) }, () => randomCell(type.element, random)) as unknown as Cell;
  if (type.kind === 'utf8')
    return ['', 'a', 'b,', 'a,b,,c', 'é,ü', ',', 'zebra, or not, that is long'][below(7)]!;
  if (type.kind === 'float64') return below(40) / 8 - 2;
  return type.kind === 'int64' ? BigInt(below(9) - 4) : below(5);
}

function sqlOf(cell: Nested, type: string): string {
  const literal = (one: Nested): string => {
    if (one === null) return 'null';
    if (typeof one === 'string') return `'${one}'`;
    return typeof one === 'object' ? `[${one.map(literal).join(', ')}]` : String(one);
  };
  return `${literal(cell)}::${type}`;
}

const [l, s, x, m, t, c, i] = Object.keys(fields).map(column) as [Expr, Expr, Expr, Expr, Expr, Expr, Expr];
const comma = text(',');

/** DuckDB's way to say it, and ours. */
const cases: readonly (readonly [string, Expr])[] = [
  ['len(l)', call('len', l)],
  ['len(m)', call('cardinality', m)],
  ['len(t)', call('length', t)],
  ['list_contains(l, i)', call('list_contains', l, i)],
  ['list_contains(l, 2)', call('list_contains', l, integer(2))],
  ["list_contains(s, 'a')", call('list_contains', s, text('a'))],
  ['list_contains(s, t)', call('list_contains', s, t)],
  ['list_contains(s, c)', call('list_contains', s, c)],
  ['list_contains(x, 1)', call('list_contains', x, integer(1))],
  ['list_extract(l, i)', call('list_extract', l, i)],
  ['list_extract(s, 1)', call('list_extract', s, integer(1))],
  ['list_extract(m, -1)', call('list_extract', m, integer(-1))],
  [
    'list_extract(list_extract(m, 1), 2)',
    call('list_extract', call('list_extract', m, integer(1)), integer(2)),
  ],
  ['list_sum(l)::bigint', call('list_sum', l)],
  ['list_sum(x)', call('list_sum', x)],
  ['list_avg(l)', call('list_avg', l)],
  ['list_min(s)', call('list_min', s)],
  ['list_max(x)', call('list_max', x)],
  ['list_max(l)', call('list_max', l)],
  ['list_count(l)', call('list_count', l)],
  ['list_first(s)', call('list_first', s)],
  ['list_last(l)', call('list_last', l)],
  ['list_any_value(l)', call('list_any_value', l)],
  ['list_median(x)', call('list_median', x)],
  ['list_sort(l)', call('list_sort', l)],
  ['list_sort(s)', call('list_sort', s)],
  ['list_reverse_sort(x)', call('list_reverse_sort', x)],
  ['list_sort(list_distinct(l))', call('list_sort', call('list_distinct', l))],
  ['list_sort(list_distinct(s))', call('list_sort', call('list_distinct', s))],
  ["string_split(t, ',')", call('string_split', t, comma)],
  ["string_split(c, ',')", call('string_split', c, comma)],
  ["string_split(c, '')", call('string_split', c, text(''))],
  ["string_split(t, ', ')", call('string_split', t, text(', '))],
  ["list_extract(string_split(t, ','), 2)", call('list_extract', call('string_split', t, comma), integer(2))],
  ['[i, 7, null]', call('list_value', i, integer(7), untypedNull)],
  ['[t, c]', call('list_value', t, c)],
  ['[1, 2]', call('list_value', integer(1), integer(2))],
  ['[l, [i]]', call('list_value', l, call('list_value', i))],
  ['coalesce(l, [1])', call('coalesce', l, call('list_value', integer(1)))],
  [
    'case when i > 0 then l else [i] end',
    {
      op: 'case',
      branches: [{ when: call('gt', i, integer(0)), then: l }],
      otherwise: call('list_value', i),
    },
  ],
  ['l is null', call('is_null', l)],
  ['l::double[]', cast(l, list(float64))],
  ["array_to_string(l, '-')", call('array_to_string', l, text('-'))],
];

test('every function, with nulls and empty lists, plain and coded', async () => {
  const random = seeded(3);
  const db = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await db.connect();
  for (const length of [1, 70, 400]) {
    const columns = Object.values(fields).map((type) =>
      Array.from({ length }, () => randomCell(type, random)),
    );
    const names = Object.keys(fields);
    await connection.run(
      `create or replace table r (n integer, ${names.map((name) => `${name} ${duckTypes[name]}`).join(', ')})`,
    );
    const rows = columns[0]!.map(
      (_, n) => `(${n}, ${columns.map((cells, j) => sqlOf(cells[n]!, duckTypes[names[j]!]!)).join(', ')})`,
    );
    await connection.run(`insert into r values ${rows.join(', ')}`);
    const reader = await connection.runAndReadAll(
      `select ${cases.map(([sql]) => sql).join(', ')} from r order by n`,
    );
    const theirs = reader.getColumns();
    const runtime = makeRuntime();
    const region = runtime.arena.region('test');
    const memo = new Memo(runtime, 'test');
    const batch: Batch = {
      length,
      columns: columns.map((cells, j) => {
        const type = Object.values(fields)[j]!;
        return names[j] === 'c' && cells.some((cell) => cell !== null)
          ? codedVectorOf(type, cells, region, runtime)
          : vectorOf(type, cells, region);
      }),
    };
    cases.forEach(([sql, expr], k) => {
      for (const used of [memo, null]) {
        const vector = evaluate(bind(expr, schema), batch, region, runtime, used);
        const ours = cellsOf(vector, runtime.arena).map(normal);
        const expected = theirs[k]!.map(normal);
        if (sql.startsWith('array_to_string')) {
          // An empty list is an empty text there and here; DuckDB gives null where all elements are null.
          ours.forEach((one, n) => one === '' || assert.equal(one, expected[n], sql));
        } else assert.equal(ours, expected, sql);
      }
    });
    memo.release();
    region.release();
  }
  connection.closeSync();
});

function normal(value: unknown): unknown {
  if (value instanceof DuckDBListValue) return value.items.map(normal);
  if (Array.isArray(value)) return value.map(normal);
  // Counts are wider in one than in the other.
  return typeof value === 'bigint' ? Number(value) : value;
}

test('what makes no sense of lists is refused with advice', () => {
  const refused: readonly (readonly [Expr, RegExp])[] = [
    [call('eq', l, l), /eq does not take lists, but got \(int64\[\], int64\[\]\); take an element/],
    [call('greatest', l, l), /does not take lists/],
    [call('in', l, l), /does not take lists/],
    [call('concat', s, text('a')), /does not take lists/],
    [call('list_sort', m), /list_sort\(list\) does not take \(int32\[\]\[\]\)/],
    [call('list_sum', s), /list_sum\(list\) does not take \(utf8\[\]\)/],
    [call('list_contains', l, text('a')), /does not take \(int64\[\], utf8\)/],
    [cast(t, list(int64)), /utf8 cannot be cast to int64\[\]/],
    [call('add', l, integer(1)), /does not take lists/],
  ];
  for (const [expr, message] of refused) assert.throws(() => bind(expr, schema), message);
});

test('empty lists, and lists of nothing but null', () => {
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const none = call('list_value');
  const one = call('list_value', untypedNull);
  for (const [expr, expected] of [
    [none, []],
    [call('len', none), 0n],
    [call('list_extract', none, integer(1)), null],
    [call('list_sum', one), null],
    [call('list_distinct', one), []],
    [call('list_value', none, call('list_value', integer(3))), [[], [3n]]],
  ] as const) {
    const vector = evaluate(bind(expr, schema), { length: 1, columns: [] }, region, runtime);
    assert.equal(cellsOf(vector, runtime.arena), [expected]);
  }
  region.release();
  assert.is(runtime.arena.reserved, 0);
});

test.run();
