import { DuckDBConnection } from '@duckdb/node-api';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  avg,
  type BoolOperand,
  type Columns,
  coalesce,
  count,
  countDistinct,
  type DataFrame,
  first,
  lit,
  max,
  median,
  min,
  quantile,
  type Row,
  stddev,
  sum,
  variance,
  when,
} from '../../lib/index.js';
import { seeded } from '../helpers.js';
import { inPlace } from './trips.js';

const test = suite('typed queries against DuckDB');

const described = {
  id: 'int64',
  small: 'int32?',
  price: 'float64?',
  name: 'utf8?',
  city: 'utf8?',
  flag: 'bool?',
  day: 'date?',
  moment: 'timestamp?',
} as const;

type Columns_ = { -readonly [K in keyof typeof described]: (typeof described)[K] };
type C = Columns<Columns_>;
type Frame = DataFrame<Columns_>;

const rows = 5_000;

/** Nulls everywhere, few cities and many names, texts that need quotes, dates before 1970. */
function randomCsv(seed: number): string {
  const random = seeded(seed);
  const upTo = (n: number): number => Math.floor(random() * n);
  const maybe = (value: () => unknown): unknown => (random() < 0.1 ? '' : value());
  const text = (n: number): string => {
    const made = ['', 'é', 'a"b', 'x,y', 'Zürich', '😀', 'line\nbreak', 'abc'][upTo(8)]! + upTo(n);
    return `"${made.replaceAll('"', '""')}"`;
  };
  const lines = Array.from({ length: rows }, (_, id) => {
    const day = maybe(() => new Date((upTo(40_000) - 15_000) * 86_400_000).toISOString().slice(0, 10));
    const at = maybe(() => new Date((random() - 0.3) * 1e12).toISOString().replace('T', ' ').slice(0, 23));
    const numbers = [maybe(() => upTo(2000) - 1000), maybe(() => (random() * 200 - 100).toFixed(upTo(6)))];
    return [
      id,
      ...numbers,
      maybe(() => text(5000)),
      maybe(() => text(3)),
      maybe(() => random() < 0.5),
      day,
      at,
    ];
  });
  return `${Object.keys(described)}\n${lines.map((line) => line.join(',')).join('\n')}\n`;
}

const filters: readonly (readonly [(c: C) => BoolOperand, string])[] = [
  [(c) => c.small.gt(10).and(c.price.lt(50.5)), 'small > 10 and price < 50.5'],
  [(c) => c.flag.or(c.small.mod(7).eq(0)).not(), 'not (flag or small % 7 = 0)'],
  [(c) => c.city.in(['abc1', 'é2', 'nowhere']), "city in ('abc1', 'é2', 'nowhere')"],
  [(c) => c.name.like('%a_b%').or(c.name.startsWith('Z')), "name like '%a_b%' or starts_with(name, 'Z')"],
  [
    (c) => c.day.ge('1999-12-31').and(c.moment.isNotNull()),
    "day >= date '1999-12-31' and moment is not null",
  ],
  [(c) => c.small.between(-5, 5).or(c.price.isNull()), 'small between -5 and 5 or price is null'],
  [(c) => c.name.length().eq(c.city.length()), 'length(name) = length(city)'],
  [(c) => c.flag.isDistinctFrom(true), 'flag is distinct from true'],
  [(c) => c.moment.year().lt(1995).and(c.moment.hour().ge(12)), 'year(moment) < 1995 and hour(moment) >= 12'],
  [(c) => c.small.div(3).gt(c.price), 'small / 3 > price'],
  [(c) => c.city.notIn(['abc1']), "city not in ('abc1')"],
];

const derive = (c: C) => ({
  id: c.id,
  a: c.small.mul(2).add(c.id).sub(1),
  b: c.small.div(7),
  c: c.name.upper().concat('-', c.city),
  d: coalesce(c.small, -1),
  e: when(c.price.gt(0)).then('plus').when(c.price.lt(0)).then('minus').otherwise(c.city),
  f: c.price.round(1).abs(),
  g: c.day.add(30),
  h: c.day.sub('1970-01-01'),
  i: c.moment.truncate('month'),
  j: c.moment.minute(),
  k: c.name.substr(2, 3),
  l: c.small.cast('utf8').padStart(5, '0'),
  m: c.name.tryCast('int32'),
  n: c.flag.and(c.small.gt(0)),
  o: c.small.intDiv(7),
  p: c.city.nullIf('abc1'),
  q: c.price.floor().cast('int64'),
  r: c.day.dayOfWeek(),
  s: lit(1.5),
});
const deriveText = `id, small * 2 + id - 1, small / 7, upper(name) || '-' || city, coalesce(small, -1),
  case when price > 0 then 'plus' when price < 0 then 'minus' else city end, abs(round(price, 1)), day + 30,
  day - date '1970-01-01', date_trunc('month', moment)::timestamp, minute(moment), substr(name, 2, 3),
  lpad(small::text, 5, '0'), try_cast(name as int), flag and small > 0, trunc(small / 7)::bigint,
  nullif(city, 'abc1'), floor(price)::bigint, isodow(day), 1.5::double`;

