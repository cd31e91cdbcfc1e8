/** Where our meaning is not DuckDB's: checked integers, errors and their texts, rows that are not evaluated. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Vector } from '../../lib/arrow/batch.js';
import type { Schema } from '../../lib/arrow/schema.js';
import { type DataType, decimal, timestamp } from '../../lib/arrow/types.js';
import { evaluate } from '../../lib/exec/evaluate.js';
import { constantEvaluator } from '../../lib/exec/evaluate-constant.js';
import { Memo } from '../../lib/exec/memo.js';
import { Interner } from '../../lib/kernels/interner.js';
import { bind } from '../../lib/plan/bind.js';
import type { Expr, LiteralExpr } from '../../lib/plan/expr.js';
import { type Cell, cellsOf, makeRuntime, randomCells, seeded, vectorOf } from '../helpers.js';

const test = suite('evaluate');

const col = (name: string): Expr => ({ op: 'column', name });
const lit = (kind: 'int32' | 'int64' | 'float64' | 'utf8' | 'bool', value: LiteralExpr['value']): Expr => ({
  op: 'literal',
  type: { kind },
  value,
});
const int = (value: number): Expr => lit('int32', value);
const text = (value: string): Expr => lit('utf8', value);
const call = (name: string, ...args: Expr[]): Expr => ({ op: 'call', name, args });
const cast = (input: Expr, type: DataType, lenient = false): Expr => ({
  op: 'cast',
  input,
  type,
  try: lenient,
});

const runtime = makeRuntime();
const { arena } = runtime;

/** Evaluates over columns given as [type, cells]. */
function run(expr: Expr, columns: Readonly<Record<string, readonly [DataType, readonly Cell[]]>>): Cell[] {
  const region = arena.region('test');
  const names = Object.keys(columns);
  const schema: Schema = {
    fields: names.map((name) => ({
      name,
      type: columns[name]![0],
      nullable: columns[name]![1].includes(null),
    })),
  };
  try {
    const vectors = names.map((name) => vectorOf(columns[name]![0], columns[name]![1], region));
    const batch = { length: vectors[0]?.length ?? 1, columns: vectors };
    return cellsOf(evaluate(bind(expr, schema), batch, region, runtime), arena);
  } finally {
    region.release();
  }
}

const i64: DataType = { kind: 'int64' };
const most = 2n ** 63n - 1n;
const least = -(2n ** 63n);

test('integers are checked, and the try_ forms give null', () => {
  const exact: Readonly<Record<string, (a: bigint, b: bigint) => bigint | null>> = {
    add: (a, b) => a + b,
    sub: (a, b) => a - b,
    mul: (a, b) => a * b,
    int_div: (a, b) => (b === 0n ? null : a / b),
    mod: (a, b) => (b === 0n ? null : a % b),
  };
  const random = seeded(5);
  for (const kind of ['int64', 'uint64'] as const) {
    const [low, high] = kind === 'int64' ? [least, most] : [0n, 2n ** 64n - 1n];
    for (const [name, operation] of Object.entries(exact)) {
      const a = randomCells({ kind }, 300, random);
      const b = randomCells({ kind }, 300, random);
      const expected = a.map((x, i) => {
        const y = b[i]!;
        if (x === null || y === null) return null;
        const result = operation(x as bigint, y as bigint);
        return result === null || result < low || result > high ? null : result;
      });
      const columns = { a: [{ kind }, a], b: [{ kind }, b] } as const;
      assert.equal(run(call(`try_${name}`, col('a'), col('b')), columns), expected, name);
      // Only rows that can be computed, the others null: garbage under nulls raises nothing.
      const fine = a.map((x, i) => (expected[i] === null ? null : x));
      assert.equal(run(call(name, col('a'), col('b')), { ...columns, a: [{ kind }, fine] }), expected, name);
    }
  }
});

function failure(expr: Expr, columns: Parameters<typeof run>[1]): string {
  try {
    run(expr, columns);
  } catch (error) {
    assert.is((error as { code?: string }).code, 'data');
    return (error as Error).message;
  }
  return 'no error';
}

test('errors name the values', () => {
  const a: readonly [DataType, Cell[]] = [i64, [1n, null, most]];
  const cases: readonly (readonly [Expr, string])[] = [
    [
      call('add', col('a'), int(1)),
      '9223372036854775807 + 1 does not fit into int64; use try_add for null instead',
    ],
    [
      call('sub', call('neg', col('a')), int(2)),
      '-9223372036854775807 - 2 does not fit into int64; use try_sub for null instead',
    ],
    [call('int_div', col('a'), int(0)), 'division by zero: 1 // 0; use try_int_div for null instead'],
    [call('div', col('a'), int(0)), 'division by zero: 1 / 0; use try_div for null instead'],
    [
      cast(col('a'), { kind: 'int8' }),
      '9223372036854775807 cannot be cast to int8; use try_cast for null instead',
    ],
    [call('make_date', col('a'), int(2), int(30)), 'make_date: there is no day 1-2-30'],
  ];
  for (const [expr, message] of cases) assert.is(failure(expr, { a }), message);
  assert.is(
    failure(cast(col('s'), { kind: 'int32' }), { s: [{ kind: 'utf8' }, ['12', 'x1']] }),
    "'x1' cannot be cast to int32; use try_cast for null instead",
  );
});

