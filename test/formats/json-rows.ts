import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Schema } from '../../lib/arrow/schema.js';
import {
  bool,
  type DataType,
  date,
  decimal,
  float32,
  float64,
  int64,
  list,
  nullType,
  timestamp,
  uint64,
  utf8,
} from '../../lib/arrow/types.js';
import { json } from '../../lib/formats/json.js';
import { ndjson } from '../../lib/formats/ndjson.js';
import { batchOf, type Cell, codedVectorOf, makeRuntime, randomCells, seeded, vectorOf } from '../helpers.js';

const test = suite('json and ndjson sinks');

const folder = mkdtempSync(join(tmpdir(), 'spillway-json-'));
test.after(() => rmSync(folder, { recursive: true }));

type Columns = readonly (readonly [string, DataType, readonly Cell[]])[];

async function written(format: typeof json, columns: Columns, rows = 1e9, coded = false): Promise<string> {
  const runtime = makeRuntime();
  const path = join(folder, 'out');
  const schema: Schema = { fields: columns.map(([name, type]) => ({ name, type, nullable: true })) };
  const sink = await format.create(path, schema, { overwrite: true }, runtime);
  const length = columns[0]![2].length;
  const region = runtime.arena.region('test');
  for (let from = 0; from < length; from += rows) {
    region.reset();
    const vectors = columns.map(([, type, cells]) => {
      const part = cells.slice(from, from + rows);
      return coded && type.kind === 'utf8'
        ? codedVectorOf(type, part, region, runtime)
        : vectorOf(type, part, region);
    });
    await sink.write(batchOf(vectors));
  }
  const { bytes } = await sink.finish();
  region.release();
  if (!coded) assert.is(runtime.arena.reserved, 0);
  const text = readFileSync(path, 'utf8');
  assert.is(bytes, Buffer.byteLength(text));
  return text;
}

const columns: Columns = [
  ['id', int64, [2n ** 63n - 1n, null, -(2n ** 63n)]],
  ['u', uint64, [2n ** 64n - 1n, 0n, null]],
  ['a "b"', utf8, ['x', null, 'line\nquote"back\\slash\ttab\u0001\u001f']],
  ['f', float64, [0.1, Number.NaN, -Infinity]],
  ['g', float32, [Math.fround(0.1), null, Infinity]],
  ['d', date, [0, null, 1]],
  ['t', timestamp('UTC'), [1n, null, 0n]],
  ['m', decimal(20, 2), [12345678901234567890n, null, -5n]],
  ['ok', bool, [true, false, null]],
  ['n', nullType, [null, null, null]],
];

const lines = [
  '{"id":9223372036854775807,"u":18446744073709551615,"a \\"b\\"":"x","f":0.1,"g":0.1,"d":"1970-01-01",' +
    '"t":"1970-01-01 00:00:00.000001+00:00","m":123456789012345678.90,"ok":true,"n":null}',
  '{"id":null,"u":0,"a \\"b\\"":null,"f":null,"g":null,"d":null,"t":null,"m":null,"ok":false,"n":null}',
  '{"id":-9223372036854775808,"u":null,"a \\"b\\"":"line\\nquote\\"back\\\\slash\\ttab\\u0001\\u001f","f":null,' +
    '"g":null,"d":"1970-01-02","t":"1970-01-01 00:00:00+00:00","m":-0.05,"ok":null,"n":null}',
];

test('every type, as lines and as an array, in one batch and in several', async () => {
  for (const rows of [1e9, 1, 2]) {
    for (const coded of [false, true]) {
      assert.is(await written(ndjson, columns, rows, coded), lines.map((line) => `${line}\n`).join(''));
      assert.is(await written(json, columns, rows, coded), `[\n${lines.join(',\n')}\n]\n`);
    }
  }
});

test('lists are arrays, whatever they hold', async () => {
  const lists = [
    ['n', list(int64), [[1n, null], null, []]],
    ['t', list(list(utf8)), [[['a"b', null], [], null], [['\n']], null]],
    ['d', list(date), [[0, null], [-1], []]],
    ['f', list(float64), [[0.5, Number.NaN], [Infinity], [-0]]],
    ['m', list(decimal(4, 2)), [[5n], null, [-1234n]]],
  ] as const;
  const table = lists.map(([name, type, cells]) => [name, type, cells as unknown as Cell[]] as const);
  const expected = [
    '{"n":[1,null],"t":[["a\\"b",null],[],null],"d":["1970-01-01",null],"f":[0.5,null],"m":[0.05]}',
    '{"n":null,"t":[["\\n"]],"d":["1969-12-31"],"f":[null],"m":null}',
    '{"n":[],"t":null,"d":[],"f":[-0.0],"m":[-12.34]}',
  ];
  assert.is(await written(ndjson, table), `${expected.join('\n')}\n`);
  const random = seeded(5);
  const type = list(list(utf8));
  const cells = randomCells(type, 20_000, random, 0.1);
  const lines = (await written(ndjson, [['l', type, cells]], 7000)).trimEnd().split('\n');
  assert.equal(
    lines.map((line) => JSON.parse(line).l),
    cells,
  );
});

test('no rows', async () => {
  const empty: Columns = [['a', int64, []]];
  assert.is(await written(ndjson, empty), '');
  assert.is(await written(json, empty), '[\n]\n');
});

test('rows without columns are empty objects', async () => {
  for (const [format, expected] of [
    [ndjson, '{}\n{}\n'],
    [json, '[\n{},\n{}\n]\n'],
  ] as const) {
    const runtime = makeRuntime();
    const path = join(folder, 'empty-rows');
    const sink = await format.create(path, { fields: [] }, { overwrite: true }, runtime);
    await sink.write({ length: 2, columns: [] });
    await sink.finish();
    assert.is(readFileSync(path, 'utf8'), expected);
    assert.is(runtime.arena.reserved, 0);
  }
});

test('any text reads back as it was', async () => {
  const random = seeded(11);
  const texts = Array.from({ length: 20_000 }, (): Cell => {
    if (random() < 0.05) return null;
    return Array.from({ length: Math.floor(random() * 30) }, () =>
      String.fromCodePoint(Math.floor(random() ** 3 * 0xd000)),
    ).join('');
  });
  const numbers = texts.map((): Cell => (random() - 0.5) * 10 ** Math.floor(random() * 600 - 300));
  const table: Columns = [
    ['t', utf8, texts],
    ['x', float64, numbers],
  ];
  const expected = texts.map((t, i) => ({ t, x: numbers[i] }));
  assert.equal(JSON.parse(await written(json, table, 7000)), expected);
  const parsed = (await written(ndjson, table, 7000, true)).trimEnd().split('\n');
  assert.equal(
    parsed.map((line) => JSON.parse(line)),
    expected,
  );
});

test('reading is refused by name', async () => {
  for (const format of [json, ndjson]) {
    try {
      await format.open(['/x'], {}, makeRuntime());
      assert.unreachable();
    } catch (error) {
      assert.is((error as Error).message, `reading ${format.name} is not supported yet`);
    }
  }
});

test.run();
