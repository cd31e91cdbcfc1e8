import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { typeName } from '../../lib/arrow/types.js';
import {
  approxCountDistinct,
  approxQuantile,
  argMax,
  argMin,
  avg,
  coalesce,
  col,
  count,
  countDistinct,
  countIf,
  type DataFrame,
  first,
  last,
  lit,
  max,
  median,
  min,
  mode,
  SpillwayError,
  stddev,
  stringAgg,
  sum,
  when,
} from '../../lib/index.js';
import { inPlace, type Place, rowsOf, tripsCsv, tripsSchema } from './trips.js';

const test = suite('frame');

type Trips = { -readonly [K in keyof typeof tripsSchema]: (typeof tripsSchema)[K] };

const withTrips = (body: (trips: DataFrame<Trips>, place: Place) => Promise<void>): (() => Promise<void>) => {
  return () =>
    inPlace(async (place) => {
      const trips = await place.session.scan(place.file('trips.csv', tripsCsv), { schema: tripsSchema });
      await body(trips, place);
    });
};

/** The compiler checks `described` against the frame's type, this checks it against the frame. */
async function hasSchema<S>(frame: DataFrame<S>, described: NoInfer<S>): Promise<void> {
  const { fields } = await frame.schema;
  const found = fields.map(({ name, type, nullable }) => [name, `${typeName(type)}${nullable ? '?' : ''}`]);
  assert.equal(Object.fromEntries(found), described);
}

async function rejects(work: Promise<unknown>, code: string, message: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    assert.instance(error, SpillwayError, String((error as Error).stack));
    assert.is((error as SpillwayError).message, message);
    assert.is((error as SpillwayError).code, code);
    return;
  }
  assert.unreachable(`no error: ${message}`);
}

function refuses(work: () => unknown, code: string, message: string): void {
  assert.throws(work, (error: unknown) => {
    assert.instance(error, SpillwayError, String((error as Error).stack));
    assert.is((error as SpillwayError).message, message);
    assert.is((error as SpillwayError).code, code);
    return true;
  });
}

test(
  'rows are what the file holds',
  withTrips(async (trips) => {
    const micros = (text: string): bigint => BigInt(Date.parse(`${text}Z`)) * 1000n;
    const day = (text: string): Date => new Date(`${text}T00:00:00Z`);
    const row = (...[vendor, fare, tip, riders, day, pickup, code]: unknown[]): unknown => ({
      ...{ vendor, fare, tip, riders, day, pickup, code },
    });
    assert.equal(await rowsOf(trips), [
      row('acme', 10.5, 1, 1n, day('2024-01-01'), micros('2024-01-01T08:30:00') + 1n, '007'),
      row('zoom', 20, null, 2n, day('2024-01-31'), micros('2024-01-31T23:59:59'), '010'),
      row('acme', 7.25, 0.5, 3n, day('2024-02-29'), micros('2024-02-29T00:00:00'), '007'),
      row(null, 100, 20, 1n, day('2023-12-31'), micros('2023-12-31T12:00:00'), null),
      row('zoom', 20, 2, 4n, null, null, '010'),
    ]);
    assert.is(await trips.count(), 5);
    await hasSchema(trips, { ...tripsSchema });
  }),
);

test(
  'filter by callback and by text',
  withTrips(async (trips) => {
    const acme = [
      { vendor: 'acme', fare: 10.5 },
      { vendor: 'acme', fare: 7.25 },
    ];
    const typed = trips.filter((c) => c.vendor.eq('acme').and(c.fare.lt(50)));
    assert.equal(await rowsOf(typed.select('vendor', 'fare')), acme);
    assert.equal(await rowsOf(trips.filter("vendor = 'acme' and fare < 50").select('vendor', 'fare')), acme);
    assert.is(await trips.filter((c) => c.day.ge('2024-01-31')).count(), 2);
    assert.is(await trips.filter((c) => c.pickup.lt(new Date('2024-01-01T08:30:00.001Z'))).count(), 2);
    assert.is(await trips.filter((c) => c.vendor.isNull()).count(), 1);
    assert.is(await trips.filter(() => col('riders').in([1, 4])).count(), 3);
    assert.is(await trips.filter(() => lit(false)).count(), 0);
    assert.is(await trips.filter(() => true).count(), 5);
  }),
);

