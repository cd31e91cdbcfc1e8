import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noStatistics } from '../../lib/arrow/statistics.js';
import * as types from '../../lib/arrow/types.js';
import { SpillwayError } from '../../lib/errors.js';
import { join } from '../../lib/exec/join.js';
import { call, column, integer, named } from '../../lib/plan/make-expr.js';
import { filter, join as makeJoin, project, scan } from '../../lib/plan/make-plan.js';
import type { Filter, Plan, Project, Scan } from '../../lib/plan/plan.js';
import { type Cell, contextOf, makeRuntime, randomCells, seeded } from '../helpers.js';
import { columnsOf, type Row, streamOf } from '../stream-helpers.js';
import { type Case, expected, joined, kinds, planOf, sideOf } from './join-helpers.js';

const test = suite('join');

const keyTypes: readonly types.DataType[] = [
  types.bool,
  types.int8,
  types.int16,
  types.int32,
  types.int64,
  types.uint8,
  types.uint32,
  types.uint64,
  types.float32,
  types.float64,
  types.date,
  types.timestamp(),
  types.decimal(20, 2),
  types.utf8,
];

/** `keys`, then a number of the row, then a text that tells nothing. */
function rowsOf(keys: readonly types.DataType[], count: number, nulls: number, random: () => number): Row[] {
  const columns = keys.map((type) => randomCells(type, count, random, nulls));
  const payload = randomCells(types.utf8, count, random);
  return Array.from({ length: count }, (_, i) => [...columns.map((cells) => cells[i]!), i, payload[i]!]);
}

const runtime = makeRuntime(24 * 2 ** 20);

async function check(given: Case, what: string): Promise<void> {
  const context = contextOf(runtime);
  assert.equal(await joined(given, context), expected(given), what);
  assert.is(runtime.arena.reserved, 0, what);
}

test('every kind, keys of every type, either side held', async () => {
  const random = seeded(5);
  for (const type of keyTypes)
    for (const kind of kinds) {
      const all = [type, types.int32, types.utf8];
      const left = sideOf('l', all, rowsOf([type], 130, 0.1, random));
      const right = sideOf('r', all, rowsOf([type], 90, 0.1, random));
      for (const holds of ['left', 'right'] as const) {
        const nullsEqual = random() < 0.3;
        const given: Case = { kind, left, right, on: [[0, 0]], holds, nullsEqual };
        await check(given, `${kind} on ${types.typeName(type)}, ${holds} held, nulls equal: ${nullsEqual}`);
      }
    }
});

test('several keys', async () => {
  const random = seeded(6);
  const pick = (): types.DataType => keyTypes[Math.floor(random() * keyTypes.length)]!;
  for (let round = 0; round < 60; round++) {
    const keys = Array.from({ length: 2 + Math.floor(random() * 3) }, pick);
    const all = [...keys, types.int32, types.utf8];
    const few = keys.map((type) => randomCells(type, 4, random, 0.2));
    const row = (i: number): Row => [
      ...few.map((cells) => cells[Math.floor(random() * cells.length)]!),
      i,
      `${i}`,
    ];
    const left = sideOf(
      'l',
      all,
      Array.from({ length: 60 }, (_, i) => row(i)),
    );
    const right = sideOf(
      'r',
      all,
      Array.from({ length: 40 }, (_, i) => row(i)),
    );
    const kind = kinds[round % kinds.length]!;
    const on = keys.map((_, i) => [i, i] as const);
    const holds = random() < 0.5 ? 'left' : 'right';
    const given: Case = { kind, left, right, on, holds, nullsEqual: random() < 0.5 };
    await check(given, `round ${round}: ${kind} on ${keys.map(types.typeName).join(', ')}`);
  }
});

