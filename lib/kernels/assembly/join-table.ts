// Keys of a join as numbers, and the rows of the build side by them.
//
//   key fields ─▶ words: the fields' digits in one number, all ones where the row can match nothing
//   dense:  first[word] = row             the words lie close together
//   ranked: see join-ranked.ts            they lie within what a bitmap of them takes
//   sparse: slots of { word, row + 1 }    they do not; 0 = free, linear probing
//   next[row] = the row before it with the same word, -1 at the end
//
// Rows come in order, so `next` always leads to a smaller row.
import { bit, setBit, valid } from './bits';
import { hash64 } from './hash';
import { KeyField } from './join-key-field';

const missing: u64 = ~(<u64>0);

/** A number that is equal where values are: -0.0 is 0.0 and every NaN is one. */
// @ts-ignore: decorator
@inline
function bitsOf<T>(value: T): u64 {
  if (isFloat<T>()) {
    if (sizeof<T>() == 4) {
      const narrow = <f32>value;
      return <u64>(narrow != narrow ? 0x7fc00000 : reinterpret<u32>(narrow + <f32>0));
    }
    const wide = <f64>value;
    return wide != wide ? 0x7ff8000000000000 : reinterpret<u64>(wide + 0.0);
  }
  return <u64>(<i64>value);
}

// @ts-ignore: decorator
@inline
function putWord<W>(out: usize, row: i32, digit: u64, weight: u64, more: i32): void {
  const at = out + <usize>row * sizeof<W>();
  if (more == 0) {
    store<W>(at, digit == missing ? <W>missing : <W>(digit * weight));
    return;
  }
  const before = load<W>(at);
  store<W>(at, digit == missing || before == <W>missing ? <W>missing : before + <W>(digit * weight));
}

// @ts-ignore: decorator
@inline
function words<T, W>(data: usize, validity: usize, length: i32, address: usize, out: usize, more: i32): void {
  const field = changetype<KeyField>(address);
  const base = <u64>field.base;
  const span = field.span;
  const weight = field.weight;
  const nothing = field.nothing;
  for (let i = 0; i < length; i++) {
    const distance = bitsOf<T>(load<T>(data + <usize>i * sizeof<T>())) - base;
    const value = distance < span ? distance : missing;
    putWord<W>(out, i, valid(validity, i) ? value : nothing, weight, more);
  }
}

// @ts-ignore: decorator
@inline
function bitWords<W>(data: usize, validity: usize, length: i32, address: usize, out: usize, more: i32): void {
  const field = changetype<KeyField>(address);
  const base = <u64>field.base;
  const span = field.span;
  for (let i = 0; i < length; i++) {
    const distance = u64(bit(data, i)) - base;
    const value = distance < span ? distance : missing;
    putWord<W>(out, i, valid(validity, i) ? value : field.nothing, field.weight, more);
  }
}

/** out[i] is the row's digit times its weight, or, with `more`, that added to what was there. 32 and 64 are the bits of a word. */
export function join_words32_i8(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<i8, u32>(data, validity, length, field, out, more);
}
export function join_words32_u8(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<u8, u32>(data, validity, length, field, out, more);
}
export function join_words32_i16(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<i16, u32>(data, validity, length, field, out, more);
}
export function join_words32_u16(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<u16, u32>(data, validity, length, field, out, more);
}
export function join_words32_i32(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<i32, u32>(data, validity, length, field, out, more);
}
export function join_words32_u32(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<u32, u32>(data, validity, length, field, out, more);
}
export function join_words32_i64(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<i64, u32>(data, validity, length, field, out, more);
}
export function join_words32_u64(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<u64, u32>(data, validity, length, field, out, more);
}
export function join_words32_f32(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<f32, u32>(data, validity, length, field, out, more);
}
export function join_words32_bit(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  bitWords<u32>(data, validity, length, field, out, more);
}
export function join_words64_i8(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<i8, u64>(data, validity, length, field, out, more);
}
export function join_words64_u8(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<u8, u64>(data, validity, length, field, out, more);
}
export function join_words64_i16(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<i16, u64>(data, validity, length, field, out, more);
}
export function join_words64_u16(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<u16, u64>(data, validity, length, field, out, more);
}
export function join_words64_i32(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<i32, u64>(data, validity, length, field, out, more);
}
export function join_words64_u32(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<u32, u64>(data, validity, length, field, out, more);
}
export function join_words64_i64(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<i64, u64>(data, validity, length, field, out, more);
}
export function join_words64_u64(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<u64, u64>(data, validity, length, field, out, more);
}
export function join_words64_f32(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<f32, u64>(data, validity, length, field, out, more);
}
export function join_words64_f64(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  words<f64, u64>(data, validity, length, field, out, more);
}
export function join_words64_bit(data: usize, validity: usize, length: i32, field: usize, out: usize, more: i32): void {
  bitWords<u64>(data, validity, length, field, out, more);
}

