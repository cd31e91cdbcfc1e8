/** Joins, set operations, reshaping and samples of the typed API: what comes out, its schema as the compiler sees it, and mistakes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { typeName } from '../../lib/arrow/types.js';
import { avg, count, type DataFrame, Session, SpillwayError, sum } from '../../lib/index.js';
import { inPlace, manyRows, rowsOf } from './trips.js';

const test = suite('verbs');

const ordersCsv = `id,who,amount,at
1,ann,10,2024-01-01 10:00:00
2,bob,20,2024-01-01 11:00:00
3,,30,2024-01-02 09:00:00
4,ann,5,2024-01-03 00:00:00
5,eve,7,
`;
const ordersSchema = { id: 'int64', who: 'utf8?', amount: 'int32?', at: 'timestamp?' } as const;

const peopleCsv = `who,city,id
ann,Rome,100
bob,,101
dan,Oslo,102
,Bern,103
`;
const peopleSchema = { who: 'utf8?', city: 'utf8?', id: 'int64' } as const;

type Mutable<D> = { -readonly [K in keyof D]: D[K] };
type Orders = DataFrame<Mutable<typeof ordersSchema>>;
type People = DataFrame<Mutable<typeof peopleSchema>>;

const withFrames =
  (body: (orders: Orders, people: People, session: Session) => Promise<void>): (() => Promise<void>) =>
  () =>
    inPlace(async ({ session, file }) => {
      const orders = await session.scan(file('orders.csv', ordersCsv), { schema: ordersSchema });
      const people = await session.scan(file('people.csv', peopleCsv), { schema: peopleSchema });
      await body(orders, people, session);
    });

/** The compiler checks `described` against the frame's type, this checks it against the frame. */
async function hasSchema<S>(frame: DataFrame<S>, described: NoInfer<S>): Promise<void> {
  const { fields } = await frame.schema;
  const found = fields.map(({ name, type, nullable }) => [name, `${typeName(type)}${nullable ? '?' : ''}`]);
  assert.equal(Object.fromEntries(found), described);
}

/** Rows as lists of values, in an order of their own: joins and the like have none. */
async function unordered<S>(frame: DataFrame<S>): Promise<string[]> {
  const rows = (await rowsOf(frame)) as Record<string, unknown>[];
  return rows.map((row) => Object.values(row).map(String).join(' ')).sort();
}

async function rejects(work: () => unknown, message: string, code = 'usage'): Promise<void> {
  try {
    const made = work();
    if (made instanceof Promise) await made;
    else await (made as DataFrame).schema;
  } catch (error) {
    assert.instance(error, SpillwayError, String((error as Error).stack));
    assert.is((error as SpillwayError).message, message);
    assert.is((error as SpillwayError).code, code);
    return;
  }
  assert.unreachable(`no error: ${message}`);
}

test(
  'joins on a name: the key comes out once, other names get a suffix, nulls do not match',
  withFrames(async (orders, people) => {
    const few = orders.select('who', 'id', 'amount');
    const inner = few.join(people, { on: 'who' });
    await hasSchema(inner, {
      who: 'utf8?',
      id: 'int64',
      amount: 'int32?',
      city: 'utf8?',
      id_right: 'int64',
    });
    assert.equal(await unordered(inner), ['ann 1 10 Rome 100', 'ann 4 5 Rome 100', 'bob 2 20 null 101']);

    const left = few.join(people, { on: 'who', how: 'left', suffix: '2' });
    await hasSchema(left, { who: 'utf8?', id: 'int64', amount: 'int32?', city: 'utf8?', id2: 'int64?' });
    assert.equal(await unordered(left), [
      'ann 1 10 Rome 100',
      'ann 4 5 Rome 100',
      'bob 2 20 null 101',
      'eve 5 7 null null',
      'null 3 30 null null',
    ]);

    const right = few.join(people, { on: ['who'], how: 'right' });
    await hasSchema(right, {
      who: 'utf8?',
      id: 'int64?',
      amount: 'int32?',
      city: 'utf8?',
      id_right: 'int64',
    });
    assert.equal(await unordered(right), [
      'ann 1 10 Rome 100',
      'ann 4 5 Rome 100',
      'bob 2 20 null 101',
      'dan null null Oslo 102',
      'null null null Bern 103',
    ]);

    const full = few.select('who', 'id').join(people.select('who', 'city'), { on: 'who', how: 'full' });
    await hasSchema(full, { who: 'utf8?', id: 'int64?', city: 'utf8?' });
    assert.equal(await unordered(full), [
      'ann 1 Rome',
      'ann 4 Rome',
      'bob 2 null',
      'dan null Oslo',
      'eve 5 null',
      'null 3 null',
      'null null Bern',
    ]);

    const semi = few.join(people, { on: 'who', how: 'semi' });
    await hasSchema(semi, { who: 'utf8?', id: 'int64', amount: 'int32?' });
    assert.equal(await unordered(semi), ['ann 1 10', 'ann 4 5', 'bob 2 20']);
    assert.equal(await unordered(few.join(people, { on: 'who', how: 'anti' })), ['eve 5 7', 'null 3 30']);
  }),
);

