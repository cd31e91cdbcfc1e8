/**
 * Bundles what the compiler made, as a start costs by the file: what nearly every query loads is one file, what only some
 * need stays apart until it is imported. Packages are left where they are.
 */
import { resolve } from 'node:path';

const entries = { index: 'dist/lib/index.js', worker: 'dist/lib/worker.js', cli: 'dist/cli/index.js' };

/** Imported late, as not each query needs them, and yet needed by most: in the process that is asked, and in its workers. */
const usual = {
  asked: ['exec/stages/choose', 'formats/csv-sink', 'sql/sql'],
  working: [
    'exec/aggregate',
    'exec/partial-aggregate',
    'exec/sort',
    'exec/stages/exchange-scan',
    'exec/stages/hash-partitions',
    'exec/stages/output',
    'formats/csv',
    'formats/csv/source',
    'formats/dataset',
  ],
};

export default {
  input: entries,
  external: (id) => !id.startsWith('.') && !id.startsWith('/'),
  onLog(level, log, handler) {
    // Functions of two files that call each other.
    if (log.code !== 'CIRCULAR_DEPENDENCY') handler(level, log);
  },
  output: {
    dir: 'dist/bundle',
    chunkFileNames: '[name].js',
    hoistTransitiveImports: false,
    manualChunks(id, { getModuleInfo }) {
      // What an entry does, it does only where it is the entry.
      if (getModuleInfo(id).isEntry) return null;
      working ??= closure([entries.worker, ...filesOf(usual.working)], getModuleInfo);
      asked ??= closure([...Object.values(entries), ...filesOf(usual.asked)], getModuleInfo);
      return working.has(id) ? 'core' : asked.has(id) ? 'front' : null;
    },
  },
};

let working;
let asked;

const filesOf = (names) => names.map((name) => `dist/lib/${name}.js`);

/** These modules and what they import at once. */
function closure(files, getModuleInfo) {
  const found = new Set();
  const add = (id) => {
    if (found.has(id) || !id.startsWith('/')) return;
    found.add(id);
    getModuleInfo(id).importedIds.forEach(add);
  };
  for (const file of files) add(resolve(file));
  return found;
}
