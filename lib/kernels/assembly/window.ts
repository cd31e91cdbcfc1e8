// Window functions over rows sorted by partition and order.
//
//   rows        a a a b b | b b c ...      batches
//   partitions  1 0 0 1 0 | 0 0 1 ...      a bit where one begins
//   ordinals    1 1 1 2 2 | 0 0 1 ...      how many began in the batch so far: 0 is that left open by the one before
import { bit, setBit, valid } from './bits';

// @ts-ignore: decorator
@inline
function differ<T>(a: usize, b: usize): bool {
  const x = load<T>(a);
  const y = load<T>(b);
  if (isFloat<T>()) return !(x == y || (x != x && y != y));
  return x != y;
}

// @ts-ignore: decorator
@inline
function changes<T>(data: usize, validity: usize, length: i32, bits: usize): void {
  for (let row = 1; row < length; row++) {
    const at = data + <usize>row * sizeof<T>();
    const a = valid(validity, row - 1);
    const b = valid(validity, row);
    if (a != b || (a && differ<T>(at - sizeof<T>(), at))) setBit(bits, row);
  }
}

/** Sets the bit of each row but the first whose value is another than that of the row before. */
export function window_changes_8(data: usize, validity: usize, length: i32, bits: usize): void {
  changes<u8>(data, validity, length, bits);
}
export function window_changes_16(data: usize, validity: usize, length: i32, bits: usize): void {
  changes<u16>(data, validity, length, bits);
}
export function window_changes_32(data: usize, validity: usize, length: i32, bits: usize): void {
  changes<u32>(data, validity, length, bits);
}
export function window_changes_64(data: usize, validity: usize, length: i32, bits: usize): void {
  changes<u64>(data, validity, length, bits);
}
export function window_changes_f32(data: usize, validity: usize, length: i32, bits: usize): void {
  changes<f32>(data, validity, length, bits);
}
export function window_changes_f64(data: usize, validity: usize, length: i32, bits: usize): void {
  changes<f64>(data, validity, length, bits);
}
export function window_changes_128(data: usize, validity: usize, length: i32, bits: usize): void {
  for (let row = 1; row < length; row++) {
    const at = data + (<usize>row << 4);
    const a = valid(validity, row - 1);
    const b = valid(validity, row);
    if (a != b || (a && (load<u64>(at) != load<u64>(at - 16) || load<u64>(at, 8) != load<u64>(at - 8)))) setBit(bits, row);
  }
}
export function window_changes_bit(data: usize, validity: usize, length: i32, bits: usize): void {
  for (let row = 1; row < length; row++) {
    const a = valid(validity, row - 1);
    const b = valid(validity, row);
    if (a != b || (a && bit(data, row - 1) != bit(data, row))) setBit(bits, row);
  }
}
export function window_changes_text(data: usize, offsets: usize, validity: usize, length: i32, bits: usize): void {
  for (let row = 1; row < length; row++) {
    const a = valid(validity, row - 1);
    const b = valid(validity, row);
    if (a != b || (a && differentTexts(data, offsets + (<usize>row << 2)))) setBit(bits, row);
  }
}

/** Is the text before the entry another than that of the entry? */
function differentTexts(data: usize, entry: usize): bool {
  const start = load<i32>(entry - 4);
  const middle = load<i32>(entry);
  const size = load<i32>(entry, 4) - middle;
  if (middle - start != size) return true;
  return memory.compare(data + start, data + middle, size) != 0;
}

/** How many bits are set up to and with each row; without bits, rows count from 1. Returns the last. */
export function window_ordinals(bits: usize, length: i32, out: usize): i32 {
  let count = 0;
  for (let row = 0; row < length; row++) {
    count += i32(valid(bits, row));
    store<i32>(out + (<usize>row << 2), count);
  }
  return count;
}

/** `state`: the number of the last row. */
export function window_row_number(partitions: usize, length: i32, state: usize, out: usize): void {
  let number = load<i64>(state);
  for (let row = 0; row < length; row++) {
    number = bit(partitions, row) ? 1 : number + 1;
    store<i64>(out + (<usize>row << 3), number);
  }
  store<i64>(state, number);
}

