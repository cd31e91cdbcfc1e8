import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { aggregate } from '../../lib/exec/aggregate.js';
import type { NamedAggregate } from '../../lib/plan/expr.js';
import { exactAverage, exactCovariance, exactSum, ratio } from '../exact-helpers.js';
import { type Cell, contextOf, makeRuntime, seeded } from '../helpers.js';
import { columnsOf, type Input, inputOf, type Row, streamOf } from '../stream-helpers.js';

const test = suite('aggregate');

const column = (name: string) => ({ op: 'column', name }) as const;

function one(
  aggregateName: string,
  args: readonly string[],
  more: Partial<NamedAggregate> = {},
): NamedAggregate {
  return {
    name: 'out',
    aggregate: aggregateName,
    args: args.map(column),
    distinct: false,
    filter: null,
    ...more,
  };
}

/** The columns of the result, cell by cell. */
async function run(
  input: Input,
  keys: readonly string[],
  aggregates: readonly NamedAggregate[],
  size = 17,
  runtime = makeRuntime(),
  plain = false,
): Promise<Cell[][]> {
  const node = { keys: keys.map((name) => ({ name, expr: column(name) })), aggregates };
  const stream = aggregate(node, streamOf(input, size, runtime, plain), input.schema, contextOf(runtime));
  return columnsOf(stream, keys.length + aggregates.length, runtime);
}

const values: readonly { readonly type: types.DataType; make(random: () => number): Cell }[] = [
  { type: types.bool, make: (random) => random() < 0.5 },
  { type: types.int8, make: (random) => Math.floor(random() * 256) - 128 },
  { type: types.uint8, make: (random) => Math.floor(random() * 256) },
  { type: types.int16, make: (random) => Math.floor(random() * 65536) - 32768 },
  { type: types.uint16, make: (random) => Math.floor(random() * 65536) },
  { type: types.int32, make: (random) => Math.floor(random() * 2 ** 32) - 2 ** 31 },
  { type: types.uint32, make: (random) => Math.floor(random() * 2 ** 32) },
  { type: types.int64, make: (random) => BigInt(Math.floor((random() - 0.5) * 2 ** (random() * 58))) },
  { type: types.uint64, make: (random) => BigInt(Math.floor(random() * 2 ** (random() * 58))) },
  { type: types.float32, make: (random) => Math.fround((random() - 0.5) * 10 ** (random() * 20)) },
  { type: types.float64, make: (random) => (random() - 0.5) * 10 ** (random() * 30 - 10) },
  { type: types.date, make: (random) => Math.floor(random() * 40000) - 10000 },
  { type: types.timestamp(), make: (random) => BigInt(Math.floor((random() - 0.3) * 2e15)) },
  { type: types.decimal(20, 3), make: (random) => BigInt(Math.floor((random() - 0.5) * 1e17)) * 1000n },
  {
    type: types.utf8,
    make: (random) =>
      [...'aé€😀zy']
        .slice(0, Math.floor(random() * 7))
        .join('')
        .repeat((1 + random() * 4) | 0),
  },
];

type Truth = (cells: readonly Cell[], type: types.DataType) => Cell;

const present = (cells: readonly Cell[]) => cells.filter((cell) => cell !== null);
const numbers = (cells: readonly Cell[], type: types.DataType): number[] =>
  present(cells).map((cell) => (type.kind === 'decimal' ? Number(`${cell}e-${type.scale}`) : Number(cell)));
const numeric = (type: types.DataType): boolean => types.isNumeric(type) || type.kind === 'decimal';

/** The rows of each value of the first column, in order of first appearance. */
function groupsOf(rows: readonly Row[]): Map<Cell, Row[]> {
  const groups = new Map<Cell, Row[]>();
  for (const row of rows) groups.set(row[0]!, [...(groups.get(row[0]!) ?? []), row]);
  return groups;
}

function compare(a: Cell, b: Cell): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}

const sorted = (cells: readonly Cell[]): Cell[] => present(cells).toSorted(compare);