test('keys that lie apart, but not far', async () => {
  const random = seeded(13);
  // Found by rank: more than 65,536 words, no more than 1,048,576.
  const apart = { int: [types.int32, types.uint32, types.int64, types.uint64], short: types.int16 };
  const pick = (type: types.DataType, step: number): Cell => {
    if (random() < 0.1) return null;
    const value = Math.floor(random() * 90) * step;
    return types.widthOf(type) === 8 ? BigInt(value) : value;
  };
  for (const [i, type] of apart.int.entries())
    for (const [j, kind] of kinds.entries()) {
      const all = [type, apart.short, types.int32];
      const rows = (count: number): Row[] =>
        Array.from({ length: count }, (_, n) => [pick(type, 5003), pick(apart.short, 11), n]);
      const on =
        j % 2 === 0
          ? ([[0, 0]] as const)
          : ([
              [0, 0],
              [1, 1],
            ] as const);
      // Keys of two columns: so few of the first that there are no more words.
      const sides = [rows(400), rows(300)].map((side) =>
        on.length === 1 ? side : side.map(([a, ...rest]): Row => [a === null ? a : narrowed(a!), ...rest]),
      );
      const left = sideOf('l', all, sides[0]!);
      const right = sideOf('r', all, sides[1]!);
      const holds = (i + j) % 2 === 0 ? 'left' : 'right';
      const nullsEqual = i % 2 === 1;
      await check({ kind, left, right, on, holds, nullsEqual }, `round ${i} ${j}: ${kind}`);
    }

  function narrowed(value: Cell): Cell {
    return typeof value === 'bigint' ? (value / 5003n) % 80n : (Number(value) / 5003) % 80;
  }
});

test('a condition decides what matches', async () => {
  const random = seeded(7);
  const all = [types.int64, types.int32, types.utf8];
  const sides = [80, 70].map((count) =>
    Array.from({ length: count }, (_, i): Row => [BigInt(Math.floor(random() * 9)), i, `${i % 5}`]),
  );
  const condition = {
    expr: call('lt', call('add', column('l1'), integer(20)), column('r1')),
    holds: (left: Row, right: Row) => Number(left[1]) + 20 < Number(right[1]),
  };
  for (const kind of [...kinds, 'cross'] as const)
    for (const holds of ['left', 'right'] as const)
      for (const on of [[[0, 0]], []] as const) {
        if (kind === 'cross' && on.length > 0) continue;
        const left = sideOf('l', all, sides[0]!);
        const right = sideOf('r', all, sides[1]!);
        await check({ kind, left, right, on, condition, holds }, `${kind}, ${on.length} keys, ${holds} held`);
      }
});

test('sides without rows', async () => {
  const random = seeded(8);
  const all = [types.utf8, types.int32, types.utf8];
  const some = rowsOf([types.utf8], 30, 0.1, random);
  for (const kind of [...kinds, 'cross'] as const)
    for (const [l, r] of [
      [some, []],
      [[], some],
      [[], []],
    ] as const)
      for (const holds of ['left', 'right'] as const)
        await check(
          {
            kind,
            left: sideOf('l', all, l),
            right: sideOf('r', all, r),
            on: kind === 'cross' ? [] : [[0, 0]],
            holds,
          },
          `${kind}, ${l.length} and ${r.length} rows, ${holds} held`,
        );
});

test('a row with very many matches', async () => {
  const left = sideOf(
    'l',
    [types.int32, types.int32],
    [
      [1, 1],
      [2, 2],
      [1, 3],
    ],
  );
  const many = Array.from({ length: 100_000 }, (_, i): Row => [i % 3 === 0 ? 7 : 1, i]);
  const right = sideOf('r', [types.int32, types.int32], many);
  for (const holds of ['left', 'right'] as const)
    for (const kind of ['full'] as const)
      await check({ kind, left, right, on: [[0, 0]], holds, batchRows: 65536 }, `${kind}, ${holds} held`);
});

