/** Sorts compared with a stable sort of plain rows: roomy, in runs, in several passes; with limits; of all types. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Batch } from '../../lib/arrow/batch.js';
import type { DataType } from '../../lib/arrow/types.js';
import * as types from '../../lib/arrow/types.js';
import type { Context, Stream } from '../../lib/exec/context.js';
import { sortBatches } from '../../lib/exec/sort/sort-batches.js';
import { Interner } from '../../lib/kernels/interner.js';
import type { SortColumn } from '../../lib/kernels/row-order.js';
import {
  batchOf,
  type Cell,
  cellsOf,
  contextOf,
  makeRuntime,
  randomCells,
  seeded,
  vectorOf,
} from '../helpers.js';

const test = suite('sort');

interface Case {
  readonly types: readonly DataType[];
  /** Columns of cells. */
  readonly cells: readonly (readonly Cell[])[];
  readonly coded?: readonly number[];
  readonly keys: readonly SortColumn[];
  readonly limit?: number;
}

const up = (column: number): SortColumn => ({ column, descending: false, nullsFirst: false });
const down = (column: number): SortColumn => ({ column, descending: true, nullsFirst: false });

/** Batches of random lengths, each in a region of its own that is gone when the next is asked for. */
async function* streamOf(data: Case, context: Context, random: () => number, most: number): Stream {
  const length = data.cells[0]!.length;
  const region = context.arena.region('input');
  const interners = (data.coded ?? []).map(() => new Interner(context.arena, context.kernels, 'input'));
  try {
    for (let from = 0; from < length; ) {
      const to = Math.min(length, from + 1 + Math.floor(random() * most));
      region.reset();
      const columns = data.types.map((type, i) => {
        const cells = data.cells[i]!.slice(from, to);
        const plain = vectorOf(type, cells, region);
        return interners[data.coded?.indexOf(i) ?? -1]?.intern(plain, region) ?? plain;
      });
      yield batchOf(columns);
      context.arena.bytes.fill(0xee, columns[0]!.data, columns[0]!.data + 16);
      from = to;
    }
  } finally {
    region.release();
    for (const interner of interners) interner.release();
  }
}

function compareCells(a: Cell, b: Cell): number {
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  }
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}

function naive({ cells, keys, limit }: Case): Cell[][] {
  const rows = cells[0]!.map((_, row) => row);
  rows.sort((a, b) => {
    for (const { column, descending, nullsFirst } of keys) {
      const x = cells[column]![a]!;
      const y = cells[column]![b]!;
      if (x === null || y === null) {
        if (x === y) continue;
        return (x === null) === nullsFirst ? -1 : 1;
      }
      const order = compareCells(x, y);
      if (order !== 0) return descending ? -order : order;
    }
    return a - b;
  });
  return cells.map((column) => rows.slice(0, limit).map((row) => column[row]!));
}

async function sorted(
  data: Case,
  options: { arena: number; share?: number; most?: number; seed?: number },
): Promise<{ cells: Cell[][]; written: number }> {
  const runtime = makeRuntime(options.arena);
  const context = contextOf(runtime, options.share === undefined ? {} : { share: options.share });
  const input = streamOf(data, context, seeded(options.seed ?? 1), options.most ?? 5000);
  const cells: Cell[][] = data.types.map(() => []);
  const take = (batch: Batch): void => {
    batch.columns.forEach((column, i) => {
      assert.is(column.length, batch.length);
      for (const cell of cellsOf(column, context.arena)) cells[i]!.push(cell);
    });
  };
  for await (const batch of sortBatches(input, data.types, data.keys, data.limit ?? null, context))
    take(batch);
  const { written } = context.spills;
  assert.is(context.spills.held, 0);
  assert.is(runtime.arena.reserved, 0);
  await context.spills.release();
  return { cells, written };
}

/** Says where the first difference is: a diff of thousands of rows helps nobody. */
function same(actual: readonly Cell[][], expected: readonly Cell[][], what = ''): void {
  expected.forEach((column, i) => {
    assert.is(actual[i]!.length, column.length, `${what}: rows`);
    const row = column.findIndex((cell, k) => {
      const other = actual[i]![k]!;
      return other !== cell && !(Number.isNaN(other) && Number.isNaN(cell));
    });
    if (row >= 0)
      assert.unreachable(`${what}: column ${i}, row ${row}: ${actual[i]![row]}, not ${column[row]}`);
  });
}

