// Interning: the distinct texts of a column get codes 0, 1, 2, ... in order of first appearance.
// The table lives in the arena and is grown by lib/kernels/interner.ts, its only owner:
//
//   header ─▶ slots   power of two of { hash u32, code + 1 u32 }, 0 = free; linear probing
//          ─▶ offsets int32, one more than there are entries
//          ─▶ data    the bytes, one text after another
//
// A call that would not fit stops and says how many rows it did; the owner grows the table and goes on.
import { equalBytes, hashBytes } from './hash';


/** Layout of the header, mirrored in interner.ts. */
@unmanaged
export class InternTable {
  slots: usize;
  /** Slots minus one. */
  mask: u32;
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

/** The code of a text, given one if it is new; -1 if the table must grow first. */
// @ts-ignore: decorator
@inline
export function internText(table: InternTable, text: usize, length: i32): i32 {
  return internHashed(table, text, length, <u32>hashBytes(text, length));
}

/** As `internText`, where the text's hash is known. */
// @ts-ignore: decorator
@inline
export function internHashed(table: InternTable, text: usize, length: i32, hash: u32): i32 {
  const slots = table.slots;
  const mask = table.mask;
  let slot = hash & mask;
  while (true) {
    const at = slots + (<usize>slot << 3);
    const code = load<u32>(at, 4);
    if (code == 0) return addText(table, at, hash, text, length);
    if (load<u32>(at) == hash) {
      const entry = table.offsets + (<usize>(code - 1) << 2);
      const start = load<i32>(entry);
      if (load<i32>(entry, 4) - start == length && equalBytes(table.data + start, text, length)) return <i32>(code - 1);
    }
    slot = (slot + 1) & mask;
  }
}

function addText(table: InternTable, at: usize, hash: u32, text: usize, length: i32): i32 {
  const count = table.count;
  const used = table.used;
  if (count >= table.limit || length > table.capacity - used) return -1;
  memory.copy(table.data + used, text, length);
  store<i32>(table.offsets + (<usize>(count + 1) << 2), used + length);
  store<u32>(at, hash);
  store<u32>(at, <u32>(count + 1), 4);
  table.used = used + length;
  table.count = count + 1;
  return count;
}
