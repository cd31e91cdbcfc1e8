// Finds the fields of CSV records in a block of text.
//
// A record of n fields becomes n + 1 entries of 32 bits, offsets into the block: one before the record's first
// byte, then the end of every field. So field k lies between entry k + 1 and entry k, whatever came before the
// record. The two upper bits of an end say that the field is quoted and that it holds doubled quotes.
//
// Records without a quote, with the right number of fields, are found 64 bytes at a time. Any other record is
// left to `anyRecord`, byte by byte, which alone knows the rules.

export const quotedField: u32 = 0x80000000;
export const escapedField: u32 = 0x40000000;
export const offsetBits: u32 = 0x3fffffff;

// What a scan stopped at; mirrored in lib/formats/csv/records.ts.
const scanDone: i32 = 0;
const scanRagged: i32 = 1;
const scanGarbage: i32 = 2;
const scanUnclosed: i32 = 3;
const scanMore: i32 = 4;

const newline: i32 = 10;
const carriageReturn: i32 = 13;

/** Mirrored in lib/formats/csv/records.ts. */
@unmanaged
class Scan {
  block: usize;
  /** Where the next record starts and where the text ends, offsets into the block; the first is never 0. */
  at: i32;
  end: i32;
  delimiter: i32;
  /** -1 for none. */
  quote: i32;
  columns: i32;
  /** Whether records with too few fields are filled up with empty ones. */
  pad: i32;
  entries: usize;
  /** Records found so far, and how many there is room for. */
  rows: i32;
  rowLimit: i32;
  /** Line ends in what was consumed. */
  lines: i32;
  /** The longest field with doubled quotes. */
  longestEscaped: i32;
  /** Of a record that is refused or has no end: whole fields found, offset of the trouble, end of the record. */
  found: i32;
  troubleAt: i32;
  troubleEnd: i32;
}

/**
 * Finds records until there are `rowLimit`, the text ends (0: what remains has no end yet) or one is refused: 1 too
 * few or too many fields, 2 text behind a closing quote, 3 a quote that is not closed before the text ends.
 */
export function csv_scan(state: usize): i32 {
  const scan = changetype<Scan>(state);
  const block = scan.block;
  const end = scan.end;
  const stride = (<usize>scan.columns + 1) << 2;
  const delimiters = i8x16.splat(<i8>scan.delimiter);
  const newlines = i8x16.splat(<i8>newline);
  const quotes = i8x16.splat(scan.quote < 0 ? <i8>newline : <i8>scan.quote);
  const quoting: u64 = scan.quote < 0 ? 0 : -1;

  let rows = scan.rows;
  const rowLimit = scan.rowLimit;
  let start = scan.at;
  let out = scan.entries + <usize>rows * stride;
  while (rows < rowLimit && start < end) {
    // From here on `start` begins a record and `out` its entries.
    let at = start;
    store<u32>(out, start - 1);
    out += 4;
    let recordEnd = out + stride - 4;
    let special = false;
    let full = false;
    while (at < end) {
      const chunk = block + at;
      const a = v128.load(chunk);
      const b = v128.load(chunk, 16);
      const c = v128.load(chunk, 32);
      const d = v128.load(chunk, 48);
      const ends = mask64(
        i8x16.eq(a, newlines),
        i8x16.eq(b, newlines),
        i8x16.eq(c, newlines),
        i8x16.eq(d, newlines),
      );
      let bits =
        ends |
        mask64(i8x16.eq(a, delimiters), i8x16.eq(b, delimiters), i8x16.eq(c, delimiters), i8x16.eq(d, delimiters));
      let inside: u64 = -1;
      if (v128.any_true(v128.or(v128.or(i8x16.eq(a, quotes), i8x16.eq(b, quotes)), v128.or(i8x16.eq(c, quotes), i8x16.eq(d, quotes))))) {
        const quoted =
          quoting & mask64(i8x16.eq(a, quotes), i8x16.eq(b, quotes), i8x16.eq(c, quotes), i8x16.eq(d, quotes));
        // Only what comes before the first quote.
        if (quoted != 0) {
          inside = (quoted & (0 - quoted)) - 1;
          special = true;
        }
      }
      if (at + 64 > end) inside &= (<u64>1 << (end - at)) - 1;
      bits &= inside;
      while (bits != 0) {
        const bit = bits & (0 - bits);
        const position = at + <i32>ctz<u64>(bits);
        store<u32>(out, position);
        out += 4;
        bits ^= bit;
        if ((ends & bit) != 0) {
          if (out != recordEnd) {
            special = true;
            break;
          }
          if (position > start && load<u8>(block + position - 1) == carriageReturn)
            store<u32>(out - 4, position - 1);
          rows++;
          start = position + 1;
          if (rows == rowLimit) {
            full = true;
            break;
          }
          store<u32>(out, position);
          out += 4;
          recordEnd = out + stride - 4;
        }
      }
      if (full || special) break;
      special = out > recordEnd;
      if (special) break;
      at += 64;
    }
    if (full || !special) break;
    out = scan.entries + <usize>rows * stride;
    scan.at = start;
    scan.lines += rows - scan.rows;
    scan.rows = rows;
    const status = anyRecord(scan, out);
    if (status != scanDone) return status == scanMore ? scanDone : status;
    rows = scan.rows;
    start = scan.at;
    out = scan.entries + <usize>rows * stride;
  }
  scan.at = start;
  scan.lines += rows - scan.rows;
  scan.rows = rows;
  return scanDone;
}