/** `state`: the number and the rank of the last row. Every partition begins with a group of peers. */
export function window_rank(partitions: usize, peers: usize, length: i32, state: usize, out: usize): void {
  let number = load<i64>(state);
  let rank = load<i64>(state, 8);
  for (let row = 0; row < length; row++) {
    number = bit(partitions, row) ? 1 : number + 1;
    if (bit(peers, row)) rank = number;
    store<i64>(out + (<usize>row << 3), rank);
  }
  store<i64>(state, number);
  store<i64>(state, rank, 8);
}

/** `state`: the rank of the last row. */
export function window_dense_rank(partitions: usize, peers: usize, length: i32, state: usize, out: usize): void {
  let rank = load<i64>(state);
  for (let row = 0; row < length; row++) {
    if (bit(partitions, row)) rank = 1;
    else rank += i64(bit(peers, row));
    store<i64>(out + (<usize>row << 3), rank);
  }
  store<i64>(state, rank);
}

/** (rank - 1) / (rows - 1), 0 in partitions of one row. */
export function window_percent_rank(ranks: usize, rows: usize, length: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const others = load<i64>(rows + i) - 1;
    store<f64>(out + i, others == 0 ? 0 : <f64>(load<i64>(ranks + i) - 1) / <f64>others);
  }
}

/** The part of the partition's rows that come up to the peers of each. */
export function window_cume_dist(upTo: usize, rows: usize, length: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) store<f64>(out + i, <f64>load<i64>(upTo + i) / <f64>load<i64>(rows + i));
}

/** Buckets as even as can be, the larger first. */
export function window_ntile(numbers: usize, rows: usize, length: i32, buckets: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>length << 3; i += 8) {
    const number = load<i64>(numbers + i) - 1;
    const all = load<i64>(rows + i);
    const size = all / buckets;
    const larger = all - size * buckets;
    const inLarger = larger * (size + 1);
    store<i64>(out + i, 1 + (number < inLarger ? number / (size + 1) : larger + (number - inLarger) / size));
  }
}

/**
 * Where a scan adds group g - 1 to group g, for each group that begins in the batch; to `trash` where g begins a
 * partition. A group begins at each bit of `units`; without bits, at each row.
 */
export function window_scan_places(units: usize, partitions: usize, length: i32, stride: i32, trash: i32, out: usize): void {
  let place = stride;
  for (let row = 0; row < length; row++) {
    if (!valid(units, row)) continue;
    store<i32>(out, bit(partitions, row) ? trash : place);
    out += 4;
    place += stride;
  }
}

// Picks are numbered: 0 none, 1 the one kept from the batch before, 2 the first row of the batch, ...

/**
 * For each row the n-th of the rows of its partition so far whose bit is set in `among`, all where that is 0.
 * `state`: how many there were, and the pick to begin with, 0 or 1.
 */
export function window_pick_nth(partitions: usize, among: usize, length: i32, n: i32, state: usize, out: usize): void {
  let count = load<i64>(state);
  let pick = load<i32>(state, 8);
  for (let row = 0; row < length; row++) {
    if (bit(partitions, row)) {
      count = 0;
      pick = 0;
    }
    if (valid(among, row) && ++count == n) pick = row + 2;
    store<i32>(out + (<usize>row << 2), pick);
  }
  store<i64>(state, count);
  store<i32>(state, i32(pick != 0), 8);
}

/** For each row the last such row. `state` as above; nothing is counted. */
export function window_pick_last(partitions: usize, among: usize, length: i32, state: usize, out: usize): void {
  let pick = load<i32>(state, 8);
  for (let row = 0; row < length; row++) {
    if (bit(partitions, row)) pick = 0;
    if (valid(among, row)) pick = row + 2;
    store<i32>(out + (<usize>row << 2), pick);
  }
  store<i32>(state, i32(pick != 0), 8);
}

/** The pick of the last row of each group; `before` is that of the row before the batch. */
export function window_group_picks(units: usize, picks: usize, length: i32, before: i32, out: usize): void {
  let pick = before;
  for (let row = 0; row < length; row++) {
    if (bit(units, row)) {
      store<i32>(out, pick);
      out += 4;
    }
    pick = load<i32>(picks + (<usize>row << 2));
  }
  store<i32>(out, pick);
}

