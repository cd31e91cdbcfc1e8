// Texts copied one behind the other, out of a plain or a coded column.
import { valid } from './bits';
import { copyText, lastLoad } from './copy';
import { entryOf } from './texts';

/** Bytes of all texts that are not null; `codes` is 0 for plain text. -1 past 2 GiB. */
export function text_bytes(offsets: usize, codes: usize, validity: usize, length: i32): i32 {
  let bytes: i64 = 0;
  for (let row = 0; row < length; row++) {
    if (!valid(validity, row)) continue;
    const entry = entryOf(offsets, codes, row);
    bytes += load<u32>(entry, 4) - load<u32>(entry);
  }
  return bytes > i32.MAX_VALUE ? -1 : <i32>bytes;
}

/** Bytes of the longest plain text that is not null. */
export function text_longest(offsets: usize, validity: usize, length: i32): i32 {
  let longest: u32 = 0;
  for (let row = 0; row < length; row++) {
    if (!valid(validity, row)) continue;
    const entry = offsets + (<usize>row << 2);
    longest = max(longest, load<u32>(entry, 4) - load<u32>(entry));
  }
  return <i32>longest;
}

/**
 * Appends the texts to `data`; `outOffsets` points at the entry that says where the first one goes. Up to 15
 * bytes behind the last one are overwritten.
 */
export function text_append(data: usize, outOffsets: usize, texts: usize, offsets: usize, codes: usize, validity: usize, length: i32): void {
  const last = lastLoad();
  let at = load<u32>(outOffsets);
  for (let row = 0; row < length; row++) {
    if (valid(validity, row)) {
      const entry = entryOf(offsets, codes, row);
      const start = load<u32>(entry);
      const size = load<u32>(entry, 4) - start;
      copyText(data + at, texts + start, size, last);
      at += size;
    }
    store<u32>(outOffsets + (<usize>(row + 1) << 2), at);
  }
}
