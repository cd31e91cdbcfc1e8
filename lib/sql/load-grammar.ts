/** Loads the grammar's wasm module so that it stays small. */
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { compileKernels } from '../kernels/wasm.js';

type Grammar = typeof import('libpg-query');

let loading: Promise<Grammar> | undefined;

export function loadGrammar(): Promise<Grammar> {
  loading ??= load();
  return loading;
}

/**
 * One text is enough for V8 to compile the parser's largest functions anew, optimized: two threads for seconds and
 * 50 MB, which the system does not get back, for what runs once. So this module alone, which takes its budget from the flag
 * when it is made, is to run a thousand times as long before that.
 */
async function load(): Promise<Grammar> {
  // The kernels are to be optimized as soon as may be.
  compileKernels();
  setFlagsFromString(`--wasm-tiering-budget=${usualBudget * 1000}`);
  try {
    // Imported, a CommonJS package is first read through for its names: 20 ms of the 45 that this took.
    const grammar = createRequire(import.meta.url)('libpg-query') as Grammar;
    await grammar.loadModule();
    return grammar;
  } finally {
    setFlagsFromString(`--wasm-tiering-budget=${usualBudget}`);
  }
}

/** V8's own, about the bytes of code that a function runs. */
const usualBudget = 1_800_000;
