/** What one task writes another reads: in another arena, in another process, whole, by partition, by range of keys. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Schema } from '../../../lib/arrow/schema.js';
import { execute } from '../../../lib/exec/execute.js';
import { type RunLayout, writeRuns } from '../../../lib/exec/stages/output.js';
import { column } from '../../../lib/plan/make-expr.js';
import { scan } from '../../../lib/plan/make-plan.js';
import type { Scan } from '../../../lib/plan/plan.js';
import type { SealedFile } from '../../../spill/sealed-runs.js';
import { type Cell, contextOf, makeRuntime, randomCells, seeded } from '../../helpers.js';
import { everyType } from '../../spill/random-data.js';
import { columnsOf, type Input, type Row, streamOf } from '../../stream-helpers.js';

const test = suite('exchange');

const schema: Schema = {
  fields: [
    { name: 'id', type: { kind: 'int64' }, nullable: false },
    ...everyType.map((type, i) => ({ name: `c${i}`, type, nullable: true })),
    { name: 'code', type: { kind: 'utf8' }, nullable: true },
  ],
};
const names = schema.fields.map(({ name }) => name);

function randomInput(rows: number, firstId: number, random: () => number): Input {
  const cells = schema.fields.map(({ type, name }) =>
    name === 'code'
      ? Array.from(
          { length: rows },
          (): Cell => (random() < 0.1 ? null : `code ${Math.floor(random() * 40)}`),
        )
      : randomCells(type, rows, random),
  );
  return {
    schema,
    rows: Array.from(
      { length: rows },
      (_, r): Row => [BigInt(firstId + r), ...cells.slice(1).map((c) => c[r]!)],
    ),
  };
}

/** A folder for files, and what tells that all is given back. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-exchange-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** In a runtime of its own, as another process has it. */
async function write(
  input: Input,
  path: string,
  layout: RunLayout,
  size: number,
  share = 2 ** 24,
): Promise<SealedFile> {
  const runtime = makeRuntime();
  const context = contextOf(runtime, { share });
  const file = await writeRuns(streamOf(input, size, runtime), input.schema, path, layout, context);
  assert.is(runtime.arena.reserved, 0);
  assert.is(context.spills.held, 0);
  assert.is(context.spills.written, file.bytes);
  return file;
}

function exchanged(
  format: string,
  paths: readonly string[],
  options: Record<string, unknown>,
  of = schema,
): Scan {
  const source = {
    format,
    paths,
    options: { schema: of, ...options },
    rows: null,
    bytes: null,
    statistics: null,
  };
  // A plan goes to another process as JSON.
  return JSON.parse(JSON.stringify(scan(source, of))) as Scan;
}

/** As another process has it than the one that writes. */
const reading = makeRuntime();

/** Rows as they are read. */
async function read(plan: Scan, share = 2 ** 24): Promise<Row[]> {
  const runtime = reading;
  const context = contextOf(runtime, { share });
  const width = (plan.columns ?? plan.schema.fields).length;
  const columns = await columnsOf(execute(plan, context), width, runtime);
  assert.is(runtime.arena.reserved, 0);
  assert.is(context.spills.held, 0);
  return columns[0]!.map((_, r) => columns.map((cells) => cells[r]!));
}

test('all rows come back in order, also some columns of them, and the first so many', async () => {
  await inFolder(async (folder) => {
    const random = seeded(41);
    const inputs = [0, 1, 63, 700, 2500].map((rows, i) => randomInput(rows, i * 10_000, random));
    const paths = inputs.map((_, i) => join(folder, `${i}.runs`));
    for (const [i, input] of inputs.entries()) {
      const file = await write(input, paths[i]!, { kind: 'rows' }, [1, 1, 10, 7, 1024][i]!);
      assert.is(
        file.rows.reduce((sum, rows) => sum + rows, 0),
        input.rows.length,
      );
    }
    const all = inputs.flatMap(({ rows }) => rows);
    const plan = exchanged('runs', paths, { run: null });
    assert.equal(await read(plan), all);
    const some = ['code', 'id', names.at(-3)!, 'c16'];
    assert.equal(
      await read({ ...plan, columns: some, limit: 2000 }),
      all.slice(0, 2000).map((row) => some.map((name) => row[names.indexOf(name)]!)),
    );
    assert.equal(readdirSync(folder).length, paths.length);
  });
});

test('equal values are in the same partition, whatever file and dictionary they are in', async () => {
  const random = seeded(42);
  const inputs = [randomInput(1500, 0, random), randomInput(1000, 10_000, random), randomInput(0, 0, random)];
  const byId = new Map(inputs.flatMap(({ rows }) => rows).map((row) => [row[0], row]));
  for (const [by, count, share] of [
    [['code'], 7, 2 ** 19],
    [['code'], 1, 2 ** 22],
    [['c1', 'c16', 'code'], 40, 2 ** 24],
    [['c11'], 7, 2 ** 24],
    [['c5', 'c15', 'c18'], 7, 2 ** 20],
    [[], 3, 2 ** 24],
  ] as const) {
    await inFolder(async (folder) => {
      const layout: RunLayout = { kind: 'partitions', by: by.map(column), count };
      const files: SealedFile[] = [];
      for (const [i, input] of inputs.entries())
        files.push(await write(input, join(folder, `${i}.runs`), layout, 500 + i, share));
      const homes = new Map<string, number>();
      const seen = new Set<Cell>();
      for (let run = 0; run < count; run++) {
        const rows = await read(
          exchanged(
            'runs',
            files.map(({ path }) => path),
            { run },
          ),
        );
        assert.is(
          rows.length,
          files.reduce((sum, file) => sum + (file.rows[run] ?? 0), 0),
        );
        let before = -1n;
        for (const row of rows) {
          assert.ok((row[0] as bigint) > before);
          before = row[0] as bigint;
          assert.equal(row, byId.get(row[0]!));
          seen.add(row[0]!);
          const key = by.map((name) => keyText(row[names.indexOf(name)]!)).join('|');
          assert.is(homes.get(key) ?? run, run);
          homes.set(key, run);
        }
      }
      assert.is(seen.size, byId.size);
      if (homes.size > 100) assert.is(new Set(homes.values()).size, count);
    });
  }
});

/** What is equal has the same. */
const keyText = (cell: Cell): string =>
  typeof cell === 'number'
    ? String(cell + 0)
    : JSON.stringify(cell, (_, one: unknown) => (typeof one === 'bigint' ? `${one}` : one));

test('after an error nothing is left', async () => {
  await inFolder(async (folder) => {
    const runtime = makeRuntime();
    const context = contextOf(runtime, { share: 2 ** 19 });
    const input = randomInput(5000, 0, seeded(43));
    async function* failing() {
      yield* streamOf(input, 1000, runtime);
      throw new Error('the input fails');
    }
    for (const layout of [
      { kind: 'rows' },
      { kind: 'partitions', by: [column('code')], count: 4 },
    ] as const) {
      const path = join(folder, 'x.runs');
      let message = '';
      try {
        await writeRuns(failing(), schema, path, layout, context);
      } catch (error) {
        message = (error as Error).message;
      }
      assert.is(message, 'the input fails');
      assert.not(existsSync(path));
      assert.is(runtime.arena.reserved, 0);
      assert.is(context.spills.held, 0);
    }
  });
});

test.run();
