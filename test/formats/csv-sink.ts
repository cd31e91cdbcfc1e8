import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Vector } from '../../lib/arrow/batch.js';
import type { Schema } from '../../lib/arrow/schema.js';
import {
  bool,
  type DataType,
  date,
  decimal,
  float64,
  int32,
  int64,
  nullType,
  timestamp,
  utf8,
} from '../../lib/arrow/types.js';
import { csv } from '../../lib/formats/csv.js';
import type { FormatOptions } from '../../lib/formats/format.js';
import { batchOf, type Cell, codedVectorOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('csv sink');

const folder = mkdtempSync(join(tmpdir(), 'spillway-csv-sink-'));
test.after(() => rmSync(folder, { recursive: true }));

type Columns = readonly (readonly [string, DataType, readonly Cell[]])[];

const schemaOf = (columns: Columns): Schema => ({
  fields: columns.map(([name, type]) => ({ name, type, nullable: true })),
});

/** The file's text, written in batches of `rows`. */
async function csvOf(
  columns: Columns,
  options: FormatOptions = {},
  rows = 1e9,
  coded = false,
): Promise<string> {
  const runtime = makeRuntime(256 * 2 ** 20);
  const path = join(folder, 'out.csv');
  const sink = await csv.create(path, schemaOf(columns), { overwrite: true, ...options }, runtime);
  const length = columns[0]?.[2].length ?? 0;
  const region = runtime.arena.region('test');
  const vector = (type: DataType, cells: readonly Cell[]): Vector =>
    coded && type.kind === 'utf8'
      ? codedVectorOf(type, cells, region, runtime)
      : vectorOf(type, cells, region);
  for (let from = 0; from < length; from += rows) {
    region.reset();
    await sink.write(batchOf(columns.map(([, type, cells]) => vector(type, cells.slice(from, from + rows)))));
  }
  const done = await sink.finish();
  region.release();
  const text = readFileSync(path, 'utf8');
  assert.equal(done, { rows: length, bytes: Buffer.byteLength(text) });
  if (!coded) assert.is(runtime.arena.reserved, 0);
  return text;
}

test('fields are quoted where they have to be, and only there', async () => {
  const cells = [
    'plain',
    'a,b',
    'say "hi"',
    'two\nlines',
    'cr\r',
    '',
    null,
    ' spaced ',
    'ünï',
    '"',
    'x'.repeat(40),
  ];
  const expected =
    'text\nplain\n"a,b"\n"say ""hi"""\n"two\nlines"\n"cr\r"\n""\n\n spaced \nünï\n""""\n' +
    `${'x'.repeat(40)}\n`;
  assert.is(await csvOf([['text', utf8, cells]]), expected);
  assert.is(await csvOf([['text', utf8, cells]], {}, 3), expected);
  assert.is(await csvOf([['text', utf8, cells]], {}, 1e9, true), expected);
});

test('types, names, nulls of every kind', async () => {
  const text = await csvOf([
    ['a,b', int32, [1, null, -3]],
    ['', float64, [0.1, 1e21, Number.NaN]],
    ['t', timestamp(), [0n, 1500000n, null]],
    ['z', timestamp('UTC'), [0n, null, -1n]],
    ['d', date, [0, null, -1]],
    ['m', decimal(10, 2), [1n, -12345n, null]],
    ['ok', bool, [true, false, null]],
    ['nothing', nullType, [null, null, null]],
  ]);
  assert.is(
    text,
    [
      '"a,b","",t,z,d,m,ok,nothing',
      '1,0.1,1970-01-01 00:00:00,1970-01-01 00:00:00+00:00,1970-01-01,0.01,true,',
      ',1e+21,1970-01-01 00:00:01.5,,,-123.45,false,',
      '-3,NaN,,1969-12-31 23:59:59.999999+00:00,1969-12-31,,,',
      '',
    ].join('\n'),
  );
});

test('options: delimiter, no header, quote, null texts', async () => {
  const columns: Columns = [
    ['t', utf8, ['a;b', "it's", 'NA', '-', null, '']],
    ['n', int32, [1, 2, 3, 4, null, 6]],
  ];
  assert.is(
    await csvOf(columns, { delimiter: ';', header: false, quote: "'", nulls: ['NA', '-'] }),
    "'a;b';1\n'it''s';2\n'NA';3\n'-';4\nNA;NA\n'';6\n",
  );
  assert.is(await csvOf([['d', date, [0]]], { delimiter: '-' }), 'd\n"1970-01-01"\n');
  assert.is(await csvOf([['n', int32, [7, 8]]], { nulls: ['7'] }), 'n\n"7"\n8\n');
});

test('a name that ends in .tsv or .gz says how it is written', async () => {
  const schema = schemaOf([['a', int32, []]]);
  for (const [name, unpack, text] of [
    ['x.tsv', (bytes: Buffer) => bytes, 'a\tb\n1\tx,y\n'],
    ['x.csv.gz', gunzipSync, 'a,b\n1,"x,y"\n'],
    ['empty.csv.gz', gunzipSync, ''],
  ] as const) {
    const runtime = makeRuntime();
    const region = runtime.arena.region('test');
    const columns: Columns =
      text === ''
        ? []
        : [
            ['a', int32, [1]],
            ['b', utf8, ['x,y']],
          ];
    const sink = await csv.create(
      join(folder, name),
      text === '' ? { fields: [] } : schemaOf(columns),
      {},
      runtime,
    );
    if (text !== '')
      await sink.write(batchOf(columns.map(([, type, cells]) => vectorOf(type, cells, region))));
    await sink.finish();
    assert.is(unpack(readFileSync(join(folder, name))).toString(), text);
    region.release();
    assert.is(runtime.arena.reserved, 0);
  }
  await (await csv.create(join(folder, 'gone.csv.gz'), schema, {}, makeRuntime())).abort();
  assert.is(existsSync(join(folder, 'gone.csv.gz')), false);
});

test('bad options are refused by name', async () => {
  for (const [options, message] of [
    [{ delimiter: '||' }, 'csv: delimiter must be one ASCII character, not "||"'],
    [{ quote: '' }, 'csv: quote must be one ASCII character, not ""'],
    [{ delimiter: '"' }, 'csv: delimiter and quote are both "\\""'],
    [{ nulls: 'NA' }, 'csv: nulls must be a list of texts'],
    [{ nulls: ['a,b'] }, 'csv: the null text "a,b" would have to be quoted'],
    [{ header: 'yes' }, 'csv: header must be true or false'],
  ] as const) {
    try {
      await csvOf([['a', int32, [1]]], options);
      assert.unreachable(message);
    } catch (error) {
      assert.is((error as Error).message, message);
    }
  }
});

test('rows larger than the block, and a dictionary that grows', async () => {
  const random = seeded(9);
  const cells = Array.from({ length: 60 }, (_, i): Cell => {
    if (i % 11 === 5) return null;
    return `${'long "text" '.repeat(Math.floor(random() ** 4 * 200_000))}${i % 17}`;
  });
  const expected = cells
    .map((cell) => (cell === null ? '' : `"${(cell as string).replaceAll('"', '""')}"`))
    .map((field, i) => `${/["\n,]/.test(cells[i] as string) ? field : field.replaceAll('"', '')},${i}\n`)
    .join('');
  const columns: Columns = [
    ['text', utf8, cells],
    ['i', int32, cells.map((_, i) => i)],
  ];
  assert.ok((await csvOf(columns, { header: false }, 20)) === expected);
});

test('DuckDB reads back what was written', async () => {
  const random = seeded(10);
  const rows = 20_011;
  const maybe = (cell: Cell): Cell => (random() < 0.1 ? null : cell);
  const letters = ['a', 'B', ',', '"', '\n', '\r\n', ' ', 'é', '😀', '0', "'"];
  const text = (): string =>
    Array.from(
      { length: Math.floor(random() * 25) },
      () => letters[Math.floor(random() * letters.length)],
    ).join('');
  const make = (cell: () => Cell): Cell[] => Array.from({ length: rows }, () => maybe(cell()));
  const columns: Columns = [
    ['i', int64, make(() => BigInt(Math.floor((random() - 0.5) * 2 ** 60)))],
    ['f', float64, make(() => (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20))],
    ['t', utf8, make(text)],
    ['c', utf8, make(() => letters[Math.floor(random() * letters.length)]!)],
    ['d', date, make(() => Math.floor(random() * 40000 - 20000))],
    ['s', timestamp(), make(() => BigInt(Math.floor((random() - 0.5) * 2 ** 51)))],
    ['m', decimal(18, 3), make(() => BigInt(Math.floor((random() - 0.5) * 2 ** 50)))],
    ['b', bool, make(() => random() < 0.5)],
  ];
  const connection = await (await DuckDBInstance.create()).connect();
  for (const coded of [false, true]) {
    await csvOf(columns, {}, 4096 + 37, coded);
    const result = await connection.runAndReadAll(
      `select i, f, t, c, d - date '1970-01-01' as d, epoch_us(s) as s, (m * 1000)::bigint as m, b
       from read_csv('${join(folder, 'out.csv')}', header = true, delim = ',', quote = '"', escape = '"',
       columns = {i: 'bigint', f: 'double', t: 'varchar', c: 'varchar', d: 'date', s: 'timestamp',
       m: 'decimal(18,3)', b: 'boolean'}, parallel = false, allow_quoted_nulls = false)`,
    );
    const found = result.getColumns();
    for (const [i, [name, type, cells]] of columns.entries()) {
      const expected = cells.map((cell) =>
        type.kind === 'date' && cell !== null ? BigInt(cell as number) : cell,
      );
      assert.equal(found[i], expected, name);
    }
  }
});

test('an output exists: refused and untouched, or replaced; nothing hidden is left behind', async () => {
  const runtime = makeRuntime();
  const path = join(folder, 'exists.csv');
  writeFileSync(path, 'old');
  const schema = schemaOf([['a', int32, []]]);
  try {
    await csv.create(path, schema, {}, runtime);
    assert.unreachable('exists');
  } catch (error) {
    assert.is((error as Error).message, `${path} exists; give --overwrite to replace it`);
  }
  const sink = await csv.create(path, schema, { overwrite: true }, runtime);
  assert.is(readFileSync(path, 'utf8'), 'old');
  await sink.abort();
  assert.is(readFileSync(path, 'utf8'), 'old');
  const again = await csv.create(path, schema, { overwrite: true }, runtime);
  assert.equal(await again.finish(), { rows: 0, bytes: 2 });
  assert.is(readFileSync(path, 'utf8'), 'a\n');
  const fresh = join(folder, 'fresh.csv');
  await (await csv.create(fresh, schema, {}, runtime)).abort();
  assert.is(existsSync(fresh), false);
  assert.equal(
    readdirSync(folder).filter((name) => name.startsWith('.')),
    [],
  );
  assert.is(runtime.arena.reserved, 0);
});

test.run();