test(
  'the columns of each verb are those the compiler infers',
  withTrips(async (trips) => {
    await hasSchema(trips.select('fare', 'vendor'), { fare: 'float64', vendor: 'utf8?' });
    await hasSchema(trips.drop('day', 'pickup', 'code', 'tip'), {
      vendor: 'utf8?',
      fare: 'float64',
      riders: 'int64',
    });
    await hasSchema(trips.select('fare', 'tip').rename({ tip: 'extra' }), {
      fare: 'float64',
      extra: 'float64?',
    });
    await hasSchema(
      trips.select('fare', 'tip').withColumns((c) => ({ fare: c.fare.gt(10), rate: c.tip.div(c.fare) })),
      { fare: 'bool', tip: 'float64?', rate: 'float64?' },
    );
    await hasSchema(
      trips.select((c) => ({
        a: c.riders.add(1),
        b: c.riders.mul(c.fare),
        c: c.riders.div(2),
        d: c.riders.cast('int8').add(c.riders.cast('int16')),
        e: c.fare.cast('float32').add(1),
        f: c.riders.cast('uint64').sub(1),
        g: c.vendor.length(),
        h: c.vendor.upper().concat('!'),
        i: c.day.year(),
        j: c.day.add(1),
        k: c.day.sub(c.day),
        l: c.pickup.truncate('month'),
        m: c.pickup.epoch(),
        n: coalesce(c.tip, 0),
        o: when(c.fare.gt(10)).then('long').otherwise('short'),
        p: when(c.fare.gt(10)).then(c.riders).otherwise(),
        q: c.code.tryCast('int32'),
        r: c.tip.isNull(),
        s: c.riders.nullIf(1),
        t: c.riders.cast('int32').round(),
        u: c.fare.round(1),
        v: c.fare.floor(),
        w: coalesce(c.riders.cast('int8'), c.riders.cast('uint32')),
        x: c.riders.tryDiv(0),
        y: 1,
        z: 'text',
      })),
      {
        ...{ a: 'int64', b: 'float64', c: 'float64', d: 'int64', e: 'float32', f: 'uint64', g: 'int64?' },
        ...{ h: 'utf8?', i: 'int32?', j: 'date?', k: 'int64?', l: 'timestamp?', m: 'float64?', n: 'float64' },
        ...{ o: 'utf8', p: 'int64?', q: 'int32?', r: 'bool', s: 'int64?', t: 'int32', u: 'float64' },
        ...{ v: 'float64', w: 'int64', x: 'float64?', y: 'int64', z: 'utf8' },
      } as const,
    );
    await hasSchema(
      trips
        .select((c) => ({
          ...{
            i8: c.riders.cast('int8'),
            i16: c.riders.cast('int16'),
            i32: c.riders.cast('int32'),
            i64: c.riders,
          },
          ...{ u8: c.riders.cast('uint8'), u16: c.riders.cast('uint16'), u32: c.riders.cast('uint32') },
          ...{ u64: c.riders.cast('uint64'), f32: c.fare.cast('float32'), f64: c.fare },
        }))
        .select((c) => ({
          a: coalesce(c.i8, c.u8),
          b: coalesce(c.i8, c.i16),
          c: coalesce(c.u8, c.u16, c.u32),
          d: coalesce(c.i32, c.u16),
          e: coalesce(c.i32, c.u32),
          f: coalesce(c.i64, c.u64),
          g: coalesce(c.u64, c.u8),
          h: coalesce(c.f32, c.i16),
          i: coalesce(c.f32, c.i32),
          j: coalesce(c.f32, c.f64),
          k: coalesce(c.i8, 1),
          l: coalesce(c.i8, 0.5),
          m: c.u64.add(c.u64),
          n: c.u64.add(c.i8),
          o: c.f32.mul(c.f32),
          p: c.f32.mul(c.i8),
          q: c.i8.neg(),
          r: c.f32.abs(),
          s: c.u8.mod(2),
          t: c.i16.intDiv(c.u8),
          u: c.f32.div(2),
          v: c.i8.floor(),
          w: c.f32.round(2),
          x: c.f32.sqrt(),
        })),
      {
        ...{ a: 'int16', b: 'int16', c: 'uint32', d: 'int32', e: 'int64', f: 'decimal(20,0)', g: 'uint64' },
        ...{ h: 'float32', i: 'float64', j: 'float64', k: 'int8', l: 'float64', m: 'uint64', n: 'int64' },
        ...{ o: 'float32', p: 'float64', q: 'int64', r: 'float32', s: 'int64', t: 'int64', u: 'float32' },
        ...{ v: 'int8', w: 'float64', x: 'float64' },
      } as const,
    );
    await hasSchema(
      trips.groupBy('vendor').agg((c) => ({
        ...{
          a: count(),
          b: count(c.tip),
          c: countDistinct(c.code),
          d: sum(c.riders),
          e: sum(c.fare),
          f: avg(c.riders),
        },
        ...{
          g: min(c.day),
          h: max(c.vendor),
          i: first(c.riders),
          j: last(c.tip),
          k: median(c.fare),
          l: stddev(c.tip),
        },
        ...{
          m: mode(c.riders),
          n: stringAgg(c.vendor, ', ').orderBy(c.fare),
          o: argMin(c.vendor, c.fare),
          p: argMax(c.day, c.tip),
          q: countIf(c.fare.gt(10)),
          r: approxCountDistinct(c.code),
          s: approxQuantile(c.fare, 0.9),
        },
      })),
      {
        ...{ vendor: 'utf8?', a: 'int64', b: 'int64', c: 'int64', d: 'int64?', e: 'float64?', f: 'float64?' },
        ...{ g: 'date?', h: 'utf8?', i: 'int64?', j: 'float64?', k: 'float64?', l: 'float64?' },
        ...{ m: 'int64?', n: 'utf8?', o: 'utf8?', p: 'date?', q: 'int64', r: 'int64', s: 'float64?' },
      } as const,
    );
  }),
);

