/**
 * Bundles what the compiler made, as a start costs by the file: what nearly every query loads is one file, what only some
 * need stays apart until it is imported. Packages are left where they are.
 */
import { resolve } from 'node:path';

const entries = { index: 'dist/lib/index.js', worker: 'dist/lib/worker.js', cli: 'dist/cli/index.js' };

/** Imported late, as not each query needs them, and yet needed by most. */
const usual = [
  'exec/aggregate',
  'exec/sort',
  'exec/stages/choose',
  'formats/csv',
  'formats/csv-sink',
  'formats/csv/source',
  'formats/dataset',
  'sql/sql',
].map((name) => `dist/lib/${name}.js`);

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
      core ??= closure(
        [...Object.values(entries), ...usual].map((file) => resolve(file)),
        getModuleInfo,
      );
      // What an entry does, it does only where it is the entry.
      return core.has(id) && !getModuleInfo(id).isEntry ? 'core' : null;
    },
  },
};

let core;

/** These modules and what they import at once. */
function closure(ids, getModuleInfo, found = new Set()) {
  for (const id of ids) {
    if (found.has(id)) continue;
    found.add(id);
    closure(
      getModuleInfo(id).importedIds.filter((other) => other.startsWith('/')),
      getModuleInfo,
      found,
    );
  }
  return found;
}
