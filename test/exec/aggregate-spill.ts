import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { aggregate } from '../../lib/exec/aggregate.js';
import { distinct } from '../../lib/exec/distinct.js';
import type { NamedAggregate } from '../../lib/plan/expr.js';
import { type Cell, contextOf, makeRuntime, randomCells, seeded } from '../helpers.js';
import { columnsOf, type Input, inputOf, type Row, streamOf } from '../stream-helpers.js';

const test = suite('aggregates that spill');

const column = (name: string) => ({ op: 'column', name }) as const;

const one = (name: string, args: readonly string[], more: Partial<NamedAggregate> = {}): NamedAggregate => ({
  name: 'out',
  aggregate: name,
  args: args.map(column),
  distinct: false,
  filter: null,
  ...more,
});

const text = (row: readonly unknown[]): string =>
  row.map((cell) => (Object.is(cell, -0) ? '0' : String(cell))).join('|');

interface Ran {
  /** Rows as text, in the order of text. */
  readonly rows: string[];
  /** Bytes spilled. */
  readonly written: number;
}

async function run(
  input: Input,
  keys: readonly string[],
  aggregates: readonly NamedAggregate[] | null,
  size: number,
  share: number,
  plain = false,
): Promise<Ran> {
  const runtime = makeRuntime(2 ** 29);
  const context = contextOf(runtime, { share });
  const rows = streamOf(input, size, runtime, plain);
  const node = { keys: keys.map((name) => ({ name, expr: column(name) })), aggregates: aggregates ?? [] };
  const stream =
    aggregates === null
      ? distinct(rows, input.schema, context)
      : aggregate(node, rows, input.schema, context);
  const width = aggregates === null ? input.schema.fields.length : keys.length + aggregates.length;
  const columns = await columnsOf(stream, width, runtime);
  assert.is(runtime.arena.reserved, 0);
  assert.is(context.spills.held, 0);
  const { written } = context.spills;
  await context.spills.release();
  return { rows: (columns[0] ?? []).map((_, r) => text(columns.map((cells) => cells[r]))).sort(), written };
}

const tiny = 2 ** 18;
const roomy = 2 ** 28;

/** What every aggregate gives with a share that holds all rows it gives with one that does not. */
async function same(
  input: Input,
  keys: readonly string[],
  aggregates: readonly NamedAggregate[] | null,
  size = 1000,
  share = tiny,
  plain = false,
): Promise<void> {
  const all = await run(input, keys, aggregates, size, roomy);
  assert.is(all.written, 0);
  const parts = await run(input, keys, aggregates, size, share, plain);
  assert.ok(parts.written > 0, 'nothing was spilled');
  assert.is(parts.rows.length, all.rows.length);
  const other = parts.rows.findIndex((row, r) => row !== all.rows[r]);
  assert.is(parts.rows[other], all.rows[other]);
}

const fields = {
  k: types.utf8,
  j: types.int32,
  b: types.bool,
  i: types.int64,
  s: types.int16,
  x: types.float64,
  f: types.float32,
  d: types.date,
  m: types.decimal(20, 3),
  t: types.utf8,
};

function randomInput(count: number, groups: number, nulls: number, seed: number): Input {
  const random = seeded(seed);
  const cells = Object.values(fields).map((type) => randomCells(type, count, random, nulls));
  const rows = Array.from({ length: count }, (_, r): Row => {
    const group = Math.floor(random() * groups);
    const own: readonly Cell[] = [random() < nulls ? null : `key ${group}`, (group * 7) % 1000];
    return [...own, ...cells.slice(2).map((column) => column[r]!)];
  });
  // Sums of 64 bits must not overflow.
  return inputOf(
    fields,
    rows.map((row) => row.map((cell, c) => (c === 3 && cell !== null ? (cell as bigint) % 1000n : cell))),
  );
}

const fixed: readonly NamedAggregate[] = [
  one('count', []),
  one('count', [], { filter: column('b') }),
  ...['b', 'i', 's', 'x', 'f', 'd', 'm'].flatMap((name) =>
    ['count', 'min', 'max', 'first', 'last', 'any_value'].map((which) => one(which, [name])),
  ),
  ...['i', 's', 'm'].flatMap((name) =>
    ['sum', 'avg', 'stddev', 'var_pop'].map((which) => one(which, [name])),
  ),
  one('max', ['s'], { filter: column('b') }),
  one('bool_and', ['b']),
  one('bool_or', ['b']),
  one('corr', ['i', 's']),
];

