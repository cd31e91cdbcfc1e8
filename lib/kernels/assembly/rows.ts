// Rows of text out of columns of text: what every text format does last.
import { valid } from './bits';
import { copyText, lastLoad } from './copy';
import { entryOf } from './texts';

/** One column; the layout is mirrored in lib/formats/text-sink.ts. */
@unmanaged
class RowColumn {
  texts: usize;
  offsets: usize;
  /** 0 for plain text. */
  codes: usize;
  validity: usize;
  /** What stands before each value: a delimiter, a key. */
  before: usize;
  beforeLength: i32;
}

/** The bytes of rows [from, from + length). An f64, for it may exceed an i32. */
export function rows_bytes(
  columns: usize,
  count: i32,
  from: i32,
  length: i32,
  nullLength: i32,
  afterLength: i32,
): f64 {
  let bytes = <i64>length * afterLength;
  const end = columns + <usize>count * offsetof<RowColumn>();
  for (let c = columns; c < end; c += offsetof<RowColumn>()) {
    const column = changetype<RowColumn>(c);
    bytes += <i64>length * column.beforeLength;
    for (let row = from; row < from + length; row++) {
      if (valid(column.validity, row)) {
        const entry = entryOf(column.offsets, column.codes, row);
        bytes += load<i32>(entry, 4) - load<i32>(entry);
      } else bytes += nullLength;
    }
  }
  return <f64>bytes;
}

/** Writes rows [from, from + length) of `count` columns and returns the bytes; 16 more are overwritten. */
export function rows_interleave(
  columns: usize,
  count: i32,
  from: i32,
  length: i32,
  nullText: usize,
  nullLength: i32,
  after: usize,
  afterLength: i32,
  out: usize,
): i32 {
  const last = lastLoad();
  let at = out;
  const end = columns + <usize>count * offsetof<RowColumn>();
  for (let row = from; row < from + length; row++) {
    for (let c = columns; c < end; c += offsetof<RowColumn>()) {
      const column = changetype<RowColumn>(c);
      copyText(at, column.before, column.beforeLength, last);
      at += column.beforeLength;
      if (valid(column.validity, row)) {
        const entry = entryOf(column.offsets, column.codes, row);
        const start = load<i32>(entry);
        const size = load<i32>(entry, 4) - start;
        copyText(at, column.texts + start, size, last);
        at += size;
      } else {
        copyText(at, nullText, nullLength, last);
        at += nullLength;
      }
    }
    copyText(at, after, afterLength, last);
    at += afterLength;
  }
  return <i32>(at - out);
}