test(
  'joins on pairs, on conditions, and on both; products',
  withFrames(async (orders, people) => {
    const few = orders.select('id', 'amount');
    const others = people.select('id', 'who');
    const pairs = few.join(
      others.withColumns((c) => ({ id: c.id.sub(99) })),
      { on: [{ left: 'amount', right: 'id' }], how: 'left' },
    );
    await hasSchema(pairs, { id: 'int64', amount: 'int32?', id_right: 'int64?', who: 'utf8?' });
    assert.equal(await unordered(pairs), [
      '1 10 null null',
      '2 20 null null',
      '3 30 null null',
      '4 5 null null',
      '5 7 null null',
    ]);
    const condition = few.join(others, { on: (l, r) => l.id.add(100).eq(r.id).and(l.amount.gt(10)) });
    await hasSchema(condition, { id: 'int64', amount: 'int32?', id_right: 'int64', who: 'utf8?' });
    assert.equal(await unordered(condition), ['2 20 102 dan', '3 30 103 null']);
    assert.match(await condition.explain(), 'inner join on id + 100 = id_right');

    const less = few.join(few, { on: (l, r) => l.amount.lt(r.amount), how: 'semi' });
    assert.equal(await unordered(less), ['1 10', '2 20', '4 5', '5 7']);
    const most = few.join(few, { on: (l, r) => l.amount.lt(r.amount), how: 'anti' });
    assert.equal(await unordered(most), ['3 30']);
    const both = few.join(few, { on: 'id', condition: (l, r) => l.amount.gt(r.amount.sub(1)), suffix: '_b' });
    await hasSchema(both, { id: 'int64', amount: 'int32?', amount_b: 'int32?' });
    assert.is(await both.count(), 5);

    const product = few.crossJoin(people.select('city'), { suffix: '_x' });
    await hasSchema(product, { id: 'int64', amount: 'int32?', city: 'utf8?' });
    assert.is(await product.count(), 20);
    assert.is(await few.crossJoin(few).crossJoin(few, { suffix: '3' }).count(), 125);
  }),
);

const tradesCsv = `symbol,time,size
A,2024-01-01 10:00:03,1
A,2024-01-01 10:00:05,2
B,2024-01-01 10:00:05,3
A,2024-01-01 10:01:00,4
C,2024-01-01 10:00:00,5
`;
const quotesCsv = `symbol,time,price
A,2024-01-01 10:00:00,1.5
A,2024-01-01 10:00:05,1.6
A,2024-01-01 10:00:09,1.7
B,2024-01-01 10:00:06,9
`;