function moment(divisorLess: number, root: boolean): Truth {
  return (cells, type) => {
    const xs = numbers(cells, type);
    if (xs.length - divisorLess <= 0) return null;
    if (!xs.every(Number.isFinite)) return NaN;
    const variance = exactCovariance(xs, xs, xs.length - divisorLess);
    return root ? Math.sqrt(variance) : variance;
  };
}

function quantile(fraction: number): Truth {
  return (cells, type) => {
    const xs = sorted(cells).map((cell) => numbers([cell], type)[0]!);
    if (xs.length === 0) return null;
    const place = fraction * (xs.length - 1);
    const low = xs[Math.floor(place)]!;
    const high = xs[Math.ceil(place)]!;
    return low === high ? low : low + (high - low) * (place - Math.floor(place));
  };
}

interface Case {
  readonly aggregate: string;
  readonly takes: (type: types.DataType) => boolean;
  readonly truth: Truth;
  readonly fraction?: number;
  /** Relative error allowed; 0 where the result is exact. */
  readonly tolerance?: number;
  readonly distinct?: boolean;
}

const any = (): boolean => true;
const unique = (cells: readonly Cell[]): Cell[] => [...new Set(present(cells))];

const sumOf: Truth = (cells, type) => {
  const found = present(cells);
  if (found.length === 0) return null;
  if (types.familyOf(type) === 'float') return exactSum(found as number[]);
  return found.reduce((sum: bigint, cell) => sum + BigInt(cell as number), 0n);
};

const averageOf: Truth = (cells, type) => {
  const found = present(cells);
  if (found.length === 0) return null;
  if (types.familyOf(type) === 'float') return exactAverage(found as number[]);
  const scale = type.kind === 'decimal' ? type.scale : 0;
  return ratio(sumOf(cells, type) as bigint, BigInt(found.length) * 10n ** BigInt(scale));
};

const cases: readonly Case[] = [
  { aggregate: 'count', takes: any, truth: (cells) => BigInt(present(cells).length) },
  { aggregate: 'count', takes: any, distinct: true, truth: (cells) => BigInt(unique(cells).length) },
  { aggregate: 'sum', takes: numeric, truth: sumOf },
  { aggregate: 'sum', takes: numeric, distinct: true, truth: (cells, type) => sumOf(unique(cells), type) },
  {
    aggregate: 'avg',
    takes: numeric,
    tolerance: 3e-16,
    truth: averageOf,
  },
  {
    aggregate: 'avg',
    takes: numeric,
    distinct: true,
    tolerance: 3e-16,
    truth: (cells, type) => averageOf(unique(cells), type),
  },
  { aggregate: 'min', takes: any, truth: (cells) => sorted(cells)[0] ?? null },
  { aggregate: 'max', takes: any, truth: (cells) => sorted(cells).at(-1) ?? null },
  { aggregate: 'max', takes: any, distinct: true, truth: (cells) => sorted(cells).at(-1) ?? null },
  { aggregate: 'first', takes: any, truth: (cells) => cells[0]! },
  { aggregate: 'last', takes: any, truth: (cells) => cells.at(-1)! },
  { aggregate: 'any_value', takes: any, truth: (cells) => present(cells)[0] ?? null },
  { aggregate: 'stddev', takes: numeric, tolerance: 1e-15, truth: moment(1, true) },
  { aggregate: 'stddev_pop', takes: numeric, tolerance: 1e-15, truth: moment(0, true) },
  { aggregate: 'variance', takes: numeric, tolerance: 1e-15, truth: moment(1, false) },
  { aggregate: 'var_pop', takes: numeric, tolerance: 1e-15, truth: moment(0, false) },
  { aggregate: 'median', takes: numeric, tolerance: 1e-15, truth: quantile(0.5) },
  { aggregate: 'quantile', takes: numeric, fraction: 0.1, tolerance: 1e-15, truth: quantile(0.1) },
  { aggregate: 'quantile', takes: numeric, fraction: 1, tolerance: 1e-15, truth: quantile(1) },
  {
    aggregate: 'quantile_disc',
    takes: (type) => !['text', 'decimal'].includes(types.familyOf(type)),
    fraction: 0.3,
    truth: (cells) => {
      const found = sorted(cells);
      return found[Math.max(0, Math.ceil(0.3 * found.length) - 1)] ?? null;
    },
  },
  {
    aggregate: 'bool_and',
    takes: (type) => type.kind === 'bool',
    truth: (cells) => (present(cells).length === 0 ? null : present(cells).every((cell) => cell === true)),
  },
  {
    aggregate: 'bool_or',
    takes: (type) => type.kind === 'bool',
    truth: (cells) => (present(cells).length === 0 ? null : present(cells).includes(true)),
  },
];

