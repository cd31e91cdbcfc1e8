/** What is guessed of a column: how many values differ, where they lie, what they take. */
import {
  type Bound,
  type ChunkStatistics,
  type ColumnStatistics,
  compareBounds,
  unknownCount,
} from '../../arrow/statistics.js';
import { type DataType, familyOf, widthOf } from '../../arrow/types.js';
import type { Scan } from '../plan.js';

export interface ColumnEstimate {
  readonly type: DataType;
  /** Distinct values, null not counted. */
  readonly distinct: number | null;
  /** Least and greatest values as numbers that are as far apart as the values: null for text, and where nothing is known. */
  readonly min: number | null;
  readonly max: number | null;
  /** The part of the values that are null, from 0 to 1. */
  readonly nulls: number | null;
  /** Bytes that a value takes in memory. */
  readonly bytes: number;
}

/** Text without statistics, its offset not counted. */
const textBytes = 16;

/** Text that takes so many different values at most is coded: a value takes as much as a code. */
const mostCoded = 65_536;
const codeBytes = 4;

/** Elements of a list, if nothing is known of it. */
export const elementsPerList = 5;

/** A column of which only the type is known. */
export function unknownColumn(type: DataType): ColumnEstimate {
  const distinct = type.kind === 'bool' ? 2 : null;
  return { type, distinct, min: null, max: null, nulls: null, bytes: bytesOf(type) };
}

function bytesOf(type: DataType): number {
  if (type.kind === 'bool' || type.kind === 'null') return 1 / 8;
  return widthOf(type) || codeBytes + textBytes;
}

/** Every column of the source, whether it is read or not: a filter may look at it. */
export function scanColumns({ source, schema, chunks }: Scan): Map<string, ColumnEstimate> {
  const { statistics } = source;
  return new Map(
    schema.fields.map(({ name, type }, i) => {
      const whole = statistics?.columns[i];
      if (!statistics || !whole) return [name, unknownColumn(type)];
      const read = chunks?.map((position) => statistics.chunks[position]!) ?? statistics.chunks;
      return [name, columnEstimate(type, whole, read, i)];
    }),
  );
}

function columnEstimate(
  type: DataType,
  whole: ColumnStatistics,
  chunks: readonly ChunkStatistics[],
  column: number,
): ColumnEstimate {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  const min = positionOf(whole.min, type);
  const max = positionOf(whole.max, type);
  const most = familyOf(type) === 'integer' && min !== null && max !== null ? max - min + 1 : rows;
  const values = distinctOf(chunks, column);
  const distinct = values === null ? null : Math.max(Math.min(values, most, rows), rows > 0 ? 1 : 0);
  return {
    type,
    distinct,
    min,
    max,
    nulls: whole.nulls === unknownCount || rows === 0 ? null : Math.min(1, whole.nulls / rows),
    bytes: familyOf(type) === 'text' ? textWidth(whole, distinct) : bytesOf(type),
  };
}

/**
 * Distinct values of all chunks. Where their ranges but touch, the values of each are its own; else a chunk is taken
 * for a random part of all rows, which tells how many values there are to draw from.
 */
function distinctOf(chunks: readonly ChunkStatistics[], column: number): number | null {
  const all = chunks
    .map((chunk) => ({ rows: chunk.rows, ...chunk.columns[column]! }))
    .filter((one) => one.rows > 0);
  if (all.length === 0) return 0;
  if (all.some(({ distinct }) => distinct === null)) return null;
  const sum = all.reduce((total, { distinct }) => total + distinct!, 0);
  if (all.length === 1 || apart(all)) return sum;
  const rows = all.reduce((total, one) => total + one.rows, 0);
  const domain = domainOf(sum / all.length, rows / all.length);
  return Math.max(drawn(domain, rows), ...all.map(({ distinct }) => distinct!));
}

function apart(chunks: readonly ColumnStatistics[]): boolean {
  return chunks.slice(1).every((chunk, i) => {
    const before = chunks[i]!.max;
    return before !== null && chunk.min !== null && compareBounds(before, chunk.min) <= 0;
  });
}

/** How many different values come out of `rows` draws from `domain` values. */
export function drawn(domain: number, rows: number): number {
  if (domain <= 0) return 0;
  return domain === Number.POSITIVE_INFINITY ? rows : domain * -Math.expm1(-rows / domain);
}

/** The number of values to draw from, if `rows` draws gave so many different ones. */
function domainOf(distinct: number, rows: number): number {
  // Counts are right within a few percent: who saw nearly only new values knows nothing of the number of them.
  if (distinct > rows * 0.95) return Number.POSITIVE_INFINITY;
  let [low, high] = [distinct, distinct * 64];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (drawn(middle, rows) < distinct) low = middle;
    else high = middle;
  }
  return high;
}

/** The least and the greatest text are taken for texts as others are. */
function textWidth({ min, max }: ColumnStatistics, distinct: number | null): number {
  if (distinct !== null && distinct <= mostCoded) return codeBytes;
  const lengths = [min, max]
    .filter((bound) => typeof bound === 'string')
    .map((text) => Buffer.byteLength(text));
  const known =
    lengths.length > 0 ? lengths.reduce((sum, length) => sum + length, 0) / lengths.length : textBytes;
  return codeBytes + known;
}

/** Farther out, distances between positions would not be finite. */
const farthest = 1e300;

/**
 * A bound, or the value of a literal, as a number; temporal ones in microseconds, decimals with their scale. Null where
 * nothing can be told of distances: for texts, NaN, infinity.
 */
export function positionOf(value: Bound | null, type: DataType): number | null {
  if (value === null || typeof value === 'boolean') return null;
  const position = Number(value);
  if (familyOf(type) === 'text' || !(Math.abs(position) <= farthest)) return null;
  if (type.kind === 'date') return position * 86_400e6;
  return type.kind === 'decimal' ? position / 10 ** type.scale : position;
}