test('states of fixed size, whatever the keys', async () => {
  for (const [groups, nulls, keys] of [
    [2800, 0.1, ['k']],
    [2800, 0.3, ['j', 'k']],
    [3000, 0, ['j', 'k', 'b']],
    [5, 0.1, ['x', 's', 'i', 'd', 'm', 'f']],
  ] as const)
    await same(randomInput(3000, groups, nulls, groups), keys, fixed);
});

test('integers, one key', async () => {
  const random = seeded(5);
  for (const spread of [7000, 2 ** 31]) {
    const rows = Array.from({ length: 10_000 }, (_, r): Row => {
      const key = Math.floor((random() - 0.5) * spread);
      // The first null comes late.
      return [r > 7000 && random() < 0.01 ? null : key, r];
    });
    const input = inputOf({ j: types.int32, n: types.int32 }, rows);
    await same(input, ['j'], [one('count', []), one('sum', ['n']), one('first', ['n'])], 700);
  }
});

test('half of the rows are of one group, and it comes late', async () => {
  const rows = Array.from({ length: 12_000 }, (_, r): Row => [r < 6000 ? r : 7_000_000, r]);
  const input = inputOf(
    { j: types.int64, n: types.int32 },
    rows.map(([j, n]) => [BigInt(j as number), n!]),
  );
  await same(input, ['j'], [one('count', []), one('sum', ['n']), one('last', ['n'])]);
});

test('long texts as keys', async () => {
  const random = seeded(8);
  const rows = Array.from({ length: 2000 }, (_, r): Row => {
    const key = Math.floor(random() * 3000);
    return [`${'long '.repeat(key % 60)}${key}`, r];
  });
  const input = inputOf({ t: types.utf8, n: types.int32 }, rows);
  for (const plain of [false, true])
    await same(input, ['t'], [one('count', []), one('sum', ['n']), one('last', ['n'])], 100, tiny, plain);
});

test('texts that wait as codes, and those for which there are none', async () => {
  const random = seeded(9);
  const rows = Array.from({ length: 20_000 }, (_, r): Row => {
    const name = Math.floor(random() * 500);
    const rare = random() < 0.5 ? Math.floor(random() * 20_000) : 0;
    return [random() < 0.01 ? null : `${'long '.repeat(20)}${name}`, `rare ${rare}`, r % 9000, r];
  });
  const input = inputOf({ t: types.utf8, u: types.utf8, j: types.int32, n: types.int32 }, rows);
  const aggregates = [one('count', []), one('sum', ['n']), one('last', ['n'])];
  const coded = await run(input, ['t', 'j'], aggregates, 1000, tiny);
  assert.ok(coded.written > 0 && coded.written < rows.length * 40);
  for (const plain of [false, true]) {
    await same(input, ['t', 'j'], aggregates, 1000, tiny, plain);
    await same(input, ['t', 'u', 'j'], aggregates, 1000, tiny, plain);
  }
});

test('distinct rows', async () => {
  const input = randomInput(5000, 800, 0.1, 12);
  const narrow = inputOf(
    { k: types.utf8, j: types.int32, b: types.bool },
    input.rows.map((row) => row.slice(0, 3)),
  );
  await same(narrow, [], null);
  await same(input, [], null, 1000, tiny, true);
  const texts = inputOf(
    { t: types.utf8 },
    Array.from({ length: 4000 }, (_, r): Row => [`text ${r % 3800}`]),
  );
  await same(texts, [], null, 300);
});

const growing: readonly NamedAggregate[] = [
  one('median', ['x']),
  { ...one('quantile', ['x']), args: [column('x'), { op: 'literal', type: types.float64, value: 0.3 }] },
  { ...one('quantile_disc', ['d']), args: [column('d'), { op: 'literal', type: types.float64, value: 0.7 }] },
  one('median', ['i'], { filter: column('b') }),
  one('median', ['i'], { distinct: true }),
  ...['k', 'i', 'x', 'm', 't'].map((name) => one('count', [name], { distinct: true })),
  one('sum', ['i'], { distinct: true, filter: column('b') }),
  ...['min', 'max', 'first', 'last', 'any_value'].flatMap((which) => [one(which, ['t']), one(which, ['k'])]),
  one('max', ['t'], { filter: column('b') }),
];

