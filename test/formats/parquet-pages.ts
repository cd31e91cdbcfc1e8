import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Encoding } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parquet } from '../../lib/formats/parquet.js';
import { type Cell, cellsOf, makeRuntime, seeded } from '../helpers.js';

const test = suite('parquet pages');

const folder = mkdtempSync(join(tmpdir(), 'spillway-pages-'));
test.after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'a.parquet');

let connection: DuckDBConnection;
test.before(async () => {
  connection = await (await DuckDBInstance.create()).connect();
});

const runtime = makeRuntime(64 * 2 ** 20);

/** The cells of every column, and for each batch whether its first column is coded. */
async function read(): Promise<{ cells: Cell[][]; coded: boolean[] }> {
  const source = await parquet.open([path], {}, runtime);
  try {
    const columns = source.schema.fields.map((_, i) => i);
    const cells: Cell[][] = columns.map(() => []);
    const coded: boolean[] = [];
    const request = { columns, chunks: null, range: null, limit: null };
    for await (const batch of source.scan(request, runtime, () => {})) {
      coded.push(batch.columns[0]!.dictionary !== null);
      for (const [i, column] of batch.columns.entries()) cells[i]!.push(...cellsOf(column, runtime.arena));
    }
    return { cells, coded };
  } finally {
    await source.close();
    assert.is(runtime.arena.reserved, 0);
  }
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

/** One run of packed values. */
function packed(values: readonly number[], width: number): number[] {
  const groups = Math.ceil(values.length / 8);
  const bytes = new Array<number>(groups * width).fill(0);
  for (const [i, value] of values.entries())
    for (let bit = 0; bit < width; bit++)
      if ((value >> bit) & 1) bytes[(i * width + bit) >> 3]! |= 1 << ((i * width + bit) & 7);
  return [...varint(groups * 2 + 1), ...bytes];
}

const plain = (text: string): number[] => {
  const bytes = Buffer.from(text);
  return [bytes.length & 255, bytes.length >> 8, 0, 0, ...bytes];
};

interface PageCells {
  readonly encoding: Encoding;
  readonly cells: readonly (string | null)[];
}

/** A file of one text column in pages of the encodings told. */
function writePages(entries: readonly string[], pages: readonly PageCells[]): void {
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    codec: 'UNCOMPRESSED',
    schema: [
      { name: 'schema', num_children: 1 },
      { name: 't', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
    ],
  });
  const start = writer.offset;
  const body = entries.flatMap(plain);
  const sizes = (size: number) => ({ uncompressed_page_size: size, compressed_page_size: size });
  writePageHeader(writer, {
    type: 'DICTIONARY_PAGE',
    ...sizes(body.length),
    dictionary_page_header: { num_values: entries.length, encoding: 'PLAIN' },
  });
  writer.appendBytes(Uint8Array.from(body));
  const dataStart = writer.offset;
  let rows = 0;
  for (const { encoding, cells } of pages) {
    const levels = packed(
      cells.map((cell) => (cell === null ? 0 : 1)),
      1,
    );
    const own = cells.filter((cell) => cell !== null);
    const codes = (): number[] => [
      9,
      ...packed(
        own.map((text) => entries.indexOf(text)),
        9,
      ),
    ];
    const values = encoding === 'PLAIN' ? own.flatMap(plain) : codes();
    writePageHeader(writer, {
      type: 'DATA_PAGE_V2',
      ...sizes(levels.length + values.length),
      data_page_header_v2: {
        num_values: cells.length,
        num_nulls: cells.length - own.length,
        num_rows: cells.length,
        encoding,
        definition_levels_byte_length: levels.length,
        repetition_levels_byte_length: 0,
        is_compressed: false,
      },
    });
    writer.appendBytes(Uint8Array.from([...levels, ...values]));
    rows += cells.length;
  }
  const size = BigInt(writer.offset - start);
  file.row_groups.push({
    columns: [
      {
        file_offset: BigInt(start),
        meta_data: {
          type: 'BYTE_ARRAY',
          encodings: ['PLAIN', 'RLE_DICTIONARY'],
          path_in_schema: ['t'],
          codec: 'UNCOMPRESSED',
          num_values: BigInt(rows),
          total_compressed_size: size,
          total_uncompressed_size: size,
          data_page_offset: BigInt(dataStart),
          dictionary_page_offset: BigInt(start),
        },
      },
    ],
    total_byte_size: size,
    num_rows: BigInt(rows),
  });
  file.num_rows = BigInt(rows);
  file.finish();
  writeFileSync(path, writer.getBytes());
}

test('a dictionary that is given up, or comes back, in the middle of a batch', async () => {
  const random = seeded(1);
  const entries = Array.from({ length: 300 }, (_, i) =>
    i % 3 === 0 ? '' : `entry ${i} ${'é'.repeat(i % 20)}`,
  );
  const page = (encoding: Encoding, count: number, nulls: number): PageCells => ({
    encoding,
    cells: Array.from({ length: count }, () =>
      random() < nulls ? null : entries[1 + 3 * Math.floor(random() * 99)]!,
    ),
  });
  const dictionary = (count: number, nulls = 0.2): PageCells => page('RLE_DICTIONARY', count, nulls);
  const spelled = (count: number, nulls = 0.2): PageCells => page('PLAIN', count, nulls);
  for (const [pages, coded] of [
    [[dictionary(700)], [true]],
    [[dictionary(500), spelled(77)], [false]],
    [[dictionary(500, 1), spelled(77, 0)], [false]],
    [[spelled(50), dictionary(91), spelled(3), dictionary(400, 0)], [false]],
    // Whole batches of 65536 rows stay coded; the one in which the dictionary ends, and those behind it, do not.
    [
      [dictionary(60_000), dictionary(60_000), spelled(20_000)],
      [true, false, false],
    ],
  ] as const) {
    writePages(entries, pages);
    const found = await read();
    assert.equal(
      found.cells[0],
      pages.flatMap(({ cells }) => cells),
    );
    assert.equal(found.coded, coded);
  }
});

