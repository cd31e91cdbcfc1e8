/** Columns as Arrow has them without any encoding of ours. */
import { bitmapBytes, childOf, type Vector } from '../lib/arrow/batch.js';
import { physicalOf, widthOf } from '../lib/arrow/types.js';
import { denseLists } from '../lib/kernels/slice.js';
import { spellOut } from '../lib/kernels/spell-out.js';
import type { Region } from '../lib/memory/arena.js';
import type { StoredColumn } from './lay-out.js';
import type { Workspace } from './workspace.js';

/** Text without its dictionary, in lists too; any other column as it is. */
export function spelledOut(column: Vector, region: Region, workspace: Workspace): Vector {
  const { kernels } = workspace;
  if (column.type.kind === 'list') {
    const lists = denseLists(column, region, kernels);
    return { ...lists, child: spelledOut(childOf(lists), region, workspace) };
  }
  return column.dictionary === null ? column : spellOut(column, region, kernels);
}

/** The buffers of a column that is spelled out; offsets that do not begin at 0 are moved in a copy in `region`. */
export function plainColumn(
  column: Vector,
  nulls: number,
  region: Region,
  workspace: Workspace,
): StoredColumn {
  const { type, length, validity, data } = column;
  const stored = {
    rows: length,
    nulls,
    validity,
    validityBytes: validityBytes(column, nulls),
    offsets: 0,
    offsetsBytes: 0,
  };
  if (type.kind === 'null') return { ...stored, nulls: length, validityBytes: 0, data, dataBytes: 0 };
  if (type.kind === 'list') {
    const lists = denseLists(column, region, workspace.kernels);
    const child = childOf(lists);
    return {
      ...stored,
      offsets: lists.offsets,
      offsetsBytes: (length + 1) * 4,
      data: lists.offsets,
      dataBytes: 0,
      child: plainColumn(child, countNulls(child, workspace), region, workspace),
    };
  }
  const physical = physicalOf(type);
  if (physical === 'text') return { ...stored, ...textBuffers(column, region, workspace) };
  return { ...stored, data, dataBytes: physical === 'bit' ? bitmapBytes(length) : length * widthOf(type) };
}

/** A bitmap that says nothing is not written. */
export function validityBytes(column: Vector, nulls: number): number {
  return nulls > 0 && column.validity !== 0 ? bitmapBytes(column.length) : 0;
}

export function countNulls(column: Vector, { kernels }: Workspace): number {
  return column.validity === 0 ? 0 : column.length - kernels.bitmap_count(column.validity, column.length);
}

function textBuffers(
  column: Vector,
  region: Region,
  { arena, kernels }: Workspace,
): Pick<StoredColumn, 'offsets' | 'offsetsBytes' | 'data' | 'dataBytes'> {
  const { length } = column;
  const offsetsBytes = (length + 1) * 4;
  const start = arena.view.getInt32(column.offsets, true);
  const dataBytes = arena.view.getInt32(column.offsets + length * 4, true) - start;
  if (start === 0) return { offsets: column.offsets, offsetsBytes, data: column.data, dataBytes };
  const offsets = region.reserve(offsetsBytes);
  kernels.offsets_rebase(column.offsets, length, offsets);
  return { offsets, offsetsBytes, data: column.data + start, dataBytes };
}
