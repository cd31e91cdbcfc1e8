/** Random predicates over random files: with chunks left out and with all of them, the rows are the same. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Field } from '../../lib/arrow/schema.js';
import { date, float64, int32, utf8 } from '../../lib/arrow/types.js';
import { execute } from '../../lib/exec/execute.js';
import { Sources } from '../../lib/exec/sources.js';
import type { Runtime } from '../../lib/formats/format.js';
import { formatNamed } from '../../lib/formats/formats.js';
import { explain } from '../../lib/plan/explain.js';
import type { NamedAggregate } from '../../lib/plan/expr.js';
import { aggregate, filter } from '../../lib/plan/make-plan.js';
import { optimize } from '../../lib/plan/optimize.js';
import type { Plan, Scan } from '../../lib/plan/plan.js';
import { parseExpression } from '../../lib/sql/fragments.js';
import { batchOf, type Cell, cellsOf, contextOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('pruned chunks');
const root = mkdtempSync(join(tmpdir(), 'spillway-prune-'));
test.after(() => rmSync(root, { recursive: true, force: true }));

const fields: readonly Field[] = [
  { name: 'i', type: int32, nullable: true },
  { name: 'x', type: float64, nullable: true },
  { name: 't', type: utf8, nullable: true },
  { name: 'd', type: date, nullable: false },
  { name: 'u', type: utf8, nullable: false },
];

/** Values drift from chunk to chunk, so that chunks differ; `outputs` take turns with chunks of 40 rows. */
async function write(
  format: string,
  outputs: number,
  random: () => number,
  runtime: Runtime,
): Promise<string[]> {
  const paths = Array.from({ length: outputs }, (_, i) => join(root, `${format}-${outputs}-${i}`));
  const { create } = await formatNamed(format);
  const options = { chunkBytes: 1, joinBelow: 1 };
  const sinks = await Promise.all(paths.map((path) => create(path, { fields }, options, runtime)));
  const region = runtime.arena.region('test');
  for (let chunk = 0; chunk < 12; chunk++) {
    region.reset();
    const orNull = <T>(value: T): T | null => (random() < 0.1 || chunk === 7 ? null : value);
    const rows = Array.from({ length: 40 }, () => chunk * 10 + Math.floor(random() * 15));
    const cells: Cell[][] = [
      rows.map(orNull),
      rows.map((n) => orNull(chunk === 3 && random() < 0.2 ? Number.NaN : n / 4 - 10)),
      rows.map((n) => orNull(`${String.fromCharCode(97 + Math.floor(n / 8))}${n}`)),
      rows.map((n) => n - 20),
      // Too long to be known whole.
      rows.map((n) => `${'u'.repeat(70)}${n}`),
    ];
    await sinks[chunk % outputs]!.write(
      batchOf(fields.map(({ type }, i) => vectorOf(type, cells[i]!, region))),
    );
  }
  region.release();
  for (const sink of sinks) await sink.finish();
  return paths;
}

function randomWhere(random: () => number, depth: number): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  if (depth > 0 && random() < 0.5) {
    const [a, b] = [randomWhere(random, depth - 1), randomWhere(random, depth - 1)];
    return pick([`(${a} and ${b})`, `(${a} or ${b})`, `not (${a})`]);
  }
  const n = Math.floor(random() * 140) - 5;
  const op = pick(['=', '<>', '<', '<=', '>', '>=']);
  return pick([
    `i ${op} ${n}`,
    `${n} ${op} i`,
    `i in (${n}, ${n + 3}, null)`,
    `i between ${n} and ${n + 4}`,
    `i ${op} ${n}.5`,
    `x ${op} ${n / 4}`,
    `x ${op} i`,
    `t ${op} '${String.fromCharCode(95 + Math.floor(n / 8))}'`,
    `t like 'c%'`,
    `d ${op} date '1970-02-${String(1 + (Math.abs(n) % 28)).padStart(2, '0')}'`,
    `${pick(['i', 'x', 't'])} is ${pick(['', 'not '])}null`,
    `i + 1 ${op} ${n}`,
  ]);
}

