// Rows of groups brought together: a counting sort, so that the rows of a group keep their order.
//
// `starts` has two zeroed int32s more than there are groups from `base` on. Rows are counted, counts become places, rows
// are placed; afterwards the rows of group base + g are at starts[g] up to starts[g + 1].

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

/** Of rows in the order of their groups, the first or last of each group; returns how many there are. */
export function regroup_keep(groups: usize, rows: usize, count: i32, last: i32, out: usize): i32 {
  let ends = 0;
  for (let i = 0; i < count; i++) {
    const row = load<i32>(rows + (<usize>i << 2));
    const next = last != 0 ? i + 1 : i - 1;
    const inside = next >= 0 && next < count &&
      load<i32>(groups + (<usize>load<i32>(rows + (<usize>next << 2)) << 2)) == load<i32>(groups + (<usize>row << 2));
    store<i32>(out + (<usize>ends << 2), row);
    ends += i32(!inside);
  }
  return ends;
}
