import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Schema, schemaText } from '../../lib/arrow/schema.js';
import {
  bool,
  type DataType,
  date,
  decimal,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  nullType,
  timestamp,
  uint8,
  uint16,
  uint32,
  uint64,
  utf8,
} from '../../lib/arrow/types.js';
import { csv } from '../../lib/formats/csv.js';
import type { Source } from '../../lib/formats/format.js';
import { parquet } from '../../lib/formats/parquet.js';
import { Session } from '../../lib/index.js';
import { filter, scan as makeScan } from '../../lib/plan/make-plan.js';
import { optimize } from '../../lib/plan/optimize.js';
import type { Scan } from '../../lib/plan/plan.js';
import { parseExpression } from '../../lib/sql/fragments.js';
import {
  batchOf,
  type Cell,
  cellsOf,
  codedVectorOf,
  codesOf,
  makeRuntime,
  seeded,
  vectorOf,
} from '../helpers.js';

const test = suite('parquet');

const folder = mkdtempSync(join(tmpdir(), 'spillway-parquet-'));
test.after(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

let connection: DuckDBConnection;
test.before(async () => {
  connection = await (await DuckDBInstance.create()).connect();
  await connection.run("set timezone = 'UTC'");
});

/** The cells of every wanted column. */
const runtime = makeRuntime(256 * 2 ** 20);

async function scanned(
  source: Source,
  request: { columns?: readonly number[]; limit?: number } = {},
): Promise<Cell[][]> {
  const columns = request.columns ?? source.schema.fields.map((_, i) => i);
  const out: Cell[][] = columns.map(() => []);
  const scan = { columns, chunks: null, range: null, limit: request.limit ?? null };
  for await (const batch of source.scan(scan, runtime, () => {}))
    for (const [i, column] of batch.columns.entries()) out[i]!.push(...cellsOf(column, runtime.arena));
  assert.is(runtime.arena.reserved, 0);
  return out;
}

async function read(paths: readonly string[]): Promise<{ schema: string; cells: Cell[][] }> {
  const source = await parquet.open(paths, {}, runtime);
  const cells = await scanned(source);
  await source.close();
  return { schema: schemaText(source.schema), cells };
}

async function refused(message: string | RegExp, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const said = (error as Error).message;
    assert.ok(typeof message === 'string' ? said === message : message.test(said), said);
    return;
  }
  assert.unreachable(`not refused: ${message}`);
}

type Columns = readonly (readonly [string, DataType, readonly Cell[]])[];

function randomColumns(rows: number, seed: number): Columns {
  const random = seeded(seed);
  const wide = (): bigint =>
    (BigInt(Math.floor(random() * 2 ** 32)) << 32n) | BigInt(Math.floor(random() * 2 ** 32));
  const make = (cell: (i: number) => Cell): Cell[] =>
    Array.from({ length: rows }, (_, i) => (random() < 0.1 ? null : cell(i)));
  const int = (bits: number, signed: boolean) => (): Cell =>
    Number(signed ? BigInt.asIntN(bits, wide()) : BigInt.asUintN(bits, wide()));
  const decimals = (digits: number) => (): Cell =>
    (((wide() << 64n) | wide()) % 10n ** BigInt(digits)) * (random() < 0.5 ? -1n : 1n);
  return [
    ['b', bool, make(() => random() < 0.5)],
    ['i8', int8, make(int(8, true))],
    ['i16', int16, make(int(16, true))],
    ['i32', int32, make(int(32, true))],
    ['i64', int64, make(() => BigInt.asIntN(64, wide()))],
    ['u8', uint8, make(int(8, false))],
    ['u16', uint16, make(int(16, false))],
    ['u32', uint32, make(int(32, false))],
    ['u64', uint64, make(() => wide())],
    ['few', int64, make(() => BigInt(Math.floor(random() * 10)) - 5n)],
    ['f32', float32, make(() => Math.fround((random() - 0.5) * 1e10))],
    ['f64', float64, make((i) => (i % 97 === 5 ? Number.NaN : i % 97 === 6 ? -Infinity : random() - 0.5))],
    ['d', date, make(() => Math.floor((random() - 0.5) * 100_000))],
    ['t', timestamp(), make(() => BigInt(Math.floor((random() - 0.5) * 2 ** 52)))],
    ['z', timestamp('UTC'), make(() => BigInt(Math.floor((random() - 0.5) * 2 ** 52)))],
    ['d9', decimal(9, 2), make(decimals(9))],
    ['d18', decimal(18, 0), make(decimals(18))],
    ['d38', decimal(38, 10), make(decimals(38))],
    ['text', utf8, make((i) => `${'ü😀'.repeat(i % 5)}${Math.floor(random() * 1e9)}`)],
    ['code', utf8, make(() => ['', 'a', 'SFO', 'long text that stays'][Math.floor(random() * 4)]!)],
  ];
}

