/** Functions of the user in worker processes: as in this one, and ended where they do not end by themselves. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { float64, int64, utf8 } from '../../../lib/arrow/types.js';
import { SpillwayError } from '../../../lib/errors.js';
import type { Context } from '../../../lib/exec/context.js';
import { execute } from '../../../lib/exec/execute.js';
import { Sources } from '../../../lib/exec/sources.js';
import { cut } from '../../../lib/exec/stages/cut.js';
import { Workers } from '../../../lib/exec/stages/parallel.js';
import { splitScan } from '../../../lib/exec/stages/split-scan.js';
import { call, callCode, column, integer, named, sortKey } from '../../../lib/plan/make-expr.js';
import { aggregate, filter, limit, mapBatches, project, sort } from '../../../lib/plan/make-plan.js';
import type { Plan, Scan } from '../../../lib/plan/plan.js';
import { type Cell, cellsOf, contextOf, makeRuntime } from '../../helpers.js';

const test = suite('functions in worker processes');

const module = new URL('../../frame/functions-helpers.js', import.meta.url).href;
const code = (name: string) => ({ module, export: name });

const folder = mkdtempSync(join(tmpdir(), 'functions-'));
const rows = 5000;
const path = join(folder, 'fares.csv');
writeFileSync(
  path,
  `n,fare,tip,vendor\n${Array.from({ length: rows }, (_, i) => `${i},${i / 4},${i % 3 === 0 ? '' : i + 0.5},v${i % 7}\n`).join('')}`,
);
// With little heap, which is soon full.
const budget = { total: 96 * 2 ** 20, arena: 64 * 2 ** 20 };
const workers = new Workers({ coordinatorArena: budget.arena, workers: 2, worker: budget });
test.after(async () => {
  await workers.close();
  rmSync(folder, { recursive: true });
});

interface Desk {
  readonly scan: Scan;
  readonly context: Context;
  inline(plan: Plan): Promise<Cell[][]>;
  byWorkers(plan: Plan): Promise<Cell[][]>;
}

async function atDesk(body: (desk: Desk) => Promise<void>, signal?: AbortSignal): Promise<void> {
  const runtime = { ...makeRuntime(), ...(signal && { signal }) };
  const sources = new Sources();
  const context = contextOf(runtime, { sources });
  const scan = await sources.scan([path], 'csv', {}, runtime);
  const parts = splitScan(scan, await sources.open(scan, runtime), 8000)!;
  assert.ok(parts.length > 4);
  const cells = async (stream: ReturnType<typeof execute>): Promise<Cell[][]> => {
    const found: Cell[][] = [];
    for await (const batch of stream) {
      const columns = batch.columns.map((vector) => cellsOf(vector, runtime.arena));
      for (let i = 0; i < batch.length; i++) found.push(columns.map((one) => one[i]!));
    }
    return found;
  };
  try {
    await body({
      scan,
      context,
      inline: (plan) => cells(execute(plan, context)),
      byWorkers(plan) {
        const splitsOf = (node: Scan) => (node === scan ? parts : null);
        const stages = cut(plan, {
          workers: 2,
          share: 2 ** 24,
          leastBytes: 1,
          readBytes: () => 700,
          splitsOf,
        });
        return cells(workers.run(stages, context, null));
      },
    });
  } finally {
    await sources.close();
    assert.equal(
      readdirSync(await context.spills.folder()).filter((name) => name.startsWith('job-')),
      [],
    );
    await context.spills.release();
  }
  assert.is(runtime.arena.reserved, 0);
}

async function failure(work: Promise<unknown>): Promise<SpillwayError> {
  try {
    await work;
  } catch (error) {
    assert.instance(error, SpillwayError);
    return error as SpillwayError;
  }
  throw new Error('it should have failed');
}

const rated = {
  fields: [
    { name: 'rate', type: float64, nullable: true },
    { name: 'vendor', type: utf8, nullable: true },
  ],
};
const numbered = { fields: [{ name: 'n', type: int64, nullable: false }] };

const add = {
  ...code('add'),
  args: [float64, float64],
  returns: float64,
  nullable: false,
  nulls: 'skip',
} as const;
const shout = { ...code('shout'), args: [utf8], returns: utf8, nullable: false, nulls: 'skip' } as const;

test('rows are those of the inline run', () =>
  atDesk(async ({ scan, inline, byWorkers }) => {
    const total = callCode('plus', add, [column('fare'), column('tip')]);
    const loud = callCode('shout', shout, [column('vendor')]);
    const plans: Plan[] = [
      mapBatches(scan, code('default'), rated),
      limit(mapBatches(filter(scan, call('gt', total, integer(100))), code('default'), rated), 500, 20),
      mapBatches(scan, code('evenLater'), numbered),
      project(filter(scan, call('gt', total, integer(100))), [named('t', total), named('l', loud)]),
      sort(project(scan, [named('t', total), named('n', column('n'))]), [
        sortKey(callCode('plus', add, [column('t'), column('n')]), true),
        sortKey(column('n')),
      ]),
    ];
    for (const plan of plans) {
      const wanted = await inline(plan);
      assert.ok(wanted.length > 400);
      assert.equal(await byWorkers(plan), wanted);
    }
    const grouped = aggregate(
      scan,
      [named('l', loud)],
      [{ name: 's', aggregate: 'max', args: [total], distinct: false, filter: null }],
    );
    const sorted = (found: Cell[][]) => found.map((row) => row.join()).sort();
    assert.equal(sorted(await byWorkers(grouped)), sorted(await inline(grouped)));
  }));

test('an error comes back with its function, its line and what it was given', () =>
  atDesk(async ({ scan, byWorkers }) => {
    const error = await failure(byWorkers(mapBatches(scan, code('failing'), numbered)));
    assert.is(error.code, 'data');
    assert.match(
      error.message,
      /^failing of functions-helpers\.js failed on bytes 0 to \d+ of fares\.csv: RangeError: seven is too much, at functions-helpers\.js:\d+:\d+$/,
    );
    assert.match(error.place.file!, /functions-helpers\.js$/);
    assert.match((error.cause as Error).stack!, /RangeError: seven is too much\n {4}at failing/);
  }));

test('a function that fills the heap is named', () =>
  atDesk(async ({ scan, byWorkers }) => {
    const error = await failure(byWorkers(mapBatches(scan, code('hoarding'), numbered)));
    assert.is(error.code, 'worker');
    assert.match(
      error.message,
      /^a task of stage 0 failed 3 times: the last time its worker filled its heap of .*; it ran hoarding of functions-helpers\.js; give more --memory/,
    );
  }));

test('arrays that a function holds count, and those that it lets go do not', () =>
  atDesk(async ({ scan, inline, byWorkers }) => {
    const n = project(scan, [named('n', column('n'))]);
    const schema = { fields: [{ name: 'n', type: int64, nullable: true }] };
    const error = await failure(byWorkers(mapBatches(n, code('hoardingArrays'), schema)));
    assert.is(error.code, 'worker');
    assert.match(
      error.message,
      /its worker held more in arrays than its heap of .*; it ran hoardingArrays of functions-helpers\.js; give more/,
    );
    assert.equal(await byWorkers(mapBatches(n, code('wasting'), schema)), await inline(n));
  }));

test('an endless loop is ended by an abort', async () => {
  const stop = new AbortController();
  await atDesk(async ({ scan, byWorkers }) => {
    const work = failure(byWorkers(mapBatches(scan, code('forever'), numbered)));
    setTimeout(() => stop.abort(), 300);
    assert.is((await work).code, 'aborted');
  }, stop.signal);
});

test.run();
