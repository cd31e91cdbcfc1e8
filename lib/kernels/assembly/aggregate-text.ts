// min, max, first, last and any_value of text.
//
//   state: found u32 (see below), length i32, where u32 (+ 4 unused)
//   found: 0 nothing, 1 a null, 2 a text `where` bytes into the heap, 3 a text at address `where` in the batch
//
// While a batch is worked on, states point into it; the places of groups that do are listed, and when the batch is done
// their texts are copied to the heap: at most one copy a group and batch.
import { valid } from './bits';
import { present, stateOf } from './state';

const nothing = 0;
const aNull = 1;
const kept = 2;
const pending = 3;

const first = 0;
const last = 1;
const any = 2;
const least = 3;
const greatest = 4;

// @ts-ignore: decorator
@inline
function addressOf(state: usize, heap: usize): usize {
  return load<u32>(state) == pending ? <usize>load<u32>(state, 8) : heap + load<u32>(state, 8);
}

/** a < b by bytes; equal texts are not. Up to 7 bytes behind either are read. */
// @ts-ignore: decorator
@inline
function less(a: usize, lengthA: i32, b: usize, lengthB: i32): bool {
  const common = min<i32>(lengthA, lengthB);
  let i = 0;
  for (; i + 8 <= common; i += 8) {
    const x = load<u64>(a + i);
    const y = load<u64>(b + i);
    if (x != y) return bswap<u64>(x) < bswap<u64>(y);
  }
  if (i < common) {
    const behind = <u64>(64 - ((common - i) << 3));
    const x = bswap<u64>(load<u64>(a + i)) >> behind;
    const y = bswap<u64>(load<u64>(b + i)) >> behind;
    if (x != y) return x < y;
  }
  return lengthA < lengthB;
}

/** The first 8 bytes as a number that orders as they do, zeros behind a shorter text. Up to 7 bytes behind it are read. */
// @ts-ignore: decorator
@inline
function prefixOf(text: usize, length: i32): u64 {
  const prefix = bswap<u64>(load<u64>(text));
  if (length >= 8) return prefix;
  return length == 0 ? 0 : prefix & (u64.MAX_VALUE << <u64>(64 - (length << 3)));
}

// @ts-ignore: decorator
@inline
function takes(which: i32, state: usize, heap: usize, text: usize, length: i32): bool {
  const found = load<u32>(state);
  if (which == last || found == nothing) return true;
  if (which == first || which == any) return false;
  const held = addressOf(state, heap);
  const heldLength = load<i32>(state, 4);
  if (held == text && heldLength == length) return false;
  return which == least ? less(text, length, held, heldLength) : less(held, heldLength, text, length);
}

/** Points the state to the text and lists the group's place, if it is not yet; returns the new end of the list. */
// @ts-ignore: decorator
@inline
function point(state: usize, place: i32, text: usize, length: i32, list: usize): usize {
  if (load<u32>(state) != pending) {
    store<i32>(list, place);
    list += 4;
  }
  store<u32>(state, pending);
  store<i32>(state, length, 4);
  store<u32>(state, <u32>text, 8);
  return list;
}

/**
 * `codes` is 0 for plain text; `filter` a bitmap of the rows that count, or 0. Returns the end of the list of
 * groups that point into the batch, which begins anywhere and has room for every row.
 */
// @ts-ignore: decorator
@inline
function pick(
  states: usize, places: usize, from: i32, to: i32,
  data: usize, offsets: usize, codes: usize, validity: usize, filter: usize, heap: usize, list: usize, which: i32,
): usize {
  // As long as rows are of one group, most are decided by the first bytes alone.
  let before = -1;
  let isKnown = false;
  let held: u64 = 0;
  for (let i = from; i < to; i++) {
    if (!valid(filter, i)) continue;
    const place = load<i32>(places + (<usize>i << 2));
    const state = states + place;
    if (!valid(validity, i)) {
      // The group may be listed already, and once more by a later text: settling passes over what is done.
      if (which == last || (which == first && load<u32>(state) == nothing)) store<u32>(state, aNull);
      continue;
    }
    const entry = codes == 0 ? i : load<i32>(codes + (<usize>i << 2));
    const at = offsets + (<usize>entry << 2);
    const start = load<i32>(at);
    const length = load<i32>(at, 4) - start;
    if (which == least || which == greatest) {
      if (place == before && isKnown) {
        const prefix = prefixOf(data + start, length);
        if (which == least ? prefix > held : prefix < held) continue;
      }
    }
    if (takes(which, state, heap, data + start, length)) list = point(state, place, data + start, length, list);
    if (which == least || which == greatest) {
      isKnown = place == before;
      if (isKnown) held = prefixOf(addressOf(state, heap), load<i32>(state, 4));
      before = place;
    }
  }
  return list;
}

export function text_first(states: usize, places: usize, from: i32, to: i32, data: usize, offsets: usize, codes: usize, validity: usize, filter: usize, heap: usize, list: usize): usize {
  return pick(states, places, from, to, data, offsets, codes, validity, filter, heap, list, first);
}
export function text_last(states: usize, places: usize, from: i32, to: i32, data: usize, offsets: usize, codes: usize, validity: usize, filter: usize, heap: usize, list: usize): usize {
  return pick(states, places, from, to, data, offsets, codes, validity, filter, heap, list, last);
}
export function text_any(states: usize, places: usize, from: i32, to: i32, data: usize, offsets: usize, codes: usize, validity: usize, filter: usize, heap: usize, list: usize): usize {
  return pick(states, places, from, to, data, offsets, codes, validity, filter, heap, list, any);
}
export function text_min(states: usize, places: usize, from: i32, to: i32, data: usize, offsets: usize, codes: usize, validity: usize, filter: usize, heap: usize, list: usize): usize {
  return pick(states, places, from, to, data, offsets, codes, validity, filter, heap, list, least);
}
export function text_max(states: usize, places: usize, from: i32, to: i32, data: usize, offsets: usize, codes: usize, validity: usize, filter: usize, heap: usize, list: usize): usize {
  return pick(states, places, from, to, data, offsets, codes, validity, filter, heap, list, greatest);
}

