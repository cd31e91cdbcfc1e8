// Texts as CSV fields (RFC 4180): in quotes if they hold a delimiter, a quote or a line end, and also if they
// are empty or would be taken for a null.
import { valid } from './bits';
import { copyText, lastLoad } from './copy';
import { equalBytes } from './hash';

/** Mirrored in lib/formats/csv-sink.ts. */
@unmanaged
class CsvRules {
  delimiter: i32;
  quote: i32;
  /** Texts that stand for null, as a text column. */
  tokens: usize;
  tokenOffsets: usize;
  tokenCount: i32;
}

/** The bytes of texts [from, from + length) as fields; 0 if all can stay as they are, -1 past 2 GiB. */
export function csv_quoted_bytes(
  rules: usize,
  data: usize,
  offsets: usize,
  validity: usize,
  from: i32,
  length: i32,
): i32 {
  const csv = changetype<CsvRules>(rules);
  const last = lastLoad();
  let extra: i64 = 0;
  let bytes: i64 = 0;
  for (let row = from; row < from + length; row++) {
    if (!valid(validity, row)) continue;
    const entry = offsets + (<usize>row << 2);
    const start = load<i32>(entry);
    const size = load<i32>(entry, 4) - start;
    bytes += size;
    if (quoted(csv, data + start, size, last)) extra += 2 + quotesIn(data + start, size, csv.quote);
  }
  bytes += extra;
  return extra == 0 ? 0 : bytes > i32.MAX_VALUE ? -1 : <i32>bytes;
}

/** Writes those fields to `out`; the offsets entry of `from` says where the first goes. 16 bytes more are overwritten. */
export function csv_quoted(
  rules: usize,
  data: usize,
  offsets: usize,
  validity: usize,
  from: i32,
  length: i32,
  outOffsets: usize,
  out: usize,
): void {
  const csv = changetype<CsvRules>(rules);
  const last = lastLoad();
  let at = out + load<i32>(outOffsets + (<usize>from << 2));
  for (let row = from; row < from + length; row++) {
    if (valid(validity, row)) {
      const entry = offsets + (<usize>row << 2);
      const start = load<i32>(entry);
      const size = load<i32>(entry, 4) - start;
      if (quoted(csv, data + start, size, last)) at = writeQuoted(at, data + start, size, <u8>csv.quote);
      else {
        copyText(at, data + start, size, last);
        at += size;
      }
    }
    store<i32>(outOffsets + (<usize>row << 2), <i32>(at - out), 4);
  }
}

// @ts-ignore: decorator
@inline
function quoted(csv: CsvRules, text: usize, size: i32, last: usize): bool {
  if (size == 0) return true;
  if (size <= 16 && text <= last) {
    if ((specials(csv, v128.load(text)) & ((1 << size) - 1)) != 0) return true;
  } else if (longHasSpecial(csv, text, size)) return true;
  return csv.tokenCount != 0 && isToken(csv, text, size);
}

/** One bit for each of 16 bytes that must not stand outside quotes. */
// @ts-ignore: decorator
@inline
function specials(csv: CsvRules, bytes: v128): i32 {
  return i8x16.bitmask(
    v128.or(
      v128.or(i8x16.eq(bytes, i8x16.splat(<i8>csv.delimiter)), i8x16.eq(bytes, i8x16.splat(<i8>csv.quote))),
      v128.or(i8x16.eq(bytes, i8x16.splat(10)), i8x16.eq(bytes, i8x16.splat(13))),
    ),
  );
}

function longHasSpecial(csv: CsvRules, text: usize, size: i32): bool {
  let i = 0;
  for (; i + 16 <= size; i += 16) if (specials(csv, v128.load(text + i)) != 0) return true;
  for (; i < size; i++) {
    const byte = <i32>load<u8>(text + i);
    if (byte == csv.delimiter || byte == csv.quote || byte == 10 || byte == 13) return true;
  }
  return false;
}

function isToken(csv: CsvRules, text: usize, size: i32): bool {
  for (let i = 0; i < csv.tokenCount; i++) {
    const entry = csv.tokenOffsets + (<usize>i << 2);
    const start = load<i32>(entry);
    if (load<i32>(entry, 4) - start == size && equalBytes(csv.tokens + start, text, size)) return true;
  }
  return false;
}

function quotesIn(text: usize, size: i32, quote: i32): i32 {
  let count = 0;
  for (let i = 0; i < size; i++) count += <i32>(<i32>load<u8>(text + i) == quote);
  return count;
}

function writeQuoted(out: usize, text: usize, size: i32, quote: u8): usize {
  let at = out;
  store<u8>(at++, quote);
  for (let i = 0; i < size; i++) {
    const byte = load<u8>(text + i);
    store<u8>(at++, byte);
    if (byte == quote) store<u8>(at++, quote);
  }
  store<u8>(at, quote);
  return at + 1;
}
