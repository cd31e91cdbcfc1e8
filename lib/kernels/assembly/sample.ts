// Chance by row number: what a row draws depends on the seed and its number alone, not on how rows come in batches.
import { hash64, p0 } from './hash';

// @ts-ignore: decorator
@inline
function stream(seed: f64): u64 {
  return hash64(<u64>(<i64>seed) ^ p0);
}

/** For each row of a batch its draw, a uint64; rows with different numbers draw differently. `first` is the number of row 0. */
export function sample_draw(seed: f64, first: f64, length: i32, draws: usize): void {
  const mixed = stream(seed);
  const from = <u64>first;
  for (let i = 0; i < length; i++) store<u64>(draws + (<usize>i << 3), hash64(mixed ^ (from + <u64>i)));
}

/** The rows that draw less than `rate` (from 0 to 1), as int32 row numbers in `indices`; answers how many. */
export function sample_rate(seed: f64, first: f64, length: i32, rate: f64, indices: usize): i32 {
  const mixed = stream(seed);
  const from = <u64>first;
  // 53 bits, so that a rate of 1 has a bound too.
  const bound = <u64>(rate * 9007199254740992);
  let count = 0;
  for (let i = 0; i < length; i++) {
    store<i32>(indices + (<usize>count << 2), i);
    count += i32(hash64(mixed ^ (from + <u64>i)) >> 11 < bound);
  }
  return count;
}