/** Words that are all the rows' where they have no key: 0. */
export function join_words_none(length: i32, out: usize): void {
  memory.fill(out, 0, <usize>length << 2);
}

/** Offsets of rows of `stride` bytes, one behind the other. */
export function join_row_offsets(stride: i32, length: i32, out: usize): void {
  for (let i = 0; i <= length; i++) store<i32>(out + (<usize>i << 2), i * stride);
}

// ---- dense

/**
 * Enters rows `row + from` and on; returns the rows done in all: less than `length` where a word comes again and there
 * is no `next` yet.
 */
export function join_dense_enter(wordsAt: usize, from: i32, length: i32, first: usize, next: usize, row: i32): i32 {
  for (let i = from; i < length; i++) {
    const word = load<i32>(wordsAt + (<usize>i << 2));
    if (word == -1) continue;
    const at = first + (<usize>word << 2);
    const before = load<i32>(at);
    if (before >= 0) {
      if (next == 0) return i;
      store<i32>(next + (<usize>(row + i) << 2), before);
    }
    store<i32>(at, row + i);
  }
  return length;
}

/** The last row entered with each word, -1 where there is none. first[domain] is -1, for words that are missing. */
export function join_dense_find(wordsAt: usize, length: i32, first: usize, domain: u32, out: usize): void {
  for (let i = 0; i < length; i++) {
    const word = min<u32>(load<u32>(wordsAt + (<usize>i << 2)), domain);
    store<i32>(out + (<usize>i << 2), load<i32>(first + (<usize>word << 2)));
  }
}

/** As join_dense_find for a key of one field, without a column of words. */
// @ts-ignore: decorator
@inline
function findOne<T>(data: usize, validity: usize, length: i32, address: usize, first: usize, domain: u32, out: usize): void {
  const field = changetype<KeyField>(address);
  const base = <u64>field.base;
  const span = field.span;
  const nothing = <u32>min<u64>(field.nothing, <u64>domain);
  if (validity == 0) {
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      const at = data + <usize>i * sizeof<T>();
      const a = <u64>(<i64>load<T>(at)) - base;
      const b = <u64>(<i64>load<T>(at, sizeof<T>())) - base;
      const c = <u64>(<i64>load<T>(at, 2 * sizeof<T>())) - base;
      const d = <u64>(<i64>load<T>(at, 3 * sizeof<T>())) - base;
      const to = out + (<usize>i << 2);
      store<i32>(to, load<i32>(first + (<usize>(a < span ? <u32>a : domain) << 2)));
      store<i32>(to, load<i32>(first + (<usize>(b < span ? <u32>b : domain) << 2)), 4);
      store<i32>(to, load<i32>(first + (<usize>(c < span ? <u32>c : domain) << 2)), 8);
      store<i32>(to, load<i32>(first + (<usize>(d < span ? <u32>d : domain) << 2)), 12);
    }
    for (; i < length; i++) {
      const distance = <u64>(<i64>load<T>(data + <usize>i * sizeof<T>())) - base;
      store<i32>(out + (<usize>i << 2), load<i32>(first + (<usize>(distance < span ? <u32>distance : domain) << 2)));
    }
    return;
  }
  for (let i = 0; i < length; i++) {
    const distance = <u64>(<i64>load<T>(data + <usize>i * sizeof<T>())) - base;
    const word = valid(validity, i) ? (distance < span ? <u32>distance : domain) : nothing;
    store<i32>(out + (<usize>i << 2), load<i32>(first + (<usize>word << 2)));
  }
}

export function join_find_i8(data: usize, validity: usize, length: i32, field: usize, first: usize, domain: u32, out: usize): void {
  findOne<i8>(data, validity, length, field, first, domain, out);
}
export function join_find_u8(data: usize, validity: usize, length: i32, field: usize, first: usize, domain: u32, out: usize): void {
  findOne<u8>(data, validity, length, field, first, domain, out);
}
export function join_find_i16(data: usize, validity: usize, length: i32, field: usize, first: usize, domain: u32, out: usize): void {
  findOne<i16>(data, validity, length, field, first, domain, out);
}
export function join_find_u16(data: usize, validity: usize, length: i32, field: usize, first: usize, domain: u32, out: usize): void {
  findOne<u16>(data, validity, length, field, first, domain, out);
}
export function join_find_i32(data: usize, validity: usize, length: i32, field: usize, first: usize, domain: u32, out: usize): void {
  findOne<i32>(data, validity, length, field, first, domain, out);
}
export function join_find_u32(data: usize, validity: usize, length: i32, field: usize, first: usize, domain: u32, out: usize): void {
  findOne<u32>(data, validity, length, field, first, domain, out);
}
export function join_find_i64(data: usize, validity: usize, length: i32, field: usize, first: usize, domain: u32, out: usize): void {
  findOne<i64>(data, validity, length, field, first, domain, out);
}
export function join_find_u64(data: usize, validity: usize, length: i32, field: usize, first: usize, domain: u32, out: usize): void {
  findOne<u64>(data, validity, length, field, first, domain, out);
}

