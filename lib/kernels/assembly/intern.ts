// Interning whole columns; the table is described in intern-table.ts.
import { valid } from './bits';
import { InternTable, internText } from './intern-table';

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
  for (let row = from; row < length; row++) {
    if (!valid(validity, row)) {
      store<i32>(codes + ((<usize>row) << 2), 0);
      continue;
    }
    const entry = offsets + ((<usize>row) << 2);
    const start = load<i32>(entry);
    const code = internText(table, data + start, load<i32>(entry, 4) - start);
    if (code < 0) return row;
    store<i32>(codes + ((<usize>row) << 2), code);
  }
  return length;
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
