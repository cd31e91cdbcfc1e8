// Interning whole columns; the table is described in intern-table.ts.
import { valid } from './bits';
import { InternTable, blockRows, enterTexts, findKeys, findText, internText, isCodeOf, keyOf, keys, noteKey } from './intern-table';

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
    if (lookUp(table, data, offsets, block, end, codes) && validity == 0) continue;
    for (let row = block; row < end; row++) {
      const code = codes + ((<usize>row) << 2);
      if (!valid(validity, row)) {
        store<i32>(code, 0);
        continue;
      }
      const entry = offsets + ((<usize>row) << 2);
      const start = load<i32>(entry);
      const text = data + start;
      const size = load<i32>(entry, 4) - start;
      if (isCodeOf(table, load<i32>(code), text, size)) continue;
      const given = internText(table, text, size);
      if (given < 0) return row;
      store<i32>(code, given);
    }
  }
  return length;
}

/** The codes of the keys of a block's texts; as `findKeys`. */
// @ts-ignore: decorator
@inline
function lookUp(table: InternTable, data: usize, offsets: usize, block: i32, end: i32, codes: usize): bool {
  let place = keys;
  for (let row = block; row < end; row++, place += 16) {
    const entry = offsets + ((<usize>row) << 2);
    const start = load<i32>(entry);
    noteKey(table.size, keyOf(data + start, load<i32>(entry, 4) - start), place, codes + ((<usize>row) << 2));
  }
  return findKeys(table, codes + ((<usize>block) << 2), end - block);
}

/** Enters the texts of codes from `from` on into slots that have none of them. */
export function intern_enter(header: usize, from: i32): void {
  enterTexts(changetype<InternTable>(header), from);
}

/** Gives `count` texts the next codes, without entering them. There is room, and none is there yet. */
export function intern_adopt(header: usize, data: usize, offsets: usize, count: i32): void {
  const table = changetype<InternTable>(header);
  const first = load<i32>(offsets);
  const bytes = load<i32>(offsets + (<usize>count << 2)) - first;
  memory.copy(table.data + table.used, data + first, bytes);
  const out = table.offsets + (<usize>table.count << 2);
  const moved = table.used - first;
  for (let i: usize = 1; i <= <usize>count; i++) store<i32>(out + (i << 2), load<i32>(offsets + (i << 2)) + moved);
  table.used += bytes;
  table.count += count;
}

/** What a map of codes has for those that nothing was done about yet, and for those that are listed to be. */
const unmapped: i32 = -2;
const listed: i32 = -3;

/** Carries codes of one dictionary over to another: out[i] = map[codes[i]], or 0 where the map has nothing, as for null. */
export function intern_remap(codes: usize, map: usize, out: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    const code = load<i32>(map + (<usize>load<i32>(codes + (<usize>i << 2)) << 2));
    store<i32>(out + (<usize>i << 2), code == unmapped ? 0 : code);
  }
}

/** Lists the codes of rows that the map has nothing for, each once; returns how many. */
export function intern_unmapped(codes: usize, validity: usize, length: i32, map: usize, out: usize): i32 {
  let count = 0;
  for (let row = 0; row < length; row++) {
    const code = load<i32>(codes + ((<usize>row) << 2));
    const at = map + ((<usize>code) << 2);
    if (load<i32>(at) != unmapped || !valid(validity, row)) continue;
    store<i32>(at, listed);
    store<i32>(out + ((<usize>count) << 2), code);
    count++;
  }
  return count;
}

/** map[from[i]] = to[i] */
export function intern_map(from: usize, to: usize, count: i32, map: usize): void {
  for (let i = 0; i < count; i++)
    store<i32>(map + ((<usize>load<i32>(from + ((<usize>i) << 2))) << 2), load<i32>(to + ((<usize>i) << 2)));
}

/** map[i] for i from `from` up to `to`: nothing was done yet. */
export function intern_unmap(map: usize, from: i32, to: i32): void {
  for (let i = from; i < to; i++) store<i32>(map + ((<usize>i) << 2), unmapped);
}

/** As intern_rows, but nothing is added: texts that the table does not have get -1, rows that are null get `ofNull`. */
export function intern_find(
  header: usize,
  data: usize,
  offsets: usize,
  validity: usize,
  from: i32,
  length: i32,
  codes: usize,
  ofNull: i32,
): void {
  const table = changetype<InternTable>(header);
  for (let block = from; block < length; block += blockRows) {
    const end = min<i32>(length, block + blockRows);
    if (lookUp(table, data, offsets, block, end, codes) && validity == 0) continue;
    for (let row = block; row < end; row++) {
      const code = codes + ((<usize>row) << 2);
      if (!valid(validity, row)) {
        store<i32>(code, ofNull);
        continue;
      }
      const found = load<i32>(code);
      if (found < 0) continue;
      const entry = offsets + ((<usize>row) << 2);
      const text = data + load<i32>(entry);
      const size = load<i32>(entry, 4) - load<i32>(entry);
      // Another long text may have the same key.
      if (!isCodeOf(table, found, text, size)) store<i32>(code, findText(table, text, size));
    }
  }
}

/** As intern_remap, for maps with -1 where there is no code; rows that are null get -1 too. */
export function intern_remap_found(codes: usize, validity: usize, map: usize, out: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    const code = load<i32>(map + ((<usize>load<i32>(codes + ((<usize>i) << 2))) << 2));
    store<i32>(out + ((<usize>i) << 2), valid(validity, i) ? code : -1);
  }
}
