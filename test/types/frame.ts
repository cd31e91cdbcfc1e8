/** What the compiler must infer for frames, and what it must refuse. Compiled by `npm test`, never run. */
import type { Dictionary, Float64, Int32, Int64, RecordBatch, Table, Utf8, Vector } from 'apache-arrow';
import {
  avg,
  col,
  count,
  countDistinct,
  type DataFrame,
  type Dynamic,
  first,
  max,
  type Row,
  scan,
  sum,
} from '../../lib/index.js';
import { type Equal, is } from './expect.js';

type ColumnsOf<F> = F extends DataFrame<infer S> ? S : never;

type Trips = {
  vendor: 'utf8?';
  fare: 'float64';
  tip: 'float64?';
  riders: 'int32';
  pickup: 'timestamp';
  day: 'date?';
  paid: 'bool';
};

declare const trips: DataFrame<Trips>;
declare const anything: DataFrame;

export async function schemas(): Promise<void> {
  const described = await scan('x.csv', {
    schema: { fare: 'float64', vendor: 'utf8?', price: 'decimal(10,2)' },
  });
  is<Equal<ColumnsOf<typeof described>, { fare: 'float64'; vendor: 'utf8?'; price: 'decimal(10,2)' }>>();

  const open = await scan('x.csv', { delimiter: ';' });
  is<Equal<ColumnsOf<typeof open>, Dynamic>>();

  // @ts-expect-error there is no such type
  await scan('x.csv', { schema: { fare: 'flot64' } });
  // @ts-expect-error misspelt
  await scan('x.csv', { delimeter: ';' });
  // @ts-expect-error neither fail nor skip
  await scan('x.csv', { onError: 'ignore' });
}

export function verbs(): void {
  const filtered = trips.filter((c) => c.fare.gt(10).and(c.vendor.eq('acme')));
  is<Equal<ColumnsOf<typeof filtered>, Trips>>();

  const chosen = trips.select('vendor', 'fare');
  is<Equal<ColumnsOf<typeof chosen>, { vendor: 'utf8?'; fare: 'float64' }>>();

  const made = trips.select((c) => ({
    v: c.vendor.upper(),
    rate: c.tip.div(c.fare),
    riders: c.riders,
    one: 1,
  }));
  is<Equal<ColumnsOf<typeof made>, { v: 'utf8?'; rate: 'float64?'; riders: 'int32'; one: 'int64' }>>();

  const extended = trips
    .select('fare', 'tip')
    .withColumns((c) => ({ tip: c.tip.isNull(), total: c.fare.add(c.tip) }));
  is<Equal<ColumnsOf<typeof extended>, { fare: 'float64'; tip: 'bool'; total: 'float64?' }>>();
  extended.filter((c) => c.tip);

  const renamed = trips.select('vendor', 'fare').rename({ vendor: 'company' });
  is<Equal<ColumnsOf<typeof renamed>, { company: 'utf8?'; fare: 'float64' }>>();

  const dropped = trips.drop('tip', 'riders', 'pickup', 'day', 'paid');
  is<Equal<ColumnsOf<typeof dropped>, { vendor: 'utf8?'; fare: 'float64' }>>();

  is<Equal<ColumnsOf<ReturnType<typeof trips.distinct>>, Trips>>();
  is<Equal<ColumnsOf<ReturnType<typeof trips.limit>>, Trips>>();
  trips.sort((c) => [c.fare.desc(), c.vendor.asc().nullsFirst(), c.day], { limit: 3 });
  trips.sort((c) => c.fare.neg());
  trips.sort(['vendor', 'fare']);
  trips.sort('fare desc');

  // @ts-expect-error misspelt
  trips.filter((c) => c.faer.gt(10));
  // @ts-expect-error misspelt
  trips.select('vendr');
  // @ts-expect-error misspelt
  trips.drop('vendr');
  // @ts-expect-error misspelt
  trips.rename({ vendr: 'company' });
  // @ts-expect-error misspelt
  trips.sort(['vendr']);
  // @ts-expect-error a column that was left out
  trips.select('fare').filter((c) => c.vendor.eq('acme'));
  // @ts-expect-error a column that has another name now
  renamed.select('vendor');
  // @ts-expect-error a condition is true or false
  trips.filter((c) => c.fare.add(1));
  // @ts-expect-error a condition is true or false
  trips.filter((c) => c.vendor);
}

