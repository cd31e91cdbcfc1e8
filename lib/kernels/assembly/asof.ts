// Sorted rows beside sorted rows: where each of the one stands among the others, and which of its neighbours is meant.
// Rows are given by their keys (sort.ts), whose bytes compare as the rows do; the last `tail` bytes are those of the value
// that is near.
import { valid } from './bits';
import { compareBytes } from './key-order';

// @ts-ignore: decorator
@inline
function compareRows(aOffsets: usize, aKeys: usize, a: i32, bOffsets: usize, bKeys: usize, b: i32): i32 {
  const x = aOffsets + (<usize>a << 2);
  const y = bOffsets + (<usize>b << 2);
  const xStart = load<i32>(x);
  const yStart = load<i32>(y);
  return compareBytes(aKeys + xStart, load<i32>(x, 4) - xStart, bKeys + yStart, load<i32>(y, 4) - yStart);
}

/**
 * For left rows from `from` on, how many right rows are below, and how many below or equal. The counts of the row before
 * are at `state` and are kept there. Unless the right rows have `ended` a row that none is above is not told of, for more
 * may come. Returns the left rows done in all.
 */
export function asof_count(
  offsets: usize,
  keys: usize,
  from: i32,
  length: i32,
  rightOffsets: usize,
  rightKeys: usize,
  rightLength: i32,
  ended: i32,
  state: usize,
  below: usize,
  upTo: usize,
): i32 {
  let lower = load<i32>(state);
  let upper = load<i32>(state, 4);
  let row = from;
  for (; row < length; row++) {
    while (lower < rightLength && compareRows(rightOffsets, rightKeys, lower, offsets, keys, row) < 0) lower++;
    if (upper < lower) upper = lower;
    while (upper < rightLength && compareRows(rightOffsets, rightKeys, upper, offsets, keys, row) == 0) upper++;
    if (upper == rightLength && ended == 0) break;
    store<i32>(below + (<usize>(row - from) << 2), lower);
    store<i32>(upTo + (<usize>(row - from) << 2), upper);
  }
  store<i32>(state, lower);
  store<i32>(state, upper, 4);
  return row;
}

/** The last row that is below the last one; -1 if there is none. */
export function asof_prior(offsets: usize, keys: usize, length: i32): i32 {
  let row = length - 2;
  while (row >= 0 && compareRows(offsets, keys, row, offsets, keys, length - 1) == 0) row--;
  return row;
}

// @ts-ignore: decorator
@inline
function sameHead(aOffsets: usize, aKeys: usize, a: i32, bOffsets: usize, bKeys: usize, b: i32, tail: i32): bool {
  const x = aOffsets + (<usize>a << 2);
  const y = bOffsets + (<usize>b << 2);
  const xStart = load<i32>(x);
  const yStart = load<i32>(y);
  const xSize = load<i32>(x, 4) - xStart - tail;
  const ySize = load<i32>(y, 4) - yStart - tail;
  return xSize == ySize && compareBytes(aKeys + xStart, xSize, bKeys + yStart, ySize) == 0;
}

/** From the lower to the upper; integers as unsigned, so that none is too far. */
// @ts-ignore: decorator
@inline
function distance<T>(lower: T, upper: T): T {
  if (isFloat<T>()) return lower == upper || (lower != lower && upper != upper) ? <T>0 : <T>(upper - lower);
  return <T>(upper - lower);
}

const backward = 0;
const forward = 1;
const nearest = 2;

// @ts-ignore: decorator
@inline
function choose<T>(
  offsets: usize,
  keys: usize,
  from: i32,
  count: i32,
  rightOffsets: usize,
  rightKeys: usize,
  rightLength: i32,
  tail: i32,
  below: usize,
  upTo: usize,
  direction: i32,
  allowEqual: i32,
  values: usize,
  validity: usize,
  rightValues: usize,
  tolerance: usize,
  out: usize,
): void {
  for (let i = 0; i < count; i++) {
    const row = from + i;
    let before = -1;
    let after = -1;
    if (valid(validity, row)) {
      const lower = load<i32>(below + (<usize>i << 2));
      const upper = load<i32>(upTo + (<usize>i << 2));
      if (direction != forward) before = (allowEqual ? upper : lower) - 1;
      if (direction != backward) after = allowEqual && direction != nearest ? lower : upper;
      if (after >= rightLength) after = -1;
      if (before >= 0 && !sameHead(offsets, keys, row, rightOffsets, rightKeys, before, tail)) before = -1;
      if (after >= 0 && !sameHead(offsets, keys, row, rightOffsets, rightKeys, after, tail)) after = -1;
    }
    let chosen = before >= 0 ? before : after;
    if (chosen >= 0) {
      const value = load<T>(values + <usize>row * sizeof<T>());
      const down = before < 0 ? <T>0 : distance<T>(load<T>(rightValues + <usize>before * sizeof<T>()), value);
      const up = after < 0 ? <T>0 : distance<T>(value, load<T>(rightValues + <usize>after * sizeof<T>()));
      if (before >= 0 && after >= 0 && up < down) chosen = after;
      if (tolerance != 0 && !((chosen == before ? down : up) <= load<T>(tolerance))) chosen = -1;
    }
    store<i32>(out + (<usize>i << 2), chosen);
  }
}

/** The right row that each left row means, -1 for none. `direction`: 0 backward, 1 forward, 2 nearest; a `tolerance` at 0 is none. */
export function asof_choose_u64(offsets: usize, keys: usize, from: i32, count: i32, rightOffsets: usize, rightKeys: usize, rightLength: i32, tail: i32, below: usize, upTo: usize, direction: i32, allowEqual: i32, values: usize, validity: usize, rightValues: usize, tolerance: usize, out: usize): void {
  choose<u64>(offsets, keys, from, count, rightOffsets, rightKeys, rightLength, tail, below, upTo, direction, allowEqual, values, validity, rightValues, tolerance, out);
}
export function asof_choose_f64(offsets: usize, keys: usize, from: i32, count: i32, rightOffsets: usize, rightKeys: usize, rightLength: i32, tail: i32, below: usize, upTo: usize, direction: i32, allowEqual: i32, values: usize, validity: usize, rightValues: usize, tolerance: usize, out: usize): void {
  choose<f64>(offsets, keys, from, count, rightOffsets, rightKeys, rightLength, tail, below, upTo, direction, allowEqual, values, validity, rightValues, tolerance, out);
}