/**
 * The next record that is not blank, of any number of fields up to `limit` (more are counted but not entered), as
 * row 0; `found` tells how many. 4: its end is not in the text, `troubleAt` tells where its last field starts.
 */
export function csv_record(state: usize, limit: i32): i32 {
  const scan = changetype<Scan>(state);
  scan.columns = limit;
  while (scan.at < scan.end) {
    const status = oneRecord(scan, scan.entries, limit);
    if (status != scanDone) return status;
    scan.at = scan.troubleEnd;
    if (scan.found > 1 || load<u32>(scan.entries, 4) > load<u32>(scan.entries) + 1) return scanDone;
  }
  scan.found = 0;
  return scanDone;
}

// @ts-ignore: decorator
@inline
function mask64(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    <u64>(<u32>i8x16.bitmask(a) | (<u32>i8x16.bitmask(b) << 16)) |
    (<u64>(<u32>i8x16.bitmask(c) | (<u32>i8x16.bitmask(d) << 16)) << 32)
  );
}

/** Takes the record at `scan.at` by all the rules, or skips it if it is blank. */
function anyRecord(scan: Scan, out: usize): i32 {
  const columns = scan.columns;
  const lines = scan.lines;
  const status = oneRecord(scan, out, columns);
  if (status == scanUnclosed || status == scanMore) {
    scan.lines = lines;
    return status;
  }
  if (status == scanDone) {
    const blank = scan.found == 1 && columns > 1 && load<u32>(out, 4) == load<u32>(out) + 1;
    if (blank) {
      scan.at = scan.troubleEnd;
      return scanDone;
    }
    if (scan.found < columns && scan.pad) {
      let last = (load<u32>(out + (<usize>scan.found << 2)) & offsetBits) + 1;
      for (let field = scan.found; field < columns; field++) {
        store<u32>(out + ((<usize>field + 1) << 2), last);
        last++;
      }
    } else if (scan.found != columns) {
      scan.troubleAt = scan.at;
      scan.lines = lines;
      return scanRagged;
    }
    scan.at = scan.troubleEnd;
    scan.rows++;
    return scanDone;
  }
  scan.lines = lines;
  return status;
}

/**
 * Enters the fields of the record at `scan.at`, at most `limit` of them, and counts its line ends. Sets `found` and
 * `troubleEnd`, where the next record starts.
 */
function oneRecord(scan: Scan, out: usize, limit: i32): i32 {
  const block = scan.block;
  const end = scan.end;
  const quote = scan.quote;
  const delimiter = scan.delimiter;
  let at = scan.at;
  let found = 0;
  let lines = 0;
  store<u32>(out, at - 1);
  while (true) {
    const fieldStart = at;
    let flags: u32 = 0;
    if (at < end && <i32>load<u8>(block + at) == quote) {
      flags = quotedField;
      at++;
      while (true) {
        while (at < end && <i32>load<u8>(block + at) != quote) {
          if (load<u8>(block + at) == newline) lines++;
          at++;
        }
        if (at + 1 >= end) {
          scan.troubleAt = fieldStart;
          scan.found = found;
          // A quote as the very last byte may be half of a doubled one.
          return at < end ? scanMore : scanUnclosed;
        }
        at++;
        if (<i32>load<u8>(block + at) != quote) break;
        flags |= escapedField;
        at++;
      }
      const next = <i32>load<u8>(block + at);
      if (next == carriageReturn && at + 1 >= end) {
        scan.troubleAt = fieldStart;
        scan.found = found;
        return scanMore;
      }
      if (
        next != delimiter &&
        next != newline &&
        !(next == carriageReturn && load<u8>(block + at + 1) == newline)
      ) {
        scan.troubleAt = at;
        scan.found = found;
        while (at < end && load<u8>(block + at) != newline) at++;
        if (at == end) return scanMore;
        scan.troubleEnd = at + 1;
        return scanGarbage;
      }
      if ((flags & escapedField) != 0) scan.longestEscaped = max(scan.longestEscaped, at - fieldStart);
    } else {
      while (at < end) {
        const c = <i32>load<u8>(block + at);
        if (c == delimiter || c == newline) break;
        at++;
      }
      if (at == end) {
        scan.troubleAt = fieldStart;
        scan.found = found;
        return scanMore;
      }
    }
    let fieldEnd = at;
    const last = load<u8>(block + at) != <u8>delimiter;
    if (last) {
      // At a line end: of an unquoted field the \r before it is no part, of a quoted one it comes next.
      if (load<u8>(block + at) == carriageReturn) at++;
      else if (fieldEnd > fieldStart && load<u8>(block + fieldEnd - 1) == carriageReturn) fieldEnd--;
      lines++;
    }
    found++;
    if (found <= limit) store<u32>(out + (<usize>found << 2), <u32>fieldEnd | flags);
    at++;
    if (last) break;
  }
  scan.found = found;
  scan.troubleEnd = at;
  scan.lines += lines;
  return scanDone;
}