/** For each row the first and the last row between it and the next bit on either side. The first row begins in any case. */
export function window_bounds(bits: usize, length: i32, starts: usize, ends: usize): void {
  let start = 0;
  for (let row = 0; row < length; row++) {
    if (bit(bits, row)) start = row;
    store<i32>(starts + (<usize>row << 2), start);
  }
  let end = length - 1;
  for (let row = length - 1; row >= 0; row--) {
    store<i32>(ends + (<usize>row << 2), end);
    if (bit(bits, row)) end = row - 1;
  }
}

/**
 * Frame ends in rows: `offset` rows on from each, not further than one beyond the partition, so that a frame outside
 * of it is empty. `first` says whether it is the first row of the frame or the last.
 */
export function window_rows_end(starts: usize, ends: usize, length: i32, offset: i32, first: i32, out: usize): void {
  for (let row = 0; row < length; row++) {
    const i = <usize>row << 2;
    const low = load<i32>(starts + i) - (1 - first);
    const high = load<i32>(ends + i) + first;
    store<i32>(out + i, max(low, min(high, row + offset)));
  }
}

/** As above, in groups of peers: their ordinals in the rows, and the first row of each group. */
export function window_groups_end(starts: usize, ends: usize, ordinals: usize, groups: usize, count: i32, length: i32, offset: i32, first: i32, out: usize): void {
  for (let row = 0; row < length; row++) {
    const i = <usize>row << 2;
    const low = load<i32>(starts + i) - (1 - first);
    const high = load<i32>(ends + i) + first;
    // Groups are counted from 0 here; the last row of a group is the one before the next group's first.
    const group = load<i32>(ordinals + i) - 1 + offset + (1 - first);
    const at = group < 0 ? -1 : group >= count ? length : load<i32>(groups + (<usize>group << 2));
    store<i32>(out + i, max(low, min(high, at - (1 - first))));
  }
}

/** key + offset, which stays among the numbers of the type. */
// @ts-ignore: decorator
@inline
function shifted<T>(key: T, offset: T): T {
  if (isFloat<T>()) return key + offset;
  const sum = key + offset;
  if (((key ^ sum) & (offset ^ sum)) < 0) return offset < 0 ? <T>i64.MIN_VALUE : <T>i64.MAX_VALUE;
  return sum;
}

/** In key order, where NaN is the greatest: a < b. */
// @ts-ignore: decorator
@inline
function less<T>(a: T, b: T): bool {
  if (isFloat<T>()) return a < b || (a == a && b != b);
  return a < b;
}

/**
 * As above, in values of the sort key: the first row that is at least, or the last that is at most, `offset` away in
 * the direction of the order. Rows without a key are peers of each other and stand apart.
 */
// @ts-ignore: decorator
@inline
function rangeEnd<K, T>(starts: usize, ends: usize, keys: usize, validity: usize, length: i32, offset: T, descending: bool, first: bool, out: usize): void {
  let cursor = 0;
  for (let row = 0; row < length; row++) {
    const i = <usize>row << 2;
    const start = load<i32>(starts + i);
    const end = load<i32>(ends + i);
    if (cursor < start) cursor = start;
    const here = valid(validity, row);
    const limit = here ? shifted<T>(<T>load<K>(keys + <usize>row * sizeof<K>()), offset) : 0;
    // For the first row: the cursor passes what is before the limit. For the last: what is not after it.
    while (cursor <= end) {
      const there = valid(validity, cursor);
      let passes: bool;
      if (there != here) passes = cursor < row;
      else if (!here) passes = !first;
      else {
        const key = <T>load<K>(keys + <usize>cursor * sizeof<K>());
        const before = descending ? less<T>(limit, key) : less<T>(key, limit);
        const after = descending ? less<T>(key, limit) : less<T>(limit, key);
        passes = first ? before : !after;
      }
      if (!passes) break;
      cursor++;
    }
    store<i32>(out + i, first ? cursor : cursor - 1);
  }
}

