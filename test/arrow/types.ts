import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  decimal,
  int64,
  list,
  nullType,
  parseType,
  timestamp,
  typeName,
  typeNames,
} from '../../lib/arrow/types.js';

const test = suite('arrow/types');

test('names of types are read as they are written', () => {
  const all = [
    ...typeNames.flatMap((name) => parseType(name) ?? []),
    list(int64),
    list(list(decimal(12, 2))),
    list(nullType),
    timestamp('Europe/Berlin'),
    decimal(38, 0),
    decimal(12, 2),
  ];
  assert.ok(all.length >= typeNames.length);
  for (const type of all) assert.equal(parseType(typeName(type)), type);
  assert.equal(parseType('list(list( BIGINT ))'), list(list(int64)));
  assert.equal(parseType('timestamp[]'), list(timestamp()));
  assert.equal(parseType('timestamp[UTC][]'), list(timestamp('UTC')));
  for (const name of ['list', '[]', 'int64[', 'nothing[]', 'list()']) assert.is(parseType(name), null);
});

test.run();
