// Interning whole columns; the table is described in intern-table.ts.
import { valid } from './bits';
import { hashBytes } from './hash';
import { InternTable, internHashed } from './intern-table';

/**
 * Writes the codes of rows [from, length) of a text column; rows that are null get code 0, which exists as
 * soon as any text does. Returns the rows done in all: less than `length` if the table must grow.
 */
export function intern_rows(
  header: usize,
  data: usize,
  offsets: usize,
  validity: usize,
  from: i32,
  length: i32,
  codes: usize,
): i32 {
  const table = changetype<InternTable>(header);
  for (let block = from; block < length; block += blockRows) {
    const end = min<i32>(length, block + blockRows);
    for (let row = block; row < end; row++) {
      const entry = offsets + ((<usize>row) << 2);
      const start = load<i32>(entry);
      store<u32>(hashes + ((<usize>(row - block)) << 2), <u32>hashBytes(data + start, load<i32>(entry, 4) - start));
    }
    // Large tables are not in the cache: what the block will touch is loaded all at once, not row after row.
    if (table.mask >= cachedSlots) warm(table, end - block);
    for (let row = block; row < end; row++) {
      if (!valid(validity, row)) {
        store<i32>(codes + ((<usize>row) << 2), 0);
        continue;
      }
      const entry = offsets + ((<usize>row) << 2);
      const start = load<i32>(entry);
      const hash = load<u32>(hashes + ((<usize>(row - block)) << 2));
      const code = internHashed(table, data + start, load<i32>(entry, 4) - start, hash);
      if (code < 0) return row;
      store<i32>(codes + ((<usize>row) << 2), code);
    }
  }
  return length;
}

const blockRows = 256;
const cachedSlots: u32 = 1 << 14;
const hashes = memory.data(blockRows * 4);
const starts = memory.data(blockRows * 4);

/** Keeps the loads of `warm` from being left out. */
let touched: i32 = 0;

/** Loads the slot, the entry and the first byte that each hash of the block leads to. */
function warm(table: InternTable, count: i32): void {
  const slots = table.slots;
  const mask = table.mask;
  const entries = table.offsets;
  const texts = table.data;
  for (let i: usize = 0; i < <usize>count << 2; i += 4)
    store<u32>(starts + i, load<u32>(slots + (<usize>(load<u32>(hashes + i) & mask) << 3), 4));
  for (let i: usize = 0; i < <usize>count << 2; i += 4) {
    const code = load<u32>(starts + i);
    store<i32>(starts + i, load<i32>(entries + (<usize>(code == 0 ? 0 : code - 1) << 2)));
  }
  let sum = 0;
  for (let i: usize = 0; i < <usize>count << 2; i += 4) sum += load<u8>(texts + load<u32>(starts + i));
  touched = sum;
}

/** Enters `old` slots' contents into the new, larger and cleared `slots`. */
export function intern_rehash(old: usize, oldSlots: i32, slots: usize, mask: u32): void {
  for (let i = 0; i < oldSlots; i++) {
    const entry = load<u64>(old + ((<usize>i) << 3));
    if (entry == 0) continue;
    let slot = <u32>entry & mask;
    while (load<u64>(slots + ((<usize>slot) << 3)) != 0) slot = (slot + 1) & mask;
    store<u64>(slots + ((<usize>slot) << 3), entry);
  }
}

/** codes[i] = map[codes[i]]: carries codes of one dictionary over to another. */
export function intern_remap(codes: usize, map: usize, out: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    store<i32>(
      out + ((<usize>i) << 2),
      load<i32>(map + ((<usize>load<i32>(codes + ((<usize>i) << 2))) << 2)),
    );
  }
}
