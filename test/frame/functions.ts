import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseType } from '../../lib/arrow/types.js';
import { type DataFrame, type PlainData, type Session, SpillwayError, sum } from '../../lib/index.js';
import { randomCells, seeded } from '../helpers.js';
import { inPlace, rowsOf, tripsCsv, tripsSchema } from './trips.js';

const test = suite('functions of the user');

const here = new URL('./functions-helpers.js', import.meta.url);

async function failure(work: () => unknown): Promise<SpillwayError> {
  try {
    await work();
  } catch (error) {
    assert.instance(error, SpillwayError);
    return error as SpillwayError;
  }
  throw new Error('it should have failed');
}

/** Names, types and nulls of every kind of column, from SQL. */
const everyType = `
  select n::int64 as n, n::int8 as i8, n::int16 as i16, n::int32 as i32, n::uint8 as u8, n::uint16 as u16,
    n::uint32 as u32, n::uint64 as u64, f::float32 as f32, f as f64, n > 2 as flag, d as day, t as at,
    t::"timestamp[UTC]" as utc, cast(f as "decimal(12,2)") as price, s as name, s || '!' as loud, l as list, ll as lists
  from (
    select n, nullif(n, 3) / 2.0 as f, nullif(s, 'x3') as s, date '2024-01-01' as d,
      nullif(timestamp '2024-01-01 12:00:00.000001', case when n = 3 then timestamp '2024-01-01 12:00:00.000001' end) as t,
      case when n <> 3 then list_value(n, null, n + 1) end as l,
      list_value(s, null, 'é') as ll
    from (select id as n, 'x' || id::text as s from "many.csv") as a
  ) as b`;

const described = {
  ...{ n: 'int64', i8: 'int8', i16: 'int16', i32: 'int32', u8: 'uint8', u16: 'uint16', u32: 'uint32' },
  ...{ u64: 'uint64', f32: 'float32?', f64: 'float64?', flag: 'bool', day: 'date', at: 'timestamp?' },
  ...{ utc: 'timestamp[UTC]?', price: 'decimal(12,2)?', name: 'utf8?', loud: 'utf8?' },
  ...{ list: 'int64[]?', lists: 'utf8[]' },
} as const;

test('columns of all types go in and come out, in every form', () =>
  inPlace(async ({ session, file }) => {
    file('many.csv', `id\n${Array.from({ length: 100 }, (_, i) => i).join('\n')}\n`);
    const frame = await session.sql(everyType.replace('many.csv', file('many.csv')));
    const all = nullable(described);
    const truth = await rowsOf(frame);
    assert.is(truth.length, 100);
    for (const name of ['same', 'copied', 'spelled', 'later'])
      assert.equal(await rowsOf(frame.mapBatches(here, { export: name, schema: all })), truth, name);
  }));

const nullable = (schema: Readonly<Record<string, string>>): Record<string, 'int64?'> =>
  Object.fromEntries(
    Object.entries(schema).map(([name, type]) => [name, `${type.replace('?', '')}?` as 'int64?']),
  );

test('random columns through many batches', () =>
  inPlace(async ({ session, file }) => {
    const random = seeded(7);
    const columns = (['int64', 'float64', 'bool', 'utf8'] as const).map((name) =>
      randomCells(parseType(name)!, 70_000, random),
    );
    const lines = Array.from({ length: 70_000 }, (_, i) =>
      columns.map((cells) => (cells[i] === null ? 'NA' : JSON.stringify(String(cells[i])))).join(','),
    );
    const path = file('random.csv', `a,b,c,d\n${lines.join('\n')}\n`);
    const schema = { a: 'int64?', b: 'float64?', c: 'bool?', d: 'utf8?' } as const;
    const frame = await session.scan(path, { schema, nulls: ['NA'] });
    const out = file('plain/');
    await frame.write(out.replace(/\/$/, ''), { format: 'dataset' });
    const stored = await session.scan(out.replace(/\/$/, ''), { schema });
    const truth = await rowsOf(stored);
    for (const name of ['same', 'copied', 'spelled'])
      assert.ok(
        alike(await rowsOf(stored.mapBatches(here, { export: name, schema })), truth),
        `${name} changed rows`,
      );
  }));

