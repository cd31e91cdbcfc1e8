// Exact quantiles: every value is kept with its group, as an integer that orders as the value does, and put
// in order only at the end.
import { bit, valid } from './bits';
import { present } from './state';

/** NaN is the greatest, and -0.0 is 0.0. */
// @ts-ignore: decorator
@inline
function orderOf<T>(value: T): i64 {
  if (isFloat<T>()) {
    const wide = value == <T>0 ? 0.0 : value != value ? NaN : <f64>value;
    const bits = reinterpret<i64>(wide);
    return bits ^ ((bits >> 63) & i64.MAX_VALUE);
  }
  if (!isSigned<T>() && sizeof<T>() == 8) return <i64>value ^ i64.MIN_VALUE;
  return <i64>value;
}

// @ts-ignore: decorator
@inline
function valueOf<T>(order: i64): T {
  if (isFloat<T>()) return <T>reinterpret<f64>(order ^ ((order >> 63) & i64.MAX_VALUE));
  if (!isSigned<T>() && sizeof<T>() == 8) return <T>(order ^ i64.MIN_VALUE);
  return <T>order;
}

// @ts-ignore: decorator
@inline
function append<T>(groups: usize, length: i32, data: usize, validity: usize, outGroups: usize, outValues: usize): i32 {
  let count = 0;
  for (let i = 0; i < length; i++) {
    if (!valid(validity, i)) continue;
    store<i32>(outGroups + (<usize>count << 2), load<i32>(groups + (<usize>i << 2)));
    store<i64>(outValues + (<usize>count << 3), orderOf<T>(load<T>(data + <usize>i * sizeof<T>())));
    count++;
  }
  return count;
}

/** Appends the rows that have a value; returns how many. */
export function quantile_append_i8(groups: usize, length: i32, data: usize, validity: usize, outGroups: usize, outValues: usize): i32 {
  return append<i8>(groups, length, data, validity, outGroups, outValues);
}
export function quantile_append_u8(groups: usize, length: i32, data: usize, validity: usize, outGroups: usize, outValues: usize): i32 {
  return append<u8>(groups, length, data, validity, outGroups, outValues);
}
export function quantile_append_i16(groups: usize, length: i32, data: usize, validity: usize, outGroups: usize, outValues: usize): i32 {
  return append<i16>(groups, length, data, validity, outGroups, outValues);
}
export function quantile_append_u16(groups: usize, length: i32, data: usize, validity: usize, outGroups: usize, outValues: usize): i32 {
  return append<u16>(groups, length, data, validity, outGroups, outValues);
}
export function quantile_append_i32(groups: usize, length: i32, data: usize, validity: usize, outGroups: usize, outValues: usize): i32 {
  return append<i32>(groups, length, data, validity, outGroups, outValues);
}
export function quantile_append_u32(groups: usize, length: i32, data: usize, validity: usize, outGroups: usize, outValues: usize): i32 {
  return append<u32>(groups, length, data, validity, outGroups, outValues);
}
export function quantile_append_i64(groups: usize, length: i32, data: usize, validity: usize, outGroups: usize, outValues: usize): i32 {
  return append<i64>(groups, length, data, validity, outGroups, outValues);
}
export function quantile_append_u64(groups: usize, length: i32, data: usize, validity: usize, outGroups: usize, outValues: usize): i32 {
  return append<u64>(groups, length, data, validity, outGroups, outValues);
}
export function quantile_append_f32(groups: usize, length: i32, data: usize, validity: usize, outGroups: usize, outValues: usize): i32 {
  return append<f32>(groups, length, data, validity, outGroups, outValues);
}
export function quantile_append_f64(groups: usize, length: i32, data: usize, validity: usize, outGroups: usize, outValues: usize): i32 {
  return append<f64>(groups, length, data, validity, outGroups, outValues);
}
export function quantile_append_bit(groups: usize, length: i32, data: usize, validity: usize, outGroups: usize, outValues: usize): i32 {
  let count = 0;
  for (let i = 0; i < length; i++) {
    if (!valid(validity, i)) continue;
    store<i32>(outGroups + (<usize>count << 2), load<i32>(groups + (<usize>i << 2)));
    store<i64>(outValues + (<usize>count << 3), <i64>bit(data, i));
    count++;
  }
  return count;
}

/** groups[i] = map[groups[i]] */
export function quantile_regroup(groups: usize, count: i32, map: usize, out: usize): void {
  for (let i = 0; i < count; i++)
    store<i32>(out + (<usize>i << 2), load<i32>(map + (<usize>load<i32>(groups + (<usize>i << 2)) << 2)));
}

/**
 * counts[d] += the values whose 16 bits from `shift` on, as unsigned numbers of the same order, are d, of those whose
 * higher bits are the u64 at `prefix`.
 */
