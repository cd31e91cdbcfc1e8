/** Columns laid end to end and read in another order: how the branches of a case become one column. */
import {
  bitmapBytes,
  childOf,
  codedVector,
  fixedVector,
  listVector,
  textVector,
  type Vector,
} from '../arrow/batch.js';
import { physicalOf, widthOf } from '../arrow/types.js';
import type { Region } from '../memory/arena.js';
import type { Machine } from './machine.js';
import { denseLists } from './slice.js';
import { decoded, take } from './take.js';

/**
 * The rows at `rows`, the address of `count` int32s, which count through all of `columns` one after another. The
 * columns are of one type and not all empty.
 */
export function merge(
  columns: readonly Vector[],
  rows: number,
  count: number,
  region: Region,
  machine: Machine,
): Vector {
  return take(endToEnd(columns, region, machine), rows, count, region, machine);
}

function endToEnd(columns: readonly Vector[], region: Region, machine: Machine): Vector {
  const { type } = columns[0]!;
  const length = columns.reduce((sum, column) => sum + column.length, 0);
  const validity = columns.some((column) => column.validity !== 0) ? region.reserve(bitmapBytes(length)) : 0;
  if (validity !== 0) joinBits(columns, (column) => column.validity, validity, machine);
  const physical = physicalOf(type);
  if (physical === 'bit') {
    const data = region.reserve(bitmapBytes(length));
    joinBits(columns, (column) => column.data, data, machine);
    return fixedVector(type, length, data, validity);
  }
  if (physical === 'list') return joinLists(columns, length, validity, region, machine);
  if (physical !== 'text') {
    const width = widthOf(type);
    return fixedVector(type, length, joinBytes(columns, width, length, region, machine), validity);
  }
  const dictionary = sharedDictionary(columns);
  if (dictionary !== null) {
    const codes = joinBytes(columns, 4, length, region, machine);
    return codedVector(type, length, codes, dictionary, validity);
  }
  return joinTexts(
    columns.map((column) => decoded(column, region, machine)),
    length,
    validity,
    region,
    machine,
  );
}

/** The longest of the dictionaries if they are grown from each other. */
function sharedDictionary(columns: readonly Vector[]): Vector['dictionary'] {
  let longest: Vector['dictionary'] = null;
  for (const { dictionary } of columns) {
    if (dictionary === null || (longest !== null && longest.lineage !== dictionary.lineage)) return null;
    if (longest === null || dictionary.length > longest.length) longest = dictionary;
  }
  return longest;
}

/** A bitmap of 0 counts as all ones. */
function joinBits(
  columns: readonly Vector[],
  bits: (column: Vector) => number,
  out: number,
  { kernels }: Machine,
): void {
  let at = 0;
  for (const column of columns) {
    kernels.take_append_bits(bits(column), out, at, column.length);
    at += column.length;
  }
}

function joinBytes(
  columns: readonly Vector[],
  width: number,
  length: number,
  region: Region,
  { arena }: Machine,
): number {
  const out = region.reserve(length * width);
  let at = out;
  for (const column of columns) {
    arena.bytes.copyWithin(at, column.data, column.data + column.length * width);
    at += column.length * width;
  }
  return out;
}

function joinLists(
  columns: readonly Vector[],
  length: number,
  validity: number,
  region: Region,
  machine: Machine,
): Vector {
  const lists = columns.map((column) => denseLists(column, region, machine.kernels));
  const offsets = region.reserveZeroed((length + 1) * 4);
  let row = 0;
  let elements = 0;
  for (const one of lists) {
    machine.kernels.take_append_offsets(one.offsets, offsets + row * 4, one.length, elements);
    row += one.length;
    elements += childOf(one).length;
  }
  return listVector(
    columns[0]!.type,
    length,
    offsets,
    endToEnd(lists.map(childOf), region, machine),
    validity,
  );
}

function joinTexts(
  columns: readonly Vector[],
  length: number,
  validity: number,
  region: Region,
  machine: Machine,
): Vector {
  const { bytes, view } = machine.arena;
  const offsets = region.reserve((length + 1) * 4);
  const sizes = columns.map(
    (column) => view.getInt32(column.offsets + column.length * 4, true) - view.getInt32(column.offsets, true),
  );
  const data = region.reserve(sizes.reduce((sum, size) => sum + size, 0));
  view.setInt32(offsets, 0, true);
  let row = 0;
  let at = 0;
  columns.forEach((column, i) => {
    const start = view.getInt32(column.offsets, true);
    bytes.copyWithin(data + at, column.data + start, column.data + start + sizes[i]!);
    machine.kernels.take_append_offsets(column.offsets, offsets + row * 4, column.length, at - start);
    row += column.length;
    at += sizes[i]!;
  });
  return textVector(columns[0]!.type, length, data, offsets, validity);
}