test('states that grow with their rows', async () => {
  for (const [groups, nulls, keys] of [
    [700, 0.1, ['k']],
    [5, 0.1, ['k']],
    [1, 0.2, []],
    [300, 0, ['j', 'b']],
  ] as const)
    await same(randomInput(4000, groups, nulls, groups), keys, growing);
});

test('one state that grows, and few groups', async () => {
  const random = seeded(21);
  const rows = Array.from(
    { length: 20_000 },
    (_, r): Row => [r % 2 === 0 ? 0 : Math.floor(random() * 50), (random() - 0.5) * 1000, `text ${r % 5000}`],
  );
  const input = inputOf({ g: types.int32, x: types.float64, t: types.utf8 }, rows);
  for (const aggregate of [
    one('median', ['x']),
    {
      ...one('quantile_disc', ['x']),
      args: [column('x'), { op: 'literal', type: types.float64, value: 0.9 }],
    },
    one('count', ['x'], { distinct: true }),
    one('count', ['t'], { distinct: true }),
  ] as const) {
    for (const keys of [['g'], []]) await same(input, keys, [aggregate], 2000, 2 ** 16);
  }
});

const byKey = (name: string, descending = false) => ({
  orderBy: [{ expr: column(name), descending, nullsFirst: false }],
});

test('one row of a group says all: a group may have any number of rows', async () => {
  const random = seeded(22);
  const rows = Array.from({ length: 60_000 }, (_, r): Row => {
    const far = Math.floor(random() * 20_000);
    return [r % 3, `text ${far}`, far, random() < 0.1 ? null : random(), BigInt(r)];
  });
  const input = inputOf(
    { g: types.int32, t: types.utf8, j: types.int32, x: types.float64, n: types.int64 },
    rows,
  );
  const aggregates = [
    one('arg_min', ['n', 'j']),
    one('arg_max', ['t', 'x']),
    one('arg_max', ['x', 't']),
    one('first', ['t'], byKey('j')),
    one('last', ['n'], byKey('j', true)),
    one('last', ['x'], byKey('t')),
  ];
  for (const keys of [['g'], []]) {
    const all = await run(input, keys, aggregates, 4000, roomy);
    const tiny = await run(input, keys, aggregates, 4000, 2 ** 19);
    assert.equal(tiny.rows, all.rows);
    assert.is(tiny.written, 0);
  }
  // Where rows of one group each come, there is nothing to leave out.
  await same(input, ['t', 'n'], aggregates, 4000);
});

test('the most frequent of a group with many values', async () => {
  const random = seeded(23);
  const rows = Array.from({ length: 60_000 }, (_, r): Row => {
    const n = random() < 0.001 ? 7 : Math.floor(random() * 50_000);
    return [r % 2, n, `text ${n}`, random() < 0.2 ? null : n / 2];
  });
  const input = inputOf({ g: types.int32, n: types.int32, t: types.utf8, x: types.float64 }, rows);
  for (const name of ['n', 't', 'x'])
    for (const keys of [['g'], []]) await same(input, keys, [one('mode', [name])], 4000, 2 ** 18);
  await same(randomInput(15_000, 2500, 0.1, 24), ['k'], [one('mode', ['m']), one('mode', ['s'])]);
});

test('a plan that is given up leaves nothing behind', async () => {
  const runtime = makeRuntime(2 ** 29);
  const context = contextOf(runtime, { share: tiny });
  const input = randomInput(5000, 4000, 0, 3);
  const node = { keys: [{ name: 'k', expr: column('k') }], aggregates: [one('count', [])] };
  let batches = 0;
  for await (const _ of aggregate(node, streamOf(input, 1000, runtime), input.schema, context))
    if (++batches === 2) break;
  assert.ok(context.spills.held === 0 && context.spills.written > 0);
  assert.is(runtime.arena.reserved, 0);
  await context.spills.release();
});

test.run();
