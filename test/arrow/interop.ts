/** Types of apache-arrow by how that library spells them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { toArrowField, toArrowType } from '../../lib/arrow/interop.js';
import { parseType, timestamp, utf8 } from '../../lib/arrow/types.js';

const test = suite('arrow/interop');

test('every type has its like in apache-arrow', () => {
  const spelled = {
    null: 'Null',
    bool: 'Bool',
    int8: 'Int8',
    int16: 'Int16',
    int32: 'Int32',
    int64: 'Int64',
    uint8: 'Uint8',
    uint16: 'Uint16',
    uint32: 'Uint32',
    uint64: 'Uint64',
    float32: 'Float32',
    float64: 'Float64',
    date: 'Date32<DAY>',
    timestamp: 'Timestamp<MICROSECOND>',
    'decimal(12,2)': 'Decimal[12e+2]',
    'decimal(38,0)': 'Decimal[38e0]',
    utf8: 'Utf8',
    'int64[]': 'List<Int64>',
    'date[][]': 'List<List<Date32<DAY>>>',
  };
  for (const [name, text] of Object.entries(spelled)) {
    const type = name === 'null' ? ({ kind: 'null' } as const) : parseType(name);
    assert.is(String(toArrowType(type!)), text);
  }
  assert.is(String(toArrowType(timestamp('Europe/Berlin'))), 'Timestamp<MICROSECOND, Europe/Berlin>');
});

test('a field keeps its name and whether it may be null; coded text has a dictionary', () => {
  for (const nullable of [true, false]) {
    const { name, type, nullable: kept } = toArrowField({ name: 'c', type: utf8, nullable }, true);
    assert.equal([name, String(type), kept], ['c', 'Dictionary<Int32, Utf8>', nullable]);
  }
});

test.run();
