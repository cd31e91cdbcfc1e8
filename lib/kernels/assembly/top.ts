// The first rows of each group in an order, chosen as rows come: of each group the least words seen are kept, and a row
// whose word is greater than those comes too late.
//
//   group 0: | least | second | ... | n-th |   group 1: ...     all ones where there is none yet
import { bit, valid } from './bits';
import { ordered } from './key-order';
import { entryOf } from './texts';

const none: u64 = 0xffffffffffffffff;

// @ts-ignore: decorator
@inline
function words<T>(data: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  const invert: u64 = descending != 0 ? none : 0;
  const shift: u64 = 64 - 8 * sizeof<T>();
  const absent: u64 = nullsFirst != 0 ? 0 : none;
  for (let row = 0; row < length; row++) {
    const word = (ordered<T>(data + <usize>row * sizeof<T>()) << shift) ^ invert;
    store<u64>(out + (<usize>row << 3), valid(validity, row) ? word : absent);
  }
}

/** Words whose order is that of the rows, as far as they tell rows apart; nulls have the least word or the greatest. */
export function top_words_i8(data: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  words<i8>(data, validity, length, descending, nullsFirst, out);
}
export function top_words_u8(data: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  words<u8>(data, validity, length, descending, nullsFirst, out);
}
export function top_words_i16(data: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  words<i16>(data, validity, length, descending, nullsFirst, out);
}
export function top_words_u16(data: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  words<u16>(data, validity, length, descending, nullsFirst, out);
}
export function top_words_i32(data: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  words<i32>(data, validity, length, descending, nullsFirst, out);
}
export function top_words_u32(data: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  words<u32>(data, validity, length, descending, nullsFirst, out);
}
export function top_words_i64(data: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  words<i64>(data, validity, length, descending, nullsFirst, out);
}
export function top_words_u64(data: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  words<u64>(data, validity, length, descending, nullsFirst, out);
}
export function top_words_f32(data: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  words<f32>(data, validity, length, descending, nullsFirst, out);
}
export function top_words_f64(data: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  words<f64>(data, validity, length, descending, nullsFirst, out);
}

/** The upper half. */
export function top_words_i128(data: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  const invert: u64 = descending != 0 ? none : 0;
  const absent: u64 = nullsFirst != 0 ? 0 : none;
  for (let row = 0; row < length; row++) {
    const word = ordered<i64>(data + (<usize>row << 4) + 8) ^ invert;
    store<u64>(out + (<usize>row << 3), valid(validity, row) ? word : absent);
  }
}

export function top_words_bit(data: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  const invert: u64 = descending != 0 ? none : 0;
  const absent: u64 = nullsFirst != 0 ? 0 : none;
  for (let row = 0; row < length; row++)
    store<u64>(out + (<usize>row << 3), valid(validity, row) ? <u64>bit(data, row) ^ invert : absent);
}

/** The first 8 bytes; `codes` is 0 for plain text. */
export function top_words_text(data: usize, offsets: usize, codes: usize, validity: usize, length: i32, descending: i32, nullsFirst: i32, out: usize): void {
  const invert: u64 = descending != 0 ? none : 0;
  const absent: u64 = nullsFirst != 0 ? 0 : none;
  for (let row = 0; row < length; row++) {
    let word = absent;
    if (valid(validity, row)) {
      const entry = entryOf(offsets, codes, row);
      const start = load<u32>(entry);
      const size = load<u32>(entry, 4) - start;
      word = size == 0 ? 0 : bswap<u64>(load<u64>(data + start));
      if (size > 0 && size < 8) word &= ~(none >> (<u64>size << 3));
      word ^= invert;
    }
    store<u64>(out + (<usize>row << 3), word);
  }
}

/** Rows whose words are compared before the first of them is taken in: their groups' words stay in the cache. */
const sliceRows = 1024;

/**
 * The rows that may be among the first `n` of their group, whose words are taken in; how many there are. `places` are
 * the addresses of the groups' words. `distinct`: among the first n different words. `strict`: a row as late as the
 * n-th is too late.
 */
export function top_select(places: usize, words: usize, length: i32, n: i32, distinct: bool, strict: bool, out: usize): i32 {
  const last = <usize>(n - 1) << 3;
  let count = 0;
  for (let from = 0; from < length; from += sliceRows) {
    const to = min<i32>(length, from + sliceRows);
    // What is too late now is too late then. Without a branch the loads of many rows are under way at once.
    const at = out + (<usize>count << 2);
    const left = early(places, words, from, to, last, strict, at);
    for (let i = 0; i < left; i++) {
      const row = load<i32>(at + (<usize>i << 2));
      const word = load<u64>(words + (<usize>row << 3));
      const state = <usize>load<u32>(places + (<usize>row << 2));
      const least = load<u64>(state + last);
      if (!inTime(word, least, strict)) continue;
      store<i32>(out + (<usize>count << 2), row);
      count++;
      if (word < least) take(state, last, word, distinct);
    }
  }
  return count;
}

/** Of rows that were selected, those that still may be among the first `n` of their group; how many there are. */
export function top_keep(places: usize, words: usize, length: i32, n: i32, out: usize): i32 {
  return early(places, words, 0, length, <usize>(n - 1) << 3, false, out);
}

// @ts-ignore: decorator
@inline
function early(places: usize, words: usize, from: i32, to: i32, last: usize, strict: bool, out: usize): i32 {
  let at = out;
  for (let row = from; row < to; row++) {
    const least = load<u64>(<usize>load<u32>(places + (<usize>row << 2)) + last);
    store<i32>(at, row);
    at += <usize>inTime(load<u64>(words + (<usize>row << 3)), least, strict) << 2;
  }
  return <i32>((at - out) >> 2);
}

/** As long as there are fewer rows than are wanted, none is too late. */
// @ts-ignore: decorator
@inline
function inTime(word: u64, least: u64, strict: bool): bool {
  return <bool>(u32(word < least) | (u32(word == least) & (u32(!strict) | u32(least == none))));
}

/** Inserts the word into ascending ones, the last of which is lost. */
// @ts-ignore: decorator
@inline
function take(state: usize, last: usize, word: u64, distinct: bool): void {
  let at = last;
  while (at > 0 && load<u64>(state + at - 8) > word) at -= 8;
  if (distinct && at > 0 && load<u64>(state + at - 8) == word) return;
  for (let i = last; i > at; i -= 8) store<u64>(state + i, load<u64>(state + i - 8));
  store<u64>(state + at, word);
}