test('what is not taken is not evaluated', () => {
  const columns = { x: [i64, [0n, 2n, null, 4n, 0n]] } as const;
  const inverse = call('div', lit('float64', 1), col('x'));
  const guarded: Expr = {
    op: 'case',
    branches: [{ when: call('ne', col('x'), int(0)), then: inverse }],
    otherwise: lit('float64', null),
  };
  assert.equal(run(guarded, columns), [null, 0.5, null, 0.25, null]);
  assert.equal(
    run(call('and', call('ne', col('x'), int(0)), call('gt', inverse, lit('float64', 0.3))), columns),
    [false, true, null, false, false],
  );
  assert.equal(
    run(call('or', call('eq', col('x'), int(0)), call('gt', inverse, lit('float64', 0.3))), columns),
    [true, true, null, false, true],
  );
  assert.equal(
    run(
      call(
        'coalesce',
        call('nullif', col('x'), int(4)),
        call('int_div', int(8), call('sub', col('x'), int(0))),
      ),
      {
        x: [i64, [0n, 2n, 4n]],
      },
    ),
    [0n, 2n, 2n],
  );
});

test('casts', () => {
  const f64: DataType = { kind: 'float64' };
  const cases: readonly (readonly [DataType, Cell[], DataType, Cell[]])[] = [
    [f64, [0.5, 1.5, -2.5, 2.4, NaN, 1e19, null], i64, [0n, 2n, -2n, 2n, null, null, null]],
    [f64, [-1, 1.8e19, 2e19], { kind: 'uint64' }, [null, 18000000000000000000n, null]],
    [f64, [300, 127.4, -129], { kind: 'int8' }, [null, 127, null]],
    [i64, [300n, -1n, 255n], { kind: 'uint8' }, [null, null, 255]],
    [i64, [-1n, 5n], { kind: 'uint64' }, [null, 5n]],
    [{ kind: 'uint64' }, [2n ** 63n, 7n], { kind: 'int32' }, [null, 7]],
    [{ kind: 'uint8' }, [200, 3], { kind: 'int8' }, [null, 3]],
    [{ kind: 'int16' }, [-7, 9], { kind: 'float32' }, [-7, 9]],
    [{ kind: 'bool' }, [true, false, null], { kind: 'int32' }, [1, 0, null]],
    [f64, [0, -0, 2, NaN], { kind: 'bool' }, [false, false, true, true]],
    [{ kind: 'date' }, [1, -1], timestamp(), [86_400_000_000n, -86_400_000_000n]],
    [timestamp(), [-1n, 86_399_999_999n, 86_400_000_000n], { kind: 'date' }, [-1, 0, 1]],
    [i64, [5n, -7n, 99_999n], decimal(6, 2), [500n, -700n, null]],
    [decimal(10, 2), [150n, -151n, 149n, null], i64, [2n, -2n, 1n, null]],
    [decimal(38, 2), [10n ** 30n + 55n, -555n], decimal(38, 1), [10n ** 29n + 6n, -56n]],
    [decimal(38, 0), [10n ** 30n, -3n], decimal(38, 8), [null, -300_000_000n]],
    [decimal(20, 4), [12345n, -(10n ** 19n)], f64, [1.2345, -1e15]],
    [f64, [1.235, -2.5, 1e30], decimal(12, 2), [124n, -250n, null]],
    [{ kind: 'utf8' }, ['1.50', 'x', null], decimal(12, 2), [150n, null, null]],
    [i64, [12n, null], { kind: 'utf8' }, ['12', null]],
  ];
  for (const [from, cells, to, expected] of cases)
    assert.equal(run(cast(col('x'), to, true), { x: [from, cells] }), expected, `${from.kind} ${to.kind}`);
});

test('lists of many constants', () => {
  const random = seeded(6);
  const constants = Array.from({ length: 40 }, () => Math.floor(random() * 200) - 100);
  for (const kind of ['int8', 'int32', 'int64', 'float64', 'date', 'utf8'] as const) {
    const cells: Cell[] = Array.from({ length: 300 }, () => {
      const n = Math.floor(random() * 200) - 100;
      if (random() < 0.1) return null;
      return kind === 'int64' ? BigInt(n) : kind === 'utf8' ? `v${n}` : n;
    });
    const list = constants.map(
      (n): Expr =>
        kind === 'utf8'
          ? text(`v${n}`)
          : kind === 'date'
            ? { op: 'literal', type: { kind }, value: String(n) }
            : int(n),
    );
    const wanted = new Set(constants.map((n) => (kind === 'utf8' ? `v${n}` : n)));
    assert.equal(
      run(call('in', col('x'), ...list), { x: [{ kind }, cells] }),
      cells.map((cell) =>
        cell === null ? null : wanted.has(typeof cell === 'bigint' ? Number(cell) : (cell as number)),
      ),
      kind,
    );
  }
});