test('chunks of the probe side that hold no key of the build side are not read', async () => {
  const context = contextOf(runtime);
  const left = sideOf(
    'l',
    [types.int64, types.int32],
    [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [BigInt(i * 10), i]),
  );
  const right = sideOf('r', [types.int32], [[33], [50], [null]]);
  const chunks = [0, 1, 2, 3].map((i) => {
    const bounds = { ...noStatistics, min: BigInt(i * 20), max: BigInt(i * 20 + 10) };
    return { rows: 2, bytes: 0, columns: [bounds, { ...noStatistics, min: i * 2, max: i * 2 + 1 }] };
  });
  const source = { format: 'test', paths: [], options: {}, rows: 8, bytes: null };
  const key = { left: column('x'), right: column('r0') };
  const scanned = scan({ ...source, statistics: { chunks, columns: [] } }, left.schema);
  const l = project(filter(scanned, call('ge', column('l1'), integer(0))), [named('x', column('l0'))]);
  const r = scan({ ...source, rows: 1, statistics: null }, right.schema);
  for (const [kind, expectedChunks] of [
    ['inner', [2]],
    ['semi', [2]],
    ['left', null],
  ] as const) {
    const read: Plan[] = [];
    const open = (plan: Plan) => {
      read.push(plan);
      return streamOf(plan === r ? right : { ...left, rows: left.rows.map((row) => [row[0]!]) }, 3, runtime);
    };
    const columns = await columnsOf(
      join(makeJoin(l, r, kind, [key]), open, context),
      kind === 'semi' ? 1 : 2,
      runtime,
    );
    assert.is(columns[0]!.length, kind === 'left' ? 8 : 1);
    const probed = read[1] as Project;
    const { chunks: chosen } = (probed.input as Filter).input as Scan;
    assert.equal(chosen, expectedChunks);
    assert.is(runtime.arena.reserved, 0);
  }
});

test('who stops early, and who aborts, leaves nothing behind', async () => {
  const random = seeded(11);
  const make = (): Row[] =>
    Array.from({ length: 3000 }, (_, i): Row => [Math.floor(random() * 50), i, 'y'.repeat(600)]);
  const all = [types.int32, types.int32, types.utf8];
  for (const share of [2 ** 20, 12 * 2 ** 20])
    for (const how of ['return', 'abort'] as const) {
      const stop = new AbortController();
      const context = contextOf({ ...runtime, signal: stop.signal }, { share });
      const { plan, inputs } = planOf({
        kind: 'full',
        left: sideOf('l', all, make()),
        right: sideOf('r', all, make()),
        on: [[0, 0]],
      });
      const open = (input: Plan) => streamOf(inputs.get(input)!, 100, runtime);
      let seen = 0;
      let failed: unknown = null;
      try {
        for await (const batch of join(plan, open, context)) {
          seen += batch.length;
          if (how === 'return') break;
          stop.abort();
        }
      } catch (error) {
        failed = error;
      }
      assert.ok(seen > 0);
      assert.is(failed instanceof SpillwayError && failed.code, how === 'abort' ? 'aborted' : false);
      assert.is(runtime.arena.reserved, 0);
      assert.is(context.spills.held, 0);
      await context.spills.release();
    }
});

test('rows that do not fit go to the disk', async () => {
  const random = seeded(9);
  const all = [types.int32, types.utf8, types.int64, types.utf8];
  const below = (n: number): number => Math.floor(random() * n);
  const make = (count: number, keys: number, heavy: number): Row[] =>
    Array.from({ length: count }, (_, i): Row => {
      if (random() < 0.02) return [null, null, BigInt(i), null];
      const key = random() < heavy ? 7 : below(keys);
      return [key, `key ${key}`, BigInt(i), 'x'.repeat(300 + below(300))];
    });
  const spread = [make(3000, 6000, 0), make(3500, 6000, 0)] as const;
  const heavy = [make(5, 50, 0.2), make(3500, 800, 0.8)] as const;
  const onlyOne = [make(2, 1, 0), make(3500, 1, 0)] as const;
  const condition = {
    expr: call('ne', call('add', column('l2'), column('r2')), integer(77)),
    holds: (left: Row, right: Row) => Number(left[2]) + Number(right[2]) !== 77,
  };
  for (const [what, [l, r]] of Object.entries({ spread, heavy, onlyOne }))
    for (const kind of kinds) {
      const [left, right] = [sideOf('l', all, l), sideOf('r', all, r)];
      for (const on of [
        [[0, 0]],
        [[1, 1]],
        [
          [1, 1],
          [0, 0],
        ],
      ] as const)
        for (const more of [{}, { condition }, { nullsEqual: true }]) {
          if (what !== 'spread' && 'nullsEqual' in more) continue;
          const holds = what === 'spread' && on.length === 1 && on[0]![0] === 0 ? 'left' : 'right';
          const given: Case = { kind, left, right, on, holds, batchRows: 500, ...more };
          const told = `${what}: ${kind} on ${on.length} keys from ${on[0]![0]}, ${holds} held, ${Object.keys(more)}`;
          const context = contextOf(runtime, { share: 2 ** 20 });
          assert.equal(await joined(given, context), expected(given), told);
          assert.ok(context.spills.written > 0, told);
          assert.is(context.spills.held, 0, told);
          assert.is(runtime.arena.reserved, 0, told);
          await context.spills.release();
        }
    }
});