test('asof joins: the nearest row before, after, or either, within a tolerance', () =>
  inPlace(async ({ session, file }) => {
    const trades = await session.scan(file('trades.csv', tradesCsv), {
      schema: { symbol: 'utf8', time: 'timestamp', size: 'int64' },
    });
    const quotes = await session.scan(file('quotes.csv', quotesCsv), {
      schema: { symbol: 'utf8', time: 'timestamp', price: 'float64' },
    });
    const sizes = (frame: DataFrame<{ size: 'int64'; price: 'float64?' }>): Promise<string[]> =>
      unordered(frame);
    const before = trades.joinAsof(quotes, { on: 'time', by: 'symbol' });
    await hasSchema(before, { symbol: 'utf8', time: 'timestamp', size: 'int64', price: 'float64?' });
    assert.equal(await sizes(before.select('size', 'price')), [
      '1 1.5',
      '2 1.6',
      '3 null',
      '4 1.7',
      '5 null',
    ]);
    const inner = trades.joinAsof(quotes, { on: 'time', by: ['symbol'], how: 'inner', allowEqual: false });
    await hasSchema(inner, { symbol: 'utf8', time: 'timestamp', size: 'int64', price: 'float64' });
    assert.equal(await unordered(inner.select('size', 'price')), ['1 1.5', '2 1.5', '4 1.7']);
    const after = trades.joinAsof(quotes, {
      on: 'time',
      by: 'symbol',
      direction: 'forward',
      tolerance: '1s',
    });
    assert.equal(await sizes(after.select('size', 'price')), ['1 null', '2 1.6', '3 9', '4 null', '5 null']);
    const near = trades.joinAsof(quotes, {
      on: 'time',
      by: 'symbol',
      direction: 'nearest',
      tolerance: 51_000_000,
    });
    assert.equal(await sizes(near.select('size', 'price')), ['1 1.6', '2 1.6', '3 9', '4 1.7', '5 null']);

    const renamed = quotes.rename({ time: 'at' });
    const pair = trades.joinAsof(renamed, { on: { left: 'time', right: 'at' }, tolerance: '10s' });
    await hasSchema(pair, {
      symbol: 'utf8',
      time: 'timestamp',
      size: 'int64',
      symbol_right: 'utf8?',
      at: 'timestamp?',
      price: 'float64?',
    });
    assert.equal(await sizes(pair.select('size', 'price')), ['1 1.5', '2 1.6', '3 1.6', '4 null', '5 1.5']);
    const numbers = trades.select('size').joinAsof(
      quotes.select((c) => ({ size: c.price.mul(2), price: c.price })),
      { on: 'size', direction: 'forward', tolerance: 0.5 },
    );
    assert.equal(await unordered(numbers), ['1 null', '2 null', '3 1.5', '4 null', '5 null']);
    // A date beside a timestamp is one, and its tolerance is a duration.
    const days = trades
      .select((c) => ({ size: c.size, at: c.time.cast('date') }))
      .joinAsof(renamed.select('at', 'price'), { on: 'at', direction: 'forward', tolerance: '11h' });
    assert.equal(await unordered(days.select('size', 'price')), [
      '1 1.5',
      '2 1.5',
      '3 1.5',
      '4 1.5',
      '5 1.5',
    ]);

    await rejects(
      () => trades.joinAsof(quotes, { on: 'time', tolerance: '5 minutes' }),
      '"5 minutes" is no duration; write a number and one of us, ms, s, m, h, d, w, as 5s',
    );
    await rejects(
      () => trades.joinAsof(quotes.rename({ price: 'size' }), { on: 'size', tolerance: '5s' }),
      '5s is a duration, but size is compared as float64; give a number',
    );
    await rejects(
      () => trades.joinAsof(quotes, { on: 'time', tolerance: -1 }),
      'a tolerance is a number from 0 up, not -1',
    );
    await rejects(
      () => trades.joinAsof(quotes, { on: 'symbol' }),
      'an asof join compares numbers, dates or timestamps, not symbol (utf8)',
      'query',
    );
    await rejects(
      () => trades.joinAsof(quotes, { on: ['time', 'symbol'] as never }),
      'an asof join takes one column `on` which rows are near; those that are equal go to `by`',
    );
  }));

