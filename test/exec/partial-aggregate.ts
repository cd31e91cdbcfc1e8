import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { aggregate, finalAggregate } from '../../lib/exec/aggregate.js';
import { partialAggregate } from '../../lib/exec/partial-aggregate.js';
import { explain } from '../../lib/plan/explain.js';
import type { Expr, NamedAggregate } from '../../lib/plan/expr.js';
import { aggregate as aggregateNode, filter, project, scan } from '../../lib/plan/make-plan.js';
import { optimize } from '../../lib/plan/optimize.js';
import type { Aggregate, Plan } from '../../lib/plan/plan.js';
import { schemaOf } from '../../lib/plan/schema.js';
import { finalOf, hasPartial, partialOf } from '../../lib/plan/two-phase.js';
import { type Cell, contextOf, makeRuntime, randomCells, seeded } from '../helpers.js';
import { columnsOf, type Input, inputOf, type Row, streamOf } from '../stream-helpers.js';

const test = suite('aggregation in two phases');

const column = (name: string): Expr => ({ op: 'column', name });
const number = (value: number): Expr => ({ op: 'literal', type: types.float64, value });

const one = (name: string, args: readonly Expr[], more: Partial<NamedAggregate> = {}): NamedAggregate => ({
  name: 'out',
  aggregate: name,
  args,
  distinct: false,
  filter: null,
  ...more,
});

const of = (names: readonly string[], columns: readonly string[], filter: Expr | null = null) =>
  columns.flatMap((arg) => names.map((name) => one(name, [column(arg)], { filter })));

const unread = { format: 'csv', paths: [], options: {}, rows: null, bytes: null, statistics: null };

/** The whole aggregate; its columns have names of their own. */
function wholeOf(input: Input, keys: readonly string[], aggregates: readonly NamedAggregate[]): Aggregate {
  return aggregateNode(
    scan(unread, input.schema),
    keys.map((name) => ({ name, expr: column(name) })),
    aggregates.map((each, i) => ({ ...each, name: `out ${i}` })),
  );
}

const roomy = 2 ** 27;
const tiny = 2 ** 20;

interface Ran {
  readonly rows: readonly Row[];
  readonly spilled: boolean;
}

const runtime = makeRuntime(2 ** 28);

/** The rows that an operator gives. */
async function run(node: Aggregate, input: Input, size: number, share: number, plain = false): Promise<Ran> {
  const context = contextOf(runtime, { share });
  const rows = streamOf(input, size, runtime, plain);
  const stream =
    node.stage === 'partial'
      ? partialAggregate(node, rows, input.schema, context)
      : node.stage === 'final'
        ? finalAggregate(node, rows, node.over!, context)
        : aggregate(node, rows, input.schema, context);
  const width = schemaOf(node).fields.length;
  const columns = await columnsOf(stream, width, runtime);
  assert.is(runtime.arena.reserved, 0);
  assert.is(context.spills.held, 0);
  const spilled = context.spills.written > 0;
  await context.spills.release();
  return { rows: (columns[0] ?? []).map((_, r) => columns.map((cells) => cells[r]!)), spilled };
}

interface Shares {
  readonly partial: number;
  readonly final: number;
}

/** Partials over the pieces that the rows are cut into, then the final one over what they gave. */
async function inTwoPhases(
  whole: Aggregate,
  input: Input,
  cuts: readonly number[],
  { partial, final }: Shares,
  plain = false,
): Promise<Ran & { readonly between: number }> {
  // Plans go from process to process.
  const sent = JSON.parse(JSON.stringify(partialOf(whole))) as Aggregate;
  const between: Row[] = [];
  const ends = [...cuts, input.rows.length];
  for (const [piece, end] of ends.entries()) {
    const rows = input.rows.slice(piece === 0 ? 0 : ends[piece - 1], end);
    const { rows: states, spilled } = await run(sent, { ...input, rows }, 700, partial, plain);
    assert.is(spilled, false);
    for (const row of states) between.push(row);
  }
  const schema = schemaOf(sent);
  const node = JSON.parse(JSON.stringify(finalOf(whole, scan(unread, schema)))) as Aggregate;
  assert.equal(schemaOf(node), schemaOf(whole));
  return { ...(await run(node, { schema, rows: between }, 900, final, plain)), between: between.length };
}

/** Sums of the same doubles in another order may differ in the last bit of 53, as the last of 106 does. */
const text = (row: Row): string =>
  row
    .map((cell) => (typeof cell === 'number' ? String(Number(cell.toPrecision(15)) + 0) : String(cell)))
    .join('|');

const sorted = (rows: readonly Row[]): string[] => rows.map(text).sort();

