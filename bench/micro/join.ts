import { BloomFilter } from '../../lib/kernels/bloom-filter.js';
import { RowHasher } from '../../lib/kernels/hash-rows.js';
import { JoinTable } from '../../lib/kernels/join-table.js';
import { type Family, rows, textBytes } from './family.js';

/** Every row finds itself, or another one with its key. */
export const join: Family = ({ int32, text, shuffled }, runtime) => {
  const hasher = new RowHasher(runtime, 'bench');
  const home = runtime.arena.region('bench');
  const filter = new BloomFilter(rows, runtime, 'bench');
  const hashes = hasher.hash([int32], rows, home);
  // Others than those that it is asked for, so that it has something to tell.
  filter.add(new RowHasher(runtime, 'bench').hash([text], rows, home), rows);
  const finds = (
    [
      ['int32', int32, rows * 4],
      ['text', text, textBytes(text, runtime)],
    ] as const
  ).map(([name, column, bytes]) => {
    const table = new JoinTable([column.type], [0], false, 2 ** 20, runtime, 'bench');
    table.rows.append({ length: rows, columns: [column] });
    for (const _ of table.index(Number.POSITIVE_INFINITY));
    return { name: `find ${name}`, bytes, run: (region) => table.find([column], rows, region) };
  }) satisfies ReturnType<Family>;
  return [
    ...finds,
    { name: 'hash int32', bytes: rows * 4, run: (region) => hasher.hash([int32], rows, region) },
    {
      name: 'hash text',
      bytes: textBytes(text, runtime),
      run: (region) => new RowHasher(runtime, 'bench').hash([text], rows, region),
    },
    {
      name: 'ask the Bloom filter',
      bytes: rows * 8,
      run: (region) => filter.split(hashes, shuffled, rows, region),
    },
  ];
};