function near(actual: Cell, expected: Cell, tolerance: number, what: string): void {
  const close =
    Object.is(actual, expected) ||
    (actual === 0 && expected === 0) ||
    (typeof actual === 'number' &&
      typeof expected === 'number' &&
      Math.abs(actual - expected) <= tolerance * Math.abs(expected));
  assert.ok(close, `${what}: ${actual} is not ${expected}`);
}

const literal = (value: number) => ({ op: 'literal', type: types.float64, value }) as const;

function namedOf({ aggregate: name, fraction, distinct }: Case): NamedAggregate {
  const plain = one(name, ['x'], {
    distinct: distinct ?? false,
    name: `${name}${fraction ?? ''}${distinct ?? ''}`,
  });
  return fraction === undefined ? plain : { ...plain, args: [...plain.args, literal(fraction)] };
}

/** Every case that takes the type, over groups of `rows`, against the truth. */
async function check(type: types.DataType, rows: readonly Row[], size: number): Promise<void> {
  const runtime = makeRuntime();
  const applicable = cases.filter(({ takes }) => takes(type));
  const out = await run(
    inputOf({ k: types.int32, x: type }, rows),
    ['k'],
    [one('count', []), ...applicable.map(namedOf)],
    size,
    runtime,
  );
  const groups = groupsOf(rows);
  assert.equal(out[0], [...groups.keys()]);
  assert.equal(
    out[1],
    [...groups.values()].map((group) => BigInt(group.length)),
  );
  applicable.forEach(({ truth, tolerance = 0, aggregate: name }, c) => {
    [...groups.values()].forEach((group, g) => {
      const cells = group.map((row) => row[1]!);
      // The cast of a decimal to a double may be off by a bit, which differences magnify.
      const slack = type.kind === 'decimal' && tolerance > 3e-16 ? 1e-12 : tolerance;
      near(out[c + 2]![g]!, truth(cells, type), slack, `${name} of ${types.typeName(type)}`);
    });
  });
  assert.is(runtime.arena.reserved, 0);
}

test('every aggregate of every type, with and without nulls', async () => {
  const random = seeded(11);
  for (const { type, make } of values)
    for (const nulls of [0, 0.3, 1])
      for (const groups of [1, 5, 60]) {
        const rows = Array.from(
          { length: 150 },
          (): Row => [Math.floor(random() * groups), random() < nulls ? null : make(random)],
        );
        await check(type, rows, 1 + Math.floor(random() * 100));
      }
});

test('NaN is the greatest, infinities add up, -0.0 is 0.0', async () => {
  const rows = [
    ...[NaN, 1, -Infinity].map((x): Row => [1, x]),
    ...[Infinity, 1, 2].map((x): Row => [2, x]),
    ...[Infinity, -Infinity].map((x): Row => [3, x]),
    ...[-0, 0, -0].map((x): Row => [4, x]),
    ...[1e308, 1e308, -1e308].map((x): Row => [5, x]),
    ...[NaN, NaN].map((x): Row => [6, x]),
  ];
  const input = inputOf({ k: types.int32, x: types.float64 }, rows);
  const distinct = one('count', ['x'], { distinct: true });
  const names = ['sum', 'avg', 'min', 'max', 'variance', 'median'] as const;
  const out = await run(input, ['k'], [...names.map((name) => one(name, ['x'])), distinct]);
  assert.equal(out[1]!.slice(0, 4), [NaN, Infinity, NaN, 0]);
  assert.equal(out[2]!.slice(0, 4), [NaN, Infinity, NaN, 0]);
  assert.equal(out[3], [-Infinity, 1, -Infinity, -0, -1e308, NaN]);
  assert.equal(out[4], [NaN, Infinity, Infinity, 0, 1e308, NaN]);
  assert.equal(out[5]!.slice(0, 4), [NaN, NaN, NaN, 0]);
  assert.equal(out[6], [1, 2, NaN, 0, 1e308, NaN]);
  assert.equal(out[7], [3n, 3n, 2n, 1n, 2n, 1n]);
});

