// Groups whose keys span a small domain: keys k1, k2, ... become one index
//
//   slot(k1) + slot(k2) * size1 + ...     slot = 0 for null, else value - base + 1
//
// into a table of group ids (-1 = no group yet).
import { bit, valid } from './bits';

// @ts-ignore: decorator
@inline
function index<T>(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32, factor: i32, more: i32): i32 {
  const from = <i64>base;
  const limit = <u64>span;
  let outside = 0;
  if (validity == 0) {
    if (more == 0 && factor == 1) {
      for (let i = 0; i < length; i++) {
        const distance = <u64>(<i64>load<T>(data + <usize>i * sizeof<T>()) - from);
        outside |= i32(distance >= limit);
        store<i32>(out + (<usize>i << 2), <i32>distance + 1);
      }
    } else {
      for (let i = 0; i < length; i++) {
        const distance = <u64>(<i64>load<T>(data + <usize>i * sizeof<T>()) - from);
        outside |= i32(distance >= limit);
        const at = out + (<usize>i << 2);
        store<i32>(at, load<i32>(at) + (<i32>distance + 1) * factor);
      }
    }
    return outside;
  }
  for (let i = 0; i < length; i++) {
    let slot = 0;
    if (valid(validity, i)) {
      const distance = <u64>(<i64>load<T>(data + <usize>i * sizeof<T>()) - from);
      outside |= i32(distance >= limit);
      slot = <i32>distance + 1;
    }
    const at = out + (<usize>i << 2);
    store<i32>(at, (more == 0 ? 0 : load<i32>(at)) + slot * factor);
  }
  return outside;
}

/** 32-bit values without nulls, four at a time. */
function index32(data: usize, length: i32, out: usize, base: i32, span: u32, factor: i32, more: i32): i32 {
  const from = i32x4.splat(base);
  const limit = i32x4.splat(<i32>span);
  const one = i32x4.splat(1);
  const times = i32x4.splat(factor);
  let outside = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const distance = i32x4.sub(v128.load(data + (<usize>i << 2)), from);
    outside = v128.or(outside, i32x4.ge_u(distance, limit));
    const at = out + (<usize>i << 2);
    const slot = i32x4.mul(i32x4.add(distance, one), times);
    v128.store(at, more == 0 ? slot : i32x4.add(v128.load(at), slot));
  }
  let rest = 0;
  for (; i < length; i++) {
    const distance = <u32>(load<i32>(data + (<usize>i << 2)) - base);
    rest |= i32(distance >= span);
    const at = out + (<usize>i << 2);
    store<i32>(at, (more == 0 ? 0 : load<i32>(at)) + (<i32>distance + 1) * factor);
  }
  return i32(v128.any_true(outside)) | rest;
}

/** As index32, for values of 8 and 16 bits, eight and four at a time. */
// @ts-ignore: decorator
@inline
function indexNarrow<T>(data: usize, length: i32, out: usize, base: i32, span: u32, factor: i32, more: i32): i32 {
  const from = i32x4.splat(base);
  const limit = i32x4.splat(<i32>span);
  const one = i32x4.splat(1);
  const times = i32x4.splat(factor);
  let outside = i32x4.splat(0);
  const step: i32 = sizeof<T>() == 1 ? 8 : 4;
  let i = 0;
  for (; i + step <= length; i += step) {
    const wide = v128.load_ext<T>(data + <usize>i * sizeof<T>());
    const at = out + (<usize>i << 2);
    for (let half = 0; half < step >> 2; half++) {
      const values = sizeof<T>() == 1 ? (half == 0 ? extendLow<T>(wide) : extendHigh<T>(wide)) : wide;
      const distance = i32x4.sub(values, from);
      outside = v128.or(outside, i32x4.ge_u(distance, limit));
      const slot = i32x4.mul(i32x4.add(distance, one), times);
      const place = at + (<usize>half << 4);
      v128.store(place, more == 0 ? slot : i32x4.add(v128.load(place), slot));
    }
  }
  let rest = 0;
  for (; i < length; i++) {
    const distance = <u32>(<i32>load<T>(data + <usize>i * sizeof<T>()) - base);
    rest |= i32(distance >= span);
    const at = out + (<usize>i << 2);
    store<i32>(at, (more == 0 ? 0 : load<i32>(at)) + (<i32>distance + 1) * factor);
  }
  return i32(v128.any_true(outside)) | rest;
}

