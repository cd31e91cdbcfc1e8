import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Schema } from '../../lib/arrow/schema.js';
import { int64, utf8 } from '../../lib/arrow/types.js';
import type { Context, Stream } from '../../lib/exec/context.js';
import { execute } from '../../lib/exec/execute.js';
import { expand } from '../../lib/exec/expand.js';
import type { Sources } from '../../lib/exec/sources.js';
import type { Runtime, Source } from '../../lib/formats/format.js';
import { call, column, integer, named, sortKey, text } from '../../lib/plan/make-expr.js';
import { aggregate, limit, scan, sort, union } from '../../lib/plan/make-plan.js';
import { optimize } from '../../lib/plan/optimize.js';
import type { Plan, Scan } from '../../lib/plan/plan.js';
import { type Cell, cellsOf, codedVectorOf, contextOf, makeRuntime, vectorOf } from '../helpers.js';

const test = suite('union and expand');

const schema: Schema = {
  fields: [
    { name: 'k', type: utf8, nullable: true },
    { name: 'n', type: int64, nullable: true },
  ],
};

type Rows = readonly (readonly [Cell, Cell])[];

function tableOf(name: string): Scan {
  return scan(
    { format: 'test', paths: [name], options: {}, rows: null, bytes: null, statistics: null },
    schema,
  );
}

/** Tables by name; texts of those whose name begins with "coded" come with a dictionary. `opened` tells which were read. */
function contextWith(tables: Readonly<Record<string, Rows>>, opened: string[] = []): Context {
  const runtime = makeRuntime();
  const sourceOf = (name: string): Source => ({
    schema,
    rows: null,
    bytes: null,
    statistics: null,
    async *scan({ columns }, { arena }: Runtime) {
      opened.push(name);
      const region = arena.region('source');
      try {
        const texts = tables[name]!.map(([k]) => k);
        const made = [
          name.startsWith('coded')
            ? codedVectorOf(utf8, texts, region, runtime)
            : vectorOf(utf8, texts, region),
          vectorOf(
            int64,
            tables[name]!.map(([, n]) => n),
            region,
          ),
        ];
        yield { length: texts.length, columns: columns.map((index) => made[index]!) };
      } finally {
        region.release();
      }
    },
    async close() {},
  });
  const sources = { open: async (plan: Scan) => sourceOf(plan.source.paths[0]!) } as unknown as Sources;
  return contextOf(runtime, { sources });
}

async function rowsOf(stream: Stream, context: Context): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  for await (const batch of stream) {
    const columns = batch.columns.map((vector) => cellsOf(vector, context.arena));
    for (let i = 0; i < batch.length; i++) rows.push(columns.map((cells) => cells[i]!));
  }
  return rows;
}

const tables = {
  'coded one': [
    ['a', 1n],
    ['b', 2n],
    [null, 3n],
  ],
  plain: [
    ['b', null],
    ['c', 5n],
  ],
  'coded none': [],
  'coded two': [
    ['c', 6n],
    ['a', 7n],
  ],
} as const;
const all = union(Object.keys(tables).map(tableOf));

test('inputs come one after the other', async () => {
  const context = contextWith(tables);
  assert.equal(await rowsOf(execute(all, context), context), Object.values(tables).flat());
});

test('groups and orders go over dictionaries of several inputs', async () => {
  const context = contextWith(tables);
  const count = { name: 'count', aggregate: 'count', args: [], distinct: false, filter: null };
  const grouped: Plan = aggregate(all, [named('k', column('k'))], [count]);
  assert.equal(await rowsOf(execute(sort(grouped, [sortKey(column('k'))]), context), context), [
    ['a', 2n],
    ['b', 2n],
    ['c', 2n],
    [null, 1n],
  ]);
});

test('inputs that a limit needs no more are not opened', async () => {
  const opened: string[] = [];
  const context = contextWith(tables, opened);
  assert.equal(await rowsOf(execute(optimize(limit(all, 2, 1)), context), context), [
    ['b', 2n],
    [null, 3n],
  ]);
  assert.equal(opened, ['coded one']);
});

test('each row comes once for each projection', async () => {
  const context = contextWith(tables);
  const projections = [
    [named('name', text('n')), named('value', column('n'))],
    [named('name', column('k')), named('value', call('mul', column('n'), integer(10)))],
  ];
  const input = execute(tableOf('coded two'), context);
  assert.equal(await rowsOf(expand(projections, input, schema, context), context), [
    ['n', 6n],
    ['n', 7n],
    ['c', 60n],
    ['a', 70n],
  ]);
});

test('an input is closed by who leaves', async () => {
  const context = contextWith({ plain: tables.plain });
  const input = union([tableOf('plain'), tableOf('plain')]);
  for await (const batch of execute(input, context)) {
    assert.is(batch.length, 2);
    break;
  }
  assert.is(context.arena.reserved, 0);
});

test.run();
