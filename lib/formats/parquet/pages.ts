/**
 * One column of a row group, page by page: a page is read, decompressed and decoded when its rows are wanted,
 * so that a row group of any size takes the memory of a page a column.
 *
 * Pages are decoded by hyparquet as stored: the column's logical type is kept from it, because it would turn
 * decimals into floating point and timestamps into milliseconds. Dictionary pages are not resolved either.
 */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type {
  ColumnMetaData,
  Compressors,
  DecodedArray,
  PageHeader,
  SchemaElement,
  SchemaTree,
} from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { compressors as fromPackage } from 'hyparquet-compressors';
import { SpillwayError } from '../../errors.js';
import { damaged, type ParquetFile } from './file.js';
import { allPresent, checkPage, checkPageV2 } from './runs.js';

export interface Page {
  /** Numbers, bigints, booleans or bytes as stored; null where there is no value. */
  readonly values: DecodedArray;
  /** What the values are indices into; null where they are the values. */
  readonly dictionary: DecodedArray | null;
}

/** Headers hold statistics, which may be long texts; a header that is longer is read again. */
const headerBytes = 4096;

const compressors: Compressors = {
  ...fromPackage,
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
};

export class ColumnPages {
  readonly #file: ParquetFile;
  readonly #chunk: ColumnMetaData;
  readonly #decoder: Parameters<typeof readDataPage>[2];
  /** For pages without nulls: as if the column could have none. */
  readonly #required: Parameters<typeof readDataPage>[2];
  readonly #end: number;
  #at: number;
  #rowsLeft: number;
  #dictionary: DecodedArray | null = null;

