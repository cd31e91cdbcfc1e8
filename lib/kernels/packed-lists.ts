/** Lists as byte strings and back: what holds rows of texts holds rows of lists so (assembly/list-pack.ts). */
import {
  type Batch,
  bitmapBytes,
  childOf,
  fixedVector,
  listVector,
  textVector,
  type Vector,
} from '../arrow/batch.js';
import { type DataType, physicalOf, utf8, widthOf } from '../arrow/types.js';
import { dataError } from '../errors.js';
import type { Region } from '../memory/arena.js';
import type { Machine } from './machine.js';
import { denseLists } from './slice.js';
import { decoded } from './take.js';

/** The type of a column with its lists packed; their bytes are no UTF-8. */
export const packedType = (type: DataType): DataType => (type.kind === 'list' ? utf8 : type);

export function packBatch(batch: Batch, region: Region, machine: Machine): Batch {
  return { ...batch, columns: batch.columns.map((column) => packLists(column, region, machine)) };
}

/** The inverse, for columns of `types`. */
export function unpackBatch(
  batch: Batch,
  types: readonly DataType[],
  region: Region,
  machine: Machine,
): Batch {
  return {
    ...batch,
    columns: batch.columns.map((column, i) => unpackLists(column, types[i]!, region, machine)),
  };
}

/** Lists as plain text; any other column as it is. */
export function packLists(column: Vector, region: Region, machine: Machine): Vector {
  if (column.type.kind !== 'list') return column;
  const { kernels } = machine;
  const lists = denseLists(column, region, kernels);
  const { offsets, length, validity } = lists;
  const elements = decoded(packLists(childOf(lists), region, machine), region, machine);
  const width = packedWidth(elements.type);
  const strings = region.reserve((length + 1) * 4);
  const known = elements.validity;
  const bytes = kernels.list_pack_offsets(offsets, validity, length, width, elements.offsets, known, strings);
  if (bytes < 0) throw tooLarge(length);
  const out = region.reserve(bytes + 16);
  kernels.list_pack(offsets, validity, length, width, elements.data, elements.offsets, known, strings, out);
  return textVector(utf8, length, out, strings, validity);
}

/** The column of type `type` that was packed. */
export function unpackLists(column: Vector, type: DataType, region: Region, machine: Machine): Vector {
  if (type.kind !== 'list') return column;
  const { kernels } = machine;
  const { data, offsets: strings, validity, length } = decoded(column, region, machine);
  const offsets = region.reserve((length + 1) * 4);
  const count = kernels.list_unpack_offsets(data, strings, validity, length, offsets);
  if (count < 0) throw tooLarge(length);
  const element = packedType(type.element);
  const width = packedWidth(element);
  const known = region.reserveZeroed(bitmapBytes(count));
  const size = width > 0 ? count * width : width < 0 ? bitmapBytes(count) : (count + 1) * 4;
  const out = width < 0 ? region.reserveZeroed(size) : region.reserve(size);
  const bytes = kernels.list_unpack(data, strings, validity, length, width, known, out);
  if (bytes < 0) throw tooLarge(length);
  const validElements = kernels.bitmap_count(known, count) === count ? 0 : known;
  if (width !== 0)
    return listVector(type, length, offsets, fixedVector(element, count, out, validElements), validity);
  const texts = region.reserve(bytes + 16);
  kernels.list_unpack_texts(data, strings, validity, length, texts);
  const plain = textVector(element, count, texts, out, validElements);
  return listVector(type, length, offsets, unpackLists(plain, type.element, region, machine), validity);
}

/** Bytes of a value; 0 for texts, -1 for bits. */
function packedWidth(type: DataType): number {
  const physical = physicalOf(type);
  return physical === 'bit' ? -1 : physical === 'text' ? 0 : widthOf(type);
}

const tooLarge = (rows: number): Error =>
  dataError(`the lists of ${rows} rows are larger than 2 GB together`);
