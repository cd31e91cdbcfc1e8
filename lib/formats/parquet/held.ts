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

/** In bytes. */
export interface HeldByPages {
  /** All the time: of each column a page and a dictionary, of one of them the page as it is stored, and the rows on their way. */
  readonly all: number;
  /** The largest page of each column, unpacked, and that of all as it is stored. */
  readonly pages: readonly number[];
  readonly packed: number;
}

/** Of a column chunk, in bytes: its largest page, its dictionary, and its largest page as it is stored. */
interface ChunkPages {
  readonly page: number;
  readonly dictionary: number;
  readonly packed: number;
}

/** The headers of pages are read once. */
const known = new WeakMap<ColumnMetaData, ChunkPages>();

/** What a scan holds, judged by the largest chunk of each column; damage is left to who reads it. */
export function heldByPages(
  groups: readonly { readonly file: ParquetFile; readonly group: RowGroup }[],
  columns: readonly (Field & { readonly index: number })[],
): HeldByPages {
  let held = 0;
  let packed = 0;
  const largestPages: number[] = [];
  for (const { index, name, type } of columns) {
    let largest: { readonly file: ParquetFile; readonly chunk: ColumnMetaData } | null = null;
    for (const { file, group } of groups) {
      const chunk = chunkOf(group, index, name)?.meta_data;
      if (chunk !== undefined && (largest === null || fullBytes(chunk) > fullBytes(largest.chunk)))
        largest = { file, chunk };
    }
    const pages =
      largest === null ? nothing : (known.get(largest.chunk) ?? heldByChunk(largest.file, largest.chunk));
    if (largest !== null) known.set(largest.chunk, pages);
    const value = largest === null || type.kind !== 'utf8' ? 0 : bytesOfValue({ meta_data: largest.chunk });
    held += pages.page + pages.dictionary + rowCopies * value;
    packed = Math.max(packed, pages.packed);
    largestPages.push(pages.page);
  }
  return { all: held + packed, pages: largestPages, packed };
}

/** About what a value of a chunk takes. */
export function bytesOfValue(chunk: Pick<ColumnChunk, 'meta_data'> | undefined): number {
  const { meta_data } = chunk ?? {};
  if (meta_data === undefined || meta_data.num_values === 0n) return 0;
  return Math.ceil(fullBytes(meta_data) / Number(meta_data.num_values));
}

const nothing: ChunkPages = { page: 0, dictionary: 0, packed: 0 };

function heldByChunk(file: ParquetFile, chunk: ColumnMetaData): ChunkPages {
  const all = fullBytes(chunk);
  if (all <= smallChunk) return { page: all, dictionary: 0, packed: Number(chunk.total_compressed_size) };
  try {
    const { full, packed, dictionary } = largestPage(file, chunk, lookedAt);
    return { page: Math.min(full, all), dictionary: Math.min(dictionary, all), packed };
  } catch {
    return nothing;
  }
}

const fullBytes = (chunk: ColumnMetaData): number => Number(chunk.total_uncompressed_size);
