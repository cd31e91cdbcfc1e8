/** What the README shows is what happens: its commands are run, and its program compiled and run. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session } from '../lib/index.js';
import { binary, workplace } from './cli/run.js';
import { busiest, mainRoutes } from './readme-program.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const routes = join(root, 'node_modules/vega-datasets/data/flights-airport.csv');

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
  const source = readFileSync(join(root, 'test/readme-program.ts'), 'utf8');
  const shown = block('ts').replace("'spillway'", "'../lib/index.js'");
  assert.is(source.slice(source.indexOf('import')).trimEnd(), shown.trimEnd());
  assert.equal(await busiest(routes), ['ATL', 'ORD', 'DFW']);
  const session = new Session({ memory: '256MB' });
  try {
    assert.equal(await mainRoutes(session, routes), ['ANC-SEA', 'DSM-ORD', 'COS-DEN']);
  } finally {
    await session.close();
  }
});

test.run();

/** The first fenced block of that language. */
function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'm').exec(readme)![1]!;
}
