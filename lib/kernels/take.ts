/** Rows of columns, gathered by index. */
import {
  type Batch,
  bitmapBytes,
  childOf,
  codedVector,
  fixedVector,
  listVector,
  textVector,
  type Vector,
} from '../arrow/batch.js';
import { deferredVector } from '../arrow/deferred.js';
import { signedWidth } from '../arrow/integer-range.js';
import { type Narrow, narrowOf } from '../arrow/narrow.js';
import { physicalOf, widthOf } from '../arrow/types.js';
import { dataError } from '../errors.js';
import type { Region } from '../memory/arena.js';
import { gatherTexts } from './gather-texts.js';
import type { Machine } from './machine.js';
import { narrowVector } from './narrow-vector.js';
import type { Kernels } from './wasm.js';

/** A gather writes four at a time. */
const slack = 16;

/**
 * The rows at `indices`, the address of `count` int32s, as a dense column in `region`. Coded text stays coded.
 * With `outer`, an index of -1 gives null.
 */
export function take(
  column: Vector,
  indices: number,
  count: number,
  region: Region,
  machine: Machine,
  outer = false,
): Vector {
  const { kernels } = machine;
  const { type } = column;
  const validity = takeValidity(column, indices, count, region, kernels, outer);
  const narrow = narrowOf(column);
  if (narrow !== undefined && !outer)
    return takeNarrow(column, narrow, indices, count, validity, region, kernels);
  if (column.dictionary !== null) {
    // Row -1 would read a code from outside the column, and every code must lie within the dictionary.
    if (outer && (column.length === 0 || column.dictionary.length === 0)) {
      const codes = region.reserveZeroed(count * 4);
      return codedVector(type, count, codes, column.dictionary, validity);
    }
    const rows = outer ? clamped(indices, count, region, kernels) : indices;
    const codes = region.reserve(count * 4);
    kernels.take_32(column.data, rows, codes, count);
    return codedVector(type, count, codes, column.dictionary, validity);
  }
  const physical = physicalOf(type);
  if (physical === 'text') return takeText(column, indices, count, validity, region, kernels);
  if (physical === 'list') return takeLists(column, indices, count, validity, region, machine);
  if (physical === 'bit') {
    const bits = region.reserve(bitmapBytes(count));
    if (outer) kernels.take_bits_outer(column.data, indices, bits, count);
    else kernels.take_bits(column.data, indices, bits, count);
    return fixedVector(type, count, bits, validity);
  }
  const out = region.reserve(count * widthOf(type));
  takeFixed(kernels, widthOf(type), column.data, indices, out, count);
  return fixedVector(type, count, out, validity);
}

/** As `take`, but the rows are gathered when they are looked at: while `column`, `indices` and `region` are as they are. */
export function takeLater(
  column: Vector,
  indices: number,
  count: number,
  region: Region,
  machine: Machine,
): Vector {
  if (column.type.kind === 'list') return take(column, indices, count, region, machine);
  return deferredVector(column.type, count, column.dictionary, () =>
    take(column, indices, count, region, machine),
  );
}

/** As `take`, for every column. */
export function takeBatch(
  batch: Batch,
  indices: number,
  count: number,
  region: Region,
  machine: Machine,
  outer = false,
): Batch {
  return {
    length: count,
    columns: batch.columns.map((column) => take(column, indices, count, region, machine, outer)),
  };
}

/** The texts of a coded column side by side, those in lists too; other columns as they are. */
export function decoded(column: Vector, region: Region, machine: Machine): Vector {
  const { dictionary } = column;
  if (column.type.kind === 'list') return { ...column, child: decoded(childOf(column), region, machine) };
  if (dictionary === null) return column;
  if (dictionary.length === 0) {
    const offsets = region.reserveZeroed((column.length + 1) * 4);
    return textVector(column.type, column.length, region.reserve(0), offsets, column.validity);
  }
  const texts = textVector(column.type, dictionary.length, dictionary.data, dictionary.offsets);
  return takeText(texts, column.data, column.length, column.validity, region, machine.kernels);
}

function takeValidity(
  column: Vector,
  indices: number,
  count: number,
  region: Region,
  kernels: Kernels,
  outer: boolean,
): number {
  if (column.validity === 0 && !outer) return 0;
  const validity = region.reserve(bitmapBytes(count));
  if (outer) kernels.take_bits_outer(column.validity, indices, validity, count);
  else kernels.take_bits(column.validity, indices, validity, count);
  return validity;
}

function takeFixed(
  kernels: Kernels,
  width: number,
  data: number,
  indices: number,
  out: number,
  count: number,
): void {
  if (width === 1) kernels.take_8(data, indices, out, count);
  else if (width === 2) kernels.take_16(data, indices, out, count);
  else if (width === 4) kernels.take_32(data, indices, out, count);
  else if (width === 8) kernels.take_64(data, indices, out, count);
  else kernels.take_128(data, indices, out, count);
}

/** What is held narrow stays so. `validity` is that of the result. */
function takeNarrow(
  { type, dictionary }: Vector,
  { physical, data }: Narrow,
  indices: number,
  count: number,
  validity: number,
  region: Region,
  kernels: Kernels,
): Vector {
  const width = Math.abs(signedWidth(physical));
  const out = region.reserve(count * width + slack);
  takeFixed(kernels, width, data, indices, out, count);
  return narrowVector(type, count, { physical, data: out }, region, kernels, validity, dictionary);
}

/** `validity` is that of the result. */
function takeText(
  column: Vector,
  indices: number,
  count: number,
  validity: number,
  region: Region,
  kernels: Kernels,
): Vector {
  const { type, data: texts, offsets: ends } = column;
  return gatherTexts(type, count, validity, region, {
    measure: (offsets) => kernels.take_text_offsets(ends, indices, validity, offsets, count),
    copy: (offsets, data) => kernels.take_text_bytes(texts, ends, indices, data, offsets, count),
  });
}

/** `validity` is that of the result. */
function takeLists(
  column: Vector,
  indices: number,
  count: number,
  validity: number,
  region: Region,
  machine: Machine,
): Vector {
  const { kernels } = machine;
  const offsets = region.reserve((count + 1) * 4);
  const elements = kernels.take_text_offsets(column.offsets, indices, validity, offsets, count);
  if (elements < 0) throw dataError(`${count} lists of one batch have more than 2^31 elements together`);
  const rows = region.reserve(elements * 4);
  kernels.list_take(column.offsets, indices, offsets, count, rows);
  const child = take(childOf(column), rows, elements, region, machine);
  return listVector(column.type, count, offsets, child, validity);
}

function clamped(indices: number, count: number, region: Region, kernels: Kernels): number {
  const rows = region.reserve(count * 4);
  kernels.take_clamp(indices, rows, count);
  return rows;
}
