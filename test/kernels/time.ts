import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fixedVector } from '../../lib/arrow/batch.js';
import { type DataType, timestamp } from '../../lib/arrow/types.js';
import { findFunction } from '../../lib/kernels/functions.js';
import { type Cell, cellsOf, makeRuntime, seeded, vectorOf } from '../helpers.js';

const test = suite('time');

const dayMillis = 86_400_000;
const runtime = makeRuntime();
const region = runtime.arena.region('test');

/** Calls a row of the function table; constants are texts. */
function apply(
  name: string,
  result: DataType,
  ...args: readonly (string | readonly [DataType, readonly Cell[]])[]
): Cell[] {
  const columns = args.map((arg) =>
    typeof arg === 'string'
      ? { type: { kind: 'utf8' } as const, value: arg }
      : vectorOf(arg[0], arg[1], region),
  );
  const length = args.reduce((most, arg) => (typeof arg === 'string' ? most : arg[1].length), 0);
  const call = { name, args: columns, type: result, length, validity: 0, region, machine: runtime };
  const made = findFunction(name)!.run!(call);
  return cellsOf(fixedVector(made.type, length, made.data, made.validity), runtime.arena);
}

const int32: DataType = { kind: 'int32' };
const date: DataType = { kind: 'date' };
const random = seeded(11);
/** Within what JavaScript's dates hold; most around now. */
const days = Array.from({ length: 4000 }, (_, i) =>
  i < 20 ? i - 10 : Math.floor((random() - 0.5) * (i % 4 === 0 ? 199_000_000 : 2_000_000)),
);
const dates = days.map((day) => new Date(day * dayMillis));

const isoDay = (at: Date): number => ((at.getUTCDay() + 6) % 7) + 1;

function firstOfYear(year: number): number {
  const first = new Date(0);
  first.setUTCFullYear(year, 0, 1);
  return first.getTime() / dayMillis;
}

function isoWeek(day: number): number {
  const thursday = new Date((day - isoDay(new Date(day * dayMillis)) + 4) * dayMillis);
  return Math.floor((thursday.getTime() / dayMillis - firstOfYear(thursday.getUTCFullYear())) / 7) + 1;
}

test('parts of dates', () => {
  const parts: Readonly<Record<string, (at: Date, day: number) => number>> = {
    year: (at) => at.getUTCFullYear(),
    quarter: (at) => Math.floor(at.getUTCMonth() / 3) + 1,
    month: (at) => at.getUTCMonth() + 1,
    day: (at) => at.getUTCDate(),
    day_of_week: isoDay,
    day_of_year: (at, day) => day - firstOfYear(at.getUTCFullYear()) + 1,
    week: (_, day) => isoWeek(day),
  };
  for (const [name, part] of Object.entries(parts)) {
    assert.equal(
      apply(name, int32, [date, days]),
      dates.map((at, i) => part(at, days[i]!)),
      name,
    );
  }
});

test('parts of timestamps', () => {
  // What a timestamp holds: 290 thousand years on either side.
  const micros = days
    .filter((day) => Math.abs(day) < 1e8)
    .map((day) => BigInt(day) * 86_400_000_000n + BigInt(Math.floor(random() * 86_400_000_000)));
  micros.push(-1n, 0n, 86_399_999_999n, -86_400_000_000n);
  const moments = micros.map((at) => new Date(Number((at - (((at % 1000n) + 1000n) % 1000n)) / 1000n)));
  const parts: Readonly<Record<string, (at: Date) => number>> = {
    year: (at) => at.getUTCFullYear(),
    month: (at) => at.getUTCMonth() + 1,
    day: (at) => at.getUTCDate(),
    hour: (at) => at.getUTCHours(),
    minute: (at) => at.getUTCMinutes(),
    second: (at) => at.getUTCSeconds(),
    millisecond: (at) => at.getUTCSeconds() * 1000 + at.getUTCMilliseconds(),
  };
  for (const [name, part] of Object.entries(parts))
    assert.equal(apply(name, int32, [timestamp(), micros]), moments.map(part), name);
  assert.equal(
    apply('date_trunc', timestamp(), 'month', [timestamp(), micros]),
    moments.map((at) => {
      const first = new Date(at);
      first.setUTCDate(1);
      first.setUTCHours(0, 0, 0, 0);
      return BigInt(first.getTime()) * 1000n;
    }),
  );
});

test('weeks are counted by their Mondays, before 1970 too', () => {
  const monday = (day: number): number => day - isoDay(new Date(day * dayMillis)) + 1;
  const others = days.map((day) => day + Math.floor(random() * 100) - 50);
  assert.equal(
    apply('date_diff', { kind: 'int64' }, 'week', [date, days], [date, others]),
    days.map((day, i) => BigInt((monday(others[i]!) - monday(day)) / 7)),
  );
});

test('nothing stays reserved', () => {
  region.release();
  assert.is(runtime.arena.reserved, 0);
});

test.run();
