import { ChunkTable } from '../../lib/kernels/chunk-table.js';
import { Ranks } from '../../lib/kernels/ranks.js';
import { orderRows } from '../../lib/kernels/row-order.js';
import { encodeSortKeys } from '../../lib/kernels/sort-keys.js';
import { type Family, rows, textBytes } from './family.js';

const rest = async (): Promise<void> => {};

const ascending = { descending: false, nullsFirst: false };

/** The order of a batch alone: what a long sort does for a few hundred of them at once. */
export const sort: Family = ({ float64, int64, text, coded }, runtime) => {
  const columns = [
    ['float64', float64, rows * 8],
    ['int64', int64, rows * 8],
    ['plain text, 100 values', text, textBytes(text, runtime)],
    ['coded text, 100 values', coded, rows * 4],
  ] as const;
  return columns.flatMap(([name, column, bytes]) => {
    const chunks = new ChunkTable([column.type], runtime, 'bench');
    chunks.set(0, { length: rows, columns: [column] });
    const key = { ...ascending, column: 0 };
    return [
      {
        name: `order of ${name}`,
        bytes,
        run: (region) => {
          const ranks = new Ranks(runtime, 'bench', rest);
          const order = orderRows(chunks, 0, 1, [column.type], [key], ranks, region, runtime, rest);
          return order.finally(() => ranks.release());
        },
      },
      {
        name: `keys of ${name}, for merging`,
        bytes,
        run: (region) => encodeSortKeys([column], [ascending], rows, region, runtime.kernels),
      },
    ] satisfies ReturnType<Family>;
  });
};