const schemaOf = (columns: Columns): Schema => ({
  fields: columns.map(([name, type]) => ({ name, type, nullable: true })),
});

async function write(path: string, columns: Columns, rows = 32768, coded = true): Promise<void> {
  const runtime = makeRuntime(64 * 2 ** 20);
  const sink = await parquet.create(path, schemaOf(columns), { overwrite: true }, runtime);
  const length = columns[0]![2].length;
  const region = runtime.arena.region('test');
  for (let from = 0; from < length; from += rows) {
    region.reset();
    const vectors = columns.map(([name, type, cells]) => {
      const part = cells.slice(from, from + rows);
      return name === 'code' && coded
        ? codedVectorOf(type, part, region, runtime)
        : vectorOf(type, part, region);
    });
    await sink.write(batchOf(vectors));
  }
  const done = await sink.finish();
  region.release();
  assert.equal(done, { rows: length, bytes: readFileSync(path).length });
}

/** DuckDB's values as cells: what our types hold. */
const asCells = `b, i8, i16, i32, i64, u8, u16, u32, u64, few, f32, f64, d - date '1970-01-01' as d,
  epoch_us(t) as t, epoch_us(z) as z, d9, d18, d38, text, code`;

async function duckCells(path: string, columns: Columns): Promise<Cell[][]> {
  const result = await connection.runAndReadAll(`select ${asCells} from read_parquet('${path}')`);
  // Without rows there are no columns either.
  const found = result.getColumns();
  return columns
    .map((_, i) => found[i] ?? [])
    .map((values, i) =>
      values.map((value): Cell => {
        if (value === null) return null;
        const kind = columns[i]![1].kind;
        if (kind === 'decimal') return (value as unknown as { value: bigint }).value;
        return kind === 'date' ? Number(value) : (value as Cell);
      }),
    );
}

const duckTypes = [
  'BOOLEAN TINYINT SMALLINT INTEGER BIGINT UTINYINT USMALLINT UINTEGER UBIGINT BIGINT FLOAT DOUBLE DATE TIMESTAMP',
  'TIMESTAMP_WITH_TIME_ZONE DECIMAL(9,2) DECIMAL(18,0) DECIMAL(38,10) VARCHAR VARCHAR',
]
  .join(' ')
  .split(' ')
  .map((type) => type.replaceAll('_', ' '));

test('what is written is read back, by us and by DuckDB, with the same types', async () => {
  for (const [rows, batch] of [
    [0, 1],
    [1, 1],
    [65, 64],
    [70_000, 30_000],
  ] as const) {
    const columns = randomColumns(rows, rows);
    const expected = columns.map(([, , cells]) => [...cells]);
    await write(at('ours.parquet'), columns, batch, rows !== 65);
    const ours = await read([at('ours.parquet')]);
    assert.is(ours.schema, schemaText(schemaOf(columns)));
    assert.ok(equalCells(ours.cells, expected), `${rows} rows by us`);
    const described = await connection.runAndReadAll(`describe from '${at('ours.parquet')}'`);
    assert.equal(described.getColumns()[1], duckTypes);
    assert.ok(equalCells(await duckCells(at('ours.parquet'), columns), expected), `${rows} rows by DuckDB`);
  }
});

