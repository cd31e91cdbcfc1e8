/** Joins, sorts and samples through the command line, to the letter. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { printed, type Workplace, workplace } from './run.js';

const test = suite<{ place: Workplace }>('cli join, sort and sample');
test.before((context) => {
  context.place = workplace({
    'flights.csv': 'origin,delay,day\nSFO,12,1\nLAX,,1\nJFK,90,2\nSFO,-3,3\nXXX,5,3\n',
    'airports.csv': 'code,city,day\nSFO,San Francisco,1\nLAX,Los Angeles,1\nJFK,New York,9\n',
    'days.csv': 'day,name\n1,Monday\n2,Tuesday\n4,Thursday\n',
  });
});
test.after(({ place }) => place.remove());

/** Rows of a join come in no order. */
async function lines(outcome: Promise<string>): Promise<string[]> {
  const [header, ...rows] = (await outcome).trimEnd().split('\n');
  return [header!, ...rows.sort()];
}

test('join on a name, on a pair, on a condition', async ({ place }) => {
  const joined = (...args: readonly string[]): Promise<string[]> =>
    lines(printed(place.spillway(['join', 'flights.csv', ...args])));
  assert.equal(
    await Promise.all([
      joined('days.csv', '--on', 'day'),
      joined('airports.csv', '--on', 'origin = code', '--how', 'left', '--suffix', '_2'),
      joined('airports.csv', '--on', 'origin = code and l.day <= r.day', '--how', 'anti'),
      joined('airports.csv', '--on', 'day, origin = code', '--select', 'origin, city'),
      joined('days.csv', '--on', 'day', '--how', 'full', '--select', 'day, origin, name'),
    ]),
    [
      ['origin,delay,day,name', 'JFK,90,2,Tuesday', 'LAX,,1,Monday', 'SFO,12,1,Monday'],
      [
        'origin,delay,day,code,city,day_2',
        'JFK,90,2,JFK,New York,9',
        'LAX,,1,LAX,Los Angeles,1',
        'SFO,-3,3,SFO,San Francisco,1',
        'SFO,12,1,SFO,San Francisco,1',
        'XXX,5,3,,,',
      ],
      ['origin,delay,day', 'SFO,-3,3', 'XXX,5,3'],
      ['origin,city', 'LAX,Los Angeles', 'SFO,San Francisco'],
      ['day,origin,name', '1,LAX,Monday', '1,SFO,Monday', '2,JFK,Tuesday', '3,SFO,', '3,XXX,', '4,,Thursday'],
    ],
  );
  assert.is((await joined('days.csv', '--how', 'cross')).length, 16);
});

test('an asof join', async ({ place }) => {
  place.write(
    'trades.csv',
    'symbol,time,size\nA,2024-01-01 10:00:03,1\nA,2024-01-01 10:00:30,2\nB,2024-01-01 10:00:05,3\n',
  );
  place.write(
    'quotes.csv',
    'symbol,at,price\nA,2024-01-01 10:00:00,1.5\nA,2024-01-01 10:00:31,1.6\nB,2024-01-01 10:00:06,9\n',
  );
  const joined = (...args: readonly string[]): Promise<string[]> =>
    lines(printed(place.spillway(['join', 'trades.csv', 'quotes.csv', ...args, '--select', 'size, price'])));
  const near = ['--on', 'symbol', '--asof', 'time = at'];
  assert.equal(await joined(...near, '--tolerance', '5s'), ['size,price', '1,1.5', '2,', '3,']);
  assert.equal(await joined(...near, '--direction', 'forward', '--how', 'inner'), [
    'size,price',
    '1,1.6',
    '2,1.6',
    '3,9',
  ]);
});

