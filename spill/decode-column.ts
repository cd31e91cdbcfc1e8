/** A stored column as it is in memory: integers at their own width, codes as int32. The inverse of ColumnEncoder.store. */
import {
  bitmapBytes,
  type Dictionary,
  fixedVector,
  listVector,
  textVector,
  type Vector,
} from '../lib/arrow/batch.js';
import { type DataType, physicalOf, widthOf } from '../lib/arrow/types.js';
import { narrowVector } from '../lib/kernels/narrow-vector.js';
import type { Region } from '../lib/memory/arena.js';
import type { StoredColumn } from './lay-out.js';
import type { Workspace } from './workspace.js';

/**
 * `stored` is the type of the values in the file, of the codes where there is a dictionary. What is stored narrower
 * is widened into `region` when it is first asked for.
 */
export function decodeColumn(
  column: StoredColumn,
  type: DataType,
  stored: DataType,
  dictionary: Dictionary | null,
  region: Region,
  workspace: Workspace,
): Vector {
  const { rows } = column;
  const validity = column.validityBytes === 0 ? 0 : column.validity;
  if (type.kind === 'null') {
    const none = region.reserveZeroed(bitmapBytes(rows));
    return fixedVector(type, rows, none, none);
  }
  if (type.kind === 'list') {
    const { element } = type;
    const child = decodeColumn(column.child!, element, element, null, region, workspace);
    return listVector(type, rows, column.offsets, child, validity);
  }
  if (dictionary === null && physicalOf(type) === 'text')
    return textVector(type, rows, column.data, column.offsets, validity);
  const width = dictionary === null ? widthOf(type) : 4;
  if (widthOf(stored) === width)
    return { type, length: rows, validity, data: column.data, offsets: 0, dictionary };
  const narrow = { physical: physicalOf(stored), data: column.data };
  return narrowVector(type, rows, narrow, region, workspace.kernels, validity, dictionary);
}
