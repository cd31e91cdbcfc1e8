/**
 * One column of a row group, page by page: a page is read into the arena and unpacked there when its rows are wanted,
 * so that a row group of any size takes the memory of a page a column.
 *
 *   file ─▶ stored bytes ─▶ page: definition levels | values
 */
import type { ColumnMetaData, Encoding, PageHeader } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import type { Growable } from '../../memory/arena.js';
import { checkSizes, type Span, unpack } from './codecs.js';
import type { ParquetFile } from './file.js';
import { roomIn, type Space } from './space.js';

/** A page in the arena; valid until the column's next one is asked for. */
export interface Page {
  readonly isDictionary: boolean;
  /** Rows, nulls with them; entries of a dictionary. */
  readonly count: number;
  readonly encoding: Encoding;
  /** Runs of definition levels; null where every row has a value. */
  readonly levels: Span | null;
  readonly values: Span;
}

/** Headers hold statistics, which may be long texts; a header that is longer is read again. */
const headerBytes = 4096;

export class ColumnPages {
  readonly #file: ParquetFile;
  readonly #chunk: ColumnMetaData;
  readonly #isOptional: boolean;
  readonly #space: Space;
  readonly #room: Growable;
  readonly #end: number;
  #at: number;
  #rowsLeft: number;

  /** Pages are unpacked into `room`. */
  constructor(
    file: ParquetFile,
    chunk: ColumnMetaData,
    isOptional: boolean,
    rows: number,
    room: Growable,
    space: Space,
  ) {
    this.#file = file;
    this.#chunk = chunk;
    this.#isOptional = isOptional;
    this.#space = space;
    this.#room = room;
    this.#at = startOf(chunk);
    this.#end = endOf(chunk);
    this.#rowsLeft = rows;
  }

