/** Resolves a window function: what it computes, its arguments bound, its frame, its type. */
import type { Schema } from '../arrow/schema.js';
import { type DataType, familyOf, float64, int64, typeName } from '../arrow/types.js';
import { queryError, type SpillwayError } from '../errors.js';
import { aggregateNames, findAggregate } from '../kernels/aggregates.js';
import { commonType } from '../kernels/signature.js';
import { bind, bindPredicate, convert } from './bind.js';
import { type BoundAggregate, bindAggregate } from './bind-aggregate.js';
import type { Bound } from './bound.js';
import type { Expr, Frame, FrameEnd, NamedWindow, Span } from './expr.js';
import { convertLiteral } from './literal.js';
import { didYouMean } from './near-name.js';
import type { Window } from './plan.js';

/** With the name of the output column. */
export type BoundWindow = { readonly name: string } & Unnamed;

type Unnamed = { readonly type: DataType; readonly nullable: boolean } & WindowShape;

/** What kinds of functions there are. */
export type WindowShape =
  | { readonly form: 'number'; readonly which: Numbering }
  | { readonly form: 'ntile'; readonly buckets: number }
  /** The value so many rows further on, or back where `by` is negative; `otherwise` where there is no such row. */
  | {
      readonly form: 'shift';
      readonly arg: Bound;
      readonly by: number;
      readonly otherwise: Bound | null;
      readonly ignoreNulls: boolean;
    }
  /** The value in a row of the frame: the nth from the start, or the last; `filter` and nulls that are ignored do not count. */
  | {
      readonly form: 'pick';
      readonly arg: Bound;
      readonly nth: number | 'last';
      readonly filter: Bound | null;
      readonly ignoreNulls: boolean;
      readonly frame: BoundFrame;
    }
  | { readonly form: 'aggregate'; readonly aggregate: BoundAggregate; readonly frame: BoundFrame };

export type Numbering = 'row_number' | 'rank' | 'dense_rank' | 'percent_rank' | 'cume_dist';

export interface BoundFrame {
  readonly unit: Frame['unit'];
  readonly start: BoundFrameEnd;
  readonly end: BoundFrameEnd;
}

/** `offset` is rows, groups, or in the sort key's own units: days of dates, which may be parts of one; microseconds of timestamps. */
export interface BoundFrameEnd {
  readonly kind: FrameEnd['kind'];
  readonly offset: number | bigint;
}

type Over = Pick<Window, 'orderBy'>;
type Bind = (one: NamedWindow, over: Over, schema: Schema) => Unnamed;

/** Whatever is wrong with the function is a query error that names it. */
export function bindWindow(one: NamedWindow, over: Over, schema: Schema): BoundWindow {
  const own = functions[one.function.toLowerCase()];
  if (own === undefined && findAggregate(one.function) === null) {
    const names = [...windowFunctionNames, ...aggregateNames];
    const near = didYouMean(one.function, names);
    throw queryError(
      `there is no window function "${one.function}"${near || `; there are: ${names.join(', ')}`}`,
    );
  }
  if (own !== undefined && one.filter !== null)
    throw queryError(`${one.function} takes no filter; only aggregates over a window do`);
  if (one.ignoreNulls && !ignoring.has(one.function.toLowerCase()))
    throw queryError(`${one.function} cannot ignore nulls; ${[...ignoring].join(', ')} can`);
  const bound = (own ?? aggregated)(one, over, schema);
  return { name: one.name, ...bound };
}

const ignoring = new Set(['lag', 'lead', 'first_value', 'last_value', 'nth_value']);

const functions: Readonly<Record<string, Bind>> = {
  row_number: numbering('row_number', false),
  rank: numbering('rank', true),
  dense_rank: numbering('dense_rank', true),
  percent_rank: numbering('percent_rank', true),
  cume_dist: numbering('cume_dist', true),
  ntile(one, over, schema) {
    arity(one, 1, 1, 'ntile(buckets)');
    needOrder(one, over);
    const buckets = wholeNumber(one.args[0]!, schema, 'the argument of ntile', 1);
    return { type: int64, nullable: false, form: 'ntile', buckets };
  },
  lag: shifted(-1),
  lead: shifted(1),
  first_value: picking(() => 1),
  last_value: picking(() => 'last'),
  nth_value: picking((one, schema) =>
    wholeNumber(one.args[1]!, schema, 'the second argument of nth_value', 1),
  ),
};

export const windowFunctionNames: readonly string[] = Object.keys(functions);