/** As `assert.equal`, which takes its time with many rows. */
const alike = (a: unknown[], b: unknown[]): boolean => text(a) === text(b);
const text = (rows: unknown[]): string =>
  JSON.stringify(rows, (_, value) =>
    typeof value === 'bigint' || Object.is(value, -0) || Number.isNaN(value)
      ? `${typeof value} ${value}`
      : value,
  );

test('what it computes, nulls from a bitmap, and a result that goes on', () =>
  inPlace(async ({ session, file }) => {
    const trips = await session.scan(file('trips.csv', tripsCsv), { schema: tripsSchema });
    const rates = trips.mapBatches(here, { schema: { vendor: 'utf8?', rate: 'float64?' } });
    assert.equal(await rowsOf(rates), [
      { vendor: 'acme', rate: 1 / 10.5 },
      { vendor: 'zoom', rate: null },
      { vendor: 'acme', rate: 0.5 / 7.25 },
      { vendor: null, rate: 0.2 },
      { vendor: 'zoom', rate: 0.1 },
    ]);
    const sums = rates.groupBy('vendor').agg((c) => ({ rate: sum(c.rate) }));
    assert.equal(await rowsOf(sums.filter((c) => c.vendor.eq('zoom'))), [{ vendor: 'zoom', rate: 0.1 }]);
    assert.match(
      await rates.explain(),
      /^map batches by default of functions-helpers\.js.*\n│ {4}gives {4}vendor utf8 null, rate float64 null\n└─ scan/,
    );
  }));

const numbers = async (session: Session, path: string): Promise<DataFrame<{ n: 'int64' }>> =>
  session.scan(path, { schema: { n: 'int64' } });

const numbersCsv = (count: number): string =>
  `n\n${Array.from({ length: count }, (_, i) => `${i}\n`).join('')}`;

test('generators give many batches, in their own time too, and none', () =>
  inPlace(async ({ session, file }) => {
    const frame = await numbers(session, file('n.csv', numbersCsv(20)));
    const wanted = Array.from({ length: 10 }, (_, i) => ({ n: BigInt(i * 2) }));
    for (const name of ['even', 'evenLater'])
      assert.equal(await rowsOf(frame.mapBatches(here, { export: name, schema: { n: 'int64' } })), wanted);
    const odd = frame.filter((c) => c.n.eq(1));
    assert.equal(await rowsOf(odd.mapBatches(here, { export: 'even', schema: { n: 'int64' } })), []);
    const none = frame.filter((c) => c.n.lt(0));
    assert.equal(await rowsOf(none.mapBatches(here, { export: 'broken', schema: { n: 'int64' } })), []);
  }));

test('a huge result comes in pieces', () =>
  inPlace(
    async ({ session, file }) => {
      const frame = (await numbers(session, file('n.csv', numbersCsv(1)))).mapBatches(here, {
        export: 'many',
        schema: { i: 'int32', text: 'utf8' },
        options: { rows: 200_000, text: 'é'.repeat(500) },
      });
      const [row] = await rowsOf(
        frame
          .select((c) => ({ i: c.i, bytes: c.text.byteLength() }))
          .groupBy()
          .agg((c) => ({ i: sum(c.i), bytes: sum(c.bytes) })),
      );
      assert.equal(row, { i: (200_000n * 199_999n) / 2n, bytes: 200_000_000n });
    },
    { memory: '160MB' },
  ));

test('a limit stops a generator, and an abort ends what never ends', () =>
  inPlace(async ({ session, file }) => {
    const frame = await numbers(session, file('n.csv', numbersCsv(10)));
    const endless = frame.mapBatches(here, {
      export: 'endless',
      schema: { n: 'int64' },
      options: { mark: 'stopped' },
    });
    assert.equal(await rowsOf(endless.limit(3)), [{ n: 0n }, { n: 1n }, { n: 2n }]);
    assert.is((globalThis as Record<string, unknown>).stopped, true);
    for (const name of ['never', 'endless']) {
      const stop = new AbortController();
      const mapped = frame.mapBatches(here, {
        export: name,
        schema: { n: 'int64' },
        options: { mark: name },
      });
      const work = mapped.count({ signal: stop.signal });
      setTimeout(() => stop.abort(), 20);
      assert.is((await failure(() => work)).code, 'aborted');
    }
  }));

