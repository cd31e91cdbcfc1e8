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

// Rows of a page that look at rows around them: rows are numbered from the first of that page on, those of the pages
// before it are below 0, and i32.MIN_VALUE stands for no row.

/**
 * For each row the first and the last row between it and the next bit on either side: `before` is the first of those that
 * the page begins with, `after` the last of those that it ends with.
 */
export function window_bounds(bits: usize, length: i32, before: i32, after: i32, starts: usize, ends: usize): void {
  let start = before;
  for (let row = 0; row < length; row++) {
    if (bit(bits, row)) start = row;
    store<i32>(starts + (<usize>row << 2), start);
  }
  let end = after;
  for (let row = length - 1; row >= 0; row--) {
    store<i32>(ends + (<usize>row << 2), end);
    if (bit(bits, row)) end = row - 1;
  }
}

/** The first row with a bit, the last, -1 where there is none, and how many have one. */
export function window_bit_ends(bits: usize, length: i32, out: usize): void {
  let first = -1;
  let last = -1;
  let count = 0;
  for (let row = 0; row < length; row++) {
    if (!bit(bits, row)) continue;
    if (first < 0) first = row;
    last = row;
    count++;
  }
  store<i32>(out, first);
  store<i32>(out, last, 4);
  store<i32>(out, count, 8);
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

/** The rows with a bit, `delta` added to each: from the `skip`-th on, at most `most` of them. Returns how many. */
export function window_bit_rows(bits: usize, length: i32, skip: i32, most: i32, delta: i32, out: usize): i32 {
  let given = 0;
  for (let row = 0; row < length && given < most; row++) {
    if (!bit(bits, row)) continue;
    if (skip > 0) {
      skip--;
      continue;
    }
    store<i32>(out + (<usize>given << 2), row + delta);
    given++;
  }
  return given;
}

/**
 * As above, in groups of peers: `ordinals` are those of the rows' groups, and `list` has the first rows of `count` groups
 * from the ordinal `from` on.
 */
export function window_groups_end(starts: usize, ends: usize, ordinals: usize, length: i32, list: usize, from: i32, count: i32, offset: i32, first: i32, out: usize): void {
  for (let row = 0; row < length; row++) {
    const i = <usize>row << 2;
    const low = load<i32>(starts + i) - (1 - first);
    const high = load<i32>(ends + i) + first;
    // The last row of a group is the one before the next group's first.
    const group = load<i32>(ordinals + i) + offset + (1 - first) - from;
    const at = group < 0 ? low : group >= count ? high : load<i32>(list + (<usize>group << 2)) - (1 - first);
    store<i32>(out + i, max(low, min(high, at)));
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
 *
 * A cursor, which is at `state`, passes rows [there, there + thereLength), whose keys are given; where it stands on another
 * row, or on one behind `known`, the row it did not find is returned.
 */
// @ts-ignore: decorator
@inline
function rangeEnd<K, T>(starts: usize, ends: usize, keys: usize, validity: usize, from: i32, length: i32, offset: T, descending: bool, first: bool, there: i32, thereLength: i32, thereKeys: usize, thereValidity: usize, known: i32, state: usize, out: usize): i32 {
  let cursor = load<i32>(state);
  for (let row = from; row < length; row++) {
    const i = <usize>row << 2;
    const start = load<i32>(starts + i);
    const end = load<i32>(ends + i);
    if (cursor < start) cursor = start;
    const here = valid(validity, row);
    const limit = here ? shifted<T>(<T>load<K>(keys + <usize>row * sizeof<K>()), offset) : 0;
    // For the first row: the cursor passes what is before the limit. For the last: what is not after it.
    while (cursor <= end) {
      const at = cursor - there;
      if (at < 0 || at >= thereLength) {
        store<i32>(state, cursor);
        return row;
      }
      const isThere = valid(thereValidity, at);
      let passes: bool;
      if (isThere != here) passes = cursor < row;
      else if (!here) passes = !first;
      else {
        const key = <T>load<K>(thereKeys + <usize>at * sizeof<K>());
        const before = descending ? less<T>(limit, key) : less<T>(key, limit);
        const after = descending ? less<T>(key, limit) : less<T>(limit, key);
        passes = first ? before : !after;
      }
      if (!passes) break;
      cursor++;
    }
    if (cursor > known) {
      store<i32>(state, cursor);
      return row;
    }
    store<i32>(out + i, first ? cursor : cursor - 1);
  }
  store<i32>(state, cursor);
  return length;
}

export function window_range_end_i64(starts: usize, ends: usize, keys: usize, validity: usize, from: i32, length: i32, offset: i64, descending: i32, first: i32, there: i32, thereLength: i32, thereKeys: usize, thereValidity: usize, known: i32, state: usize, out: usize): i32 {
  return rangeEnd<i64, i64>(starts, ends, keys, validity, from, length, offset, descending != 0, first != 0, there, thereLength, thereKeys, thereValidity, known, state, out);
}
export function window_range_end_i32(starts: usize, ends: usize, keys: usize, validity: usize, from: i32, length: i32, offset: i64, descending: i32, first: i32, there: i32, thereLength: i32, thereKeys: usize, thereValidity: usize, known: i32, state: usize, out: usize): i32 {
  return rangeEnd<i32, i64>(starts, ends, keys, validity, from, length, offset, descending != 0, first != 0, there, thereLength, thereKeys, thereValidity, known, state, out);
}
export function window_range_end_f64(starts: usize, ends: usize, keys: usize, validity: usize, from: i32, length: i32, offset: f64, descending: i32, first: i32, there: i32, thereLength: i32, thereKeys: usize, thereValidity: usize, known: i32, state: usize, out: usize): i32 {
  return rangeEnd<f64, f64>(starts, ends, keys, validity, from, length, offset, descending != 0, first != 0, there, thereLength, thereKeys, thereValidity, known, state, out);
}

/** The first row from `from` on whose end is the last row known, or later: what comes next may change it. */
export function window_ready(ends: usize, from: i32, length: i32, known: i32): i32 {
  for (let row = from; row < length; row++) if (load<i32>(ends + (<usize>row << 2)) >= known) return row;
  return length;
}

/** Each frame's n-th row, none where it has fewer. */
export function window_frame_nth(firsts: usize, lasts: usize, count: i32, n: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const row = load<i32>(firsts + i) + n - 1;
    store<i32>(out + i, row <= load<i32>(lasts + i) ? row : i32.MIN_VALUE);
  }
}

/** Each frame's last row, none where it is empty. */
export function window_frame_last(firsts: usize, lasts: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const row = load<i32>(lasts + i);
    store<i32>(out + i, row >= load<i32>(firsts + i) ? row : i32.MIN_VALUE);
  }
}

/** How many bits are set before each row, and up to and with it, modulo 2^32. `state`: how many were before the first. */
export function window_counts(bits: usize, length: i32, state: usize, before: usize, upTo: usize): void {
  let count = load<i32>(state);
  for (let row = 0; row < length; row++) {
    const i = <usize>row << 2;
    store<i32>(before + i, count);
    count += i32(valid(bits, row));
    store<i32>(upTo + i, count);
  }
  store<i32>(state, count);
}

/**
 * The n-th of the rows that count in each frame, or the last for n = 0, by its ordinal from `base` on. `before` and `upTo`:
 * how many count before the frame's first row and up to its last, null in `validity` where the frame is empty.
 */
export function window_counted_nth(before: usize, upTo: usize, validity: usize, count: i32, n: i32, base: i32, out: usize): void {
  for (let row = 0; row < count; row++) {
    const i = <usize>row << 2;
    let found = i32.MIN_VALUE;
    if (valid(validity, row)) {
      const all = load<i32>(upTo + i) - load<i32>(before + i);
      const at = n == 0 ? all : n;
      if (at > 0 && at <= all) found = load<i32>(before + i) + at - 1 - base;
    }
    store<i32>(out + i, found);
  }
}

/** Counts, `by` added, as ordinals from `base` on; none where there are not so many among `known`. */
export function window_shift_counts(counts: usize, count: i32, by: i32, base: i32, known: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const at = load<i32>(counts + i) - base + by;
    store<i32>(out + i, at >= 0 && at < known ? at : i32.MIN_VALUE);
  }
}

