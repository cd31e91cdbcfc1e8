import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as types from '../../lib/arrow/types.js';
import { asof } from '../../lib/exec/asof.js';
import { column, double, integer } from '../../lib/plan/make-expr.js';
import { asofJoin, scan } from '../../lib/plan/make-plan.js';
import type { AsofJoin } from '../../lib/plan/plan.js';
import { type Cell, contextOf, makeRuntime, seeded } from '../helpers.js';
import { columnsOf, inputOf, type Row, streamOf } from '../stream-helpers.js';

const test = suite('asof');

const directions = ['backward', 'forward', 'nearest'] as const;

type Options = Pick<AsofJoin, 'kind' | 'direction' | 'allowEqual'> & { readonly tolerance: number | null };

/** Rows are key, near, number; only the nearness of the match is told, since rows that are equally near may stand in for each other. */
function expected(left: readonly Row[], right: readonly Row[], options: Options): string[] {
  const { kind, direction, allowEqual, tolerance } = options;
  return left
    .flatMap((row) => {
      let best: Row | null = null;
      let least = Number.POSITIVE_INFINITY;
      for (const other of right) {
        if (row[0] === null || row[1] === null || other[0] !== row[0] || other[1] === null) continue;
        const difference = Number(other[1]) - Number(row[1]);
        if (difference === 0 && !allowEqual) continue;
        if (direction === 'backward' && difference > 0) continue;
        if (direction === 'forward' && difference < 0) continue;
        const distance = Math.abs(difference);
        if (tolerance !== null && distance > tolerance) continue;
        const earlier = best !== null && Number(other[1]) < Number(best[1]);
        if (distance > least || (distance === least && !earlier)) continue;
        least = distance;
        best = other;
      }
      if (best === null && kind === 'inner') return [];
      return [told([...row, ...(best === null ? [null, null] : [best[0]!, best[1]!])])];
    })
    .sort();
}

const told = (cells: readonly Cell[]): string => cells.map(String).join('|');

async function check(
  nearType: types.DataType,
  left: readonly Row[],
  right: readonly Row[],
  options: Options,
  share: number,
  size: number,
): Promise<number> {
  const runtime = makeRuntime(24 * 2 ** 20);
  const context = contextOf(runtime, { share });
  const side = (name: string, rows: readonly Row[]) =>
    inputOf({ [`${name}k`]: types.utf8, [`${name}n`]: nearType, [`${name}i`]: types.int32 }, rows);
  const [a, b] = [side('l', left), side('r', right)];
  const source = { format: 'test', paths: [], options: {}, rows: 1, bytes: null, statistics: null };
  const [l, r] = [scan(source, a.schema), scan(source, b.schema)];
  const { tolerance } = options;
  const plan = asofJoin(l, r, {
    ...options,
    on: [{ left: column('lk'), right: column('rk') }],
    nearest: { left: column('ln'), right: column('rn') },
    tolerance:
      tolerance === null ? null : Number.isInteger(tolerance) ? integer(tolerance) : double(tolerance),
  });
  const stream = asof(plan, (input) => streamOf(input === l ? a : b, size, runtime), context);
  const columns = await columnsOf(stream, 6, runtime);
  const ours = columns[0]!.map((_, i) => told(columns.slice(0, 5).map((cells) => cells[i]!)));
  const what = JSON.stringify([types.typeName(nearType), options, share]);
  assert.equal(ours.sort(), expected(left, right, options), what);
  assert.is(runtime.arena.reserved, 0, what);
  assert.is(context.spills.held, 0, what);
  const { written } = context.spills;
  await context.spills.release();
  return written;
}

function rowsOf(count: number, near: () => Cell, keys: number, random: () => number): Row[] {
  return Array.from({ length: count }, (_, i): Row => {
    if (random() < 0.03) return [null, near(), i];
    return [`k${Math.floor(random() * keys)}`, random() < 0.03 ? null : near(), i];
  });
}

test('every direction, values that meet often', async () => {
  const random = seeded(1);
  const below = (n: number): number => Math.floor(random() * n);
  const nears: readonly (readonly [types.DataType, () => Cell])[] = [
    [types.int32, () => below(60) - 30],
    [types.float64, () => below(60) / 2 - 7],
    [types.date, () => below(60)],
    [types.timestamp(), () => BigInt(below(60)) * 1000n],
    [types.uint64, () => BigInt(below(60))],
  ];
  let round = 0;
  for (const [type, near] of nears)
    for (const direction of directions)
      for (const allowEqual of [true, false])
        for (const tolerance of [null, 3]) {
          const kind = round % 2 === 0 ? 'left' : 'inner';
          const left = rowsOf(70, near, 4, random);
          const right = round % 11 === 10 ? [] : rowsOf(60, near, 4, random);
          await check(
            type,
            left,
            right,
            { kind, direction, allowEqual, tolerance },
            8 * 2 ** 20,
            1 + (round % 9),
          );
          round++;
        }
});

test('many rows of few values, in small batches and from the disk', async () => {
  const random = seeded(2);
  const near = (): Cell => Math.floor(random() * 12);
  for (const direction of directions)
    for (const allowEqual of [true, false]) {
      const left = rowsOf(900, near, 2, random);
      const right = rowsOf(1200, near, 2, random);
      await check(
        types.int32,
        left,
        right,
        { kind: 'left', direction, allowEqual, tolerance: null },
        8 * 2 ** 20,
        40,
      );
    }
  const wide = (): Cell => Math.floor(random() * 1e6);
  const left = rowsOf(300, wide, 3, random);
  const right = rowsOf(60_000, wide, 200, random);
  const options = { kind: 'left', direction: 'nearest', allowEqual: true, tolerance: 500 } as const;
  const written = await check(types.int32, left, right, options, 2 ** 20, 4000);
  assert.ok(written > 0, 'it spilled');
});

test.run();
