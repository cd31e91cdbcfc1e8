/** Random expressions over random rows, compared with DuckDB where its meaning is ours. */
import { DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Batch } from '../../lib/arrow/batch.js';
import type { Schema } from '../../lib/arrow/schema.js';
import { type DataType, timestamp } from '../../lib/arrow/types.js';
import { evaluate, selectRows } from '../../lib/exec/evaluate.js';
import { Memo } from '../../lib/exec/memo.js';
import { bind } from '../../lib/plan/bind.js';
import type { Expr } from '../../lib/plan/expr.js';
import { type Cell, cellsOf, codedVectorOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('evaluate against DuckDB');

const types: Readonly<Record<string, DataType>> = {
  t: { kind: 'int8' },
  a: { kind: 'int32' },
  b: { kind: 'int64' },
  x: { kind: 'float64' },
  y: { kind: 'float64' },
  f: { kind: 'float32' },
  s: { kind: 'utf8' },
  c: { kind: 'utf8' },
  p: { kind: 'bool' },
  d: { kind: 'date' },
  u: timestamp(),
};
const names = Object.keys(types);
const schema: Schema = {
  fields: names.map((name) => ({ name, type: types[name]!, nullable: true })),
};
const duckTypes = {
  int8: 'TINYINT',
  int32: 'INTEGER',
  int64: 'BIGINT',
  float64: 'DOUBLE',
  float32: 'FLOAT',
  utf8: 'VARCHAR',
  bool: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
} as Record<string, string>;

type Random = () => number;
const pick = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random() * values.length)]!;

function randomCell(type: DataType, random: Random): Cell {
  if (random() < 0.12) return null;
  switch (type.kind) {
    case 'bool':
      return random() < 0.5;
    case 'int8':
      return Math.floor(random() * 21) - 10;
    case 'int32':
      return Math.floor(random() * 2001) - 1000;
    case 'int64':
      return BigInt(Math.floor(random() * 200001) - 100000);
    case 'float32':
      return Math.fround(Math.floor(random() * 100) / 8 - 4);
    case 'float64':
      return pick(random, [
        0,
        -0,
        1.5,
        -2.25,
        1e10,
        NaN,
        Infinity,
        random() * 100 - 50,
        Math.floor(random() * 9),
      ]);
    case 'date':
      return Math.floor(random() * 30000) - 5000;
    case 'timestamp':
      return BigInt(Math.floor(random() * 3e9) - 5e8) * 1_000_000n + BigInt(Math.floor(random() * 1e6));
    default:
      return pick(random, [
        '',
        'a',
        'abc',
        'Abc',
        'b',
        'SFO',
        'LAX',
        ' pad ',
        'a,b,c',
        'ünï',
        'ÄB',
        '🙂ok',
        'a%b',
        `x${Math.floor(random() * 30)}`,
      ]);
  }
}

function sqlOf(type: DataType, cell: Cell): string {
  if (cell === null) return 'NULL';
  if (type.kind === 'utf8') return `'${cell}'`;
  if (type.kind === 'float64')
    return Number.isFinite(cell) ? `${Object.is(cell, -0) ? '-0.0' : cell}` : `'${cell}'`;
  if (type.kind === 'date') return `DATE '1970-01-01' + ${cell}`;
  if (type.kind === 'timestamp') return `make_timestamp(${cell})`;
  return String(cell);
}

const pairs = (...all: (readonly [string, string])[]): readonly (readonly [string, string])[] => all;

interface Both {
  readonly expr: Expr;
  readonly sql: string;
}
type Want = 'int' | 'float' | 'text' | 'bool' | 'date' | 'time';

const col = (name: string, sql = name): Both => ({ expr: { op: 'column', name }, sql });
const lit = (kind: 'int32' | 'float64' | 'utf8' | 'bool', value: number | string | boolean): Both => ({
  expr: { op: 'literal', type: { kind }, value },
  sql: kind === 'utf8' ? `'${value}'` : kind === 'float64' ? `${value}::DOUBLE` : String(value),
});
/** A literal beside a float32 would become one, and so would the result. */
const wide: Both = {
  expr: { op: 'cast', input: { op: 'column', name: 'f' }, type: { kind: 'float64' }, try: false },
  sql: 'f::DOUBLE',
};
/** `sql` has $1, $2, ... for the arguments. */
function call(name: string, sql: string, ...args: readonly Both[]): Both {
  return {
    expr: { op: 'call', name, args: args.map((arg) => arg.expr) },
    sql: `(${sql.replace(/\$(\d)/g, (_, n) => args[Number(n) - 1]!.sql)})`,
  };
}