test('without keys there is one row, over empty input too', async () => {
  const input = inputOf({ x: types.int32, t: types.utf8 }, [
    [3, 'b'],
    [null, 'a'],
    [4, null],
  ]);
  const all = [
    one('count', []),
    one('count', ['x']),
    one('sum', ['x']),
    one('min', ['t']),
    one('median', ['x']),
  ];
  assert.equal(await run(input, [], all), [[3n], [2n], [7n], ['a'], [3.5]]);
  assert.equal(await run({ ...input, rows: [] }, [], all), [[0n], [0n], [null], [null], [null]]);
  const ordered = [one('sum', ['x']), one('max', ['x'])];
  assert.equal(await run(input, [], ordered, 1), [[7n], [4]]);
  const runtime = makeRuntime();
  async function* nothing(): ReturnType<typeof streamOf> {
    for (const _ of [1, 2])
      for await (const batch of streamOf(input, 3, runtime)) yield { ...batch, length: 0 };
  }
  const node = { keys: [], aggregates: ordered };
  assert.equal(await columnsOf(aggregate(node, nothing(), input.schema, contextOf(runtime)), 2, runtime), [
    [null],
    [null],
  ]);
  assert.equal(await run({ ...input, rows: [] }, ['x'], all), [[], [], [], [], [], []]);
  assert.equal(await run(input, ['t'], []), [['b', 'a', null]]);
});

test('a filter leaves rows out of one aggregate; null is not true', async () => {
  const rows: Row[] = [
    [1, 10, false, 'z'],
    [1, 20, true, 'b'],
    [1, null, true, null],
    [1, 40, null, 'a'],
    [2, 50, false, 'q'],
    [2, 20, true, 'b'],
  ];
  const input = inputOf({ k: types.int32, x: types.int32, f: types.bool, t: types.utf8 }, rows);
  const where = { filter: column('f') };
  const out = await run(
    input,
    ['k'],
    [
      one('count', [], where),
      one('count', []),
      one('sum', ['x'], where),
      one('first', ['x'], where),
      one('last', ['x'], where),
      one('first', ['t'], where),
      one('last', ['t'], where),
      one('max', ['t'], where),
      one('count', ['x'], { ...where, distinct: true }),
      one('median', ['x'], where),
      one('bool_and', ['f']),
    ],
  );
  assert.equal(out, [
    [1, 2],
    [2n, 1n],
    [4n, 2n],
    [20n, 20n],
    [20, 20],
    [null, 20],
    ['b', 'b'],
    [null, 'b'],
    ['b', 'b'],
    [1n, 1n],
    [20, 20],
    [false, false],
  ]);
});

