/** Dates and timestamps. A timestamp with a zone other than UTC is refused: cast it to one without first. */
import { fixedVector, type Vector } from '../../arrow/batch.js';
import {
  type DataType,
  date,
  float64,
  int32,
  int64,
  physicalOf,
  timestamp,
  typeName,
  widthOf,
} from '../../arrow/types.js';
import { dataError, queryError } from '../../errors.js';
import { cellText } from '../cell.js';
import { columnOf } from '../compare.js';
import { type Datum, operandOf, textOf } from '../datum.js';
import { type Rule, unified } from '../signature.js';
import { kernel } from '../wasm.js';
import { type Call, type FunctionRow, row } from './row.js';

const part = (name: string, doc: string, spark: string | null = name, aliases: string[] = []): FunctionRow =>
  row({ name, aliases, params: ['time'], result: int32, run: (call) => partOf(call, name), spark, doc });

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
    check: ([unit]) => unit && unitOf(unit),
    run: truncated,
    doc: 'cut to a unit: microsecond, millisecond, second, minute, hour, day, week, month, quarter, year, decade, century',
  }),
  row({
    name: 'date_diff',
    aliases: ['datediff'],
    params: ['text!', 'time', 'time'],
    result: difference,
    check: ([unit]) => unit && unitOf(unit),
    run: borders,
    spark: 'timestampdiff',
    doc: 'how many borders of a unit lie between a and b; negative if b is earlier',
  }),
  row({
    name: 'date_add',
    aliases: ['dateadd'],
    params: ['text!', 'integer', 'time'],
    result: typeOf(2),
    check: ([unit]) => unit && unitOf(unit),
    run: later,
    fails: true,
    spark: 'timestampadd',
    doc: 'n units later; a day that the month does not have becomes its last',
  }),
  row({
    name: 'make_date',
    params: ['integer', 'integer', 'integer'],
    result: date,
    run: made,
    fails: true,
    doc: 'the date of a year, month and day',
  }),
  row({
    name: 'to_timestamp',
    params: ['number'],
    result: timestamp('UTC'),
    run: fromSeconds,
    fails: true,
    spark: 'timestamp_seconds',
    doc: 'so many seconds since 1970-01-01T00:00:00Z',
  }),
  row({
    name: 'epoch',
    params: ['time'],
    result: float64,
    run: epoch,
    spark: 'unix_timestamp',
    doc: 'the seconds since 1970-01-01T00:00:00Z',
  }),
];

/** A unit is a number of months, of microseconds, or (neither) the week. */
interface Unit {
  readonly months: number;
  readonly micros: number;
}

const dayMicros = 86_400_000_000;

const units: Readonly<Record<string, Unit>> = {
  microsecond: { months: 0, micros: 1 },
  millisecond: { months: 0, micros: 1000 },
  second: { months: 0, micros: 1_000_000 },
  minute: { months: 0, micros: 60_000_000 },
  hour: { months: 0, micros: 3_600_000_000 },
  day: { months: 0, micros: dayMicros },
  week: { months: 0, micros: 0 },
  month: { months: 1, micros: 0 },
  quarter: { months: 3, micros: 0 },
  year: { months: 12, micros: 0 },
  decade: { months: 120, micros: 0 },
  century: { months: 1200, micros: 0 },
};

function unitOf(constant: Datum): Unit {
  const name = textOf(constant as Parameters<typeof textOf>[0]).toLowerCase();
  const unit = units[name] ?? units[name.replace(/s$/, '')];
  if (unit === undefined) {
    throw queryError(`there is no unit of time "${name}"; there are ${Object.keys(units).join(', ')}`);
  }
  return unit;
}

