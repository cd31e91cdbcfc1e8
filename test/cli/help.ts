/** Version, help, and mistakes in the command itself. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { printed, type Workplace, workplace } from './run.js';

const commands = [
  'convert',
  'filter',
  'aggregate',
  'distinct',
  'join',
  'sort',
  'sample',
  'sql',
  'head',
  'schema',
  'describe',
  'count',
  'explain',
];

const test = suite<{ place: Workplace }>('cli help');
test.before((context) => {
  context.place = workplace({ 'a.csv': 'x\n1\n' });
});
test.after(({ place }) => place.remove());

test('--version', async ({ place }) => {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const expected = `${(JSON.parse(manifest) as { version: string }).version}\n`;
  assert.is(await printed(place.spillway(['--version'], '', { alone: true })), expected);
  assert.is(await printed(place.spillway(['-V'])), expected);
});

test('--help lists the commands and the exit codes', async ({ place }) => {
  const text = await printed(place.spillway(['--help']));
  for (const name of commands) assert.match(text, new RegExp(`^  ${name} +\\w`, 'm'));
  assert.match(
    text,
    `Exit codes:
    0  done (also if the reader of the output went away)
    1  a bug in spillway
    2  a mistake in the command or the query
    3  bad input data
    4  the memory budget does not suffice
    5  the disk is full, missing, or may not be written
    6  a worker could not be saved
  130  interrupted
`,
  );
});

test('every command has help with examples', async ({ place }) => {
  const texts = await Promise.all(commands.map((name) => printed(place.spillway([name, '--help']))));
  for (const [i, name] of commands.entries()) {
    const text = texts[i]!;
    assert.ok(text.startsWith(`Usage: spillway ${name} [options] `), text);
    assert.match(text, new RegExp(`Examples:\n  \\$ .*spillway ${name} `));
  }
});

test('no command prints help to stderr and is a mistake', async ({ place }) => {
  const { code, stdout, stderr } = await place.spillway([], '', { alone: true });
  assert.is(code, 2);
  assert.is(stdout, '');
  assert.ok(stderr.startsWith('Usage: spillway [options] [command]\n'));
});

const mistakes: readonly (readonly [args: readonly string[], message: string])[] = [
  [['flter', 'a.csv'], "unknown command 'flter' (Did you mean filter?); see --help"],
  [['head'], "missing required argument 'inputs'; see --help"],
  [['head', 'a.csv', '--row', '3'], "unknown option '--row' (Did you mean --rows?); see --help"],
  [
    ['head', 'a.csv', '-n', 'many'],
    "option '-n, --rows <n>' argument 'many' is invalid. It must be a whole number from 1; see --help",
  ],
  [['convert', 'a.csv'], 'convert needs an output: spillway convert a.csv <output>; see --help'],
  [['filter', 'a.csv'], 'filter needs --where "condition" or --select "columns"; see --help'],
  [['aggregate', 'a.csv'], "required option '--agg <aggregates>' not specified; see --help"],
  [
    ['count', 'a.csv', '--delimiter', ';;'],
    'delimiter must be one ASCII character other than a line end, not ";;"',
  ],
  [
    ['count', 'a.csv', '--types', 'x'],
    `option '--types <list>' argument 'x' is invalid. "x" is not of the form column=type; see --help`,
  ],
  [
    ['count', 'a.csv', '--on-error', 'stop'],
    "option '--on-error <what>' argument 'stop' is invalid. Allowed choices are fail, skip; see --help",
  ],
  [['count', 'a.csv', '--on-error', 'skip'], '--on-error skip needs --rejects FILE, so that nothing is lost'],
  [
    ['count', 'a.csv', '--rejects', 'r'],
    '--rejects keeps skipped lines, but none are skipped; add --on-error skip',
  ],
  [
    ['count', 'a.csv', '--format', 'xml'],
    "option '--format <name>' argument 'xml' is invalid. Allowed choices are table, csv, ndjson, json; see --help",
  ],
  [
    ['join', 'a.csv', 'a.csv'],
    'join needs --on "columns or condition"; all pairs of rows are --how cross; see --help',
  ],
  [['join', 'a.csv'], "missing required argument 'right'; see --help"],
  [
    ['join', 'a.csv', 'a.csv', '--on', 'x', '--how', 'outer'],
    "option '--how <kind>' argument 'outer' is invalid. Allowed choices are inner, left, right, full, semi, anti, cross; see --help",
  ],
  [
    ['join', 'a.csv', 'a.csv', '--on', 'x', '--how', 'cross'],
    '--how cross takes all pairs of rows, without --on; see --help',
  ],
  [['join', '-', '-', '--on', 'x'], 'only one input can be standard input; see --help'],
  [['join', 'a.csv', 'a.csv', '--on', 'x', '--tolerance', '5'], '--tolerance belongs to --asof; see --help'],
  [
    ['join', 'a.csv', 'a.csv', '--asof', 'x', '--how', 'full'],
    '--asof is --how inner or left, not full; see --help',
  ],
  [
    ['join', 'a.csv', 'a.csv', 'b.csv', '--on', 'x', '-o', 'c.csv'],
    'two outputs are given, b.csv and c.csv; see --help',
  ],
  [['sort', 'a.csv'], "required option '--by <keys>' not specified; see --help"],
  [['sample', 'a.csv'], 'sample needs --rate or --count; see --help'],
  [['sample', 'a.csv', '--rate', '1', '--count', '1'], 'sample needs --rate or --count; see --help'],
  [
    ['sample', 'a.csv', '--rate', '10'],
    "option '--rate <part>' argument '10' is invalid. It must be a number from 0 to 1; see --help",
  ],
  [
    ['sample', 'a.csv', '--rate', '1', '--seed', 'x'],
    "option '--seed <n>' argument 'x' is invalid. It must be a whole number; see --help",
  ],
  [['sql', 'select 1', 'b.csv', '-o', 'c.csv'], 'two outputs are given, b.csv and c.csv; see --help'],
];

for (const [args, message] of mistakes) {
  test(`spillway ${args.join(' ')}`, async ({ place }) => {
    assert.equal(await place.spillway(args), { code: 2, stdout: '', stderr: `spillway: ${message}\n` });
    assert.equal(place.files(), ['a.csv']);
  });
}

test('--json-errors', async ({ place }) => {
  const [args, message] = mistakes[0]!;
  assert.equal(await place.spillway([...args, '--json-errors']), {
    code: 2,
    stdout: '',
    stderr: `${JSON.stringify({ code: 'usage', message, place: {} })}\n`,
  });
});

test.run();