/** As assert.equal, but quick on millions of cells; tells the first difference. */
function equalCells(found: readonly Cell[][], expected: readonly Cell[][]): boolean {
  assert.is(found.length, expected.length);
  for (const [i, column] of expected.entries()) {
    assert.is(found[i]!.length, column.length, `rows of column ${i}`);
    for (const [row, cell] of column.entries())
      if (!Object.is(found[i]![row], cell))
        assert.unreachable(`column ${i}, row ${row}: ${found[i]![row]}, not ${cell}`);
  }
  return true;
}

test('what DuckDB writes is read, in every codec and version', async () => {
  const columns = randomColumns(20_000, 7);
  const expected = columns.map(([, , cells]) => [...cells]);
  await write(at('source.parquet'), columns);
  for (const options of [
    'codec uncompressed',
    'codec snappy, row_group_size 8192',
    'codec gzip, row_group_size 10000',
    'codec zstd, parquet_version v2',
    'codec lz4_raw',
    'codec brotli, dictionary_size_limit 1',
  ]) {
    await connection.run(
      `copy (from '${at('source.parquet')}') to '${at('duck.parquet')}' (format parquet, ${options})`,
    );
    const { schema, cells } = await read([at('duck.parquet')]);
    assert.is(schema, schemaText(schemaOf(columns)), options);
    assert.ok(equalCells(cells, expected), options);
  }
});