function numbering(which: Numbering, ordered: boolean): Bind {
  return (one, over) => {
    arity(one, 0, 0, `${which}()`);
    if (ordered) needOrder(one, over);
    const type = which === 'percent_rank' || which === 'cume_dist' ? float64 : int64;
    return { type, nullable: false, form: 'number', which };
  };
}

function shifted(direction: 1 | -1): Bind {
  return (one, over, schema) => {
    arity(one, 1, 3, `${one.function}(value, offset, default)`);
    needOrder(one, over);
    const arg = bind(one.args[0]!, schema);
    const offset = one.args[1];
    const by = offset === undefined ? 1 : wholeNumber(offset, schema, `the offset of ${one.function}`);
    const written = one.args[2] && bind(one.args[2], schema);
    // A constant takes the type of the values where it fits.
    const given = written?.op === 'literal' ? (convertLiteral(written, arg.type) ?? written) : written;
    const type = given === undefined ? arg.type : commonType([arg.type, given.type]);
    if (type === null)
      throw queryError(
        `${one.function} gives values of ${typeName(arg.type)}, but its default is of ${typeName(given!.type)}; cast one of them`,
      );
    return {
      type,
      nullable: arg.nullable || given === undefined || given.nullable,
      ...{ form: 'shift', arg: convert(arg, type), by: by * direction, ignoreNulls: one.ignoreNulls },
      otherwise: given === undefined ? null : convert(given, type),
    };
  };
}

function picking(nth: (one: NamedWindow, schema: Schema) => number | 'last'): Bind {
  return (one, over, schema) => {
    const count = one.function.toLowerCase() === 'nth_value' ? 2 : 1;
    arity(one, count, count, count === 2 ? 'nth_value(value, n)' : `${one.function}(value)`);
    const arg = bind(one.args[0]!, schema);
    const frame = bindFrame(one, over, schema);
    return {
      ...{ type: arg.type, nullable: true, form: 'pick', arg, nth: nth(one, schema), filter: null },
      ...{ ignoreNulls: one.ignoreNulls, frame },
    };
  };
}

/** An aggregate over the frame; those that give one of the values are picks. */
function aggregated(one: NamedWindow, over: Over, schema: Schema): Unnamed {
  const aggregate = bindAggregate(
    { name: one.name, aggregate: one.function, args: one.args, distinct: false, filter: one.filter },
    schema,
  );
  const frame = bindFrame(one, over, schema);
  const { type, nullable, filter } = aggregate;
  const which = picked[aggregate.row.name];
  if (which === undefined) return { type, nullable, form: 'aggregate', aggregate, frame };
  const arg = aggregate.args[0]!;
  const predicate = filter && bindPredicate(one.filter!, schema, `the filter of ${one.function}`);
  return {
    ...{ type, nullable, form: 'pick', arg, nth: which.nth, filter: predicate },
    ...{ ignoreNulls: which.ignoreNulls, frame },
  };
}

const picked: Readonly<Record<string, { readonly nth: 1 | 'last'; readonly ignoreNulls: boolean }>> = {
  first: { nth: 1, ignoreNulls: false },
  last: { nth: 'last', ignoreNulls: false },
  any_value: { nth: 1, ignoreNulls: true },
};

/** Without a frame: up to the peers of the row where there is an order, else the whole partition. */
function bindFrame(one: NamedWindow, over: Over, schema: Schema): BoundFrame {
  const { frame } = one;
  const edge = (kind: FrameEnd['kind']): BoundFrameEnd => ({ kind, offset: 0 });
  if (frame === null) {
    const ordered = over.orderBy.length > 0;
    return {
      unit: 'range',
      start: edge('unbounded preceding'),
      end: edge(ordered ? 'current row' : 'unbounded following'),
    };
  }
  const { unit, start, end } = frame;
  if (start.kind === 'unbounded following')
    throw badFrame(one, 'a frame cannot start with unbounded following');
  if (end.kind === 'unbounded preceding') throw badFrame(one, 'a frame cannot end with unbounded preceding');
  if (kinds.indexOf(start.kind) > kinds.indexOf(end.kind))
    throw badFrame(one, `it starts with ${start.kind} and ends with ${end.kind}, which is before that`);
  if (unit === 'groups' && over.orderBy.length === 0)
    throw badFrame(one, 'a frame of groups needs an order; add order by to the window');
  const bound = {
    unit,
    start: bindEnd(one, start, unit, over, schema),
    end: bindEnd(one, end, unit, over, schema),
  };
  const [a, b] = [bound.start.offset, bound.end.offset];
  if (start.kind === end.kind && (start.kind === 'preceding' ? a < b : start.kind === 'following' && a > b))
    throw badFrame(one, 'it ends before it starts');
  return bound;
}

