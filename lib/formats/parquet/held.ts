/** What reading Parquet holds of the memory, by what its footer and the headers of its pages say. */
import type { ColumnChunk, ColumnMetaData, RowGroup } from 'hyparquet';
import type { Field } from '../../arrow/schema.js';
import type { ParquetFile } from './file.js';
import { largestPage } from './pages.js';
import { chunkOf } from './statistics.js';

/** A chunk of no more counts as if it were one page; of a larger one the pages are looked at. */
const smallChunk = 2 ** 18;

/** Pages of a chunk are alike: so many of them tell. */
const lookedAt = 1000;

/** A row is in the batch, in an operator or the output, and there once more while that grows. */
const rowCopies = 4;

/**
 * Bytes that a scan holds all the time: of each column a page and a dictionary, of one of them the page as it is
 * stored, and the rows on their way. Judged by the largest chunk of each column; damage is left to who reads it.
 */
export function heldByPages(
  groups: readonly { readonly file: ParquetFile; readonly group: RowGroup }[],
  columns: readonly (Field & { readonly index: number })[],
): number {
  let held = 0;
  let packed = 0;
  for (const { index, name, type } of columns) {
    let largest: { readonly file: ParquetFile; readonly chunk: ColumnMetaData } | null = null;
    for (const { file, group } of groups) {
      const chunk = chunkOf(group, index, name)?.meta_data;
      if (chunk !== undefined && (largest === null || fullBytes(chunk) > fullBytes(largest.chunk)))
        largest = { file, chunk };
    }
    if (largest === null) continue;
    const pages = heldByChunk(largest.file, largest.chunk);
    held += pages.held + (type.kind === 'utf8' ? rowCopies * bytesOfValue({ meta_data: largest.chunk }) : 0);
    packed = Math.max(packed, pages.packed);
  }
  return held + packed;
}

/** About what a value of a chunk takes. */
export function bytesOfValue(chunk: Pick<ColumnChunk, 'meta_data'> | undefined): number {
  const { meta_data } = chunk ?? {};
  if (meta_data === undefined || meta_data.num_values === 0n) return 0;
  return Math.ceil(fullBytes(meta_data) / Number(meta_data.num_values));
}

function heldByChunk(file: ParquetFile, chunk: ColumnMetaData): { held: number; packed: number } {
  const all = fullBytes(chunk);
  if (all <= smallChunk) return { held: all, packed: Number(chunk.total_compressed_size) };
  try {
    const { full, packed, dictionary } = largestPage(file, chunk, lookedAt);
    return { held: Math.min(full, all) + Math.min(dictionary, all), packed };
  } catch {
    return { held: 0, packed: 0 };
  }
}

const fullBytes = (chunk: ColumnMetaData): number => Number(chunk.total_uncompressed_size);
