import { suite } from 'uvu';
import { column, sortKey } from '../../../lib/plan/make-expr.js';
import { seeded } from '../../helpers.js';
import { back, compare, finish, here, load, on, randomRows, tied, total, withDuckDB } from './helpers.js';

const test = suite('windows in little memory, against DuckDB');

test('shares that hold a fraction of the rows', () =>
  withDuckDB(async (connection) => {
    const rows = randomRows({ rows: 2000, partitions: 5, orders: 40, nulls: 0.1, skewed: true }, seeded(8));
    await load(connection, rows);
    const runs = [{ size: 400, share: 200_000, spills: true }];
    for (const partitionBy of [[], ['p']] as const) {
      for (const orderBy of [[], tied, total])
        await compare(connection, rows, { partitionBy, orderBy, frame: null }, runs);
    }
    const fewer = rows.slice(0, 800);
    await load(connection, fewer);
    for (const [unit, start, end] of [
      ['rows', back(3), on(3)],
      ['rows', here, finish],
      ['rows', back(250), on(200)],
      ['groups', back(120), back(20)],
      ['groups', on(5), on(150)],
      ['range', back(9), on(4)],
    ] as const) {
      const orderBy = unit === 'range' ? [sortKey(column('o'), true)] : total;
      const frame = { unit, start, end };
      await compare(connection, fewer, { partitionBy: ['p'], orderBy, frame }, runs);
    }
  }));

test.run();