test('what is written to copies changes no data, and old columns cannot be read', () =>
  inPlace(async ({ session, file }) => {
    const frame = await session.scan(file('trips.csv', tripsCsv), { schema: tripsSchema });
    const once = frame.mapBatches(here, { export: 'scribbling', schema: { n: 'int64' } });
    const stored = file('stored');
    await frame.write(stored, { format: 'dataset' });
    const dataset = await session.scan(stored, { schema: tripsSchema });
    const before = await rowsOf(dataset);
    assert.equal(await rowsOf(once), [{ n: 1n }]);
    const kept = await rowsOf(dataset.mapBatches(here, { export: 'scribbling', schema: { n: 'int64' } }));
    assert.equal(kept, [{ n: 1n }]);
    assert.equal(await rowsOf(dataset), before);
    const many = await numbers(session, file('n.csv', numbersCsv(200_000)));
    const { message } = await failure(() =>
      many.mapBatches(here, { export: 'keeping', schema: { n: 'int64' } }).count(),
    );
    assert.match(message, /a column is valid only during the call it was given to/);
  }));

test('what it throws names the function, its line, and what it was given', () =>
  inPlace(async ({ session, file }) => {
    const frame = await numbers(session, file('n.csv', numbersCsv(10)));
    const map = (name: string): Promise<SpillwayError> =>
      failure(() => frame.mapBatches(here, { export: name, schema: { n: 'int64' } }).count());
    const thrown = await map('failing');
    assert.is(thrown.code, 'data');
    assert.match(
      thrown.message,
      /^failing of functions-helpers\.js failed on n\.csv: RangeError: seven is too much, at functions-helpers\.js:\d+:\d+$/,
    );
    assert.match(thrown.place.file!, /functions-helpers\.js$/);
    assert.ok(thrown.place.line! > 1);
    assert.instance(thrown.cause, RangeError);
    assert.is(
      (await map('rejecting')).message,
      'rejecting of functions-helpers.js failed on n.csv: no reason',
    );
    assert.match((await map('failingLater')).message, /^failingLater of .* failed on n\.csv: no more, at /);
  }));

test('what makes no sense is refused, with the column and the row', () =>
  inPlace(async ({ session, file }) => {
    const frame = await numbers(session, file('n.csv', numbersCsv(3)));
    const refused = async (columns: PlainData, schema: Record<string, 'int64?'>): Promise<string> => {
      const mapped = frame.mapBatches(here, { export: 'given', schema, options: { columns } });
      const { code, message } = await failure(() => rowsOf(mapped));
      assert.is(code, 'data');
      return message.replace('given of functions-helpers.js ', '');
    };
    const promised = 'gave something else than it promised: column ';
    const cases: [PlainData, Readonly<Record<string, string>>, string][] = [
      [null, { a: 'int64' }, 'must give an object of columns, as { a: [...] }, but gave null'],
      [[1], { a: 'int64' }, 'must give an object of columns, as { a: [...] }, but gave an array'],
      [7, { a: 'int64' }, 'must give an object of columns, as { a: [...] }, but gave 7'],
      [{}, { a: 'int64' }, 'gave no column a (int64)'],
      [{ a: [], b: [] }, { a: 'int64' }, 'gave a column b, which is not in its schema: a'],
      [{ a: [1], b: [] }, { a: 'int64', b: 'int64' }, 'gave 0 rows of column b, but 1 of column a'],
      [{ a: 'x' }, { a: 'utf8' }, `${promised}a: an array is wanted, not the text 'x'`],
      [{ a: {} }, { a: 'int64' }, `${promised}a: an array is wanted, or an object of values, not a Object`],
      [{ a: [1, 2.5] }, { a: 'int64' }, `${promised}a, row 2 of what it gave: 2.5 is no int64`],
      [{ a: [1, '2'] }, { a: 'int64' }, `${promised}a, row 2 of what it gave: the text '2' is no int64`],
      [{ a: [128] }, { a: 'int8' }, `${promised}a, row 1 of what it gave: 128 is no int8`],
      [{ a: [-1] }, { a: 'uint8' }, `${promised}a, row 1 of what it gave: -1 is no uint8`],
      [{ a: [-1] }, { a: 'uint64' }, `${promised}a, row 1 of what it gave: -1 is no uint64`],
      [{ a: [true] }, { a: 'float64' }, `${promised}a, row 1 of what it gave: true is no float64`],
      [{ a: [0] }, { a: 'bool' }, `${promised}a, row 1 of what it gave: 0 is no bool`],
      [{ a: [0] }, { a: 'utf8' }, `${promised}a, row 1 of what it gave: 0 is no utf8`],
      [{ a: [0.5] }, { a: 'date' }, `${promised}a, row 1 of what it gave: 0.5 is no date`],
      [{ a: [5] }, { a: 'timestamp' }, `${promised}a, row 1 of what it gave: 5 is no timestamp`],
      [
        { a: ['1.234'] },
        { a: 'decimal(5,2)' },
        `${promised}a, row 1 of what it gave: the text '1.234' is no decimal(5,2); write it as a text, as '12.50'`,
      ],
      [{ a: [1] }, { a: 'int64[]' }, `${promised}a, row 1 of what it gave: 1 is no int64[]; give an array`],
      [
        { a: [[], [1, '']] },
        { a: 'int64[]' },
        `${promised}a, row 2 of what it gave: the text '' is no int64`,
      ],
      [
        { a: [1, null] },
        { a: 'int64' },
        `${promised}a, row 2 of what it gave: it is null, but it is declared as int64; write int64? where values may be missing`,
      ],
      [
        { a: ['\ud800'] },
        { a: 'utf8' },
        `${promised}a, row 1 of what it gave: it holds half of a surrogate pair`,
      ],
      [
        { a: { values: [1], validity: [1] } },
        { a: 'int64' },
        `${promised}a: its validity is an array, no Uint8Array of one bit a row`,
      ],
    ];
    for (const [columns, schema, message] of cases)
      assert.is(await refused(columns, schema as Record<string, 'int64?'>), message);
  }));

