import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type DataType, decimal, float64, int32, timestamp, utf8 } from '../../lib/arrow/types.js';
import { cutToWidth, displayWidth, visible } from '../../lib/formats/display-width.js';
import type { FormatOptions } from '../../lib/formats/format.js';
import { table } from '../../lib/formats/table.js';
import { batchOf, type Cell, codedVectorOf, makeRuntime, vectorOf } from '../helpers.js';

const test = suite('table sink');

const folder = mkdtempSync(join(tmpdir(), 'spillway-table-'));
test.after(() => rmSync(folder, { recursive: true }));

type Columns = readonly (readonly [string, DataType, readonly Cell[]])[];

async function drawn(
  columns: Columns,
  options: FormatOptions = {},
  rows = 1e9,
  coded = false,
): Promise<string> {
  const runtime = makeRuntime();
  const path = join(folder, 'out.txt');
  const schema = { fields: columns.map(([name, type]) => ({ name, type, nullable: true })) };
  const sink = await table.create(path, schema, { overwrite: true, ...options }, runtime);
  const region = runtime.arena.region('test');
  const length = columns[0]![2].length;
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
  assert.is((await sink.finish()).rows, length);
  region.release();
  if (!coded) assert.is(runtime.arena.reserved, 0);
  return readFileSync(path, 'utf8');
}

const box = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

test('numbers stand right, nulls differ from texts, wide and control characters keep the lines straight', async () => {
  const columns: Columns = [
    ['origin', utf8, ['SFO', null, 'null', '', '東京', 'a\tb']],
    ['delay', float64, [12.5, null, -3, 1e21, 0.1, Number.NaN]],
    ['when', timestamp(), [0n, null, 1500000n, 0n, 0n, 0n]],
    ['price', decimal(6, 2), [100n, -5n, null, 0n, 0n, 123456n]],
  ];
  const expected = box([
    '┌────────┬─────────┬───────────────────────┬──────────────┐',
    '│ origin │   delay │ when                  │        price │',
    '│ utf8   │ float64 │ timestamp             │ decimal(6,2) │',
    '├────────┼─────────┼───────────────────────┼──────────────┤',
    '│ SFO    │    12.5 │ 1970-01-01 00:00:00   │         1.00 │',
    '│ null   │    null │ null                  │        -0.05 │',
    '│ "null" │      -3 │ 1970-01-01 00:00:01.5 │         null │',
    '│ ""     │   1e+21 │ 1970-01-01 00:00:00   │         0.00 │',
    '│ 東京   │     0.1 │ 1970-01-01 00:00:00   │         0.00 │',
    '│ a\\tb   │     NaN │ 1970-01-01 00:00:00   │      1234.56 │',
    '└────────┴─────────┴───────────────────────┴──────────────┘',
    '6 rows',
  ]);
  assert.is(await drawn(columns), expected);
  assert.is(await drawn(columns, {}, 2, true), expected);
});

test('the first and the last rows, however they come', async () => {
  const columns: Columns = [['i', int32, Array.from({ length: 1234 }, (_, i) => i)]];
  const expected = box([
    '┌───────┐',
    '│     i │',
    '│ int32 │',
    '├───────┤',
    '│     0 │',
    '│     1 │',
    '│     2 │',
    '│     ⋮ │',
    '│  1232 │',
    '│  1233 │',
    '└───────┘',
    '1,234 rows (1,229 not shown)',
  ]);
  for (const rows of [1e9, 1, 7, 617, 1233]) assert.is(await drawn(columns, { maxRows: 5 }, rows), expected);
});

test('every number of rows around the limit', async () => {
  for (let length = 0; length < 12; length++) {
    for (const maxRows of [1, 2, 3, 4, 5]) {
      const cells = Array.from({ length }, (_, i) => 100 + i);
      const text = await drawn([['i', int32, cells]], { maxRows }, 2);
      const shown = [...text.matchAll(/1\d\d/g)].map(([digits]) => Number(digits));
      const half = maxRows >> 1;
      const expected =
        length <= maxRows ? cells : [...cells.slice(0, maxRows - half), ...cells.slice(length - half)];
      assert.equal(shown, expected, `${length} rows, ${maxRows} shown`);
    }
  }
});

test('a narrow terminal: texts are cut, then columns left out; numbers stay whole', async () => {
  const columns: Columns = [
    ['number', int32, [123456789]],
    ['text', utf8, ['some text that goes on and on']],
    ['more', utf8, ['日本語のとても長いテキストです']],
  ];
  assert.is(
    await drawn(columns, { width: 45 }),
    box([
      '┌───────────┬───────────────┬───────────────┐',
      '│    number │ text          │ more          │',
      '│     int32 │ utf8          │ utf8          │',
      '├───────────┼───────────────┼───────────────┤',
      '│ 123456789 │ some text th… │ 日本語のとて… │',
      '└───────────┴───────────────┴───────────────┘',
      '1 row',
    ]),
  );
  assert.is(
    await drawn(columns, { width: 34 }),
    box([
      '┌───────────┬───┬────────────────┐',
      '│    number │ … │ more           │',
      '│     int32 │ … │ utf8           │',
      '├───────────┼───┼────────────────┤',
      '│ 123456789 │ … │ 日本語のとて…  │',
      '└───────────┴───┴────────────────┘',
      '1 row, 3 columns (1 not shown)',
    ]),
  );
});

test('how wide texts are', () => {
  for (const [text, width] of [
    ['abc', 3],
    ['東京', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['✅', 2],
    ['ｆｕｌｌ', 8],
    ['한국', 4],
    ['\u200b', 0],
    ['', 0],
  ] as const)
    assert.is(displayWidth(text), width, text);
  assert.is(cutToWidth('東京都', 4), '東…');
  assert.is(cutToWidth('abc', 3), 'abc');
  assert.is(visible('a\n\u001b[0m\u202e\u0085'), 'a\\n\\x1b[0m\\u202e\\x85');
});

test.run();