function generate(want: Want, depth: number, random: Random): Both {
  const of = (kind: Want): Both => generate(kind, depth - 1, random);
  const maybe = random();
  if (depth > 0 && maybe < 0.1) {
    const [a, b, w] = [of(want), of(want), of('bool')];
    return {
      expr: { op: 'case', branches: [{ when: w.expr, then: a.expr }], otherwise: b.expr },
      sql: `CASE WHEN ${w.sql} THEN ${a.sql} ELSE ${b.sql} END`,
    };
  }
  if (depth > 0 && maybe < 0.15) return call('coalesce', 'coalesce($1, $2)', of(want), of(want));
  if (depth > 0 && maybe < 0.18) return call('nullif', 'nullif($1, $2)', of(want), of(want));
  if (depth > 0 && maybe < 0.22)
    return call(
      ...pick(random, pairs(['greatest', 'greatest($1, $2)'], ['least', 'least($1, $2)'])),
      of(want),
      of(want),
    );
  switch (want) {
    case 'int':
      if (depth === 0 || random() < 0.2)
        return pick(random, [
          col('t', 't::BIGINT'),
          col('a', 'a::BIGINT'),
          col('b'),
          lit('int32', Math.floor(random() * 20) - 5),
        ]);
      return pick(random, [
        () => call('add', '$1 + $2', of('int'), of('int')),
        () => call('sub', '$1 - $2', of('int'), of('int')),
        () => call('mul', '$1 * $2', generate('int', 0, random), generate('int', 0, random)),
        () => call('try_mod', '$1 % nullif($2, 0)', of('int'), of('int')),
        () => call('try_int_div', '$1 // nullif($2, 0)', of('int'), of('int')),
        () => call('abs', 'abs($1)', of('int')),
        () => call('length', 'length($1)', of('text')),
        () => call('byte_length', 'strlen($1)', of('text')),
        () => call('strpos', 'strpos($1, $2)', of('text'), of('text')),
        () =>
          call(
            ...pick(
              random,
              pairs(
                ['year', 'year($1)'],
                ['month', 'month($1)'],
                ['day', 'day($1)'],
                ['quarter', 'quarter($1)'],
                ['week', 'week($1)'],
                ['day_of_week', 'isodow($1)'],
                ['day_of_year', 'dayofyear($1)'],
              ),
            ),
            of(pick(random, ['date', 'time'] as const)),
          ),
        () =>
          call(
            ...pick(
              random,
              pairs(
                ['hour', 'hour($1)'],
                ['minute', 'minute($1)'],
                ['second', 'second($1)'],
                ['millisecond', 'millisecond($1)'],
              ),
            ),
            of('time'),
          ),
        () => {
          const unit = pick(random, ['day', 'month', 'quarter', 'year']);
          return call('date_diff', `date_diff('${unit}', $2, $3)`, lit('utf8', unit), of('date'), of('date'));
        },
        () => {
          const unit = pick(random, ['second', 'minute', 'hour', 'day', 'month', 'year']);
          return call('date_diff', `date_diff('${unit}', $2, $3)`, lit('utf8', unit), of('time'), of('time'));
        },
        () => call('sub', '$1 - $2', of('date'), of('date')),
      ])();
    case 'float':
      if (depth === 0 || random() < 0.2)
        return pick(random, [col('x'), col('y'), wide, lit('float64', pick(random, [0.5, 2, -3.25]))]);
      return pick(random, [
        () => call('add', '$1 + $2', of('float'), of(pick(random, ['int', 'float'] as const))),
        () => call('sub', '$1 - $2', of('float'), of('float')),
        () => call('mul', '$1 * $2', of('float'), of('float')),
        () => call('try_div', '$1 / (CASE WHEN $2 = 0 THEN NULL ELSE $2 END)', of('float'), of('float')),
        () => call('neg', '- $1', of('float')),
        () => call('abs', 'abs($1)', of('float')),
        () => call('floor', 'floor($1)', of('float')),
        () => call('ceil', 'ceil($1)', of('float')),
        () => call('trunc', 'trunc($1)', of('float')),
        () => call('round', 'round($1)', of('float')),
        () => call('cbrt', 'cbrt($1)', of('float')),
        () => call('exp', 'exp($1)', generate('float', 0, random)),
        () => call('atan', 'atan($1)', of('float')),
        () => call('degrees', 'degrees($1)', of('float')),
        () => call('sqrt', 'sqrt(abs($1))', call('abs', '$1', of('float'))),
        () =>
          call('ln', 'ln(abs($1) + 1)', call('add', '$1', call('abs', '$1', of('float')), lit('int32', 1))),
      ])();
    case 'text':
      if (depth === 0 || random() < 0.2)
        return pick(random, [col('s'), col('c'), lit('utf8', pick(random, ['abc', '', 'é', 'SFO']))]);
      return pick(random, [
        () => call('lower', 'lower($1)', of('text')),
        () => call('upper', 'upper($1)', of('text')),
        () => call('trim', 'trim($1)', of('text')),
        () => call('ltrim', 'ltrim($1, $2)', of('text'), lit('utf8', 'aü ')),
        () => call('rtrim', 'rtrim($1, $2)', of('text'), lit('utf8', 'cï ')),
        () =>
          call(
            'substr',
            'substr($1, $2, $3)',
            of('text'),
            lit('int32', 1 + Math.floor(random() * 5)),
            lit('int32', Math.floor(random() * 4)),
          ),
        () => call('substr', 'substr($1, $2)', of('text'), lit('int32', 1 + Math.floor(random() * 3))),
        () => call('left', 'left($1, $2)', of('text'), lit('int32', Math.floor(random() * 7) - 3)),
        () => call('right', 'right($1, $2)', of('text'), lit('int32', Math.floor(random() * 7) - 3)),
        () =>
          call(
            'replace',
            'replace($1, $2, $3)',
            of('text'),
            lit('utf8', pick(random, ['a', 'ü', 'bc'])),
            of('text'),
          ),
        () => call('concat', '$1 || $2', of('text'), of('text')),
        () =>
          call(
            'lpad',
            'lpad($1, $2, $3)',
            of('text'),
            lit('int32', Math.floor(random() * 6)),
            lit('utf8', 'xé'),
          ),
        () =>
          call(
            'rpad',
            'rpad($1, $2, $3)',
            of('text'),
            lit('int32', Math.floor(random() * 6)),
            lit('utf8', 'xé'),
          ),
        () =>
          call(
            'repeat',
            'repeat($1, $2)',
            generate('text', 0, random),
            lit('int32', Math.floor(random() * 4)),
          ),
        () => call('reverse', 'reverse($1)', of('text')),
        () =>
          call(
            'split_part',
            'split_part($1, $2, $3)',
            of('text'),
            lit('utf8', ','),
            lit('int32', 1 + Math.floor(random() * 3)),
          ),
      ])();
    case 'date':
      if (depth === 0 || random() < 0.3) return col('d');
      return pick(random, [
        () => call('add', '$1 + $2::INTEGER', of('date'), generate('int', 0, random)),
        () => {
          const unit = pick(random, ['week', 'month', 'quarter', 'year', 'decade', 'century']);
          return call('date_trunc', `date_trunc('${unit}', $2)::DATE`, lit('utf8', unit), of('date'));
        },
        () => {
          const unit = pick(random, ['day', 'week', 'month', 'year']);
          return call(
            'date_add',
            `($3 + to_${unit}s($2))::DATE`,
            lit('utf8', unit),
            lit('int32', Math.floor(random() * 40) - 20),
            of('date'),
          );
        },
      ])();
    case 'time':
      if (depth === 0 || random() < 0.3) return col('u');
      return pick(random, [
        () => {
          const unit = pick(random, ['second', 'minute', 'hour', 'day', 'week', 'month', 'year']);
          return call('date_trunc', `date_trunc('${unit}', $2)`, lit('utf8', unit), of('time'));
        },
        () => {
          const unit = pick(random, ['second', 'hour', 'day', 'month', 'year']);
          return call(
            'date_add',
            `$3 + to_${unit}s($2)`,
            lit('utf8', unit),
            lit('int32', Math.floor(random() * 40) - 20),
            of('time'),
          );
        },
      ])();
    case 'bool':
      if (depth === 0) return pick(random, [col('p'), lit('bool', true)]);
      return pick(random, [
        () => {
          const kind = pick(random, ['int', 'float', 'text', 'bool', 'date', 'time'] as const);
          const [name, operator] = pick(random, [
            ['eq', '='],
            ['ne', '<>'],
            ['lt', '<'],
            ['le', '<='],
            ['gt', '>'],
            ['ge', '>='],
            ['is_distinct_from', 'IS DISTINCT FROM'],
            ['is_not_distinct_from', 'IS NOT DISTINCT FROM'],
          ] as const);
          return call(name, `$1 ${operator} $2`, of(kind), of(kind));
        },
        () => {
          const [name, operator] = pick(random, [
            ['eq', '='],
            ['lt', '<'],
            ['ge', '>='],
          ] as const);
          return call(
            name,
            `$1 ${operator} $2`,
            pick(random, [col('t'), col('a')]),
            pick(random, [lit('int32', 3), lit('float64', 2.5), lit('int32', 70000), lit('float64', -1e12)]),
          );
        },
        () => call('and', '$1 AND $2', of('bool'), of('bool')),
        () => call('or', '$1 OR $2', of('bool'), of('bool')),
        () => call('not', 'NOT $1', of('bool')),
        () => call('is_null', '$1 IS NULL', of(pick(random, ['int', 'text', 'bool'] as const))),
        () => call('is_not_null', '$1 IS NOT NULL', of(pick(random, ['int', 'text', 'bool'] as const))),
        () => call('in', '$1 IN ($2, $3)', of('text'), lit('utf8', 'abc'), lit('utf8', 'SFO')),
        () => call('in', '$1 IN ($2, $3)', of('int'), lit('int32', 3), lit('int32', -4)),
        () =>
          call(
            'like',
            '$1 LIKE $2',
            of('text'),
            lit('utf8', pick(random, ['a%', '%b', '%b%', 'a_c', '_%', '', '%a%b%', '_n_'])),
          ),
        () => call('like', "$1 LIKE $2 ESCAPE '#'", of('text'), lit('utf8', 'a#%b'), lit('utf8', '#')),
        () => call('ilike', '$1 ILIKE $2', of('text'), lit('utf8', pick(random, ['A%', '%FO', 'äb']))),
        () => call('starts_with', 'starts_with($1, $2)', of('text'), of('text')),
        () => call('ends_with', 'suffix($1, $2)', of('text'), of('text')),
        () => call('contains', 'contains($1, $2)', of('text'), of('text')),
        () => call('regexp_matches', "regexp_matches($1, '^[a-z]+b')", of('text'), lit('utf8', '^[a-z]+b')),
        () => call('is_nan', 'isnan($1)', of('float')),
        () => call('is_finite', 'isfinite($1)', of('float')),
      ])();
  }
}

