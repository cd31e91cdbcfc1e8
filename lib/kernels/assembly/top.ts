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

/** Briefs are words less `base`, shifted to 32 bits, as far as they fit. Mirrored in lib/exec/window/first-words.ts. */
@unmanaged
class Range {
  base: u64;
  shift: u64;
}

/** Finds the range of words: it is twice as wide as theirs, as others are to come. */
export function top_range(words: usize, length: i32, range: usize): void {
  let least = none;
  let greatest: u64 = 0;
  for (let at = words; at < words + (<usize>length << 3); at += 8) {
    const word = load<u64>(at);
    if (word == none) continue;
    least = min(least, word);
    greatest = max(greatest, word);
  }
  const span = least > greatest ? none : greatest - least;
  const found = changetype<Range>(range);
  found.base = least - min(least, span >> 1);
  found.shift = <u64>max<i64>(0, 33 - <i64>clz(span));
}

// @ts-ignore: decorator
@inline
function briefOf(word: u64, base: u64, shift: u64): u32 {
  return <u32>min<u64>((max(word, base) - base) >> shift, 0xffffffff);
}

/**
 * The rows that are not too late by the briefs of their groups' n-th words; how many there are. Of many groups the briefs
 * take a fraction of the cache that the words do, and without a branch the loads of many rows are under way at once.
 */
export function top_early(groups: usize, words: usize, length: i32, briefs: usize, range: usize, out: usize): i32 {
  const base = changetype<Range>(range).base;
  const shift = changetype<Range>(range).shift;
  let at = out;
  for (let row = 0; row < length; row++) {
    const last = load<u32>(briefs + (<usize>load<u32>(groups + (<usize>row << 2)) << 2));
    store<i32>(at, row);
    at += <usize>(briefOf(load<u64>(words + (<usize>row << 3)), base, shift) <= last) << 2;
  }
  return <i32>((at - out) >> 2);
}

/**
 * Those of the `count` rows at `rows` that may be among the first `n` of their group, in place; how many there are. Their
 * words are taken in. `places` are the addresses of the groups' words. `distinct`: among the first n different words.
 * `strict`: a row as late as the n-th is too late.
 */
export function top_select(rows: usize, count: i32, groups: usize, places: usize, words: usize, n: i32, distinct: bool, strict: bool, briefs: usize, range: usize): i32 {
  const base = changetype<Range>(range).base;
  const shift = changetype<Range>(range).shift;
  const end = <usize>(n - 1) << 3;
  let left = 0;
  for (let i = 0; i < count; i++) {
    const row = load<i32>(rows + (<usize>i << 2));
    const word = load<u64>(words + (<usize>row << 3));
    const state = <usize>load<u32>(places + (<usize>row << 2));
    const last = load<u64>(state + end);
    // As long as there are fewer rows than are wanted, none is too late.
    if (word >= last && (word > last || (strict && word != none))) continue;
    store<i32>(rows + (<usize>left << 2), row);
    left++;
    if (word >= last) continue;
    take(state, end, word, distinct);
    store<u32>(briefs + (<usize>load<u32>(groups + (<usize>row << 2)) << 2), briefOf(load<u64>(state + end), base, shift));
  }
  return left;
}

/** Of rows that were selected, those that still may be among the first `n` of their group; how many there are. */
export function top_keep(places: usize, words: usize, length: i32, n: i32, out: usize): i32 {
  const end = <usize>(n - 1) << 3;
  let at = out;
  for (let row = 0; row < length; row++) {
    store<i32>(at, row);
    const last = load<u64>(<usize>load<u32>(places + (<usize>row << 2)) + end);
    at += <usize>(load<u64>(words + (<usize>row << 3)) <= last) << 2;
  }
  return <i32>((at - out) >> 2);
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