function same(actual: readonly Row[], expected: readonly Row[]): void {
  const [a, b] = [sorted(actual), sorted(expected)];
  assert.is(a.length, b.length);
  const other = a.findIndex((row, r) => row !== b[r]);
  assert.is(a[other], b[other]);
}

const fields = {
  k: types.utf8,
  j: types.int32,
  b: types.bool,
  i: types.int64,
  s: types.int16,
  u: types.uint64,
  x: types.float64,
  f: types.float32,
  d: types.date,
  m: types.decimal(20, 3),
  t: types.utf8,
  n: types.nullType,
};
type Name = keyof typeof fields;

const at = (name: Name): number => Object.keys(fields).indexOf(name);

function randomInput(count: number, groups: number, nulls: number, seed: number): Input {
  const random = seeded(seed);
  const cells = Object.values(fields).map((type) =>
    type.kind === 'null' ? new Array<Cell>(count).fill(null) : randomCells(type, count, random, nulls),
  );
  return inputOf(
    fields,
    Array.from({ length: count }, (_, r): Row => {
      const group = Math.floor(random() * groups);
      const own: readonly Cell[] = [random() < nulls ? null : `key ${group}`, (group * 7) % 1000];
      return [...own, ...cells.slice(2).map((column) => column[r]!)];
    }),
  );
}

/** With sums that fit 64 bits. */
function tame(input: Input): Input {
  const wide = [at('i'), at('u')];
  const rows = input.rows.map((row) =>
    row.map((cell, c) => (wide.includes(c) && cell !== null ? (cell as bigint) % 1000n : cell)),
  );
  return { ...input, rows };
}

const all = ['b', 'i', 's', 'u', 'x', 'f', 'd', 'm', 't', 'k'] as const;
const numbers = ['i', 's', 'u', 'x', 'f', 'm'] as const;

const everything: readonly NamedAggregate[] = [
  one('count', []),
  one('count', [], { filter: column('b') }),
  ...of(['count', 'min', 'max', 'first', 'last', 'any_value'], all),
  ...of(['min', 'max', 'first', 'last', 'any_value', 'count'], ['t', 'm', 'x'], column('b')),
  ...of(['avg', 'stddev', 'var_pop', 'stddev_pop', 'variance'], numbers),
  ...of(['sum'], ['i', 's', 'u', 'm', 'x', 'n']),
  ...of(['sum', 'avg'], ['s', 'x'], column('b')),
  ...['corr', 'covar_samp', 'covar_pop'].flatMap((name) => [
    one(name, [column('i'), column('s')]),
    one(name, [column('x'), column('f')]),
  ]),
  ...of(['bool_and', 'bool_or', 'count_if'], ['b']),
  ...of(['bit_and', 'bit_or', 'bit_xor'], ['i', 's', 'u']),
];

const shares: readonly Shares[] = [
  { partial: roomy, final: roomy },
  { partial: tiny, final: roomy },
  { partial: tiny, final: tiny },
];

/** Cut anywhere, with room and without. Returns whether the final one ever spilled. */
async function sameInTwoPhases(
  input: Input,
  keys: readonly string[],
  aggregates: readonly NamedAggregate[],
  random: () => number,
): Promise<boolean> {
  const whole = wholeOf(input, keys, aggregates);
  assert.ok(hasPartial(whole));
  const expected = (await run(whole, input, 1000, roomy)).rows;
  let spilledOnce = false;
  for (const [turn, part] of shares.entries()) {
    const cuts = Array.from({ length: 3 }, () => Math.floor(random() * input.rows.length));
    const { rows, spilled } = await inTwoPhases(
      whole,
      input,
      cuts.sort((a, b) => a - b),
      part,
      turn > 1,
    );
    same(rows, expected);
    spilledOnce ||= spilled;
  }
  return spilledOnce;
}

test('every aggregate of every type, whatever the pieces', async () => {
  const random = seeded(77);
  for (const [groups, nulls, keys] of [
    [400, 0.1, ['k']],
    [40, 0.3, ['j', 'k', 'n']],
    [5, 0.1, ['x', 's', 'i', 'd', 'm', 'f']],
    [1, 0.2, []],
    [2, 0, ['j']],
  ] as const)
    await sameInTwoPhases(tame(randomInput(500, groups, nulls, groups)), keys, everything, random);
});

test('more groups than both phases hold', async () => {
  const random = seeded(78);
  const some = [
    ...of(['sum', 'avg', 'last'], ['i', 'x']),
    ...of(['min', 'first', 'last'], ['t', 'm'], column('b')),
    ...of(['stddev'], ['s']),
  ];
  for (const [groups, nulls, keys] of [
    [6000, 0.1, ['k']],
    [9000, 0, ['j', 'k', 'b']],
  ] as const) {
    const input = tame(randomInput(9000, groups, nulls, groups));
    assert.ok(await sameInTwoPhases(input, keys, some, random), 'nothing was spilled');
  }
});