/** DuckDB's values as cells. */
function cellOf(value: unknown): Cell {
  if (value !== null && typeof value === 'object') {
    if ('days' in value) return value.days as number;
    if ('micros' in value) return value.micros as bigint;
  }
  return value as Cell;
}

function same(a: Cell, b: Cell): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a === 'number' && typeof b === 'number')
    return Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-11 * Math.max(Math.abs(a), Math.abs(b));
  if (typeof a === 'bigint' || typeof b === 'bigint') return BigInt(a) === BigInt(b);
  return a === b;
}

const rows = 203;
const expressions = Number(process.env.EXPRESSIONS ?? 600);

test('the same values in every row, plain and coded, with a memo and without', async () => {
  const random = seeded(Number(process.env.SEED ?? 7));
  const runtime = makeRuntime();
  const region = runtime.arena.region('test');
  const data = runtime.arena.region('data');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const cells = names.map((name) => Array.from({ length: rows }, () => randomCell(types[name]!, random)));
  await connection.run(
    `CREATE TABLE data (id INTEGER, ${names.map((name) => `${name} ${duckTypes[types[name]!.kind]}`).join(', ')})`,
  );
  const tuples = Array.from(
    { length: rows },
    (_, i) => `(${i}, ${names.map((name, n) => sqlOf(types[name]!, cells[n]![i]!)).join(', ')})`,
  );
  await connection.run(`INSERT INTO data VALUES ${tuples.join(', ')}`);
  const plain = names.map((name, n) => vectorOf(types[name]!, cells[n]!, data));
  const coded = plain.map((column, n) =>
    column.type.kind === 'utf8' ? codedVectorOf(column.type, cells[n]!, data, runtime) : column,
  );
  const batches: readonly Batch[] = [plain, coded].map((columns) => ({ length: rows, columns }));
  const kept = runtime.arena.reserved;
  for (let n = 0; n < expressions; n++) {
    const want = pick(random, ['int', 'float', 'text', 'bool', 'date', 'time'] as const);
    const { expr, sql } = generate(want, 1 + Math.floor(random() * 3), random);
    const reader = await connection.runAndReadAll(`SELECT ${sql} AS r FROM data ORDER BY id`);
    const expected = reader.getColumns()[0]!.map((value) => cellOf(value));
    const bound = bind(expr, schema);
    for (const batch of batches) {
      for (const memo of [null, new Memo(runtime, 'memo')]) {
        const got = cellsOf(evaluate(bound, batch, region, runtime, memo), runtime.arena);
        const wrong = got.findIndex((cell, i) => !same(cell, expected[i]!));
        if (wrong >= 0) {
          const at = names.map((name, i) => `${name}=${String(cells[i]![wrong])}`).join(' ');
          assert.unreachable(
            `${n}: ${sql}\nrow ${wrong} (${at}): ${String(got[wrong])} instead of ${String(expected[wrong])}`,
          );
        }
        if (want === 'bool') {
          const { indices, count } = selectRows(bound, batch, region, runtime, memo);
          assert.equal(
            [...new Int32Array(runtime.arena.buffer, indices, count)],
            [...expected.keys()].filter((i) => expected[i] === true),
          );
        }
        memo?.release();
        region.release();
      }
    }
    assert.is(runtime.arena.reserved, kept, sql);
  }
  connection.closeSync();
});

test.run();
