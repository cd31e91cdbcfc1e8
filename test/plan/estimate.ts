/** Estimates against counts of data that is made so that its statistics tell the truth. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Bound,
  type ChunkStatistics,
  type ColumnStatistics,
  mergeStatistics,
  noStatistics,
} from '../../lib/arrow/statistics.js';
import { date, float64, int64, utf8 } from '../../lib/arrow/types.js';
import { estimate, estimateRows, widthOfRows } from '../../lib/plan/estimate.js';
import type { Expr } from '../../lib/plan/expr.js';
import { column, named } from '../../lib/plan/make-expr.js';
import { aggregate, distinct, filter, limit, scan, sort } from '../../lib/plan/make-plan.js';
import type { JoinKind, Plan, Scan } from '../../lib/plan/plan.js';
import { schemaOf } from '../../lib/plan/schema.js';
import { parseCondition } from '../../lib/sql/sql.js';
import { seeded } from '../helpers.js';

const test = suite('estimate');

interface Row {
  /** 1 to 50. */
  readonly k: number;
  /** Its own in each row, ascending. */
  readonly id: number;
  /** 200 texts of 12 bytes. */
  readonly name: string;
  /** Evenly from 0 to 100. */
  readonly x: number;
  /** 0 to 9, null in a quarter of the rows. */
  readonly n: number | null;
  /** Days, 1000 of them. */
  readonly day: number;
}

const fields = [
  { name: 'k', type: int64, nullable: false },
  { name: 'id', type: int64, nullable: false },
  { name: 'name', type: utf8, nullable: false },
  { name: 'x', type: float64, nullable: false },
  { name: 'n', type: int64, nullable: true },
  { name: 'day', type: date, nullable: false },
] as const;

const random = seeded(11);
const below = (n: number): number => Math.floor(random() * n);
const rows: readonly Row[] = Array.from({ length: 20_000 }, (_, i) => ({
  k: 1 + below(50),
  id: i,
  name: `id${String(below(200)).padStart(10, '0')}`,
  x: random() * 100,
  n: random() < 0.25 ? null : below(10),
  day: 18_000 + below(1000),
}));
const facts = scanOf(rows, 10);

/** A scan whose chunks have the exact statistics of these rows. */
function scanOf(all: readonly Row[], chunkCount: number): Scan {
  const size = Math.ceil(all.length / chunkCount);
  const chunks = Array.from({ length: chunkCount }, (_, i): ChunkStatistics => {
    const part = all.slice(i * size, (i + 1) * size);
    return {
      rows: part.length,
      bytes: part.length * 40,
      columns: fields.map(({ name }) => exact(part, name)),
    };
  });
  const columns = fields.map((_, i) =>
    chunks.map((chunk) => chunk.columns[i]!).reduce(mergeStatistics, noStatistics),
  );
  const source = {
    format: 'dataset',
    paths: ['/data/facts'],
    options: {},
    rows: all.length,
    bytes: all.length * 40,
    statistics: { chunks, columns },
  };
  return scan(source, { fields });
}

function exact(part: readonly Row[], name: keyof Row): ColumnStatistics {
  const values = part.map((row) => row[name]).filter((value) => value !== null);
  const bounds = values.map(
    (value): Bound => (typeof value === 'number' && name !== 'x' ? BigInt(value) : value),
  );
  const order = (a: Bound, b: Bound): number => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = bounds.sort(order);
  return {
    ...noStatistics,
    nulls: part.length - values.length,
    distinct: new Set(values).size,
    min: sorted[0] ?? null,
    max: sorted.at(-1) ?? null,
  };
}

function isAbout(plan: Plan, expected: number, within = 0.1): void {
  const got = estimateRows(plan)!;
  assert.ok(
    Math.abs(got - expected) <= expected * within + 1,
    `${got} rows are estimated, there are ${expected}`,
  );
}

const condition = (sql: string): Promise<Expr> => parseCondition(sql, schemaOf(facts));
const by = (...names: string[]): Plan =>
  aggregate(
    facts,
    names.map((name) => named(name, column(name))),
    [],
  );
const groupsOf = (key: (row: Row) => string): number => new Set(rows.map(key)).size;

const conditions: Readonly<Record<string, (row: Row) => boolean>> = {
  'k = 7': ({ k }) => k === 7,
  '7 = k': ({ k }) => k === 7,
  'k <> 7': ({ k }) => k !== 7,
  'k in (1, 2, 3)': ({ k }) => k <= 3,
  'k <= 10': ({ k }) => k <= 10,
  'k < 10': ({ k }) => k < 10,
  '40 < k': ({ k }) => k > 40,
  'k > 49.5': ({ k }) => k > 49.5,
  'x < 20': ({ x }) => x < 20,
  'x between 20 and 40': ({ x }) => x >= 20 && x <= 40,
  'not x < 20': ({ x }) => x >= 20,
  'x < 20 or k = 7': ({ x, k }) => x < 20 || k === 7,
  'x < 20 and k = 7': ({ x, k }) => x < 20 && k === 7,
  'n is null': ({ n }) => n === null,
  'n is not null': ({ n }) => n !== null,
  'n = 3': ({ n }) => n === 3,
  "name = 'id0000000007'": ({ name }) => name === 'id0000000007',
  "day < date '2019-07-15'": ({ day }) => day < 18_092,
  'id >= 15000': ({ id }) => id >= 15_000,
};

for (const [sql, holds] of Object.entries(conditions)) {
  test(`where ${sql}`, async () => {
    // Chance makes the rarer ones differ.
    isAbout(filter(facts, await condition(sql)), rows.filter(holds).length, 0.2);
  });
}

