/** One JSON array of objects, an object a line. Written only. */
import { usageError } from '../errors.js';
import type { Format } from './format.js';
import { jsonText } from './json-rows.js';
import { createText } from './text-output.js';

/** The first row of all lacks the comma: rows written apart cannot be put one behind another. */
const text = jsonText({ head: '[', between: ',\n', after: '', tail: '\n]\n' });

export const json: Format = {
  name: 'json',
  async open(paths) {
    throw usageError('reading json is not supported yet', paths[0] === undefined ? {} : { file: paths[0] });
  },
  create: (...args) => createText(text, ...args),
};
