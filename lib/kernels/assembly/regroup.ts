// Rows of groups brought together: a counting sort, so that the rows of a group keep their order.
//
// `starts` has two zeroed int32s more than there are groups from `base` on. Rows are counted, counts become places, rows
// are placed; afterwards the rows of group base + g are at starts[g] up to starts[g + 1].
import { equalBytes } from './hash';

/** Counts rows; may be called for one piece after the other. */
export function regroup_count(groups: usize, count: i32, base: i32, starts: usize): void {
  // While rows are placed, starts[g + 1] is where group g's next one goes.
  for (let i = 0; i < count; i++) {
    const at = starts + (<usize>(load<i32>(groups + (<usize>i << 2)) - base) << 2);
    store<i32>(at, load<i32>(at, 8) + 1, 8);
  }
}

export function regroup_starts(starts: usize, groupCount: i32): void {
  for (let g = 0; g < groupCount; g++) {
    const at = starts + (<usize>g << 2);
    store<i32>(at, load<i32>(at, 8) + load<i32>(at, 4), 8);
  }
}

/** Places 64-bit values; may be called for one piece after the other. */
export function regroup_place(groups: usize, values: usize, count: i32, base: i32, starts: usize, out: usize): void {
  for (let i = 0; i < count; i++) {
    const at = starts + (<usize>(load<i32>(groups + (<usize>i << 2)) - base) << 2);
    const place = load<i32>(at, 4);
    store<i32>(at, place + 1, 4);
    store<i64>(out + (<usize>place << 3), load<i64>(values + (<usize>i << 3)));
  }
}

/** Places row numbers. */
export function regroup_order(groups: usize, count: i32, base: i32, starts: usize, out: usize): void {
  for (let i = 0; i < count; i++) {
    const at = starts + (<usize>(load<i32>(groups + (<usize>i << 2)) - base) << 2);
    const place = load<i32>(at, 4);
    store<i32>(at, place + 1, 4);
    store<i32>(out + (<usize>place << 2), i);
  }
}

/** counts[r] += the rows whose group is in range r, of 2^shift groups from `base` on. */
export function regroup_range_count(groups: usize, count: i32, base: i32, shift: i32, counts: usize): void {
  for (let i = 0; i < count; i++) {
    const at = counts + (<usize>((load<i32>(groups + (<usize>i << 2)) - base) >> shift) << 2);
    store<i32>(at, load<i32>(at) + 1);
  }
}

/** Puts row numbers to `order` by range; `places` is where those of each range begin, and is moved to where they end. */
export function regroup_range_order(groups: usize, count: i32, base: i32, shift: i32, places: usize, order: usize): void {
  for (let i = 0; i < count; i++) {
    const at = places + (<usize>((load<i32>(groups + (<usize>i << 2)) - base) >> shift) << 2);
    const place = load<i32>(at);
    store<i32>(at, place + 1);
    store<i32>(order + (<usize>place << 2), i);
  }
}

/** out[i] = rows[i] + by */
export function regroup_shift(rows: usize, count: i32, by: i32, out: usize): void {
  for (let i = 0; i < count; i++) store<i32>(out + (<usize>i << 2), load<i32>(rows + (<usize>i << 2)) + by);
}

/** The first or last of the rows of each list, -1 where there are none. */
export function regroup_end(offsets: usize, length: i32, rows: usize, last: i32, out: usize): void {
  for (let i = 0; i < length; i++) {
    const from = load<i32>(offsets + (<usize>i << 2));
    const to = load<i32>(offsets + (<usize>i << 2), 4);
    const row = from == to ? -1 : load<i32>(rows + (<usize>(last != 0 ? to - 1 : from) << 2));
    store<i32>(out + (<usize>i << 2), row);
  }
}

/**
 * Of each list, whose rows are in the order of their keys, one row of those whose key is most frequent, the least such
 * key; -1 where there are none. Key k is at keys + places[k], up to places[k + 1].
 */
export function regroup_mode(offsets: usize, length: i32, places: usize, keys: usize, rows: usize, out: usize): void {
  for (let i = 0; i < length; i++) {
    const to = load<i32>(offsets + (<usize>i << 2), 4);
    let best = -1;
    let most = 0;
    for (let from = load<i32>(offsets + (<usize>i << 2)); from < to; ) {
      let end = from + 1;
      while (end < to && equalKeys(places, keys, from, end)) end++;
      if (end - from > most) {
        most = end - from;
        best = load<i32>(rows + (<usize>from << 2));
      }
      from = end;
    }
    store<i32>(out + (<usize>i << 2), best);
  }
}

// @ts-ignore: decorator
@inline
function equalKeys(places: usize, keys: usize, a: i32, b: i32): bool {
  const one = load<i32>(places + (<usize>a << 2));
  const other = load<i32>(places + (<usize>b << 2));
  const size = load<i32>(places + (<usize>a << 2), 4) - one;
  if (size != load<i32>(places + (<usize>b << 2), 4) - other) return false;
  return equalBytes(keys + one, keys + other, size);
}