test(
  'select, withColumns, rename and drop keep their order',
  withTrips(async (trips) => {
    const names = async <S>(frame: DataFrame<S>): Promise<string[]> =>
      (await frame.schema).fields.map(({ name }) => name);
    assert.equal(await names(trips.select('fare', 'vendor')), ['fare', 'vendor']);
    assert.equal(
      await names(trips.drop('pickup', 'day').withColumns((c) => ({ more: c.fare, fare: c.fare.neg() }))),
      ['vendor', 'fare', 'tip', 'riders', 'code', 'more'],
    );
    assert.equal(await names(trips.select('tip', 'fare').rename({ tip: 'fare', fare: 'tip' })), [
      'fare',
      'tip',
    ]);
    assert.equal(await names(trips.selectText('riders * 2 as twice, vendor')), ['twice', 'vendor']);
    assert.equal(await names(trips.select((c) => ({ ...c, fare: c.fare.neg() }))), Object.keys(tripsSchema));
  }),
);

test(
  'groups by callback and by text',
  withTrips(async (trips) => {
    const expected = [
      { vendor: 'acme', n: 2n, fare: 17.75, tip: 0.75 },
      { vendor: 'zoom', n: 2n, fare: 40, tip: 2 },
      { vendor: null, n: 1n, fare: 100, tip: 20 },
    ];
    const typed = trips.groupBy('vendor').agg((c) => ({ n: count(), fare: sum(c.fare), tip: avg(c.tip) }));
    assert.equal(await rowsOf(typed), expected);
    const text = trips.aggregateText('vendor', 'count(*) as n, sum(fare) as fare, avg(tip) as tip');
    assert.equal(await rowsOf(text), expected);
    assert.equal(await rowsOf(trips.groupBy().agg((c) => ({ n: count().where(c.fare.gt(15)) }))), [
      { n: 3n },
    ]);
    assert.equal(await rowsOf(trips.aggregateText('', 'max(riders) - min(riders) as range')), [
      { range: 3n },
    ]);
    assert.equal(await rowsOf(trips.groupBy((c) => ({ year: c.day.year() })).agg(() => ({ n: count() }))), [
      { year: 2024, n: 3n },
      { year: 2023, n: 1n },
      { year: null, n: 1n },
    ]);
  }),
);