const allTypes: readonly DataType[] = [
  types.bool,
  types.int8,
  types.int16,
  types.int32,
  types.int64,
  types.uint8,
  types.uint16,
  types.uint32,
  types.uint64,
  types.float32,
  types.float64,
  types.date,
  types.utf8,
  types.timestamp(),
  types.decimal(20, 2),
];

const numbers = (length: number): Cell[] => Array.from({ length }, (_, i) => i);

test('every type, both directions, nulls at both ends, plain and coded', async () => {
  const random = seeded(2);
  for (const type of allTypes) {
    const length = 1000;
    for (const [descending, nullsFirst] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const)
      for (const coded of type.kind === 'utf8' ? [[], [0]] : [[]]) {
        const data: Case = {
          types: [type, types.int32],
          cells: [randomCells(type, length, random), numbers(length)],
          coded,
          keys: [{ column: 0, descending, nullsFirst }],
        };
        const expected = naive(data);
        const roomy = await sorted(data, { arena: 64 * 2 ** 20 });
        assert.is(roomy.written, 0);
        same(roomy.cells, expected, `${type.kind} ${descending} ${nullsFirst} ${coded}`);
      }
  }
});

test('random keys, roomy and in runs: one result', async () => {
  const random = seeded(3);
  for (let round = 0; round < 24; round++) {
    const length = Math.floor(random() * 6000);
    const columns = Array.from(
      { length: 1 + Math.floor(random() * 4) },
      () => allTypes[Math.floor(random() * allTypes.length)]!,
    );
    const cells = columns.map((type) => randomCells(type, length, random, random() < 0.5 ? 0 : 0.2));
    const keys = Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
      column: Math.floor(random() * columns.length),
      descending: random() < 0.5,
      nullsFirst: random() < 0.5,
    }));
    const data: Case = {
      types: [...columns, types.int64],
      cells: [...cells, Array.from({ length }, (_, i) => BigInt(i))],
      coded: columns.flatMap((type, i) => (type.kind === 'utf8' && random() < 0.5 ? [i] : [])),
      keys,
      ...(random() < 0.3 ? { limit: Math.floor(random() * length * 1.2) } : {}),
    };
    const expected = naive(data);
    const what = `round ${round}: ${JSON.stringify(keys)} of ${columns.map((type) => type.kind)}`;
    same((await sorted(data, { arena: 64 * 2 ** 20 })).cells, expected, what);
    const tight = await sorted(data, {
      arena: 24 * 2 ** 20,
      share: 700_000,
      seed: round,
      most: round % 2 ? 5000 : 100,
    });
    same(tight.cells, expected, `${what}, in runs`);
  }
});

test('many runs are merged in several passes', async () => {
  const random = seeded(4);
  const length = 40_000;
  const data: Case = {
    types: [types.int32, types.utf8, types.float64],
    cells: [
      Array.from({ length }, () => Math.floor(random() * 50)),
      Array.from({ length }, () => (random() < 0.1 ? null : `text ${Math.floor(random() * 1e6)}`)),
      Array.from({ length }, (_, i) => i),
    ],
    keys: [down(0), up(1)],
  };
  const expected = naive(data);
  const tight = await sorted(data, { arena: 16 * 2 ** 20, share: 600_000 });
  same(tight.cells, expected);
  assert.ok(tight.written > length * 12 * 1.5, 'rows were written more than once');
  const first = await sorted({ ...data, limit: 15_000 }, { arena: 16 * 2 ** 20, share: 600_000 });
  same(first.cells, naive({ ...data, limit: 15_000 }));
  assert.ok(first.written > 0);
  const few = await sorted({ ...data, limit: 10 }, { arena: 16 * 2 ** 20, share: 2_000_000 });
  same(few.cells, naive({ ...data, limit: 10 }));
  assert.is(few.written, 0);
});

