// Sorting rows in chunks (chunks.ts) by words: each key column gives one or more unsigned 64-bit words whose order, one
// word after the other, is the order of the rows; see row-order.ts.
//
//   item   word (8 bytes)  row (4)  mark (4)
//
// The mark tells which rows are not in their final place: 0 for a row that is, the length of a range of rows that are
// equal so far for the first of them, 1 for the others.
import { bit, valid } from './bits';
import { compareBytes, ordered } from './key-order';
import { chunkOf, integerIn, rowIn, textBase, textEntry, valueIn } from './chunks';

const itemShift: usize = 4;

/** The rows of a chunk, as marked items. */
export function sort_items(chunk: i32, length: i32, items: usize): void {
  const row = <u32>chunk << 16;
  for (let i = 0; i < length; i++) {
    const item = items + (<usize>i << itemShift);
    store<u64>(item, 0);
    store<u32>(item, row | i, 8);
    store<u32>(item, 1, 12);
  }
}

// Words of the marked among items [from, to): written at out + i * stride. `invert` is all ones for descending. The
// word of a null is 0.

// @ts-ignore: decorator
@inline
function values<T>(table: usize, items: usize, from: i32, to: i32, out: usize, stride: i32, descending: i32): void {
  const invert: u64 = descending != 0 ? ~(<u64>0) : 0;
  for (let i = from; i < to; i++) {
    const item = items + (<usize>i << itemShift);
    if (load<u32>(item, 12) == 0) continue;
    const row = load<u32>(item, 8);
    const chunk = chunkOf(table, row);
    const word = valid(load<usize>(chunk, 4), rowIn(row))
      ? ordered<T>(valueIn(chunk, rowIn(row))) ^ invert
      : 0;
    store<u64>(out + <usize>i * stride, word);
  }
}

export function sort_words_f32(table: usize, items: usize, from: i32, to: i32, out: usize, stride: i32, descending: i32): void {
  values<f32>(table, items, from, to, out, stride, descending);
}
export function sort_words_f64(table: usize, items: usize, from: i32, to: i32, out: usize, stride: i32, descending: i32): void {
  values<f64>(table, items, from, to, out, stride, descending);
}

/** Integers of any width. */
export function sort_words_integer(table: usize, items: usize, from: i32, to: i32, out: usize, stride: i32, descending: i32, unsigned: i32): void {
  const sign: u64 = unsigned != 0 ? 0 : 0x8000000000000000;
  const invert: u64 = descending != 0 ? ~(<u64>0) : 0;
  for (let i = from; i < to; i++) {
    const item = items + (<usize>i << itemShift);
    if (load<u32>(item, 12) == 0) continue;
    const row = load<u32>(item, 8);
    const chunk = chunkOf(table, row);
    const word = valid(load<usize>(chunk, 4), rowIn(row))
      ? <u64>integerIn(chunk, rowIn(row)) ^ sign ^ invert
      : 0;
    store<u64>(out + <usize>i * stride, word);
  }
}

/** The upper half of a 128-bit integer, or its lower half. */
export function sort_words_i128(table: usize, items: usize, from: i32, to: i32, out: usize, stride: i32, descending: i32, upper: i32): void {
  const invert: u64 = descending != 0 ? ~(<u64>0) : 0;
  for (let i = from; i < to; i++) {
    const item = items + (<usize>i << itemShift);
    if (load<u32>(item, 12) == 0) continue;
    const row = load<u32>(item, 8);
    const chunk = chunkOf(table, row);
    let word: u64 = 0;
    if (valid(load<usize>(chunk, 4), rowIn(row))) {
      const value = valueIn(chunk, rowIn(row));
      word = (upper != 0 ? load<u64>(value, 8) ^ 0x8000000000000000 : load<u64>(value)) ^ invert;
    }
    store<u64>(out + <usize>i * stride, word);
  }
}