// @ts-ignore: decorator
@inline
function extendLow<T>(values: v128): v128 {
  return isSigned<T>() ? i32x4.extend_low_i16x8_s(values) : i32x4.extend_low_i16x8_u(values);
}

// @ts-ignore: decorator
@inline
function extendHigh<T>(values: v128): v128 {
  return isSigned<T>() ? i32x4.extend_high_i16x8_s(values) : i32x4.extend_high_i16x8_u(values);
}

/** As index32, for 64-bit values: in range are those whose distance has no high half. */
function index64(data: usize, length: i32, out: usize, base: i64, span: u32, factor: i32, more: i32): i32 {
  const from = i64x2.splat(base);
  const limit = i32x4.splat(<i32>span);
  const one = i32x4.splat(1);
  const times = i32x4.splat(factor);
  let outside = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const value = data + (<usize>i << 3);
    const a = i64x2.sub(v128.load(value), from);
    const b = i64x2.sub(v128.load(value, 16), from);
    const distance = i8x16.shuffle(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    const high = i8x16.shuffle(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    outside = v128.or(outside, v128.or(high, i32x4.ge_u(distance, limit)));
    const at = out + (<usize>i << 2);
    const slot = i32x4.mul(i32x4.add(distance, one), times);
    v128.store(at, more == 0 ? slot : i32x4.add(v128.load(at), slot));
  }
  let rest = 0;
  for (; i < length; i++) {
    const distance = <u64>(load<i64>(data + (<usize>i << 3)) - base);
    rest |= i32(distance >= <u64>span);
    const at = out + (<usize>i << 2);
    store<i32>(at, (more == 0 ? 0 : load<i32>(at)) + (<i32>distance + 1) * factor);
  }
  return i32(v128.any_true(outside)) | rest;
}

/**
 * out[i] = (more ? out[i] : 0) + slot * factor. `base` is a whole number, `span` how many values the domain has.
 * Returns 1 if a value lies outside; `out` is then worthless.
 */
export function group_index_i8(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32, factor: i32, more: i32): i32 {
  if (validity == 0) return indexNarrow<i8>(data, length, out, <i32>base, span, factor, more);
  return index<i8>(data, validity, length, out, base, span, factor, more);
}
export function group_index_u8(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32, factor: i32, more: i32): i32 {
  if (validity == 0) return indexNarrow<u8>(data, length, out, <i32>base, span, factor, more);
  return index<u8>(data, validity, length, out, base, span, factor, more);
}
export function group_index_i16(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32, factor: i32, more: i32): i32 {
  if (validity == 0) return indexNarrow<i16>(data, length, out, <i32>base, span, factor, more);
  return index<i16>(data, validity, length, out, base, span, factor, more);
}
export function group_index_u16(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32, factor: i32, more: i32): i32 {
  if (validity == 0) return indexNarrow<u16>(data, length, out, <i32>base, span, factor, more);
  return index<u16>(data, validity, length, out, base, span, factor, more);
}
export function group_index_i32(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32, factor: i32, more: i32): i32 {
  if (validity == 0) return index32(data, length, out, <i32>(<i64>base), span, factor, more);
  return index<i32>(data, validity, length, out, base, span, factor, more);
}
export function group_index_u32(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32, factor: i32, more: i32): i32 {
  if (validity == 0) return index32(data, length, out, <i32>(<i64>base), span, factor, more);
  return index<u32>(data, validity, length, out, base, span, factor, more);
}
export function group_index_i64(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32, factor: i32, more: i32): i32 {
  if (validity == 0) return index64(data, length, out, <i64>base, span, factor, more);
  return index<i64>(data, validity, length, out, base, span, factor, more);
}
export function group_index_u64(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32, factor: i32, more: i32): i32 {
  return index<u64>(data, validity, length, out, base, span, factor, more);
}
export function group_index_bit(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32, factor: i32, more: i32): i32 {
  for (let i = 0; i < length; i++) {
    const slot = valid(validity, i) ? i32(bit(data, i)) + 1 : 0;
    const at = out + (<usize>i << 2);
    store<i32>(at, (more == 0 ? 0 : load<i32>(at)) + slot * factor);
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function range<T>(data: usize, validity: usize, length: i32, out: usize): i32 {
  let least: T = 0;
  let most: T = 0;
  let any = 0;
  for (let i = 0; i < length; i++) {
    if (!valid(validity, i)) continue;
    const value = load<T>(data + <usize>i * sizeof<T>());
    if (any == 0) {
      least = value;
      most = value;
      any = 1;
    }
    if (value < least) least = value;
    if (value > most) most = value;
  }
  store<f64>(out, <f64>least);
  store<f64>(out, <f64>most, 8);
  return any;
}

/** Least and greatest value as two doubles at `out`; returns 0 if all are null. */
export function group_range_i8(data: usize, validity: usize, length: i32, out: usize): i32 {
  return range<i8>(data, validity, length, out);
}
export function group_range_u8(data: usize, validity: usize, length: i32, out: usize): i32 {
  return range<u8>(data, validity, length, out);
}
export function group_range_i16(data: usize, validity: usize, length: i32, out: usize): i32 {
  return range<i16>(data, validity, length, out);
}
export function group_range_u16(data: usize, validity: usize, length: i32, out: usize): i32 {
  return range<u16>(data, validity, length, out);
}
export function group_range_i32(data: usize, validity: usize, length: i32, out: usize): i32 {
  return range<i32>(data, validity, length, out);
}
export function group_range_u32(data: usize, validity: usize, length: i32, out: usize): i32 {
  return range<u32>(data, validity, length, out);
}
export function group_range_i64(data: usize, validity: usize, length: i32, out: usize): i32 {
  return range<i64>(data, validity, length, out);
}
export function group_range_u64(data: usize, validity: usize, length: i32, out: usize): i32 {
  return range<u64>(data, validity, length, out);
}

// @ts-ignore: decorator
@inline
function assignOne<T>(data: usize, length: i32, base: f64, span: u32, ids: usize, count: i32, groups: usize, fresh: usize): i32 {
  if (length == 0) return count;
  const from = <i64>base;
  if (!within<T>(data, length, from, <u64>span)) return -1;
  // Slot 0 is that of null. Addresses wrap around, so the base need not be taken off each value.
  return assign<T>(data, length, ids + 4 - (<usize>from << 2), count, i32.MAX_VALUE, groups, fresh);
}

/** Do all values lie in [base, base + span)? Those of up to 32 bits are looked at a vector at a time. */
// @ts-ignore: decorator
@inline
function within<T>(data: usize, length: i32, base: i64, span: u64): bool {
  let i = 0;
  let least = load<T>(data);
  let most = least;
  if (sizeof<T>() < 8) {
    const step: i32 = 16 / sizeof<T>();
    let low = v128.splat<T>(least);
    let high = low;
    for (; i + step <= length; i += step) {
      const values = v128.load(data + <usize>i * sizeof<T>());
      low = v128.min<T>(low, values);
      high = v128.max<T>(high, values);
    }
    const lanes = memory.data(32, 16);
    v128.store(lanes, low);
    v128.store(lanes, high, 16);
    for (let lane = 0; lane < step; lane++) {
      least = min(least, load<T>(lanes + <usize>lane * sizeof<T>()));
      most = max(most, load<T>(lanes + <usize>lane * sizeof<T>(), 16));
    }
  }
  for (; i < length; i++) {
    const value = load<T>(data + <usize>i * sizeof<T>());
    least = min(least, value);
    most = max(most, value);
  }
  return <u64>(<i64>least - base) < span && <u64>(<i64>most - base) < span;
}

/**
 * As the index of a single key without nulls and group_dense_assign in one. Returns -1, with nothing done, if a value
 * lies outside the domain.
 */
export function group_dense_one_i8(data: usize, length: i32, base: f64, span: u32, ids: usize, count: i32, groups: usize, fresh: usize): i32 {
  return assignOne<i8>(data, length, base, span, ids, count, groups, fresh);
}
export function group_dense_one_u8(data: usize, length: i32, base: f64, span: u32, ids: usize, count: i32, groups: usize, fresh: usize): i32 {
  return assignOne<u8>(data, length, base, span, ids, count, groups, fresh);
}
export function group_dense_one_i16(data: usize, length: i32, base: f64, span: u32, ids: usize, count: i32, groups: usize, fresh: usize): i32 {
  return assignOne<i16>(data, length, base, span, ids, count, groups, fresh);
}
export function group_dense_one_u16(data: usize, length: i32, base: f64, span: u32, ids: usize, count: i32, groups: usize, fresh: usize): i32 {
  return assignOne<u16>(data, length, base, span, ids, count, groups, fresh);
}
export function group_dense_one_i32(data: usize, length: i32, base: f64, span: u32, ids: usize, count: i32, groups: usize, fresh: usize): i32 {
  return assignOne<i32>(data, length, base, span, ids, count, groups, fresh);
}
export function group_dense_one_u32(data: usize, length: i32, base: f64, span: u32, ids: usize, count: i32, groups: usize, fresh: usize): i32 {
  return assignOne<u32>(data, length, base, span, ids, count, groups, fresh);
}
export function group_dense_one_i64(data: usize, length: i32, base: f64, span: u32, ids: usize, count: i32, groups: usize, fresh: usize): i32 {
  return assignOne<i64>(data, length, base, span, ids, count, groups, fresh);
}
export function group_dense_one_u64(data: usize, length: i32, base: f64, span: u32, ids: usize, count: i32, groups: usize, fresh: usize): i32 {
  return assignOne<u64>(data, length, base, span, ids, count, groups, fresh);
}

/**
 * groups[i] = the id at indices[i], given one from `count` on if there is none; from `limit` on it stays -1. Rows that
 * began a group are listed at `fresh`. Returns the new count.
 */
export function group_dense_assign(indices: usize, length: i32, ids: usize, count: i32, limit: i32, groups: usize, fresh: usize): i32 {
  return assign<u32>(indices, length, ids, count, limit, groups, fresh);
}

// @ts-ignore: decorator
@inline
function markOutside<T>(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32): void {
  const from = <i64>base;
  for (let i = 0; i < length; i++) {
    if (!valid(validity, i)) continue;
    const distance = <u64>(<i64>load<T>(data + <usize>i * sizeof<T>()) - from);
    if (distance >= <u64>span) store<i32>(out + (<usize>i << 2), -1);
  }
}

/** out[i] = -1 where a value lies outside the domain. */
export function group_outside_i8(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32): void {
  markOutside<i8>(data, validity, length, out, base, span);
}
export function group_outside_u8(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32): void {
  markOutside<u8>(data, validity, length, out, base, span);
}
export function group_outside_i16(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32): void {
  markOutside<i16>(data, validity, length, out, base, span);
}
export function group_outside_u16(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32): void {
  markOutside<u16>(data, validity, length, out, base, span);
}
export function group_outside_i32(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32): void {
  markOutside<i32>(data, validity, length, out, base, span);
}
export function group_outside_u32(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32): void {
  markOutside<u32>(data, validity, length, out, base, span);
}
export function group_outside_i64(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32): void {
  markOutside<i64>(data, validity, length, out, base, span);
}
export function group_outside_u64(data: usize, validity: usize, length: i32, out: usize, base: f64, span: u32): void {
  markOutside<u64>(data, validity, length, out, base, span);
}

/** Values are indices into `table`, whose address may have wrapped around for those that begin above 0. */
// @ts-ignore: decorator
@inline
function assign<T>(values: usize, length: i32, table: usize, count: i32, limit: i32, groups: usize, fresh: usize): i32 {
  for (let i = 0; i < length; ) {
    // Where all groups are known, four at a time.
    for (; i + 4 <= length; i += 4) {
      const value = values + <usize>i * sizeof<T>();
      const a = load<i32>(table + (<usize>load<T>(value) << 2));
      const b = load<i32>(table + (<usize>load<T>(value, sizeof<T>()) << 2));
      const c = load<i32>(table + (<usize>load<T>(value, 2 * sizeof<T>()) << 2));
      const d = load<i32>(table + (<usize>load<T>(value, 3 * sizeof<T>()) << 2));
      if ((a | b | c | d) < 0) break;
      const out = groups + (<usize>i << 2);
      store<i32>(out, a);
      store<i32>(out, b, 4);
      store<i32>(out, c, 8);
      store<i32>(out, d, 12);
    }
    for (const end = min(i + 4, length); i < end; i++) {
      const at = table + (<usize>load<T>(values + <usize>i * sizeof<T>()) << 2);
      let id = load<i32>(at);
      if (id < 0 && count < limit) {
        id = count++;
        store<i32>(at, id);
        store<i32>(fresh, i);
        fresh += 4;
      }
      store<i32>(groups + (<usize>i << 2), id);
    }
  }
  return count;
}

/** ids[indices[i]] = first + i: enters known groups into a new table. */
export function group_dense_place(indices: usize, length: i32, ids: usize, first: i32): void {
  for (let i = 0; i < length; i++)
    store<i32>(ids + (<usize>load<u32>(indices + (<usize>i << 2)) << 2), first + i);
}
