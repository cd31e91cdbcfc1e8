import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lateVector, narrowOf, recoded } from '../../lib/arrow/narrow.js';
import * as types from '../../lib/arrow/types.js';

const test = suite('narrow columns');

test('are widened once, when first looked at', () => {
  let widened = 0;
  const widen = (): number => {
    widened++;
    return 4096;
  };
  const column = lateVector(types.int64, 3, { physical: 'i8', data: 64 }, widen, 0, null);
  assert.equal(narrowOf(column), { physical: 'i8', data: 64 });
  assert.is(widened, 0);
  assert.is(column.data, 4096);
  assert.is(column.data, 4096);
  assert.is(widened, 1);
});

test('a copy with other buffers has no narrow form', () => {
  const column = lateVector(types.int64, 3, { physical: 'i8', data: 64 }, () => 4096, 0, null);
  assert.is(narrowOf({ ...column, data: 5000 }), undefined);
  assert.is(narrowOf({ ...column, length: 2 }), undefined);
});

test('codes that mean the same in another dictionary keep theirs', () => {
  const dictionary = { length: 2, offsets: 128, data: 256, lineage: {}, distinct: true, origin: null };
  const other = { ...dictionary, lineage: {}, distinct: true, origin: null };
  const column = lateVector(types.utf8, 3, { physical: 'i8', data: 64 }, () => 4096, 0, dictionary);
  const same = recoded(column, other);
  assert.is(same.dictionary, other);
  assert.equal(narrowOf(same), { physical: 'i8', data: 64 });
  assert.is(same.data, 4096);
});

test.run();
