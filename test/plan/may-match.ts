import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Schema } from '../../lib/arrow/schema.js';
import { noStatistics } from '../../lib/arrow/statistics.js';
import * as types from '../../lib/arrow/types.js';
import { bindPredicate } from '../../lib/plan/bind.js';
import type { Expr } from '../../lib/plan/expr.js';
import { mayMatch } from '../../lib/plan/may-match.js';
import { Observer } from '../../spill/observer.js';
import { type Cell, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('plan/may-match');

const schema: Schema = {
  fields: [
    { name: 'i', type: types.int32, nullable: true },
    { name: 'l', type: types.int64, nullable: true },
    { name: 'f', type: types.float64, nullable: true },
    { name: 't', type: types.utf8, nullable: true },
    { name: 'd', type: types.date, nullable: true },
    { name: 'b', type: types.bool, nullable: true },
  ],
};

const long = 'ü'.repeat(40);
const huge = 2n ** 53n;

/** Few and awkward values, so that predicates often hit the bounds. */
const pools: readonly (readonly Cell[])[] = [
  [-2, -1, 0, 1, 2, 3, 100],
  [-1n, 0n, 1n, 7n, huge, huge + 1n, huge + 2n, -(2n ** 63n)],
  [-1.5, -0, 0, 1, 2.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53],
  ['', 'a', 'ab', 'b', long, `${long}a`, `${long}b`, '\u{ffff}', '😀', long.slice(0, 32)],
  [-1, 0, 1, 20000],
  [true, false],
];

const comparisons = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const;

function literal(column: number, value: Cell): Expr {
  const { type } = schema.fields[column]!;
  if (typeof value === 'bigint' || (type.kind === 'date' && value !== null))
    return { op: 'literal', type, value: String(value) };
  const odd = typeof value === 'number' && !Number.isFinite(value);
  return { op: 'literal', type, value: odd ? String(value) : (value as number) };
}

function randomPredicate(random: () => number, depth: number): Expr {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const call = (name: string, ...args: Expr[]): Expr => ({ op: 'call', name, args });
  if (depth > 0 && random() < 0.6) {
    const name = pick(['and', 'or', 'not']);
    const inner = Array.from({ length: name === 'not' ? 1 : 2 }, () => randomPredicate(random, depth - 1));
    return call(name, ...inner);
  }
  const index = Math.floor(random() * schema.fields.length);
  const column: Expr = { op: 'column', name: schema.fields[index]!.name };
  const value = (): Expr => {
    // Numbers are compared across their types too.
    const other = index < 3 && random() < 0.3 ? Math.floor(random() * 3) : index;
    return literal(other, random() < 0.1 ? null : pick(pools[other]!));
  };
  const kind = random();
  if (kind < 0.1) return call(pick(['is_null', 'is_not_null']), column);
  if (kind < 0.25) return call('in', column, value(), value());
  if (kind < 0.3 && index === 5) return column;
  return random() < 0.5 ? call(pick(comparisons), column, value()) : call(pick(comparisons), value(), column);
}

type Truth = boolean | null;

/** The predicate for one row, plainly. */
function truth(expr: Expr, row: readonly Cell[]): Truth {
  if (expr.op === 'column') return row[schema.fields.findIndex((field) => field.name === expr.name)] as Truth;
  if (expr.op !== 'call') throw new Error(expr.op);
  const inner = (): Truth[] => expr.args.map((arg) => truth(arg, row));
  switch (expr.name) {
    case 'and': {
      const all = inner();
      return all.includes(false) ? false : all.includes(null) ? null : true;
    }
    case 'or':
      return anyTrue(inner());
    case 'not': {
      const [one] = inner();
      return one === null ? null : !one;
    }
    case 'is_null':
      return cellOf(expr.args[0]!, row) === null;
    case 'is_not_null':
      return cellOf(expr.args[0]!, row) !== null;
    case 'in':
      return anyTrue(expr.args.slice(1).map((value) => compared('eq', expr.args[0]!, value, row)));
    default:
      return compared(expr.name, expr.args[0]!, expr.args[1]!, row);
  }
}

const anyTrue = (all: readonly Truth[]): Truth =>
  all.includes(true) ? true : all.includes(null) ? null : false;

function cellOf(expr: Expr, row: readonly Cell[]): Cell {
  if (expr.op === 'column') return row[schema.fields.findIndex((field) => field.name === expr.name)]!;
  if (expr.op !== 'literal') throw new Error(expr.op);
  if (expr.value === null) return null;
  if (expr.type.kind === 'int64') return BigInt(expr.value);
  return expr.type.kind === 'utf8' ? expr.value : expr.type.kind === 'bool' ? expr.value : Number(expr.value);
}

function compared(name: string, left: Expr, right: Expr, row: readonly Cell[]): Truth {
  const [a, b] = [cellOf(left, row), cellOf(right, row)];
  if (a === null || b === null) return null;
  // A float column makes both floats; an integer column is compared exactly.
  const isFloat = (expr: Expr): boolean => expr.op === 'column' && expr.name === 'f';
  const order = ordered(a, b, isFloat(left) || isFloat(right));
  return { eq: order === 0, ne: order !== 0, lt: order < 0, le: order <= 0, gt: order > 0, ge: order >= 0 }[
    name
  ]!;
}

function ordered(a: Exclude<Cell, null>, b: Exclude<Cell, null>, asFloats: boolean): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  const [x, y] = asFloats ? [Number(a), Number(b)] : [a, b];
  if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
  return x < y ? -1 : x > y ? 1 : 0;
}