export function sort_words_bit(table: usize, items: usize, from: i32, to: i32, out: usize, stride: i32, descending: i32): void {
  const invert: u64 = descending != 0 ? 1 : 0;
  for (let i = from; i < to; i++) {
    const item = items + (<usize>i << itemShift);
    if (load<u32>(item, 12) == 0) continue;
    const row = load<u32>(item, 8);
    const chunk = chunkOf(table, row);
    const word = valid(load<usize>(chunk, 4), rowIn(row)) ? <u64>bit(load<usize>(chunk), rowIn(row)) ^ invert : 0;
    store<u64>(out + <usize>i * stride, word);
  }
}

/** 0 and 1 for null and not null, the other way round if nulls come last. */
export function sort_words_null(table: usize, items: usize, from: i32, to: i32, out: usize, stride: i32, nullsFirst: i32): void {
  const nullWord: u64 = nullsFirst != 0 ? 0 : 1;
  for (let i = from; i < to; i++) {
    const item = items + (<usize>i << itemShift);
    if (load<u32>(item, 12) == 0) continue;
    const row = load<u32>(item, 8);
    store<u64>(out + <usize>i * stride, valid(load<usize>(chunkOf(table, row), 4), rowIn(row)) ? nullWord ^ 1 : nullWord);
  }
}

/** The ranks of codes. */
export function sort_words_rank(table: usize, items: usize, from: i32, to: i32, out: usize, stride: i32, descending: i32, ranks: usize): void {
  const invert: u64 = descending != 0 ? ~(<u64>0) : 0;
  for (let i = from; i < to; i++) {
    const item = items + (<usize>i << itemShift);
    if (load<u32>(item, 12) == 0) continue;
    const row = load<u32>(item, 8);
    const chunk = chunkOf(table, row);
    const word = valid(load<usize>(chunk, 4), rowIn(row))
      ? <u64>load<u32>(ranks + (<usize>integerIn(chunk, rowIn(row)) << 2)) ^ invert
      : 0;
    store<u64>(out + <usize>i * stride, word);
  }
}

/** Bytes of a text in a word; the last byte of the word tells how many follow from here on, 8 if more than 7. */
const textBytes: i32 = 7;

/** Word `word` of texts. Returns how many texts go on behind it. */
export function sort_words_text(table: usize, items: usize, from: i32, to: i32, out: usize, stride: i32, descending: i32, word: i32): i32 {
  const invert: u64 = descending != 0 ? ~(<u64>0) : 0;
  const skip = word * textBytes;
  let longer = 0;
  for (let i = from; i < to; i++) {
    const item = items + (<usize>i << itemShift);
    if (load<u32>(item, 12) == 0) continue;
    const row = load<u32>(item, 8);
    const chunk = chunkOf(table, row);
    let value: u64 = 0;
    if (valid(load<usize>(chunk, 4), rowIn(row))) {
      const entry = textEntry(chunk, rowIn(row));
      const start = load<i32>(entry);
      const left = load<i32>(entry, 4) - start - skip;
      if (left > 0) {
        const bytes = bswap<u64>(load<u64>(textBase(chunk) + start + skip));
        value = left >= textBytes ? bytes & ~(<u64>0xff) : bytes & ~(~(<u64>0) >> (<u64>left << 3));
        value |= <u64>min(left, textBytes + 1);
        longer += <i32>(left > textBytes);
      }
      value ^= invert;
    }
    store<u64>(out + <usize>i * stride, value);
  }
  return longer;
}

/**
 * What words have in common, without those of nulls if there is a `table`. Widens what `range` tells of them: the least,
 * the greatest, the bits that are set in some, the bits that are not set in some.
 */
