/** What is known of values without reading them: of a batch, a chunk, a whole source. */
import type { DataType } from './types.js';
import { familyOf, physicalOf } from './types.js';

/**
 * bigint for integers of 64 bits, timestamps, dates (days) and decimals (unscaled), number for other
 * integers and floats, text as a string.
 */
export type Bound = bigint | number | boolean | string;

export interface ColumnStatistics {
  /** `unknownCount` where it is not known. */
  readonly nulls: number;
  /** Floats that are not a number; they are not in min and max. `unknownCount` where it is not known. */
  readonly nans: number;
  /** Distinct values, null not counted; within a few percent, exact for coded text. Null where it is not known. */
  readonly distinct: number | null;
  /** Null where there is no value, or none is known. */
  readonly min: Bound | null;
  readonly max: Bound | null;
  /** No value may be the bound: it was rounded, or a text was too long, and for `max` values may begin with what is given. */
  readonly minCut: boolean;
  readonly maxCut: boolean;
}

/** More than none, and fewer than all. */
export const unknownCount = 0.5;

/** A piece of a source that can be read without the others: a chunk of a dataset, a row group of a Parquet file. */
export interface ChunkStatistics {
  readonly rows: number;
  readonly bytes: number;
  /** By column of the source. */
  readonly columns: readonly ColumnStatistics[];
}

export interface SourceStatistics {
  /** In the order in which they are read. */
  readonly chunks: readonly ChunkStatistics[];
  /** Of all chunks together, by column. */
  readonly columns: readonly ColumnStatistics[];
}

/** Longer texts are cut to so many bytes, at a character. */
const longestBound = 64;

export const noStatistics: ColumnStatistics = {
  nulls: 0,
  nans: 0,
  distinct: 0,
  min: null,
  max: null,
  minCut: false,
  maxCut: false,
};

/** A text as a bound; null if it is not UTF-8. */
export function textBound(bytes: Uint8Array): { value: string; cut: boolean } | null {
  let end = Math.min(bytes.length, longestBound);
  if (end < bytes.length) while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  const text = Buffer.from(bytes.subarray(0, end)).toString();
  if (Buffer.byteLength(text) !== end || text.includes('\ufffd')) return null;
  return { value: text, cut: end < bytes.length };
}

/** Negative if a is less than b, as the engine orders them: text by its bytes. */
export function compareBounds(a: Bound, b: Bound): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Statistics of the rows of both. Distinct values are not known to be the same or not: at least the greater number. */
export function mergeStatistics(a: ColumnStatistics, b: ColumnStatistics): ColumnStatistics {
  return {
    nulls: mergeCounts(a.nulls, b.nulls),
    nans: mergeCounts(a.nans, b.nans),
    distinct: a.distinct === null || b.distinct === null ? null : Math.max(a.distinct, b.distinct),
    ...mergeMin(a, b),
    ...mergeMax(a, b),
  };
}

function mergeCounts(a: number, b: number): number {
  return a === unknownCount || b === unknownCount ? unknownCount : a + b;
}

function mergeMin(a: ColumnStatistics, b: ColumnStatistics): Pick<ColumnStatistics, 'min' | 'minCut'> {
  const from = b.min === null || (a.min !== null && compareBounds(a.min, b.min) <= 0) ? a : b;
  return { min: from.min, minCut: from.minCut };
}

/** A cut text stands for all that begin with it, so it is greater than every text that does. */
function mergeMax(a: ColumnStatistics, b: ColumnStatistics): Pick<ColumnStatistics, 'max' | 'maxCut'> {
  const covers = (x: ColumnStatistics, y: ColumnStatistics): boolean =>
    x.maxCut && typeof y.max === 'string' && y.max.startsWith(x.max as string);
  const { max } = b;
  if (max === null) return { max: a.max, maxCut: a.maxCut };
  if (a.max === null || covers(b, a)) return { max, maxCut: b.maxCut };
  if (covers(a, b) || compareBounds(a.max, max) >= 0) return { max: a.max, maxCut: a.maxCut };
  return { max, maxCut: b.maxCut };
}

/** A bound as JSON holds it: wide integers and the infinities as text, as literals of expressions do. */
export function boundToJson(bound: Bound | null): string | number | boolean | null {
  if (typeof bound === 'bigint') return bound.toString();
  return typeof bound === 'number' && !Number.isFinite(bound) ? String(bound) : bound;
}

/** The inverse, for a column of `type`; undefined if the value is none of that type. */
export function boundFromJson(value: unknown, type: DataType): Bound | null | undefined {
  if (value === null) return null;
  if (isWide(type)) return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : undefined;
  const family = familyOf(type);
  if (family === 'text') return typeof value === 'string' ? value : undefined;
  if (family === 'boolean') return typeof value === 'boolean' ? value : undefined;
  if (value === 'Infinity' || value === '-Infinity') return family === 'float' ? Number(value) : undefined;
  return typeof value === 'number' ? value : undefined;
}

/** Are its bounds bigints? */
export function isWide(type: DataType): boolean {
  return type.kind === 'date' || ['i64', 'u64', 'i128'].includes(physicalOf(type));
}
