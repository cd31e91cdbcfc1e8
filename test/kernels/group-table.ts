import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fixedVector, type Vector } from '../../lib/arrow/batch.js';
import * as types from '../../lib/arrow/types.js';
import type { Runtime } from '../../lib/formats/format.js';
import { GroupTable } from '../../lib/kernels/group-table.js';
import { type Cell, cellsOf, codedVectorOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('group table');

const pools: readonly { readonly type: types.DataType; readonly values: readonly Cell[] }[] = [
  { type: types.bool, values: [true, false] },
  { type: types.int8, values: [-128, 127, 0, 5] },
  { type: types.uint8, values: [255, 0, 7] },
  { type: types.int16, values: [-32768, 32767, 1] },
  { type: types.uint16, values: [65535, 0, 2] },
  { type: types.int32, values: [-(2 ** 31), 2 ** 31 - 1, 0, 1, 2, 3] },
  { type: types.int32, values: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
  { type: types.uint32, values: [0, 1, 4294967295] },
  { type: types.int64, values: [-(2n ** 63n), 2n ** 63n - 1n, 0n, 1n, 2n ** 53n + 1n, 2n ** 53n] },
  { type: types.int64, values: [10n, 11n, 12n, -4n] },
  { type: types.uint64, values: [0n, 2n ** 64n - 1n, 2n ** 63n] },
  { type: types.float32, values: [0, -0, NaN, 1.5, -Infinity] },
  { type: types.float64, values: [0, -0, NaN, 0.1, Infinity, 5e-324] },
  { type: types.date, values: [-719162, 0, 20000] },
  { type: types.timestamp(), values: [0n, 1_700_000_000_000_000n, -1n] },
  { type: types.decimal(38, 4), values: [10n ** 37n, -(10n ** 37n), 0n, 1n] },
  { type: types.utf8, values: ['', 'a', 'ab', 'Ärger', 'x'.repeat(100)] },
];

// String(-0) is '0'.
const same = (cell: Cell): string => `${typeof cell} ${String(cell)}`;

/** Groups the rows batch by batch and compares with a map. */
function check(
  runtime: Runtime,
  columns: readonly { readonly type: types.DataType; readonly cells: readonly Cell[] }[],
  rows: number,
  batch: number,
  coded: boolean,
): void {
  const { arena, kernels } = runtime;
  const table = new GroupTable(
    columns.map(({ type }) => type),
    arena,
    kernels,
    'test',
  );
  const region = arena.region('test');
  const known = new Map<string, number>();
  const firsts: number[] = [];
  for (let from = 0; from < rows; from += batch) {
    region.reset();
    const length = Math.min(batch, rows - from);
    const vectors = columns.map(({ type, cells }): Vector => {
      const slice = cells.slice(from, from + length);
      return coded && type.kind === 'utf8'
        ? codedVectorOf(type, slice, region, runtime)
        : vectorOf(type, slice, region);
    });
    const before = table.count;
    const { groups, fresh, freshCount } = table.assign(vectors, length, region);
    const expected: number[] = [];
    const begun: number[] = [];
    for (let i = 0; i < length; i++) {
      const key = columns.map(({ cells }) => same(cells[from + i]!)).join('|');
      if (!known.has(key)) {
        known.set(key, known.size);
        firsts.push(from + i);
        begun.push(i);
      }
      expected.push(known.get(key)!);
    }
    assert.equal([...new Int32Array(arena.buffer, groups, length)], expected);
    assert.equal([...new Int32Array(arena.buffer, fresh, freshCount)], begun);
    assert.is(table.count, before + freshCount);
  }
  region.reset();
  const keys = table.columns(0, table.count, region).map((column) => cellsOf(column, arena).map(same));
  const expected = columns.map(({ cells }) => firsts.map((row) => same(cells[row]!)));
  assert.equal(keys, expected);
  if (table.count > 3) {
    const part = table.columns(2, table.count - 3, region).map((column) => cellsOf(column, arena).map(same));
    assert.equal(
      part,
      expected.map((cells) => cells.slice(2, -1)),
    );
  }
  region.release();
  table.release();
}

function column(pool: (typeof pools)[number], rows: number, nulls: number, random: () => number) {
  const cells = Array.from({ length: rows }, () =>
    random() < nulls ? null : pool.values[Math.floor(random() * pool.values.length)]!,
  );
  return { type: pool.type, cells };
}

test('one key of each type, with and without nulls', () => {
  const random = seeded(1);
  for (const pool of pools)
    for (const nulls of [0, 0.2, 1])
      for (const rows of [0, 1, 63, 65, 200]) {
        const runtime = makeRuntime();
        check(runtime, [column(pool, rows, nulls, random)], rows, 64, false);
        assert.is(runtime.arena.reserved, 0);
      }
});

test('random combinations of keys', () => {
  const random = seeded(2);
  for (let round = 0; round < 150; round++) {
    const runtime = makeRuntime();
    const rows = Math.floor(random() * 300);
    const chosen = Array.from({ length: 1 + Math.floor(random() * 10) }, () => {
      const pool = pools[Math.floor(random() * pools.length)]!;
      return column(pool, rows, random() < 0.5 ? 0 : 0.1, random);
    });
    check(runtime, chosen, rows, 1 + Math.floor(random() * 100), random() < 0.3);
  }
});

test('nulls that appear late, in direct and in hashed tables', () => {
  for (const type of [types.int32, types.float64, types.utf8, types.bool]) {
    const runtime = makeRuntime();
    const of = (i: number): Cell =>
      i > 150 && i % 7 === 0
        ? null
        : type === types.utf8
          ? `t${i % 50}`
          : type === types.bool
            ? i % 2 === 0
            : i % 50;
    const cells = Array.from({ length: 300 }, (_, i) => of(i));
    check(runtime, [{ type, cells }], 300, 32, false);
    assert.is(runtime.arena.reserved, 0);
  }
});

test('a domain that widens, upwards and downwards, until it is too large', () => {
  const runtime = makeRuntime();
  const cells = Array.from({ length: 4000 }, (_, i): Cell => (i % 2 === 0 ? 1 : -1) * Math.floor(1.006 ** i));
  check(runtime, [{ type: types.int32, cells }], 3500, 100, false);
  const ids = Array.from({ length: 4000 }, (_, i): Cell => BigInt(i) + 5_000_000_000n);
  check(runtime, [{ type: types.int64, cells: ids }], 4000, 100, false);
  const edge = Array.from({ length: 200 }, (_, i): Cell => -(2 ** 31) + ((i * 37) % 101));
  check(runtime, [{ type: types.int32, cells: edge.toReversed() }], 200, 10, false);
  assert.is(runtime.arena.reserved, 0);
});

test('many groups: slots and key rows grow', () => {
  const runtime = makeRuntime();
  const random = seeded(3);
  const rows = 30000;
  const many = Array.from({ length: rows }, () => Math.floor(random() * 20000) * 1e5);
  check(runtime, [{ type: types.int64, cells: many.map(BigInt) }], rows, 5000, false);
  const texts = Array.from({ length: rows }, () => `t${Math.floor(random() * 20000)}`);
  const numbers = many.map((value): Cell => value / 3);
  check(
    runtime,
    [
      { type: types.utf8, cells: texts },
      { type: types.float64, cells: numbers },
    ],
    rows,
    5000,
    false,
  );
  assert.is(runtime.arena.reserved, 0);
});

test('no keys are one group; a column of untyped nulls is one value', () => {
  const { arena, kernels } = makeRuntime();
  const region = arena.region('test');
  const none = new GroupTable([], arena, kernels, 'test');
  const first = none.assign([], 5, region);
  assert.equal([...new Int32Array(arena.buffer, first.groups, 5)], [0, 0, 0, 0, 0]);
  assert.is(first.freshCount, 1);
  assert.is(none.assign([], 5, region).freshCount, 0);
  const nulls = new GroupTable([types.nullType], arena, kernels, 'test');
  const column: Vector = {
    type: types.nullType,
    length: 9,
    validity: 0,
    data: 0,
    offsets: 0,
    dictionary: null,
  };
  assert.is(nulls.assign([column], 9, region).freshCount, 1);
  assert.equal(cellsOf(nulls.columns(0, 1, region)[0]!, arena), [null]);
  for (const held of [none, nulls, region]) held.release();
  assert.is(arena.reserved, 0);
});

test('groups that do not fit are a memory error of the owner', () => {
  const { arena, kernels } = makeRuntime(2 * 2 ** 20);
  const table = new GroupTable([types.float64], arena, kernels, 'aggregate');
  const region = arena.region('input');
  const grow = (): void => {
    for (let n = 0; ; n += 1000) {
      region.reset();
      const cells = Array.from({ length: 1000 }, (_, i) => n + i + 0.5);
      table.assign([vectorOf(types.float64, cells, region)], 1000, region);
    }
  };
  assert.throws(grow, /^aggregate needs .* more, but .* of the .* data budget are in use; raise --memory$/);
  table.release();
  region.release();
  assert.is(arena.reserved, 0);
});

test('a full table knows none of the keys that it does not have, though some have the hash of one that it has', () => {
  const { arena, kernels } = makeRuntime();
  const table = new GroupTable([types.float64], arena, kernels, 'test', (groups) => groups <= 2 ** 17);
  const region = arena.region('test');
  const assign = (first: number, length: number): number => {
    region.reset();
    const data = region.reserve(length * 8);
    for (let i = 0; i < length; i++) arena.view.setFloat64(data + i * 8, first + i + 0.5, true);
    return table.assign([fixedVector(types.float64, length, data)], length, region).knownCount;
  };
  const held = 2 ** 16;
  for (let first = 0; first < 2 * held; first += held) assert.is(assign(first, held), held);
  // By chance a pair of some four billion has the same hash; here are forty billion pairs.
  for (let first = 2 * held; first < 7 * held; first += held) assert.is(assign(first, held), 0);
  assert.is(assign(0, held), held);
  assert.is(table.count, 2 * held);
  table.release();
  region.release();
  assert.is(arena.reserved, 0);
});

test('a full table finds what it has, and nothing else', () => {
  const runtime = makeRuntime();
  const { arena, kernels } = runtime;
  const random = seeded(31);
  const most = 100_000;
  const rows = 20_000;
  for (const width of [2, 4, 6]) {
    const table = new GroupTable(
      Array(width).fill(types.int32),
      arena,
      kernels,
      'test',
      (groups) => groups <= most,
    );
    const region = arena.region('test');
    const known = new Map<number, number>();
    for (let batch = 0; batch < 20; batch++) {
      region.reset();
      const values = Array.from({ length: rows }, () => Math.floor(random() * 400_000) * 5000);
      const keys = Array.from({ length: width }, (_, k) =>
        vectorOf(
          types.int32,
          values.map((value) => value - k),
          region,
        ),
      );
      const { groups, knownCount, unknown } = table.assign(keys, rows, region);
      const missing: number[] = [];
      values.forEach((value, row) => {
        const group = arena.view.getInt32(groups + row * 4, true);
        if (!known.has(value) && group >= 0) known.set(value, group);
        if (group < 0) missing.push(row);
        if (group !== (known.get(value) ?? -1)) assert.is(group, known.get(value) ?? -1);
      });
      assert.is(knownCount, rows - missing.length);
      if (missing.length > 0)
        assert.equal([...new Int32Array(arena.buffer, unknown, missing.length)], missing);
    }
    assert.ok(table.frozen && table.count > most / 2);
    assert.is(known.size, table.count);
    region.release();
    table.release();
    assert.is(arena.reserved, 0);
  }
});

test.run();
