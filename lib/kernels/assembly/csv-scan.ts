// Finds the fields of CSV records in a block of text.
//
// A record of n fields becomes n + 1 entries of 32 bits, offsets into the block: one before the record's first
// byte, then the end of every field. So field k lies between entry k + 1 and entry k, whatever came before the
// record. The two upper bits of an end say that the field is quoted and that it holds doubled quotes.
//
// Records with the right number of fields and without doubled quotes are found 64 bytes at a time. Any other record
// is left to `anyRecord`, byte by byte, which alone knows all the rules.

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
  /** Line ends in what the call consumed. */
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
  const from = scan.at;
  const before = scan.rows;
  let simple = true;
  let status = scanDone;
  while (status == scanDone && scan.rows < scan.rowLimit && scan.at < scan.end) {
    const stop = plainRecords(scan);
    if ((stop & foundEmbedded) != 0) simple = false;
    if ((stop & foundSpecial) == 0) break;
    simple = false;
    status = anyRecord(scan);
  }
  scan.lines = simple ? scan.rows - before : countLines(scan.block + from, scan.at - from);
  return status == scanMore ? scanDone : status;
}

const foundSpecial: i32 = 1;
/** A line end in quotes. */
const foundEmbedded: i32 = 2;

/**
 * Finds records up to the first that is special. Of each 64 bytes it takes the positions of delimiters, line ends
 * and quotes as the bits of one integer. Where there are quotes, the running parity of their bits tells what is
 * inside; every opening quote must then come right behind a separator and every closing one right before.
 */
function plainRecords(scan: Scan): i32 {
  const block = scan.block;
  const end = scan.end;
  const stride = (<usize>scan.columns + 1) << 2;
  const delimiters = i8x16.splat(<i8>scan.delimiter);
  const newlines = i8x16.splat(<i8>newline);
  const quotes = i8x16.splat(<i8>scan.quote);
  const quoting = scan.quote >= 0;

  let rows = scan.rows;
  const rowLimit = scan.rowLimit;
  let start = scan.at;
  let out = scan.entries + <usize>rows * stride;
  store<u32>(out, start - 1);
  out += 4;
  let recordEnd = out + stride - 4;
  let outcome = 0;
  // What the 64 bytes before leave: all ones inside quotes; a bit each for a separator, a closing quote and a
  // carriage return behind one as the last byte.
  let inside: u64 = 0;
  let separated: u64 = 1;
  let closed: u64 = 0;
  let returned: u64 = 0;
  for (let at = start; at < end; at += 64) {
    const chunk = block + at;
    const a = v128.load(chunk);
    const b = v128.load(chunk, 16);
    const c = v128.load(chunk, 32);
    const d = v128.load(chunk, 48);
    let ends = mask64(
      i8x16.eq(a, newlines),
      i8x16.eq(b, newlines),
      i8x16.eq(c, newlines),
      i8x16.eq(d, newlines),
    );
    let bits =
      ends |
      mask64(i8x16.eq(a, delimiters), i8x16.eq(b, delimiters), i8x16.eq(c, delimiters), i8x16.eq(d, delimiters));
    const text: u64 = at + 64 > end ? ((<u64>1) << (end - at)) - 1 : -1;
    let ofQuoted: u64 = 0;
    const qa = i8x16.eq(a, quotes);
    const qb = i8x16.eq(b, quotes);
    const qc = i8x16.eq(c, quotes);
    const qd = i8x16.eq(d, quotes);
    if (
      quoting &&
      ((inside | closed | returned) != 0 || v128.any_true(v128.or(v128.or(qa, qb), v128.or(qc, qd))))
    ) {
      const marks = mask64(qa, qb, qc, qd) & text;
      const within = parity(marks) ^ inside;
      const opening = marks & within;
      const closing = marks & ~within;
      if ((ends & within & text) != 0) outcome |= foundEmbedded;
      ends &= ~within;
      bits &= ~within;
      const behind = ((closing << 1) | closed) & text;
      const returns =
        behind &
        mask64(
          i8x16.eq(a, i8x16.splat(<i8>carriageReturn)),
          i8x16.eq(b, i8x16.splat(<i8>carriageReturn)),
          i8x16.eq(c, i8x16.splat(<i8>carriageReturn)),
          i8x16.eq(d, i8x16.splat(<i8>carriageReturn)),
        );
      const behindReturn = ((returns << 1) | returned) & text;
      const wrong =
        (opening & ~((bits << 1) | separated)) | (behind & ~(bits | returns)) | (behindReturn & ~ends);
      ofQuoted = behind | behindReturn;
      inside = <u64>(<i64>within >> 63);
      closed = closing >> 63;
      returned = returns >> 63;
      separated = bits >> 63;
      bits &= text;
      if (wrong != 0) {
        // What comes before is right.
        bits &= (wrong & (0 - wrong)) - 1;
        outcome |= foundSpecial;
      }
    } else {
      separated = bits >> 63;
      bits &= text;
    }
    while (bits != 0) {
      const place = ctz<u64>(bits);
      const position = at + <i32>place;
      const flag = <u32>(ofQuoted >> place) << 31;
      store<u32>(out, position | flag);
      out += 4;
      bits &= bits - 1;
      if (((ends >> place) & 1) != 0) {
        if (out != recordEnd) {
          outcome |= foundSpecial;
          break;
        }
        if (position > start && load<u8>(block + position - 1) == carriageReturn)
          store<u32>(out - 4, (position - 1) | flag);
        rows++;
        start = position + 1;
        if (rows == rowLimit) {
          scan.rows = rows;
          scan.at = start;
          return outcome & foundEmbedded;
        }
        store<u32>(out, position);
        out += 4;
        recordEnd = out + stride - 4;
      }
    }
    if (out > recordEnd) outcome |= foundSpecial;
    if ((outcome & foundSpecial) != 0) break;
  }
  scan.rows = rows;
  scan.at = start;
  return outcome;
}