test('corr and covariance of integers and floats are exact to the last bits', async () => {
  const random = seeded(5);
  for (const scale of [1, 1e9]) {
    const rows = Array.from({ length: 300 }, (): Row => {
      const x = Math.floor(random() * 100 * scale);
      const y = Math.floor(x / 2 + random() * 50 * scale);
      const there = random() > 0.1;
      return [
        Math.floor(random() * 3),
        there ? BigInt(x) : null,
        BigInt(y),
        x / 7,
        random() < 0.1 ? null : y / 7,
      ];
    });
    const input = inputOf(
      { k: types.int32, x: types.int64, y: types.int64, u: types.float64, v: types.float64 },
      rows,
    );
    const names = ['corr', 'covar_samp', 'covar_pop'] as const;
    const pairs = [
      ['x', 'y'],
      ['u', 'v'],
    ] as const;
    const out = await run(
      input,
      ['k'],
      pairs.flatMap((pair) => names.map((name) => one(name, pair))),
    );
    [...groupsOf(rows).values()].forEach((group, g) => {
      pairs.forEach((_, p) => {
        const both = group.filter((row) => row[1 + 2 * p] !== null && row[2 + 2 * p] !== null);
        const xs = both.map((row) => Number(row[1 + 2 * p]));
        const ys = both.map((row) => Number(row[2 + 2 * p]));
        const n = xs.length;
        const covariance = exactCovariance(xs, ys, n);
        const truth = [
          covariance / Math.sqrt(exactCovariance(xs, xs, n) * exactCovariance(ys, ys, n)),
          exactCovariance(xs, ys, n - 1),
          covariance,
        ];
        truth.forEach((value, i) => near(out[1 + 3 * p + i]![g]!, value, 1e-15, names[i]!));
      });
    });
  }
  const few = inputOf({ x: types.int32, y: types.int32 }, [[1, 1]]);
  const out = await run(
    few,
    [],
    [one('corr', ['x', 'y']), one('covar_samp', ['x', 'y']), one('covar_pop', ['x', 'y'])],
  );
  assert.equal(out, [[NaN], [null], [0]]);
});

test('results are the same bits in any order and any batch size', async () => {
  const random = seeded(6);
  const rows = Array.from(
    { length: 3000 },
    (): Row => [
      Math.floor(random() * 4),
      Math.round((random() - 0.5) * 1e10) / 1e6,
      Math.fround(random() * 1000),
      BigInt(Math.floor((random() - 0.5) * 2 ** 53)),
    ],
  );
  const names = ['sum', 'avg', 'stddev', 'var_pop', 'median', 'min', 'max'] as const;
  const aggregates = ['x', 'f', 'i'].flatMap((name) =>
    names.map((aggregateName) => one(aggregateName, [name])),
  );
  const pairs = [one('corr', ['x', 'f']), one('covar_pop', ['x', 'i'])];
  const byKey = async (order: readonly Row[], size: number): Promise<string[]> => {
    const input = inputOf({ k: types.int32, x: types.float64, f: types.float32, i: types.int64 }, order);
    const out = await run(input, ['k'], [...aggregates, ...pairs.slice(0, 1)], size);
    return out[0]!.map((_, g) => out.map((cells) => String(cells[g])).join(' ')).toSorted();
  };
  const expected = await byKey(rows, 3000);
  for (let round = 0; round < 5; round++) {
    const shuffled = rows.map((row) => [random(), row] as const).toSorted((a, b) => a[0] - b[0]);
    assert.equal(
      await byKey(
        shuffled.map(([, row]) => row),
        1 + Math.floor(random() * 700),
      ),
      expected,
    );
  }
});

test('an integer sum that does not fit int64 is an error, but only the whole sum counts', async () => {
  const most = 2n ** 63n - 1n;
  const input = inputOf({ x: types.int64 }, [[most], [1n], [-1n]]);
  assert.equal(await run(input, [], [one('sum', ['x'])]), [[most]]);
  const over = inputOf({ x: types.int64 }, [[most], [1n]]);
  for (const runtime of [makeRuntime()]) {
    try {
      await run(over, [], [one('sum', ['x'], { name: 'total' })], 17, runtime);
      assert.unreachable();
    } catch (error) {
      assert.is(
        (error as Error).message,
        '"total" overflows: its sum does not fit int64; cast the argument to double or decimal(38,0)',
      );
    }
    assert.is(runtime.arena.reserved, 0);
  }
  assert.equal(await run(over, [], [one('avg', ['x'])]), [[2 ** 62]]);
  const wide = inputOf({ x: types.uint64 }, [[2n ** 64n - 1n]]);
  assert.equal(await run(wide, [], [one('avg', ['x']), one('max', ['x'])]), [[2 ** 64], [2n ** 64n - 1n]]);
});

