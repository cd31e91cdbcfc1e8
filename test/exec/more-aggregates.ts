import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { aggregate } from '../../lib/exec/aggregate.js';
import type { Expr, NamedAggregate } from '../../lib/plan/expr.js';
import { type Cell, contextOf, makeRuntime, randomCells, seeded } from '../helpers.js';
import { columnsOf, type Input, inputOf, type Row, streamOf } from '../stream-helpers.js';

const test = suite('mode, string_agg, arg_min, sketches and others');

const column = (name: string): Expr => ({ op: 'column', name });
const number = (value: number): Expr => ({ op: 'literal', type: types.float64, value });
const text = (value: string): Expr => ({ op: 'literal', type: types.utf8, value });

const one = (name: string, args: readonly Expr[], more: Partial<NamedAggregate> = {}): NamedAggregate => ({
  name: 'out',
  aggregate: name,
  args,
  distinct: false,
  filter: null,
  ...more,
});

const fields = {
  g: types.int32,
  b: types.bool,
  s: types.int16,
  u: types.uint64,
  x: types.float64,
  m: types.decimal(20, 3),
  t: types.utf8,
};
type Name = keyof typeof fields;
const names = Object.keys(fields) as Name[];

function randomInput(count: number, groups: number, seed: number): Input {
  const random = seeded(seed);
  const cells = Object.values(fields).map((type) => randomCells(type, count, random, 0.1));
  const rows = Array.from({ length: count }, (_, r): Row => {
    return [Math.floor(random() * groups), ...cells.slice(1).map((own) => own[r]!)];
  });
  return inputOf(fields, rows);
}

async function run(
  input: Input,
  aggregates: readonly NamedAggregate[],
  share: number,
): Promise<{ groups: Map<Cell, Cell[]>; written: number }> {
  const runtime = makeRuntime(2 ** 28);
  const context = contextOf(runtime, { share });
  const node = { keys: [{ name: 'g', expr: column('g') }], aggregates };
  const stream = aggregate(node, streamOf(input, 500, runtime), input.schema, context);
  const [keys, ...results] = await columnsOf(stream, 1 + aggregates.length, runtime);
  assert.is(runtime.arena.reserved, 0);
  assert.is(context.spills.held, 0);
  const { written } = context.spills;
  await context.spills.release();
  return { groups: new Map(keys!.map((key, r) => [key, results.map((cells) => cells[r]!)])), written };
}

function compare(a: Cell, b: Cell): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}

const shown = (cell: Cell | undefined): string => (cell === 0 ? '0' : String(cell));

type Truth = (rows: readonly Record<Name, Cell>[]) => Cell;

const known = (rows: readonly Record<Name, Cell>[], name: Name) => rows.filter((row) => row[name] !== null);

const mode =
  (name: Name): Truth =>
  (rows) => {
    const cells = known(rows, name)
      .map((row) => row[name])
      .toSorted(compare);
    let best: Cell = null;
    let most = 0;
    for (let from = 0; from < cells.length; ) {
      let to = from;
      while (to < cells.length && compare(cells[to]!, cells[from]!) === 0) to++;
      if (to - from > most) [best, most] = [cells[from]!, to - from];
      from = to;
    }
    return best;
  };

const at =
  (name: Name, by: Name, sign: number): Truth =>
  (rows) =>
    known(known(rows, name), by).toSorted((a, b) => sign * compare(a[by], b[by]))[0]?.[name] ?? null;

const bits =
  (name: Name, join: (a: bigint, b: bigint) => bigint): Truth =>
  (rows) => {
    const cells = known(rows, name).map((row) => BigInt(row[name]!));
    if (cells.length === 0) return null;
    const all = cells.reduce(join);
    return name === 's' ? Number(BigInt.asIntN(16, all)) : BigInt.asUintN(64, all);
  };

const ascending = (name: Name) => ({ expr: column(name), descending: false, nullsFirst: false });

function ordered(rows: readonly Record<Name, Cell>[], name: Name, sign = 1): Record<Name, Cell>[] {
  return rows.toSorted((a, b) => {
    if (a[name] === null || b[name] === null) return Number(a[name] === null) - Number(b[name] === null);
    return sign * compare(a[name], b[name]);
  });
}