export function window_range_end_i64(starts: usize, ends: usize, keys: usize, validity: usize, length: i32, offset: i64, descending: i32, first: i32, out: usize): void {
  rangeEnd<i64, i64>(starts, ends, keys, validity, length, offset, descending != 0, first != 0, out);
}
export function window_range_end_i32(starts: usize, ends: usize, keys: usize, validity: usize, length: i32, offset: i64, descending: i32, first: i32, out: usize): void {
  rangeEnd<i32, i64>(starts, ends, keys, validity, length, offset, descending != 0, first != 0, out);
}
export function window_range_end_f64(starts: usize, ends: usize, keys: usize, validity: usize, length: i32, offset: f64, descending: i32, first: i32, out: usize): void {
  rangeEnd<f64, f64>(starts, ends, keys, validity, length, offset, descending != 0, first != 0, out);
}

/** The first row from `from` on whose frame reaches the last row of all: what comes next may belong to it. */
export function window_ready(ends: usize, from: i32, length: i32): i32 {
  for (let row = from; row < length; row++) if (load<i32>(ends + (<usize>row << 2)) >= length - 1) return row;
  return length;
}

/** The row of each frame's n-th row, -1 where it has fewer. */
export function window_frame_nth(firsts: usize, lasts: usize, count: i32, n: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const row = load<i32>(firsts + i) + n - 1;
    store<i32>(out + i, row <= load<i32>(lasts + i) ? row : -1);
  }
}

/** The row of each frame's last row, -1 where it is empty. */
export function window_frame_last(firsts: usize, lasts: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const row = load<i32>(lasts + i);
    store<i32>(out + i, row >= load<i32>(firsts + i) ? row : -1);
  }
}

/** How many bits are set before each of `length` rows and at the end, and the rows where they are. */
export function window_listed(bits: usize, length: i32, counts: usize, rows: usize): void {
  let count = 0;
  for (let row = 0; row < length; row++) {
    store<i32>(counts + (<usize>row << 2), count);
    store<i32>(rows + (<usize>count << 2), row);
    count += i32(bit(bits, row));
  }
  store<i32>(counts + (<usize>length << 2), count);
}

/** As window_frame_nth, among the rows listed; with n = 0 the last of them. */
export function window_listed_nth(firsts: usize, lasts: usize, count: i32, n: i32, counts: usize, rows: usize, out: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const first = load<i32>(firsts + i);
    const last = load<i32>(lasts + i);
    let row = -1;
    if (first <= last) {
      const before = load<i32>(counts + (<usize>first << 2));
      const upTo = load<i32>(counts + (<usize>(last + 1) << 2));
      const at = n == 0 ? upTo - 1 : before + n - 1;
      if (at >= before && at < upTo) row = load<i32>(rows + (<usize>at << 2));
    }
    store<i32>(out + i, row);
  }
}

/** The row `by` rows on from each, -1 where that is not in its partition. */
export function window_shift(starts: usize, ends: usize, length: i32, by: i32, out: usize): void {
  for (let row = 0; row < length; row++) {
    const i = <usize>row << 2;
    const at = row + by;
    store<i32>(out + i, at >= load<i32>(starts + i) && at <= load<i32>(ends + i) ? at : -1);
  }
}

/** As above, among the rows listed: the by-th of them after the row, or before it. */
export function window_listed_shift(starts: usize, ends: usize, length: i32, by: i32, counts: usize, rows: usize, out: usize): void {
  const all = load<i32>(counts + (<usize>length << 2));
  for (let row = 0; row < length; row++) {
    const i = <usize>row << 2;
    const at = by < 0 ? load<i32>(counts + i) + by : load<i32>(counts + i + 4) + by - 1;
    const found = at >= 0 && at < all ? load<i32>(rows + (<usize>at << 2)) : -1;
    store<i32>(out + i, found >= load<i32>(starts + i) && found <= load<i32>(ends + i) ? found : -1);
  }
}

/** The rows, and where there is none (-1) the other ones. */
export function window_or_end(rows: usize, others: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const row = load<i32>(rows + i);
    store<i32>(out + i, row < 0 ? load<i32>(others + i) : row);
  }
}

/** Where a shifted row is there, its number among them; else that of the row itself behind all `count` of them. */
export function window_or_default(rows: usize, count: i32, out: usize): void {
  for (let row = 0; row < count; row++) {
    const i = <usize>row << 2;
    store<i32>(out + i, load<i32>(rows + i) < 0 ? count + row : row);
  }
}

