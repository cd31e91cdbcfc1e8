// Interning: the distinct texts of a column get codes 0, 1, 2, ... in order of first appearance.
// The table lives in the arena and is grown by lib/kernels/interner.ts, its only owner:
//
//   header ─▶ slots   any number of 16 bytes, linear probing: the text's key, whose last 28 bits are code + 1
//          ─▶ offsets int32, one more than there are entries
//          ─▶ data    the bytes, one text after another
//
// A large dictionary lies beyond the processor's nearest caches, and looking a text up costs as much as the lines of
// memory it waits for. So the key of a short text is the text itself, and finding it touches one line, no offsets and
// no bytes:
//
//   up to 12 bytes   the text, zeros up to 12 bytes, u32 (length + 1) << 28
//   longer           a hash u64, its length u32, u32 15 << 28; the bytes remain to be compared
//
// No key has zero in those four bits, so a free slot, all zeros, equals none. 28 bits suffice for the codes: as many
// slots would fill all memory that addresses of 32 bits reach.
//
// A call that would not fit stops and says how many rows it did; the owner grows the table and goes on.
import { p0, p1 } from './hash';

/** Layout of the header, mirrored in interner.ts. */
@unmanaged
export class InternTable {
  slots: usize;
  /** Slots. */
  size: u32;
  /** Entries that fit before the slots must grow. */
  limit: i32;
  count: i32;
  offsets: usize;
  data: usize;
  /** Bytes that fit into `data`. */
  capacity: i32;
  /** Bytes in use. */
  used: i32;
}

const keyLength = 12;
const longText: u32 = 15;
const codeBits: u32 = (1 << 28) - 1;

/** The 16 bytes from the one with index 16 - n on keep n bytes of a text. */
const keep: usize = memory.data<u64>([-1, -1, 0, 0]);

/** The key of a text, of which 16 bytes are read even if it is shorter. */
// @ts-ignore: decorator
@inline
export function keyOf(text: usize, length: i32): v128 {
  if (length > keyLength) return longKey(text, length);
  const padded = v128.and(v128.load(text), v128.load(keep + 16 - length));
  return i32x4.replace_lane(padded, 3, (length + 1) << 28);
}

/** A key that no text has. */
// @ts-ignore: decorator
@inline
export function noKey(): v128 {
  return i32x4.splat(-1);
}

/** The words of a long text, the last one overlapping; `slotOf` mixes on, by another shift, or it would undo this one. */
function longKey(text: usize, length: i32): v128 {
  const last = text + length - 8;
  let hash: u64 = length;
  for (let at = text; at < last; at += 8) hash = addWord(hash, load<u64>(at));
  hash = addWord(hash, load<u64>(last));
  return i64x2.replace_lane(i64x2.splat(hash), 1, <u64>length | (<u64>longText << 60));
}

// @ts-ignore: decorator
@inline
function addWord(hash: u64, word: u64): u64 {
  const h = (rotl<u64>(hash, 23) ^ word) * p0;
  return h ^ (h >> 29);
}

/**
 * The slot where a key belongs, if it is free or the key's: the upper half of a product, which all bits of the key
 * reach, as a fraction of the slots.
 */
// @ts-ignore: decorator
@inline
function slotOf(key: v128, size: u32): u32 {
  let h = <u64>i64x2.extract_lane(key, 0) ^ (<u64>i64x2.extract_lane(key, 1) * p1);
  h ^= h >> 32;
  return <u32>((((h * p0) >> 32) * size) >> 32);
}

// @ts-ignore: decorator
@inline
function after(slot: u32, size: u32): u32 {
  return slot + 1 == size ? 0 : slot + 1;
}

/** The bits of a slot that are the key's, not the code's. */
// @ts-ignore: decorator
@inline
function keyBits(): v128 {
  return i32x4(-1, -1, -1, 0xf0000000);
}

/** Whether a slot holds no or another key. */
// @ts-ignore: decorator
@inline
function differ(slot: v128, key: v128): bool {
  return v128.any_true(v128.and(v128.xor(slot, key), keyBits()));
}

// Rows are looked up a block at a time, in steps that each do little for all of them: the rows' waits for memory then
// overlap, and what cannot be foreseen (which slot of a line) is decided only when the line is there.

export const blockRows = 128;

/** The keys of a block's rows. */
export const keys: usize = memory.data(blockRows * 16, 16);

/** Keeps the loads of `warmTexts` from being left out. */
let touched: u32 = 0;

/** Notes a row's key, and where it is to be looked for. */
// @ts-ignore: decorator
@inline
export function noteKey(size: u32, key: v128, place: usize, code: usize): void {
  v128.store(place, key);
  store<u32>(code, slotOf(key, size));
}

/**
 * Puts codes in the place of what `noteKey` left for `rows` rows; -1 where no text has the key. Whether that is all:
 * every key was found, and none stands for a long text, which `isCodeOf` has yet to compare.
 */
