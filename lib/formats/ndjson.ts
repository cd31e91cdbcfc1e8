/** One JSON object a line. Written only. */
import { usageError } from '../errors.js';
import type { Format } from './format.js';
import { jsonText } from './json-rows.js';
import { createText } from './text-output.js';

const text = jsonText({ head: '', between: '', after: '\n', tail: '' });

export const ndjson: Format = {
  name: 'ndjson',
  async open(paths) {
    throw usageError('reading ndjson is not supported yet', paths[0] === undefined ? {} : { file: paths[0] });
  },
  create: (...args) => createText(text, ...args),
};