test('of a range up to infinity, or too far for a distance, a third is taken', async () => {
  for (const far of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE]) {
    const scan = scanOf([...rows, { ...rows[0]!, x: far }, { ...rows[0]!, x: -Math.sign(far) * 1e308 }], 10);
    for (const sql of ['x > 0', 'x > 0 and x < 50', '3 >= x', 'x = 7'])
      assert.ok(Number.isFinite(estimateRows(filter(scan, await condition(sql)))), `${sql}, ${far}`);
    isAbout(filter(scan, await condition('x > 0')), rows.length / 3);
  }
});

test('what cannot be is one row', async () => {
  for (const sql of ['k = 99', 'x > 1000', 'x < 30 and x > 60'])
    assert.is(estimateRows(filter(facts, await condition(sql))), 1, sql);
});

test('groups by one key and by several', () => {
  isAbout(by('k'), 50, 0);
  isAbout(by('name'), 200, 0.02);
  isAbout(by('id'), 20_000, 0);
  isAbout(by('n'), 11, 0);
  isAbout(by('k', 'n'), 550, 0.01);
  isAbout(
    by('k', 'name'),
    groupsOf(({ k, name }) => `${k} ${name}`),
  );
  isAbout(distinct(facts), 20_000, 0);
});

test('groups of what a filter leaves', async () => {
  const input = filter(facts, await condition('k <= 10 and x < 1'));
  const left = rows.filter(({ k, x }) => k <= 10 && x < 1);
  isAbout(aggregate(input, [named('k', column('k'))], []), 10, 0);
  isAbout(
    aggregate(input, [named('name', column('name'))], []),
    new Set(left.map(({ name }) => name)).size,
    0.3,
  );
});

test('groups by parts of a time', async () => {
  const month = { op: 'call', name: 'month', args: [column('day')] } as const;
  assert.is(estimateRows(aggregate(facts, [named('month', month)], [])), 12);
});

test('values of chunks are put together: of random parts, of parts that follow each other', () => {
  const names = estimate(scanOf(rows.slice(0, 2000), 10)).columns.get('name')!;
  isNear(names.distinct!, new Set(rows.slice(0, 2000).map(({ name }) => name)).size, 0.05);
  const days = estimate(facts).columns.get('day')!;
  isNear(days.distinct!, 1000, 0.02);
  assert.is(estimate(facts).columns.get('id')!.distinct, 20_000);
});

test('a limit, and a sort with one, leave fewer values', () => {
  assert.is(estimateRows(limit(facts, 100, 19_950)), 50);
  const top = estimate(sort(facts, [{ expr: column('x'), descending: false, nullsFirst: false }], 30));
  assert.is(top.rows, 30);
  assert.ok(top.columns.get('k')!.distinct! <= 30);
});

test('joins: by a key that is unique on one side, by one that is not, and those of other kinds', () => {
  const names = aggregate(facts, [named('other', column('name'))], []);
  const joined = (kind: JoinKind, right: Plan, left: string, key: string): Plan => ({
    op: 'join',
    kind,
    left: facts,
    right,
    on: [{ left: column(left), right: column(key) }],
    condition: null,
    nullsEqual: false,
  });
  isAbout(joined('inner', names, 'name', 'other'), 20_000, 0.02);
  isAbout(joined('left', names, 'name', 'other'), 20_000, 0.02);
  isAbout(joined('semi', names, 'name', 'other'), 20_000, 0.02);
  const keys = aggregate(facts, [named('other', column('k')), named('second', column('n'))], []);
  // Each of 50 keys meets its 11 rows.
  isAbout(joined('inner', keys, 'k', 'other'), 20_000 * 11, 0.02);
  const few = limit(aggregate(facts, [named('other', column('k'))], []), 5, 0);
  isAbout(joined('semi', few, 'k', 'other'), 2000, 0.15);
  isAbout(joined('anti', few, 'k', 'other'), 18_000, 0.15);
  isAbout({ ...joined('cross', few, 'k', 'other'), on: [] } as Plan, 100_000, 0);
});

test('widths: numbers by their types, few texts as codes, many as long as those that are known', () => {
  const width = (name: string): number => widthOfRows([estimate(facts).columns.get(name)!]);
  assert.is(width('k'), 8);
  assert.is(width('day'), 4);
  assert.is(width('name'), 4);
  const long = { ...noStatistics, distinct: 90_000, min: 'a'.repeat(10), max: 'b'.repeat(20) };
  const chunk = { rows: 100_000, bytes: 0, columns: [long] };
  const source = { ...facts.source, rows: 100_000, statistics: { chunks: [chunk], columns: [long] } };
  const texts = scan(source, { fields: [{ name: 't', type: utf8, nullable: false }] });
  assert.is(widthOfRows(estimate(texts).columns.values()), 4 + 15);
});

test('nothing is known of a source without statistics but its rows', () => {
  const plain = scan({ ...facts.source, statistics: null }, facts.schema);
  assert.is(estimateRows(aggregate(plain, [named('k', column('k'))], [])), 2000);
  const sampled = scan({ ...facts.source, statistics: null, rows: null, aboutRows: 500 }, facts.schema);
  assert.is(estimateRows(sampled), 500);
  const nothing = scan({ ...facts.source, statistics: null, rows: null }, facts.schema);
  assert.is(estimateRows(nothing), null);
  assert.is(estimateRows(limit(nothing, 10, 0)), 10);
});

function isNear(got: number, expected: number, within: number): void {
  assert.ok(Math.abs(got - expected) <= expected * within, `${got} instead of about ${expected}`);
}

test.run();
