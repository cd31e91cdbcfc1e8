import { suite } from 'uvu';
import { column, sortKey } from '../../../lib/plan/make-expr.js';
import { seeded } from '../../helpers.js';
import { compare, load, randomRows, roomy, spans, tied, total, withDuckDB } from './helpers.js';

const test = suite('window functions against DuckDB');

test('functions without a frame', () =>
  withDuckDB(async (connection) => {
    const random = seeded(5);
    for (const shape of [
      { rows: 140, partitions: 10, orders: 9, nulls: 0.1, skewed: true },
      { rows: 80, partitions: 1, orders: 5, nulls: 0.5 },
      { rows: 1, partitions: 1, orders: 1, nulls: 0 },
      { rows: 0, partitions: 1, orders: 1, nulls: 0 },
    ]) {
      const rows = randomRows(shape, random);
      await load(connection, rows);
      for (const partitionBy of [[], ['p'], ['q', 'b']] as const)
        for (const orderBy of [[], tied, total, [sortKey(column('f')), sortKey(column('n'), true)]])
          await compare(connection, rows, { partitionBy, orderBy, frame: null }, roomy);
    }
  }));

test('frames of rows and groups', () =>
  withDuckDB(async (connection) => {
    const rows = randomRows({ rows: 120, partitions: 6, orders: 9, nulls: 0.15, skewed: true }, seeded(6));
    await load(connection, rows);
    for (const [first, last] of spans) {
      for (const unit of ['rows', 'groups'] as const) {
        const frame = { unit, start: first, end: last };
        await compare(connection, rows, { partitionBy: ['p'], orderBy: total, frame }, [{ size: 70 }]);
        if (unit === 'groups')
          await compare(connection, rows, { partitionBy: ['q'], orderBy: tied, frame }, [{ size: 33 }]);
      }
    }
  }));

test.run();
