import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { call, column, integer } from '../../lib/plan/make-expr.js';
import { contextOf, makeRuntime, randomCells, seeded } from '../helpers.js';
import type { Row } from '../stream-helpers.js';
import { type Case, expected, joined, kinds, sideOf } from './join-helpers.js';

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

test.run();