/** count(*), count(t), min(i) */
function aggregateOf(text: string): NamedAggregate {
  const [, name, arg] = /^(\w+)\((.*)\)$/.exec(text)!;
  const args = arg === '*' ? [] : [{ op: 'column', name: arg! } as const];
  return { name: text, aggregate: name!, args, distinct: false, filter: null };
}

async function rowsOf(plan: Plan, sources: Sources, runtime: Runtime): Promise<string> {
  const found: Cell[][] = [];
  for await (const batch of execute(plan, contextOf(runtime, { sources })))
    batch.columns.forEach((column, i) => {
      found[i] = [...(found[i] ?? []), ...cellsOf(column, runtime.arena)];
    });
  return found.map((cells) => cells.join()).join('\n');
}

for (const [format, outputs] of [
  ['dataset', 1],
  ['dataset', 3],
  ['parquet', 12],
] as const) {
  test(`${outputs} ${format} of 12 chunks gives the same rows`, async () => {
    const random = seeded(11);
    const runtime = makeRuntime();
    const sources = new Sources();
    const scan = await sources.scan(await write(format, outputs, random, runtime), format, {}, runtime);
    const all = scan.source.statistics!.chunks.length;
    assert.is(all, 12);
    let [pruned, none, some] = [0, 0, 0];
    for (let round = 0; round < 120; round++) {
      const where = randomWhere(random, 2);
      const plan = filter(scan, await parseExpression(where, scan.schema));
      const best = optimize(plan) as Scan;
      const without = optimize(plan, { without: ['prune-chunks'] }) as Scan;
      assert.is(without.chunks, null);
      const kept = best.chunks?.length ?? all;
      if (best.op === 'scan' && best.predicate !== null)
        assert.match(explain(best), `chunks   ${kept} of ${all}`);
      const expected = await rowsOf(without, sources, runtime);
      assert.is(await rowsOf(best, sources, runtime), expected, where);
      if (kept < all) pruned++;
      if (kept === 0) none++;
      if (kept < all && expected.length > 0) some++;
    }
    assert.ok(pruned > 50 && none > 2 && some > 25, `${pruned} pruned, ${none} wholly, ${some} with rows`);
    for (const chunks of [null, [7], [1, 7, 9], []]) {
      const part: Scan = { ...scan, chunks };
      const known = scan.source.statistics!.chunks.filter((_, i) => chunks?.includes(i) ?? true);
      const bounded = known.some(({ rows, columns }) => columns[0]!.nulls < rows);
      const isTold = (text: string): boolean => {
        if (text.startsWith('count')) return true;
        if (format !== 'dataset' || ['x', 'u'].some((name) => text.includes(`(${name})`))) return false;
        return text.includes('(d)') ? known.length > 0 : bounded;
      };
      const counts = ['count(*)', 'count(t)', 'count(x)'];
      const bounds = ['min(i)', 'max(i)', 'min(t)', 'max(t)', 'min(d)', 'max(d)'];
      for (const texts of [
        counts,
        [...counts, ...bounds],
        ['max(x)'],
        ['min(u)', 'max(u)'],
        ['count(*)', 'sum(x)', ...bounds, 'max(u)'],
      ]) {
        const plan = aggregate(part, [], texts.map(aggregateOf));
        const best = optimize(plan);
        // Counts are read along with what must be read.
        const read = texts.every(isTold)
          ? []
          : texts.filter((text) => !isTold(text) || text.startsWith('count'));
        assert.is(best.op, read.length === texts.length ? 'aggregate' : 'project', texts.join());
        const rest = best.op === 'project' ? best.input : best;
        const left = rest.op === 'aggregate' ? rest.aggregates.map(({ name }) => name) : [];
        assert.equal(left, read);
        const without = optimize(plan, { without: ['answer-from-statistics'] });
        assert.is(
          await rowsOf(best, sources, runtime),
          await rowsOf(without, sources, runtime),
          texts.join(),
        );
      }
    }
    await sources.close();
    assert.is(runtime.arena.reserved, 0);
  });
}

test.run();
