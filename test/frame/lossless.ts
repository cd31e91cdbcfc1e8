/** Values of every type and columns of any name come through every verb and format as they were. */
import { readFileSync, writeFileSync } from 'node:fs';
import * as arrow from 'apache-arrow';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { typeName } from '../../lib/arrow/types.js';
import { count, type DataFrame, first, max, min } from '../../lib/index.js';
import { inPlace, type Place, rowsOf } from './trips.js';

const test = suite('lossless');

type Values = Readonly<Record<string, readonly unknown[]>>;

/** A column of apache-arrow from the numbers that lie in it. */
const data = (type: arrow.DataType, values: ArrayBufferView): arrow.Data =>
  arrow.makeData({ type, length: 4, nullCount: 0, data: values } as never);

const wide = new BigInt64Array([-1n, -1n, 99n, 0n, 0x7fffffffffffffffn, 0x4b3b4ca85a86c4n, 0n, 0n]);
const micros = new BigInt64Array([-1n, 1n, -62_135_596_800_000_001n, 253_402_300_799_999_999n]);

const typed: readonly (readonly [string, arrow.Data, readonly unknown[]])[] = [
  [
    'int64',
    data(new arrow.Int64(), new BigInt64Array([-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n, 0n])),
    [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n, 0n],
  ],
  [
    'uint64',
    data(new arrow.Uint64(), new BigUint64Array([0n, 2n ** 64n - 1n, 2n ** 53n + 1n, 1n])),
    [0n, 2n ** 64n - 1n, 2n ** 53n + 1n, 1n],
  ],
  ['uint32', data(new arrow.Uint32(), new Uint32Array([0, 2 ** 32 - 1, 1, 2])), [0, 2 ** 32 - 1, 1, 2]],
  ['int8', data(new arrow.Int8(), new Int8Array([-128, 127, 0, 1])), [-128, 127, 0, 1]],
  [
    'decimal(38,2)',
    data(new arrow.Decimal(2, 38, 128), new Uint32Array(wide.buffer)),
    ['-0.01', '0.99', '3906250000000000004296604097299087.35', '0.00'],
  ],
  [
    'timestamp[Europe/Berlin]',
    data(new arrow.TimestampMicrosecond('Europe/Berlin'), micros.slice()),
    [...micros],
  ],
  ['timestamp', data(new arrow.TimestampMicrosecond(), micros.slice()), [...micros]],
  [
    'date',
    data(new arrow.DateDay(), new Int32Array([-1, 0, -719_162, 2_932_896])),
    ['1969-12-31', '1970-01-01', '0001-01-01', '9999-12-31'].map((day) => new Date(day)),
  ],
  [
    'float32',
    data(new arrow.Float32(), new Float32Array([0.1, -0, Number.NaN, Number.POSITIVE_INFINITY])),
    [Math.fround(0.1), -0, Number.NaN, Number.POSITIVE_INFINITY],
  ],
  [
    'float64',
    data(new arrow.Float64(), new Float64Array([0.1, -0, Number.NaN, Number.NEGATIVE_INFINITY])),
    [0.1, -0, Number.NaN, Number.NEGATIVE_INFINITY],
  ],
  [
    'utf8',
    arrow.vectorFromArray(['', null, 'ä"\n,', 'null'], new arrow.Utf8()).data[0]!,
    ['', null, 'ä"\n,', 'null'],
  ],
  [
    'bool',
    arrow.vectorFromArray([true, null, false, true], new arrow.Bool()).data[0]!,
    [true, null, false, true],
  ],
];

const values: Values = Object.fromEntries(typed.map(([name, , cells]) => [name, cells]));

/** The least and the greatest; NaN is greater than all. */
function boundsOf(cells: readonly unknown[]): readonly [unknown, unknown] {
  const rank = (cell: unknown): number | bigint | string => {
    if (typeof cell === 'string') return /^-?\d+\.\d+$/.test(cell) ? Number(cell) : cell;
    return typeof cell === 'bigint' ? cell : Number(cell);
  };
  const rest = cells.filter((cell) => cell !== null && !Number.isNaN(cell));
  rest.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return [rest[0], cells.some(Number.isNaN) ? Number.NaN : rest.at(-1)];
}

