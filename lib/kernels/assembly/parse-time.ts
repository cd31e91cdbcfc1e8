// Booleans, ISO dates and ISO timestamps.
import { digits2, digits8 } from './parse-digits';
import { badText, setFault } from './parse-fault';

const microsecondsOfDay: i64 = 86400000000;

/** Whether the timestamp parsed last ended with Z or an offset. */
// @ts-ignore: decorator
@inline
export function sawZone(): bool {
  return zoned;
}

let zoned: bool = false;

/** true, false, t, f in any case. */
// @ts-ignore: decorator
@inline
export function parseBool(at: usize, length: i32): bool {
  if (length == 4 && (load<u32>(at) | 0x20202020) == 0x65757274) return true;
  if (length == 5 && (load<u32>(at) | 0x20202020) == 0x736c6166 && (load<u8>(at, 4) | 32) == 101) return false;
  if (length == 1) {
    const c = load<u8>(at) | 32;
    if (c == 116 || c == 102) return c == 116;
  }
  setFault(badText);
  return false;
}

/** YYYY-MM-DD in days since 1970-01-01. */
// @ts-ignore: decorator
@inline
export function parseDate(at: usize, length: i32): i32 {
  const days = length == 10 ? isoDate(at) : noDate;
  if (days == noDate) setFault(badText);
  return days;
}

/**
 * YYYY-MM-DD[(T| )HH:MM[:SS[.f]]][Z|±HH[[:]MM]] in microseconds since 1970-01-01T00:00:00, of UTC if there is an
 * offset (`sawZone`). Up to nine places of seconds are read; what lies beyond the sixth must be zero.
 */
export function parseTimestamp(at: usize, length: i32): i64 {
  zoned = false;
  const days = length >= 10 ? isoDate(at) : noDate;
  if (days == noDate) return noTimestamp();
  const date = <i64>days * microsecondsOfDay;
  if (length == 10) return date;
  const end = at + length;
  at += 10;
  if ((load<u8>(at) != 84 /* T */ && load<u8>(at) != 32) || end - at < 6 || load<u8>(at, 3) != 58 /* : */)
    return noTimestamp();
  const hour = digits2(at + 1);
  const minute = digits2(at + 4);
  let second = 0;
  let micros = 0;
  at += 6;
  if (at < end && load<u8>(at) == 58) {
    if (end - at < 3) return noTimestamp();
    second = digits2(at + 1);
    at += 3;
    if (at < end && load<u8>(at) == 46 /* . */) {
      let places = 0;
      let unit = 100000;
      for (at++; at < end; at++) {
        const digit = <u32>load<u8>(at) - 48;
        if (digit > 9) break;
        micros += <i32>digit * unit;
        if (places >= 6 && digit != 0) return noTimestamp();
        unit /= 10;
        places++;
      }
      if (places == 0 || places > 9) return noTimestamp();
    }
  }
  if (<u32>hour > 23 || <u32>minute > 59 || <u32>second > 59) return noTimestamp();
  let seconds = hour * 3600 + minute * 60 + second;
  if (at < end) {
    const sign = load<u8>(at);
    const left = <i32>(end - at);
    if (sign == 90 /* Z */ && left == 1) {
      zoned = true;
    } else if ((sign == 43 || sign == 45) && (left == 3 || left == 5 || (left == 6 && load<u8>(at, 3) == 58))) {
      const hours = digits2(at + 1);
      const minutes = left == 3 ? 0 : digits2(end - 2);
      if (<u32>hours > 15 || <u32>minutes > 59) return noTimestamp();
      const offset = hours * 3600 + minutes * 60;
      seconds += sign == 45 ? offset : -offset;
      zoned = true;
    } else {
      return noTimestamp();
    }
  }
  return date + <i64>seconds * 1000000 + micros;
}

const noDate: i32 = i32.MIN_VALUE;

function noTimestamp(): i64 {
  setFault(badText);
  return 0;
}

function isoDate(at: usize): i32 {
  const year = <i32>digits8(at, 4);
  const month = digits2(at + 5);
  const day = digits2(at + 8);
  if (year < 0 || month < 1 || month > 12 || day < 1 || load<u8>(at, 4) != 45 || load<u8>(at, 7) != 45) return noDate;
  if (day > 28) {
    const leap = (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0);
    const last = month == 2 ? 28 + <i32>leap : 30 + ((month + (month >> 3)) & 1);
    if (day > last) return noDate;
  }
  // Years begin in March, so that the leap day is the last; 400 years are an era of 146097 days (Howard Hinnant).
  const y = month <= 2 ? year + 399 : year + 400;
  const ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const era = y / 400;
  const ofEra = y - era * 400;
  return era * 146097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719468 - 146097;
}