test('text that stays coded in its runs, and text whose dictionary outgrows its part on the way', async () => {
  const random = seeded(8);
  const length = 60_000;
  for (const distinct of [300, length]) {
    const data: Case = {
      types: [types.utf8, types.utf8, types.float64, types.int32],
      cells: [
        // The later the row, the more texts there are.
        Array.from({ length }, (_, i) => {
          const most = Math.ceil((distinct * (i + 1)) / length);
          return random() < 0.05 ? null : `the text of number ${Math.floor(random() * most)}`;
        }),
        Array.from({ length }, () => `t${Math.floor(random() * 9)}`),
        Array.from({ length }, () => Math.floor(random() * 40) / 8),
        numbers(length),
      ],
      coded: [0, 1],
      keys: [up(1), { column: 0, descending: true, nullsFirst: true }, up(2)],
    };
    const expected = naive(data);
    same((await sorted(data, { arena: 64 * 2 ** 20 })).cells, expected, `${distinct}, roomy`);
    const tight = await sorted(data, { arena: 64 * 2 ** 20, share: 3 * 2 ** 20 });
    same(tight.cells, expected, `${distinct}, in runs`);
    // Codes of two bytes and of one, a double, an integer: texts spelled out would take ten more bytes a row.
    const coded = tight.written < length * 20;
    assert.ok(tight.written > length * 10);
    assert.is(coded, distinct === 300, `${tight.written} bytes of ${length} rows`);
  }
});

test('long texts with long common beginnings', async () => {
  const random = seeded(5);
  const length = 3000;
  const start = 'a long beginning that all of the texts share, so that words do not tell them apart ';
  for (const share of [undefined, 900_000]) {
    const data: Case = {
      types: [types.utf8, types.int32],
      cells: [
        Array.from({ length }, () => {
          const text =
            start +
            'x'.repeat(Math.floor(random() * 40)) +
            (random() < 0.3 ? '\0' : '') +
            Math.floor(random() * 20);
          return random() < 0.1 ? text.repeat(20) : text.slice(0, Math.floor(random() * 200));
        }),
        Array.from({ length }, () => Math.floor(random() * 3)),
      ],
      keys: [down(0), up(1)],
    };
    const result = await sorted(data, { arena: 32 * 2 ** 20, ...(share ? { share } : {}), most: 700 });
    same(result.cells, naive(data));
    assert.is(result.written > 0, share !== undefined);
  }
});

test('nothing, one row, and rows that are all equal', async () => {
  for (const share of [undefined, 400_000])
    for (const length of [0, 1, 20_000]) {
      const data: Case = {
        types: [types.utf8, types.float64, types.int32],
        cells: [
          Array.from({ length }, () => 'the same text of more than forty-two bytes, many times'),
          Array.from({ length }, () => Number.NaN),
          numbers(length),
        ],
        keys: [down(0), up(1)],
      };
      same((await sorted(data, { arena: 32 * 2 ** 20, ...(share ? { share } : {}) })).cells, naive(data));
    }
});

test('batches of one row, and a thousand columns', async () => {
  const random = seeded(6);
  const narrow: Case = {
    types: [types.int32, types.utf8],
    cells: [randomCells(types.int32, 6000, random), randomCells(types.utf8, 6000, random)],
    coded: [1],
    keys: [up(1), down(0)],
  };
  same((await sorted(narrow, { arena: 32 * 2 ** 20, most: 1 })).cells, naive(narrow));
  same((await sorted(narrow, { arena: 32 * 2 ** 20, most: 1, share: 500_000 })).cells, naive(narrow));
  const wide: Case = {
    types: Array.from({ length: 1000 }, () => types.int64),
    cells: Array.from({ length: 1000 }, () => randomCells(types.int64, 600, random)),
    keys: [up(500), down(3)],
  };
  const options = { arena: 32 * 2 ** 20, share: 4 * 2 ** 20, most: 200 };
  const result = await sorted(wide, options);
  same(result.cells, naive(wide));
  assert.ok(result.written > 0);
  same((await sorted({ ...wide, limit: 7 }, options)).cells, naive({ ...wide, limit: 7 }));
});