test(
  'sort, limit and distinct',
  withTrips(async (trips) => {
    const short = trips.select('vendor', 'fare');
    const sorted = [
      { vendor: null, fare: 100 },
      { vendor: 'zoom', fare: 20 },
      { vendor: 'zoom', fare: 20 },
      { vendor: 'acme', fare: 10.5 },
      { vendor: 'acme', fare: 7.25 },
    ];
    assert.equal(await rowsOf(short.sort((c) => c.fare.desc())), sorted);
    assert.equal(await rowsOf(short.sort('fare desc', { limit: 2 })), sorted.slice(0, 2));
    assert.equal(await rowsOf(short.sort((c) => [c.vendor.desc().nullsFirst(), c.fare.neg()])), sorted);
    assert.equal(await rowsOf(short.sort(['vendor', 'fare']).limit(2, 1)), [sorted[3], sorted[1]]);
    assert.equal(await rowsOf(short.select('vendor').distinct()), [
      { vendor: 'acme' },
      { vendor: 'zoom' },
      { vendor: null },
    ]);
    assert.is((await short.head(2)).numRows, 2);
    refuses(() => short.limit(-1), 'usage', 'a limit must be a whole number from 0 up, not -1');
    refuses(() => short.limit(1, 0.5), 'usage', 'an offset must be a whole number from 0 up, not 0.5');
  }),
);

test(
  'a mistake in a callback is thrown at once',
  withTrips(async (trips) => {
    const columns = 'columns: vendor, fare, tip, riders, day, pickup, code';
    const unknown = `there is no column "faer"; did you mean "fare"? ${columns}`;
    refuses(() => trips.filter(() => col('faer').gt(1)), 'query', unknown);
    refuses(() => trips.select('faer' as 'fare'), 'query', unknown);
    refuses(() => trips.drop('faer' as 'fare'), 'query', unknown);
    refuses(() => trips.rename({ faer: 'x' } as object), 'query', unknown);
    refuses(() => trips.sort(['faer' as 'fare']), 'query', unknown);
    refuses(() => trips.groupBy('faer' as 'fare').agg(() => ({ n: count() })), 'query', unknown);
    refuses(
      () => trips.rename({ fare: 'tip' }),
      'query',
      'two columns are named "tip"; give one another name with as',
    );
    refuses(
      () => trips.filter((c) => c.fare as never),
      'query',
      'the filter must be true or false, but its type is float64',
    );
  }),
);

test(
  'a mistake in text, and after it, rejects where the frame is awaited',
  withTrips(async (trips) => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const wrong = trips.filter('fare >').select('fare');
    const misspelt = trips
      .filter('fare > 10')
      .select((c) => ({ faer: (c as never as { faer: typeof c.fare }).faer }));
    trips.selectText('this is never awaited !!');
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', note);
    assert.equal(unhandled, []);

    await rejects(wrong.schema, 'query', 'syntax error at end of input');
    await rejects(wrong.collect(), 'query', 'syntax error at end of input');
    const columns = 'columns: vendor, fare, tip, riders, day, pickup, code';
    await rejects(misspelt.count(), 'query', `there is no column "faer"; did you mean "fare"? ${columns}`);
    try {
      await trips.filter('fare > 10 and tipp > 1').explain();
      assert.unreachable();
    } catch (error) {
      assert.equal((error as SpillwayError).place, { sql: 'fare > 10 and tipp > 1', character: 14 });
    }
  }),
);

test(
  'what text made can be described to the compiler',
  withTrips(async (trips) => {
    const made = trips.selectText('fare * 2 as twice, vendor, 1 as one');
    const typed = made.typed({ vendor: 'utf8?', twice: 'float64' });
    await hasSchema(typed, { vendor: 'utf8?', twice: 'float64' });
    assert.equal(await rowsOf(typed.filter((c) => c.twice.gt(50))), [{ vendor: null, twice: 200 }]);
    await rejects(
      made.typed({ twise: 'float64', vendor: 'utf8', one: 'utf8' }).count(),
      'query',
      'the columns are not as described: it has no column twise (did you mean twice?); vendor may be null, so add a ? to its type; one is int64, not utf8',
    );
  }),
);

