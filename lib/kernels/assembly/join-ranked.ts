// The rows of a join's build side by words that lie apart, but not so far that a bit for each would take much memory:
//
//   word ─▶ its bit in a block; if it is set: rank = the block's rank + set bits before it ─▶ first[rank] = row
//
// A block is 64 bits and the number of bits set in the blocks before it. A word that is not there costs no look beyond its
// block: first[entries] is -1 for it. Rows are entered by join_dense_enter, with ranks for words.
import { valid } from './bits';
import { KeyField } from './join-key-field';

// ---- the blocks

const blockBytes: usize = 12;

// @ts-ignore: decorator
@inline
function blockOf(blocks: usize, word: u32): usize {
  return blocks + <usize>(word >> 6) * blockBytes;
}

/** Sets the words' bits. */
export function join_ranked_note(words: usize, length: i32, blocks: usize): void {
  for (let i = 0; i < length; i++) {
    const word = load<u32>(words + (<usize>i << 2));
    if (word == u32.MAX_VALUE) continue;
    const at = blockOf(blocks, word);
    store<u64>(at, load<u64>(at) | ((<u64>1) << (word & 63)));
  }
}

/** Ranks `count` blocks, before which `rank` bits are set; returns how many are before the block after them. */
export function join_ranked_count(blocks: usize, count: i32, rank: u32): u32 {
  for (let i = 0; i < count; i++) {
    store<u32>(blocks, rank, 8);
    rank += <u32>popcnt<u64>(load<u64>(blocks));
    blocks += blockBytes;
  }
  return rank;
}

/** Words whose bits are all set become their ranks; what is missing stays. */
export function join_ranked_words(words: usize, length: i32, blocks: usize): void {
  for (let i = 0; i < length; i++) {
    const at = words + (<usize>i << 2);
    const word = load<u32>(at);
    if (word != u32.MAX_VALUE) store<u32>(at, rankOf(blocks, word, u32.MAX_VALUE));
  }
}

/** `otherwise` if the word's bit is not set. */
// @ts-ignore: decorator
@inline
function rankOf(blocks: usize, word: u32, otherwise: u32): u32 {
  const at = blockOf(blocks, word);
  const bits = load<u64>(at);
  const bit = (<u64>1) << (word & 63);
  const rank = load<u32>(at, 8) + <u32>popcnt<u64>(bits & (bit - 1));
  return (bits & bit) != 0 ? rank : otherwise;
}

// ---- find

/** The last row entered with each word, -1 where there is none; words from `domain` on are missing. */
export function join_ranked_find(words: usize, length: i32, first: usize, blocks: usize, domain: u32, entries: u32, out: usize): void {
  for (let i = 0; i < length; i++) {
    const word = min<u32>(load<u32>(words + (<usize>i << 2)), domain);
    store<i32>(out + (<usize>i << 2), load<i32>(first + (<usize>rankOf(blocks, word, entries) << 2)));
  }
}

/** As join_ranked_find for a key of one field, without a column of words. */
// @ts-ignore: decorator
@inline
function findOne<T>(data: usize, validity: usize, length: i32, address: usize, first: usize, blocks: usize, domain: u32, entries: u32, out: usize): void {
  const field = changetype<KeyField>(address);
  const base = <u64>field.base;
  const span = field.span;
  const nothing = <u32>min<u64>(field.nothing, <u64>domain);
  for (let i = 0; i < length; i++) {
    const distance = <u64>(<i64>load<T>(data + <usize>i * sizeof<T>())) - base;
    const word = valid(validity, i) ? (distance < span ? <u32>distance : domain) : nothing;
    store<i32>(out + (<usize>i << 2), load<i32>(first + (<usize>rankOf(blocks, word, entries) << 2)));
  }
}

export function join_ranked_find_i8(data: usize, validity: usize, length: i32, field: usize, first: usize, blocks: usize, domain: u32, entries: u32, out: usize): void {
  findOne<i8>(data, validity, length, field, first, blocks, domain, entries, out);
}
export function join_ranked_find_u8(data: usize, validity: usize, length: i32, field: usize, first: usize, blocks: usize, domain: u32, entries: u32, out: usize): void {
  findOne<u8>(data, validity, length, field, first, blocks, domain, entries, out);
}
export function join_ranked_find_i16(data: usize, validity: usize, length: i32, field: usize, first: usize, blocks: usize, domain: u32, entries: u32, out: usize): void {
  findOne<i16>(data, validity, length, field, first, blocks, domain, entries, out);
}
export function join_ranked_find_u16(data: usize, validity: usize, length: i32, field: usize, first: usize, blocks: usize, domain: u32, entries: u32, out: usize): void {
  findOne<u16>(data, validity, length, field, first, blocks, domain, entries, out);
}
export function join_ranked_find_i32(data: usize, validity: usize, length: i32, field: usize, first: usize, blocks: usize, domain: u32, entries: u32, out: usize): void {
  findOne<i32>(data, validity, length, field, first, blocks, domain, entries, out);
}
export function join_ranked_find_u32(data: usize, validity: usize, length: i32, field: usize, first: usize, blocks: usize, domain: u32, entries: u32, out: usize): void {
  findOne<u32>(data, validity, length, field, first, blocks, domain, entries, out);
}
export function join_ranked_find_i64(data: usize, validity: usize, length: i32, field: usize, first: usize, blocks: usize, domain: u32, entries: u32, out: usize): void {
  findOne<i64>(data, validity, length, field, first, blocks, domain, entries, out);
}
export function join_ranked_find_u64(data: usize, validity: usize, length: i32, field: usize, first: usize, blocks: usize, domain: u32, entries: u32, out: usize): void {
  findOne<u64>(data, validity, length, field, first, blocks, domain, entries, out);
}
