/** Columns of any type as plain text, the inverse of from-text.ts: what casts to utf8 and text formats use. */
import { bitmapBytes, childOf, textVector, type Vector } from '../arrow/batch.js';
import { type DataType, physicalOf, utf8 } from '../arrow/types.js';
import { memoryError } from '../errors.js';
import type { Region } from '../memory/arena.js';
import { denseLists } from './slice.js';
import { spellOut } from './spell-out.js';
import { type Kernel, type Kernels, kernel } from './wasm.js';

/** Kernels' writers store whole words and may write so far behind the text. */
export const writerOverrun = 32;

/**
 * The column as utf8 without a dictionary; nulls stay null. Numbers are written as in JavaScript (the shortest
 * text that reads back as the same value; 1e+21, NaN, Infinity), except that negative zero is -0.0. Dates are
 * YYYY-MM-DD, timestamps YYYY-MM-DD HH:MM:SS[.ffffff], with +00:00 behind them where the type has a zone.
 * A list is [a, b] of such texts, null among them. Needs memory for the longest text of the type in every row.
 */
export function toText(column: Vector, region: Region, runtime: { readonly kernels: Kernels }): Vector {
  const { type, length, validity, data } = column;
  const { kernels } = runtime;
  if (type.kind === 'utf8') return column.dictionary === null ? column : spellOut(column, region, kernels);
  if (type.kind === 'null') {
    const offsets = region.reserveZeroed((length + 1) * 4);
    return textVector(utf8, length, offsets, offsets, region.reserveZeroed(bitmapBytes(length)));
  }
  if (type.kind === 'list') {
    const lists = denseLists(column, region, kernels);
    return listTexts(lists, toText(childOf(lists), region, runtime), ', ', region, kernels);
  }
  const offsets = region.reserve((length + 1) * 4);
  const out = region.reserve(length * longestText(type) + writerOverrun);
  writerOf(type, kernels)(data, validity, length, offsets, out, type.kind === 'decimal' ? type.scale : 0);
  return textVector(utf8, length, out, offsets, validity);
}

/** The lists as text, given the texts of exactly their elements: `[a, b]`, with null for elements that are null. */
export function listTexts(
  lists: Vector,
  elements: Vector,
  separator: string,
  region: Region,
  kernels: Kernels,
): Vector {
  const { bytes } = region.arena;
  const words = region.reserve(separator.length + nullText.length);
  bytes.set(Buffer.from(separator + nullText), words);
  const { length, offsets, validity } = lists;
  const size = kernels.list_text_bytes(
    offsets,
    validity,
    length,
    elements.offsets,
    elements.validity,
    separator.length,
    nullText.length,
  );
  if (size < 0) throw memoryError(region.owner, 2 ** 31, region.arena.reserved, region.arena.capacity);
  const outOffsets = region.reserve((length + 1) * 4);
  const out = region.reserve(size + writerOverrun);
  kernels.list_text(
    offsets,
    validity,
    length,
    elements.data,
    elements.offsets,
    elements.validity,
    words,
    separator.length,
    words + separator.length,
    nullText.length,
    outOffsets,
    out,
  );
  return textVector(utf8, length, out, outOffsets, validity);
}

const nullText = 'null';

/** Bytes of the longest text that a value of a type without a text of its own can have. */
export function longestText(type: DataType): number {
  return longest[type.kind];
}

const longest: Readonly<Record<DataType['kind'], number>> = {
  null: 0,
  bool: 5,
  int8: 4,
  int16: 6,
  int32: 11,
  int64: 20,
  uint8: 3,
  uint16: 5,
  uint32: 10,
  uint64: 20,
  // -0.00000123456789 and -0.0000012345678901234567, one more than -1.2345678901234567e-308.
  float32: 17,
  float64: 25,
  // -5877641-06-23
  date: 14,
  // -290308-12-21 19:59:05.224192+00:00
  timestamp: 35,
  // A sign, 39 digits, a point.
  decimal: 41,
  utf8: 0,
  list: 0,
};

/** The kernel (data, validity, length, offsets, out, scale) -> bytes for a type that is neither text nor null. */
export function writerOf(type: DataType, kernels: Kernels): Kernel {
  switch (type.kind) {
    case 'date':
    case 'decimal':
      return kernel(kernels, `to_text_${type.kind}`);
    case 'timestamp':
      return type.zone === null ? kernels.to_text_timestamp : kernels.to_text_instant;
    default:
      return kernel(kernels, `to_text_${physicalOf(type)}`);
  }
}
