/** Byte arrays as pages hold them, read in two steps: how long they are, so that there is room, and their bytes. */
import type { Growable } from '../../memory/arena.js';
import type { Page } from './pages.js';
import { roomIn, type Space } from './space.js';

export interface StoredTexts {
  /** Writes the lengths of the next `count` texts, int32; returns the sum of the lengths. */
  measure(count: number, lengths: number): number;
  /** Copies the texts that were measured, one behind another, `bytes` in all. Their lengths are whole then. */
  copy(count: number, lengths: number, out: number, bytes: number): void;
}

/** What the encodings of a column's texts keep from page to page. */
export interface TextCursors {
  readonly lengths: number;
  readonly prefixes: number;
  /** The text before, of which the next one may repeat a part. */
  readonly last: Growable;
}

export function textCursors(space: Space): TextCursors {
  return { lengths: space.cursor(), prefixes: space.cursor(), last: space.ofColumn('parquet text') };
}

export function openTexts({ encoding, values }: Page, cursors: TextCursors, space: Space): StoredTexts {
  const { start, end } = values;
  switch (encoding) {
    case 'PLAIN':
      return plainTexts(start, end, space);
    case 'DELTA_LENGTH_BYTE_ARRAY':
      return measuredTexts(openDelta(cursors.lengths, start, end, space), end, cursors, space);
    case 'DELTA_BYTE_ARRAY': {
      const suffixes = openDelta(cursors.prefixes, start, end, space);
      return prefixedTexts(openDelta(cursors.lengths, suffixes, end, space), end, cursors, space);
    }
    default:
      throw new Error(`texts are encoded as ${encoding}, which is not supported`);
  }
}

function plainTexts(start: number, end: number, { runtime }: Space): StoredTexts {
  const { kernels } = runtime;
  let at = start;
  let measuredFrom = start;
  return {
    measure(count, lengths) {
      measuredFrom = at;
      at = kernels.parquet_lengths(at, end, count, lengths) >>> 0;
      if (at === 0) throw new Error('a text reaches too far');
      return at - measuredFrom - count * 4;
    },
    copy(count, lengths, out) {
      kernels.parquet_text_copy(measuredFrom, 4, lengths, count, out);
    },
  };
}

function measuredTexts(start: number, end: number, cursors: TextCursors, { runtime }: Space): StoredTexts {
  const { kernels } = runtime;
  let at = start;
  return {
    measure(count, lengths) {
      if (!kernels.parquet_delta_4(cursors.lengths, count, lengths)) throw new Error('a text is missing');
      return checked(kernels.parquet_total(lengths, count), end - at);
    },
    copy(count, lengths, out, bytes) {
      kernels.parquet_text_copy(at, 0, lengths, count, out);
      at += bytes;
    },
  };
}

function prefixedTexts(start: number, end: number, cursors: TextCursors, space: Space): StoredTexts {
  const { arena, kernels } = space.runtime;
  let at = start;
  let lastLength = 0;
  let ownBytes = 0;
  return {
    measure(count, lengths) {
      const prefixes = roomIn(space.prefixes, count * 4);
      const isWhole =
        kernels.parquet_delta_4(cursors.prefixes, count, prefixes) &&
        kernels.parquet_delta_4(cursors.lengths, count, lengths);
      if (!isWhole) throw new Error('a text is missing');
      ownBytes = checked(kernels.parquet_total(lengths, count), end - at);
      return ownBytes + checked(kernels.parquet_total(prefixes, count), Number.MAX_SAFE_INTEGER);
    },
    copy(count, lengths, out, bytes) {
      if (count === 0) return;
      const { address } = cursors.last;
      if (!kernels.parquet_prefixed(space.prefixes.address, lengths, count, at, address, lastLength, out))
        throw new Error('a text repeats more than the one before has');
      at += ownBytes;
      lastLength = arena.view.getUint32(lengths + (count - 1) * 4, true);
      const kept = roomIn(cursors.last, lastLength);
      arena.bytes.copyWithin(kept, out + bytes - lastLength, out + bytes);
    },
  };
}

function checked(total: number, most: number): number {
  if (!(total >= 0 && total <= most)) throw new Error('a text reaches too far');
  return total;
}

/** Opens the lengths that begin at `start`; returns where they end. */
function openDelta(cursor: number, start: number, end: number, { runtime }: Space): number {
  const { kernels } = runtime;
  const behind =
    kernels.parquet_delta_open(cursor, start, end) < 0 ? 0 : kernels.parquet_delta_end(cursor) >>> 0;
  if (behind === 0) throw new Error('lengths of texts are damaged');
  return behind;
}