test(
  'joins by text',
  withFrames(async (orders, people) => {
    const one = await unordered(orders.select('who', 'id').joinText(people.select('who', 'city'), 'who'));
    assert.equal(one, ['ann 1 Rome', 'ann 4 Rome', 'bob 2 null']);
    const sided = orders
      .select('id', 'amount')
      .joinText(people.select('id', 'city'), 'l.id + 100 = r.id and amount > 10', { suffix: '2' });
    assert.equal(await unordered(sided), ['2 20 102 Oslo', '3 30 103 Bern']);
    const positions = orders
      .select('id', 'amount')
      .joinText(orders.select('id', 'amount'), 'amount = amount');
    assert.equal(await unordered(positions), ['1 10 1 10', '2 20 2 20', '3 30 3 30', '4 5 4 5', '5 7 5 7']);
    const semi = orders.select('who', 'id').joinText(people, 'WHO, l.id < 4', { how: 'semi' });
    assert.equal(await unordered(semi), ['ann 1', 'bob 2']);

    await rejects(
      () => orders.joinText(people, 'id < 5'),
      'both sides have a column id; write l.id or r.id',
      'query',
    );
    await rejects(
      () => orders.joinText(people, 'x.id = 5'),
      'there is no table x here; a column of the left input is l.id, one of the right r.id',
      'query',
    );
    await rejects(
      () => orders.joinText(people, 'amount = city'),
      'cannot compare int32 with utf8; cast one',
      'query',
    );
    await rejects(
      () => orders.joinText(people, 'citty = who'),
      'there is no column "citty"; did you mean "city"? columns: id, who, amount, at, city',
      'query',
    );
    await rejects(
      () => orders.joinText(people, 'amount'),
      'there is no column "amount"; columns: who, city, id',
      'query',
    );
    await rejects(
      () => orders.joinText(people, 'amount + 1'),
      'a join condition must be true or false, but its type is int64',
      'query',
    );
    await rejects(
      () => orders.joinText(people, 'sum(amount) = 1'),
      'the aggregate sum(...) does not belong in a join condition',
      'query',
    );
  }),
);

test(
  'mistakes in joins',
  withFrames(async (orders, people) => {
    const loose = people as DataFrame;
    await rejects(
      () => orders.join(loose, { on: 'amount' }),
      'there is no column "amount"; columns: who, city, id',
      'query',
    );
    await rejects(
      () => orders.join(loose, { on: [{ left: 'amount', right: 'city' }] }),
      'cannot compare int32 with utf8; cast one',
      'query',
    );
    await rejects(
      () => orders.join(people.select((c) => ({ who: c.id })) as DataFrame, { on: 'who' }),
      'cannot join who (utf8) with who_right (int64); cast one of them',
      'query',
    );
    await rejects(
      () => orders.join(people.rename({ city: 'id_right' }), { on: 'who' }),
      'the column "id" is on both sides, and so is "id_right"; choose another suffix or rename one',
      'query',
    );
    await rejects(
      () => orders.join(loose, {} as never),
      'a join takes `on`: columns or a condition; all pairs of rows are a crossJoin',
    );
    await rejects(
      () => orders.join(loose, { on: 'who', how: 'outer' as never }),
      'a join is inner, left, right, full, semi, anti, not outer',
    );
    await rejects(
      () => orders.join(loose, { on: (l) => l.amount as never }),
      'the join condition must be true or false, but its type is int32',
      'query',
    );
    const other = new Session({ memory: '256MB' });
    try {
      const elsewhere = new (orders.constructor as new (session: Session, plan: unknown) => DataFrame)(
        other,
        async () => assert.unreachable(),
      );
      await rejects(
        () => orders.crossJoin(elsewhere),
        'the frames are of two sessions; scan both files in one',
      );
    } finally {
      await other.close();
    }
    await rejects(() => orders.crossJoin(1 as never), 'a frame is wanted, not a number');
  }),
);

test(
  'unions by position and by name',
  withFrames(async (orders, people) => {
    const ids = orders.select('id', 'who').limit(2);
    const both = ids.union(people.select('id', 'who'), ids);
    await hasSchema(both, { id: 'int64', who: 'utf8?' });
    assert.equal(await unordered(both), [
      '1 ann',
      '1 ann',
      '100 ann',
      '101 bob',
      '102 dan',
      '103 null',
      '2 bob',
      '2 bob',
    ]);
    const wider = orders
      .select((c) => ({ n: c.amount }))
      .union(people.select((c) => ({ n: c.id.cast('float64') })));
    await hasSchema(wider, { n: 'float64?' });
    assert.equal(await unordered(wider), ['10', '100', '101', '102', '103', '20', '30', '5', '7']);

    const named = ids.unionByName(people.select('who', 'id'));
    await hasSchema(named, { id: 'int64', who: 'utf8?' });
    assert.is(await named.count(), 6);
    const more = ids.unionByName(people.select('city', 'id'), { allowMissing: true });
    await hasSchema(more, { id: 'int64', who: 'utf8?', city: 'utf8?' });
    assert.equal(await unordered(more), [
      '1 ann null',
      '100 null Rome',
      '101 null null',
      '102 null Oslo',
      '103 null Bern',
      '2 bob null',
    ]);

    await rejects(
      () => ids.union(people.select('who', 'id')),
      'union goes by the position of columns, which are id, who here and who, id there; select them in one order',
    );
    await rejects(
      () => ids.union(orders as DataFrame),
      'union takes inputs of as many columns, but one has 2 and one 4',
      'query',
    );
    await rejects(
      () => ids.union(people.select('who', 'city') as DataFrame),
      'the columns "id" cannot become one: their types are int64 and utf8; cast them',
      'query',
    );
    await rejects(
      () => ids.unionByName(people as never),
      'only one side of unionByName has a column "city"; with allowMissing it is null elsewhere',
    );
  }),
);

