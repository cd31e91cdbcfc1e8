// What the fields of a sample could be; lib/formats/csv/infer.ts decides on a type.
import { canonicalInteger, holdsInteger } from './csv-canonical';
import { Fields, fieldEnd, fieldStart, isNull } from './csv-fields';
import {
  badText,
  clearFault,
  fault,
  parseBool,
  parseF64,
  parseI64,
  parseTimestamp,
  parseU64,
  sawZone,
} from './parse';

// One bit for each kind of value; mirrored in infer.ts.
const integer = 1;
const negative = 2;
/** Above what int64 holds, within uint64. */
const wide = 4;
/** A whole number that a double would round. */
const rounded = 8;
/** A number with a point, without exponent. */
const decimal = 16;
/** A number with an exponent and a point or a sign. */
const scientific = 32;
/** Digits, e, digits: as likely a code as a number. */
const codeLike = 64;
/** nan, inf. */
const special = 128;
const date = 256;
const timestamp = 512;
const zoned = 1024;
const boolean = 2048;
const text = 4096;

/** The bits of all kinds that occur among the fields that are not null. */
export function csv_classify(task: usize): i32 {
  const fields = changetype<Fields>(task);
  let kinds = 0;
  let entry = fields.entries;
  for (let row = 0; row < fields.rows; row++, entry += fields.stride) {
    const at = fields.block + fieldStart(entry);
    const length = fieldEnd(entry) - fieldStart(entry);
    if (isNull(fields, entry, at, length)) continue;
    kinds |= length == 0 ? text : kindOf(at, length);
    if ((kinds & text) != 0) return kinds;
  }
  return kinds;
}

function kindOf(at: usize, length: i32): i32 {
  clearFault();
  const value = parseI64(at, length);
  if (fault() != badText) {
    if (!canonicalInteger(at, length)) return text;
    return integer | (value < 0 ? negative : 0) | (holdsInteger(at, length) ? 0 : rounded);
  }
  clearFault();
  parseU64(at, length);
  if (fault() != badText) return canonicalInteger(at, length) ? wide | rounded : text;
  clearFault();
  parseF64(at, length);
  if (fault() != badText) return floatKind(at, length);
  clearFault();
  parseTimestamp(at, length);
  if (fault() != badText) return length == 10 ? date : sawZone() ? zoned : timestamp;
  clearFault();
  parseBool(at, length);
  // A single t or f is as likely a code.
  return fault() != badText && length > 1 ? boolean : text;
}

function floatKind(at: usize, length: i32): i32 {
  if (!holdsInteger(at, length)) return text;
  let point = false;
  let sign = false;
  let exponent = false;
  for (let i = 0; i < length; i++) {
    const c = load<u8>(at + i);
    if (c == 46) point = true;
    else if (c == 43 || c == 45) sign = true;
    else if (c > 57) {
      if ((c | 32) != 101) return special;
      exponent = true;
    }
  }
  if (exponent) return point || sign ? scientific : codeLike;
  return point ? decimal : text;
}
