import * as arrow from 'apache-arrow';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fromArrowSchema, fromArrowType, toArrowSchema, toArrowType } from '../../lib/arrow/interop.js';
import type { Schema } from '../../lib/arrow/schema.js';
import { decimal, int64, list, parseType, timestamp, typeName, typeNames } from '../../lib/arrow/types.js';

const test = suite('arrow/interop');

const all = [
  ...typeNames.flatMap((name) => parseType(name) ?? []),
  list(int64),
  list(list(decimal(12, 2))),
  list({ kind: 'null' }),
  timestamp('Europe/Berlin'),
  decimal(38, 0),
  decimal(12, 2),
  { kind: 'null' } as const,
];

test('every type survives the way to apache-arrow and back', () => {
  for (const type of all) assert.equal(fromArrowType(toArrowType(type)), type);
});

test('names of types are read as they are written', () => {
  for (const type of all.filter(({ kind }) => kind !== 'null')) assert.equal(parseType(typeName(type)), type);
  assert.equal(parseType('list(list( BIGINT ))'), list(list(int64)));
  assert.equal(parseType('timestamp[]'), list(timestamp()));
  assert.equal(parseType('timestamp[UTC][]'), list(timestamp('UTC')));
  for (const name of ['list', '[]', 'int64[', 'nothing[]', 'list()']) assert.is(parseType(name), null);
});

test('a schema survives, with coded text', () => {
  const schema: Schema = {
    fields: all.map((type, i) => ({ name: `c${i}`, type, nullable: i % 2 === 0 })),
  };
  assert.equal(fromArrowSchema(toArrowSchema(schema)), schema);
  const coded = toArrowSchema(
    schema,
    all.map((type) => type.kind === 'utf8'),
  );
  assert.equal(fromArrowSchema(coded), schema);
  assert.is(coded.fields.filter((field) => arrow.DataType.isDictionary(field.type)).length, 1);
});

test('foreign units and widths find the type that holds them', () => {
  assert.equal(fromArrowType(new arrow.TimestampNanosecond('UTC')), timestamp('UTC'));
  assert.equal(fromArrowType(new arrow.TimestampSecond()), timestamp());
  assert.equal(fromArrowType(new arrow.DateMillisecond()), { kind: 'date' });
  assert.equal(fromArrowType(new arrow.LargeUtf8()), { kind: 'utf8' });
  assert.equal(fromArrowType(new arrow.Dictionary(new arrow.LargeUtf8(), new arrow.Int8())), {
    kind: 'utf8',
  });
});

test('what cannot be held is refused by name', () => {
  const refused: readonly arrow.Field[] = [
    new arrow.Field('tags', new arrow.List(new arrow.Field('item', new arrow.Binary()))),
    new arrow.Field('h', new arrow.Float16()),
    new arrow.Field('b', new arrow.Binary()),
    new arrow.Field('d', new arrow.Dictionary(new arrow.Float64(), new arrow.Int32())),
  ];
  for (const field of refused)
    assert.throws(
      () => fromArrowSchema(new arrow.Schema([field])),
      (error: Error & { code: string }) =>
        error.code === 'data' &&
        error.message === `column ${field.name} has type ${field.type}, which is not supported; leave it out`,
    );
});

test.run();