  constructor(file: ParquetFile, chunk: ColumnMetaData, tree: SchemaTree, leaf: SchemaTree, rows: number) {
    const { name, repetition_type, type_length } = leaf.element;
    const stored: SchemaElement = { name };
    if (repetition_type !== undefined) stored.repetition_type = repetition_type;
    if (type_length !== undefined) stored.type_length = type_length;
    this.#file = file;
    this.#chunk = chunk;
    this.#decoder = {
      pathInSchema: chunk.path_in_schema,
      type: chunk.type,
      element: stored,
      schemaPath: [tree, { ...leaf, element: stored }],
      codec: chunk.codec,
      parsers: DEFAULT_PARSERS,
      compressors,
      utf8: false,
    };
    const required: SchemaElement = { ...stored, repetition_type: 'REQUIRED' };
    this.#required = {
      ...this.#decoder,
      element: required,
      schemaPath: [tree, { ...leaf, element: required }],
    };
    // Some writers leave a dictionary's offset out, some write 0.
    const first = chunk.dictionary_page_offset || chunk.data_page_offset;
    this.#at = Math.min(Number(first), Number(chunk.data_page_offset));
    this.#end = this.#at + Number(chunk.total_compressed_size);
    this.#rowsLeft = rows;
  }

  /** The next page that has rows; there must be one. */
  next(): Page {
    try {
      for (;;) {
        const page = this.#read();
        if (page !== null && page.values.length > 0) return page;
      }
    } catch (error) {
      if (error instanceof SpillwayError) throw error;
      throw damaged(this.#file.path, error, this.#decoder.element.name);
    }
  }

  #read(): Page | null {
    const { header, bytes } = this.#readHeader();
    const { type, compressed_page_size: size, uncompressed_page_size: full } = header;
    const body = this.#at + bytes;
    if (!(size >= 0 && body + size <= this.#end)) throw new Error(`a page of ${size} bytes reaches too far`);
    // A page cannot be larger than all pages together.
    if (!(full >= 0 && full <= Number(this.#chunk.total_uncompressed_size)))
      throw new Error(`a page claims to have ${full} bytes`);
    this.#at = body + size;
    const data = header.data_page_header ?? header.data_page_header_v2;
    const dictionary = header.dictionary_page_header;
    if (type !== 'DATA_PAGE' && type !== 'DATA_PAGE_V2' && type !== 'DICTIONARY_PAGE') return null;
    const count = data?.num_values ?? dictionary?.num_values ?? -1;
    if (!(count >= 0) || (data !== undefined && count > this.#rowsLeft) || (dictionary && count > full * 8))
      throw new Error(`a page claims to have ${count} values`);
    const stored = this.#file.read(body, body + size);
    if (dictionary !== undefined) {
      const reader = { view: viewOf(this.#decompress(stored, full)), offset: 0 };
      this.#dictionary = readPlain(reader, this.#chunk.type, count, this.#decoder.element.type_length);
      return null;
    }
    const { definitionLevels, dataPage } = this.#decode(stored, header);
    const values = dataPage.length === count ? dataPage : withNulls(dataPage, definitionLevels ?? [], count);
    this.#rowsLeft -= count;
    if (data?.encoding.endsWith('_DICTIONARY') !== true) return { values, dictionary: null };
    if (this.#dictionary === null) throw new Error('a dictionary is missing');
    return { values, dictionary: this.#dictionary };
  }

  #decode(stored: Uint8Array, header: PageHeader): ReturnType<typeof readDataPage> {
    const { data_page_header: first, data_page_header_v2: second } = header;
    const full = header.uncompressed_page_size;
    const { element, type } = this.#decoder;
    const optional = element.repetition_type !== 'REQUIRED';
    const bool = type === 'BOOLEAN';
    if (first !== undefined) {
      const page = this.#decompress(stored, full);
      const view = viewOf(page);
      checkPage(view, first, optional, bool);
      const values = optional ? 4 + view.getUint32(0, true) : 0;
      if (optional && allPresent(view, 4, values, first.num_values))
        return readDataPage(page.subarray(values), first, this.#required);
      return readDataPage(page, first, this.#decoder);
    }
    if (second === undefined) throw new Error('a page has no header of its kind');
    // Levels are never compressed in these pages, so that the values are unpacked apart from them.
    const levels = second.repetition_levels_byte_length + second.definition_levels_byte_length;
    if (!(levels >= 0 && levels <= Math.min(stored.length, full)))
      throw new Error(`a page claims to have ${levels} bytes of levels`);
    const rest = stored.subarray(levels);
    const values = second.is_compressed === false ? rest : this.#decompress(rest, full - levels);
    const page = new Uint8Array(levels + values.length);
    page.set(stored.subarray(0, levels));
    page.set(values, levels);
    checkPageV2(viewOf(page), second, optional, bool);
    const whole =
      optional && allPresent(viewOf(page), second.repetition_levels_byte_length, levels, second.num_values);
    const kept = whole ? page.subarray(levels) : page;
    const unpacked = {
      ...header,
      uncompressed_page_size: kept.length,
      data_page_header_v2: {
        ...second,
        is_compressed: false,
        ...(whole
          ? { num_nulls: 0, definition_levels_byte_length: 0, repetition_levels_byte_length: 0 }
          : {}),
      },
    };
    return readDataPageV2(kept, unpacked, whole ? this.#required : this.#decoder);
  }

  #decompress(stored: Uint8Array, full: number): Uint8Array {
    return decompressPage(stored, full, this.#chunk.codec, compressors);
  }

  #readHeader(): { readonly header: ReturnType<typeof parquetHeader>; readonly bytes: number } {
    const left = this.#end - this.#at;
    if (left <= 0) throw new Error(`${this.#rowsLeft} rows are missing`);
    for (let size = Math.min(headerBytes, left); ; size = Math.min(size * 16, left)) {
      const window = this.#file.read(this.#at, this.#at + size);
      const reader = { view: new DataView(window.buffer), offset: 0 };
      try {
        return { header: parquetHeader(reader), bytes: reader.offset };
      } catch (error) {
        if (size === left || !(error instanceof RangeError)) throw error;
      }
    }
  }
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Puts the values where the definition level is 1, nulls where it is 0. */
function withNulls(values: DecodedArray, levels: readonly number[], count: number): DecodedArray {
  if (levels.length !== count) throw new Error(`a page has ${values.length} values instead of ${count}`);
  const out = new Array<unknown>(count);
  let next = 0;
  for (let i = 0; i < count; i++) out[i] = levels[i] === 1 ? values[next++] : null;
  if (next !== values.length) throw new Error(`a page has ${values.length} values instead of ${next}`);
  return out;
}