test('against a plain loop', async () => {
  const input = tame(randomInput(5000, 60, 0.15, 9));
  const whole = wholeOf(
    input,
    ['k'],
    [
      one('count', [column('i')]),
      one('sum', [column('i')], { filter: column('b') }),
      one('min', [column('t')]),
      one('max', [column('d')]),
      one('first', [column('t')]),
      one('last', [column('x')], { filter: column('b') }),
      one('any_value', [column('s')]),
    ],
  );
  const groups = new Map<Cell, Row[]>();
  for (const row of input.rows) groups.set(row[0]!, [...(groups.get(row[0]!) ?? []), row]);
  const expected = [...groups].map(([key, rows]): Row => {
    const cells = (name: Name, from = rows): readonly Cell[] => from.map((row) => row[at(name)]!);
    const known = (name: Name, from = rows): readonly Cell[] =>
      cells(name, from).filter((cell) => cell !== null);
    const chosen = rows.filter((row) => row[at('b')] === true);
    const added = known('i', chosen) as readonly bigint[];
    const texts = (known('t') as readonly string[]).toSorted((a, b) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    );
    return [
      ...[key, BigInt(known('i').length)],
      added.length === 0 ? null : added.reduce((sum, value) => sum + value, 0n),
      texts[0] ?? null,
      Math.max(...(known('d') as readonly number[])),
      cells('t')[0] ?? null,
      cells('x', chosen).at(-1) ?? null,
      known('s')[0] ?? null,
    ];
  });
  for (const partial of [roomy, tiny])
    same((await inTwoPhases(whole, input, [1, 800, 801, 4000], { partial, final: roomy })).rows, expected);
});

test('extremes of 64 bits: only the whole sum must fit', async () => {
  const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n];
  const rows = [most, most, least, least, 5n, 0n, 2n].map((i): Row => [1, i]);
  const input = inputOf({ j: types.int32, i: types.int64 }, rows);
  const whole = wholeOf(input, ['j'], of(['sum', 'min', 'max', 'avg', 'count'], ['i']));
  const { rows: found } = await inTwoPhases(whole, input, [2, 4], { partial: roomy, final: roomy });
  const sum = rows.reduce((all, [, i]) => all + (i as bigint), 0n);
  assert.equal(found, [[1, sum, least, most, Number(sum) / 7, 7n]]);
  const over = { ...input, rows: rows.slice(0, 2) };
  let message = '';
  try {
    await inTwoPhases(whole, over, [1], { partial: roomy, final: roomy });
  } catch (error) {
    message = (error as Error).message;
  }
  assert.match(message, /"out 0" overflows/);
});

test('not a number, the two zeros and null as keys and values', async () => {
  const values = [NaN, 0, -0, null, 1, -Infinity, NaN, null, -0, 0, Infinity, 1];
  const rows = values.flatMap((x, i) => values.map((y): Row => [x, (i % 3 === 0 ? null : y) ?? null]));
  const input = inputOf({ x: types.float64, y: types.float64 }, rows);
  const aggregates = of(['count', 'min', 'max', 'first', 'last', 'sum', 'avg', 'any_value'], ['y', 'x']);
  const whole = wholeOf(input, ['x'], aggregates);
  const expected = (await run(whole, input, 1000, roomy)).rows;
  assert.is(expected.length, 6);
  for (const cuts of [[], [1], [70], [13, 14, 100]])
    same((await inTwoPhases(whole, input, cuts, { partial: roomy, final: roomy })).rows, expected);
});

test('sums of doubles keep their low part', async () => {
  const rows = [1e16, 1, -1e16, 1e-3, 3e15, 3, -3e15].map((x): Row => [x]);
  const input = inputOf({ x: types.float64 }, rows);
  const whole = wholeOf(input, [], of(['sum', 'avg'], ['x']));
  const { rows: found } = await inTwoPhases(whole, input, [1, 2, 5, 6], { partial: roomy, final: roomy });
  assert.equal(found, (await run(whole, input, 10, roomy)).rows);
});

test('one row without keys, though no piece has rows', async () => {
  const input = inputOf(fields, []);
  const whole = wholeOf(input, [], everything);
  const { rows, between } = await inTwoPhases(whole, input, [0, 0], { partial: roomy, final: roomy });
  assert.is(between, 0);
  assert.equal(rows, (await run(whole, input, 10, roomy)).rows);
  const keyed = await inTwoPhases(wholeOf(input, ['k'], everything), input, [0], {
    partial: tiny,
    final: tiny,
  });
  assert.equal(keyed.rows, []);
});