export function quantile_digits(values: usize, count: i32, prefix: usize, shift: i32, counts: usize): void {
  const wanted = load<u64>(prefix);
  for (let i = 0; i < count; i++) {
    const value = load<u64>(values + (<usize>i << 3)) ^ 0x8000000000000000;
    if (shift < 48 && value >> <u64>(shift + 16) != wanted) continue;
    const at = counts + ((<usize>(value >> <u64>shift) & 0xffff) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
}

/** Moves the k-th least of values [left, right] to place k, the lesser ones before it (Hoare's selection). */
function select(values: usize, left: i32, right: i32, k: i32): void {
  while (right > left) {
    // The median of three as pivot: sorted input is not the worst.
    const middle = left + ((right - left) >> 1);
    const a = load<i64>(values + (<usize>left << 3));
    const b = load<i64>(values + (<usize>middle << 3));
    const c = load<i64>(values + (<usize>right << 3));
    const pivot = max<i64>(min<i64>(a, b), min<i64>(max<i64>(a, b), c));
    let i = left;
    let j = right;
    while (i <= j) {
      while (load<i64>(values + (<usize>i << 3)) < pivot) i++;
      while (load<i64>(values + (<usize>j << 3)) > pivot) j--;
      if (i <= j) {
        const swap = load<i64>(values + (<usize>i << 3));
        store<i64>(values + (<usize>i << 3), load<i64>(values + (<usize>j << 3)));
        store<i64>(values + (<usize>j << 3), swap);
        i++;
        j--;
      }
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else return;
  }
}

// @ts-ignore: decorator
@inline
function continuous<T>(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  for (let i = 0; i < count; i++) {
    const at = starts + (<usize>(first + i) << 2);
    const start = load<i32>(at);
    const n = load<i32>(at, 4) - start;
    if (n == 0) continue;
    const place = fraction * <f64>(n - 1);
    const k = <i32>floor<f64>(place);
    const weight = place - <f64>k;
    select(values, start, start + n - 1, start + k);
    let result = <f64>valueOf<T>(load<i64>(values + (<usize>(start + k) << 3)));
    if (weight > 0) {
      let next = load<i64>(values + (<usize>(start + k + 1) << 3));
      for (let j = start + k + 2; j < start + n; j++) next = min<i64>(next, load<i64>(values + (<usize>j << 3)));
      const upper = <f64>valueOf<T>(next);
      if (upper != result) result += (upper - result) * weight;
    }
    store<f64>(out + (<usize>i << 3), result);
    present(validity, i);
  }
}

/** The quantile between the two nearest values, of groups [first, first + count). Reorders each group's values. */
export function quantile_cont_signed(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  continuous<i64>(values, starts, first, count, fraction, out, validity);
}
export function quantile_cont_unsigned(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  continuous<u64>(values, starts, first, count, fraction, out, validity);
}
export function quantile_cont_float(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  continuous<f64>(values, starts, first, count, fraction, out, validity);
}

/** The place among n of the least value that a share `fraction` of them does not exceed. */
// @ts-ignore: decorator
@inline
function placeOf(n: i32, fraction: f64): i32 {
  return max<i32>(0, <i32>ceil<f64>(fraction * <f64>n) - 1);
}

// @ts-ignore: decorator
@inline
function discrete<T>(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  for (let i = 0; i < count; i++) {
    const at = starts + (<usize>(first + i) << 2);
    const start = load<i32>(at);
    const n = load<i32>(at, 4) - start;
    if (n == 0) continue;
    const k = placeOf(n, fraction);
    select(values, start, start + n - 1, start + k);
    store<T>(out + <usize>i * sizeof<T>(), valueOf<T>(load<i64>(values + (<usize>(start + k) << 3))));
    present(validity, i);
  }
}

/** The quantile that is one of the values. */
export function quantile_disc_i8(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  discrete<i8>(values, starts, first, count, fraction, out, validity);
}
export function quantile_disc_u8(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  discrete<u8>(values, starts, first, count, fraction, out, validity);
}
export function quantile_disc_i16(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  discrete<i16>(values, starts, first, count, fraction, out, validity);
}
export function quantile_disc_u16(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  discrete<u16>(values, starts, first, count, fraction, out, validity);
}
export function quantile_disc_i32(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  discrete<i32>(values, starts, first, count, fraction, out, validity);
}
export function quantile_disc_u32(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  discrete<u32>(values, starts, first, count, fraction, out, validity);
}
export function quantile_disc_i64(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  discrete<i64>(values, starts, first, count, fraction, out, validity);
}
export function quantile_disc_u64(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  discrete<u64>(values, starts, first, count, fraction, out, validity);
}
export function quantile_disc_f32(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  discrete<f32>(values, starts, first, count, fraction, out, validity);
}
export function quantile_disc_f64(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  discrete<f64>(values, starts, first, count, fraction, out, validity);
}
export function quantile_disc_bit(values: usize, starts: usize, first: i32, count: i32, fraction: f64, out: usize, validity: usize): void {
  for (let i = 0; i < count; i++) {
    const at = starts + (<usize>(first + i) << 2);
    const start = load<i32>(at);
    const n = load<i32>(at, 4) - start;
    if (n == 0) continue;
    const k = placeOf(n, fraction);
    select(values, start, start + n - 1, start + k);
    if (load<i64>(values + (<usize>(start + k) << 3)) != 0) present(out, i);
    present(validity, i);
  }
}