test('an empty dictionary, of which nulls have no code', async () => {
  const nulls = { encoding: 'RLE_DICTIONARY', cells: new Array<null>(20).fill(null) } as const;
  for (const pages of [[nulls], [nulls, { encoding: 'PLAIN', cells: ['a', null] } as const]]) {
    writePages([], pages);
    assert.equal(await read(), { cells: [pages.flatMap(({ cells }) => [...cells])], coded: [false] });
  }
});

test('what a page claims and has not is told with file and column', async () => {
  const refused = async (expected: string, change: (bytes: Buffer) => void): Promise<void> => {
    writePages(['a', 'b'], [{ encoding: 'RLE_DICTIONARY', cells: ['a', 'b', null, 'b'] }]);
    const bytes = readFileSync(path);
    change(bytes);
    writeFileSync(path, bytes);
    try {
      await read();
    } catch (error) {
      assert.is((error as Error).message, `${path} is damaged or no Parquet file in column "t": ${expected}`);
      return;
    }
    assert.unreachable(expected);
  };
  // The levels, the width of codes and the codes are the last bytes before the footer.
  const body = Buffer.from([3, 0b1011, 9, 3, 0, 0b10]);
  const at = (bytes: Buffer): number => bytes.indexOf(body);
  await refused('a value is missing', (bytes) => bytes.fill(255, at(bytes) + 4, at(bytes) + 8));
  await refused('codes have 33 bits', (bytes) => bytes.fill(33, at(bytes) + 2, at(bytes) + 3));
  await refused('definition levels are missing', (bytes) => bytes.fill(0, at(bytes), at(bytes) + 2));
  await refused('a text reaches too far', (bytes) =>
    bytes.fill(9, bytes.indexOf('a') - 4, bytes.indexOf('a') - 3),
  );
  await refused('its text is not valid UTF-8', (bytes) =>
    bytes.fill(0xff, bytes.indexOf('a'), bytes.indexOf('a') + 1),
  );
});

test('what a scan of long values takes is told before', async () => {
  for (const [rows, bytes] of [
    [40, 500_000],
    [6000, 3000],
  ]) {
    await connection.run(`copy (select i as k, i || repeat(chr(97 + (i % 26)::int), ${bytes}) as t from range(${rows}) r(i))
      to '${path}' (format parquet, codec uncompressed, dictionary_size_limit 1)`);
    const source = await parquet.open([path], {}, runtime);
    const request = { columns: [0, 1], chunks: null, range: null, limit: null };
    const held = source.heldBytes!(request, runtime);
    assert.ok(held > 15e6 && held < 80e6, String(held));
    // What the rest of a query leaves is small.
    const narrow = makeRuntime(held + 4 * 2 ** 20);
    let found = 0;
    for await (const batch of source.scan(request, narrow, () => {})) found += batch.length;
    assert.is(found, rows);
    assert.is(narrow.arena.reserved, 0);
    await source.close();
  }
});

test('flipped bits in any encoding and codec: a data error or values, never a trap', async () => {
  const random = seeded(9);
  const rows = `select i % 2 = 0 as b, (i * 7919 % 125)::tinyint as i8, i * 3 as i32, i * 1000003 as i64, i / 7 as f64,
    i::float as f32, 'k' || i % 5 as few, 'http://' || (i * 7919 % 1009) as t, (i / 100)::decimal(9, 2) as d9,
    (i * 1e15)::decimal(38, 2) as d38, to_timestamp(i) as z, if(i % 3 = 0, null, i) as n from range(1500) r(i)`;
  for (const options of [
    'codec snappy, parquet_version v1',
    'codec uncompressed, parquet_version v2, dictionary_size_limit 1',
    'codec zstd, parquet_version v2, dictionary_size_limit 1',
    'codec lz4_raw, dictionary_size_limit 1',
    'codec gzip, parquet_version v2',
    'codec brotli',
  ]) {
    await connection.run(`copy (${rows}) to '${path}' (format parquet, ${options})`);
    const good = readFileSync(path);
    const { cells } = await read();
    assert.is(cells.length, 12);
    let refusals = 0;
    for (let i = 0; i < 60; i++) {
      const bad = Uint8Array.from(good);
      for (let flips = 1 + (i % 3); flips > 0; flips--)
        bad[4 + Math.floor(random() * (bad.length - 3000))]! ^= 1 << Math.floor(random() * 8);
      writeFileSync(path, bad);
      try {
        const found = await read();
        assert.ok(
          found.cells.every((column) => column.length === 1500),
          options,
        );
      } catch (error) {
        const { name, message, cause } = error as Error;
        assert.is(name, 'SpillwayError', `${options}: ${message}`);
        assert.ok(message.startsWith(path), message);
        assert.is.not((cause as Error | undefined)?.name, 'RuntimeError', message);
        refusals++;
      }
    }
    assert.ok(refusals > 0, options);
  }
});

test.run();