test(
  'callbacks that give something else',
  withTrips(async (trips) => {
    refuses(() => trips.select(), 'usage', 'select wants at least one column');
    refuses(() => trips.select(() => ({})), 'usage', 'select wants at least one column');
    const object = 'an object of column expressions is wanted, not';
    refuses(() => trips.select((c) => c.fare as never), 'usage', `${object} a column expression`);
    refuses(() => trips.select((async () => ({})) as never), 'usage', `${object} a promise`);
    refuses(() => trips.withColumns(() => null as never), 'usage', `${object} null`);
    refuses(
      () => trips.groupBy('vendor').agg(() => 1 as never),
      'usage',
      'an object of aggregates is wanted, not a number',
    );
  }),
);

test(
  'write and read again',
  withTrips(async (trips, { session, file }) => {
    const out = file('out.csv');
    const written = await trips
      .filter((c) => c.fare.lt(15))
      .select('vendor', 'fare')
      .write(out);
    assert.is(written.rows, 2);
    assert.is(readFileSync(out, 'utf8'), 'vendor,fare\nacme,10.5\nacme,7.25\n');
    assert.is(written.bytes, readFileSync(out).length);
    try {
      await trips.write(out);
      assert.unreachable();
    } catch (error) {
      assert.is((error as SpillwayError).code, 'usage');
    }
    assert.is((await trips.write(out, { overwrite: true })).rows, 5);
    assert.equal(await rowsOf(await session.scan(out, { types: { code: 'utf8' } })), await rowsOf(trips));
    try {
      await trips
        .select((c) => ({ x: c.fare.cast('int8').mul(1) }))
        .withColumns((c) => ({ x: c.x.cast('bool').cast('int8').intDiv(0) }))
        .write(file('bad.csv'));
      assert.unreachable();
    } catch (error) {
      assert.is((error as SpillwayError).code, 'data');
    }
    assert.not.ok(existsSync(file('bad.csv')));
  }),
);

test(
  'explain',
  withTrips(async (trips) => {
    const frame = trips.filter('fare > 10').select('vendor');
    const written = await frame.explain({ optimized: false });
    const optimized = await frame.explain();
    assert.match(written, /filter/i);
    assert.is.not(written, optimized);
  }),
);

test(
  'SQL',
  withTrips(async (_, { session, file }) => {
    const frame = await session.sql(
      `select vendor, count(*) as n from "${file('trips.csv')}" where fare < 50 group by 1 order by n desc, vendor`,
    );
    assert.equal(await rowsOf(frame), [
      { vendor: 'acme', n: 2n },
      { vendor: 'zoom', n: 2n },
    ]);
  }),
);

test(
  'results as tables',
  withTrips(async (trips) => {
    const table = await trips.select('vendor', 'riders', 'fare').collect();
    assert.equal([...table.getChild('fare')!], [10.5, 20, 7.25, 100, 20]);
    assert.equal([...table.getChild('riders')!], [1n, 2n, 3n, 1n, 4n]);
    assert.equal([...table.getChild('vendor')!], ['acme', 'zoom', 'acme', null, 'zoom']);
    const numbers = await trips.collect({ int64: 'number' });
    assert.equal([...numbers.getChild('riders')!], [1, 2, 3, 1, 4]);
    const none = await trips.filter(() => false).collect();
    assert.is(none.numRows, 0);
    assert.equal(
      none.schema.fields.map(({ name }) => name),
      Object.keys(tripsSchema),
    );
  }),
);

