/** Values of one width as pages hold them; byte arrays of decimals come with their lengths. */
import type { SchemaElement } from 'hyparquet';
import { measured, type Page } from './pages.js';
import { roomIn, type Space } from './space.js';
import { openTexts, type TextCursors, textCursors } from './stored-texts.js';

/** Writes the next `count` values to `out`. */
export type Values = (count: number, out: number) => void;

/** Makes our values of `count` stored ones at `data`; `lengths` of byte arrays, else 0. */
export type Conversion = (data: number, lengths: number, count: number, out: number) => void;

/** What the encodings of a column keep from page to page. */
export interface ValueCursors {
  readonly runs: number;
  /** Null where values are no byte arrays. */
  readonly texts: TextCursors | null;
}

export function valueCursors({ type }: SchemaElement, space: Space): ValueCursors {
  const isBytes = type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY';
  return { runs: space.cursor(), texts: isBytes ? textCursors(space) : null };
}

/** The values of a page that has no codes, as ours; a null conversion takes them as they are. */
export function openValues(
  page: Page,
  element: SchemaElement,
  convert: Conversion | null,
  cursors: ValueCursors,
  space: Space,
): Values {
  const { encoding } = page;
  if (element.type === 'BYTE_ARRAY' || (cursors.texts !== null && encoding === 'DELTA_BYTE_ARRAY'))
    return byteArrays(page, convert!, cursors.texts!, space);
  const width = storedWidth(element);
  const stored =
    element.type === 'BOOLEAN' ? bools(page, cursors, space) : fixed(page, width, cursors, space);
  if (convert === null) return stored;
  return (count, out) => {
    const data = roomIn(space.stored, count * width);
    stored(count, data);
    convert(data, 0, count, out);
  };
}

/** Bytes of a value; a bool is a byte until its batch is whole. */
function storedWidth({ type, type_length }: SchemaElement): number {
  switch (type) {
    case 'BOOLEAN':
      return 1;
    case 'INT32':
    case 'FLOAT':
      return 4;
    case 'INT96':
      return 12;
    case 'FIXED_LEN_BYTE_ARRAY':
      if (!(type_length !== undefined && type_length > 0)) throw new Error('its values have no length');
      return type_length;
    default:
      return 8;
  }
}

function fixed({ encoding, values }: Page, width: number, cursors: ValueCursors, space: Space): Values {
  const { arena, kernels } = space.runtime;
  const { start, end } = values;
  const all = Math.floor((end - start) / width);
  let done = 0;
  const advance = (count: number): number => {
    const from = done;
    done += count;
    if (done > all) throw new Error('a value is missing');
    return from;
  };
  switch (encoding) {
    case 'PLAIN':
      return (count, out) => {
        const from = start + advance(count) * width;
        arena.bytes.copyWithin(out, from, from + count * width);
      };
    case 'BYTE_STREAM_SPLIT':
      return (count, out) => kernels.parquet_unsplit(start, all, advance(count), count, width, out);
    case 'DELTA_BINARY_PACKED': {
      if (width !== 4 && width !== 8) break;
      const read = width === 4 ? kernels.parquet_delta_4 : kernels.parquet_delta_8;
      if (kernels.parquet_delta_open(cursors.runs, start, end) < 0)
        throw new Error('differences are damaged');
      return (count, out) => {
        if (!read(cursors.runs, count, out)) throw new Error('a value is missing');
      };
    }
  }
  throw new Error(`values are encoded as ${encoding}, which is not supported`);
}

/** A byte each. */
function bools({ encoding, values }: Page, { runs }: ValueCursors, space: Space): Values {
  const { kernels } = space.runtime;
  const { start, end } = values;
  if (encoding === 'PLAIN') {
    const all = (end - start) * 8;
    let done = 0;
    return (count, out) => {
      if (done + count > all) throw new Error('a value is missing');
      kernels.parquet_bits(start + Math.floor(done / 8), done % 8, count, out);
      done += count;
    };
  }
  if (encoding !== 'RLE') throw new Error(`values are encoded as ${encoding}, which is not supported`);
  const span = measured(start, end, space);
  kernels.parquet_runs_open(runs, span.start, span.end, 1);
  return (count, out) => {
    if (!kernels.parquet_runs_bytes(runs, count, space.codes, out)) throw new Error('a value is missing');
  };
}

function byteArrays(page: Page, convert: Conversion, cursors: TextCursors, space: Space): Values {
  const texts = openTexts(page, cursors, space);
  return (count, out) => {
    const lengths = roomIn(space.lengths, count * 4);
    const bytes = texts.measure(count, lengths);
    const data = roomIn(space.stored, bytes);
    texts.copy(count, lengths, data, bytes);
    convert(data, lengths, count, out);
  };
}
