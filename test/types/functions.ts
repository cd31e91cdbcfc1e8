/** What the compiler must know of functions of the user, and what it must refuse. Compiled by `npm test`, never run. */
import type {
  BoolExpr,
  Column,
  ColumnBatch,
  ColumnsGiven,
  DataFrame,
  NumberExpr,
  Session,
  TextExpr,
} from '../../lib/index.js';
import { type Equal, is } from './expect.js';

type ColumnsOf<F> = F extends DataFrame<infer S> ? S : never;
type Trips = { vendor: 'utf8?'; fare: 'float64'; tip: 'float64?'; riders: 'int32'; paid: 'bool' };

declare const session: Session;
declare const trips: DataFrame<Trips>;
declare const anything: DataFrame;
declare const url: URL;

export function mapped(): void {
  const rates = trips.mapBatches(url, { schema: { vendor: 'utf8?', rate: 'float64', on: 'timestamp[UTC]' } });
  is<Equal<ColumnsOf<typeof rates>, { vendor: 'utf8?'; rate: 'float64'; on: 'timestamp[UTC]' }>>();
  const known = anything.mapBatches(url, {
    schema: { n: 'int64[]?' },
    export: 'f',
    options: { a: [1, null] },
  });
  is<Equal<ColumnsOf<typeof known>, { n: 'int64[]?' }>>();
  rates.filter((c) => c.rate.gt(1));

  // @ts-expect-error the input's columns are gone
  rates.filter((c) => c.fare.gt(1));
  // @ts-expect-error no such type
  trips.mapBatches(url, { schema: { n: 'money' } });
  // @ts-expect-error a schema must be given
  trips.mapBatches(url, {});
  // @ts-expect-error a closure cannot be sent to another process
  trips.mapBatches(() => ({ n: [] }), { schema: { n: 'int64' } });
  // @ts-expect-error options are plain data
  trips.mapBatches(url, { schema: { n: 'int64' }, options: { when: new Date() } });
}

export function registered(): void {
  const add = session.register('add', url, { args: ['float64', 'float64'], returns: 'float64' });
  const long = session.register('long', url, { args: ['utf8', 'int32'], returns: 'bool?' });
  const name = session.register('name', url, { args: ['utf8'], returns: 'utf8', nulls: 'pass' });
  trips.select((c) => {
    is<Equal<ReturnType<typeof add<[typeof c.fare, typeof c.riders]>>, NumberExpr<'float64'>>>();
    const one = add(c.fare, c.riders);
    is<Equal<typeof one, NumberExpr<'float64'>>>();
    const two = add(c.tip, 1);
    is<Equal<typeof two, NumberExpr<'float64?'>>>();
    const three = long('x', 3);
    is<Equal<typeof three, BoolExpr<'bool?'>>>();
    const four = name(c.vendor);
    is<Equal<typeof four, TextExpr<'utf8'>>>();
    return { one, two, three, four };
  });

  trips.select((c) => ({
    // @ts-expect-error a text is no number
    one: add(c.vendor, 1),
    // @ts-expect-error one argument is missing
    two: add(c.fare),
    // @ts-expect-error one argument too many
    three: add(c.fare, 1, 2),
  }));
  anything.select((c) => ({ sum: add(c.x, c.y) }));
  // @ts-expect-error no such type
  session.register('odd', url, { args: ['money'], returns: 'float64' });
  // @ts-expect-error no such way
  session.register('odd', url, { args: [], returns: 'float64', nulls: 'ignore' });
}

export function written({ length, columns }: ColumnBatch<Trips>): ColumnsGiven<{ a: 'float64?'; b: 'utf8' }> {
  is<Equal<typeof columns.fare, Column<'float64'>>>();
  is<Equal<typeof columns.fare.values, Float64Array>>();
  is<Equal<typeof columns.paid.values, Uint8Array>>();
  is<Equal<typeof columns.vendor.values, never>>();
  const [vendor, fare] = [columns.vendor.get(0), columns.fare.get(0)];
  is<Equal<typeof vendor, string | null>>();
  is<Equal<typeof fare, number>>();
  return { a: { values: new Float64Array(length), validity: columns.tip.validity }, b: ['x'] };
}

export function writtenWrong({ columns }: ColumnBatch<Trips>): void {
  // @ts-expect-error no such column
  columns.far;
  // @ts-expect-error null where none may be
  const one: ColumnsGiven<{ a: 'float64' }> = { a: [1, null] };
  // @ts-expect-error another array
  const two: ColumnsGiven<{ a: 'int64' }> = { a: new Float64Array(1) };
  // @ts-expect-error a column is missing
  const three: ColumnsGiven<{ a: 'int64'; b: 'bool' }> = { a: [1n] };
  // @ts-expect-error a column of another type
  const four: ColumnsGiven<{ a: 'utf8' }> = { a: columns.fare };
  void [one, two, three, four];
}
