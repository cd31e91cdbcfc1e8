// Groups of any keys: open addressing over packed key rows (group-key.ts).
//
//   slots: power of two of { hash u32, group + 1 u32 }, 0 = free; linear probing
//   keys:  the key row of each group, in order of groups, in pieces of 2^shift rows whose addresses are in a table
//
// Hashes of a batch are computed first, so that the probes' cache misses overlap. A call that would not fit
// stops and says how many rows it did; lib/kernels/group-table.ts grows the table and goes on, or, where it may not,
// only looks the other rows up.
import { valid } from './bits';
import { hash64 } from './hash';

/** Layout of the header, mirrored in group-table.ts. */
@unmanaged
class GroupHeader {
  slots: usize;
  /** Slots minus one. */
  mask: u32;
  /** Groups that fit before slots or keys must grow. */
  limit: i32;
  count: i32;
  /** The table of the pieces of key rows. */
  keys: usize;
  shift: i32;
  /** Bytes of a key row. */
  stride: i32;
  /** Where the next row that begins a group is listed. */
  fresh: usize;
  /** Bits of which each group sets one by its hash; 0 if there are none. */
  filter: usize;
  /** How far a 32-bit hash is shifted to be the place of its bit. */
  filterShift: u32;
}

// @ts-ignore: decorator
@inline
function hashRow(row: usize, stride: i32): u32 {
  if (stride == 8) return <u32>hash64(load<u64>(row));
  let h: u64 = 0;
  for (let at = row; at < row + stride; at += 8) h = hash64(rotl<u64>(h, 23) ^ load<u64>(at));
  return <u32>h;
}

/** Hashes of `count` key rows, 32 bits each. */
export function group_hash(rows: usize, stride: i32, count: i32, out: usize): void {
  if (stride == 8) {
    for (let i = 0; i < count; i++)
      store<u32>(out + (<usize>i << 2), <u32>hash64(load<u64>(rows + (<usize>i << 3))));
    return;
  }
  if (stride == 16) {
    for (let i = 0; i < count; i++) {
      const row = rows + (<usize>i << 4);
      store<u32>(out + (<usize>i << 2), <u32>hash64(rotl<u64>(hash64(load<u64>(row)), 23) ^ load<u64>(row, 8)));
    }
    return;
  }
  for (let i = 0; i < count; i++) {
    store<u32>(out + (<usize>i << 2), hashRow(rows, stride));
    rows += stride;
  }
}

// @ts-ignore: decorator
@inline
function equalRows(a: usize, b: usize, stride: i32): bool {
  for (let i = 0; i < stride; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  return true;
}

// @ts-ignore: decorator
@inline
function keyAt(keys: usize, shift: i32, group: u32, stride: i32): usize {
  const piece = group >> shift;
  return <usize>load<u32>(keys + (<usize>piece << 2)) + <usize>(group - (piece << shift)) * <usize>stride;
}

const blockRows = 256;
const cachedSlots: u32 = 1 << 17;
const candidates = memory.data(blockRows * 4);

/** Keeps the loads of `warm` from being left out. */
let touched: u64 = 0;

/** Loads the slot and the key row that each hash leads to. */
function warm(slots: usize, mask: u32, keys: usize, shift: i32, stride: i32, hashes: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 4)
    store<u32>(candidates + i, load<u32>(slots + (<usize>(load<u32>(hashes + i) & mask) << 3), 4));
  let sum: u64 = 0;
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const group = load<u32>(candidates + i);
    sum += load<u64>(keyAt(keys, shift, group == 0 ? 0 : group - 1, stride));
  }
  touched = sum;
}

// @ts-ignore: decorator
@inline
function probe(header: usize, rows: usize, stride: i32, hashes: usize, from: i32, length: i32, groups: usize): i32 {
  const table = changetype<GroupHeader>(header);
  const slots = table.slots;
  const mask = table.mask;
  const keys = table.keys;
  const shift = table.shift;
  for (let i = from; i < length; i++) {
    // Large tables are not in the cache: what the next rows will touch is loaded all at once, not row after row.
    if (((i - from) & (blockRows - 1)) == 0 && mask >= cachedSlots)
      warm(slots, mask, keys, shift, stride, hashes + (<usize>i << 2), min<i32>(blockRows, length - i));
    const row = rows + <usize>i * stride;
    const hash = load<u32>(hashes + (<usize>i << 2));
    let slot = hash & mask;
    let group = 0;
    while (true) {
      const at = slots + (<usize>slot << 3);
      const entry = load<u64>(at);
      if (entry == 0) {
        group = table.count;
        if (group >= table.limit) return i;
        memory.copy(keyAt(keys, shift, group, stride), row, stride);
        store<u64>(at, (<u64>(group + 1) << 32) | <u64>hash);
        store<i32>(table.fresh, i);
        table.fresh += 4;
        table.count = group + 1;
        break;
      }
      if (<u32>entry == hash) {
        group = <i32>(entry >> 32) - 1;
        if (equalRows(keyAt(keys, shift, group, stride), row, stride)) break;
      }
      slot = (slot + 1) & mask;
    }
    store<i32>(groups + (<usize>i << 2), group);
  }
  return length;
}

