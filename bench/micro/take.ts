import { decoded, take as taken } from '../../lib/kernels/take.js';
import { type Family, rows, textBytes } from './family.js';

/** All rows of a batch in random order. */
export const take: Family = ({ int32, float64, text, coded, shuffled }, runtime) => [
  { name: 'take int32', bytes: rows * 4, run: (region) => taken(int32, shuffled, rows, region, runtime) },
  { name: 'take float64', bytes: rows * 8, run: (region) => taken(float64, shuffled, rows, region, runtime) },
  {
    name: 'take text',
    bytes: textBytes(text, runtime),
    run: (region) => taken(text, shuffled, rows, region, runtime),
  },
  {
    name: 'take coded text',
    bytes: rows * 4,
    run: (region) => taken(coded, shuffled, rows, region, runtime),
  },
  {
    name: 'spell coded text out',
    bytes: textBytes(text, runtime),
    run: (region) => decoded(coded, region, runtime),
  },
];
