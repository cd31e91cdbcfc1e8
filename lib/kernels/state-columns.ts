/**
 * States of groups as columns, for states that go from one process to another: a row a group.
 *
 *   struct:   | rows | missing | low | high | text a | ...
 *   columns:    rows   missing   low   high   found, text
 *
 * Each word of a struct in full is a column of int64, whatever it means: most are small and take a byte in a file. What
 * a text's state points at is a column of text; of first and last, which may be null, another says whether a row came.
 */
import { bitmapBytes, fixedVector, type Vector } from '../arrow/batch.js';
import { narrowOf } from '../arrow/narrow.js';
import { bool, type DataType, int64, utf8, widthOf } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import type { AggregateSpec, StateLayout, StatePlace } from './state-layout.js';
import { type Kernels, kernel } from './wasm.js';

const word = 8;

/** Structs that are taken apart or put together before the next column is looked at: they stay in the cache. */
const sliceBytes = 2 ** 16;

/** Does a group's state have columns? What grows with the rows has none, and distinct values have not. */
export function hasColumns({ state, distinct }: AggregateSpec): boolean {
  return !distinct && (state.form === 'fixed' || state.form === 'text');
}

/** The types of the columns, in order. */
export function columnTypes({ places }: StateLayout): DataType[] {
  return [int64, ...places.flatMap(typesOf)];
}

function typesOf({ spec }: StatePlace): readonly DataType[] {
  const { state } = spec;
  if (state.form === 'fixed') return new Array<DataType>(state.bytes / word).fill(int64);
  return tellsFound(spec) ? [bool, utf8] : [utf8];
}

/** Is a null that was found something else than nothing? */
export function tellsFound({ state }: AggregateSpec): boolean {
  return state.form === 'text' && (state.which === 'first' || state.which === 'last');
}

/** The columns of each place: of words or of texts. */
export interface PlacedColumns {
  readonly place: StatePlace;
  readonly columns: readonly Vector[];
}

/** `columns` as `columnTypes` has them: that of row counts, and those of each place. */
export function placedColumns(
  { places }: StateLayout,
  columns: readonly Vector[],
): { readonly rows: Vector; readonly placed: readonly PlacedColumns[] } {
  let at = 1;
  const placed = places.map((place) => {
    const from = at;
    at += typesOf(place).length;
    return { place, columns: columns.slice(from, at) };
  });
  return { rows: columns[0]!, placed };
}

/** The words at `offsets` of `length` structs in full, a column each. */
export function wordColumns(
  offsets: readonly number[],
  structs: number,
  stride: number,
  length: number,
  region: Region,
  kernels: Kernels,
): Vector[] {
  const columns = offsets.map(() => region.reserve(length * word));
  const slice = sliceRows(stride);
  for (let from = 0; from < length; from += slice) {
    const count = Math.min(slice, length - from);
    const first = structs + from * stride;
    offsets.forEach((offset, c) => {
      kernels.structs_word(first + offset, stride, count, columns[c]! + from * word);
    });
  }
  return columns.map((data) => fixedVector(int64, length, data));
}

/** Structs in full that take `stride` bytes each: so many are put together at once. */
export const sliceRows = (stride: number): number => Math.max(1, Math.floor(sliceBytes / stride));

/** Puts the word at `offset` of `count` structs from rows [from, from + count) of its column. */
export function putWords(
  column: Vector,
  from: number,
  count: number,
  structs: number,
  stride: number,
  kernels: Kernels,
): void {
  const narrow = narrowOf(column);
  const [physical, data, width] =
    narrow === undefined
      ? (['i64', column.data, widthOf(int64)] as const)
      : ([narrow.physical, narrow.data, Number(narrow.physical.slice(1)) / 8] as const);
  kernel(kernels, `structs_put_${physical}`)(data + from * width, count, structs, stride);
}

/** The offsets of the words of a place, of a fixed state. */
export function wordsOf({ spec, offset }: StatePlace): number[] {
  const { state } = spec;
  return state.form === 'fixed'
    ? Array.from({ length: state.bytes / word }, (_, k) => offset + k * word)
    : [];
}

/** Which of `length` states of texts found something, even a null, as a column. */
export function foundColumn(
  states: number,
  stride: number,
  length: number,
  region: Region,
  kernels: Kernels,
): Vector {
  const bits = region.reserveZeroed(bitmapBytes(length));
  kernels.text_found_bits(states, stride, length, bits);
  return fixedVector(bool, length, bits);
}