/** The groups of key rows [from, length), new ones in order; returns the rows done in all. */
export function group_probe(header: usize, rows: usize, hashes: usize, from: i32, length: i32, groups: usize): i32 {
  const stride = changetype<GroupHeader>(header).stride;
  if (stride == 8) return probe(header, rows, 8, hashes, from, length, groups);
  if (stride == 16) return probe(header, rows, 16, hashes, from, length, groups);
  return probe(header, rows, stride, hashes, from, length, groups);
}

/** The groups of key rows [from, length), -1 for those that have none. */
export function group_find(header: usize, rows: usize, hashes: usize, from: i32, length: i32, groups: usize): void {
  const stride = changetype<GroupHeader>(header).stride;
  for (let at = from; at < length; at += blockRows) {
    const to = min<i32>(at + blockRows, length);
    const count = sift(header, hashes, at, to, groups);
    if (stride == 8) find(header, rows, 8, hashes, count, groups);
    else if (stride == 16) find(header, rows, 16, hashes, count, groups);
    else find(header, rows, stride, hashes, count, groups);
  }
}

// @ts-ignore: decorator
@inline
function bitOf(hash: u32, shift: u32): u32 {
  // Slots go by the lowest bits.
  return (hash * 0x9e3779b1) >> shift;
}

/** Sets the bits of `count` groups. */
export function group_filter(header: usize, hashes: usize, count: i32): void {
  const filter = changetype<GroupHeader>(header).filter;
  const shift = changetype<GroupHeader>(header).filterShift;
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const bit = bitOf(load<u32>(hashes + i), shift);
    const at = filter + (bit >> 3);
    store<u8>(at, load<u8>(at) | <u8>(<u32>1 << (bit & 7)));
  }
}

/** Lists as candidates the rows [from, to) whose group there may be, how many it returns; the others have none. */
function sift(header: usize, hashes: usize, from: i32, to: i32, groups: usize): i32 {
  const filter = changetype<GroupHeader>(header).filter;
  const shift = changetype<GroupHeader>(header).filterShift;
  let at = candidates;
  for (let i = from; i < to; i++) {
    store<i32>(groups + (<usize>i << 2), -1);
    store<i32>(at, i);
    if (filter == 0) {
      at += 4;
      continue;
    }
    const bit = bitOf(load<u32>(hashes + (<usize>i << 2)), shift);
    at += ((load<u8>(filter + (bit >> 3)) >> (bit & 7)) & 1) << 2;
  }
  return <i32>((at - candidates) >> 2);
}

/** The groups of the candidates that have one. */
// @ts-ignore: decorator
@inline
function find(header: usize, rows: usize, stride: i32, hashes: usize, count: i32, groups: usize): void {
  const table = changetype<GroupHeader>(header);
  const slots = table.slots;
  const mask = table.mask;
  for (let k = 0; k < count; k++) {
    const i = <usize>load<u32>(candidates + (<usize>k << 2));
    const row = rows + i * stride;
    const hash = load<u32>(hashes + (i << 2));
    let slot = hash & mask;
    for (let entry = load<u64>(slots + (<usize>slot << 3)); entry != 0; entry = load<u64>(slots + (<usize>slot << 3))) {
      const group = <i32>(entry >> 32) - 1;
      if (<u32>entry == hash && equalRows(keyAt(table.keys, table.shift, group, stride), row, stride)) {
        store<i32>(groups + (i << 2), group);
        break;
      }
      slot = (slot + 1) & mask;
    }
  }
}

/** Rows that are null have no group. */
export function group_drop_nulls(groups: usize, validity: usize, length: i32): void {
  for (let i = 0; i < length; i++) if (!valid(validity, i)) store<i32>(groups + (<usize>i << 2), -1);
}

/** Lists the rows that have a group and those that have none, both in order; returns how many have one. */
export function group_split(groups: usize, length: i32, known: usize, unknown: usize): i32 {
  let count = 0;
  for (let i = 0; i < length; i++) {
    const none = load<u32>(groups + (<usize>i << 2)) >> 31;
    store<i32>(known + (<usize>count << 2), i);
    store<i32>(unknown + (<usize>(i - count) << 2), i);
    count += 1 - none;
  }
  return count;
}

/** Enters groups [first, first + count), known to be distinct, by their hashes. */
export function group_enter(header: usize, hashes: usize, first: i32, count: i32): void {
  const table = changetype<GroupHeader>(header);
  const slots = table.slots;
  const mask = table.mask;
  for (let i = 0; i < count; i++) {
    const hash = load<u32>(hashes + (<usize>i << 2));
    let slot = hash & mask;
    while (load<u64>(slots + (<usize>slot << 3)) != 0) slot = (slot + 1) & mask;
    store<u64>(slots + (<usize>slot << 3), (<u64>(first + i + 1) << 32) | <u64>hash);
  }
}
