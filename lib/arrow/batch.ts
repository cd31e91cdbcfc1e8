/**
 * Columns in the arena. Addresses are byte offsets into the arena's memory; the layout of every buffer is
 * Arrow's (bitmaps least significant bit first, int32 offsets of texts and lists), so a column goes to and from a file
 * without a copy through JavaScript.
 *
 * Two rules hold everywhere:
 * - A batch is valid until its producer is asked for the next one. Who keeps rows longer copies them into
 *   a region of its own.
 * - Every allocation is aligned to 64 bytes and padded to a multiple of 64, and a kernel may read and
 *   write up to that padded end. What lies under a null or past the length is unspecified, except that
 *   offsets of texts and lists never decrease and dictionary codes are always within the dictionary.
 */
import type { DataType } from './types.js';

/** Texts that a column's codes point at. Append-only: codes once given keep their meaning. */
export interface Dictionary {
  readonly length: number;
  /** Address of `length + 1` int32 offsets into `data`. */
  readonly offsets: number;
  readonly data: number;
  /**
   * Dictionaries of the same lineage are grown from each other: the shorter is a prefix of the longer, so
   * what was worked out for its entries need not be done again.
   */
  readonly lineage: object;
  /** Is it sure that no text is there twice? Files of others may have what they want. */
  readonly distinct: boolean;
  /** Where other processes find its texts under the same codes, perhaps among more; null where that is nowhere. */
  readonly origin: DictionaryOrigin | null;
}

/** The dictionary of a lineage of chunks, as the last of them has it; plain data. */
export interface DictionaryOrigin {
  /** The folder of the dataset, and what tells it from another that takes its place. */
  readonly dataset: string;
  readonly mark: string;
  readonly column: number;
  readonly lineage: number;
  /** How many of them the column has there. */
  readonly lineages: number;
}

export interface Vector {
  readonly type: DataType;
  readonly length: number;
  /** Address of the validity bitmap (1 = there is a value), or 0 where nothing is null. */
  readonly validity: number;
  /** Address of the values; of the bits for bool; of the bytes for text; of the int32 codes where `dictionary` is set; 0 for lists. */
  readonly data: number;
  /** Address of `length + 1` int32 offsets: relative to `data` for text without a dictionary, rows of `child` for lists; else 0. */
  readonly offsets: number;
  readonly dictionary: Dictionary | null;
  /** The elements of lists, one list after another; it may have more before the first and behind the last. */
  readonly child?: Vector;
}

export interface Batch {
  readonly length: number;
  readonly columns: readonly Vector[];
}

/**
 * Rows in a batch. Narrow columns of so many rows stay in a 1 MB L2 cache, and what a batch costs beside its rows
 * does not show: with half as many, group-by over a dataset measured up to a third slower.
 */
export const batchRows = 65536;

export function fixedVector(type: DataType, length: number, data: number, validity = 0): Vector {
  return { type, length, validity, data, offsets: 0, dictionary: null };
}

export function textVector(
  type: DataType,
  length: number,
  data: number,
  offsets: number,
  validity = 0,
): Vector {
  return { type, length, validity, data, offsets, dictionary: null };
}

export function codedVector(
  type: DataType,
  length: number,
  codes: number,
  dictionary: Dictionary,
  validity = 0,
): Vector {
  return { type, length, validity, data: codes, offsets: 0, dictionary };
}

/** Row i holds the rows [offsets[i], offsets[i + 1]) of `child`. */
export function listVector(
  type: DataType,
  length: number,
  offsets: number,
  child: Vector,
  validity = 0,
): Vector {
  return { type, length, validity, data: 0, offsets, dictionary: null, child };
}

/** The elements of a column of lists. */
export function childOf(column: Vector): Vector {
  if (column.child === undefined) throw new Error(`bug: a column of ${column.type.kind} has no elements`);
  return column.child;
}

/** The first `length` rows, sharing the buffers. */
export function head(batch: Batch, length: number): Batch {
  if (length >= batch.length) return batch;
  return { length, columns: batch.columns.map((column) => ({ ...column, length })) };
}

/** Bytes of a bitmap of `length` bits. */
export const bitmapBytes = (length: number): number => (length + 7) >> 3;