test(
  'intersect and except, where nulls are the same',
  withFrames(async (orders, people) => {
    const [mine, its] = [orders.select('who'), people.select('who')];
    const common = mine.intersect(its);
    await hasSchema(common, { who: 'utf8?' });
    assert.equal(await unordered(common), ['ann', 'bob', 'null']);
    assert.equal(await unordered(mine.except(its)), ['eve']);
    assert.equal(await unordered(its.except(mine)), ['dan']);
    assert.equal(await unordered(mine.except(its, { all: true })), ['ann', 'eve']);
    assert.equal(await unordered(mine.intersect(mine, { all: true })), ['ann', 'ann', 'bob', 'eve', 'null']);
  }),
);

test("intersect and except of datasets: a chunk without the other side's values may hold its nulls", () =>
  inPlace(async ({ session, file }) => {
    const dataset = async (name: string, rows: string): Promise<DataFrame> => {
      await (await session.scan(file(`${name}.csv`, `k,j\n${rows}`))).write(file(name), {
        format: 'dataset',
      });
      return session.scan(file(name), { format: 'dataset' });
    };
    const mine = await dataset('mine', '1,1\n,\n,3\n');
    const its = await dataset('its', '2,2\n,\n');
    assert.equal(await unordered(mine.intersect(its)), ['null null']);
    assert.equal(await unordered(mine.except(its)), ['1 1', 'null 3']);
    assert.equal(await unordered(its.except(mine)), ['2 2']);
  }));

