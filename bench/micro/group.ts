import type { Vector } from '../../lib/arrow/batch.js';
import { GroupTable } from '../../lib/kernels/group-table.js';
import { type Family, rows, textBytes } from './family.js';

/** Groups of rows that are known already, as most are in a long table. */
export const group: Family = ({ int32, int64, float64, text, coded }, runtime) => {
  const keys: readonly (readonly [string, readonly Vector[], number])[] = [
    ['int32, a million values', [int32], rows * 4],
    ['int64 and float64', [int64, float64], rows * 16],
    ['coded text, 100 values', [coded], rows * 4],
    ['plain text, 100 values', [text], textBytes(text, runtime)],
  ];
  return keys.map(([name, columns, bytes]) => {
    const table = new GroupTable(
      columns.map(({ type }) => type),
      runtime.arena,
      runtime.kernels,
      'bench',
    );
    return { name: `group of ${name}`, bytes, run: (region) => table.assign(columns, rows, region) };
  });
};