test('what cannot be a function, or its options, is refused before anything runs', () =>
  inPlace(async ({ session, file }) => {
    const frame = await numbers(session, file('n.csv', numbersCsv(3)));
    const schema = { n: 'int64' } as const;
    const refused = async (work: () => unknown): Promise<string> => {
      const { code, message } = await failure(work);
      assert.is(code, 'usage');
      return message;
    };
    const closure = (() => ({ n: [] })) as unknown as URL;
    assert.match(
      await refused(() => frame.mapBatches(closure, { schema })),
      /^mapBatches takes no function, as worker/,
    );
    assert.match(await refused(() => frame.mapBatches('./f.js', { schema })), /, not "\.\/f\.js"$/);
    const nothing = {} as typeof schema;
    assert.match(
      await refused(() => frame.mapBatches(here, { schema: nothing })),
      /^mapBatches takes a schema/,
    );
    const options = { deep: [new Map()] } as unknown as PlainData;
    assert.match(
      await refused(() => frame.mapBatches(here, { schema, options })),
      /^options\.deep\[0\] is Map; /,
    );
    assert.match(
      await refused(() => frame.mapBatches(here, { schema, export: 'number' }).count()),
      /exports no function number; it exports /,
    );
    const gone = new URL('./no-such-file.js', here);
    assert.match(
      await refused(() => frame.mapBatches(gone, { schema }).count()),
      /cannot be loaded: Cannot find module/,
    );
  }));

