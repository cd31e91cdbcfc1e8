import { type Batch, batchRows, type Vector } from './batch.js';
import { signedWidth } from './integer-range.js';
import { lateVector, narrowOf } from './narrow.js';
import { physicalOf, widthOf } from './types.js';

/** Slices begin at multiples of so many rows: there bitmaps, too, begin at whole bytes, and everything is aligned. */
export const leastSlice = 512;

/** How many rows of so many bytes each fit into `bytes`: a multiple of `leastSlice`, at least that and at most `most`. */
export function sliceRows(bytes: number, rowBytes: number, most = batchRows): number {
  return Math.max(leastSlice, Math.floor(Math.min(most, bytes / rowBytes) / leastSlice) * leastSlice);
}

/** Rows [from, from + length) sharing the buffers; `from` is a multiple of `leastSlice`. */
export function slice(batch: Batch, from: number, length: number): Batch {
  if (from % leastSlice !== 0) throw new Error(`bug: a slice from row ${from}`);
  return { length, columns: batch.columns.map((column) => sliceVector(column, from, length)) };
}

/** The batch in pieces of at most `most` rows, a multiple of `leastSlice`. */
export function* slices(batch: Batch, most = batchRows): Generator<Batch, void, void> {
  if (batch.length <= most) {
    yield batch;
    return;
  }
  for (let from = 0; from < batch.length; from += most)
    yield slice(batch, from, Math.min(most, batch.length - from));
}

/** `bitsFrom` gives the bits of a bitmap from row `from` on; by itself it takes whole bytes. */
export function sliceVector(
  column: Vector,
  from: number,
  length: number,
  bitsFrom = (map: number): number => map + from / 8,
): Vector {
  const validity = column.validity === 0 ? 0 : bitsFrom(column.validity);
  const narrow = narrowOf(column);
  if (narrow !== undefined) {
    const { physical, data } = narrow;
    const part = { physical, data: data + from * Math.abs(signedWidth(physical)) };
    const width = column.dictionary === null ? widthOf(column.type) : 4;
    const widen = (): number => column.data + from * width;
    return lateVector(column.type, length, part, widen, validity, column.dictionary);
  }
  if (column.dictionary !== null) return { ...column, length, validity, data: column.data + from * 4 };
  const physical = physicalOf(column.type);
  if (physical === 'text' || physical === 'list')
    return { ...column, length, validity, offsets: column.offsets + from * 4 };
  const data = physical === 'bit' ? bitsFrom(column.data) : column.data + from * widthOf(column.type);
  return { ...column, length, validity, data };
}
