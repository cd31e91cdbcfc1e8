/** What the README shows is what happens: its commands are run, and its program compiled and run. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session } from '../lib/index.js';
import { binary, workplace } from './cli/run.js';
import { busiestPairs, nearNewYork } from './readme-functions-program.js';
import { busiest, mainRoutes } from './readme-program.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const routes = join(root, 'node_modules/vega-datasets/data/flights-airport.csv');

const airports = join(root, 'node_modules/vega-datasets/data/airports.csv');

const test = suite('readme');

test('commands print what is shown', () => {
  const place = workplace();
  try {
    copyFileSync(routes, join(place.folder, 'routes.csv'));
    const steps = block('console').split(/^\$ /m).slice(1);
    assert.ok(steps.length > 3);
    for (const step of steps) {
      const [command, ...output] = step.trimEnd().split('\n');
      const script = `spillway() { "${process.execPath}" "${binary}" "$@"; }\n${command}`;
      const { stdout, stderr } = spawnSync('sh', ['-c', script], { cwd: place.folder, encoding: 'utf8' });
      assert.is(`${stdout}${stderr}`.trimEnd(), output.join('\n').trimEnd(), command);
    }
  } finally {
    place.remove();
  }
});

test('the program is the one that is compiled, and runs', async () => {
  isShown('readme-program.ts', block('ts'));
  assert.equal(await busiest(routes), ['ATL', 'ORD', 'DFW']);
  const session = new Session({ memory: '256MB' });
  try {
    assert.equal(await mainRoutes(session, routes), ['ANC-SEA', 'DSM-ORD', 'COS-DEN']);
  } finally {
    await session.close();
  }
});

test('the functions are those that are compiled, and run', async () => {
  const [, functions, program] = blocks('ts');
  isShown('readme-functions.ts', functions!);
  isShown('readme-functions-program.ts', program!.replace('./functions.js', './readme-functions.js'));
  const session = new Session({ memory: '256MB' });
  try {
    assert.equal(await busiestPairs(session, routes), ['LAX-SFO 27178', 'HNL-OGG 24397', 'BOS-LGA 24064']);
    assert.equal(await nearNewYork(session, airports), [
      'JFK 0',
      'LGA 17',
      '6N7 19',
      '6N5 20',
      'JRB 20',
      'JRA 23',
    ]);
  } finally {
    await session.close();
  }
});

test.run();

/** Is it the file, but for where that has the library from? */
function isShown(file: string, shown: string): void {
  const source = readFileSync(join(root, 'test', file), 'utf8');
  const code = shown.replace("'spillway'", "'../lib/index.js'");
  assert.is(source.slice(source.indexOf('import')).trimEnd(), code.trimEnd());
}

/** The first fenced block of that language. */
function block(language: string): string {
  return blocks(language)[0]!;
}

function blocks(language: string): string[] {
  const found = readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'));
  return [...found].map((match) => match[1]!);
}
