/** One row without columns: what a query without FROM is computed over. It has no files and cannot be written. */
import { usageError } from '../errors.js';
import type { Format } from './format.js';

export const oneRow: Format = {
  name: 'one-row',
  async open() {
    return {
      schema: { fields: [] },
      rows: 1,
      bytes: 0,
      statistics: null,
      async *scan() {
        yield { length: 1, columns: [] };
      },
      async close() {},
    };
  },
  async create() {
    throw usageError('there is no format "one-row" to write');
  },
};
