/** CSV. Its reader and its writer are loaded when they are first used: hardly a query needs both. */
import type { Format } from './format.js';

export const csv: Format = {
  name: 'csv',
  open: async (...args) => (await import('./csv/source.js')).openCsv(...args),
  create: async (...args) => (await import('./csv-sink.js')).createCsv(...args),
};