/** Bit i is the parity of the bits up to i. */
// @ts-ignore: decorator
@inline
function parity(bits: u64): u64 {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  bits ^= bits << 16;
  return bits ^ (bits << 32);
}

function countLines(at: usize, length: i32): i32 {
  const newlines = i8x16.splat(<i8>newline);
  let lines = 0;
  let i = 0;
  for (; i + 16 <= length; i += 16) lines += popcnt<i32>(i8x16.bitmask(i8x16.eq(v128.load(at + i), newlines)));
  for (; i < length; i++) lines += <i32>(load<u8>(at + i) == newline);
  return lines;
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
function anyRecord(scan: Scan): i32 {
  const columns = scan.columns;
  const out = scan.entries + ((<usize>scan.rows * (<usize>columns + 1)) << 2);
  const status = oneRecord(scan, out, columns);
  if (status != scanDone) return status;
  const blank = scan.found == 1 && columns > 1 && load<u32>(out, 4) == load<u32>(out) + 1;
  if (!blank) {
    if (scan.found < columns && scan.pad) {
      let last = (load<u32>(out + (<usize>scan.found << 2)) & offsetBits) + 1;
      for (let field = scan.found; field < columns; field++) {
        store<u32>(out + ((<usize>field + 1) << 2), last);
        last++;
      }
    } else if (scan.found != columns) {
      return scanRagged;
    }
    scan.rows++;
  }
  scan.at = scan.troubleEnd;
  return scanDone;
}

/**
 * Enters the fields of the record at `scan.at`, at most `limit` of them. Sets `found` and `troubleEnd`, where the
 * next record starts.
 */
function oneRecord(scan: Scan, out: usize, limit: i32): i32 {
  const block = scan.block;
  const end = scan.end;
  const quote = scan.quote;
  const delimiter = scan.delimiter;
  let at = scan.at;
  let found = 0;
  store<u32>(out, at - 1);
  while (true) {
    const fieldStart = at;
    let flags: u32 = 0;
    if (at < end && <i32>load<u8>(block + at) == quote) {
      flags = quotedField;
      at++;
      while (true) {
        while (at < end && <i32>load<u8>(block + at) != quote) at++;
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
    }
    found++;
    if (found <= limit) store<u32>(out + (<usize>found << 2), <u32>fieldEnd | flags);
    at++;
    if (last) break;
  }
  scan.found = found;
  scan.troubleEnd = at;
  return scanDone;
}