test('lists go along', async () => {
  const random = seeded(9);
  const length = 4000;
  for (const element of [types.int32, types.utf8, types.list(types.utf8)]) {
    const cell = (): Cell[] =>
      randomCells(types.isNumeric(element) ? element : types.utf8, Math.floor(random() * 6), random);
    const lists = Array.from({ length }, () =>
      random() < 0.2 ? null : element.kind === 'list' ? [cell(), cell()] : cell(),
    );
    const data: Case = {
      types: [types.int32, types.list(element)],
      cells: [randomCells(types.int32, length, random), lists as unknown as Cell[]],
      keys: [down(0)],
    };
    const expected = naive(data);
    for (const share of [20 * 2 ** 20, 300_000]) {
      const { cells, written } = await sorted(data, { arena: 32 * 2 ** 20, share, most: 900 });
      assert.equal(cells, expected);
      assert.is(written > 0, share === 300_000);
    }
  }
});

test('who stops early, or aborts, leaves nothing behind', async () => {
  const random = seeded(7);
  const length = 30_000;
  const data: Case = {
    types: [types.int32, types.utf8],
    cells: [randomCells(types.int32, length, random), randomCells(types.utf8, length, random)],
    keys: [up(0)],
  };
  for (const share of [500_000, 20 * 2 ** 20])
    for (const how of ['return', 'abort at once', 'abort between']) {
      const runtime = makeRuntime(32 * 2 ** 20);
      const abort = new AbortController();
      const context = contextOf({ ...runtime, signal: abort.signal }, { share });
      if (how === 'abort at once') abort.abort();
      const stream = sortBatches(
        streamOf(data, context, seeded(1), 3000),
        data.types,
        data.keys,
        null,
        context,
      );
      try {
        for await (const _ of stream) {
          if (how === 'return') break;
          abort.abort();
        }
        assert.is(how === 'abort at once', false);
      } catch (error) {
        assert.is.not(how, 'return');
        assert.match((error as Error).message, 'interrupted');
      }
      assert.is(runtime.arena.reserved, 0);
      assert.is(context.spills.held, 0);
      await context.spills.release();
    }
});

/** Random texts of which so many parts are long, and as many of some thousand bytes; the rest are short, or null. */
function unevenTexts(rows: number, long: number, medium: number): Cell[] {
  const random = seeded(23);
  const letters = String.fromCharCode(
    ...Array.from({ length: 2 ** 16 }, () => 97 + Math.floor(random() * 26)),
  ).repeat(5);
  return Array.from({ length: rows }, () => {
    const pick = random();
    const longest = pick < long ? 2 ** 17 : pick < long + medium ? 8000 : 40;
    const length = Math.floor((pick < long ? 2 ** 17 : 0) + random() * longest);
    const from = Math.floor(random() * (letters.length - length));
    return pick > 0.95 ? null : letters.slice(from, from + length);
  });
}

test('a few texts are long: rows keep their values, and memory does not run away', async () => {
  for (const { texts, limit, share, keys, arena = 28 } of [
    // Room is made for rows that passed the filter of a limit.
    { texts: unevenTexts(3000, 0.01, 0.1), limit: 300, share: 2, keys: [up(0)] },
    { texts: unevenTexts(3000, 0.01, 0.1), limit: 300, share: 3, keys: [down(0)] },
    // Batches of one row each come one after another where runs are merged.
    { texts: unevenTexts(8000, 0.015, 0), share: 2, keys: [up(2), down(0)] },
    { texts: unevenTexts(8000, 0.015, 0), share: 5, keys: [up(0)] },
    // What is held leaves room in pieces only, and a row that is given out needs it in one.
    { texts: [...unevenTexts(3000, 0, 0.5), 'z'.repeat(3_500_000)], share: 10, keys: [up(0)], arena: 15 },
  ]) {
    const random = seeded(24);
    const { length } = texts;
    const isLong = texts.map((text): Cell => (text === null ? null : String(text).length > 2 ** 16));
    const data: Case = {
      types: [types.utf8, types.int32, types.bool],
      cells: [texts, randomCells(types.int32, length, random), isLong],
      keys,
      ...(limit !== undefined && { limit }),
    };
    const options = { arena: arena * 2 ** 20, share: share * 2 ** 20, most: 900 };
    same((await sorted(data, options)).cells, naive(data), `${limit ?? 'all'} rows, ${share} MB`);
  }
});

test.run();
