/** What the compiler must infer for joins, windows and the like, and what it must refuse. Compiled by `npm test`, never run. */
import { avg, call, count, type DataFrame, type Dynamic, max, stddev, sum } from '../../lib/index.js';
import { type Equal, is } from './expect.js';

type ColumnsOf<F> = F extends DataFrame<infer S> ? S : never;

type Trips = { id: 'int32'; vendor: 'utf8?'; fare: 'float64'; pickup: 'timestamp'; paid: 'bool' };
type Vendors = { vendor: 'utf8'; id: 'int64'; city: 'utf8?'; since: 'date' };

declare const trips: DataFrame<Trips>;
declare const vendors: DataFrame<Vendors>;
declare const anything: DataFrame;

declare const numbered: DataFrame<{ vendor: 'int64' }>;
declare const texts: DataFrame<{ id: 'utf8?'; vendor: 'utf8?' }>;

export function joins(): void {
  const inner = trips.join(vendors, { on: 'vendor' });
  is<
    Equal<
      ColumnsOf<typeof inner>,
      {
        id: 'int32';
        vendor: 'utf8?';
        fare: 'float64';
        pickup: 'timestamp';
        paid: 'bool';
        id_right: 'int64';
        city: 'utf8?';
        since: 'date';
      }
    >
  >();

  const left = trips.select('vendor', 'id').join(vendors, { on: 'vendor', how: 'left', suffix: '2' });
  is<
    Equal<
      ColumnsOf<typeof left>,
      { vendor: 'utf8?'; id: 'int32'; id2: 'int64?'; city: 'utf8?'; since: 'date?' }
    >
  >();

  const right = trips.select('vendor', 'id', 'fare').join(vendors, { on: ['vendor', 'id'], how: 'right' });
  is<
    Equal<
      ColumnsOf<typeof right>,
      { vendor: 'utf8'; id: 'int64'; fare: 'float64?'; city: 'utf8?'; since: 'date' }
    >
  >();

  const full = trips.select('id', 'fare').join(vendors.select('id', 'since'), { on: 'id', how: 'full' });
  is<Equal<ColumnsOf<typeof full>, { id: 'int64?'; fare: 'float64?'; since: 'date?' }>>();

  const semi = trips.join(vendors, { on: 'vendor', how: 'semi' });
  is<Equal<ColumnsOf<typeof semi>, Trips>>();
  const anti = trips.join(vendors, { on: (l, r) => l.id.lt(r.id), how: 'anti' });
  is<Equal<ColumnsOf<typeof anti>, Trips>>();

  const pairs = trips
    .select('id', 'fare')
    .join(vendors.select('id', 'since'), { on: [{ left: 'id', right: 'id' }] });
  is<Equal<ColumnsOf<typeof pairs>, { id: 'int32'; fare: 'float64'; since: 'date' }>>();
  const apart = trips
    .select('id', 'pickup')
    .join(vendors.select('id', 'since'), { on: ['id', { left: 'pickup', right: 'since' }] });
  is<Equal<ColumnsOf<typeof apart>, { id: 'int32'; pickup: 'timestamp'; since: 'date' }>>();

  const conditional = trips
    .select('id')
    .join(vendors.select('id'), { on: (l, r) => l.id.eq(r.id), condition: (l, r) => l.id.gt(r.id.add(1)) });
  is<Equal<ColumnsOf<typeof conditional>, { id: 'int32'; id_right: 'int64' }>>();

  const crossed = trips.select('id').crossJoin(vendors.select('id', 'city'), { suffix: '_v' });
  is<Equal<ColumnsOf<typeof crossed>, { id: 'int32'; id_v: 'int64'; city: 'utf8?' }>>();

  const open = trips.join(anything, { on: 'vendor' });
  is<Equal<ColumnsOf<typeof open>, Dynamic>>();
  const kept = trips.join(anything, { on: 'vendor', how: 'semi' });
  is<Equal<ColumnsOf<typeof kept>, Trips>>();

  // @ts-expect-error only one side has it
  trips.join(vendors, { on: 'fare' });
  // @ts-expect-error misspelt
  trips.join(vendors, { on: ['vendor', 'idd'] });
  // @ts-expect-error no such join
  trips.join(vendors, { on: 'vendor', how: 'outer' });
  // @ts-expect-error misspelt
  trips.join(vendors, { on: 'vendor', hwo: 'left' });
  // @ts-expect-error a text is not compared with a number
  trips.join(vendors, { on: [{ left: 'vendor', right: 'id' }] });
  // @ts-expect-error the right side has no such column
  trips.join(vendors, { on: [{ left: 'vendor', right: 'fare' }] });
  // @ts-expect-error a column of the same name, but of another kind
  trips.join(numbered, { on: 'vendor' });
  // @ts-expect-error a text is not compared with a number
  trips.join(vendors, { on: (l, r) => l.vendor.eq(r.id) });
  // @ts-expect-error the right side has no fare
  trips.join(vendors, { on: 'vendor', condition: (_, r) => r.fare.gt(1) });
  // @ts-expect-error a condition is true or false
  trips.join(vendors, { on: (l) => l.fare });
  // @ts-expect-error a number is no frame
  trips.join(1, { on: 'vendor' });
  // @ts-expect-error of a semi join only the left columns come out
  semi.select('city');
  // @ts-expect-error the key comes out once
  inner.select('vendor_right');
}

