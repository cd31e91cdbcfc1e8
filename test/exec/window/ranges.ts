import { suite } from 'uvu';
import { column, sortKey } from '../../../lib/plan/make-expr.js';
import { seeded } from '../../helpers.js';
import { compare, load, randomRows, spans, withDuckDB } from './helpers.js';

const test = suite('windows over ranges of values, against DuckDB');

test('frames of values', () =>
  withDuckDB(async (connection) => {
    const rows = randomRows({ rows: 100, partitions: 4, orders: 30, nulls: 0.15 }, seeded(7));
    await load(connection, rows);
    for (const [first, last] of spans) {
      const frame = { unit: 'range', start: first, end: last } as const;
      for (const [name, descending, nullsFirst] of [
        ['o', false, true],
        ['o', true, false],
        ['d', false, false],
        ['x', true, true],
        ['f', false, false],
      ] as const) {
        // DuckDB finds no rows within some distance of NaN and the infinities.
        if (name === 'f' && (first.offset !== null || last.offset !== null)) continue;
        const orderBy = [sortKey(column(name), descending, nullsFirst)];
        await compare(connection, rows, { partitionBy: ['p'], orderBy, frame }, [{ size: 50 }]);
      }
    }
  }));

test.run();
