/** What one task writes another reads: in another arena, in another process, whole, by partition, by range of keys. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Schema } from '../../../lib/arrow/schema.js';
import { SpillwayError } from '../../../lib/errors.js';
import type { Stream } from '../../../lib/exec/context.js';
import { execute } from '../../../lib/exec/execute.js';
import { type RunLayout, writeRuns } from '../../../lib/exec/stages/output.js';
import type { SortKey } from '../../../lib/plan/expr.js';
import { call, column, integer, sortKey } from '../../../lib/plan/make-expr.js';
import { scan } from '../../../lib/plan/make-plan.js';
import type { Scan } from '../../../lib/plan/plan.js';
import { DatasetReader } from '../../../spill/dataset-reader.js';
import { createDataset } from '../../../spill/dataset-writer.js';
import type { SealedFile } from '../../../spill/sealed-runs.js';
import { type Cell, contextOf, makeRuntime, randomCells, seeded } from '../../helpers.js';
import { childThat, kill } from '../../spill/child-helpers.js';
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
/** What the last reading wrote. */
let spilled = 0;

/** Rows as they are read. */
async function read(plan: Scan, share = 2 ** 24): Promise<Row[]> {
  const runtime = reading;
  const context = contextOf(runtime, { share });
  const width = (plan.columns ?? plan.schema.fields).length;
  const columns = await columnsOf(execute(plan, context), width, runtime);
  spilled = context.spills.written;
  await context.spills.release();
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

const key = (name: string, descending = false, nullsFirst = false): SortKey =>
  sortKey(column(name), descending, nullsFirst);

/** As a sort compares. */
function compareBy(keys: readonly SortKey[]) {
  return (a: Row, b: Row): number => {
    for (const { expr, descending, nullsFirst } of keys) {
      const at = names.indexOf((expr as { readonly name: string }).name);
      const [x, y] = [a[at]!, b[at]!];
      if (x === null && y === null) continue;
      if (x === null || y === null) return (x === null) === nullsFirst ? -1 : 1;
      const order = compareCells(x, y);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  };
}

function compareCells(x: NonNullable<Cell>, y: NonNullable<Cell>): number {
  if (typeof x === 'string') return Buffer.compare(Buffer.from(x), Buffer.from(y as string));
  if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
  return x < y ? -1 : x > y ? 1 : 0;
}

test('ranges of sorted files follow each other, of about equal size, at any share', async () => {
  const random = seeded(44);
  const inputs = [900, 1, 0, 1300, 700, 64, 800].map((rows, i) => randomInput(rows, i * 10_000, random));
  const all = inputs.flatMap(({ rows }) => rows);
  for (const [keys, of, share] of [
    [[key('id', true)], 3, 2 ** 24],
    [[key('code')], 5, 2 ** 17],
    [[key('code', true, true), key('c16', false, true), key('c11', true)], 4, 2 ** 24],
    [[key('c11', true), key('c15')], 3, 2 ** 18],
    [[key('c1'), key('c9', true)], 2, 2 ** 24],
    [[key('c0')], 4, 2 ** 17],
    [[key('c14', false, true)], 1, 2 ** 16],
  ] as const) {
    await inFolder(async (folder) => {
      const paths: string[] = [];
      for (const [i, input] of inputs.entries()) {
        const path = join(folder, `${i}.runs`);
        const { rows } = await write(input, path, { kind: 'sorted', keys }, 100 + i, share);
        assert.is(
          rows.reduce((sum, some) => sum + some, 0),
          input.rows.length,
        );
        // What memory does not hold at once is more than one run.
        if (share < 2 ** 18 && input.rows.length > 100) assert.ok(rows.length > 1);
        if (share === 2 ** 24) assert.is(rows.length, Math.min(1, input.rows.length));
        paths.push(path);
      }
      const found: Row[] = [];
      for (let part = 0; part < of; part++) {
        const rows = await read(exchanged('sorted-runs', paths, { keys, part, of }), share);
        assert.ok(
          rows.length < (all.length * 1.3) / of + 200,
          `${rows.length} rows of ${all.length} in ${of}`,
        );
        found.push(...rows);
      }
      assert.equal(found, [...all].sort(compareBy(keys)));
      if (of > 1) return;
      const plan = exchanged('sorted-runs', paths, { keys, part: 0, of });
      const some = await read({ ...plan, columns: ['c16', 'id'], limit: 1000 }, share);
      assert.equal(
        some,
        found.slice(0, 1000).map((row) => [row[names.indexOf('c16')]!, row[0]!]),
      );
      // The least share makes it merge in several passes.
      assert.ok(spilled > 0);
    });
  }
});

test('files are sorted by what is computed', async () => {
  await inFolder(async (folder) => {
    const random = seeded(45);
    const keys: SortKey[] = [
      { expr: call('mod', column('id'), integer(17)), descending: true, nullsFirst: false },
    ];
    const inputs = [randomInput(500, 0, random), randomInput(400, 1000, random)];
    const rest = (row: Row): number => Number((row[0] as bigint) % 17n);
    const order = (a: Row, b: Row): number => rest(b) - rest(a);
    const paths = inputs.map((_, i) => join(folder, `${i}.runs`));
    for (const [i, input] of inputs.entries()) await write(input, paths[i]!, { kind: 'sorted', keys }, 64);
    const found: Row[] = [];
    for (let part = 0; part < 3; part++) {
      const plan = exchanged('sorted-runs', paths, { keys, part, of: 3 });
      found.push(...(await read({ ...plan, columns: ['code'] })));
    }
    const expected = inputs.flatMap(({ rows }) => rows).sort(order);
    assert.equal(
      found,
      expected.map((row) => [row[names.indexOf('code')]!]),
    );
  });
});

test('texts that a dataset has stay there, until it is replaced', async () => {
  await inFolder(async (folder) => {
    const dataset = join(folder, 'dataset');
    const input = randomInput(6000, 0, seeded(46));
    const store = async (stored: Input): Promise<void> => {
      const runtime = makeRuntime();
      const writer = await createDataset(
        dataset,
        schema,
        { chunkBytes: 2 ** 16, joinBelow: 1, overwrite: true },
        runtime,
      );
      for await (const batch of streamOf(stored, 600, runtime, true)) writer.write(batch);
      await writer.finish();
    };
    await store(input);
    const keys = [key('code', true), key('c3')];
    const paths: string[] = [];
    const runtime = makeRuntime();
    const reader = new DatasetReader(dataset, runtime);
    const all = names.map((_, column) => column);
    for (const chunk of reader.manifest.chunks.keys()) {
      const context = contextOf(runtime, { share: 2 ** 22 });
      const rows = async function* (): Stream {
        yield* reader.scan([chunk], all, { rows: 1024, bytes: 2 ** 20 }, runtime, () => {});
      };
      const path = join(folder, `${chunk}.runs`);
      const layout = { kind: 'sorted', keys } as const;
      await writeRuns(rows(), schema, path, layout, context);
      assert.is(runtime.arena.reserved, 0);
      assert.not(readFileSync(path).includes('code 7'), 'the file has a text that it could refer to');
      paths.push(path);
    }
    assert.ok(paths.length > 4);
    const expected = [...input.rows].sort(compareBy(keys));
    // The least share makes it merge in several passes.
    for (const share of [2 ** 24, 2 ** 16]) {
      const found: Row[] = [];
      for (let part = 0; part < 3; part++)
        found.push(...(await read(exchanged('sorted-runs', paths, { keys, part, of: 3 }), share)));
      assert.equal(found, expected);
      assert.is(spilled > 0, share === 2 ** 16);
    }
    const whole = exchanged('runs', paths, { run: null });
    const codes = await read({ ...whole, columns: ['code'] });
    const place = names.indexOf('code');
    assert.equal(codes.map(([code]) => code).sort(), input.rows.map((row) => row[place]!).sort());
    await store({ schema, rows: input.rows.slice(1) });
    const error = (await read(whole).catch((thrown: unknown) => thrown)) as SpillwayError;
    assert.is(error.code, 'data');
    assert.match(error.message, /dataset was replaced after it was opened/);
    assert.is(reading.arena.reserved, 0);
  });
});

test('few rows have their texts with them, and those of too many dictionaries of a dataset', async () => {
  await inFolder(async (folder) => {
    const runtime = makeRuntime();
    const codes: Schema = { fields: [{ name: 'code', type: { kind: 'utf8' }, nullable: true }] };
    const texts = Array.from({ length: 5000 }, (_, i): Row => [`code ${i}`]);
    const dataset = join(folder, 'dataset');
    const writer = await createDataset(dataset, codes, {}, runtime);
    // Each of them twice, or they would not be worth codes.
    const input = { schema: codes, rows: [...texts, ...texts] };
    for await (const batch of streamOf(input, 10_000, runtime, true)) writer.write(batch);
    await writer.finish();
    const reader = new DatasetReader(dataset, runtime);
    for (const [rows, lineages, referred] of [
      [1024, 1, false],
      [1536, 1, true],
      [1536, 1000, false],
    ] as const) {
      const first = async function* (): Stream {
        for (const batch of reader.scan([0], [0], { rows, bytes: 2 ** 20 }, runtime, () => {})) {
          const [column] = batch.columns;
          const dictionary = column!.dictionary!;
          const origin = { ...dictionary.origin!, lineages };
          yield { ...batch, columns: [{ ...column!, dictionary: { ...dictionary, origin } }] };
          return;
        }
      };
      const path = join(folder, `${rows}-${lineages}.runs`);
      await writeRuns(first(), codes, path, { kind: 'rows' }, contextOf(runtime));
      assert.is(readFileSync(path).includes('code 7'), !referred);
      assert.equal(await read(exchanged('runs', [path], { run: null }, codes)), texts.slice(0, rows));
      assert.is(runtime.arena.reserved, 0);
    }
  });
});

test('a file that was cut short or changed is told in one line', async () => {
  await inFolder(async (folder) => {
    const input = randomInput(800, 0, seeded(46));
    const path = join(folder, 'x.runs');
    const { bytes } = await write(input, path, { kind: 'rows' }, 200);
    const whole = readFileSync(path);
    const outcome = async (changed: Uint8Array | null): Promise<string> => {
      rmSync(path, { force: true });
      if (changed !== null) writeFileSync(path, changed);
      try {
        const rows = await read(exchanged('runs', [path], { run: null }));
        assert.equal(rows, input.rows);
        return 'as it was';
      } catch (error) {
        assert.instance(error, SpillwayError);
        const { code, message } = error as SpillwayError;
        assert.is(code, 'disk');
        assert.is(reading.arena.reserved, 0);
        return message;
      }
    };
    const harm =
      /^the temporary file \S+ is damaged: (it was cut short|the checksum of (its index|a batch|a dictionary) is not what it was); the disk or who else writes there is at fault$/;
    assert.is(await outcome(whole), 'as it was');
    assert.match(await outcome(null), /^the temporary file \S+ cannot be read: ENOENT$/);
    for (const length of [0, 7, 31, 32, 1000, bytes - 1])
      assert.match(await outcome(whole.subarray(0, length)), harm);
    const random = seeded(47);
    let found = 0;
    for (let i = 0; i < 60; i++) {
      const changed = Buffer.from(whole);
      changed[Math.floor(random() * bytes)]! ^= 1 << Math.floor(random() * 8);
      // What Arrow's own readers want and we do not read, and what pads buffers, may change.
      const message = await outcome(changed);
      if (message !== 'as it was') {
        assert.match(message, harm);
        found++;
      }
    }
    assert.ok(found > 30, `${found} of 60`);
  });
});

test('another process reads what this one wrote', async () => {
  await inFolder(async (folder) => {
    const input = randomInput(700, 0, seeded(48));
    const keys = [key('code'), key('id')];
    const paths = ['rows', 'sorted'].map((name) => join(folder, name));
    const sorted = [...input.rows].sort(compareBy(keys));
    await write(input, paths[0]!, { kind: 'rows' }, 100);
    await write(input, paths[1]!, { kind: 'sorted', keys }, 100);
    const plans = [
      exchanged('runs', [paths[0]!], { run: 0 }),
      ...[0, 1].map((part) => exchanged('sorted-runs', [paths[1]!], { keys, part, of: 2 })),
    ].map((plan) => ({ ...plan, columns: ['code', 'c16', 'id'] }));
    const out = join(folder, 'read');
    const child = await childThat(
      `const { contextOf, makeRuntime } = await load('test/helpers.js');
       const { columnsOf } = await load('test/stream-helpers.js');
       const { execute } = await load('lib/exec/execute.js');
       const { writeFileSync } = await import('node:fs');
       const runtime = makeRuntime();
       const found = [];
       for (const plan of JSON.parse(args[0])) found.push(await columnsOf(execute(plan, contextOf(runtime)), 3, runtime));
       writeFileSync(args[1], JSON.stringify(found, (_, cell) => (typeof cell === 'bigint' ? Number(cell) : cell)));
       ready();
       await forever();`,
      JSON.stringify(plans),
      out,
    );
    await kill(child);
    const found = JSON.parse(readFileSync(out, 'utf8')) as Cell[][][];
    const expected = (rows: readonly Row[]): unknown =>
      ['code', 'c16', 'id'].map((name) =>
        rows.map((row) => {
          const cell = row[names.indexOf(name)]!;
          return typeof cell === 'bigint' ? Number(cell) : cell;
        }),
      );
    assert.equal(found[0], expected(input.rows));
    assert.equal(
      [0, 1, 2].map((c) => [...found[1]![c]!, ...found[2]![c]!]),
      expected(sorted),
    );
  });
});

test('rows without columns are counted', async () => {
  await inFolder(async (folder) => {
    const none: Schema = { fields: [] };
    for (const layout of [{ kind: 'rows' }, { kind: 'partitions', by: [], count: 3 }] as const) {
      const path = join(folder, layout.kind);
      const context = contextOf(reading);
      async function* counted() {
        for (const length of [3, 70_000, 40_000]) yield { length, columns: [] };
      }
      const file = await writeRuns(counted(), none, path, layout, context, true);
      assert.is(
        file.rows.reduce((sum, rows) => sum + rows, 0),
        110_003,
      );
      let found = 0;
      for await (const { length } of execute(exchanged('runs', [path], { run: null }, none), context))
        found += length;
      assert.is(found, 110_003);
      assert.is(reading.arena.reserved, 0);
    }
  });
});

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
