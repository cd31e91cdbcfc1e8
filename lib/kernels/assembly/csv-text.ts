// CSV fields to text: rows [from, fields.rows) of one column, doubled quotes made single, UTF-8 checked on demand.
import { clearBit, setBit } from './bits';
import { Fields, fieldEnd, fieldStart, isNull } from './csv-fields';
import { escapedField } from './csv-scan';
import { equalBytes, hashBytes } from './hash';
import { InternTable, internText } from './intern-table';
import { isAscii, isUtf8 } from './utf8';
import { badText, goodText } from './parse';

/** Whether all bytes of a text are below 128, so that it need not be checked field by field. */
export function csv_ascii(at: usize, length: i32): i32 {
  return <i32>isAscii(at, length);
}

// Columns of few short texts find most codes in a small table before the intern table: 512 entries of 32 bytes,
// { the text, filled up with zeros to 16 bytes; its length; its code }, each text in the one place that its bytes tell.

const cacheBits = 9;
const cachedLength = 16;

/** With more texts than this the small table would mostly miss. */
const cachedTexts = 2048;

/** The 16 bytes from the one with index 16 - n on keep n bytes of a text. */
const keep: usize = memory.data<u64>([-1, -1, 0, 0]);

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
  const cache = table.count <= cachedTexts ? fields.cache : 0;
  fields.fault = goodText;
  // Rows before `alone` are known to hold one that a group cannot take.
  let alone = from;
  const many = cache == 0 && !check && fields.tokenCount == 0;
  let entry = fields.entries + <usize>from * stride;
  for (let row = from; row < rows; row++, entry += stride) {
    if (many && row >= alone) {
      while (row + groupRows <= rows && lookUpGroup(table, block, entry, stride, out + (<usize>row << 2))) {
        row += groupRows;
        entry += <usize>groupRows * stride;
      }
      if (row == rows) break;
      alone = row + groupRows;
    }
    let at = block + fieldStart(entry);
    let length = fieldEnd(entry) - fieldStart(entry);
    let place: usize = 0;
    let key = i64x2.splat(0);
    if (cache != 0 && length > 0 && length <= cachedLength && (load<u32>(entry, 4) & escapedField) == 0 && fields.tokenCount == 0) {
      key = v128.and(v128.load(at), v128.load(keep + cachedLength - length));
      const mixed = (i64x2.extract_lane(key, 0) ^ rotl<i64>(i64x2.extract_lane(key, 1), 29)) * 0x5851f42d4c957f2d;
      place = cache + (<usize>(<u64>mixed >> (64 - cacheBits)) << 5);
      if (load<i32>(place, 16) == length && !v128.any_true(v128.xor(v128.load(place), key))) {
        store<i32>(out + (<usize>row << 2), load<i32>(place, 20));
        continue;
      }
    }
    if (isNull(fields, entry, at, length)) {
      clearBit(fields.validity, row);
      fields.nulls++;
      store<i32>(out + (<usize>row << 2), 0);
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
    const code = internText(table, at, length);
    if (code < 0) return row;
    store<i32>(out + (<usize>row << 2), code);
    if (place != 0) {
      v128.store(place, key);
      store<i32>(place, length, 16);
      store<i32>(place, code, 20);
    }
  }
  return rows;
}

// A large dictionary lies beyond the processor's nearest cache: each text costs three loads that wait for each other,
// slot, offsets, bytes. So the same step is taken for several texts before the next, and the waits overlap.

const groupRows = 16;

/** For each text of a group: its address, its length, what is in its slot. */
const group: usize = memory.data(groupRows * 16);

/** Places the codes of a group of rows; false, with any of them placed, if one is no plain text or not known yet. */
function lookUpGroup(table: InternTable, block: usize, entry: usize, stride: usize, out: usize): bool {
  const slots = table.slots;
  const mask = table.mask;
  for (let i = 0; i < groupRows; i++, entry += stride) {
    const at = block + fieldStart(entry);
    const length = fieldEnd(entry) - fieldStart(entry);
    if (length <= 0 || (load<u32>(entry, 4) & escapedField) != 0) return false;
    const hash = <u32>hashBytes(at, length);
    let slot = hash & mask;
    let content = load<u64>(slots + (<usize>slot << 3));
    while (<u32>content != hash && content != 0) {
      slot = (slot + 1) & mask;
      content = load<u64>(slots + (<usize>slot << 3));
    }
    if (content == 0) return false;
    const member = group + (<usize>i << 4);
    store<u32>(member, at);
    store<i32>(member, length, 4);
    store<i32>(member, <i32>(content >> 32) - 1, 8);
  }
  const offsets = table.offsets;
  const data = table.data;
  for (let i = 0; i < groupRows; i++) {
    const member = group + (<usize>i << 4);
    const code = load<i32>(member, 8);
    const start = load<i32>(offsets + (<usize>code << 2));
    const length = load<i32>(member, 4);
    if (load<i32>(offsets + (<usize>code << 2), 4) - start != length) return false;
    if (!equalTexts(load<usize>(member), data + start, length)) return false;
    store<i32>(out + (<usize>i << 2), code);
  }
  return true;
}

// @ts-ignore: decorator
@inline
function equalTexts(a: usize, b: usize, length: i32): bool {
  if (length < 8 || length > 16) return equalBytes(a, b, length);
  const last = length - 8;
  return ((load<u64>(a) ^ load<u64>(b)) | (load<u64>(a + last) ^ load<u64>(b + last))) == 0;
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