const kinds: readonly FrameEnd['kind'][] = [
  'unbounded preceding',
  'preceding',
  'current row',
  'following',
  'unbounded following',
];

function bindEnd(
  one: NamedWindow,
  end: FrameEnd,
  unit: Frame['unit'],
  over: Over,
  schema: Schema,
): BoundFrameEnd {
  if (end.kind !== 'preceding' && end.kind !== 'following') return { kind: end.kind, offset: 0 };
  if (end.offset === null) throw badFrame(one, `${end.kind} needs an offset`);
  if (unit === 'range') return { kind: end.kind, offset: rangeOffset(one, end.offset, over, schema) };
  if (end.offset.op === 'span')
    throw badFrame(one, `${unit} are counted in whole numbers; an interval goes with range`);
  const offset = wholeNumber(end.offset, schema, `the offset of ${end.kind} in the frame of ${one.function}`);
  if (offset < 0) throw badFrame(one, 'offsets cannot be negative');
  return { kind: end.kind, offset };
}

/** In the units of the one sort key. */
function rangeOffset(one: NamedWindow, written: Expr | Span, over: Over, schema: Schema): number | bigint {
  const [key, ...others] = over.orderBy;
  if (key === undefined || others.length > 0)
    throw badFrame(one, `a range with offsets needs exactly one sort key, not ${over.orderBy.length}`);
  const { type } = bind(key.expr, schema);
  const family = familyOf(type);
  if (!['integer', 'float', 'date', 'timestamp'].includes(family) || type.kind === 'uint64')
    throw badFrame(
      one,
      `a range with offsets cannot count in ${typeName(type)}; it takes integers, floats, dates and timestamps; cast the key`,
    );
  if (written.op === 'span') return spanOffset(one, written, type);
  const offset = bind(written, schema);
  const unit = family === 'float' ? float64 : int64;
  const literal = offset.op === 'literal' ? convertLiteral(offset, unit) : null;
  if (literal === null || literal.value === null || familyOf(offset.type) === 'text')
    throw badFrame(one, `the offset of a range must be a constant ${describeOffset(type)}`);
  const value = family === 'float' ? Number(literal.value) : BigInt(String(literal.value));
  if (value < 0 || Number.isNaN(value)) throw badFrame(one, 'offsets cannot be negative');
  return value;
}

function spanOffset(one: NamedWindow, { microseconds }: Span, type: DataType): number {
  const family = familyOf(type);
  if (family !== 'date' && family !== 'timestamp')
    throw badFrame(one, `a range over ${typeName(type)} is not counted in time; its offset is a number`);
  if (microseconds < 0) throw badFrame(one, 'offsets cannot be negative');
  return family === 'date' ? microseconds / microsecondsOfDay : microseconds;
}

const microsecondsOfDay = 86_400_000_000;

function describeOffset(type: DataType): string {
  const family = familyOf(type);
  if (family === 'date') return 'whole number of days or an interval';
  if (family === 'timestamp') return 'whole number of microseconds or an interval';
  return family === 'float' ? 'number' : 'whole number';
}

const mostRows = 2 ** 30;

/** A whole number at least `least`; beyond `mostRows` there are no rows. */
function wholeNumber(expr: Expr, schema: Schema, what: string, least = -Infinity): number {
  const bound = bind(expr, schema);
  const literal = bound.op === 'literal' ? convertLiteral(bound, int64) : null;
  const value = literal === null || literal.value === null ? NaN : Number(literal.value);
  if (Number.isNaN(value)) throw queryError(`${what} must be a constant whole number`);
  if (value < least) throw queryError(`${what} must be at least ${least}, not ${value}`);
  return Math.max(-mostRows, Math.min(mostRows, value));
}

function arity(one: NamedWindow, least: number, most: number, signature: string): void {
  const given = one.args.length;
  if (given < least || given > most)
    throw queryError(`${signature} cannot take ${given} argument${given === 1 ? '' : 's'}`);
}

function needOrder(one: NamedWindow, over: Over): void {
  if (over.orderBy.length === 0)
    throw queryError(`${one.function} needs an order of rows; add order by to its window`);
}

function badFrame(one: NamedWindow, why: string): SpillwayError {
  return queryError(`the frame of ${one.function} makes no sense: ${why}`);
}