export function sort_word_range(words: usize, items: usize, from: i32, to: i32, table: usize, range: usize): void {
  let least = load<u64>(range);
  let most = load<u64>(range, 8);
  let ones = load<u64>(range, 16);
  let zeros = load<u64>(range, 24);
  for (let i = from; i < to; i++) {
    if (table != 0) {
      const row = load<u32>(items + (<usize>i << itemShift), 8);
      if (!valid(load<usize>(chunkOf(table, row), 4), rowIn(row))) continue;
    }
    const word = load<u64>(words + (<usize>i << 3));
    least = min(least, word);
    most = max(most, word);
    ones |= word;
    zeros |= ~word;
  }
  store<u64>(range, least);
  store<u64>(range, most, 8);
  store<u64>(range, ones, 16);
  store<u64>(range, zeros, 24);
}

/** Appends to the items' words the `bits` bits of `words - least` that are above the lowest `drop`; those of nulls count as least. */
export function sort_pack(items: usize, words: usize, from: i32, to: i32, range: usize, bits: i32, drop: i32): void {
  const least = load<u64>(range);
  for (let i = from; i < to; i++) {
    const item = items + (<usize>i << itemShift);
    const word = (max(load<u64>(words + (<usize>i << 3)), least) - least) >> <u64>drop;
    store<u64>(item, bits == 64 ? word : (load<u64>(item) << <u64>bits) | word);
  }
}

// ---- radix sort, most significant bits first

const fewItems: i32 = 24;

// @ts-ignore: decorator
@inline
function histogram(items: usize, length: i32, shift: u64, mask: u64, counts: usize): void {
  const end = items + (<usize>length << itemShift);
  for (let item = items; item < end; item += 16) {
    const count = counts + (<usize>((load<u64>(item) >> shift) & mask) << 2);
    store<u32>(count, load<u32>(count) + 1);
  }
}

// @ts-ignore: decorator
@inline
function scatter(items: usize, length: i32, to: usize, shift: u64, mask: u64, places: usize): void {
  const end = items + (<usize>length << itemShift);
  for (let item = items; item < end; item += 16) {
    const place = places + (<usize>((load<u64>(item) >> shift) & mask) << 2);
    const at = load<u32>(place);
    store<u32>(place, at + 1);
    v128.store(to + (<usize>at << itemShift), v128.load(item));
  }
}

/** Adds up how many of items [from, to) have which of the `bits` bits above `shift`. */
export function sort_histogram(items: usize, from: i32, to: i32, shift: i32, bits: i32, counts: usize): void {
  histogram(items + (<usize>from << itemShift), to - from, shift, (<u64>1 << bits) - 1, counts);
}

/** Counts become the places where each begins. */
export function sort_places(counts: usize, length: i32): void {
  let at: u32 = 0;
  for (let i = 0; i < length; i++) {
    const count = counts + (<usize>i << 2);
    const n = load<u32>(count);
    store<u32>(count, at);
    at += n;
  }
}

export function sort_scatter(items: usize, from: i32, to: i32, out: usize, shift: i32, bits: i32, places: usize): void {
  scatter(items + (<usize>from << itemShift), to - from, out, shift, (<u64>1 << bits) - 1, places);
}

/**
 * Sorts the buckets [from, to) of what `sort_scatter` gave; they end at `ends`. They lie in `items` and go to `other`.
 * `stack` has room for the counts of all depths: 54 KiB.
 */
export function sort_buckets(items: usize, other: usize, ends: usize, from: i32, to: i32, stack: usize): void {
  for (let bucket = from; bucket < to; bucket++) {
    const start = bucket == 0 ? 0 : load<i32>(ends + (<usize>(bucket - 1) << 2));
    const end = load<i32>(ends + (<usize>bucket << 2));
    if (end > start) radix(items + (<usize>start << itemShift), other + (<usize>start << itemShift), end - start, true, stack);
  }
}

/** Sorts items where they stand; `other` is as large. */
export function sort_radix(items: usize, other: usize, length: i32, stack: usize): void {
  radix(items, other, length, false, stack);
}