test('no chunk with a matching row is left out, and many without are', () => {
  const random = seeded(4);
  const runtime = makeRuntime();
  let [none, left] = [0, 0];
  for (let round = 0; round < 1500; round++) {
    const length = 1 + Math.floor(random() * 4);
    const region = runtime.arena.region('test');
    const columns = pools.map((pool) => {
      const some = pool.filter(() => random() < 0.4);
      return Array.from({ length }, () =>
        random() < 0.2 || some.length === 0 ? null : some[Math.floor(random() * some.length)]!,
      );
    });
    const statistics = columns.map((cells, i) => {
      const { type } = schema.fields[i]!;
      const observer = new Observer(type, region, runtime);
      const vector = vectorOf(type, cells, region);
      observer.add(vector, observer.measure(vector));
      const chunk = observer.endChunk(null);
      observer.release();
      return chunk;
    });
    region.release();
    for (let i = 0; i < 20; i++) {
      const predicate = randomPredicate(random, 2);
      const rows = Array.from({ length }, (_, row) => columns.map((cells) => cells[row]!));
      const matches = rows.some((row) => truth(predicate, row) === true);
      const may = mayMatch(bindPredicate(predicate, schema, 'the filter'), {
        rows: length,
        columns: statistics,
      });
      assert.ok(
        may || !matches,
        JSON.stringify({ predicate, columns: columns.map(String), statistics: statistics.map(String) }),
      );
      if (!matches) none++;
      if (!may) left++;
    }
  }
  assert.ok(left > none * 0.6, `${left} of ${none} left out`);
  assert.is(runtime.arena.reserved, 0);
});

test('dates and timestamps are compared with text, wider types and what is not understood', () => {
  const fields = [
    { name: 'd', type: types.date, nullable: false },
    { name: 'ts', type: types.timestamp(), nullable: false },
    { name: 'i', type: types.int32, nullable: false },
    { name: 'f', type: types.float32, nullable: false },
  ];
  const only = (value: bigint | number) => ({ ...noStatistics, distinct: 1, min: value, max: value });
  const statistics = [only(18262n), only(18262n * 86_400_000_000n), only(5), only(0.5)];
  const column = (name: string): Expr => ({ op: 'column', name });
  const call = (name: string, ...args: Expr[]): Expr => ({ op: 'call', name, args });
  const text = (value: string): Expr => ({ op: 'literal', type: types.utf8, value });
  const int = (value: number): Expr => ({ op: 'literal', type: types.int32, value });
  const may = (predicate: Expr): boolean =>
    mayMatch(bindPredicate(predicate, { fields }, 'the filter'), { rows: 1, columns: statistics });
  assert.ok(may(call('eq', column('d'), text('2020-01-01'))));
  assert.not.ok(may(call('gt', column('d'), text('2020-01-01'))));
  assert.ok(may(call('ge', column('ts'), text('2020-01-01 00:00:00'))));
  assert.not.ok(may(call('lt', text('2020-01-01 00:00:00'), column('ts'))));
  assert.not.ok(may(call('gt', column('f'), int(1))));
  assert.ok(may(call('lt', column('f'), int(1))));
  assert.not.ok(may(call('eq', column('i'), { op: 'literal', type: types.float64, value: 5.5 })));
  assert.not.ok(may(call('eq', { op: 'cast', input: column('i'), type: types.int64, try: false }, int(4))));
  // Not understood: nothing is left out, whether it is so or not.
  const plus = call('eq', call('add', column('i'), int(1)), int(1));
  assert.ok(may(plus));
  assert.ok(may(call('not', plus)));
});

test.run();
