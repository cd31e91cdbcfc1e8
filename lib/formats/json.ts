/** One JSON array of objects, an object a line. Written only. */
import { usageError } from '../errors.js';
import type { Format } from './format.js';
import { createJsonRows } from './json-rows.js';

export const json: Format = {
  name: 'json',
  async open(paths) {
    throw usageError('reading json is not supported yet', paths[0] === undefined ? {} : { file: paths[0] });
  },
  create(path, schema, options, runtime) {
    const frame = { head: '[', between: ',\n', after: '', tail: '\n]\n' };
    return createJsonRows(path, schema, frame, options, runtime);
  },
};
