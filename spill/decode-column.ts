/** A stored column as it is in memory: integers at their own width, codes as int32. The inverse of ColumnEncoder.store. */
import {
  bitmapBytes,
  codedVector,
  type Dictionary,
  fixedVector,
  textVector,
  type Vector,
} from '../lib/arrow/batch.js';
import { type DataType, physicalOf, widthOf } from '../lib/arrow/types.js';
import { kernel } from '../lib/kernels/wasm.js';
import type { Region } from '../lib/memory/arena.js';
import type { StoredColumn } from './lay-out.js';
import type { Workspace } from './workspace.js';

/** `stored` is the type of the values in the file, of the codes where there is a dictionary; copies go to `region`. */
export function decodeColumn(
  column: StoredColumn,
  rows: number,
  type: DataType,
  stored: DataType,
  dictionary: Dictionary | null,
  region: Region,
  workspace: Workspace,
): Vector {
  const validity = column.validityBytes === 0 ? 0 : column.validity;
  if (dictionary !== null) {
    const codes = widened(column.data, rows, stored, 4, region, workspace);
    return codedVector(type, rows, codes, dictionary, validity);
  }
  if (type.kind === 'null') {
    const none = region.reserveZeroed(bitmapBytes(rows));
    return fixedVector(type, rows, none, none);
  }
  if (physicalOf(type) === 'text') return textVector(type, rows, column.data, column.offsets, validity);
  return fixedVector(
    type,
    rows,
    widened(column.data, rows, stored, widthOf(type), region, workspace),
    validity,
  );
}

function widened(
  data: number,
  rows: number,
  stored: DataType,
  width: number,
  region: Region,
  workspace: Workspace,
): number {
  if (widthOf(stored) === width) return data;
  const out = region.reserve(rows * width);
  kernel(workspace.kernels, `widen_${physicalOf(stored)}_${width}`)(data, rows, out);
  return out;
}
