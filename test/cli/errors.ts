/** Bad input: one clear line, the exit code it means, and nothing half-written. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Outcome, printed, type Workplace, workplace } from './run.js';

const test = suite<{ place: Workplace }>('cli errors');
test.before.each((context) => {
  context.place = workplace({ 'a.csv': 'x,name\n1,one\n2,two\n' });
});
test.after.each(({ place }) => place.remove());

function refused(outcome: Outcome, code: number, ...lines: readonly string[]): void {
  assert.equal(outcome, { code, stdout: '', stderr: `spillway: ${lines.join('\n')}\n` });
}

test('a missing file', async ({ place }) => {
  refused(await place.spillway(['convert', 'b.csv', 'out/']), 3, 'b.csv does not exist');
  refused(await place.spillway(['count', 'no-*.csv']), 3, 'no file matches no-*.csv');
  refused(
    await place.spillway(['sql', 'select x from "a.csv" join nope using (x)']),
    3,
    'nope does not exist',
    '  select x from "a.csv" join nope using (x)',
    `  ${' '.repeat(27)}^`,
  );
  assert.equal(place.files(), ['a.csv']);
});

test('an empty file', async ({ place }) => {
  place.write('empty.csv', '');
  refused(await place.spillway(['convert', 'empty.csv', 'out/']), 3, 'empty.csv is empty');
  assert.equal(place.files(), ['a.csv', 'empty.csv']);
});

test('a header and no rows is a table without rows', async ({ place }) => {
  place.write('header.csv', 'x,y\n');
  assert.is(await printed(place.spillway(['count', 'header.csv'])), '0\n');
  assert.is(await printed(place.spillway(['convert', 'header.csv', '-'])), 'x,y\n');
  assert.is(await printed(place.spillway(['convert', 'header.csv', 'none/'])), '');
  assert.is(await printed(place.spillway(['count', 'none'])), '0\n');
});

test('no permission to read', async ({ place }) => {
  chmodSync(join(place.folder, 'a.csv'), 0o000);
  refused(
    await place.spillway(['convert', 'a.csv', 'out/'], '', { unprivileged: true }),
    3,
    'a.csv may not be read',
  );
  assert.equal(place.files(), ['a.csv']);
});

test('a folder that is no dataset', async ({ place }) => {
  mkdirSync(join(place.folder, 'stuff'));
  refused(await place.spillway(['count', 'stuff']), 3, 'stuff is not a dataset: it has no manifest.json');
});

test('an Arrow file from a pipe', async ({ place }) => {
  refused(
    await place.spillway(['count', '-', '--from', 'arrow'], 'ARROW1\0\0and more'),
    3,
    'stdin is an Arrow file, which is read from its end, but a pipe has only a beginning; give the path of the file, or pipe the stream format (.arrows)',
  );
});

test('temporary files that could go nowhere', async ({ place }) => {
  const count = (...flags: readonly string[]): Promise<Outcome> =>
    place.spillway(['count', 'a.csv', ...flags]);
  refused(
    await count('--temp-dir', 'no/such'),
    5,
    'the temporary folder no/such cannot be used: neither it nor no exists; make the folder or name another',
  );
  refused(
    await count('--temp-dir', 'a.csv'),
    5,
    'the temporary folder a.csv cannot be used: it is not a folder; name another',
  );
  refused(
    await count('--temp-limit', 'much'),
    2,
    '"much" is not an amount of disk space; write it like 512MB or 2GB',
  );
  mkdirSync(join(place.folder, 'locked'), { mode: 0o555 });
  refused(
    await place.spillway(['count', 'a.csv', '--temp-dir', 'locked/new'], '', { unprivileged: true }),
    5,
    'the temporary folder locked/new cannot be used: locked may not be written; name another',
  );
  assert.is(await printed(count('--temp-dir', 'new', '--temp-limit', '1GB')), '2\n');
  assert.equal(place.files(), ['a.csv', 'locked']);
});

test('a file whose name does not tell its format', async ({ place }) => {
  place.write('plain', 'x\n1\n');
  refused(
    await place.spillway(['head', 'plain']),
    2,
    'cannot tell the format of plain from its name; say it with --from (csv, dataset, parquet, arrow, ndjson, json, table)',
  );
  assert.is(await printed(place.spillway(['head', 'plain', '--from', 'csv'])), 'x\n1\n');
});

test('a dataset that may not be read', async ({ place }) => {
  await printed(place.spillway(['convert', 'a.csv', 'data/']));
  chmodSync(join(place.folder, 'data'), 0);
  const outcome = await place.spillway(['head', 'data'], '', { unprivileged: true });
  chmodSync(join(place.folder, 'data'), 0o755);
  refused(outcome, 3, 'data may not be read');
});

test('inputs of two formats, options of another, rejects under the output', async ({ place }) => {
  await printed(place.spillway(['convert', 'a.csv', 'a.arrow']));
  refused(
    await place.spillway(['count', 'a.csv', 'a.arrow']),
    2,
    'a.csv is csv, but a.arrow is arrow; files read together have one format',
  );
  refused(
    await place.spillway(['head', 'a.arrow', '--types', 'x=utf8']),
    2,
    'types is an option of CSV, but a.arrow is arrow; leave it out',
  );
  refused(
    await place.spillway(['convert', 'a.csv', 'r.csv', '--on-error', 'skip', '--rejects', 'r.csv']),
    2,
    'the output and the file of rejects are both r.csv',
  );
  assert.equal(place.files(), ['a.arrow', 'a.csv']);
});

test('a damaged chunk', async ({ place }) => {
  await printed(place.spillway(['convert', 'a.csv', 'data/']));
  const chunk = join(
    place.folder,
    'data',
    readdirSync(join(place.folder, 'data')).find((name) => /arrow$/.test(name))!,
  );
  const bytes = readFileSync(chunk);
  const damaged = Buffer.from(bytes);
  const at = damaged.indexOf('onetwo');
  damaged[at < 0 ? 600 : at]! ^= 1;
  writeFileSync(chunk, damaged);
  const flipped = await place.spillway(['convert', 'data', 'out.csv']);
  assert.is(flipped.code, 3);
  assert.match(flipped.stderr, /^spillway: .*part-00000\.arrow.*checksum.*\n$/);
  writeFileSync(chunk, bytes.subarray(0, bytes.length - 40));
  const cut = await place.spillway(['convert', 'data', 'out.csv']);
  assert.is(cut.code, 3);
  assert.match(cut.stderr, /^spillway: .*part-00000\.arrow.*\n$/);
  assert.not.ok(place.files().some((name) => name.includes('out')));
});

test('an unknown column, with the one that was meant and a caret', async ({ place }) => {
  refused(
    await place.spillway(['filter', 'a.csv', 'out.csv', '--where', "x > 1 and nmae = 'one'"]),
    2,
    'there is no column "nmae"; did you mean "name"? columns: x, name',
    "  x > 1 and nmae = 'one'",
    '            ^',
  );
  assert.equal(place.files(), ['a.csv']);
});

test('types that do not go together', async ({ place }) => {
  const wrong: readonly (readonly [args: readonly string[], ...lines: readonly string[]])[] = [
    [
      ['filter', 'a.csv', 'out.csv', '--where', 'x > 0 and name > 1'],
      'cannot compare utf8 with int64; cast one',
      '  x > 0 and name > 1',
      '            ^',
    ],
    [
      ['aggregate', 'a.csv', 'out.csv', '--agg', 'sum(name) as s'],
      'sum(number) cannot take (utf8); cast the text to a number',
      '  sum(name) as s',
      '  ^',
    ],
    [
      ['filter', 'a.csv', 'out.csv', '--where', 'x'],
      'the condition must be true or false, but its type is int64',
      '  x',
      '  ^',
    ],
    [
      ['filter', 'a.csv', 'out.csv', '--where', 'lenght(name) > 3'],
      'there is no function "lenght"; did you mean "length"?',
      '  lenght(name) > 3',
      '  ^',
    ],
  ];
  for (const [args, ...lines] of wrong) refused(await place.spillway(args), 2, ...lines);
  assert.equal(place.files(), ['a.csv']);
});

test('a syntax error, with a caret', async ({ place }) => {
  refused(
    await place.spillway(['filter', 'a.csv', 'out.csv', '--where', 'x > > 1'], '', { alone: true }),
    2,
    'syntax error at or near ">"',
    '  x > > 1',
    '      ^',
  );
  refused(
    await place.spillway(['sql', 'select x\nfrom "a.csv"\nwhere x >']),
    2,
    'syntax error at end of input',
    '  where x >',
    '           ^',
  );
  const { stderr } = await place.spillway(['filter', 'a.csv', '--where', 'x > > 1', '--json-errors']);
  assert.equal(JSON.parse(stderr), {
    code: 'query',
    message: 'syntax error at or near ">"',
    place: { sql: 'x > > 1', character: 4 },
  });
  assert.equal(place.files(), ['a.csv']);
});

test('what SQL cannot do yet is refused by name', async ({ place }) => {
  const sql = 'select * from "a.csv" a, lateral (select a.x) b';
  refused(
    await place.spillway(['sql', sql]),
    2,
    'lateral is not supported yet',
    `  ${sql}`,
    `  ${' '.repeat(25)}^`,
  );
});

test('joins and windows that make no sense', async ({ place }) => {
  const cases: readonly (readonly [sql: string, message: string, column: number])[] = [
    [
      'select name from "a.csv" a join "a.csv" b on a.x = b.x',
      'name is in more than one table; it may be a.name or b.name',
      7,
    ],
    [
      'select 1 from "a.csv" a join "a.csv" b on a.x = b.name',
      'cannot compare int64 with utf8; cast one',
      42,
    ],
    ['select x, rank() over () from "a.csv"', 'rank needs an order of rows; add order by to its window', 10],
    [
      'select sum(x) over (order by x rows between 1 following and 1 preceding) from "a.csv"',
      'frame starting from following row cannot have preceding rows',
      60,
    ],
  ];
  await Promise.all(
    cases.map(async ([sql, message, column]) =>
      refused(await place.spillway(['sql', sql]), 2, message, `  ${sql}`, `  ${' '.repeat(column)}^`),
    ),
  );
});

test('an output that exists', async ({ place }) => {
  place.write('out.csv', 'mine');
  refused(
    await place.spillway(['convert', 'a.csv', 'out.csv']),
    2,
    'out.csv exists; give --overwrite to replace it',
  );
  assert.is(readFileSync(join(place.folder, 'out.csv'), 'utf8'), 'mine');
  await printed(place.spillway(['convert', 'a.csv', 'data/']));
  refused(
    await place.spillway(['convert', 'a.csv', 'data/']),
    2,
    'data exists; give --overwrite to replace it',
  );
  assert.is(await printed(place.spillway(['convert', 'a.csv', 'data/', '--overwrite'])), '');
});

test('a damaged input leaves the output that it should have replaced', async ({ place }) => {
  place.write('bad.csv', 'x,y\n1,2\n3\n');
  place.write('out.csv', 'mine');
  refused(
    await place.spillway(['convert', 'bad.csv', 'out.csv', '--overwrite']),
    3,
    'bad.csv, line 3: 1 field where 2 are expected; the option ragged fills short lines with null',
  );
  assert.is(readFileSync(join(place.folder, 'out.csv'), 'utf8'), 'mine');
  assert.equal(place.files(), ['a.csv', 'bad.csv', 'out.csv']);
});

test('a folder that may not be written, and one that is missing', async ({ place }) => {
  mkdirSync(join(place.folder, 'locked'));
  chmodSync(join(place.folder, 'locked'), 0o555);
  for (const output of ['locked/out.csv', 'locked/out.parquet', 'locked/out.arrow']) {
    const outcome = await place.spillway(['convert', 'a.csv', output], '', { unprivileged: true });
    refused(outcome, 5, `cannot write ${output}: no permission in locked`);
  }
  const dataset = await place.spillway(['convert', 'a.csv', 'locked/out/'], '', { unprivileged: true });
  refused(dataset, 5, 'cannot write locked/out: no permission in locked');
  refused(
    await place.spillway(['convert', 'a.csv', 'none/out.csv']),
    2,
    'cannot write none/out.csv: the folder none does not exist',
  );
  refused(
    await place.spillway(['convert', 'a.csv', 'none/out/']),
    2,
    'cannot write none/out: the folder none does not exist',
  );
  assert.equal(place.files(), ['a.csv', 'locked']);
});

test('a budget that is too small', async ({ place }) => {
  refused(
    await place.spillway(['convert', 'a.csv', 'out.csv', '--memory', '20MB']),
    4,
    'a memory budget of 20 MB is too small; the least that works is 96 MB',
  );
  refused(
    await place.spillway(['convert', 'a.csv', 'out.csv', '--memory', 'lots']),
    2,
    '"lots" is not an amount of memory; write it like 512MB or 2GB',
  );
  assert.equal(place.files(), ['a.csv']);
});

test('groups that fit neither into memory nor into the temporary files', async ({ place }) => {
  const lines = Array.from({ length: 1_500_000 }, (_, i) => `${i * 7919}\n`);
  place.write('keys.csv', `k\n${lines.join('')}`);
  const args = ['aggregate', 'keys.csv', 'out/', '--by', 'k', '--agg', 'count(*)', '--memory', '120MB'];
  refused(
    await place.spillway([...args, '--temp-limit', '1MB']),
    5,
    'aggregate needs 1.0 MB of temporary files, but 1 MB are allowed; raise --temp-limit or --memory',
  );
  assert.equal(place.files(), ['a.csv', 'keys.csv']);
  assert.is(await printed(place.spillway(args)), '');
  assert.is(await printed(place.spillway(['count', 'out'])), '1500000\n');
});

test('a bad value names its line', async ({ place }) => {
  place.write('bad.csv', 'x\n1\n2\nthree\n');
  refused(
    await place.spillway(['convert', 'bad.csv', 'out.csv', '--types', 'x=int32']),
    3,
    'bad.csv, line 4, column "x": "three" is no int32',
  );
  refused(
    await place.spillway(['filter', 'a.csv', 'out.csv', '--where', 'cast(name as int) > 1']),
    3,
    "'one' cannot be cast to int32; use try_cast for null instead",
  );
  assert.equal(place.files(), ['a.csv', 'bad.csv']);
});

test('an empty path, and an empty text', async ({ place }) => {
  refused(await place.spillway(['head', '']), 2, 'an input is the empty text ""; give the path of a file');
  refused(
    await place.spillway(['convert', 'a.csv', '']),
    2,
    'the output is the empty text ""; give a path, or - for standard output',
  );
  refused(
    await place.spillway(['count', 'a.csv', '--where', '']),
    2,
    'an expression is expected, but the text is empty',
  );
  assert.equal(place.files(), ['a.csv']);
});

test('control characters do not reach the terminal, and the caret stands below wide ones', async ({
  place,
}) => {
  place.write('odd.csv', 'a,"b\x1b[31m\nc"\n1,2\n');
  refused(
    await place.spillway(['head', 'odd.csv', '--select', "'é😀宽\x07' || nope"]),
    2,
    'there is no column "nope"; columns: a, b\\x1b[31m\\nc',
    "  'é😀宽\\x07' || nope",
    `${' '.repeat(2 + "'é😀宽\\x07' || ".length + 1)}^`,
  );
});

test('a key among the aggregates', async ({ place }) => {
  refused(
    await place.spillway(['aggregate', 'a.csv', '--by', 'name', '--agg', 'count(*), name']),
    2,
    'name is a key and comes out anyway; leave it out here',
    '  count(*), name',
    '            ^',
  );
});

test.run();
