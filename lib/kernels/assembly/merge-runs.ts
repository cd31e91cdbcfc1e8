// Merging sorted runs by a tree of losers (Donald Knuth, "The Art of Computer Programming" 3, 5.4.1): each inner node
// holds the run that lost the match there, so the next row costs one comparison a level.
//
//   tree   k int32 words: [0] the run that won, [i] the loser of node i; run r enters at node (k + r) / 2
//   run    0 word of the current key (8 bytes)   8 address of the key   12 its size   16 its row in the batch
//          20 rows of the batch, 0 if the run has ended   24 offsets of the keys   28 keys   32 chunk << 16
import { compareBytes } from './key-order';

const runShift: usize = 6;

// @ts-ignore: decorator
@inline
function runAt(runs: usize, run: i32): usize {
  return runs + (<usize>run << runShift);
}

/** Points the run at its key of row `row`. */
// @ts-ignore: decorator
@inline
function setKey(run: usize, row: i32): void {
  const entry = load<usize>(run, 24) + (<usize>row << 2);
  const start = load<i32>(entry);
  const size = load<i32>(entry, 4) - start;
  const key = load<usize>(run, 28) + start;
  const word = bswap<u64>(load<u64>(key));
  store<u64>(run, size >= 8 ? word : word & ~(~(<u64>0) >> (<u64>size << 3)));
  store<usize>(run, key, 8);
  store<i32>(run, size, 12);
  store<i32>(run, row, 16);
}

/** Does run `a` come before run `b`? Of equal keys the earlier run's goes first; a run that has ended is last. */
// @ts-ignore: decorator
@inline
function before(runs: usize, a: i32, b: i32): bool {
  const x = runAt(runs, a);
  const y = runAt(runs, b);
  if (load<i32>(x, 20) == 0) return load<i32>(y, 20) == 0 && a < b;
  if (load<i32>(y, 20) == 0) return true;
  const xWord = load<u64>(x);
  const yWord = load<u64>(y);
  if (xWord != yWord) return xWord < yWord;
  const order = compareBytes(load<usize>(x, 8), load<i32>(x, 12), load<usize>(y, 8), load<i32>(y, 12));
  return order < 0 || (order == 0 && a < b);
}

/** A new batch of the run, or its end if `length` is 0. */
export function merge_batch(runs: usize, run: i32, length: i32, offsets: usize, keys: usize, chunk: i32): void {
  const at = runAt(runs, run);
  store<i32>(at, length, 20);
  store<usize>(at, offsets, 24);
  store<usize>(at, keys, 28);
  store<i32>(at, chunk << 16, 32);
  if (length > 0) setKey(at, 0);
}

/** Plays all matches. */
export function merge_start(tree: usize, runs: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<i32>(tree + (<usize>i << 2), -1);
  for (let run = count - 1; run >= 0; run--) {
    let winner = run;
    let node = (count + run) >> 1;
    for (; node > 0; node >>= 1) {
      const at = tree + (<usize>node << 2);
      const other = load<i32>(at);
      if (other < 0) {
        store<i32>(at, winner);
        break;
      }
      if (before(runs, other, winner)) {
        store<i32>(at, winner);
        winner = other;
      }
    }
    if (node == 0) store<i32>(tree, winner);
  }
}

/** Plays the matches of a run whose key is new; it was the winner. */
export function merge_replay(tree: usize, runs: usize, count: i32): void {
  replay(tree, runs, count, load<i32>(tree));
}

// @ts-ignore: decorator
@inline
function replay(tree: usize, runs: usize, count: i32, run: i32): void {
  let winner = run;
  for (let node = (count + run) >> 1; node > 0; node >>= 1) {
    const at = tree + (<usize>node << 2);
    const other = load<i32>(at);
    if (before(runs, other, winner)) {
      store<i32>(at, winner);
      winner = other;
    }
  }
  store<i32>(tree, winner);
}

/**
 * Writes the rows that come next, at most `most`, to `out`; stops behind the last row of a batch, whose run is then
 * the winner at tree[0] and needs its next batch and a replay. Returns how many rows.
 */
export function merge_next(tree: usize, runs: usize, count: i32, out: usize, most: i32): i32 {
  let n = 0;
  while (n < most) {
    const winner = load<i32>(tree);
    const run = runAt(runs, winner);
    const length = load<i32>(run, 20);
    if (length == 0) break;
    const row = load<i32>(run, 16);
    store<i32>(out + (<usize>n << 2), load<i32>(run, 32) | row);
    n++;
    if (row + 1 == length) {
      store<i32>(run, length, 16);
      break;
    }
    setKey(run, row + 1);
    replay(tree, runs, count, winner);
  }
  return n;
}

/** How many of `length` keys in order are below the limit, by halves. */
export function merge_below(offsets: usize, keys: usize, length: i32, limit: usize, limitSize: i32): i32 {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = offsets + (<usize>middle << 2);
    const start = load<i32>(entry);
    if (compareBytes(keys + start, load<i32>(entry, 4) - start, limit, limitSize) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