test('probe rows without a partner do not go to the disk', async () => {
  const all = [types.int32, types.utf8];
  const make = (count: number, from: number): Row[] =>
    Array.from({ length: count }, (_, i): Row => [from + i, `${i}`.padEnd(400)]);
  const left = sideOf('l', all, make(6000, 0));
  const written: number[] = [];
  // All or a twentieth of them have one.
  for (const from of [0, 5700])
    for (const kind of ['inner', 'left', 'anti', 'full'] as const) {
      const right = sideOf('r', all, make(6000, from));
      const context = contextOf(runtime, { share: 2 ** 20 });
      const given: Case = { kind, left, right, on: [[0, 0]], holds: 'right', batchRows: 500 };
      assert.equal(await joined(given, context), expected(given), `${kind} from ${from}`);
      assert.is(runtime.arena.reserved, 0);
      written.push(context.spills.written);
      await context.spills.release();
    }
  for (const [i, all] of written.slice(0, 4).entries()) {
    const few = written[i + 4]!;
    assert.ok(few < all * 0.7, `${few} of ${all} bytes`);
  }
});

test('many equal keys on both sides, of which few rows are taken', async () => {
  const all = [types.int32, types.utf8];
  const rows = Array.from({ length: 30_000 }, (_, i): Row => [7, `${i}`.padEnd(60)]);
  for (const share of [2 ** 20, 12 * 2 ** 20]) {
    const context = contextOf(runtime, { share });
    const { plan, inputs } = planOf({
      kind: 'inner',
      left: sideOf('l', all, rows),
      right: sideOf('r', all, rows),
      on: [[0, 0]],
    });
    let seen = 0;
    for await (const batch of join(plan, (input) => streamOf(inputs.get(input)!, 5000, runtime), context)) {
      seen += batch.length;
      if (seen > 100_000) break;
    }
    assert.ok(seen > 100_000);
    assert.is(context.spills.written > 0, share === 2 ** 20);
    assert.is(runtime.arena.reserved, 0);
    assert.is(context.spills.held, 0);
    await context.spills.release();
  }
});

test('long texts behind short ones, by which the size of chunks was guessed', async () => {
  const random = seeded(31);
  const long = Array.from({ length: 64 }, (_, i) => `${i}`.padEnd(20_000, 'long '));
  const text = (row: number): Cell => (row < 400 ? 'short' : random() < 0.05 ? null : long[row % 64]!);
  const all = [types.int32, types.utf8];
  const left = sideOf(
    'l',
    all,
    Array.from({ length: 900 }, (_, row) => [Math.floor(random() * 1500), `${row}`]),
  );
  const right = sideOf(
    'r',
    all,
    Array.from({ length: 1200 }, (_, row) => [Math.floor(random() * 1500), text(row)]),
  );
  const small = makeRuntime(20 * 2 ** 20);
  for (const kind of kinds) {
    const context = contextOf(small, { share: 8 * 2 ** 20 });
    const given: Case = { kind, left, right, on: [[0, 0]], holds: 'right' };
    assert.equal(await joined(given, context), expected(given), kind);
    assert.ok(context.spills.written > 0);
    assert.is(small.arena.reserved, 0);
    await context.spills.release();
  }
});

test.run();
