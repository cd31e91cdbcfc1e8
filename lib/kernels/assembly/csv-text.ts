// CSV fields to text: rows [from, fields.rows) of one column, doubled quotes made single, UTF-8 checked on demand.
import { clearBit, setBit } from './bits';
import { Fields, fieldEnd, fieldStart, isNull } from './csv-fields';
import { escapedField } from './csv-scan';
import { InternTable, blockRows, findKeys, internText, isCodeOf, keyOf, keys, noKey, noteKey } from './intern-table';
import { isAscii, isUtf8 } from './utf8';
import { badText, goodText } from './parse';

/** Whether all bytes of a text are below 128, so that it need not be checked field by field. */
export function csv_ascii(at: usize, length: i32): i32 {
  return <i32>isAscii(at, length);
}

/** Takes back that rows [from, fields.rows) may be null: they are to be read again. */
export function csv_again(task: usize, from: i32): void {
  const fields = changetype<Fields>(task);
  for (let row = from; row < fields.rows; row++) setBit(fields.validity, row);
}

/**
 * Codes of the fields. Returns the rows done: less than all if a field is no UTF-8 (then `fault` is bad) or the table
 * must grow first.
 */
export function csv_text_codes(task: usize, from: i32): i32 {
  const fields = changetype<Fields>(task);
  const rows = fields.rows;
  const block = fields.block;
  const stride = fields.stride;
  const out = fields.out;
  const check = fields.check != 0;
  const table = changetype<InternTable>(fields.table);
  fields.fault = goodText;
  for (let first = from; first < rows; first += blockRows) {
    const end = min<i32>(rows, first + blockRows);
    if (lookUp(fields, table, first, end)) continue;
    let entry = fields.entries + <usize>first * stride;
    for (let row = first; row < end; row++, entry += stride) {
      const code = out + (<usize>row << 2);
      let at = block + fieldStart(entry);
      let length = fieldEnd(entry) - fieldStart(entry);
      // What is in the dictionary was looked at when it got there.
      if (isCodeOf(table, load<i32>(code), at, length)) continue;
      if (isNull(fields, entry, at, length)) {
        clearBit(fields.validity, row);
        fields.nulls++;
        store<i32>(code, 0);
        continue;
      }
      if (check && !isUtf8(at, length)) {
        fields.fault = badText;
        return row;
      }
      if ((load<u32>(entry, 4) & escapedField) != 0) {
        length = unescape(at, length, fields.scratch);
        at = fields.scratch;
      }
      const given = internText(table, at, length);
      if (given < 0) return row;
      store<i32>(code, given);
    }
  }
  return rows;
}

/** The codes of fields [from, end), negative where the dictionary has no such plain text; as `findKeys`. */
function lookUp(fields: Fields, table: InternTable, from: i32, end: i32): bool {
  const block = fields.block;
  const stride = fields.stride;
  const out = fields.out;
  const size = table.size;
  const tokens = fields.tokenCount != 0;
  let entry = fields.entries + <usize>from * stride;
  let place = keys;
  for (let row = from; row < end; row++, entry += stride, place += 16) {
    const at = block + fieldStart(entry);
    const length = fieldEnd(entry) - fieldStart(entry);
    const plain =
      length > 0 && (load<u32>(entry, 4) & escapedField) == 0 && !(tokens && isNull(fields, entry, at, length));
    noteKey(size, plain ? keyOf(at, length) : noKey(), place, out + (<usize>row << 2));
  }
  return findKeys(table, out + (<usize>from << 2), end - from);
}

/** The offsets of the fields' texts, behind that of row `from`; `csv_text_bytes` places the texts. Stops at bad UTF-8. */
export function csv_text_offsets(task: usize, from: i32): i32 {
  const fields = changetype<Fields>(task);
  const rows = fields.rows;
  const block = fields.block;
  const stride = fields.stride;
  const out = fields.out;
  const check = fields.check != 0;
  fields.fault = goodText;
  let entry = fields.entries + <usize>from * stride;
  let total = load<i32>(out + (<usize>from << 2));
  for (let row = from; row < rows; row++, entry += stride) {
    const at = block + fieldStart(entry);
    const length = fieldEnd(entry) - fieldStart(entry);
    if (isNull(fields, entry, at, length)) {
      clearBit(fields.validity, row);
      fields.nulls++;
    } else {
      if (check && !isUtf8(at, length)) {
        fields.fault = badText;
        return row;
      }
      total += (load<u32>(entry, 4) & escapedField) == 0 ? length : length - doubledQuotes(at, length);
    }
    store<i32>(out + (<usize>(row + 1) << 2), total);
  }
  return rows;
}

/** Copies the texts of rows [from, fields.rows) to `data`, where `csv_text_offsets` said. */
export function csv_text_bytes(task: usize, from: i32, data: usize): void {
  const fields = changetype<Fields>(task);
  const block = fields.block;
  const stride = fields.stride;
  let entry = fields.entries + <usize>from * stride;
  let offset = fields.out + (<usize>from << 2);
  for (let row = from; row < fields.rows; row++, entry += stride, offset += 4) {
    const to = data + load<i32>(offset);
    const length = load<i32>(offset, 4) - load<i32>(offset);
    const at = block + fieldStart(entry);
    if ((load<u32>(entry, 4) & escapedField) != 0) {
      unescape(at, fieldEnd(entry) - fieldStart(entry), to);
    } else if (length <= 16) {
      // Sixteen bytes always: what is too much is overwritten by the next text, or lies in the padding.
      v128.store(to, v128.load(at));
    } else {
      memory.copy(to, at, length);
    }
  }
}

// Inside a quoted field every quote is one of a pair, and the quote is the byte before the field.

function doubledQuotes(at: usize, length: i32): i32 {
  const quote = load<u8>(at - 1);
  let quotes = 0;
  for (let i = 0; i < length; i++) if (load<u8>(at + i) == quote) quotes++;
  return quotes >> 1;
}

function unescape(at: usize, length: i32, to: usize): i32 {
  const quote = load<u8>(at - 1);
  let written = 0;
  for (let i = 0; i < length; i++) {
    const c = load<u8>(at + i);
    store<u8>(to + written, c);
    written++;
    if (c == quote) i++;
  }
  return written;
}