export function asof(): void {
  const quotes = trips.select((c) => ({ at: c.pickup, vendor: c.vendor, price: c.fare }));
  const near = trips.select('vendor', 'pickup').joinAsof(quotes, {
    on: { left: 'pickup', right: 'at' },
    by: 'vendor',
    tolerance: '5m',
  });
  is<
    Equal<
      ColumnsOf<typeof near>,
      { vendor: 'utf8?'; pickup: 'timestamp'; at: 'timestamp?'; price: 'float64?' }
    >
  >();
  const inner = trips.select('id', 'pickup', 'fare').joinAsof(trips.select('pickup', 'fare'), {
    on: 'pickup',
    how: 'inner',
    direction: 'nearest',
  });
  is<
    Equal<
      ColumnsOf<typeof inner>,
      { id: 'int32'; pickup: 'timestamp'; fare: 'float64'; fare_right: 'float64' }
    >
  >();

  // @ts-expect-error what is near must be said
  trips.joinAsof(quotes, { by: 'vendor' });
  // @ts-expect-error the quotes have no pickup
  trips.joinAsof(quotes, { on: 'pickup' });
  // @ts-expect-error no such direction
  trips.joinAsof(trips, { on: 'pickup', direction: 'back' });
  // @ts-expect-error a row without a match of the right side cannot come out
  trips.joinAsof(trips, { on: 'pickup', how: 'full' });
}

export function sets(): void {
  const small = trips.select('id', 'vendor');
  const large = vendors.select('id', 'vendor');
  const both = small.union(large, small);
  is<Equal<ColumnsOf<typeof both>, { id: 'int64'; vendor: 'utf8?' }>>();
  is<Equal<ColumnsOf<ReturnType<typeof common>>, { id: 'int64'; vendor: 'utf8?' }>>();
  is<Equal<ColumnsOf<ReturnType<typeof rest>>, { id: 'int64'; vendor: 'utf8?' }>>();
  function common() {
    return small.intersect(large);
  }
  function rest() {
    return small.except(large, { all: true });
  }

  const named = small.unionByName(vendors.select('vendor', 'id'));
  is<Equal<ColumnsOf<typeof named>, { id: 'int64'; vendor: 'utf8?' }>>();
  const more = small.unionByName(vendors, { allowMissing: true });
  is<Equal<ColumnsOf<typeof more>, { id: 'int64'; vendor: 'utf8?'; city: 'utf8?'; since: 'date?' }>>();
  const open = small.union(anything);
  is<Equal<ColumnsOf<typeof open>, Dynamic>>();

  // @ts-expect-error the columns differ
  small.union(vendors);
  // @ts-expect-error the columns differ in one of them
  small.union(large, vendors);
  // @ts-expect-error a number and a text
  small.union(texts);
  // @ts-expect-error the columns differ
  small.except(trips);
  // @ts-expect-error the columns differ, and missing ones are not allowed
  small.unionByName(vendors);
  // @ts-expect-error a number and a text
  small.unionByName(texts, { allowMissing: true });
}