// ---- sparse

/** A slot among `slots`, of any number. */
// @ts-ignore: decorator
@inline
function slotOf(word: u64, slots: u32): u32 {
  return <u32>(((hash64(word) & 0xffffffff) * <u64>slots) >> 32);
}

// @ts-ignore: decorator
@inline
function slotBytes<W>(): usize {
  return sizeof<W>() == 4 ? 8 : 16;
}

const blockRows = 256;

/** More slots than the cache holds: what rows will touch is loaded ahead. */
const cachedSlots: u32 = 1 << 15;

let touched: u32 = 0;

/** Loads the slots of some rows, all at once. */
// @ts-ignore: decorator
@inline
function warm<W>(wordsAt: usize, count: i32, slotsAt: usize, slots: u32): void {
  let sum: u32 = 0;
  for (let i = 0; i < count; i++)
    sum += load<u32>(slotsAt + <usize>slotOf(<u64>load<W>(wordsAt + <usize>i * sizeof<W>()), slots) * slotBytes<W>());
  touched = sum;
}

// @ts-ignore: decorator
@inline
function enter<W>(wordsAt: usize, from: i32, length: i32, slotsAt: usize, slots: u32, next: usize, row: i32): i32 {
  for (let block = from; block < length; block += blockRows) {
    const end = min<i32>(length, block + blockRows);
    if (slots > cachedSlots) warm<W>(wordsAt + <usize>block * sizeof<W>(), end - block, slotsAt, slots);
    for (let i = block; i < end; i++) {
      const word = load<W>(wordsAt + <usize>i * sizeof<W>());
      if (word == <W>missing) continue;
      let slot = slotOf(<u64>word, slots);
      while (true) {
        const at = slotsAt + <usize>slot * slotBytes<W>();
        const held = load<i32>(at, sizeof<W>());
        if (held == 0) {
          store<W>(at, word);
          store<i32>(at, row + i + 1, sizeof<W>());
          break;
        }
        if (load<W>(at) == word) {
          if (next == 0) return i;
          store<i32>(next + (<usize>(row + i) << 2), held - 1);
          store<i32>(at, row + i + 1, sizeof<W>());
          break;
        }
        if (++slot == slots) slot = 0;
      }
    }
  }
  return length;
}

/** As join_dense_enter; `slots` are more than there are words. */
export function join_sparse_enter32(wordsAt: usize, from: i32, length: i32, slotsAt: usize, slots: u32, next: usize, row: i32): i32 {
  return enter<u32>(wordsAt, from, length, slotsAt, slots, next, row);
}
export function join_sparse_enter64(wordsAt: usize, from: i32, length: i32, slotsAt: usize, slots: u32, next: usize, row: i32): i32 {
  return enter<u64>(wordsAt, from, length, slotsAt, slots, next, row);
}

// @ts-ignore: decorator
@inline
function find<W>(wordsAt: usize, length: i32, slotsAt: usize, slots: u32, out: usize): void {
  for (let block = 0; block < length; block += blockRows) {
    const end = min<i32>(length, block + blockRows);
    if (slots > cachedSlots) warm<W>(wordsAt + <usize>block * sizeof<W>(), end - block, slotsAt, slots);
    for (let i = block; i < end; i++) {
      const word = load<W>(wordsAt + <usize>i * sizeof<W>());
      let row = -1;
      if (word != <W>missing) {
        let slot = slotOf(<u64>word, slots);
        while (true) {
          const at = slotsAt + <usize>slot * slotBytes<W>();
          const held = load<i32>(at, sizeof<W>());
          if (held == 0) break;
          if (load<W>(at) == word) {
            row = held - 1;
            break;
          }
          if (++slot == slots) slot = 0;
        }
      }
      store<i32>(out + (<usize>i << 2), row);
    }
  }
}

export function join_sparse_find32(wordsAt: usize, length: i32, slotsAt: usize, slots: u32, out: usize): void {
  find<u32>(wordsAt, length, slotsAt, slots, out);
}
export function join_sparse_find64(wordsAt: usize, length: i32, slotsAt: usize, slots: u32, out: usize): void {
  find<u64>(wordsAt, length, slotsAt, slots, out);
}

// ---- pairs