/** The first row from `from` on whose count, shifted likewise, is not among `known`. */
export function window_counts_ready(counts: usize, from: i32, length: i32, by: i32, base: i32, known: i32): i32 {
  for (let row = from; row < length; row++) if (load<i32>(counts + (<usize>row << 2)) - base + by >= known) return row;
  return length;
}

/** Forgets rows that were found in another partition. */
export function window_same_partition(found: usize, validity: usize, own: usize, count: i32, rows: usize): void {
  for (let row = 0; row < count; row++) {
    const i = <usize>row << 2;
    if (!valid(validity, row) || load<i32>(found + i) != load<i32>(own + i)) store<i32>(rows + i, i32.MIN_VALUE);
  }
}

/** The row `by` rows on from each of [from, from + count), none where that is not in its partition. */
export function window_shift(starts: usize, ends: usize, from: i32, count: i32, by: i32, out: usize): void {
  for (let k = 0; k < count; k++) {
    const row = from + k;
    const i = <usize>row << 2;
    const at = row + by;
    store<i32>(out + (<usize>k << 2), at >= load<i32>(starts + i) && at <= load<i32>(ends + i) ? at : i32.MIN_VALUE);
  }
}

/** The first row at or after place `at` of the list, or none. */
export function window_next_row(rows: usize, at: i32, count: i32): i32 {
  for (let k = at; k < count; k++) {
    const row = load<i32>(rows + (<usize>k << 2));
    if (row != i32.MIN_VALUE) return row;
  }
  return i32.MIN_VALUE;
}