test('a memo follows a dictionary that grows', () => {
  const region = arena.region('test');
  const memo = new Memo(runtime, 'memo');
  const interner = new Interner(arena, runtime.kernels, 'interner');
  const schema: Schema = { fields: [{ name: 's', type: { kind: 'utf8' }, nullable: true }] };
  const lower = bind(call('lower', col('s')), schema);
  const number = bind(cast(col('s'), { kind: 'int32' }, true), schema);
  const short = bind(call('lt', call('length', col('s')), int(3)), schema);
  const random = seeded(8);
  for (let round = 0; round < 6; round++) {
    const cells = Array.from({ length: 100 }, (): Cell => {
      const n = Math.floor(random() * 40 * (round + 1));
      return random() < 0.1 ? null : n % 3 === 0 ? String(n) : `ABÉ${n % 50}`.slice(n % 2);
    });
    const column: Vector = interner.intern(vectorOf({ kind: 'utf8' }, cells, region), region);
    const batch = { length: cells.length, columns: [column] };
    const lowered = evaluate(lower, batch, region, runtime, memo);
    assert.ok(lowered.dictionary !== null);
    assert.equal(
      cellsOf(lowered, arena),
      cells.map((cell) => (cell as string | null)?.toLowerCase() ?? null),
    );
    assert.equal(
      cellsOf(evaluate(number, batch, region, runtime, memo), arena),
      cells.map((cell) => (cell === null || !/^\d+$/.test(cell as string) ? null : Number(cell))),
    );
    assert.equal(
      cellsOf(evaluate(short, batch, region, runtime, memo), arena),
      cells.map((cell) => (cell === null ? null : (cell as string).length < 3)),
    );
    region.reset();
  }
  memo.release();
  interner.release();
  region.release();
});

test('null constants', () => {
  const columns = { x: [i64, [1n, null]], s: [{ kind: 'utf8' }, ['a', null]] } as const;
  for (const name of ['x', 's']) {
    const nothing: Expr = { op: 'literal', type: { kind: 'null' }, value: null };
    const cells = columns[name as 'x' | 's'][1];
    assert.equal(run(call('nullif', col(name), nothing), columns), [...cells]);
    assert.equal(run(call('greatest', col(name), nothing), columns), [...cells]);
    assert.equal(run(call('coalesce', nothing, col(name)), columns), [...cells]);
    assert.equal(run(call('eq', col(name), nothing), columns), [null, null]);
    assert.equal(run(call('in', col(name), nothing), columns), [null, null]);
    assert.equal(run(call('is_distinct_from', col(name), nothing), columns), [true, false]);
    assert.equal(run(call('is_not_distinct_from', nothing, col(name)), columns), [false, true]);
  }
  assert.equal(run(call('lower', { op: 'literal', type: { kind: 'null' }, value: null }), columns), [
    null,
    null,
  ]);
});

test('int64 with uint64, and decimals of different scales', () => {
  const columns = {
    a: [i64, [-1n, most, 0n, 5n]],
    b: [{ kind: 'uint64' }, [2n ** 64n - 1n, most as bigint, 1n, 4n]],
    c: [decimal(6, 2), [-100n, 50n, 10n, 500n]],
    d: [decimal(9, 4), [-10000n, 4999n, 1001n, 50000n]],
  } as const;
  assert.equal(run(call('lt', col('a'), col('b')), columns), [true, false, true, false]);
  assert.equal(run(call('eq', col('a'), col('b')), columns), [false, true, false, false]);
  assert.equal(run(call('le', col('c'), col('d')), columns), [true, false, true, true]);
  assert.equal(run(call('gt', col('c'), lit('float64', 0.25)), columns), [false, true, false, true]);
  assert.equal(run(call('eq', col('c'), col('a')), columns), [true, false, false, true]);
});

test('constants', () => {
  const constant = constantEvaluator(runtime);
  const value = (expr: Expr): unknown => constant(expr)?.value;
  assert.is(value(call('add', int(2), int(3))), '5');
  assert.is(value(call('concat', text('a'), text('é'))), 'aé');
  assert.is(value(call('div', int(1), int(4))), 0.25);
  assert.is(value(call('ln', int(0))), '-Infinity');
  assert.is(value(call('lt', int(1), lit('int64', null))), null);
  assert.is(value(cast(text('2024-02-29'), { kind: 'date' })), '19782');
  assert.is(value(call('and', lit('bool', true), lit('bool', null))), null);
  assert.is(constant(call('div', int(1), int(0))), null);
});

test('nothing stays reserved', () => {
  assert.is(arena.reserved, 0);
});

test.run();