  /** The next dictionary, or page that has rows; there must be one. Its errors say what is damaged. */
  next(): Page {
    for (;;) {
      const { header, body } = readHeader(this.#file, this.#at, this.#end);
      if (header === null) throw new Error(`${this.#rowsLeft} rows are missing`);
      const { compressed_page_size: size, uncompressed_page_size: full } = header;
      if (!(size >= 0 && body + size <= this.#end))
        throw new Error(`a page of ${size} bytes reaches too far`);
      // A page cannot be larger than all pages together.
      if (!(full >= 0 && full <= Number(this.#chunk.total_uncompressed_size)))
        throw new Error(`a page claims to have ${full} bytes`);
      const at = this.#at;
      this.#at = body + size;
      if (!(this.#at > at)) throw new Error('a page has no end');
      const page = this.#load(header, body);
      if (page === null) continue;
      if (page.isDictionary) return page;
      this.#rowsLeft -= page.count;
      if (page.count > 0) return page;
    }
  }

  #load(header: PageHeader, body: number): Page | null {
    const { type, data_page_header: first, data_page_header_v2: second } = header;
    switch (type) {
      case 'DICTIONARY_PAGE': {
        const count = header.dictionary_page_header?.num_values ?? -1;
        if (!(count >= 0 && count <= header.uncompressed_page_size))
          throw new Error(`a dictionary claims to have ${count} values`);
        const values = this.#unpack(header, body, 0, true);
        return { isDictionary: true, count, encoding: 'PLAIN', levels: null, values };
      }
      case 'DATA_PAGE':
        if (first === undefined) throw new Error('a page has no header of its kind');
        return this.#first(header, first, body);
      case 'DATA_PAGE_V2':
        if (second === undefined) throw new Error('a page has no header of its kind');
        return this.#second(header, second, body);
      default:
        return null;
    }
  }

  #first(header: PageHeader, data: NonNullable<PageHeader['data_page_header']>, body: number): Page {
    const { encoding } = data;
    const count = this.#checkedCount(data.num_values);
    const { start, end } = this.#unpack(header, body, 0, true);
    if (!this.#isOptional)
      return { isDictionary: false, count, encoding, levels: null, values: { start, end } };
    if (data.definition_level_encoding !== 'RLE')
      throw new Error(`levels are encoded as ${data.definition_level_encoding}, which is not supported`);
    const levels = measured(start, end, this.#space);
    return { isDictionary: false, count, encoding, levels, values: { start: levels.end, end } };
  }

  #second(header: PageHeader, data: NonNullable<PageHeader['data_page_header_v2']>, body: number): Page {
    const {
      encoding,
      repetition_levels_byte_length: repeated,
      definition_levels_byte_length: defined,
    } = data;
    const count = this.#checkedCount(data.num_values);
    if (!(repeated >= 0 && defined >= 0))
      throw new Error(`a page claims to have ${repeated} and ${defined} bytes of levels`);
    const { start, end } = this.#unpack(header, body, repeated + defined, data.is_compressed !== false);
    const values = start + repeated + defined;
    const levels =
      this.#isOptional && defined > 0 ? { start: start + repeated, end: start + repeated + defined } : null;
    return { isDictionary: false, count, encoding, levels, values: { start: values, end } };
  }

  #checkedCount(count: number): number {
    if (!(count >= 0 && count <= this.#rowsLeft)) throw new Error(`a page claims to have ${count} values`);
    return count;
  }

  /** The page, of which the first `plain` bytes are never compressed. */
  #unpack(header: PageHeader, body: number, plain: number, isCompressed: boolean): Span {
    const { compressed_page_size: size, uncompressed_page_size: full } = header;
    const codec = isCompressed ? this.#chunk.codec : 'UNCOMPRESSED';
    if (!(plain <= Math.min(size, full))) throw new Error(`a page claims to have ${plain} bytes of levels`);
    checkSizes(codec, size - plain, full - plain);
    const { bytes } = this.#space.runtime.arena;
    const out = roomIn(this.#room, full);
    if (codec === 'UNCOMPRESSED') {
      if (size !== full) throw new Error(`a page of ${size} bytes claims to have ${full}`);
      this.#file.readInto(bytes.subarray(out, out + full), body);
    } else if (full > plain || size > plain) {
      const packed = roomIn(this.#space.packed, size);
      this.#file.readInto(bytes.subarray(packed, packed + size), body);
      bytes.copyWithin(out, packed, packed + plain);
      const stored = { start: packed + plain, end: packed + size };
      if (full > plain) unpack(codec, stored, out + plain, full - plain, this.#space);
    } else {
      this.#file.readInto(bytes.subarray(out, out + plain), body);
    }
    return { start: out, end: out + full };
  }
}

/** Bytes behind an int32 that tells how many they are. */
export function measured(start: number, end: number, { runtime }: Space): Span {
  const size = end - start < 4 ? -1 : runtime.arena.view.getInt32(start, true);
  if (!(size >= 0 && size <= end - start - 4)) throw new Error(`runs of ${size} bytes reach too far`);
  return { start: start + 4, end: start + 4 + size };
}

/** Bytes of a chunk's largest page, unpacked and as stored, and of its dictionary: by its first `most` pages. */
export function largestPage(
  file: ParquetFile,
  chunk: ColumnMetaData,
  most: number,
): { readonly full: number; readonly packed: number; readonly dictionary: number } {
  const found = { full: 0, packed: 0, dictionary: 0 };
  for (let at = startOf(chunk), i = 0; i < most; i++) {
    const { header, body } = readHeader(file, at, endOf(chunk));
    if (header === null) break;
    const { compressed_page_size: size, uncompressed_page_size: full, type } = header;
    if (!(size >= 0 && full >= 0)) break;
    if (type === 'DICTIONARY_PAGE') found.dictionary = full;
    found.full = Math.max(found.full, full);
    found.packed = Math.max(found.packed, size);
    at = body + size;
  }
  return found;
}

/** Some writers leave a dictionary's offset out, some write 0. */
function startOf({ dictionary_page_offset, data_page_offset }: ColumnMetaData): number {
  return Math.min(Number(dictionary_page_offset || data_page_offset), Number(data_page_offset));
}

const endOf = (chunk: ColumnMetaData): number => startOf(chunk) + Number(chunk.total_compressed_size);

/** The header at `at`, and where the page's bytes begin; null at the end. */
function readHeader(
  file: ParquetFile,
  at: number,
  end: number,
): { readonly header: PageHeader | null; readonly body: number } {
  const left = end - at;
  if (left <= 0) return { header: null, body: at };
  for (let size = Math.min(headerBytes, left); ; size = Math.min(size * 16, left)) {
    const reader = { view: new DataView(file.read(at, at + size).buffer), offset: 0 };
    try {
      return { header: parquetHeader(reader), body: at + reader.offset };
    } catch (error) {
      if (size === left || !(error instanceof RangeError)) throw error;
    }
  }
}