/** The rows that have a match, and the first one; returns how many. Both outputs have room for `length`. */
export function join_pairs(heads: usize, length: i32, rows: usize, matches: usize): i32 {
  let count: usize = 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const at = heads + (<usize>i << 2);
    const a = load<i32>(at);
    const b = load<i32>(at, 4);
    const c = load<i32>(at, 8);
    const d = load<i32>(at, 12);
    store<i32>(rows + count, i);
    store<i32>(matches + count, a);
    count += <usize>(a >= 0) << 2;
    store<i32>(rows + count, i + 1);
    store<i32>(matches + count, b);
    count += <usize>(b >= 0) << 2;
    store<i32>(rows + count, i + 2);
    store<i32>(matches + count, c);
    count += <usize>(c >= 0) << 2;
    store<i32>(rows + count, i + 3);
    store<i32>(matches + count, d);
    count += <usize>(d >= 0) << 2;
  }
  for (; i < length; i++) {
    const head = load<i32>(heads + (<usize>i << 2));
    store<i32>(rows + count, i);
    store<i32>(matches + count, head);
    count += <usize>(head >= 0) << 2;
  }
  return <i32>(count >> 2);
}

/** The rows without a match; returns how many. */
export function join_unmatched(heads: usize, length: i32, rows: usize): i32 {
  let count: usize = 0;
  for (let i = 0; i < length; i++) {
    store<i32>(rows + count, i);
    count += <usize>(load<i32>(heads + (<usize>i << 2)) < 0) << 2;
  }
  return <i32>(count >> 2);
}

/**
 * Gives out up to `capacity` pairs of open rows and their matches, and moves each row on to its next match. What is
 * still open stays at the front of `rows` and `matches`; how many that is, is written to `left`. Returns the pairs.
 *
 * Every open row goes one step before any goes the next: the loads of a step do not wait for each other.
 */
export function join_steps(
  rows: usize,
  matches: usize,
  open: i32,
  next: usize,
  outRows: usize,
  outMatches: usize,
  capacity: i32,
  left: usize,
): i32 {
  let out: usize = 0;
  const room = <usize>capacity << 2;
  while (open > 0 && out < room) {
    const step = <i32>min<usize>(<usize>open, (room - out) >> 2);
    let kept: usize = 0;
    for (let i: usize = 0; i < <usize>step << 2; i += 4) {
      const row = load<i32>(rows + i);
      const match = load<i32>(matches + i);
      store<i32>(outRows + out, row);
      store<i32>(outMatches + out, match);
      out += 4;
      const following = load<i32>(next + (<usize>match << 2));
      store<i32>(rows + kept, row);
      store<i32>(matches + kept, following);
      kept += <usize>(following >= 0) << 2;
    }
    const rest = open - step;
    if (rest > 0) {
      memory.copy(rows + kept, rows + (<usize>step << 2), <usize>rest << 2);
      memory.copy(matches + kept, matches + (<usize>step << 2), <usize>rest << 2);
    }
    open = <i32>(kept >> 2) + rest;
  }
  store<i32>(left, open);
  return <i32>(out >> 2);
}

// ---- marks

/** Sets the bits of `count` rows, those below 0 left out. */
export function join_mark(rows: usize, count: i32, map: usize): void {
  for (let i = 0; i < count; i++) {
    const row = load<i32>(rows + (<usize>i << 2));
    if (row >= 0) setBit(map, row);
  }
}

/** As join_mark, row r at bit `from` + r. */
export function join_mark_from(rows: usize, count: i32, map: usize, from: i32): void {
  for (let i = 0; i < count; i++) setBit(map, from + load<i32>(rows + (<usize>i << 2)));
}

/** Sets the bits, from bit `from` on, of rows that have a match. */
export function join_mark_heads(heads: usize, length: i32, map: usize, from: i32): void {
  for (let i = 0; i < length; i++) if (load<i32>(heads + (<usize>i << 2)) >= 0) setBit(map, from + i);
}

/** rows[i] += by */
export function join_shift(rows: usize, count: i32, by: i32): void {
  for (let i = 0; i < count; i++) {
    const at = rows + (<usize>i << 2);
    store<i32>(at, load<i32>(at) + by);
  }
}

/** Where a row is marked, so is every row that `next` leads to. */
export function join_mark_chains(map: usize, next: usize, length: i32): void {
  for (let row = length - 1; row >= 0; row--) {
    if (!bit(map, row)) continue;
    const following = load<i32>(next + (<usize>row << 2));
    if (following >= 0) setBit(map, following);
  }
}

/** The rows of [from, from + length) whose bit is `wanted`; returns how many. */
export function join_marked(map: usize, from: i32, length: i32, wanted: i32, out: usize): i32 {
  let count: usize = 0;
  for (let i = 0; i < length; i++) {
    store<i32>(out + count, from + i);
    count += <usize>(i32(bit(map, from + i)) == wanted) << 2;
  }
  return <i32>(count >> 2);
}
