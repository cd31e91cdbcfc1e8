// Integers: an optional sign and decimal digits. Leading zeros are allowed.
import { badText, setFault } from './parse-fault';
import { digits8, digits19 } from './parse-digits';

// @ts-ignore: decorator
@inline
export function parseI64(at: usize, length: i32): i64 {
  if (length > 0 && length <= 8) {
    const value = digits8(at, length);
    if (value >= 0) return value;
  }
  return signed(at, length);
}

// @ts-ignore: decorator
@inline
export function parseU64(at: usize, length: i32): u64 {
  if (length > 0 && length <= 8) {
    const value = digits8(at, length);
    if (value >= 0) return <u64>value;
  }
  return unsigned(at, length);
}

/** Any integer type: range-checked. */
// @ts-ignore: decorator
@inline
export function parseInteger<T>(at: usize, length: i32): T {
  if (sizeof<T>() == 8) return isSigned<T>() ? <T>parseI64(at, length) : <T>parseU64(at, length);
  const value = parseI64(at, length);
  if (<i64>(<T>value) != value) setFault(badText);
  return <T>value;
}

function signed(at: usize, length: i32): i64 {
  if (length > 0 && load<u8>(at) == 45 /* - */) {
    const size = magnitude(at + 1, length - 1);
    if (size > (<u64>1) << 63) setFault(badText);
    return <i64>(0 - size);
  }
  const size = unsigned(at, length);
  if (size > <u64>i64.MAX_VALUE) setFault(badText);
  return <i64>size;
}

function unsigned(at: usize, length: i32): u64 {
  if (length > 0 && load<u8>(at) == 43 /* + */) return magnitude(at + 1, length - 1);
  if (length > 0 && load<u8>(at) == 45 /* - */) {
    const size = magnitude(at + 1, length - 1);
    if (size != 0) setFault(badText);
    return size;
  }
  return magnitude(at, length);
}

function magnitude(at: usize, length: i32): u64 {
  while (length > 19 && load<u8>(at) == 48 /* 0 */) {
    at++;
    length--;
  }
  if (length < 1 || length > 20) {
    setFault(badText);
    return 0;
  }
  if (length < 20) {
    const value = digits19(at, length);
    if (value == -1) setFault(badText);
    return <u64>value;
  }
  const high = <u64>digits19(at, 19);
  const last = <u64>load<u8>(at, 19) - 48;
  // 2^64 - 1 is 18446744073709551615.
  if (last > 9 || high > 1844674407370955161 || (high == 1844674407370955161 && last > 5)) {
    setFault(badText);
    return 0;
  }
  return high * 10 + last;
}
