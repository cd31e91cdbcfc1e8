/** One JSON object a line. Written only. */
import { usageError } from '../errors.js';
import type { Format } from './format.js';
import { createJsonRows } from './json-rows.js';

export const ndjson: Format = {
  name: 'ndjson',
  async open(paths) {
    throw usageError('reading ndjson is not supported yet', paths[0] === undefined ? {} : { file: paths[0] });
  },
  create(path, schema, options, runtime) {
    return createJsonRows(path, schema, { head: '', between: '', after: '\n', tail: '' }, options, runtime);
  },
};
