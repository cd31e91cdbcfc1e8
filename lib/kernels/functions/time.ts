/** Dates and timestamps. A timestamp with a zone other than UTC is read as UTC here: cast it first. */
import { type DataType, date, float64, int32, int64, timestamp } from '../../arrow/types.js';
import { type Rule, unified } from '../signature.js';
import { type FunctionRow, row } from './row.js';

const part = (name: string, doc: string, spark: string | null = name, aliases: string[] = []): FunctionRow =>
  row({ name, aliases, params: ['time'], result: int32, spark, doc });

/** The type of the argument at `index` comes back. */
const typeOf =
  (index: number): Rule =>
  (args) => ({ args, result: args[index] as DataType });

const difference: Rule = (args) => {
  const typing = unified(int64)(args.slice(1));
  return typing && { args: [args[0]!, ...typing.args], result: int64 };
};

export const timeRows: readonly FunctionRow[] = [
  part('year', 'the year'),
  part('quarter', 'the quarter, 1 to 4'),
  part('month', 'the month, 1 to 12'),
  part('week', 'the ISO week, 1 to 53', 'weekofyear', ['weekofyear']),
  part('day', 'the day of the month', 'day', ['dayofmonth']),
  part('day_of_week', 'the ISO day of the week: 1 = Monday, 7 = Sunday', null, ['isodow']),
  part('day_of_year', 'the day of the year, 1 to 366', 'dayofyear', ['dayofyear', 'doy']),
  part('hour', 'the hour, 0 to 23'),
  part('minute', 'the minute, 0 to 59'),
  part('second', 'the whole second, 0 to 59'),
  part('millisecond', 'the milliseconds of the minute, 0 to 59999', null),
  row({
    name: 'date_trunc',
    params: ['text!', 'time'],
    result: typeOf(1),
    doc: 'cut to a unit: microsecond, millisecond, second, minute, hour, day, week, month, quarter, year, decade, century',
  }),
  row({
    name: 'date_diff',
    aliases: ['datediff'],
    params: ['text!', 'time', 'time'],
    result: difference,
    spark: 'timestampdiff',
    doc: 'how many borders of a unit lie between a and b; negative if b is earlier',
  }),
  row({
    name: 'date_add',
    aliases: ['dateadd'],
    params: ['text!', 'integer', 'time'],
    result: typeOf(2),
    fails: true,
    spark: 'timestampadd',
    doc: 'n units later; a day that the month does not have becomes its last',
  }),
  row({
    name: 'make_date',
    params: ['integer', 'integer', 'integer'],
    result: date,
    fails: true,
    doc: 'the date of a year, month and day',
  }),
  row({
    name: 'to_timestamp',
    params: ['number'],
    result: timestamp('UTC'),
    fails: true,
    spark: 'timestamp_seconds',
    doc: 'so many seconds since 1970-01-01T00:00:00Z',
  }),
  row({
    name: 'epoch',
    params: ['time'],
    result: float64,
    spark: 'unix_timestamp',
    doc: 'the seconds since 1970-01-01T00:00:00Z',
  }),
];