test('a described schema is checked', () =>
  inPlace(async ({ session, file }) => {
    const path = file('trips.csv', tripsCsv);
    const some = await session.scan(path, { schema: { riders: 'int32', vendor: 'utf8?' } });
    await hasSchema(some, { riders: 'int32', vendor: 'utf8?' });
    assert.equal((await rowsOf(some))[0], { riders: 1, vendor: 'acme' });

    // CSV has no types: those described are the ones to read it as.
    const misspelt = `types name a column "vendors" that ${path} does not have; did you mean "vendor"?`;
    await rejects(session.scan(path, { schema: { vendors: 'utf8', fare: 'float64' } }), 'query', misspelt);
    await session.scan(path).then((trips) => trips.write(file('trips/')));
    await rejects(
      session.scan(file('trips/'), { schema: { vendors: 'utf8', fare: 'float32', tip: 'float64?' } }),
      'data',
      `${file('trips')} is not as described: it has no column vendors (did you mean vendor?); fare is float64, not float32`,
    );
    await rejects(
      session.scan(path, { schema: { fare: 'flot64' as 'float64' } }),
      'usage',
      'column fare: there is no type "flot64"; known are bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64, date, timestamp, utf8, decimal(p,s), type[]',
    );

    const never = 'column tip is described as never null, but it has a null; add a ? to its type';
    const required = await session.scan(path, { schema: { tip: 'float64' } });
    await rejects(required.filter((c) => c.tip.gt(0)).count(), 'data', never);
    await rejects(required.collect(), 'data', never);
  }));

test('a text that is no Unicode is refused', () =>
  inPlace(async ({ session, file }) => {
    const trips = await session.scan(file('trips.csv', tripsCsv));
    for (const text of ['\ud800', 'a\udc00b'])
      assert.throws(
        () => trips.filter((c) => c.vendor.eq(text)),
        /^a text literal holds half of a surrogate pair$/,
      );
    assert.is(await trips.filter((c) => c.vendor.ne('\u{1f600}')).count(), 4);
  }));

test('callers without a compiler are told what was wanted', () =>
  inPlace(async ({ session, file }) => {
    // biome-ignore lint/suspicious/noExplicitAny: as JavaScript sees it
    const trips: any = await session.scan(file('trips.csv', tripsCsv));
    // biome-ignore lint/suspicious/noExplicitAny: as JavaScript sees it
    const plain: any = session;
    const messages: Readonly<Record<string, () => unknown>> = {
      'filter takes a callback that gives a condition, or SQL text, not number': () => trips.filter(5),
      'withColumns takes a callback that gives an object of expressions, not nothing': () =>
        trips.withColumns(),
      'join takes options that say on what, as { on: "id" }, not nothing': () => trips.join(trips),
      'rename takes an object, as { old: "new" }, not null': () => trips.rename(null),
      'the name of a column must be a text, not number': () => trips.drop(3),
      'the path of the output must be a text, not nothing': () => trips.write(),
      'the path of an input must be a text, not a list': () => plain.scan([['a.csv']]),
      'a query must be a text, not number': () => plain.sql(5),
    };
    for (const [message, attempt] of Object.entries(messages))
      await rejects((async () => attempt())(), 'usage', message);
  }));

test('a thousand columns in the least memory', () =>
  inPlace(
    async ({ session, file }) => {
      const names = Array.from({ length: 1000 }, (_, i) => `c${i}`);
      const cell = (row: number, column: number): string =>
        [`${row * column}`, `t${(row + column) % 50}`, `${row / 8}`, ''][column % 4]!;
      const lines = Array.from({ length: 1500 }, (_, row) => names.map((_, i) => cell(row, i)).join(','));
      const wide = await session.scan(file('wide.csv', `${names}\n${lines.join('\n')}\n`));
      assert.is((await wide.write(file('wide/'))).rows, 1500);
      const back = await session.scan(file('wide/'));
      await back.write(file('back.csv'));
      assert.is(readFileSync(file('back.csv'), 'utf8'), readFileSync(file('wide.csv'), 'utf8'));
      const groups = await rowsOf(back.groupBy('c1').agg((c) => ({ n: count(), most: max(c.c996) })));
      assert.is(groups.length, 50);
      assert.equal(groups[0], { c1: 't1', n: 30n, most: BigInt(1450 * 996) });
    },
    { memory: '128MB' },
  ));

test.run();
