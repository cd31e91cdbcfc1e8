/** What each command prints and writes, on small files, to the letter. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { printed, type Workplace, workplace } from './run.js';

const flights = `origin,destination,delay,distance,day
SFO,LAX,12,337,2001-01-01
SFO,JFK,75,2586,2001-01-01
LAX,SFO,,337,2001-01-02
JFK,SFO,90,2586,2001-01-02
SFO,LAX,-3,337,2001-01-03
`;

const test = suite<{ place: Workplace }>('cli commands');
test.before((context) => {
  context.place = workplace({ 'flights.csv': flights });
});
test.after(({ place }) => place.remove());

test('head prints rows as CSV when piped', async ({ place }) => {
  assert.is(
    await printed(place.spillway(['head', 'flights.csv', '-n', '2'])),
    'origin,destination,delay,distance,day\nSFO,LAX,12,337,2001-01-01\nSFO,JFK,75,2586,2001-01-01\n',
  );
  assert.is(
    await printed(
      place.spillway(['head', 'flights.csv', '--rows=1', '--select', 'delay * 2 as twice, origin']),
    ),
    'twice,origin\n24,SFO\n',
  );
});

test('head in other formats', async ({ place }) => {
  const args = ['head', 'flights.csv', '-n', '1', '--select', 'origin, delay', '--format'];
  assert.is(await printed(place.spillway([...args, 'ndjson'])), '{"origin":"SFO","delay":12}\n');
  assert.equal(JSON.parse(await printed(place.spillway([...args, 'json']))), [{ origin: 'SFO', delay: 12 }]);
});

test('schema', async ({ place }) => {
  assert.is(
    await printed(place.spillway(['schema', 'flights.csv'])),
    `column,type,nullable
origin,utf8,true
destination,utf8,true
delay,int64,true
distance,int64,true
day,date,true
`,
  );
  assert.is(
    await printed(place.spillway(['schema', 'flights.csv', '--format', 'table', '--types', 'delay=float32'])),
    `┌─────────────┬─────────┬──────────┐
│ column      │ type    │ nullable │
│ utf8        │ utf8    │ bool     │
├─────────────┼─────────┼──────────┤
│ origin      │ utf8    │ true     │
│ destination │ utf8    │ true     │
│ delay       │ float32 │ true     │
│ distance    │ int64   │ true     │
│ day         │ date    │ true     │
└─────────────┴─────────┴──────────┘
5 rows
`,
  );
});

test('count', async ({ place }) => {
  assert.is(await printed(place.spillway(['count', 'flights.csv'])), '5\n');
  assert.is(await printed(place.spillway(['count', 'flights.csv', 'flights.csv'])), '10\n');
  assert.is(await printed(place.spillway(['count', 'flights.csv', '--where', 'delay is null'])), '1\n');
  assert.is(await printed(place.spillway(['count', 'flights.csv', '--format', 'json'])), '[{"count":5}]\n');
});

test('filter prints, or writes its last path', async ({ place }) => {
  const where = ['--where', "delay > 60 and origin = 'SFO'"];
  const expected = 'origin,delay\nSFO,75\n';
  const select = ['--select', 'origin, delay'];
  assert.is(await printed(place.spillway(['filter', 'flights.csv', ...where, ...select])), expected);
  assert.is(await printed(place.spillway(['filter', 'flights.csv', 'late.csv', ...where, ...select])), '');
  assert.is(readFileSync(join(place.folder, 'late.csv'), 'utf8'), expected);
  await printed(place.spillway(['filter', 'flights.csv', 'late.csv', ...where, '--overwrite']));
  assert.is(
    readFileSync(join(place.folder, 'late.csv'), 'utf8'),
    'origin,destination,delay,distance,day\nSFO,JFK,75,2586,2001-01-01\n',
  );
});

test('--output makes all paths inputs', async ({ place }) => {
  const args = ['filter', 'flights.csv', 'flights.csv', '--where', 'delay > 80', '--select', 'delay'];
  assert.is(await printed(place.spillway([...args, '-o', '-'])), 'delay\n90\n90\n');
  assert.is(await printed(place.spillway([...args, '-o', 'both.ndjson'])), '');
  assert.is(readFileSync(join(place.folder, 'both.ndjson'), 'utf8'), '{"delay":90}\n{"delay":90}\n');
});

test('aggregate', async ({ place }) => {
  assert.is(
    await printed(
      place.spillway([
        'aggregate',
        'flights.csv',
        '--by',
        'origin',
        '--agg',
        'count(*) as n, avg(delay) as delay, max(distance) as far',
      ]),
    ),
    'origin,n,delay,far\nSFO,3,28,2586\nLAX,1,,337\nJFK,1,90,2586\n',
  );
  assert.is(
    await printed(
      place.spillway(['aggregate', 'flights.csv', '--agg', 'sum(delay) as s', '--where', 'distance < 1000']),
    ),
    's\n9\n',
  );
});

test('distinct', async ({ place }) => {
  assert.is(
    await printed(place.spillway(['distinct', 'flights.csv', '--select', 'origin, destination'])),
    'origin,destination\nSFO,LAX\nSFO,JFK\nLAX,SFO\nJFK,SFO\n',
  );
  assert.is(await printed(place.spillway(['distinct', 'flights.csv', 'flights.csv', '-o', '-'])), flights);
});

test('sql prints, or writes a second path', async ({ place }) => {
  const query = 'select origin, count(*) n from "flights.csv" group by 1 order by n desc, origin limit 2';
  assert.is(await printed(place.spillway(['sql', query])), 'origin,n\nSFO,3\nJFK,1\n');
  assert.is(await printed(place.spillway(['sql', query, 'top.csv'])), '');
  assert.is(readFileSync(join(place.folder, 'top.csv'), 'utf8'), 'origin,n\nSFO,3\nJFK,1\n');
});

test('describe', async ({ place }) => {
  assert.is(
    await printed(place.spillway(['describe', 'flights.csv'])),
    `column,type,nulls,distinct,min,max,mean,stddev
origin,utf8,0,3,JFK,SFO,,
destination,utf8,0,3,JFK,SFO,,
delay,int64,1,4,-3,90,43.5,45.858477951192405
distance,int64,0,2,337,2586,1236.6,1231.8280318291186
day,date,0,3,2001-01-01,2001-01-03,,
`,
  );
  assert.equal(
    JSON.parse(
      await printed(
        place.spillway([
          'describe',
          'flights.csv',
          '--no-distinct',
          '--median',
          '--format',
          'json',
          '--where',
          'delay > 0',
        ]),
      ),
    )[2],
    {
      column: 'delay',
      type: 'int64',
      nulls: 0,
      min: '12',
      max: '90',
      mean: 59,
      stddev: 41.38840417314975,
      median: 75,
    },
  );
});

test('explain prints the plan of a query or of flags', async ({ place }) => {
  const byFlags = await printed(
    place.spillway([
      'explain',
      'flights.csv',
      '--by',
      'origin',
      '--agg',
      'count(*) as n',
      '--where',
      'delay > 60',
    ]),
  );
  const query = 'select origin, count(*) as n from "flights.csv" where delay > 60 group by origin';
  assert.is(await printed(place.spillway(['explain', query])), byFlags);
  assert.match(byFlags, /aggregate/i);
});

test('convert carries data through every format and back', async ({ place }) => {
  const way = ['flights.csv', 'a.parquet', 'b.arrow', 'c/', 'd.ndjson'];
  for (const [i, from] of way.slice(0, -1).entries()) {
    assert.is(await printed(place.spillway(['convert', from, way[i + 1]!])), '', from);
  }
  assert.is(await printed(place.spillway(['convert', 'c', 'back.csv'])), '');
  assert.is(readFileSync(join(place.folder, 'back.csv'), 'utf8'), flights);
  assert.is(readFileSync(join(place.folder, 'd.ndjson'), 'utf8').split('\n').length, 6);
});

test('CSV flags', async ({ place }) => {
  place.write('semi.txt', "1;'a;b';NA\n02;-;7\n");
  assert.is(
    await printed(
      place.spillway([
        'convert',
        'semi.txt',
        '-',
        '--from',
        'csv',
        '--delimiter',
        ';',
        '--quote',
        "'",
        '--no-header',
        '--nulls',
        'NA,-',
        '--types',
        'column0=utf8',
      ]),
    ),
    'column0,column1,column2\n1,a;b,\n02,,7\n',
  );
});

test('skipped lines are kept with their reason', async ({ place }) => {
  place.write('bad.csv', 'a,b\n1,2\n3\n4,5,6\n7,8\n');
  const args = ['convert', 'bad.csv', '-', '--on-error', 'skip', '--rejects', 'rejects.csv'];
  assert.is(await printed(place.spillway(args)), 'a,b\n1,2\n7,8\n');
  const rejects = readFileSync(join(place.folder, 'rejects.csv'), 'utf8');
  assert.is(rejects.trimEnd().split('\n').length, 3);
});

test('--stats is a line of JSON on stderr', async ({ place }) => {
  const { code, stdout, stderr } = await place.spillway(['convert', 'flights.csv', 'stats.csv', '--stats']);
  assert.is(code, 0);
  assert.is(stdout, '');
  const stats = JSON.parse(stderr) as Record<string, number>;
  assert.equal(Object.keys(stats), [
    'rows',
    'bytes',
    'seconds',
    'peakMemory',
    'spilledBytes',
    'workers',
    'tasks',
    'retries',
    'retryCauses',
  ]);
  assert.is(stats.rows, 5);
  assert.is(stats.spilledBytes, 0);
  assert.ok(stats.peakMemory! > 2 ** 24);
});

test('--workers is taken; what is small runs without them', async ({ place }) => {
  const { code, stdout, stderr } = await place.spillway(['count', 'flights.csv', '--workers', '4']);
  assert.equal({ code, stdout, stderr }, { code: 0, stdout: '5\n', stderr: '' });
  assert.is(await printed(place.spillway(['count', 'flights.csv', '--workers', '0'])), '5\n');
});

test.run();