test(
  'windows: functions are expressions, in the place of columns or behind them',
  withFrames(async (orders) => {
    const few = orders.select('who', 'id', 'amount');
    const seen = few.withWindow({ partitionBy: 'who', orderBy: 'id' }, (c, w) => ({
      n: w.rowNumber(),
      before: w.lag(c.amount),
      or0: w.lag(c.amount, 1, 0),
      more: c.amount.sub(w.lead(c.amount, 1, -1)),
      total: w.sum(c.amount),
      share: c.amount.div(w.sum(c.amount, { rows: [-Infinity, Infinity] })),
    }));
    await hasSchema(seen, {
      who: 'utf8?',
      id: 'int64',
      amount: 'int32?',
      n: 'int64',
      before: 'int32?',
      or0: 'int32?',
      more: 'int64?',
      total: 'int64?',
      share: 'float64?',
    });
    assert.equal(await unordered(seen), [
      'ann 1 10 1 null 0 5 10 0.6666666666666666',
      'ann 4 5 2 10 10 6 15 0.3333333333333333',
      'bob 2 20 1 null 0 21 20 1',
      'eve 5 7 1 null 0 8 7 1',
      'null 3 30 1 null 0 31 30 1',
    ]);

    const replaced = few.withWindow({ orderBy: (c) => c.amount.desc() }, (c, w) => ({
      amount: w.avg(c.amount, { rows: [-1, 1] }),
      rank: w.rank(),
    }));
    await hasSchema(replaced, { who: 'utf8?', id: 'int64', amount: 'float64?', rank: 'int64' });
    assert.equal(await unordered(replaced), [
      'ann 1 12.333333333333334 3',
      'ann 4 6 5',
      'bob 2 20 2',
      'eve 5 7.333333333333333 4',
      'null 3 25 1',
    ]);
    const near = few.withWindow({ orderBy: ['amount'] }, (c, w) => ({
      n: w.count(c.who, { range: [-5, 0] }),
      last: w.last(c.id, { groups: [0, 1] }),
      counted: w.over(count().where(c.amount.gt(6)), { rows: [-1, 0] }),
      part: w.ntile(2),
    }));
    assert.equal(await unordered(near), [
      'ann 1 10 3 2 2 1',
      'ann 4 5 1 5 0 1',
      'bob 2 20 1 3 2 2',
      'eve 5 7 2 1 1 1',
      'null 3 30 0 3 2 2',
    ]);
    // The columns are not known before the text is parsed.
    const text = orders
      .selectText('who, id')
      .withWindow({ partitionBy: 'who' }, (_, w) => ({ n: w.count() }));
    assert.equal(await unordered(text), ['ann 1 2', 'ann 4 2', 'bob 2 1', 'eve 5 1', 'null 3 1']);
    assert.match(await seen.explain({ optimized: false }), 'row_number() as n');

    await rejects(
      () => few.withWindow({}, (_, w) => ({ n: w.rank() })),
      'rank needs an order of rows; add order by to its window',
      'query',
    );
    await rejects(
      () => few.withWindow({ orderBy: 'id' }, (c, w) => ({ n: w.sum(c.amount, { rows: [1, -1] }) })),
      'a frame that begins at 1 and ends at -1 has no rows',
    );
    await rejects(
      () => few.withWindow({ orderBy: 'id' }, (c, w) => ({ n: w.sum(c.amount, { rows: [0.5, 1] }) })),
      'the ends of a frame are numbers of rows, not 0.5',
    );
    await rejects(
      () => few.withWindow({ orderBy: 'id' }, (c, w) => ({ n: w.sum(w.lag(c.amount)) })),
      'sum over a window holds another one; use withWindow twice',
    );
    await rejects(
      () => few.withWindow({}, (c) => ({ n: c.amount })),
      'withWindow takes functions of the window: w.rowNumber(), w.sum(c.x) and the like',
    );
    await rejects(
      () => few.withWindow({}, (c, w) => ({ n: w.over(count(c.who).distinct()) })),
      'count over a window cannot take distinct',
    );
  }),
);

test(
  'explode',
  withFrames(async (orders) => {
    const parts = orders.selectText("id, string_to_array(who, 'n') as parts");
    assert.equal(await unordered(parts.filter('id < 3').explode('parts')), ['1 ', '1 ', '1 a', '2 bob']);
    assert.is(await parts.explode('parts').count(), 8);
    assert.is(await parts.explode('parts', { outer: true }).count(), 9);
    await rejects(
      () => orders.explode('who'),
      'only lists are exploded, and the type of "who" is utf8',
      'query',
    );
  }),
);