function partOf({ args, type, length, validity, region, machine }: Call, name: string): Vector {
  const column = columnOf(args[0]!, length, region, machine);
  // A date has no time of day.
  const midnight = ['hour', 'minute', 'second', 'millisecond'].includes(name) && column.type.kind === 'date';
  if (midnight) return fixedVector(type, length, region.reserveZeroed(length * 4), validity);
  const out = region.reserve(length * 4);
  kernel(machine.kernels, `time_${name}_${physicalOf(column.type)}`)(column.data, out, length);
  return fixedVector(type, length, out, validity);
}

function truncated({ args, type, length, validity, region, machine }: Call): Vector {
  const { months, micros } = unitOf(args[0]!);
  const column = columnOf(args[1]!, length, region, machine);
  if (micros > 0 && type.kind === 'date') return column;
  const out = region.reserve(length * widthOf(type));
  if (micros > 0) machine.kernels.time_cut(column.data, out, length, micros);
  else if (type.kind === 'date') machine.kernels.time_trunc_i32(column.data, out, length, months);
  else machine.kernels.time_trunc_i64(column.data, out, length, months);
  return fixedVector(type, length, out, validity);
}

function borders({ args, type, length, validity, region, machine }: Call): Vector {
  const { months, micros } = unitOf(args[0]!);
  const a = operandOf(args[1]!, region, machine);
  const b = operandOf(args[2]!, region, machine);
  const out = region.reserve(length * 8);
  const name = `time_diff_${physicalOf(args[1]!.type)}`;
  kernel(machine.kernels, name)(a.address, a.step, b.address, b.step, out, length, months, micros);
  return fixedVector(type, length, out, validity);
}

function later({ args, type, length, validity, region, machine }: Call): Vector {
  const { months, micros } = unitOf(args[0]!);
  const unit = months === 0 && micros === 0 ? 7 * dayMicros : micros;
  if (type.kind === 'date' && unit % dayMicros !== 0)
    throw queryError('date_add adds no part of a day to a date; cast it to timestamp');
  const n = operandOf(args[1]!, region, machine);
  const time = operandOf(args[2]!, region, machine);
  const out = region.reserve(length * widthOf(type));
  const by = type.kind === 'date' ? unit / dayMicros : unit;
  const add = kernel(machine.kernels, `time_add_${physicalOf(type)}`);
  const bad = add(time.address, time.step, n.address, n.step, out, validity, length, months, by);
  if (bad >= 0) {
    const [count, start] = [cellText(args[1]!, bad, machine), cellText(args[2]!, bad, machine)];
    throw dataError(`${start} plus ${count} ${textOf(args[0] as never)} does not fit into ${typeName(type)}`);
  }
  return fixedVector(type, length, out, validity);
}

function made({ args, type, length, validity, region, machine }: Call): Vector {
  const parts = args.map((arg) => operandOf(arg, region, machine));
  const out = region.reserve(length * 4);
  const [y, m, d] = parts as [(typeof parts)[0], (typeof parts)[0], (typeof parts)[0]];
  const bad = machine.kernels.time_make(
    y.address,
    y.step,
    m.address,
    m.step,
    d.address,
    d.step,
    out,
    validity,
    length,
  );
  if (bad >= 0)
    throw dataError(`make_date: there is no day ${args.map((arg) => cellText(arg, bad, machine)).join('-')}`);
  return fixedVector(type, length, out, validity);
}

function fromSeconds({ args, type, length, validity, region, machine }: Call): Vector {
  const column = columnOf(args[0]!, length, region, machine);
  const out = region.reserve(length * 8);
  const bad = machine.kernels.time_from_seconds(column.data, out, validity, length);
  if (bad >= 0)
    throw dataError(`${cellText(column, bad, machine)} seconds are beyond the range of ${typeName(type)}`);
  return fixedVector(type, length, out, validity);
}

function epoch({ args, type, length, validity, region, machine }: Call): Vector {
  const column = columnOf(args[0]!, length, region, machine);
  const out = region.reserve(length * 8);
  kernel(machine.kernels, `time_epoch_${physicalOf(column.type)}`)(column.data, out, length);
  return fixedVector(type, length, out, validity);
}
