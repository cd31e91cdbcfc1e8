import {
  DataType as ArrowType,
  type RecordBatch,
  RecordBatchReader,
  Table,
  tableFromIPC,
  tableToIPC,
} from 'apache-arrow';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Vector } from '../../lib/arrow/batch.js';
import type { Schema } from '../../lib/arrow/schema.js';
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
import { ArrowBatches } from '../../lib/frame/arrow-table.js';
import type { Int64As } from '../../lib/frame/options.js';
import { batchOf, type Cell, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('arrow tables');

const one = (type: DataType): Schema => ({ fields: [{ name: 'x', type, nullable: true }] });

/** The first column as apache-arrow has it, without the rounding that its getters do. */
function cellsOfArrow(batch: RecordBatch): unknown[] {
  const vector = batch.getChildAt(0)!;
  const { values } = vector.data[0]!;
  const type: unknown = vector.type;
  const exact = (row: number): unknown => {
    if (ArrowType.isTimestamp(type)) return values[row];
    if (ArrowType.isDate(type)) return new Date(vector.get(row) as number);
    if (!ArrowType.isDecimal(type)) return vector.get(row);
    const [low, high] = new BigUint64Array(values.buffer.slice(row * 16, row * 16 + 16));
    const unscaled = BigInt.asIntN(128, (high! << 64n) | low!);
    const digits = String(unscaled)
      .replace('-', '')
      .padStart(type.scale + 1, '0');
    const cut = digits.length - type.scale;
    const point = type.scale === 0 ? '' : `.${digits.slice(cut)}`;
    return `${unscaled < 0n ? '-' : ''}${digits.slice(0, cut)}${point}`;
  };
  return Array.from({ length: batch.numRows }, (_, row) => (vector.isValid(row) ? exact(row) : null));
}

/** What a column becomes, cell by cell, through record batches and rows. */
function cellsThrough(
  type: DataType,
  columns: (region: ReturnType<typeof makeRuntime>) => { vectors: Vector[]; release(): void },
  int64?: Int64As,
): { table: Table; rows: unknown[] } {
  const runtime = makeRuntime(4 * 2 ** 20);
  const { vectors, release } = columns(runtime);
  const copies = new ArrowBatches(one(type), runtime, int64);
  const copied = vectors.map((vector) => copies.copy(batchOf([vector])));
  const table = new Table(copies.schema, copied);
  // What was copied out must not depend on the arena any more.
  copies.release();
  release();
  runtime.arena.bytes.fill(0x55, 65536);
  assert.is(runtime.arena.reserved, 0);
  return { table, rows: copied.flatMap(cellsOfArrow) };
}

const plainColumns =
  (type: DataType, parts: readonly (readonly Cell[])[]) =>
  (runtime: ReturnType<typeof makeRuntime>): { vectors: Vector[]; release(): void } => {
    const region = runtime.arena.region('test');
    return { vectors: parts.map((cells) => vectorOf(type, cells, region)), release: () => region.release() };
  };

test('values of every type come out as they are', () => {
  const day = 86_400_000;
  const cases: readonly (readonly [DataType, readonly Cell[], readonly unknown[]])[] = [
    [bool, [true, null, false], [true, null, false]],
    [int8, [-128, null, 127], [-128, null, 127]],
    [int16, [-32768, null], [-32768, null]],
    [int32, [-(2 ** 31), null], [-(2 ** 31), null]],
    [int64, [-(2n ** 63n), null, 2n ** 63n - 1n], [-(2n ** 63n), null, 2n ** 63n - 1n]],
    [uint8, [255, null], [255, null]],
    [uint16, [65535, null], [65535, null]],
    [uint32, [2 ** 32 - 1, null], [2 ** 32 - 1, null]],
    [uint64, [2n ** 64n - 1n, null], [2n ** 64n - 1n, null]],
    [float32, [1.5, null], [1.5, null]],
    [float64, [Number.NaN, -0, null, 0.1], [Number.NaN, -0, null, 0.1]],
    [date, [-1, null, 19_723], [new Date(-day), null, new Date('2024-01-01')]],
    [timestamp(), [1n, null, 253_402_300_799_999_999n], [1n, null, 253_402_300_799_999_999n]],
    [timestamp('Europe/Berlin'), [-1n, null], [-1n, null]],
    [decimal(12, 2), [-5n, null, 123_456n, -123_456n], ['-0.05', null, '1234.56', '-1234.56']],
    [decimal(38, 0), [-(10n ** 38n - 1n), null], [`-${'9'.repeat(38)}`, null]],
    [utf8, ['', 'é€😀', null, 'a,b'], ['', 'é€😀', null, 'a,b']],
    [nullType, [null, null], [null, null]],
  ];
  for (const [type, cells, expected] of cases) {
    const { table, rows } = cellsThrough(type, plainColumns(type, [cells, [], cells]));
    assert.equal(rows, [...expected, ...expected], type.kind);
    assert.is(table.numRows, cells.length * 2);
    assert.is(table.getChildAt(0)!.nullCount, cells.filter((cell) => cell === null).length * 2);
  }
});

test('apache-arrow reads what it wrote', () => {
  const { table } = cellsThrough(timestamp(), plainColumns(timestamp(), [[1_500n, null], [2n]]));
  const again = tableFromIPC(tableToIPC(table, 'file'));
  assert.equal([...again.getChild('x')!], [1.5, null, 0.002]);
});

test('int64 as numbers', () => {
  const max = BigInt(Number.MAX_SAFE_INTEGER);
  const cells = [0n, null, -1n, max, -max, 2n ** 32n, -(2n ** 32n) - 7n];
  const { table } = cellsThrough(int64, plainColumns(int64, [cells]), 'number');
  assert.equal(
    [...table.getChild('x')!],
    cells.map((cell) => (cell === null ? null : Number(cell))),
  );
  assert.is(String(table.schema.fields[0]!.type), 'Float64');
  for (const [type, cell] of [
    [int64, max + 1n],
    [int64, -max - 1n],
    [uint64, 2n ** 64n - 1n],
  ] as const) {
    assert.throws(
      () => cellsThrough(type, plainColumns(type, [[1n, cell]]), 'number'),
      (error: Error) =>
        error.message === `column x has ${cell}, which no number holds exactly; take int64 as bigint`,
    );
  }
});

test('coded text stays coded, by one dictionary that grows', () => {
  const random = seeded(7);
  const parts = Array.from({ length: 5 }, (_, part) =>
    Array.from({ length: 200 }, () =>
      random() < 0.1 ? null : `text ${Math.floor(random() * 20 * (part + 1))}`,
    ),
  );
  const { table, rows } = cellsThrough(utf8, (runtime) => {
    const region = runtime.arena.region('test');
    const vectors = parts.map((cells, i) =>
      // The fourth comes plain; each of the others has a dictionary of its own.
      i === 3 ? vectorOf(utf8, cells, region) : codedWithOwn(cells, region, runtime),
    );
    return { vectors, release: () => region.release() };
  });
  assert.equal(rows, parts.flat());
  const column = table.getChild('x')!;
  assert.is(String(column.type), 'Dictionary<Int32, Utf8>');
  assert.equal([...column], parts.flat());
  const distinct = new Set(parts.flat().filter((cell) => cell !== null));
  assert.is(column.data.at(-1)!.dictionary!.length, distinct.size);
  for (const kind of ['file', 'stream'] as const) {
    assert.equal([...tableFromIPC(tableToIPC(table, kind)).getChild('x')!], parts.flat(), kind);
  }
});

test('a dictionary that grows too large is begun anew', () => {
  // 4 MB of arena allow about 10 000 entries.
  const parts = Array.from({ length: 8 }, (_, part) =>
    Array.from({ length: 4000 }, (_, i) => `${part} ${i}`),
  );
  const { table, rows } = cellsThrough(utf8, (runtime) => {
    const region = runtime.arena.region('test');
    return {
      vectors: parts.map((cells) => codedWithOwn(cells, region, runtime)),
      release: () => region.release(),
    };
  });
  assert.equal(rows, parts.flat());
  const lengths = table.getChild('x')!.data.map(({ dictionary }) => dictionary!.length);
  assert.ok(Math.max(...lengths) < 20_000 && Math.max(...lengths) > 4000, lengths.join());
  assert.equal([...tableFromIPC(tableToIPC(table, 'stream')).getChild('x')!], parts.flat());
});

test('plain text stays plain when coded text follows', () => {
  const cells = ['a', null, 'b', 'a', ''];
  const { table, rows } = cellsThrough(utf8, (runtime) => {
    const region = runtime.arena.region('test');
    const vectors = [vectorOf(utf8, cells, region), codedWithOwn(cells, region, runtime)];
    return { vectors, release: () => region.release() };
  });
  assert.is(String(table.schema.fields[0]!.type), 'Utf8');
  assert.equal(rows, [...cells, ...cells]);
});

test('a result without batches has its columns', () => {
  const runtime = makeRuntime(4 * 2 ** 20);
  const copies = new ArrowBatches(
    {
      fields: [
        { name: 'a', type: int64, nullable: true },
        { name: 'b', type: utf8, nullable: false },
      ],
    },
    runtime,
  );
  const table = new Table(copies.schema, [] as RecordBatch[]);
  copies.release();
  assert.is(table.numRows, 0);
  assert.equal(RecordBatchReader.from(tableToIPC(table)).open().schema.fields.map(String), [
    'a: Int64',
    'b: Utf8',
  ]);
});

/** A dictionary that no other column shares; its memory goes with the region. */
function codedWithOwn(
  cells: readonly Cell[],
  region: Parameters<typeof vectorOf>[2],
  runtime: ReturnType<typeof makeRuntime>,
): Vector {
  const distinct = [...new Set(cells.filter((cell) => cell !== null))].reverse();
  const texts = vectorOf(utf8, distinct, region);
  const codes = vectorOf(
    int32,
    cells.map((cell) => (cell === null ? null : distinct.indexOf(cell))),
    region,
  );
  // Under a null lies garbage, but a code must lie within the dictionary.
  cells.forEach((cell, i) => {
    if (cell === null) runtime.arena.view.setInt32(codes.data + i * 4, 0, true);
  });
  return {
    ...codes,
    type: utf8,
    dictionary: {
      length: distinct.length,
      offsets: texts.offsets,
      data: texts.data,
      lineage: {},
      distinct: true,
      origin: null,
    },
  };
}

test.run();