test('the questions of db-benchmark, against plain loops', async () => {
  const random = seeded(108);
  const count = 100_000;
  const below = (n: number): number => 1 + Math.floor(random() * n);
  const id = (n: number, digits: number): string => `id${String(below(n)).padStart(digits, '0')}`;
  const rows = Array.from({ length: count }, (): Row => {
    const ids = [id(100, 3), id(100, 3), id(1000, 10), below(100), below(100), below(1000)];
    return [...ids, below(5), below(15), Math.round(random() * 1e8) / 1e6];
  });
  const [text, int] = [types.utf8, types.int32];
  const fields = { id1: text, id2: text, id3: text, id4: int, id5: int, id6: int, v1: int, v2: int };
  const input = inputOf({ ...fields, v3: types.float64 }, rows);
  const names = input.schema.fields.map(({ name }) => name);
  const values = (group: readonly Row[], name: string): number[] => {
    const index = names.indexOf(name);
    return group.map((row) => Number(row[index]));
  };
  const sum = (name: string) => (group: readonly Row[]) => BigInt(exactSum(values(group, name)));
  const avg = (name: string) => (group: readonly Row[]) => exactAverage(values(group, name));
  const corr = (group: readonly Row[]): number => {
    const [x, y] = [values(group, 'v1'), values(group, 'v2')];
    const spread = exactCovariance(x, x, 1) * exactCovariance(y, y, 1);
    return exactCovariance(x, y, 1) / Math.sqrt(spread);
  };
  type Answer = readonly [NamedAggregate, (group: readonly Row[]) => Cell];
  const questions: readonly (readonly [readonly string[], readonly Answer[]])[] = [
    [['id1'], [[one('sum', ['v1']), sum('v1')]]],
    [['id1', 'id2'], [[one('sum', ['v1']), sum('v1')]]],
    [
      ['id3'],
      [
        [one('sum', ['v1']), sum('v1')],
        [one('avg', ['v3']), avg('v3')],
      ],
    ],
    [['id4'], ['v1', 'v2', 'v3'].map((name): Answer => [one('avg', [name]), avg(name)])],
    [
      ['id6'],
      [
        [one('sum', ['v1']), sum('v1')],
        [one('sum', ['v2']), sum('v2')],
        [one('sum', ['v3']), (group) => exactSum(values(group, 'v3'))],
      ],
    ],
    [
      ['id3'],
      [
        [one('max', ['v1']), (group) => Math.max(...values(group, 'v1'))],
        [one('min', ['v2']), (group) => Math.min(...values(group, 'v2'))],
      ],
    ],
    [['id2', 'id4'], [[one('corr', ['v1', 'v2']), corr]]],
  ];
  for (const [keys, answers] of questions) {
    const runtime = makeRuntime();
    const aggregates = answers.map(([aggregateOf]) => aggregateOf);
    const out = await run(input, keys, aggregates, 32768, runtime);
    const groups = new Map<string, Row[]>();
    for (const row of rows) {
      const key = keys.map((name) => row[names.indexOf(name)]).join();
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [row]);
      else group.push(row);
    }
    assert.equal(
      out[0]!.map((_, g) => keys.map((_, k) => out[k]![g]).join()),
      [...groups.keys()],
    );
    answers.forEach(([{ aggregate: name }, truth], a) => {
      [...groups.values()].forEach((group, g) => {
        near(out[keys.length + a]![g]!, truth(group), name === 'corr' ? 1e-13 : 3e-16, name);
      });
    });
    assert.is(runtime.arena.reserved, 0);
  }
});

test('text states are rid of what nobody points at', async () => {
  const runtime = makeRuntime(4 * 2 ** 20);
  const rows = Array.from({ length: 400 }, (_, i): Row => [`${1000 + 400 - i}${'x'.repeat(100_000)}`]);
  const input = inputOf({ t: types.utf8 }, rows);
  const out = await run(input, [], [one('min', ['t']), one('last', ['t'])], 3, runtime, true);
  assert.equal(
    out,
    [1001, 1001].map((start) => [`${start}${'x'.repeat(100_000)}`]),
  );
  assert.is(runtime.arena.reserved, 0);
});

test.run();
