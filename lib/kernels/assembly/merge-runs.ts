// Merging sorted runs by a tree of losers (Donald Knuth, "The Art of Computer Programming" 3, 5.4.1): each inner node
// holds the run that lost the match there, so the next row costs one comparison a level.
//
//   tree   k int32 words: [0] the run that won, [i] the loser of node i; run r enters at node (k + r) / 2
//   run    0 the first 16 bytes of the current key, as two words (16 bytes)   16 address of the key   20 its size
//          24 its row in the batch   28 rows of the batch, 0 if the run has ended   32 offsets of the keys   36 keys
//          40 chunk << 16
import { compareBytes } from './key-order';

const runShift: usize = 6;

/** What the words of a run hold that has ended: no key is above it. */
const last: u64 = ~(<u64>0);

// @ts-ignore: decorator
@inline
function runAt(runs: usize, run: i32): usize {
  return runs + (<usize>run << runShift);
}

/** Eight bytes of a key of which `left` are left, as an integer of the same order; what is missing counts as 00. */
// @ts-ignore: decorator
@inline
function wordOf(key: usize, left: i32): u64 {
  if (left <= 0) return 0;
  const word = bswap<u64>(load<u64>(key));
  return left >= 8 ? word : word & ~(~(<u64>0) >> (<u64>left << 3));
}

/** Points the run at its key of row `row`. */
// @ts-ignore: decorator
@inline
function setKey(run: usize, row: i32): void {
  const entry = load<usize>(run, 32) + (<usize>row << 2);
  const start = load<i32>(entry);
  const size = load<i32>(entry, 4) - start;
  const key = load<usize>(run, 36) + start;
  store<u64>(run, wordOf(key, size));
  store<u64>(run, wordOf(key + 8, size - 8), 8);
  store<usize>(run, key, 16);
  store<i32>(run, size, 20);
  store<i32>(run, row, 24);
}

/** Does run `a` come before run `b`? Of equal keys the earlier run's goes first; a run that has ended is last. */
// @ts-ignore: decorator
@inline
function before(runs: usize, a: i32, b: i32): bool {
  const x = runAt(runs, a);
  const y = runAt(runs, b);
  const xWord = load<u64>(x);
  const yWord = load<u64>(y);
  if (xWord != yWord) return xWord < yWord;
  const xNext = load<u64>(x, 8);
  const yNext = load<u64>(y, 8);
  if (xNext != yNext) return xNext < yNext;
  return beforeByBytes(x, y, a < b);
}

function beforeByBytes(x: usize, y: usize, earlier: bool): bool {
  const xEnded = load<i32>(x, 28) == 0;
  const yEnded = load<i32>(y, 28) == 0;
  if (xEnded || yEnded) return xEnded == yEnded ? earlier : yEnded;
  const order = compareBytes(load<usize>(x, 16), load<i32>(x, 20), load<usize>(y, 16), load<i32>(y, 20));
  return order < 0 || (order == 0 && earlier);
}

/** A new batch of the run, or its end if `length` is 0. */
export function merge_batch(runs: usize, run: i32, length: i32, offsets: usize, keys: usize, chunk: i32): void {
  const at = runAt(runs, run);
  store<i32>(at, length, 28);
  store<usize>(at, offsets, 32);
  store<usize>(at, keys, 36);
  store<i32>(at, chunk << 16, 40);
  if (length > 0) setKey(at, 0);
  else end(at);
}

// @ts-ignore: decorator
@inline
function end(run: usize): void {
  store<u64>(run, last);
  store<u64>(run, last, 8);
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
    // Which of them wins is anyone's guess: no branch.
    const lost = before(runs, other, winner);
    store<i32>(at, select<i32>(winner, other, lost));
    winner = select<i32>(other, winner, lost);
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
    const length = load<i32>(run, 28);
    if (length == 0) break;
    const row = load<i32>(run, 24);
    store<i32>(out + (<usize>n << 2), load<i32>(run, 40) | row);
    n++;
    if (row + 1 == length) {
      store<i32>(run, length, 24);
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
