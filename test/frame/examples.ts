import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as library from '../../lib/index.js';
import { inPlace, tripsCsv } from './trips.js';

/** What the examples call: one function that is given columns or their values. */
const rateModule = `
const rates = (tips, fares) => tips.map((tip, i) => tip / fares[i]);
export default (given, fares) =>
  fares instanceof Float64Array
    ? rates(given, fares)
    : { vendor: given.columns.vendor, rate: [...given.columns.tip].map((tip) => tip && tip / 2) };
`;

const test = suite('examples in the documentation');

const AsyncFunction = (async () => undefined).constructor as new (
  ...args: string[]
) => (...args: unknown[]) => Promise<void>;

/** Code between ```ts and ``` in doc comments. The tests run two folders below the project. */
function examplesOf(file: string): string[] {
  const text = readFileSync(new URL(`../../../lib/frame/${file}`, import.meta.url), 'utf8');
  return [...text.matchAll(/\* ```ts\n([\s\S]*?)\* ```/g)].map(([, code]) => code!.replace(/^ *\* ?/gm, ''));
}

for (const [file, least] of [
  ['frame.ts', 20],
  ['session.ts', 4],
] as const) {
  test(file, () =>
    inPlace(async ({ folder, file: make }) => {
      make('trips.csv', tripsCsv);
      make('rate.mjs', rateModule);
      const examples = examplesOf(file);
      assert.ok(examples.length >= least, `${examples.length} examples`);
      const folderBefore = process.cwd();
      const { log } = console;
      process.chdir(folder);
      console.log = () => undefined;
      const session = new library.Session({ memory: '256MB' });
      try {
        const trips = await session.scan('trips.csv');
        for (const example of examples) {
          const names = Object.keys(library);
          // A verb alone does nothing: its frame is collected.
          const code = example
            .replace(/^(trips\..*);$/gm, 'await ($1).collect();')
            .replaceAll('./rate.js', './rate.mjs')
            .replaceAll('import.meta.url', 'here');
          const run = new AsyncFunction('trips', 'session', 'here', ...names, `{ ${code} }`);
          try {
            await run(trips, session, pathToFileURL(`${folder}/`), ...Object.values(library));
          } catch (error) {
            throw new Error(`${(error as Error).message} in\n${example}`);
          }
        }
      } finally {
        console.log = log;
        process.chdir(folderBefore);
        await session.close();
      }
    }),
  );
}

test.run();