/** Sorts by the words; the result is in `other` if `move`, else where the items were. */
function radix(items: usize, other: usize, length: i32, move: bool, stack: usize): void {
  if (length <= fewItems) {
    insertion(items, length);
    if (move) copyItems(other, items, length);
    return;
  }
  const first = load<u64>(items);
  let differ: u64 = 0;
  const end = items + (<usize>length << itemShift);
  for (let item = items; item < end; item += 16) differ |= load<u64>(item) ^ first;
  if (differ == 0) {
    if (move) copyItems(other, items, length);
    return;
  }
  const width = 64 - <i32>clz<u64>(differ);
  const bits = min(min(11, width), max(4, 29 - <i32>clz<u32>(length)));
  const shift = <u64>(width - bits);
  const mask = (<u64>1 << <u64>bits) - 1;
  const buckets = 1 << bits;
  const counts = stack;
  memory.fill(counts, 0, <usize>buckets << 2);
  histogram(items, length, shift, mask, counts);
  let at: u32 = 0;
  for (let i = 0; i < buckets; i++) {
    const count = counts + (<usize>i << 2);
    const n = load<u32>(count);
    store<u32>(count, at);
    at += n;
  }
  scatter(items, length, other, shift, mask, counts);
  if (shift == 0) {
    if (!move) copyItems(items, other, length);
    return;
  }
  const deeper = stack + (<usize>buckets << 2);
  let start: u32 = 0;
  for (let i = 0; i < buckets; i++) {
    const next = load<u32>(counts + (<usize>i << 2));
    const n = next - start;
    const from = other + (<usize>start << itemShift);
    const to = items + (<usize>start << itemShift);
    start = next;
    if (n == 0) continue;
    if (n == 1) {
      if (!move) v128.store(to, v128.load(from));
    } else {
      radix(from, to, n, !move, deeper);
    }
  }
}

function copyItems(to: usize, from: usize, length: i32): void {
  memory.copy(to, from, <usize>length << itemShift);
}

function insertion(items: usize, length: i32): void {
  const end = items + (<usize>length << itemShift);
  for (let next = items + 16; next < end; next += 16) {
    const word = load<u64>(next);
    if (load<u64>(next - 16) <= word) continue;
    const item = v128.load(next);
    let at = next;
    do {
      v128.store(at, v128.load(at - 16));
      at -= 16;
    } while (at > items && load<u64>(at - 16) > word);
    v128.store(at, item);
  }
}

// ---- ranges of equal rows

/** Marks the ranges of equal words among the sorted items [from, to). Returns how many rows they have. */
// @ts-ignore: decorator
@inline
function markEqual(items: usize, from: i32, to: i32): i32 {
  let tied = 0;
  for (let i = from; i < to; ) {
    const first = items + (<usize>i << itemShift);
    const word = load<u64>(first);
    let end = i + 1;
    let item = first + 16;
    while (end < to && load<u64>(item) == word) {
      store<u32>(item, 1, 12);
      item += 16;
      end++;
    }
    const length = end - i;
    store<u32>(first, length == 1 ? 0 : length, 12);
    tied += length == 1 ? 0 : length;
    i = end;
  }
  return tied;
}

export function sort_mark(items: usize, length: i32): i32 {
  return markEqual(items, 0, length);
}

/**
 * Sorts each range that begins in [from, to) by its new words and marks what is still equal; `from` is not inside a
 * range. Returns where the last one ends, `to` at least; rows in ranges left are added to the int32 at `tied`.
 */
export function sort_refine(items: usize, other: usize, from: i32, to: i32, stack: usize, tied: usize): i32 {
  let i = from;
  let left = 0;
  while (i < to) {
    const first = items + (<usize>i << itemShift);
    const length = load<i32>(first, 12);
    if (length == 0) {
      i++;
      continue;
    }
    radix(first, other + (<usize>i << itemShift), length, false, stack);
    left += markEqual(items, i, i + length);
    i += length;
  }
  store<i32>(tied, load<i32>(tied) + left);
  return i;
}