test('a sketch of distinct values, without keys', async () => {
  const input = randomInput(5000, 900, 0.1, 4);
  const sketch = all.map((name) => one('approx_count_distinct', [column(name)]));
  const whole = wholeOf(input, [], sketch);
  assert.ok(hasPartial(whole));
  const { rows } = await inTwoPhases(whole, input, [100, 4000], { partial: tiny, final: tiny });
  assert.equal(rows, (await run(whole, input, 1000, roomy)).rows);
});

test('a full table begins anew; one that reduces nothing gives way to a state a row', async () => {
  const counted = [one('count', []), ...of(['sum', 'last'], ['v'])];
  const inputs = { k: types.int64, v: types.int32 };
  const whole = (input: Input): Aggregate => wholeOf(input, ['k'], counted);
  const shares = { partial: tiny, final: roomy };
  // Each key comes ten times in a row.
  const near = inputOf(
    inputs,
    Array.from({ length: 100_000 }, (_, r): Row => [BigInt(Math.floor(r / 10)), r]),
  );
  const some = await inTwoPhases(whole(near), near, [], shares);
  assert.ok(some.between >= 10_000 && some.between < 10_500);
  same(some.rows, (await run(whole(near), near, 5000, roomy)).rows);
  // The same keys, twice, one after another: the table never meets one again.
  const far = { ...near, rows: near.rows.map(([, v]): Row => [BigInt((v as number) % 50_000), v!]) };
  const each = await inTwoPhases(whole(far), far, [], shares);
  assert.is(each.between, 100_000);
  same(each.rows, (await run(whole(far), far, 5000, roomy)).rows);
});

test('texts that take more than their part', async () => {
  const random = seeded(31);
  const rows = Array.from({ length: 4000 }, (_, r): Row => {
    const key = Math.floor(random() * 40);
    return [key, `${Math.floor(random() * 1e6)}${'long '.repeat(400)}${r}`];
  });
  const input = inputOf({ j: types.int32, t: types.utf8 }, rows);
  const whole = wholeOf(input, ['j'], of(['min', 'max', 'first', 'last', 'any_value'], ['t']));
  const expected = (await run(whole, input, 500, roomy)).rows;
  const { rows: found } = await inTwoPhases(whole, input, [1500], { partial: tiny, final: tiny }, true);
  same(found, expected);
});

test('what has no two phases', () => {
  const input = inputOf(fields, []);
  const two = (aggregates: readonly NamedAggregate[], keys: readonly string[] = ['k']): boolean =>
    hasPartial(wholeOf(input, keys, aggregates));
  assert.ok(two([]));
  assert.ok(two(of(['sum', 'avg'], ['x'])));
  for (const name of ['median', 'mode', 'list']) assert.not(two(of([name], ['x'])), name);
  assert.not(two([one('count', [column('x')], { distinct: true })]));
  assert.ok(two([one('max', [column('x')], { distinct: true })]));
  assert.not(two([one('arg_min', [column('x'), column('i')])]));
  assert.not(
    two([
      one('first', [column('x')], { orderBy: [{ expr: column('i'), descending: false, nullsFirst: false }] }),
    ]),
  );
  assert.not(two([one('approx_count_distinct', [column('x')])]));
  assert.not(two([one('product', [column('x')])]));
  for (const keys of [[], ['k']]) assert.not(two([one('approx_quantile', [column('x'), number(0.5)])], keys));
});

test('rules leave both stages as they are', () => {
  const input = inputOf({ k: types.utf8, x: types.float64, y: types.float64 }, []);
  const whole = wholeOf(input, ['k'], of(['sum', 'min'], ['x']));
  const having = filter(finalOf(whole, partialOf(whole)), {
    op: 'call',
    name: 'eq',
    args: [column('k'), { op: 'literal', type: types.utf8, value: 'a' }],
  });
  const lines = explain(optimize(project(having, [{ name: 'k', expr: column('k') }])));
  assert.match(lines, /^project k\n└─ filter k = 'a'\n {3}└─ final aggregate sum\(x\).*, min\(x\).* by k\n/);
  assert.match(lines, /partial aggregate sum\(x\).*, min\(x\).* by k\n/);
  assert.match(lines, /columns {2}k, x \(2 of 3\)/);
});

test('explain names the stage', () => {
  const whole = wholeOf(inputOf({ k: types.utf8, x: types.float64 }, []), ['k'], of(['sum'], ['x']));
  const titles = (plan: Plan): string[] => explain(plan).split('\n').slice(0, 2);
  assert.equal(titles(finalOf(whole, partialOf(whole))), [
    'final aggregate sum(x) as "out 0" by k',
    '└─ partial aggregate sum(x) as "out 0" by k',
  ]);
  assert.equal(
    schemaOf(partialOf(whole)).fields.map(({ name, type }) => `${name} ${type.kind}`),
    ['k utf8', 'state 1 int64', 'state 2 int64', 'state 3 int64', 'state 4 int64'],
  );
});

test.run();
