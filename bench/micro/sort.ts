import { encodeSortKeys, sortOrder } from '../../lib/kernels/sort-keys.js';
import { type Family, rows, textBytes } from './family.js';

const ascending = { descending: false, nullsFirst: false };

export const sort: Family = ({ float64, int64, text }, runtime) =>
  (
    [
      ['float64', float64, rows * 8],
      ['int64', int64, rows * 8],
      ['text of 100 kinds', text, textBytes(text, runtime)],
    ] as const
  ).flatMap(([name, column, bytes]) => [
    {
      name: `keys of ${name}`,
      bytes,
      run: (region) => encodeSortKeys([column], [ascending], rows, region, runtime.kernels),
    },
    {
      name: `keys and order of ${name}`,
      bytes,
      run: (region) =>
        sortOrder(
          encodeSortKeys([column], [ascending], rows, region, runtime.kernels),
          region,
          runtime.kernels,
        ),
    },
  ]);
