import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type DataType, physicalOf, widthOf } from '../../lib/arrow/types.js';
import { kernel } from '../../lib/kernels/wasm.js';
import { type Cell, cellsOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('kernels/width');

const narrow = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32'] as const;

test('integers keep their values on the way to a narrower type and back', () => {
  const { arena, kernels } = makeRuntime();
  const random = seeded(2);
  for (const name of narrow) {
    for (const wide of ['int16', 'int32', 'int64', 'uint64'] as const) {
      const [from, to]: [DataType, DataType] = [{ kind: wide }, { kind: name }];
      const bits = widthOf(to) * 8;
      if (widthOf(from) <= widthOf(to)) continue;
      for (const length of [0, 1, 7, 8, 15, 16, 17, 63, 64, 65, 1000]) {
        const region = arena.region('test');
        const signed = name.startsWith('i') && wide.startsWith('i');
        const values = Array.from({ length }, (_, i): Cell => {
          const span = 2 ** (bits - (signed ? 0 : name.startsWith('i') ? 1 : 0));
          const value = Math.floor(i < 2 ? i * (span - 1) : random() * span) - (signed ? span / 2 : 0);
          return widthOf(from) === 8 ? BigInt(value) : value;
        });
        const vector = vectorOf(from, values, region);
        const small = region.reserve(length * widthOf(to));
        const back = region.reserve(length * widthOf(from));
        kernel(kernels, `narrow_${widthOf(from)}_${widthOf(to)}`)(vector.data, length, small);
        assert.equal(cellsOf({ ...vector, type: to, data: small }, arena), values.map(Number));
        kernel(kernels, `widen_${physicalOf(to)}_${widthOf(from)}`)(small, length, back);
        assert.equal(cellsOf({ ...vector, data: back }, arena), values);
        region.release();
      }
    }
  }
  assert.is(arena.reserved, 0);
});

test.run();