test('registered functions in expressions and SQL', () =>
  inPlace(async ({ session, file }) => {
    const path = file('trips.csv', tripsCsv);
    const trips = await session.scan(path, { schema: tripsSchema });
    const plus = session.register('plus', here, {
      args: ['float64', 'float64'],
      returns: 'float64',
      export: 'add',
    });
    const shout = session.register('shout', here, { args: ['utf8'], returns: 'utf8', export: 'shout' });
    const orZero = session.register('or_zero', here, {
      args: ['float64'],
      returns: 'float64',
      export: 'orZero',
      nulls: 'pass',
    });
    const half = session.register('half', here, { args: ['int64'], returns: 'int64?', export: 'half' });
    session.register('how_many', here, { args: [], returns: 'int64', export: 'count' });
    const made = trips.select((c) => ({
      total: plus(c.fare, c.tip),
      more: plus(c.riders, 1),
      loud: shout(c.vendor),
      tip: orZero(c.tip),
      half: half(c.riders),
    }));
    const expected = [
      { total: 11.5, more: 2, loud: 'acme!', tip: 1, half: null },
      { total: null, more: 3, loud: 'zoom!', tip: 0, half: 1n },
      { total: 7.75, more: 4, loud: 'acme!', tip: 0.5, half: null },
      { total: 120, more: 2, loud: null, tip: 20, half: null },
      { total: 22, more: 5, loud: 'zoom!', tip: 2, half: 2n },
    ];
    assert.equal(await rowsOf(made), expected);
    const query = `select plus(fare, tip) as total, plus(riders, 1) as more, shout(vendor) as loud,
      or_zero(tip) as tip, half(riders) as half from "${path}"`;
    assert.equal(await rowsOf(await session.sql(query)), expected);
    assert.equal(await rowsOf(trips.filter('plus(fare, or_zero(tip)) > 20').select('fare')), [
      { fare: 100 },
      { fare: 20 },
    ]);
    const grouped = `select shout(shout(vendor)) as v, count(*) filter (where half(riders) is null) as n,
      max(case when tip is null then -1 else plus(tip, how_many()) end) over () as most
      from "${path}" group by vendor, riders, tip having plus(riders, 0) < 3 order by shout(vendor), n`;
    assert.is((await rowsOf(await session.sql(grouped))).length, 3);
    assert.equal(await rowsOf(await session.sql('select plus(1, 2) as three, shout(null) as nothing')), [
      { three: 3, nothing: null },
    ]);
    assert.equal(await rowsOf(trips.sort('shout(vendor) desc, plus(fare, 1)').select('fare')), [
      { fare: 20 },
      { fare: 20 },
      { fare: 7.25 },
      { fare: 10.5 },
      { fare: 100 },
    ]);
    const joined = `select count(*) as n from "${path}" a join "${path}" b on shout(a.vendor) = shout(b.vendor)`;
    assert.equal(await rowsOf(await session.sql(joined)), [{ n: 8n }]);
  }));

test('registered functions are refused where they make no sense', () =>
  inPlace(async ({ session, file }) => {
    const path = file('trips.csv', tripsCsv);
    const shape = { args: ['float64'], returns: 'float64' } as const;
    for (const [name, message] of [
      ['lower', /^there is a function lower already/],
      ['sum', /^there is a function sum already/],
      ['row_number', /^there is a function row_number already/],
      ['coalesce', /^there is a function coalesce already/],
      ['select', /^select is a word of SQL/],
      ['Rate', /^a function's name is made of small letters/],
      ['', /^a function's name is made of small letters/],
    ] as const)
      assert.match((await failure(() => session.register(name, here, shape))).message, message);
    session.register('rate', here, { ...shape, export: 'broken' });
    assert.match((await failure(() => session.register('rate', here, shape))).message, /registered already$/);
    const odd = { args: ['float64', 'money'], returns: 'float64' } as unknown as typeof shape;
    assert.match(
      (await failure(() => session.register('odd', here, odd))).message,
      /there is no type "money"/,
    );
    const query = (text: string) =>
      failure(async () => rowsOf(await session.sql(`select ${text} from "${path}"`)));
    assert.match(
      (await query('rate(fare)')).message,
      /^broken of functions-helpers\.js failed: TypeError: broken, at /,
    );
    const wrong = await query('rate(vendor)');
    assert.match(wrong.message, /^rate\(float64\) does not take \(utf8\); cast them/);
    assert.is(wrong.place.character, 7);
    assert.match((await query('rates(fare)')).message, /did you mean "rate"/);
    session.register('short', here, { ...shape, export: 'short' });
    assert.match((await query('short(fare)')).message, /gave 4 values for 5 rows$/);
    session.register('promised', here, { ...shape, export: 'promised' });
    assert.match((await query('promised(fare)')).message, /a promise; only functions of mapBatches/);
    session.register('half', here, { args: ['int64'], returns: 'int64', export: 'half' });
    assert.match(
      (await query('half(riders)')).message,
      /column half, row 1 of what it gave: it is null, but/,
    );
  }));

test.run();