/** Rows of the list from place `at` on as rows of the page [start, end), -1 for none. Returns the place of the first in another page. */
export function window_page_rows(rows: usize, at: i32, count: i32, start: i32, end: i32, out: usize): i32 {
  for (let k = at; k < count; k++) {
    const row = load<i32>(rows + (<usize>k << 2));
    if (row == i32.MIN_VALUE) store<i32>(out + (<usize>k << 2), -1);
    else if (row < start || row >= end) return k;
    else store<i32>(out + (<usize>k << 2), row - start);
  }
  return count;
}

/** How many frames from the first on begin before `start` and end before `end`. */
export function window_piece(firsts: usize, lasts: usize, count: i32, start: i32, end: i32): i32 {
  for (let k = 0; k < count; k++) {
    const i = <usize>k << 2;
    if (load<i32>(firsts + i) >= start || load<i32>(lasts + i) >= end) return k;
  }
  return count;
}

/** Where a shifted row is there, its number among them; else that of the row itself behind all `count` of them. */
export function window_or_default(rows: usize, count: i32, out: usize): void {
  for (let row = 0; row < count; row++) {
    const i = <usize>row << 2;
    store<i32>(out + i, load<i32>(rows + i) == i32.MIN_VALUE ? count + row : row);
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
 * The rows of frames that are among [low, high), one after another, each with the number of its frame. `state`: the frame
 * and how many of its rows were given before. Returns how many are given now, at most `most`; rows count from `low` on.
 */
export function window_expand(firsts: usize, lasts: usize, count: i32, low: i32, high: i32, state: usize, most: i32, frames: usize, rows: usize): i32 {
  let frame = load<i32>(state);
  let skip = load<i32>(state, 4);
  let given = 0;
  while (frame < count) {
    const first = max(low, load<i32>(firsts + (<usize>frame << 2))) + skip;
    const last = min(high - 1, load<i32>(lasts + (<usize>frame << 2)));
    const end = min(last, first + (most - given) - 1);
    for (let row = first; row <= end; row++) {
      store<i32>(frames + (<usize>given << 2), frame);
      store<i32>(rows + (<usize>given << 2), row - low);
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
