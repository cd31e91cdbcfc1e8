/** Scans as tasks run them: sent as JSON, executed where nothing of the source is open. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { execute } from '../../../lib/exec/execute.js';
import { Sources } from '../../../lib/exec/sources.js';
import type { RangePart } from '../../../lib/exec/stages/ranges.js';
import { splitScan } from '../../../lib/exec/stages/split-scan.js';
import { dataset } from '../../../lib/formats/dataset.js';
import type { RangeRead } from '../../../lib/formats/format.js';
import { estimateRows } from '../../../lib/plan/estimate.js';
import { aggregate, filter } from '../../../lib/plan/make-plan.js';
import type { Plan, Scan } from '../../../lib/plan/plan.js';
import { parseExpression } from '../../../lib/sql/fragments.js';
import { type Cell, cellsOf, contextOf, makeRuntime } from '../../helpers.js';
import { judgeRanges } from './judge-ranges.js';

const test = suite('exec/stages/split-scan');
const folder = mkdtempSync(join(tmpdir(), 'spillway-split-scan-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const runtime = makeRuntime();

async function run(plan: Plan): Promise<{ cells: Cell[][]; read: RangeRead | null }> {
  let read: RangeRead | null = null;
  const context = contextOf(runtime, {
    progress: {
      read() {},
      range(found) {
        read = found;
      },
    },
  });
  const cells: Cell[][] = [[], []];
  for await (const batch of execute(plan, context))
    batch.columns.forEach((column, i) => cells[i]!.push(...cellsOf(column, runtime.arena)));
  await context.sources.close();
  await context.spills.release();
  assert.is(runtime.arena.reserved, 0);
  return { cells, read };
}

const sent = (plan: Plan): Plan => JSON.parse(JSON.stringify(plan)) as Plan;

const rows = 3000;
const csvPath = join(folder, 'a.csv');
writeFileSync(csvPath, `n,t\n${Array.from({ length: rows }, (_, i) => `${i},"x\n${i % 7}"\n`).join('')}`);

async function scansOf(sources: Sources, paths: string[], bytes: number): Promise<[Scan, Scan[]]> {
  const scan = await sources.scan(paths, null, {}, runtime);
  const whole = Object.freeze({ ...scan, columns: ['t', 'n'], predicate: await parseExpression('n >= 5') });
  return [whole, splitScan(whole, await sources.open(scan, runtime), bytes)!];
}

async function datasetOf(path: string): Promise<string> {
  const sources = new Sources();
  const context = contextOf(runtime, { sources });
  const scan = await sources.scan([csvPath], null, {}, runtime);
  const small = { chunkBytes: 1, joinBelow: 1 };
  const sink = await dataset.create(path, scan.schema, small, runtime);
  for (const from of [0, 1000, 2000]) {
    const part = filter(scan, await parseExpression(`n >= ${from} and n < ${from + 1000}`));
    for await (const batch of execute(part, context)) await sink.write(batch);
  }
  await sink.finish();
  await sources.close();
  await context.spills.release();
  return path;
}

test('parts of a scan give its rows, with its columns and its predicate', async () => {
  for (const path of [csvPath, await datasetOf(join(folder, 'a'))]) {
    const sources = new Sources();
    const [whole, parts] = await scansOf(sources, [path], path === csvPath ? 4000 : 1);
    const expected = (
      await run(sent(Object.freeze({ ...whole, source: { ...whole.source, statistics: null } })))
    ).cells;
    assert.is(expected[0]!.length, rows - 5);
    assert.ok(parts.length >= 3);
    const found: Cell[][] = [[], []];
    const judged: RangePart[] = [];
    for (const part of parts) {
      const { cells, read } = await run(sent(part));
      cells.forEach((column, i) => found[i]!.push(...column));
      if (part.range !== null) judged.push({ range: part.range, read, failed: false });
    }
    assert.ok(judgeRanges(judged).every(({ kind }) => kind === 'accept'));
    assert.is(judged.length, path === csvPath ? parts.length : 0);
    assert.equal(found, expected);
    await sources.close();
  }
});

test('estimates of a task are those of its own rows', async () => {
  const sources = new Sources();
  const [whole, parts] = await scansOf(sources, [await datasetOf(join(folder, 'b'))], 1);
  assert.is(parts.length, 3);
  for (const part of parts) {
    const plan = sent(aggregate(Object.freeze({ ...part, predicate: null }), [], []));
    assert.is(estimateRows(plan.op === 'aggregate' ? plan.input : plan), 1000);
    assert.ok(part.source.bytes! < whole.source.bytes!);
  }
  await sources.close();
});

test.run();
