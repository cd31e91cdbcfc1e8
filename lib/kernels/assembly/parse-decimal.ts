// Decimals as Arrow's decimal128: [+-] digits [. digits], exact or refused.
import { badText, setFault } from './parse-fault';

/** Writes value * 10^scale to `out`, 16 bytes; bad if it has more digits than `precision` or loses one after `scale`. */
export function parseDecimal(at: usize, length: i32, precision: i32, scale: i32, out: usize): void {
  const end = at + length;
  let negative = false;
  if (at < end && (load<u8>(at) == 45 || load<u8>(at) == 43)) {
    negative = load<u8>(at) == 45;
    at++;
  }
  let low: u64 = 0;
  let high: u64 = 0;
  let digits = 0;
  let significant = 0;
  let places = -1; // after the point; -1 before it
  let bad = false;
  for (; at < end; at++) {
    const c = load<u8>(at);
    const digit = <u64>c - 48;
    if (digit > 9) {
      if (c != 46 || places >= 0) break;
      places = 0;
      continue;
    }
    digits++;
    if (places >= scale) {
      if (digit != 0) bad = true;
      continue;
    }
    if (places >= 0) places++;
    if (significant > 0 || digit != 0) significant++;
    if (significant > precision) bad = true;
    if (bad) continue;
    high = high * 10 + carry(low, digit);
    low = low * 10 + digit;
  }
  if (at < end || digits == 0) bad = true;
  for (let i = max(places, 0); i < scale && !bad; i++) {
    if (significant > 0 && ++significant > precision) bad = true;
    high = high * 10 + carry(low, 0);
    low = low * 10;
  }
  if (bad) setFault(badText);
  if (negative) {
    low = 0 - low;
    high = ~high + <u64>(low == 0);
  }
  store<u64>(out, low);
  store<u64>(out, high, 8);
}

/** What low * 10 + digit carries into the upper word. */
// @ts-ignore: decorator
@inline
function carry(low: u64, digit: u64): u64 {
  const bottom = (low & 0xffffffff) * 10 + digit;
  return ((low >> 32) * 10 + (bottom >> 32)) >> 32;
}