export function windows(): void {
  const seen = trips
    .select('vendor', 'fare', 'id')
    .withWindow({ partitionBy: 'vendor', orderBy: (c) => [c.fare.desc(), c.id] }, (c, w) => ({
      n: w.rowNumber(),
      before: w.lag(c.fare),
      or0: w.lag(c.fare, 2, 0),
      id0: w.lag(c.id, 1, -1),
      half: w.lead(c.id, 1, 0.5),
      next: w.lead(c.vendor),
      total: w.sum(c.id, { rows: [-2, 0] }),
      share: c.fare.div(w.sum(c.fare)),
      rows: w.count(),
      part: w.percentRank(),
      spread: w.over(stddev(c.fare), { range: [-10, 10] }),
      fare: w.first(c.fare, { groups: [-1, Infinity], ignoreNulls: true }),
    }));
  is<
    Equal<
      ColumnsOf<typeof seen>,
      {
        vendor: 'utf8?';
        fare: 'float64?';
        id: 'int32';
        n: 'int64';
        before: 'float64?';
        or0: 'float64';
        id0: 'int32';
        half: 'float64';
        next: 'utf8?';
        total: 'int64?';
        share: 'float64?';
        rows: 'int64';
        part: 'float64';
        spread: 'float64?';
      }
    >
  >();
  trips.withWindow({ partitionBy: ['vendor', 'id'], orderBy: ['pickup'] }, (_, w) => ({ n: w.rank() }));
  trips.withWindow({ partitionBy: (c) => c.pickup.year() }, (c, w) => ({ most: w.max(c.fare) }));

  // @ts-expect-error misspelt
  trips.withWindow({ partitionBy: 'vendr' }, (_, w) => ({ n: w.rank() }));
  // @ts-expect-error misspelt
  trips.withWindow({ orderBy: 'farre' }, (_, w) => ({ n: w.rank() }));
  // @ts-expect-error texts have no sum
  trips.withWindow({}, (c, w) => ({ n: w.sum(c.vendor) }));
  // @ts-expect-error an aggregate alone is no column
  trips.withWindow({}, (c) => ({ n: sum(c.fare) }));
  // @ts-expect-error a frame has one unit
  trips.withWindow({}, (c, w) => ({ n: w.sum(c.fare, { rows: [0, 1], range: [0, 1] }) }));
  // @ts-expect-error a frame has two ends
  trips.withWindow({}, (c, w) => ({ n: w.sum(c.fare, { rows: [-1] }) }));
}

export function reshapes(): void {
  const wide = trips.pivot({
    on: 'vendor',
    values: ['acme', 'zoom'],
    index: ['id', 'paid'],
    agg: (c) => sum(c.fare),
  });
  is<Equal<ColumnsOf<typeof wide>, { id: 'int32'; paid: 'bool'; acme: 'float64?'; zoom: 'float64?' }>>();
  const many = trips.pivot({
    on: (c) => c.pickup.year(),
    values: [2020, 2021],
    agg: (c) => ({ n: count(), top: max(c.vendor) }),
  });
  is<
    Equal<
      ColumnsOf<typeof many>,
      { '2020_n': 'int64'; '2021_n': 'int64'; '2020_top': 'utf8?'; '2021_top': 'utf8?' }
    >
  >();
  const found = trips.pivot({ on: 'vendor', agg: (c) => avg(c.fare) });
  is<Equal<ColumnsOf<typeof found>, Dynamic>>();

  const long = trips.unpivot({ columns: ['id', 'fare'], name: 'what' });
  is<
    Equal<
      ColumnsOf<typeof long>,
      { vendor: 'utf8?'; pickup: 'timestamp'; paid: 'bool'; what: 'utf8'; value: 'float64' }
    >
  >();

  const exploded = trips
    .select((c) => ({ id: c.id, parts: call('string_to_array', c.vendor, ' ') }))
    .explode('parts');
  is<Equal<ColumnsOf<typeof exploded>, { id: 'int32'; parts: 'dynamic' }>>();
  // @ts-expect-error misspelt
  trips.explode('vendr');

  is<Equal<ColumnsOf<ReturnType<typeof trips.sample>>, Trips>>();
  trips.sample({ rate: 0.1, seed: 7 });
  trips.sample({ count: 10 });

  // @ts-expect-error misspelt
  trips.pivot({ on: 'vendr', agg: () => count() });
  // @ts-expect-error misspelt
  trips.pivot({ on: 'vendor', index: 'idd', agg: () => count() });
  // @ts-expect-error an expression is no aggregate
  trips.pivot({ on: 'vendor', agg: (c) => c.fare });
  // @ts-expect-error misspelt
  trips.unpivot({ columns: ['id', 'farre'] });
  // @ts-expect-error either a rate or a count
  trips.sample({ rate: 0.1, count: 10 });
  // @ts-expect-error either a rate or a count
  trips.sample({ seed: 7 });
}
