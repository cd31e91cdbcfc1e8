// CSV fields to typed values: rows [from, fields.rows) of one column. Returns the rows done; where that is less
// than all, `fields.fault` tells why: the field is no such value, or its digits do not decide a double.
import { clearBit, setBit } from './bits';
import { digits8 } from './parse-digits';
import { offsetBits } from './csv-scan';
import { Fields, fieldEnd, fieldStart, isNull } from './csv-fields';
import {
  badText,
  clearFault,
  fault,
  goodText,
  parseBool,
  parseDate,
  parseDecimal,
  parseF32,
  parseF64,
  parseInteger,
  parsePlainF64,
  parseTimestamp,
  sawZone,
} from './parse';
import { setFault } from './parse-fault';
import { canonicalInteger, holdsInteger } from './csv-canonical';

const asNumber = 0;
const asDate = 1;
const asTimestamp = 2;
const asBool = 3;
const asDecimal = 4;

// @ts-ignore: decorator
@inline
function isSpace(c: u8): bool {
  return c == 32 || c == 9;
}

// @ts-ignore: decorator
@inline
function parseRows<T>(kind: i32, task: usize, from: i32): i32 {
  const fields = changetype<Fields>(task);
  const rows = fields.rows;
  const block = fields.block;
  const stride = fields.stride;
  const out = fields.out;
  const strict = fields.strict != 0;
  let entry = fields.entries + <usize>from * stride;
  const quick = kind == asNumber && fields.tokenCount == 0;
  clearFault();
  for (let row = from; row < rows; row++, entry += stride) {
    if (isFloat<T>()) {
      if (sizeof<T>() == 8 && quick) {
        // An offset with flags, for quotes, makes the length huge.
        const start = (load<u32>(entry) & offsetBits) + 1;
        const value = parsePlainF64(block + start, load<u32>(entry, 4) - start);
        if (value == value) {
          store<f64>(out + (<usize>row << 3), value);
          continue;
        }
      }
    } else if (quick) {
      // Integers up to 8 digits.
      const start = (load<u32>(entry) & offsetBits) + 1;
      const length = load<u32>(entry, 4) - start;
      const text = block + start;
      const first = load<u8>(text);
      if (length - 1 < 8 && first > 48) {
        const value = digits8(text, length);
        if (value >= 0 && (sizeof<T>() > 4 || <i64>(<T>value) == value)) {
          store<T>(out + <usize>row * sizeof<T>(), <T>value);
          continue;
        }
      }
      const minus = <u32>(first == 45 && isSigned<T>());
      const digits = length - minus;
      if (digits - 1 < 8) {
        const value = digits8(text + minus, digits);
        const plain = !strict || load<u8>(text + minus) > 48 || (digits == 1 && minus == 0);
        const signed = minus != 0 ? -value : value;
        if (value >= 0 && plain && <i64>(<T>signed) == signed) {
          store<T>(out + <usize>row * sizeof<T>(), <T>signed);
          continue;
        }
      }
    }
    let at = block + fieldStart(entry);
    let length = fieldEnd(entry) - fieldStart(entry);
    if (isNull(fields, entry, at, length)) {
      clearBit(fields.validity, row);
      fields.nulls++;
      continue;
    }
    if (!strict) {
      while (length > 0 && isSpace(load<u8>(at))) {
        at++;
        length--;
      }
      while (length > 0 && isSpace(load<u8>(at + length - 1))) length--;
    }
    if (kind == asBool) {
      if (parseBool(at, length)) setBit(out, row);
      else clearBit(out, row);
      if (strict && length < 4) setFault(badText);
    } else if (kind == asDate) {
      store<i32>(out + (<usize>row << 2), parseDate(at, length));
    } else if (kind == asTimestamp) {
      store<i64>(out + (<usize>row << 3), parseTimestamp(at, length));
      if (fields.first == 0 ? sawZone() : fields.first == 2 && !sawZone()) setFault(badText);
      if (strict && length == 10) setFault(badText);
    } else if (kind == asDecimal) {
      parseDecimal(at, length, fields.first, fields.second, out + (<usize>row << 4));
    } else {
      const place = out + <usize>row * sizeof<T>();
      if (isFloat<T>()) {
        if (sizeof<T>() == 8) store<f64>(place, parseF64(at, length));
        else store<f32>(place, parseF32(at, length));
        if (strict && !holdsInteger(at, length)) setFault(badText);
      } else {
        store<T>(place, parseInteger<T>(at, length));
        if (strict && !canonicalInteger(at, length)) setFault(badText);
      }
    }
    if (fault() != goodText) {
      fields.fault = fault();
      return row;
    }
  }
  return rows;
}

export function csv_parse_i8(task: usize, from: i32): i32 {
  return parseRows<i8>(asNumber, task, from);
}

export function csv_parse_i16(task: usize, from: i32): i32 {
  return parseRows<i16>(asNumber, task, from);
}

export function csv_parse_i32(task: usize, from: i32): i32 {
  return parseRows<i32>(asNumber, task, from);
}

export function csv_parse_i64(task: usize, from: i32): i32 {
  return parseRows<i64>(asNumber, task, from);
}

export function csv_parse_u8(task: usize, from: i32): i32 {
  return parseRows<u8>(asNumber, task, from);
}

export function csv_parse_u16(task: usize, from: i32): i32 {
  return parseRows<u16>(asNumber, task, from);
}

export function csv_parse_u32(task: usize, from: i32): i32 {
  return parseRows<u32>(asNumber, task, from);
}

export function csv_parse_u64(task: usize, from: i32): i32 {
  return parseRows<u64>(asNumber, task, from);
}

export function csv_parse_f32(task: usize, from: i32): i32 {
  return parseRows<f32>(asNumber, task, from);
}

export function csv_parse_f64(task: usize, from: i32): i32 {
  return parseRows<f64>(asNumber, task, from);
}

export function csv_parse_date(task: usize, from: i32): i32 {
  return parseRows<i32>(asDate, task, from);
}

export function csv_parse_timestamp(task: usize, from: i32): i32 {
  return parseRows<i64>(asTimestamp, task, from);
}

export function csv_parse_bit(task: usize, from: i32): i32 {
  return parseRows<u8>(asBool, task, from);
}

export function csv_parse_i128(task: usize, from: i32): i32 {
  return parseRows<i64>(asDecimal, task, from);
}