/** Names of the types are names of the columns. */
async function everyType({ session, file }: Place): Promise<DataFrame> {
  const fields = typed.map(([name, { type }]) => new arrow.Field(name, type, true));
  const children = typed.map(([, column]) => column);
  const struct = arrow.makeData({ type: new arrow.Struct(fields), length: 4, nullCount: 0, children });
  const batch = new arrow.RecordBatch(new arrow.Schema(fields), struct);
  writeFileSync(file('typed.arrow'), arrow.tableToIPC(new arrow.Table([batch]), 'file'));
  return session.scan(file('typed.arrow'));
}

/** By column; -0 equals 0 to assert, so it is spelled out. */
async function columnsOf(frame: DataFrame): Promise<Values> {
  const rows = (await rowsOf(frame)) as Record<string, unknown>[];
  const names = (await frame.schema).fields.map(({ name }) => name);
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => spelled(row[name]))]));
}

const spelled = (value: unknown): unknown => (Object.is(value, -0) ? '-0' : value);

const expected: Values = Object.fromEntries(
  Object.entries(values).map(([name, cells]) => [name, cells.map(spelled)]),
);

test('every type through the verbs', () =>
  inPlace(async (place) => {
    const frame = await everyType(place);
    const types = (await frame.schema).fields.map(({ type }) => typeName(type));
    assert.equal(
      types,
      typed.map(([name]) => name),
    );
    const through: readonly DataFrame[] = [
      frame,
      frame.filter((c) => c.int64.isNotNull()),
      frame.withColumns((c) => ({ int64: c.int64 })),
      frame.distinct(),
      frame.limit(10),
    ];
    for (const [i, one] of through.entries()) assert.equal(await columnsOf(one), expected, `frame ${i}`);
    const sorted = await columnsOf(frame.sort(['uint32']));
    const order = [0, 2, 3, 1];
    for (const [name, cells] of Object.entries(expected))
      assert.equal(
        sorted[name],
        order.map((row) => cells[row]),
        name,
      );
  }));

test('every type as a key, a first, a least and a greatest value, a literal', () =>
  inPlace(async (place) => {
    const frame = await everyType(place);
    for (const [name, cells] of Object.entries(values)) {
      const distinct = cells.filter((cell, i) => cells.findIndex((one) => Object.is(one, cell)) === i);
      const groups = await columnsOf(
        frame.groupBy((c) => ({ key: c[name] })).agg((c) => ({ first: first(c[name]), n: count() })),
      );
      // In a key -0 is 0.
      const keys = distinct.map((value) => (Object.is(value, -0) ? 0 : value));
      assert.equal(groups.key, keys, name);
      assert.equal(groups.first, distinct.map(spelled), name);
      const bounds = await columnsOf(
        frame.groupBy().agg((c) => ({ least: min(c[name]), most: max(c[name]) })),
      );
      const [least, most] = boundsOf(distinct);
      assert.equal([bounds.least![0], bounds.most![0]], [spelled(least), spelled(most)], name);
      if (name.startsWith('timestamp') || name.startsWith('decimal')) continue;
      for (const value of distinct)
        if (value !== null)
          assert.is(
            await frame.filter((c) => c[name].eq(value)).count(),
            cells.filter((cell) => cell === value || Object.is(cell, value)).length,
            `${name} = ${value}`,
          );
    }
  }));

test('every type through the formats', () =>
  inPlace(async (place) => {
    const { session, file } = place;
    const frame = await everyType(place);
    const types = Object.fromEntries(typed.map(([name]) => [name, name]));
    for (const [name, options] of [
      ['out.parquet', {}],
      ['out.arrow', {}],
      ['out/', {}],
      ['out.csv', { types }],
    ] as const) {
      await frame.write(file(name));
      assert.equal(await columnsOf(await session.scan(file(name), options)), expected, name);
    }
    writeFileSync(file('collected.arrow'), arrow.tableToIPC(await frame.collect(), 'file'));
    const batches: arrow.RecordBatch[] = [];
    for await (const batch of frame.batches()) batches.push(batch);
    writeFileSync(file('batches.arrow'), arrow.tableToIPC(new arrow.Table(batches), 'stream'));
    for (const name of ['collected.arrow', 'batches.arrow'])
      assert.equal(await columnsOf(await session.scan(file(name))), expected, name);
    await rejects(frame.select('int64').collect({ int64: 'number' }), /no number holds exactly/);
  }));