/** Takes over the states of later rows; texts then point into the other heap until they are settled. */
function merge(
  states: usize, places: usize, others: usize, otherStride: i32, count: i32,
  otherHeap: usize, heap: usize, list: usize, which: i32,
): usize {
  for (let i = 0; i < count; i++) {
    const place = load<i32>(places + (<usize>i << 2));
    const state = states + place;
    const found = load<u32>(others);
    if (found == aNull) {
      if (which == last || (which == first && load<u32>(state) == nothing)) store<u32>(state, aNull);
    } else if (found == kept) {
      const text = otherHeap + load<u32>(others, 8);
      const length = load<i32>(others, 4);
      if (takes(which, state, heap, text, length)) list = point(state, place, text, length, list);
    }
    others += otherStride;
  }
  return list;
}

export function text_first_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32, otherHeap: usize, heap: usize, list: usize): usize {
  return merge(states, places, others, otherStride, count, otherHeap, heap, list, first);
}
export function text_last_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32, otherHeap: usize, heap: usize, list: usize): usize {
  return merge(states, places, others, otherStride, count, otherHeap, heap, list, last);
}
export function text_any_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32, otherHeap: usize, heap: usize, list: usize): usize {
  return merge(states, places, others, otherStride, count, otherHeap, heap, list, any);
}
export function text_min_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32, otherHeap: usize, heap: usize, list: usize): usize {
  return merge(states, places, others, otherStride, count, otherHeap, heap, list, least);
}
export function text_max_merge(states: usize, places: usize, others: usize, otherStride: i32, count: i32, otherHeap: usize, heap: usize, list: usize): usize {
  return merge(states, places, others, otherStride, count, otherHeap, heap, list, greatest);
}

/** Bytes that the listed groups' texts will take in the heap, at most. */
export function text_pending(states: usize, list: usize, end: usize): f64 {
  let bytes: u64 = 0;
  for (let at = list; at < end; at += 4) {
    const state = states + load<u32>(at);
    if (load<u32>(state) == pending) bytes += load<u32>(state, 4);
  }
  return <f64>bytes;
}

/** Copies the listed groups' texts to the heap from `used` on; returns how much is used then. */
export function text_settle(states: usize, list: usize, end: usize, heap: usize, used: u32): u32 {
  for (let at = list; at < end; at += 4) {
    const state = states + load<u32>(at);
    if (load<u32>(state) != pending) continue;
    const length = load<u32>(state, 4);
    memory.copy(heap + used, load<u32>(state, 8), length);
    store<u32>(state, kept);
    store<u32>(state, used, 8);
    used += length;
  }
  return used;
}

/** Bytes of the texts in the heap that states point at. */
export function text_live(states: usize, stride: i32, count: i32): f64 {
  let bytes: u64 = 0;
  for (let i = 0; i < count; i++) {
    if (load<u32>(states) == kept) bytes += load<u32>(states, 4);
    states += stride;
  }
  return <f64>bytes;
}

/** Copies the texts that are pointed at to a new heap from `used` on, leaving the rest behind; returns how much is used then. */
export function text_compact(states: usize, stride: i32, count: i32, heap: usize, to: usize, used: u32): u32 {
  for (let i = 0; i < count; i++) {
    if (load<u32>(states) == kept) {
      const length = load<u32>(states, 4);
      memory.copy(to + used, heap + load<u32>(states, 8), length);
      store<u32>(states, used, 8);
      used += length;
    }
    states += stride;
  }
  return used;
}

/** The texts of `count` groups as a column; `data` has room for `text_live` of them. */
export function text_finish(states: usize, stride: i32, count: i32, heap: usize, offsets: usize, data: usize, validity: usize): void {
  let used = 0;
  store<i32>(offsets, 0);
  for (let i = 0; i < count; i++) {
    if (load<u32>(states) == kept) {
      const length = load<i32>(states, 4);
      memory.copy(data + used, heap + load<u32>(states, 8), length);
      used += length;
      present(validity, i);
    }
    store<i32>(offsets + (<usize>i << 2), used, 4);
    states += stride;
  }
}

/** Lists the groups, of `count`, that found a text or a null; returns how many. */
export function text_found(states: usize, stride: i32, count: i32, out: usize): i32 {
  let found = 0;
  for (let i = 0; i < count; i++) {
    store<i32>(out + (<usize>found << 2), i);
    found += i32(load<u32>(states) != nothing);
    states += stride;
  }
  return found;
}

/** Sets the bit, in a bitmap that was cleared before, of each group that found a text or a null. */
export function text_found_bits(states: usize, stride: i32, count: i32, map: usize): void {
  for (let i = 0; i < count; i++) {
    if (load<u32>(states) != nothing) present(map, i);
    states += stride;
  }
}

/** Forgets what `count` groups found. */
export function text_forget(states: usize, stride: i32, count: i32): void {
  for (let i = 0; i < count; i++) {
    store<u32>(states, nothing);
    states += stride;
  }
}