export function findKeys(table: InternTable, codes: usize, rows: i32): bool {
  const slots = table.slots;
  const size = table.size;
  const end = codes + (<usize>rows << 2);
  let place = keys;
  let found = 0;
  let long = false;
  for (let code = codes; code < end; code += 4, place += 16) {
    // No branch waits for the slot.
    const key = v128.load(place);
    const slot = v128.load(slots + (<usize>load<u32>(code) << 4));
    const first = codeOf(i32x4.extract_lane(slot, 3)) | -<i32>differ(slot, key);
    store<i32>(code, first);
    found |= first;
    long |= <u32>i32x4.extract_lane(key, 3) >= longText << 28;
  }
  if (found < 0) found = findMissed(slots, size, codes, end);
  if (long) warmTexts(table, codes, end);
  return found >= 0 && !long;
}

/** Looks beyond the first slot; negative if keys are not found at all. */
function findMissed(slots: usize, size: u32, codes: usize, end: usize): i32 {
  let place = keys;
  let found = 0;
  for (let code = codes; code < end; code += 4, place += 16) {
    if (load<i32>(code) >= 0) continue;
    const later = findKey(slots, size, v128.load(place));
    store<i32>(code, later);
    found |= later;
  }
  return found;
}

/** The texts of a large dictionary are as far away as its slots. */
function warmTexts(table: InternTable, codes: usize, end: usize): void {
  const offsets = table.offsets;
  const data = table.data;
  let sum: u32 = 0;
  for (let code = codes; code < end; code += 4)
    sum += load<u8>(data + load<i32>(offsets + (<usize>max<i32>(load<i32>(code), 0) << 2)));
  touched = sum;
}

// @ts-ignore: decorator
@inline
function findKey(slots: usize, size: u32, key: v128): i32 {
  let at = slotOf(key, size);
  while (true) {
    const slot = v128.load(slots + (<usize>at << 4));
    if (!differ(slot, key)) return codeOf(i32x4.extract_lane(slot, 3));
    if (i32x4.extract_lane(slot, 3) == 0) return -1;
    at = after(at, size);
  }
}

/** Whether `found`, the code of a text's key or -1, is the code of the text. */
// @ts-ignore: decorator
@inline
export function isCodeOf(table: InternTable, found: i32, text: usize, length: i32): bool {
  return found >= 0 && (length <= keyLength || isEntry(table, found, text, length));
}

// @ts-ignore: decorator
@inline
function codeOf(tag: u32): i32 {
  return <i32>(tag & codeBits) - 1;
}

/** Whether a long text is the one of that code, given that their keys, and so their lengths, are the same. */
// @ts-ignore: decorator
@inline
function isEntry(table: InternTable, code: i32, text: usize, length: i32): bool {
  const entry = table.data + load<i32>(table.offsets + (<usize>code << 2));
  const last = length - 8;
  for (let i = 0; i < last; i += 8) if (load<u64>(entry + i) != load<u64>(text + i)) return false;
  return load<u64>(entry + last) == load<u64>(text + last);
}

/** The code of a text; -1 if there is no such text. */
export function findText(table: InternTable, text: usize, length: i32): i32 {
  const key = keyOf(text, length);
  const size = table.size;
  let slot = slotOf(key, size);
  while (true) {
    const at = table.slots + (<usize>slot << 4);
    const tag = load<u32>(at, 12);
    if (tag == 0) return -1;
    if (!differ(v128.load(at), key) && (length <= keyLength || isEntry(table, codeOf(tag), text, length)))
      return codeOf(tag);
    slot = after(slot, size);
  }
}

/** The code of a text, given one if it is new; -1 if the table must grow first. */
// @ts-ignore: decorator
@inline
export function internText(table: InternTable, text: usize, length: i32): i32 {
  const key = keyOf(text, length);
  const size = table.size;
  let slot = slotOf(key, size);
  while (true) {
    const at = table.slots + (<usize>slot << 4);
    const tag = load<u32>(at, 12);
    if (tag == 0) return addText(table, at, key, text, length);
    if (!differ(v128.load(at), key) && (length <= keyLength || isEntry(table, codeOf(tag), text, length)))
      return codeOf(tag);
    slot = after(slot, size);
  }
}

function addText(table: InternTable, at: usize, key: v128, text: usize, length: i32): i32 {
  const count = table.count;
  const used = table.used;
  if (count >= table.limit || length > table.capacity - used) return -1;
  memory.copy(table.data + used, text, length);
  store<i32>(table.offsets + (<usize>(count + 1) << 2), used + length);
  v128.store(at, key);
  store<u32>(at, load<u32>(at, 12) | <u32>(count + 1), 12);
  table.used = used + length;
  table.count = count + 1;
  return count;
}

/** Enters the texts of codes [from, count), of which none is there. */
export function enterTexts(table: InternTable, from: i32): void {
  const size = table.size;
  for (let code = from; code < table.count; code++) {
    const entry = table.offsets + (<usize>code << 2);
    const start = load<i32>(entry);
    const key = keyOf(table.data + start, load<i32>(entry, 4) - start);
    let slot = slotOf(key, size);
    while (load<u32>(table.slots + (<usize>slot << 4), 12) != 0) slot = after(slot, size);
    const at = table.slots + (<usize>slot << 4);
    v128.store(at, key);
    store<u32>(at, load<u32>(at, 12) | <u32>(code + 1), 12);
  }
}
