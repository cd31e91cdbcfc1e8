/** Mistakes that the compiler must find. Compiled by `npm test`, never run. */
import {
  avg,
  coalesce,
  count,
  type DataFrame,
  lit,
  max,
  median,
  min,
  Session,
  scan,
  sum,
  when,
} from '../../lib/index.js';

type Trips = {
  vendor: 'utf8?';
  fare: 'float64';
  riders: 'int32';
  pickup: 'timestamp';
  day: 'date?';
  paid: 'bool';
  price: 'decimal(10,2)';
};

declare const trips: DataFrame<Trips>;

export function verbs(): void {
  // @ts-expect-error no such verb
  trips.where((c) => c.fare.gt(1));
  // @ts-expect-error no such verb
  trips.orderBy('fare');
  // @ts-expect-error a filter wants a condition
  trips.filter();
  // @ts-expect-error a filter takes a callback, no expression
  trips.filter(lit(true));
  // @ts-expect-error a number is no condition
  trips.filter(() => 1);
  // @ts-expect-error a text is no condition
  trips.filter(() => 'fare > 1');
  // @ts-expect-error not a promise
  trips.filter(async (c) => c.paid);
  // @ts-expect-error names and callback do not mix
  trips.select('fare', (c) => ({ a: c.fare }));
  // @ts-expect-error a callback gives an object
  trips.select((c) => c.fare);
  // @ts-expect-error a callback gives an object
  trips.withColumns((c) => [c.fare]);
  // @ts-expect-error names are texts
  trips.select(1);
  // @ts-expect-error a column's new name is a text
  trips.rename({ fare: 1 });
  // @ts-expect-error a limit is a number
  trips.limit('10');
  // @ts-expect-error a limit is a number
  trips.sort(['fare'], { limit: '10' });
  // @ts-expect-error misspelt
  trips.sort(['fare'], { limits: 10 });
  // @ts-expect-error a name alone is SQL text, so several go in an array
  trips.sort('fare', 'vendor');
  // @ts-expect-error groups have no rows of their own
  trips.groupBy('vendor').filter((c) => c.fare.gt(1));
  // @ts-expect-error groups cannot be collected
  trips.groupBy('vendor').collect();
  // @ts-expect-error a frame is no promise of rows
  trips.map((row) => row);
  // @ts-expect-error there is no such type
  trips.typed({ fare: 'double' });
}

export function expressions(): void {
  // @ts-expect-error texts are not added
  trips.select((c) => ({ x: c.vendor.add(1) }));
  // @ts-expect-error numbers have no case
  trips.select((c) => ({ x: c.fare.upper() }));
  // @ts-expect-error numbers are not compared with texts
  trips.filter((c) => c.fare.gt('10'));
  // @ts-expect-error texts are not compared with numbers
  trips.filter((c) => c.vendor.eq(1));
  // @ts-expect-error times are not compared with numbers
  trips.filter((c) => c.pickup.gt(1));
  // @ts-expect-error conditions are not compared with numbers
  trips.filter((c) => c.paid.eq(1));
  // @ts-expect-error a number is no condition
  trips.filter((c) => c.paid.and(c.fare));
  // @ts-expect-error decimals are not computed with
  trips.select((c) => ({ x: c.price.mul(2) }));
  // @ts-expect-error numbers have no year
  trips.select((c) => ({ x: c.fare.year() }));
  // @ts-expect-error conditions are not divided
  trips.select((c) => ({ x: c.paid.div(2) }));
  // @ts-expect-error a number in a list of texts
  trips.filter((c) => c.vendor.in('a', 1));
  // @ts-expect-error the pattern is a text
  trips.filter((c) => c.vendor.like(1));
  // @ts-expect-error an object is no literal
  lit({ a: 1 });
  // @ts-expect-error undefined is no literal
  lit(undefined);
  // @ts-expect-error a symbol is no literal
  trips.filter((c) => c.vendor.eq(Symbol('x')));
  // @ts-expect-error the condition of a case is true or false
  trips.select((c) => ({ x: when(c.fare).then(1).otherwise(2) }));
  // @ts-expect-error a case without its values is no expression
  trips.select((c) => ({ x: when(c.paid) }));
  // @ts-expect-error coalesce wants something
  coalesce();
}

export function aggregates(): void {
  const { agg } = trips.groupBy('vendor');
  // @ts-expect-error texts have no average
  agg((c) => ({ x: avg(c.vendor) }));
  // @ts-expect-error conditions have no sum
  agg((c) => ({ x: sum(c.paid) }));
  // @ts-expect-error times have no median
  agg((c) => ({ x: median(c.pickup) }));
  // @ts-expect-error a number is no aggregate
  agg(() => ({ x: 1 }));
  // @ts-expect-error an aggregate, not its function
  agg(() => ({ x: count }));
  // @ts-expect-error an aggregate of an aggregate
  agg((c) => ({ x: max(min(c.fare)) }));
  // @ts-expect-error the condition is true or false
  agg((c) => ({ x: count().where(c.fare) }));
  // @ts-expect-error a column's name is no column
  agg(() => ({ x: sum('fare') }));
}

export async function sessions(): Promise<void> {
  // @ts-expect-error misspelt
  new Session({ memmory: '1GB' });
  // @ts-expect-error a folder's name
  new Session({ tempDir: 1 });
  // @ts-expect-error a controller is not its signal
  new Session({ signal: new AbortController() });
  // @ts-expect-error a path is wanted
  await scan();
  // @ts-expect-error not whether, but how
  await trips.collect({ int64: true });
  // @ts-expect-error misspelt
  await trips.collect({ int46: 'number' });
  // @ts-expect-error misspelt
  await trips.write('x.csv', { overwriet: true });
  // @ts-expect-error a path is wanted
  await trips.write();
  // @ts-expect-error rows are not changed
  for await (const row of trips.rows()) row.fare = 'x';
  // @ts-expect-error no such column
  for await (const row of trips.rows()) row.faer;
  // @ts-expect-error may be null
  for await (const row of trips.rows()) row.vendor.length;
  const table = await trips.select('fare').collect();
  // @ts-expect-error no such column
  table.getChild('vendor');
}