// Aggregates over frames whose ends only move on, by two scans and one merge a row (as van Herk, "A fast algorithm for
// local minimum and maximum filters", 1992, but with blocks as long as the frames are):
//
//   rows     . . . . . . . . . . . .      blocks are cut behind the frame of the first row that begins behind the last cut
//   blocks  |. . . . .|. . . . . .|.
//   frame        [. . . . .]              = suffix of its first block, merged with the prefix of its last

/** Marks the rows where a block begins, in bits from row `low` on. */
export function window_cuts(firsts: usize, lasts: usize, count: i32, low: i32, bits: usize): void {
  let cut = low - 1;
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const first = load<i32>(firsts + i);
    const last = load<i32>(lasts + i);
    if (first > last || first <= cut) continue;
    setBit(bits, cut + 1 - low);
    cut = last;
  }
  setBit(bits, cut + 1 - low);
}

/** Where the scans of `count` structs add one to its neighbour: to the next, or to the one before if `backward`; to `trash` across a cut. */
export function window_block_places(cuts: usize, count: i32, stride: i32, trash: i32, backward: i32, out: usize): void {
  if (backward != 0) {
    for (let row = count - 1; row > 0; row--) {
      store<i32>(out, bit(cuts, row) ? trash : (row - 1) * stride);
      out += 4;
    }
  } else {
    for (let row = 1; row < count; row++) {
      store<i32>(out, bit(cuts, row) ? trash : row * stride);
      out += 4;
    }
  }
}

/** For each frame the suffix it begins with, and the prefix it ends with; `fresh` where it has none. */
export function window_gather(firsts: usize, lasts: usize, count: i32, low: i32, suffixes: usize, prefixes: usize, stride: i32, fresh: usize, heads: usize, tails: usize): void {
  let cut = low - 1;
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const first = load<i32>(firsts + i);
    const last = load<i32>(lasts + i);
    let head = fresh;
    let tail = fresh;
    if (first <= last) {
      if (first > cut) cut = last;
      head = suffixes + <usize>(first - low) * stride;
      if (last > cut) tail = prefixes + <usize>(last - low) * stride;
    }
    copyStruct(heads, head, stride);
    copyStruct(tails, tail, stride);
    heads += stride;
    tails += stride;
  }
}

// @ts-ignore: decorator
@inline
function copyStruct(to: usize, from: usize, stride: i32): void {
  for (let b = 0; b < stride; b += 8) store<u64>(to + b, load<u64>(from + b));
}

/** The struct of each row, counted from `low`. */
export function window_gather_suffixes(rows: usize, low: i32, structs: usize, count: i32, stride: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    copyStruct(out, structs + <usize>(load<i32>(rows + (<usize>i << 2)) - low) * stride, stride);
    out += stride;
  }
}

/** As above; for rows before `low` the struct `fresh`: a frame that ends where the first does has no prefix. */
export function window_gather_prefixes(rows: usize, low: i32, structs: usize, count: i32, stride: i32, fresh: usize, out: usize): void {
  for (let i = 0; i < count; i++) {
    const at = load<i32>(rows + (<usize>i << 2)) - low;
    copyStruct(out, at < 0 ? fresh : structs + <usize>at * stride, stride);
    out += stride;
  }
}

/**
 * The rows of frames one after another, each with the number of its frame. `state`: the frame and how many of its rows
 * were given before. Returns how many are given now, at most `most`.
 */
export function window_expand(firsts: usize, lasts: usize, count: i32, state: usize, most: i32, frames: usize, rows: usize): i32 {
  let frame = load<i32>(state);
  let skip = load<i32>(state, 4);
  let given = 0;
  while (frame < count) {
    const first = load<i32>(firsts + (<usize>frame << 2)) + skip;
    const last = load<i32>(lasts + (<usize>frame << 2));
    const end = min(last, first + (most - given) - 1);
    for (let row = first; row <= end; row++) {
      store<i32>(frames + (<usize>given << 2), frame);
      store<i32>(rows + (<usize>given << 2), row);
      given++;
    }
    if (end < last) {
      skip += max(0, end - first + 1);
      break;
    }
    frame++;
    skip = 0;
  }
  store<i32>(state, frame);
  store<i32>(state, skip, 4);
  return given;
}