test(
  'pivots, with values that are given or found, and unpivots',
  withFrames(async (orders, people) => {
    const sales = orders.withColumns((c) => ({ day: c.at.day() }));
    const given = sales.pivot({
      on: 'who',
      values: ['ann', 'zoe', null],
      index: 'day',
      agg: (c) => sum(c.amount),
    });
    await hasSchema(given, { day: 'int32?', ann: 'int64?', zoe: 'int64?', null: 'int64?' });
    assert.equal(await unordered(given), [
      '1 10 null null',
      '2 null null 30',
      '3 5 null null',
      'null null null null',
    ]);

    const several = sales.pivot({
      on: (c) => c.amount.gt(9),
      values: [true, false],
      agg: (c) => ({ n: count(), mean: avg(c.amount) }),
    });
    await hasSchema(several, {
      true_n: 'int64',
      true_mean: 'float64?',
      false_n: 'int64',
      false_mean: 'float64?',
    });
    assert.equal(await unordered(several), ['3 20 2 6']);

    const found = sales.pivot({ on: 'who', index: ['day'], agg: () => count() });
    assert.equal(
      (await found.schema).fields.map(({ name }) => name),
      ['day', 'ann', 'bob', 'eve', 'null'],
    );
    // Each way to a result waits for the query that finds the values, in whose turn it must not be.
    assert.is((await found.collect()).numRows, 4);
    assert.is(await found.count(), 4);
    assert.equal(await unordered(found), ['1 1 1 0 0', '2 0 0 0 1', '3 1 0 0 0', 'null 0 0 1 0']);
    let batches = 0;
    for await (const batch of found.batches()) batches += batch.numRows;
    assert.is(batches, 4);
    const twice = sales.pivot({ on: 'at', agg: () => count() });
    assert.equal((await twice.schema).fields.map(({ name }) => name).slice(0, 2), [
      '2024-01-01 10:00:00',
      '2024-01-01 11:00:00',
    ]);
    assert.equal(await unordered(twice), ['1 1 1 1 1']);

    const long = people.unpivot({ columns: ['who', 'city'], name: 'what', value: 'text' });
    await hasSchema(long, { id: 'int64', what: 'utf8', text: 'utf8?' });
    assert.equal(await unordered(long), [
      '100 city Rome',
      '100 who ann',
      '101 city null',
      '101 who bob',
      '102 city Oslo',
      '102 who dan',
      '103 city Bern',
      '103 who null',
    ]);
    const numbers = orders.select('id', 'amount').unpivot({ columns: ['id', 'amount'], keepNulls: false });
    await hasSchema(numbers, { name: 'utf8', value: 'int64?' });
    assert.equal(await unordered(numbers.groupBy().agg((c) => ({ s: sum(c.value) }))), ['87']);

    await rejects(
      () => orders.unpivot({ columns: ['who', 'id'] }),
      'unpivot makes one column of values, but their types are utf8 and int64; cast them',
      'query',
    );
    await rejects(
      () => sales.pivot({ on: 'who', values: ['day'], index: 'day', agg: () => count() }),
      'two columns are named "day"; give one another name with as',
      'query',
    );
    await rejects(
      () => sales.pivot({ on: 'who', values: [], agg: () => count() }),
      'pivot wants at least one value',
    );
  }),
);

test('a pivot of too many values is refused', () =>
  inPlace(async ({ session, file }) => {
    const many = await session.scan(file('many.csv', manyRows(1200)));
    await rejects(
      () => many.pivot({ on: 'id', agg: () => count() }).collect(),
      'a pivot would make more than 1000 columns; give it the values that matter',
    );
  }));

test(
  'samples are the same for the same seed',
  withFrames(async (orders) => {
    const sampled = orders.sample({ count: 3, seed: 1 });
    await hasSchema(sampled, { id: 'int64', who: 'utf8?', amount: 'int32?', at: 'timestamp?' });
    const rows = await unordered(sampled);
    assert.is(rows.length, 3);
    assert.equal(await unordered(orders.sample({ count: 3, seed: 1 })), rows);
    assert.is(await orders.sample({ count: 100 }).count(), 5);
    assert.is(await orders.sample({ rate: 1 }).count(), 5);
    assert.is(await orders.sample({ rate: 0 }).count(), 0);
    // What comes after a sample does not change which rows it takes.
    const later = orders.sample({ rate: 0.5, seed: 3 });
    const taken = (await rowsOf(later)) as { id: bigint }[];
    const filtered = (await rowsOf(later.filter((c) => c.id.gt(2)))) as { id: bigint }[];
    assert.equal(
      filtered,
      taken.filter(({ id }) => id > 2n),
    );

    for (const rate of [-0.1, 1.1, NaN])
      await rejects(() => orders.sample({ rate }), `the rate of a sample is from 0 to 1, not ${rate}`);
    await rejects(
      () => orders.sample({ count: 1.5 }),
      'the count of a sample must be a whole number from 0 up, not 1.5',
    );
    await rejects(() => orders.sample({} as never), 'sample takes a rate or a count');
    await rejects(
      () => orders.sample({ rate: 0.5, seed: 0.5 }),
      'the seed of a sample is a whole number, not 0.5',
    );
  }),
);

test(
  'frames of SQL text and of verbs go together',
  withFrames(async (orders, people) => {
    const rome = people.filter("city = 'Rome'");
    assert.equal(await unordered(orders.select('who', 'id').join(rome, { on: 'who' })), [
      'ann 1 Rome 100',
      'ann 4 Rome 100',
    ]);
    assert.is(await orders.select('who').union(rome.select('who')).count(), 6);
    await rejects(
      () => orders.join(people.filter('citty = 1'), { on: 'who' }),
      'there is no column "citty"; did you mean "city"? columns: who, city, id',
      'query',
    );
  }),
);

test.run();