export function groups(): void {
  const byVendor = trips.groupBy('vendor', 'day').agg((c) => ({
    n: count(),
    vendors: countDistinct(c.vendor),
    fare: sum(c.fare),
    riders: sum(c.riders),
    tip: avg(c.tip),
    last: max(c.pickup),
    vendor1: first(c.vendor),
    paid: count().where(c.paid),
  }));
  is<
    Equal<
      ColumnsOf<typeof byVendor>,
      {
        vendor: 'utf8?';
        day: 'date?';
        n: 'int64';
        vendors: 'int64';
        fare: 'float64?';
        riders: 'int64?';
        tip: 'float64?';
        last: 'timestamp?';
        vendor1: 'utf8?';
        paid: 'int64';
      }
    >
  >();

  const byYear = trips.groupBy((c) => ({ year: c.day.year() })).agg(() => ({ n: count() }));
  is<Equal<ColumnsOf<typeof byYear>, { year: 'int32?'; n: 'int64' }>>();

  const whole = trips.groupBy().agg((c) => ({ n: count(c.tip) }));
  is<Equal<ColumnsOf<typeof whole>, { n: 'int64' }>>();

  // @ts-expect-error an aggregate is no condition
  trips.filter((c) => sum(c.fare));
  // @ts-expect-error an aggregate has no methods of an expression
  trips.filter((c) => sum(c.fare).gt(10));
  // @ts-expect-error an aggregate is no column
  trips.select((c) => ({ fare: sum(c.fare) }));
  // @ts-expect-error an aggregate is no operand
  trips.select((c) => ({ share: c.fare.div(sum(c.fare)) }));
  // @ts-expect-error an expression is no aggregate
  trips.groupBy('vendor').agg((c) => ({ fare: c.fare }));
  // @ts-expect-error texts have no sum
  trips.groupBy('vendor').agg((c) => ({ vendor: sum(c.vendor) }));
  // @ts-expect-error misspelt
  trips.groupBy('vendr');
  // @ts-expect-error neither a key nor an aggregate
  whole.select('fare');
}

export async function results(): Promise<void> {
  const table = await trips.select('vendor', 'fare', 'riders').collect();
  is<Equal<typeof table, Table<{ vendor: Utf8 | Dictionary<Utf8, Int32>; fare: Float64; riders: Int32 }>>>();
  const fares: Vector<Float64> = table.getChild('fare')!;
  const plain: Float64Array = fares.toArray();
  plain.fill(0);

  const sums = trips.groupBy().agg((c) => ({ riders: sum(c.riders) }));
  is<Equal<Awaited<ReturnType<typeof sums.collect>>, Table<{ riders: Int64 }>>>();
  const numbers = await sums.collect({ int64: 'number' });
  is<Equal<typeof numbers, Table<{ riders: Float64 }>>>();

  for await (const batch of sums.batches()) is<Equal<typeof batch, RecordBatch<{ riders: Int64 }>>>();
  for await (const batch of sums.batches({ int64: 'number' })) {
    is<Equal<typeof batch, RecordBatch<{ riders: Float64 }>>>();
  }

  for await (const row of trips.rows()) {
    is<
      Equal<
        typeof row,
        {
          vendor: string | null;
          fare: number;
          tip: number | null;
          riders: number;
          pickup: bigint;
          day: Date | null;
          paid: boolean;
        }
      >
    >();
  }
  is<Equal<Row<{ id: 'int64'; price: 'decimal(10,2)?' }>, { id: bigint; price: string | null }>>();
}

export function dynamic(): void {
  anything.filter((c) => c.fare.gt(10)).select('fare', 'whatever');
  anything.withColumns((c) => ({ twice: c.fare.mul(2) })).filter((c) => c.twice.gt(c.fare));
  anything.filter(() => col('a name').like('x%'));

  const chosen = anything.select((c) => ({ a: c.fare, b: c.fare.isNull(), d: col('z'), n: 1.5 }));
  is<Equal<ColumnsOf<typeof chosen>, { a: 'dynamic'; b: 'dynamic'; d: 'dynamic'; n: 'float64' }>>();
  chosen.filter((c) => c.a.gt(1));
  // @ts-expect-error what was selected is known
  chosen.filter((c) => c.fare.gt(1));

  const grouped = anything
    .groupBy('vendor')
    .agg((c) => ({ n: count(), fare: sum(c.fare), top: max(c.fare) }));
  grouped.filter((c) => c.n.gt(10).and(c.vendor.eq('acme')));
  // @ts-expect-error neither a key nor an aggregate
  grouped.filter((c) => c.tip.gt(10));

  /** A function over any frame takes one of a known schema. */
  const rows = (frame: DataFrame): Promise<number> => frame.count();
  void rows(trips);

  // @ts-expect-error `c.fare` may be anything, an aggregate is not
  anything.filter(() => count());
}