const cases: readonly { readonly ours: NamedAggregate; readonly truth: Truth }[] = [
  ...(['b', 's', 'u', 'x', 'm', 't'] as const).map((name) => ({
    ours: one('mode', [column(name)]),
    truth: mode(name),
  })),
  ...(['b', 's', 'x', 'm', 't'] as const).flatMap((name) => [
    { ours: one('arg_min', [column(name), column('x')]), truth: at(name, 'x', 1) },
    { ours: one('max_by', [column(name), column('t')]), truth: at(name, 't', -1) },
  ]),
  {
    ours: one('string_agg', [column('t'), text(', ')]),
    truth: (rows) =>
      known(rows, 't')
        .map((row) => row.t)
        .join(', ') || (known(rows, 't').length > 0 ? '' : null),
  },
  {
    ours: one('string_agg', [column('t'), text('')], { orderBy: [ascending('s'), ascending('x')] }),
    truth: (rows) =>
      known(rows, 't').length === 0
        ? null
        : ordered(ordered(known(rows, 't'), 'x'), 's')
            .map((row) => row.t)
            .join(''),
  },
  {
    ours: one('first', [column('t')], { orderBy: [ascending('x')] }),
    truth: (rows) => ordered(rows, 'x')[0]!.t,
  },
  {
    ours: one('last', [column('s')], { orderBy: [{ ...ascending('x'), descending: true }] }),
    truth: (rows) => ordered(rows, 'x', -1).at(-1)!.s,
  },
  {
    ours: one('count_if', [column('b')]),
    truth: (rows) => BigInt(rows.filter((row) => row.b === true).length),
  },
  {
    ours: one('count_if', [column('b')], {
      filter: { op: 'call', name: 'gt', args: [column('s'), { op: 'literal', type: types.int32, value: 0 }] },
    }),
    truth: (rows) =>
      BigInt(rows.filter((row) => row.b === true && row.s !== null && Number(row.s) > 0).length),
  },
  ...(['s', 'u'] as const).flatMap((name) => [
    { ours: one('bit_and', [column(name)]), truth: bits(name, (a, b) => a & b) },
    { ours: one('bit_or', [column(name)]), truth: bits(name, (a, b) => a | b) },
    { ours: one('bit_xor', [column(name)]), truth: bits(name, (a, b) => a ^ b) },
  ]),
];

test('against naive loops, roomy and spilled', async () => {
  for (const [count, groups] of [
    [6000, 7],
    [6000, 900],
    [300, 250],
  ] as const) {
    const input = randomInput(count, groups, count + groups);
    const byGroup = new Map<Cell, Record<Name, Cell>[]>();
    for (const cells of input.rows) {
      const row = Object.fromEntries(names.map((name, c) => [name, cells[c]!])) as Record<Name, Cell>;
      byGroup.set(row.g, byGroup.get(row.g) ?? []);
      byGroup.get(row.g)!.push(row);
    }
    for (const share of [2 ** 32, 2 ** 19]) {
      const ours = await run(
        input,
        cases.map((one) => one.ours),
        share,
      );
      assert.ok(
        share > 2 ** 20 ? ours.written === 0 : ours.written > 0 || count < 1000,
        `${ours.written} at ${share}`,
      );
      assert.is(ours.groups.size, byGroup.size);
      for (const [group, rows] of byGroup)
        cases.forEach(({ ours: { aggregate: name, args }, truth }, c) => {
          const label = `${name}(${args.map((arg) => (arg.op === 'column' ? arg.name : '')).join()}) of ${group}`;
          assert.is(shown(ours.groups.get(group)![c]), shown(truth(rows)), label);
        });
    }
  }
});

test('sketches keep their errors, and are the same at any share', async () => {
  const random = seeded(4);
  const sizes = [1, 10, 500, 3000, 40_000];
  const rows: Row[] = [];
  sizes.forEach((size, g) => {
    for (let i = 0; i < size; i++) rows.push([g, `value ${i % Math.ceil(size / 2)}`, random() ** 3 * 1000]);
  });
  // Groups of one row each make it spill.
  for (let g = 0; g < 1500; g++) rows.push([g + 100, 'one', g]);
  const input = inputOf(
    { g: types.int32, t: types.utf8, x: types.float64 },
    rows.toSorted(() => random() - 0.5),
  );
  const aggregates = [
    one('approx_count_distinct', [column('t')]),
    one('approx_quantile', [column('x'), number(0.5)]),
    one('approx_quantile', [column('x'), number(0.9)]),
  ];
  const all = await run(input, aggregates, 2 ** 27);
  const parts = await run(input, aggregates, 2 ** 20);
  assert.ok(all.written === 0 && parts.written > 0);
  assert.is(all.groups.size, sizes.length + 1500);
  for (const [group, cells] of all.groups) assert.equal(parts.groups.get(group), cells);
  sizes.forEach((size, g) => {
    const [distinct, ...quantiles] = all.groups.get(g)!;
    const exact = Math.ceil(size / 2);
    assert.ok(Math.abs(Number(distinct) - exact) <= 0.05 * exact, `${distinct} is far from ${exact}`);
    const sorted = rows
      .filter((row) => row[0] === g)
      .map((row) => row[2] as number)
      .sort((a, b) => a - b);
    for (const [i, fraction] of [0.5, 0.9].entries()) {
      const below = sorted.filter((x) => x <= Number(quantiles[i])).length / size;
      if (size > 1000) assert.ok(Math.abs(below - fraction) <= 0.05, `${below} is far from ${fraction}`);
    }
  });
});

test('what they cannot take is refused by name', async () => {
  const input = randomInput(10, 2, 1);
  for (const [ours, message] of [
    [one('sum', [column('b')]), /sum\(number\) cannot take \(bool\); count_if\(x\) counts/],
    [one('avg', [column('b')]), /avg\(number\) cannot take \(bool\)/],
    [one('string_agg', [column('s'), text(',')]), /cannot take .*cast the argument to text/],
    [one('string_agg', [column('t'), column('t')]), /must be a constant text/],
    [one('max', [column('t')], { orderBy: [ascending('x')] }), /order by means nothing to max/],
    [one('mode', [column('t')], { distinct: true }), /mode cannot take distinct/],
    [one('approx_quantile', [column('x'), number(2)]), /a constant from 0 to 1/],
  ] as const) {
    try {
      await run(input, [ours], 2 ** 24);
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, message);
    }
  }
});

test.run();
