/** Reads a column of a row group, batch by batch. */
import type { RowGroup } from 'hyparquet';
import { bitmapBytes, fixedVector, type Vector } from '../../arrow/batch.js';
import { nullType } from '../../arrow/types.js';
import { dataError, SpillwayError } from '../../errors.js';
import type { Growable, Region } from '../../memory/arena.js';
import { conversionOf } from './conversions.js';
import { damaged, type ParquetFile } from './file.js';
import { FixedColumn } from './fixed-column.js';
import { ColumnPages } from './pages.js';
import type { Space } from './space.js';
import { chunkOf } from './statistics.js';
import { TextColumn } from './text-column.js';
import { columnType } from './types.js';

export interface ColumnReader {
  /** The next `length` rows, of which there must be so many; valid until the next ones are taken. */
  take(length: number, region: Region): Vector;
}

/** The `index`th column of a row group, whose pages are unpacked into `room`. */
export function columnReader(
  file: ParquetFile,
  group: RowGroup,
  index: number,
  room: Growable,
  space: Space,
): ColumnReader {
  const { path, tree } = file;
  const { element } = tree.children[index]!;
  const { name } = element;
  const chunk = chunkOf(group, index, name);
  if (chunk?.meta_data === undefined) throw damaged(path, 'a row group lacks it', name);
  if (chunk.file_path !== undefined)
    throw dataError(`${path}: column "${name}" is in another file, which is not supported`, {
      file: path,
      column: name,
    });
  const { meta_data } = chunk;
  const column = columnType(element, path);
  return told(path, name, () => {
    if (column.type.kind === 'null') return nulls;
    if (meta_data.type !== element.type) throw new Error(`it is stored as ${meta_data.type}`);
    const isOptional = element.repetition_type !== 'REQUIRED';
    const pages = new ColumnPages(file, meta_data, isOptional, Number(group.num_rows), room, space);
    const reader =
      column.type.kind === 'utf8'
        ? new TextColumn(pages, space)
        : new FixedColumn(
            pages,
            column.type,
            element,
            conversionOf(column, element, path, space.runtime),
            space,
          );
    return { take: (length, region) => told(path, name, () => reader.take(length, region)) };
  });
}

/** Errors with the file and column that they are of. */
function told<T>(path: string, name: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof SpillwayError) throw error;
    throw damaged(path, error, name);
  }
}

/** What a column without a type stores tells nothing. */
const nulls: ColumnReader = {
  take(length, region) {
    const map = region.reserveZeroed(bitmapBytes(length));
    return fixedVector(nullType, length, map, map);
  },
};
