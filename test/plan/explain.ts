/** Each file of test/plans is a query, its plan and its optimized plan. UPDATE_PLANS=1 writes them anew. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { noStatistics } from '../../lib/arrow/statistics.js';
import { bool, date, float64, int32, utf8 } from '../../lib/arrow/types.js';
import { explain } from '../../lib/plan/explain.js';
import { call, column, integer } from '../../lib/plan/make-expr.js';
import { filter, scan } from '../../lib/plan/make-plan.js';
import { optimize } from '../../lib/plan/optimize.js';
import type { SourceRef } from '../../lib/plan/plan.js';
import { schemaOf } from '../../lib/plan/schema.js';
import { parseQuery } from '../../lib/sql/sql.js';

const test = suite('explain');

const source: SourceRef = {
  format: 'dataset',
  paths: ['/data/flights'],
  options: {},
  rows: 1_000_000,
  bytes: null,
  statistics: null,
};
const flights = scan(source, {
  fields: [
    { name: 'day', type: date, nullable: false },
    { name: 'origin', type: utf8, nullable: false },
    { name: 'destination', type: utf8, nullable: true },
    { name: 'delay', type: int32, nullable: true },
    { name: 'distance', type: float64, nullable: true },
    { name: 'cancelled', type: bool, nullable: true },
  ],
});

const folder = new URL('../../../test/plans/', import.meta.url);
const update = process.env.UPDATE_PLANS !== undefined;

for (const name of readdirSync(folder)) {
  test(name, async () => {
    const golden = readFileSync(new URL(name, folder), 'utf8');
    const sql = golden.split('\n-- plan\n')[0]!.trimEnd();
    const plan = await parseQuery(sql, async () => flights);
    const optimized = optimize(plan);
    const actual = `${sql}\n\n-- plan\n${explain(plan)}\n\n-- optimized\n${explain(optimized)}\n`;
    if (update) writeFileSync(new URL(name, folder), actual);
    else assert.fixture(actual, golden);
    assert.equal(schemaOf(optimized), schemaOf(plan));
  });
}

test('notes stand under their node', () => {
  const plan = { op: 'limit', input: flights, count: 1, offset: 0 } as const;
  const notes = (node: object): string[] => (node === flights ? ['inline'] : ['chosen: inline']);
  assert.is(
    explain(plan, { notes }),
    [
      'limit 1                      about 1 row',
      '│    chosen: inline',
      '└─ scan flights (dataset)    1,000,000 rows',
      '     inline',
    ].join('\n'),
  );
});

test('chunks that cannot match are told, and bound the estimate', () => {
  const delays = (min: number, max: number) => ({ ...noStatistics, min, max });
  const chunks = Array.from({ length: 1200 }, (_, i) => ({
    rows: 100,
    bytes: 800,
    columns: flights.schema.fields.map(() => delays(i, i + 1)),
  }));
  const known = { ...flights, source: { ...source, statistics: { chunks, columns: [] } } };
  const late = filter(known, call('gt', column('delay'), integer(1197)));
  assert.is(
    explain(optimize(late)),
    [
      'scan flights (dataset)    about 300 of 1,000,000 rows',
      '  where    delay > 1197',
      '  chunks   3 of 1,200',
    ].join('\n'),
  );
  assert.match(explain(optimize(filter(known, call('gt', column('delay'), integer(-1))))), '1,200 of 1,200');
});

test('sources of unknown size, of several files, standard input', () => {
  const unknown = {
    ...flights,
    source: { ...source, format: 'csv', paths: ['/a/b.csv', '/a/c.csv'], rows: null },
  };
  assert.is(explain(unknown), 'scan b.csv and 1 more (csv)');
  assert.is(
    explain({ ...unknown, source: { ...unknown.source, paths: ['-'] }, limit: 5 }),
    ['scan standard input (csv)    about 5 rows', '  limit    5'].join('\n'),
  );
});

test.run();
