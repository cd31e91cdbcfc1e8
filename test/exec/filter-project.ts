import { tmpdir } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Batch } from '../../lib/arrow/batch.js';
import type { Schema } from '../../lib/arrow/schema.js';
import type { Context, Stream } from '../../lib/exec/context.js';
import { filter } from '../../lib/exec/filter.js';
import { project } from '../../lib/exec/project.js';
import { Sources } from '../../lib/exec/sources.js';
import { Interner } from '../../lib/kernels/interner.js';
import type { Expr } from '../../lib/plan/expr.js';
import { type Cell, cellsOf, makeRuntime, vectorOf } from '../helpers.js';

const test = suite('filter and project');

const makeContext = (): Context => ({
  ...makeRuntime(),
  sources: new Sources(),
  temp: { folder: tmpdir(), limit: null },
  progress: { read: () => {} },
});

const schema: Schema = {
  fields: [
    { name: 'n', type: { kind: 'int32' }, nullable: true },
    { name: 's', type: { kind: 'utf8' }, nullable: true },
  ],
};
const col = (name: string): Expr => ({ op: 'column', name });
const int = (value: number): Expr => ({ op: 'literal', type: { kind: 'int32' }, value });
const text = (value: string): Expr => ({ op: 'literal', type: { kind: 'utf8' }, value });
const call = (name: string, ...args: Expr[]): Expr => ({ op: 'call', name, args });

const given: readonly (readonly (readonly [Cell, Cell])[])[] = [
  [
    [1, 'a'],
    [2, 'b'],
    [null, 'a'],
    [4, null],
  ],
  [],
  [
    [5, 'a'],
    [6, 'a'],
  ],
  [
    [-1, 'c'],
    [-2, 'A'],
  ],
];

/** Batches of `given`, text coded by one growing dictionary; each is gone when the next is asked for. */
async function* source(context: Context, seen: Batch[] = []): Stream {
  const region = context.arena.region('source');
  const interner = new Interner(context.arena, context.kernels, 'source');
  try {
    for (const rows of given) {
      region.reset();
      const numbers = vectorOf(
        schema.fields[0]!.type,
        rows.map(([n]) => n),
        region,
      );
      const texts = vectorOf(
        schema.fields[1]!.type,
        rows.map(([, s]) => s),
        region,
      );
      const batch = { length: rows.length, columns: [numbers, interner.intern(texts, region)] };
      seen.push(batch);
      yield batch;
    }
  } finally {
    interner.release();
    region.release();
  }
}

async function collect(stream: Stream, context: Context): Promise<Cell[][][]> {
  const batches: Cell[][][] = [];
  for await (const batch of stream)
    batches.push(batch.columns.map((column) => cellsOf(column, context.arena)));
  return batches;
}

test('only rows where it is true come out, in dense batches', async () => {
  const context = makeContext();
  const predicate = call('and', call('gt', col('n'), int(0)), call('eq', call('lower', col('s')), text('a')));
  assert.equal(await collect(filter(predicate, source(context), schema, context), context), [
    [[1], ['a']],
    [
      [5, 6],
      ['a', 'a'],
    ],
  ]);
  assert.is(context.arena.reserved, 0);
});

test('a batch that matches as a whole is the same batch', async () => {
  const context = makeContext();
  const seen: Batch[] = [];
  const passed: Batch[] = [];
  const predicate = call('gt', call('coalesce', col('n'), int(9)), int(-100));
  for await (const batch of filter(predicate, source(context, seen), schema, context)) passed.push(batch);
  assert.equal(
    passed,
    seen.filter(({ length }) => length > 0),
  );
});

test('what stops early leaves nothing', async () => {
  const context = makeContext();
  for await (const _ of filter(call('gt', col('n'), int(1)), source(context), schema, context)) break;
  assert.is(context.arena.reserved, 0);
});

test('columns that are only named are not copied, equal expressions are made once', async () => {
  const context = makeContext();
  const seen: Batch[] = [];
  const upper = call('upper', col('s'));
  const columns = [
    { name: 's', expr: col('s') },
    { name: 'u', expr: upper },
    { name: 'v', expr: upper },
    { name: 'k', expr: text('x') },
    { name: 'm', expr: call('mul', col('n'), int(10)) },
  ];
  const made: Cell[][][] = [];
  const lineages = new Set<object>();
  for await (const batch of project(columns, source(context, seen), schema, context)) {
    assert.is(batch.columns[0], seen.at(-1)!.columns[1]);
    assert.is(batch.columns[1], batch.columns[2]);
    if (batch.length > 0)
      lineages.add(batch.columns[1]!.dictionary!.lineage).add(batch.columns[3]!.dictionary!.lineage);
    made.push([1, 3, 4].map((i) => cellsOf(batch.columns[i]!, context.arena)));
  }
  // One growing dictionary for each column, whatever the batch.
  assert.is(lineages.size, 2);
  assert.equal(
    made,
    given.map((rows) => [
      rows.map(([, s]) => (s as string | null)?.toUpperCase() ?? null),
      rows.map(() => 'x'),
      rows.map(([n]) => (n === null ? null : BigInt(n as number) * 10n)),
    ]),
  );
  assert.is(context.arena.reserved, 0);
});

test('a predicate that is no condition is refused', async () => {
  const context = makeContext();
  try {
    await collect(filter(col('n'), source(context), schema, context), context);
    assert.unreachable();
  } catch (error) {
    assert.is((error as Error).message, 'the filter must be true or false, but its type is int32');
  }
});

test.run();