test('a join goes to its third path, or to --output; an input may come from a pipe', async ({ place }) => {
  const on = ['--on', 'day', '--how', 'semi'];
  const expected = 'day,name\n1,Monday\n2,Tuesday\n';
  assert.is(await printed(place.spillway(['join', 'days.csv', 'flights.csv', 'seen.csv', ...on])), '');
  assert.is(readFileSync(join(place.folder, 'seen.csv'), 'utf8'), expected);
  const piped = ['join', '-', 'flights.csv', '--from', 'csv', '-o', 'piped.csv', ...on];
  assert.is(await printed(place.spillway(piped, 'day,name\n1,Monday\n2,Tuesday\n5,Friday\n')), '');
  assert.is(readFileSync(join(place.folder, 'piped.csv'), 'utf8'), expected);
});

test('mistakes in a join', async ({ place }) => {
  const refused = async (args: readonly string[], ...stderr: readonly string[]): Promise<void> =>
    assert.equal(await place.spillway(['join', 'flights.csv', ...args]), {
      code: 2,
      stdout: '',
      stderr: `spillway: ${stderr.join('\n')}\n`,
    });
  await refused(
    ['airports.csv', '--on', 'origin = citty'],
    'there is no column "citty"; did you mean "city"? columns: origin, delay, day, code, city',
    '  origin = citty',
    '           ^',
  );
  await refused(
    ['airports.csv', '--on', 'origin = code and day < 3'],
    'both sides have a column day; write l.day or r.day',
    '  origin = code and day < 3',
    '                    ^',
  );
  await refused(
    ['airports.csv', '--on', 'delay = code'],
    'cannot compare int64 with utf8; cast one',
    '  delay = code',
    '  ^',
  );
  await refused(
    ['airports.csv', '--on', 'delay'],
    'there is no column "delay"; columns: code, city, day',
    '  delay',
    '  ^',
  );
  await refused(['airports.csv', '--on', ''], 'a join condition is expected, but the text is empty');
  await refused(
    ['airports.csv', '--on', 'origin = code', '--suffix', ''],
    'the column "day" is on both sides, and so is "day"; choose another suffix or rename one',
  );
});

test('sort', async ({ place }) => {
  const by = (keys: string, ...args: readonly string[]): Promise<string> =>
    printed(place.spillway(['sort', 'flights.csv', '--by', keys, '--select', 'origin, delay', ...args]));
  assert.is(await by('delay desc, origin'), 'origin,delay\nJFK,90\nSFO,12\nXXX,5\nSFO,-3\nLAX,\n');
  assert.is(
    await by('origin, delay desc nulls first', '--limit', '3'),
    'origin,delay\nJFK,90\nLAX,\nSFO,12\n',
  );
  assert.is(await by('abs(delay - 10)', '--where', 'day <> 1'), 'origin,delay\nXXX,5\nSFO,-3\nJFK,90\n');
  assert.is(await printed(place.spillway(['sort', 'days.csv', 'sorted.csv', '--by', 'name'])), '');
  assert.is(
    readFileSync(join(place.folder, 'sorted.csv'), 'utf8'),
    'day,name\n1,Monday\n4,Thursday\n2,Tuesday\n',
  );
  const { code, stderr } = await place.spillway(['sort', 'days.csv', '--by', 'nmae']);
  assert.is(code, 2);
  assert.is(
    stderr,
    'spillway: there is no column "nmae"; did you mean "name"? columns: day, name\n  nmae\n  ^\n',
  );
});

test('sample', async ({ place }) => {
  const sampled = (...args: readonly string[]): Promise<string> =>
    printed(place.spillway(['sample', 'flights.csv', ...args]));
  const three = await lines(sampled('--count', '3', '--seed', '7'));
  assert.is(three.length, 4);
  assert.equal(await lines(sampled('--count', '3', '--seed', '7')), three);
  const all = readFileSync(join(place.folder, 'flights.csv'), 'utf8');
  assert.ok(three.every((line) => all.includes(`${line}\n`)));
  assert.is(await sampled('--rate', '1'), all);
  assert.is(await sampled('--rate', '0'), 'origin,delay,day\n');
  assert.is(await sampled('few.csv', '--count', '9'), '');
  assert.equal(
    readFileSync(join(place.folder, 'few.csv'), 'utf8').trimEnd().split('\n').sort(),
    all.trimEnd().split('\n').sort(),
  );
});

test.run();