const aggregates = (c: C) => ({
  n: count(),
  prices: count(c.price),
  cities: countDistinct(c.city),
  total: sum(c.small),
  mean: avg(c.price),
  least: min(c.name),
  most: max(c.moment),
  spread: stddev(c.price),
  wide: variance(c.small),
  middle: median(c.price),
  high: quantile(c.price, 0.9),
  start: first(c.id),
  late: count().where(c.day.gt('2000-01-01')),
});
const aggregatesText = `count(*), count(price), count(distinct city), sum(small), avg(price), min(name), max(moment), stddev(price),
  variance(small), median(price), quantile_cont(price, 0.9), first(id order by id), count(*) filter (day > date '2000-01-01')`;

test('filters, columns, groups and orders', () =>
  inPlace(async ({ session, file }) => {
    const path = file('random.csv', randomCsv(11));
    const csv: Frame = await session.scan(path, { schema: described });
    await csv.write(file('random/'));
    const dataset: Frame = await session.scan(file('random/'), { schema: described });
    const duck = await DuckDBConnection.create();
    const types = `{id: 'bigint', small: 'int', price: 'double', name: 'text', city: 'text', flag: 'boolean', day: 'date', moment: 'timestamp'}`;
    await duck.run(
      `create table t as from read_csv('${path}', columns = ${types}, header = true, quote = '"', escape = '"', allow_quoted_nulls = false)`,
    );
    const same = async <S>(frame: DataFrame<S>, sql: string): Promise<void> => {
      const found: string[] = [];
      for await (const row of frame.rows()) found.push(shown(Object.values(row as Row<S> & object)));
      const wanted = (await duck.runAndReadAll(sql)).getRowsJS().map(shown);
      assert.is(found.length, wanted.length, sql);
      for (let i = 0; i < wanted.length; i++) assert.is(found[i], wanted[i], `row ${i} of ${sql}`);
    };
    try {
      for (const frame of [csv, dataset]) {
        for (const [condition, text] of filters) {
          await same(frame.filter(condition), `from t where ${text} order by id`);
          await same(
            frame.filter(condition).groupBy('city').agg(aggregates).sort(['city']),
            `select city, ${aggregatesText} from t where ${text} group by city order by city nulls last`,
          );
        }
        await same(frame.select(derive), `select ${deriveText} from t order by id`);
        await same(frame.groupBy().agg(aggregates), `select ${aggregatesText} from t`);
        await same(
          frame.groupBy('flag', 'city').agg(aggregates).sort(['flag', 'city']),
          `select flag, city, ${aggregatesText} from t group by all order by flag nulls last, city nulls last`,
        );
        await same(
          frame
            .groupBy((c) => ({ y: c.day.year(), m: c.moment.month() }))
            .agg(aggregates)
            .sort(['y', 'm']),
          `select year(day) as y, month(moment) as m, ${aggregatesText} from t group by all order by y nulls last, m nulls last`,
        );
        await same(
          frame.sort((c) => [c.price.desc().nullsFirst(), c.name, c.id.desc()], { limit: 500 }),
          'from t order by price desc nulls first, name nulls last, id desc limit 500',
        );
        await same(
          frame.select('city', 'flag').distinct().sort(['city', 'flag']),
          'select distinct city, flag from t order by city nulls last, flag nulls last',
        );
        await same(
          frame.limit(10, 4_990).select('id', 'moment'),
          'select id, moment from t order by id limit 10 offset 4990',
        );
      }
    } finally {
      duck.closeSync();
    }
  }));

/** The same text for the same value on both sides; sums of floats may differ in their last digits. */
function shown(values: readonly unknown[]): string {
  return values
    .map((value) => {
      if (value === null) return 'null';
      if (value instanceof Date) return String(BigInt(value.getTime()) * 1000n);
      if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(10)));
      return String(value);
    })
    .join(' | ');
}

test.run();
