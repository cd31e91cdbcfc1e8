import { utf8 } from '../../lib/arrow/types.js';
import { Interner } from '../../lib/kernels/interner.js';
import { vectorOf } from '../../test/helpers.js';
import { type Family, rows, textBytes } from './family.js';

export const text: Family = ({ text: column }, runtime) => {
  const { kernels } = runtime;
  const { data, offsets } = column;
  const bytes = textBytes(column, runtime);
  const size = bytes - (rows + 1) * 4;
  const interner = new Interner(runtime.arena, kernels, 'bench');
  return [
    { name: 'upper', bytes, run: (region) => kernels.text_case(data, size, region.reserve(size * 3), 1) },
    {
      name: 'length in characters',
      bytes,
      run: (region) => kernels.text_length(data, offsets, region.reserve(rows * 8), rows),
    },
    {
      name: 'strpos',
      bytes,
      run: (region) => {
        const wanted = vectorOf(utf8, ['42'], region);
        kernels.text_strpos(data, offsets, 1, wanted.data, wanted.offsets, 0, region.reserve(rows * 8), rows);
      },
    },
    { name: 'code by a dictionary', bytes, run: (region) => interner.intern(column, region) },
  ];
};
