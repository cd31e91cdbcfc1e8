/** What a row group's footer says about its columns, as the statistics that chunks are pruned by. */
import { isUtf8 } from 'node:buffer';
import type { ColumnChunk, ParquetParsers, RowGroup } from 'hyparquet';
import type { Schema } from '../../arrow/schema.js';
import {
  type Bound,
  type ChunkStatistics,
  type ColumnStatistics,
  mergeStatistics,
  noStatistics,
  unknownCount,
} from '../../arrow/statistics.js';
import type { DataType } from '../../arrow/types.js';
import type { TimeUnit } from './types.js';

const decoder = new TextDecoder();

/** Keeps hyparquet from rounding the times in statistics. Texts may be cut inside a character; those tell nothing. */
export const exactParsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (value) => value,
  timestampFromMicroseconds: (value) => value,
  timestampFromNanoseconds: (value) => value,
  dateFromDays: (value) => value,
  stringFromBytes: (value) => (isUtf8(value) ? decoder.decode(value) : undefined),
};

/** By column of `schema`; `units` are those of its timestamps. */
export function groupStatistics(
  group: RowGroup,
  schema: Schema,
  units: readonly (TimeUnit | null)[],
): ColumnStatistics[] {
  return schema.fields.map(({ name, type }, i) => {
    const chunk = chunkOf(group, i, name);
    // `min` and `max` without `_value` come from writers that did not agree on an order.
    const statistics = chunk?.meta_data?.statistics ?? {};
    const { min_value, max_value, null_count, is_min_value_exact, is_max_value_exact } = statistics;
    const isRounded = units[i] === 'NANOS';
    return {
      nulls: null_count === undefined ? unknownCount : Number(null_count),
      nans: type.kind === 'float32' || type.kind === 'float64' ? unknownCount : 0,
      distinct: null,
      min: boundOf(min_value, type, units[i]!, 'down'),
      max: boundOf(max_value, type, units[i]!, 'up'),
      minCut: isRounded || is_min_value_exact !== true,
      maxCut: isRounded || is_max_value_exact !== true,
    };
  });
}

/** Of the rows of all groups, by column. */
export function wholeStatistics(groups: readonly ChunkStatistics[], columns: number): ColumnStatistics[] {
  return Array.from({ length: columns }, (_, column) => {
    const start: ColumnStatistics = { ...noStatistics, distinct: null };
    const merged = groups.reduce((whole, group) => mergeStatistics(whole, group.columns[column]!), start);
    const isKnown = groups.every(({ rows, columns }) => {
      const { min, max, nulls, nans } = columns[column]!;
      return (min !== null && max !== null) || nulls + nans >= rows;
    });
    return isKnown ? merged : { ...merged, min: null, max: null };
  });
}

/** The chunk of the `index`th column, where it is as a rule; all columns are flat. */
export function chunkOf(group: RowGroup, index: number, name: string): ColumnChunk | undefined {
  const isIts = (chunk: ColumnChunk | undefined): boolean => chunk?.meta_data?.path_in_schema[0] === name;
  const usual = group.columns[index];
  return isIts(usual) ? usual : group.columns.find(isIts);
}

/** Times finer than microseconds are rounded away from the values. */
function boundOf(value: unknown, type: DataType, unit: TimeUnit | null, round: 'down' | 'up'): Bound | null {
  switch (type.kind) {
    case 'bool':
      return typeof value === 'boolean' ? value : null;
    case 'int8':
    case 'int16':
    case 'int32':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'float32':
    case 'float64':
      return typeof value === 'number' && !Number.isNaN(value) ? value : null;
    case 'int64':
    case 'uint64':
      return typeof value === 'bigint' ? value : null;
    case 'date':
      return typeof value === 'number' ? BigInt(value) : null;
    case 'timestamp':
      if (typeof value !== 'bigint' || unit === 'INT96') return null;
      if (unit === 'NANOS') return value / 1000n + (round === 'up' ? 1n : -1n);
      return unit === 'MILLIS' ? value * 1000n : value;
    case 'utf8':
      return typeof value === 'string' ? value : null;
    case 'decimal':
    case 'null':
    case 'list':
      return null;
  }
}