test('least and greatest values are taken from footers that call them exact, and from no others', async () => {
  await connection.run(`copy (
    select i, t, day, moment, nano, amount, x, long, few from (
      select range * 7919 % 30011 as i, 'k' || (range * 31 % 5003) as t, date '2020-01-01' + (range % 900)::int as day,
        timestamp '2001-02-03' + to_seconds(range * 77 % 10007) as moment,
        make_timestamp_ns(range * 1000 - 7000) as nano,
        (range * 13 % 997)::decimal(9, 2) as amount,
        case when range % 5000 = 17 then 'nan'::double else range / 3 end as x,
        repeat('long', 100) || range as long,
        case when range > 11000 then range end as few
      from range(20000))) to '${at('bounds.parquet')}' (format parquet, row_group_size 4096)`);
  const session = new Session({ memory: '256MB', workers: 0 });
  const told = ['i', 't', 'day', 'moment', 'few'];
  const all = [...told, 'nano', 'amount', 'x', 'long'];
  try {
    for (const file of ['bounds.parquet', 'without.parquet']) {
      // What Spillway writes does not say that it is exact.
      if (file === 'without.parquet')
        await (await session.sql(`select * from "${at('bounds.parquet')}"`)).write(at(file));
      const bounds = all.flatMap((name) => [`min(${name})`, `max(${name})`]);
      // NaN and whole floats are spelled in two ways, but are equal.
      const aggregates = ['sum(i)', ...bounds.map((text) => text.replace(/.*\(x\)/, '$& > 1e300'))];
      const query = `select ${aggregates.map((text, i) => `cast(${text} as varchar) as c${i}`).join()} from "${at(file)}"`;
      const frame = await session.sql(query);
      // Where all are read, they are not named.
      const read = /columns {2}(.*?) \(/.exec(await frame.explain())?.[1]?.split(', ') ?? all;
      const expected = file === 'bounds.parquet' ? ['i', 'nano', 'amount', 'x', 'long'] : all;
      assert.equal([...read].sort(), [...expected].sort(), file);
      const rows = (await frame.collect()).toArray().map((row) => Object.values(row.toJSON()));
      const reader = await connection.runAndReadAll(query.replaceAll('"', "'"));
      assert.equal(rows, reader.getRows(), file);
    }
  } finally {
    await session.close();
  }
});

test('times of other units: exact, or refused', async () => {
  await connection.run(`copy (select timestamp_ms '2001-02-03 04:05:06.789' as ms,
    timestamp_ns '2001-02-03 04:05:06.123456' as ns) to '${at('units.parquet')}' (format parquet)`);
  assert.equal(await read([at('units.parquet')]), {
    schema: 'ms timestamp null, ns timestamp null',
    cells: [[981173106789000n], [981173106123456n]],
  });
  await connection.run(
    `copy (select timestamp_ns '2001-02-03 04:05:06.123456789' as ns) to '${at('units.parquet')}' (format parquet)`,
  );
  await refused(
    `${at('units.parquet')}: column "ns": a timestamp has nanoseconds; only microseconds can be held`,
    () => read([at('units.parquet')]),
  );
});

test('types that cannot be held are refused by name', async () => {
  for (const [expression, what] of [
    ['[1, 2]', 'nested'],
    ["{'a': 1}", 'nested'],
    ["'\\x00'::blob", 'binary'],
    ["'{}'::json", 'JSON'],
    ['uuid()', 'a UUID'],
    ["time '10:00:00'", 'a time of day'],
    ["interval '1 day'", 'an interval'],
  ] as const) {
    await connection.run(`copy (select ${expression} as odd) to '${at('odd.parquet')}' (format parquet)`);
    await refused(`${at('odd.parquet')}: column "odd" is ${what}, which is not supported`, () =>
      read([at('odd.parquet')]),
    );
  }
});

test('a column without a type', async () => {
  await write(at('null.parquet'), [
    ['n', nullType, [null, null]],
    ['i', int32, [1, 2]],
  ]);
  assert.equal(await read([at('null.parquet')]), {
    schema: 'n null null, i int32 null',
    cells: [
      [null, null],
      [1, 2],
    ],
  });
});

test('wanted columns in any order, none, a limit, an early end, several files', async () => {
  const columns = randomColumns(1000, 8);
  await write(at('a.parquet'), columns);
  const source = await parquet.open([at('a.parquet'), at('a.parquet')], {}, runtime);
  assert.is(source.rows, 2000);
  const [, , i16] = columns;
  const code = columns[19]!;
  assert.equal(await scanned(source, { columns: [19, 2], limit: 1500 }), [
    [...code[2], ...code[2].slice(0, 500)],
    [...i16![2], ...i16![2].slice(0, 500)],
  ]);
  const scan = { columns: [], chunks: null, range: null, limit: null };
  const read = async (columns: number[]): Promise<[rows: number, bytes: number]> => {
    let [rows, bytes] = [0, 0];
    const onProgress = (more: number): void => {
      bytes += more;
    };
    for await (const batch of source.scan({ ...scan, columns }, runtime, onProgress)) rows += batch.length;
    assert.is(bytes, source.bytesOf!({ ...scan, columns }, runtime));
    return [rows, bytes];
  };
  assert.equal(await read([]), [2000, 0]);
  const [, one] = await read([2]);
  const [, two] = await read([2, 19]);
  assert.ok(one > 0 && two > one && two < source.bytes!);
  for await (const batch of source.scan({ ...scan, columns: [0] }, runtime, () => {})) {
    assert.is(batch.length, 1000);
    break;
  }
  assert.is(runtime.arena.reserved, 0);
  await source.close();
  await write(at('b.parquet'), [['i8', int32, [1]]]);
  await refused(
    /b\.parquet has the columns i8 int32 null, but .*a\.parquet has b bool null, .*must have the same$/,
    () => parquet.open([at('a.parquet'), at('b.parquet')], {}, runtime),
  );
});

test('row groups that a predicate rules out are not read', async () => {
  await connection.run(`copy (select i::int as i, i * 0.5::double as x, 'k' || i // 5000 as k,
      timestamp_ns '2020-01-01' + to_days((i // 2048)::int) as t, if(i < 2048, null, i) as n
    from range(20480) r(i)) to '${at('groups.parquet')}' (format parquet, row_group_size 2048)`);
  const source = await parquet.open([at('groups.parquet')], {}, runtime);
  const rowsFor = async (where: string): Promise<number> => {
    let rows = 0;
    const ref = { format: 'parquet', paths: [], options: {}, ...source };
    const plan = filter(makeScan(ref, source.schema), await parseExpression(where));
    const { chunks } = optimize(plan) as Scan;
    const scan = { columns: [0], chunks, range: null, limit: null };
    for await (const batch of source.scan(scan, runtime, () => {})) rows += batch.length;
    return rows;
  };
  for (const [where, groups] of [
    ['i = 5000', 1],
    ['i < 2048', 1],
    ['i >= 18432 or i < 0', 1],
    ['x < -1e9', 0],
    // Parquet does not tell whether there is a NaN, which is greater than every number.
    ['x > 1e9', 10],
    ["k = 'k0'", 3],
    ["t < timestamp '2020-01-02'", 1],
    ["t = timestamp '2020-01-03'", 1],
    ['n is null', 1],
    ['n > 0', 9],
    ['i + 1 = 5', 10],
  ] as const)
    assert.is((await rowsFor(where)) / 2048, groups, where);
  await source.close();
});

test('a damaged file is one clear error, wherever it is cut or flipped', async () => {
  const random = seeded(12);
  const columns = randomColumns(400, 9);
  await write(at('good.parquet'), columns);
  const good = readFileSync(at('good.parquet'));
  const attempt = async (bytes: Uint8Array): Promise<string> => {
    writeFileSync(at('bad.parquet'), bytes);
    try {
      await read([at('bad.parquet')]);
      return '';
    } catch (error) {
      const { name, message } = error as Error;
      if (name !== 'SpillwayError') throw error;
      assert.ok(message.startsWith(at('bad.parquet')), message);
      return message;
    }
  };
  assert.is(
    await attempt(new Uint8Array()),
    `${at('bad.parquet')} is damaged or no Parquet file: it is empty`,
  );
  assert.ok((await attempt(Buffer.from('a,b\n1,2\n'.repeat(99)))) !== '');
  for (let i = 0; i < 40; i++)
    assert.ok((await attempt(good.subarray(0, Math.floor(random() * good.length)))) !== '');
  // A flipped byte may hit a value, which nothing can tell; but it is never anything else than a data error.
  for (let i = 0; i < 80; i++) {
    const bytes = new Uint8Array(good);
    const place =
      i % 2 === 0 ? Math.floor(random() * good.length) : good.length - 1 - Math.floor(random() * 4000);
    bytes[place]! ^= 1 << Math.floor(random() * 8);
    await attempt(bytes);
  }
  // Damaged runs claim billions of values; finding that out must not take their time or memory.
  for (let i = 0; i < 60; i++) {
    const bytes = new Uint8Array(good);
    const place = Math.floor(random() * good.length);
    bytes.fill(255, place, place + 4);
    await attempt(bytes);
  }
});

test('damaged runs in the pages of other writers', async () => {
  const rows = `select case when i % 3 = 0 then null else i % 5 end a, i % 2 = 0 b, (i % 7)::varchar c, 1 d from range(200) t(i)`;
  for (const version of ['v1', 'v2']) {
    const path = at(`runs-${version}.parquet`);
    await connection.run(`copy (${rows}) to '${path}' (format parquet, parquet_version ${version})`);
    const good = readFileSync(path);
    for (let place = 4; place < Math.min(good.length, 500); place += 5) {
      const bytes = new Uint8Array(good);
      bytes.fill(255, place, place + 4);
      writeFileSync(at('bad.parquet'), bytes);
      try {
        await read([at('bad.parquet')]);
      } catch (error) {
        if ((error as Error).name !== 'SpillwayError') throw error;
      }
    }
  }
});

test('dictionaries, plain values and pages of long texts, as DuckDB reads them', async () => {
  const random = seeded(5);
  const rows = 20_000;
  const cells = (cell: (i: number) => Cell, nulls = 0.2): Cell[] =>
    Array.from({ length: rows }, (_, i) => (random() < nulls ? null : cell(i)));
  const few = (): number => Math.floor(random() * 7) - 3;
  const columns: Columns = [
    ['i8', int8, cells(few)],
    ['i32', int32, cells(few)],
    ['i64', int64, cells(() => BigInt(few()), 0)],
    ['f32', float32, cells(() => few() / 4)],
    ['f64', float64, cells((i) => [0.1, -0, 0, Number.NaN, -Infinity][i % 5]!)],
    ['one', int64, cells(() => 42n, 0)],
    ['mid', int32, cells(() => Math.floor(random() * 6000))],
    ['wide', int64, cells((i) => BigInt(i) * 2n ** 40n, 0)],
    ['plain', utf8, cells((i) => `text ${i}`)],
    ['again', utf8, cells(() => `text ${few()}`)],
    ['long', utf8, cells((i) => (i % 4000 === 1 ? 'é'.repeat(700_000) : 'x'.repeat(i % 50)), 0.1)],
    ['none', utf8, cells(() => null)],
    // Comes coded, but repeats too little.
    ['code', utf8, cells((i) => `code ${10_000 + ((i * 7919) % rows)}`)],
  ];
  const path = at('pages.parquet');
  await write(path, columns, 4096);
  assert.equal(
    (await read([path])).cells,
    columns.map(([, , values]) => values),
  );
  const names = columns.map(([name]) => name).join(', ');
  const result = await connection.runAndReadAll(`select ${names} from read_parquet('${path}')`);
  for (const [i, values] of result.getColumns().entries())
    assert.equal(values, columns[i]![2] as unknown, columns[i]![0]);
  const metadata = await connection.runAndReadAll(
    `select path_in_schema, encodings, stats_min_value, stats_max_value, sum(stats_null_count)::int
     from parquet_metadata('${path}') where path_in_schema in ('i8', 'f64', 'one', 'wide', 'again', 'code') and row_group_id = 0
     group by all order by 1`,
  );
  const firstGroup = Number(
    (
      await connection.runAndReadAll(`select row_group_num_rows from parquet_metadata('${path}') limit 1`)
    ).getRows()[0]![0],
  );
  const nullsOf = (name: string): number =>
    columns
      .find(([column]) => column === name)![2]
      .slice(0, firstGroup)
      .filter((cell) => cell === null).length;
  const coded = 'PLAIN, RLE_DICTIONARY';
  const codes = columns.find(([name]) => name === 'code')![2].slice(0, firstGroup);
  const sorted = codes.filter((cell) => cell !== null).sort() as string[];
  const [least, greatest] = [sorted[0]!, sorted.at(-1)!];
  assert.equal(metadata.getRows(), [
    ['again', coded, 'text -1', 'text 3', nullsOf('again')],
    ['code', 'PLAIN', least, greatest, nullsOf('code')],
    // It does not show infinities.
    ['f64', coded, null, '0.1', nullsOf('f64')],
    ['i8', coded, '-3', '3', nullsOf('i8')],
    ['one', coded, '42', '42', 0],
    ['wide', 'PLAIN', '0', String((BigInt(firstGroup) - 1n) * 2n ** 40n), 0],
  ]);
});

test('rows without columns are counted', async () => {
  const path = at('no-columns.parquet');
  const sink = await parquet.create(path, { fields: [] }, {}, runtime);
  await sink.write({ length: 5, columns: [] });
  assert.is((await sink.finish()).rows, 5);
  const source = await parquet.open([path], {}, runtime);
  let rows = 0;
  for await (const batch of source.scan(
    { columns: [], chunks: null, range: null, limit: null },
    runtime,
    () => {},
  ))
    rows += batch.length;
  assert.equal([source.rows, rows], [5, 5]);
  await source.close();
});

test('five thousand columns', async () => {
  const fields = Array.from({ length: 5000 }, (_, i) => ({ name: `c${i}`, type: int32, nullable: true }));
  const path = at('wide.parquet');
  const roomy = makeRuntime(2 ** 30);
  const region = roomy.arena.region('test');
  const sink = await parquet.create(path, { fields }, {}, roomy);
  await sink.write(batchOf(fields.map((_, i) => vectorOf(int32, [i, null, -i], region))));
  await sink.finish();
  region.release();
  assert.is(roomy.arena.reserved, 0);
  const { cells } = await read([path]);
  assert.equal(
    cells,
    fields.map((_, i) => [i, null, i === 0 ? 0 : -i]),
  );
});

test('standard input and missing files are refused', async () => {
  await refused('parquet is read from its end, so it cannot come from standard input; give a file', () =>
    read(['-']),
  );
  await refused(/^cannot read .*none\.parquet: ENOENT/, () => read([at('none.parquet')]));
});

test('an abort leaves nothing behind', async () => {
  const sink = await parquet.create(at('gone.parquet'), schemaOf([['i', int32, []]]), {}, runtime);
  const region = runtime.arena.region('test');
  await sink.write(batchOf([vectorOf(int32, [1, 2, null], region)]));
  await sink.abort();
  region.release();
  assert.is(runtime.arena.reserved, 0);
  assert.equal(
    readdirSync(folder).filter((name) => name.includes('gone')),
    [],
  );
});

test('three million real flights, as DuckDB reads them', async () => {
  const path = fileURLToPath(
    new URL('../../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url),
  );
  const runtime = makeRuntime(16 * 2 ** 20);
  const source = await parquet.open([path], {}, runtime);
  assert.is(
    schemaText(source.schema),
    'date timestamp null, delay int64 null, distance int64 null, origin utf8 null, destination utf8 null',
  );
  assert.is(source.rows, 3_000_000);
  const sink = await csv.create(at('flights.csv'), source.schema, {}, runtime);
  const everything = { columns: [0, 1, 2, 3, 4], chunks: null, range: null, limit: null };
  for await (const batch of source.scan(everything, runtime, () => {})) await sink.write(batch);
  assert.is((await sink.finish()).rows, 3_000_000);
  await source.close();
  assert.is(runtime.arena.reserved, 0);
  const compared = await connection.runAndReadAll(`
    select count(*) as rows, count(*) filter (where (o.date, o.delay, o.distance, o.origin, o.destination)
      is distinct from (p.date, p.delay, p.distance, p.origin, p.destination)) as different
    from read_csv('${at('flights.csv')}', columns = {date: 'timestamp', delay: 'bigint', distance: 'bigint',
      origin: 'varchar', destination: 'varchar'}, header = true) o
    positional join read_parquet('${path}') p`);
  assert.equal(compared.getRows(), [[3_000_000n, 0n]]);
});

test('rows of few long texts that repeat are never spelled out, whatever comes after them', async () => {
  const small = makeRuntime(40 * 2 ** 20);
  const path = at('long-repeated.parquet');
  const schema: Schema = { fields: [{ name: 't', type: utf8, nullable: true }] };
  const rows = 20_000;
  const long = Array.from({ length: 8 }, (_, i) => String.fromCharCode(97 + i).repeat(50_000));
  const short = Array.from({ length: rows }, (_, i) => `${i}`.repeat(40));
  const repeated = short.map((_, i) => i % 8);
  const each = short.map((_, i) => i);
  const sink = await parquet.create(path, schema, {}, small);
  const region = small.arena.region('test');
  for (const [texts, codes] of [
    [long, repeated],
    [short, each],
    [long, repeated],
  ] as const) {
    region.reset();
    await sink.write(batchOf([codesOf(texts, codes, region)]));
  }
  region.release();
  assert.is((await sink.finish()).rows, 3 * rows);
  assert.is(small.arena.reserved, 0);
  const found = await connection.runAndReadAll(
    `select count(*)::int n, count(distinct t)::int d, sum(length(t))::double l from '${path}'`,
  );
  const bytes = 2 * rows * 50_000 + short.join('').length;
  assert.equal(found.getRows(), [[3 * rows, rows + 8, bytes]]);
});

test.run();