// @ts-ignore: decorator
@inline
function compareTexts(table: usize, a: usize, b: usize, skip: i32): i32 {
  const x = load<u32>(a, 8);
  const y = load<u32>(b, 8);
  const xChunk = chunkOf(table, x);
  const yChunk = chunkOf(table, y);
  // Equal so far: both are null or neither is.
  if (!valid(load<usize>(xChunk, 4), rowIn(x))) return 0;
  const xEntry = textEntry(xChunk, rowIn(x));
  const yEntry = textEntry(yChunk, rowIn(y));
  const xStart = load<i32>(xEntry);
  const yStart = load<i32>(yEntry);
  const xSize = load<i32>(xEntry, 4) - xStart;
  const ySize = load<i32>(yEntry, 4) - yStart;
  if (xSize <= skip || ySize <= skip) return xSize - ySize;
  return compareBytes(textBase(xChunk) + xStart + skip, xSize - skip, textBase(yChunk) + yStart + skip, ySize - skip);
}

/** As `sort_refine`, by comparing what texts have behind their first `skip` bytes. */
export function sort_refine_text(items: usize, other: usize, from: i32, to: i32, table: usize, skip: i32, descending: i32, tied: usize): i32 {
  const sign = descending != 0 ? -1 : 1;
  let i = from;
  let left = 0;
  while (i < to) {
    const first = items + (<usize>i << itemShift);
    const length = load<i32>(first, 12);
    if (length == 0) {
      i++;
      continue;
    }
    mergeSort(first, other + (<usize>i << itemShift), length, table, skip, sign);
    // The words become numbers of the distinct texts.
    let word: u64 = 0;
    store<u64>(first, 0);
    for (let k = 1; k < length; k++) {
      const item = first + (<usize>k << itemShift);
      if (compareTexts(table, item - 16, item, skip) != 0) word++;
      store<u64>(item, word);
    }
    left += markEqual(items, i, i + length);
    i += length;
  }
  store<i32>(tied, load<i32>(tied) + left);
  return i;
}

/** Stable, of texts; bottom up, and a run that is in order is found so. */
function mergeSort(items: usize, other: usize, length: i32, table: usize, skip: i32, sign: i32): void {
  let from = items;
  let to = other;
  for (let width = 1; width < length; width <<= 1) {
    let moved = false;
    for (let start = 0; start < length; start += width << 1) {
      const middle = min(start + width, length);
      const end = min(start + (width << 1), length);
      let a = from + (<usize>start << itemShift);
      const aEnd = from + (<usize>middle << itemShift);
      let b = aEnd;
      const bEnd = from + (<usize>end << itemShift);
      let out = to + (<usize>start << itemShift);
      if (b == bEnd || compareTexts(table, aEnd - 16, b, skip) * sign <= 0) {
        memory.copy(out, a, bEnd - a);
        continue;
      }
      moved = true;
      while (a < aEnd && b < bEnd) {
        if (compareTexts(table, a, b, skip) * sign > 0) {
          v128.store(out, v128.load(b));
          b += 16;
        } else {
          v128.store(out, v128.load(a));
          a += 16;
        }
        out += 16;
      }
      memory.copy(out, a, aEnd - a);
      out += aEnd - a;
      memory.copy(out, b, bEnd - b);
    }
    if (moved) {
      const swap = from;
      from = to;
      to = swap;
    }
  }
  if (from != items) copyItems(items, from, length);
}

// ---- what comes of it

/** The rows of items [from, from + count). */
export function sort_rows(items: usize, from: i32, count: i32, out: usize): void {
  let item = items + (<usize>from << itemShift);
  for (let i = 0; i < count; i++) {
    store<u32>(out + (<usize>i << 2), load<u32>(item, 8));
    item += 16;
  }
}
