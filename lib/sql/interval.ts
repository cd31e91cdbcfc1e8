/** `interval '3' month`, `interval '1 year 2 days'`: what is added to a time or taken from it, and offsets of frames. */
import type { A_Const, Node, TypeName } from 'libpg-query';
import { nameOf } from './names.js';
import type { SqlSource } from './source.js';
import { startOf } from './start-of.js';

export interface IntervalPart {
  /** A unit of date_add. */
  readonly unit: string;
  readonly count: number;
}

export function isInterval(
  node: Node | undefined,
): node is { TypeCast: { arg?: Node; typeName?: TypeName } } {
  if (node === undefined || !('TypeCast' in node)) return false;
  return nameOf(node.TypeCast.typeName?.names?.at(-1)) === 'interval';
}

export function intervalParts(
  node: { TypeCast: { arg?: Node; typeName?: TypeName; location?: number } },
  source: SqlSource,
): readonly IntervalPart[] {
  const { arg, typeName } = node.TypeCast;
  const location = startOf(node);
  const written = (arg as { A_Const?: A_Const } | undefined)?.A_Const?.sval?.sval;
  if (written === undefined) throw source.unsupported('an interval that is no constant', location);
  const wrong = (): Error =>
    source.error(`'${written}' is no interval; write it as '3 months' or '1 year 2 days'`, location);
  const field = (typeName?.typmods?.[0] as { A_Const?: A_Const } | undefined)?.A_Const?.ival?.ival;
  const unit = field === undefined ? undefined : fields[field];
  if (/^\s*[-+]?\d+\s*$/.test(written)) {
    if (field !== undefined && unit === undefined) throw wrong();
    return [{ unit: unit ?? 'second', count: Number(written) }];
  }
  const parts = [...written.matchAll(/\s*([-+]?\d+)\s*([a-z]+)\s*/gi)];
  if (parts.length === 0 || parts.map(([all]) => all).join('') !== written) throw wrong();
  return parts.map(([, count, word]) => {
    const known = units[word!.toLowerCase().replace(/s$/, '')];
    if (known === undefined) throw wrong();
    return { unit: known, count: Number(count) };
  });
}

/** The length of an interval that has one. */
export function intervalMicroseconds(
  node: { TypeCast: { arg?: Node; typeName?: TypeName; location?: number } },
  source: SqlSource,
): number {
  return intervalParts(node, source).reduce((sum, { unit, count }) => {
    const microseconds = lengths[unit];
    if (microseconds === undefined)
      throw source.error(
        `${unit}s differ in length; write the interval of a frame in days, hours or shorter units`,
        startOf(node),
      );
    return sum + count * microseconds;
  }, 0);
}

/** In microseconds. */
const lengths: Readonly<Record<string, number>> = {
  microsecond: 1,
  millisecond: 1e3,
  second: 1e6,
  minute: 60e6,
  hour: 3600e6,
  day: 86400e6,
  week: 7 * 86400e6,
};

/** The grammar gives the unit after the text as a bit. */
const fields: Readonly<Record<number, string>> = {
  2: 'month',
  4: 'year',
  8: 'day',
  1024: 'hour',
  2048: 'minute',
  4096: 'second',
};

const units: Readonly<Record<string, string>> = {
  microsecond: 'microsecond',
  millisecond: 'millisecond',
  second: 'second',
  sec: 'second',
  minute: 'minute',
  min: 'minute',
  hour: 'hour',
  day: 'day',
  week: 'week',
  month: 'month',
  mon: 'month',
  quarter: 'quarter',
  year: 'year',
};