async function rejects(work: Promise<unknown>, message: RegExp): Promise<void> {
  const failure = await work.then(
    () => null,
    (error: unknown) => error,
  );
  assert.instance(failure, Error);
  assert.match((failure as Error).message, message);
}

const names = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'then', 'length', '0', ''],
  ...['a.b', 'ä', 'A', 'a', ' space ', 'a "quote"', "it's", 'two\nlines', 'a,b', 'select', 'int64'],
];

test('columns of any name', () =>
  inPlace(async ({ session, file }) => {
    const vectors = names.map((_, i) => arrow.vectorFromArray([`x${i}`, null, ''], new arrow.Utf8()));
    const fields = names.map((name) => new arrow.Field(name, new arrow.Utf8(), true));
    const children = vectors.map((vector) => vector.data[0]!);
    const struct = arrow.makeData({ type: new arrow.Struct(fields), length: 3, nullCount: 0, children });
    const batch = new arrow.RecordBatch(new arrow.Schema(fields), struct);
    writeFileSync(file('names.arrow'), arrow.tableToIPC(new arrow.Table([batch]), 'file'));
    const frame = await session.scan(file('names.arrow'));
    const cells = (i: number): (string | null)[] => [`x${i}`, null, ''];
    const all = sorted(names.map((name, i) => [name, cells(i)]));
    const found = async (one: DataFrame): Promise<unknown> => sorted(Object.entries(await columnsOf(one)));
    const described = Object.fromEntries(names.map((name) => [name, 'utf8?' as const]));
    assert.equal(await found(frame), all);
    assert.equal(await found(frame.select((c) => ({ ...c }))), all);
    assert.equal(await found(frame.typed(described) as unknown as DataFrame), all);
    const scanned: unknown = await session.scan(file('names.arrow'), { schema: described });
    assert.equal(await found(scanned as DataFrame), all);
    for (const path of ['out.parquet', 'out.arrow', 'out/', 'out.csv']) {
      await frame.write(file(path));
      const back = await session.scan(file(path));
      // A CSV header cannot tell a column without a name from one whose name is empty.
      const given = path === 'out.csv' ? back.rename({ [`column${names.indexOf('')}`]: '' }) : back;
      assert.equal(await found(given), all, path);
    }
    await frame.write(file('out.json'));
    const parsed = JSON.parse(readFileSync(file('out.json'), 'utf8')) as Record<string, unknown>[];
    assert.equal(
      parsed.map((row) => names.map((name) => (Object.hasOwn(row, name) ? row[name] : 'missing'))),
      [0, 1, 2].map((row) => names.map((_, i) => cells(i)[row])),
    );
    for (const [i, name] of names.entries()) {
      const only = (values: readonly unknown[]): unknown => [[name, values]];
      assert.equal(await found(frame.select(name)), only(cells(i)));
      assert.equal(
        await found(frame.withColumns((c) => ({ [name]: c[name].upper() }))),
        all.map(([other, values]) => [other, other === name ? [`X${i}`, null, ''] : values]),
      );
      assert.equal(
        await found(frame.groupBy(name).agg((c) => ({ n: count(c[name]) }))),
        sorted([
          [name, cells(i)],
          ['n', [1n, 0n, 1n]],
        ]),
      );
      assert.equal(await found(frame.rename({ [name]: 'other' }).select('other')), [['other', cells(i)]]);
      assert.equal(
        await found(frame.drop(name)),
        all.filter(([other]) => other !== name),
      );
      assert.equal(await found(frame.sort([name]).select(name)), only(['', `x${i}`, null]));
      const collected = await frame.select(name).collect();
      assert.equal([...collected.getChild(name)!], cells(i));
      if (name === '') continue;
      const quoted = `"${name.replaceAll('"', '""')}"`;
      assert.equal(await found(frame.filter(`${quoted} <> ''`).selectText(quoted)), only([`x${i}`]));
    }
  }));

/** In an order of their own: a key that is a number comes first in any object. */
const sorted = (
  columns: readonly (readonly [string, readonly unknown[]])[],
): (readonly [string, readonly unknown[]])[] => [...columns].sort(([a], [b]) => (a < b ? -1 : 1));

test.run();
