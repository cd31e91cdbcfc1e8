// Lists: int32 offsets into a child. Rows of the child are told by their numbers.
import { bit, clearBit, setBit, valid } from './bits';
import { find } from './code-points';
import { copyText, lastLoad } from './copy';

/** The child's rows of the lists at `indices`, laid where `outOffsets` says; -1 and null lists have none there. */
export function list_take(offsets: usize, indices: usize, outOffsets: usize, count: i32, out: usize): void {
  let at = load<i32>(outOffsets);
  for (let i: usize = 0; i < <usize>count; i++) {
    const next = load<i32>(outOffsets + (i << 2), 4);
    if (next == at) continue;
    let row = load<i32>(offsets + ((<usize>load<i32>(indices + (i << 2))) << 2));
    for (; at < next; at++, row++) store<i32>(out + ((<usize>at) << 2), row);
  }
}

/** out[i] = the elements of list i, as int64. */
export function list_length(offsets: usize, length: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>length; i++) {
    const entry = offsets + (i << 2);
    store<i64>(out + (i << 3), load<i32>(entry, 4) - load<i32>(entry));
  }
}

/**
 * Rows that come of spreading the lists [from, length) out, up to `most`: by each the number of its list in `lists` and
 * of its element in `elements`. With `outer` a list that is null or has no elements gives one row, with element -1.
 * `skip` elements of the first list are passed over. Returns how many rows; where it stopped is at `stop`: the list
 * that comes next and the elements of it that are done.
 */
export function list_explode(
  offsets: usize,
  validity: usize,
  from: i32,
  length: i32,
  skip: i32,
  outer: i32,
  most: i32,
  lists: usize,
  elements: usize,
  stop: usize,
): i32 {
  let made = 0;
  let list = from;
  let done = skip;
  while (list < length && made < most) {
    const entry = offsets + ((<usize>list) << 2);
    const start = load<i32>(entry);
    const size = valid(validity, list) ? load<i32>(entry, 4) - start : 0;
    if (size == 0) {
      if (outer != 0) {
        store<i32>(lists + ((<usize>made) << 2), list);
        store<i32>(elements + ((<usize>made) << 2), -1);
        made++;
      }
    } else {
      const end = min(size, done + most - made);
      for (; done < end; done++, made++) {
        store<i32>(lists + ((<usize>made) << 2), list);
        store<i32>(elements + ((<usize>made) << 2), start + done);
      }
      if (done < size) break;
    }
    done = 0;
    list++;
  }
  store<i32>(stop, list);
  store<i32>(stop, done, 4);
  return made;
}

/** Bytes of all lists as text, a null list as nothing; -1 past 2 GiB. The texts of the elements are plain. */
export function list_text_bytes(
  offsets: usize,
  validity: usize,
  length: i32,
  texts: usize,
  known: usize,
  separatorBytes: i32,
  nullBytes: i32,
): i32 {
  let bytes: i64 = 0;
  for (let i = 0; i < length; i++) {
    if (!valid(validity, i)) continue;
    const start = load<i32>(offsets + ((<usize>i) << 2));
    const end = load<i32>(offsets + ((<usize>i) << 2), 4);
    bytes += 2 + max(0, end - start - 1) * <i64>separatorBytes;
    if (known == 0) {
      bytes += load<i32>(texts + ((<usize>end) << 2)) - load<i32>(texts + ((<usize>start) << 2));
      continue;
    }
    for (let row = start; row < end; row++) {
      const text = texts + ((<usize>row) << 2);
      bytes += valid(known, row) ? load<i32>(text, 4) - load<i32>(text) : nullBytes;
    }
  }
  return bytes > i32.MAX_VALUE - 64 ? -1 : <i32>bytes;
}

/** `[a, b]` for each list; 16 bytes more are overwritten. */
export function list_text(
  offsets: usize,
  validity: usize,
  length: i32,
  data: usize,
  texts: usize,
  known: usize,
  separator: usize,
  separatorBytes: i32,
  nullText: usize,
  nullBytes: i32,
  outOffsets: usize,
  out: usize,
): void {
  const last = lastLoad();
  let at = out;
  store<i32>(outOffsets, 0);
  for (let i = 0; i < length; i++) {
    if (valid(validity, i)) {
      const start = load<i32>(offsets + ((<usize>i) << 2));
      const end = load<i32>(offsets + ((<usize>i) << 2), 4);
      store<u8>(at++, 0x5b);
      for (let row = start; row < end; row++) {
        if (row > start) {
          copyText(at, separator, separatorBytes, last);
          at += separatorBytes;
        }
        const text = texts + ((<usize>row) << 2);
        if (valid(known, row)) {
          const from = load<i32>(text);
          const size = load<i32>(text, 4) - from;
          copyText(at, data + from, size, last);
          at += size;
        } else {
          copyText(at, nullText, nullBytes, last);
          at += nullBytes;
        }
      }
      store<u8>(at++, 0x5d);
    }
    store<i32>(outOffsets + ((<usize>i) << 2), <i32>(at - out), 4);
  }
}

/** The list that each element belongs to; lists are dense. */
export function list_owners(offsets: usize, length: i32, out: usize): void {
  let row = 0;
  for (let i = 0; i < length; i++) {
    const end = load<i32>(offsets + ((<usize>i) << 2), 4);
    for (; row < end; row++) store<i32>(out + ((<usize>row) << 2), i);
  }
}

/** Clears the bits of elements whose list is null. */
export function list_mask(offsets: usize, validity: usize, length: i32, known: usize): void {
  for (let i = 0; i < length; i++) {
    if (valid(validity, i)) continue;
    const entry = offsets + ((<usize>i) << 2);
    for (let row = load<i32>(entry); row < load<i32>(entry, 4); row++) clearBit(known, row);
  }
}

/** Sets the bits of the lists that have an element whose bit is set in `bits`, and in `known` unless it is 0. */
export function list_any(offsets: usize, length: i32, bits: usize, known: usize, out: usize): void {
  memory.fill(out, 0, (length + 7) >> 3);
  for (let i = 0; i < length; i++) {
    const entry = offsets + ((<usize>i) << 2);
    const end = load<i32>(entry, 4);
    for (let row = load<i32>(entry); row < end; row++) {
      if (bit(bits, row) && valid(known, row)) {
        setBit(out, i);
        break;
      }
    }
  }
}

/** The row of the child that is the n-th of each list, counted from 1, or from the end where n is negative; -1 if there is none. */
export function list_nth(offsets: usize, length: i32, n: usize, step: i32, out: usize): void {
  for (let i = 0; i < length; i++) {
    const entry = offsets + ((<usize>i) << 2);
    const start = load<i32>(entry);
    const size = <i64>(load<i32>(entry, 4) - start);
    const wanted = load<i64>(n + ((<usize>(i * step)) << 3));
    const at = wanted > 0 ? wanted - 1 : wanted == 0 || wanted < -size ? -1 : size + wanted;
    store<i32>(out + ((<usize>i) << 2), at >= 0 && at < size ? start + <i32>at : -1);
  }
}

/** Offsets of `length` lists from the lists that their elements, in order of their lists, belong to. */
export function list_offsets(owners: usize, count: i32, length: i32, out: usize): void {
  let row = 0;
  store<i32>(out, 0);
  for (let i = 0; i < length; i++) {
    while (row < count && load<i32>(owners + ((<usize>row) << 2)) == i) row++;
    store<i32>(out + ((<usize>i) << 2), row, 4);
  }
}

/** Keeps the rows whose bit is set, in place. Returns how many. */
export function list_keep(rows: usize, count: i32, known: usize): i32 {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = load<i32>(rows + ((<usize>i) << 2));
    if (!bit(known, row)) continue;
    store<i32>(rows + ((<usize>kept) << 2), row);
    kept++;
  }
  return kept;
}

/** Row i * columns + c of the result is row i of column c, where the columns are laid end to end. */
export function list_interleave(columns: i32, length: i32, out: usize): void {
  for (let i = 0; i < length; i++) {
    for (let c = 0; c < columns; c++) {
      store<i32>(out, c * length + i);
      out += 4;
    }
  }
}

/** Every list has `size` elements. */
export function list_even_offsets(size: i32, length: i32, out: usize): void {
  for (let i = 0; i <= length; i++) store<i32>(out + ((<usize>i) << 2), i * size);
}

/** Bytes of the elements of each list that are known, with the separator between them; offsets to `out`. -1 past 2 GiB. */
export function list_join_offsets(
  offsets: usize,
  length: i32,
  texts: usize,
  known: usize,
  separatorBytes: i32,
  out: usize,
): i32 {
  let bytes: i64 = 0;
  store<i32>(out, 0);
  for (let i = 0; i < length; i++) {
    const entry = offsets + ((<usize>i) << 2);
    const end = load<i32>(entry, 4);
    let some = false;
    for (let row = load<i32>(entry); row < end; row++) {
      if (!valid(known, row)) continue;
      const text = texts + ((<usize>row) << 2);
      bytes += load<i32>(text, 4) - load<i32>(text) + (some ? separatorBytes : 0);
      some = true;
    }
    if (bytes > i32.MAX_VALUE - 64) return -1;
    store<i32>(out + ((<usize>i) << 2), <i32>bytes, 4);
  }
  return <i32>bytes;
}

/** Writes what list_join_offsets has counted; 16 bytes more are overwritten. */
export function list_join(
  offsets: usize,
  length: i32,
  data: usize,
  texts: usize,
  known: usize,
  separator: usize,
  separatorBytes: i32,
  out: usize,
): void {
  const last = lastLoad();
  for (let i = 0; i < length; i++) {
    const entry = offsets + ((<usize>i) << 2);
    const end = load<i32>(entry, 4);
    let some = false;
    for (let row = load<i32>(entry); row < end; row++) {
      if (!valid(known, row)) continue;
      if (some) {
        copyText(out, separator, separatorBytes, last);
        out += separatorBytes;
      }
      some = true;
      const text = texts + ((<usize>row) << 2);
      const from = load<i32>(text);
      const size = load<i32>(text, 4) - from;
      copyText(out, data + from, size, last);
      out += size;
    }
  }
}

/** Offsets of the lists of parts that the texts fall into at a separator; returns how many parts there are. */
export function list_split_offsets(
  data: usize,
  offsets: usize,
  length: i32,
  separator: usize,
  separatorBytes: i32,
  out: usize,
): i32 {
  const last = lastLoad();
  let parts: i32 = 0;
  store<i32>(out, 0);
  for (let i = 0; i < length; i++) {
    const start = load<i32>(offsets + ((<usize>i) << 2));
    const size = load<i32>(offsets + ((<usize>i) << 2), 4) - start;
    if (separatorBytes == 0) {
      if (size == 0) parts++;
      for (let at = 0; at < size; at++) if ((load<u8>(data + start + at) & 0xc0) != 0x80) parts++;
    } else {
      parts++;
      let at = find(data + start, size, separator, separatorBytes, 0, last);
      while (at >= 0) {
        parts++;
        at = find(data + start, size, separator, separatorBytes, at + separatorBytes, last);
      }
    }
    store<i32>(out + ((<usize>i) << 2), parts, 4);
  }
  return parts;
}

/** Writes the parts one after another; without a separator they are the code points. 16 bytes more are overwritten. */
export function list_split(
  data: usize,
  offsets: usize,
  length: i32,
  separator: usize,
  separatorBytes: i32,
  outOffsets: usize,
  out: usize,
): void {
  const last = lastLoad();
  let bytes = 0;
  store<i32>(outOffsets, 0);
  for (let i = 0; i < length; i++) {
    const start = data + load<i32>(offsets + ((<usize>i) << 2));
    const size = <i32>(data + load<i32>(offsets + ((<usize>i) << 2), 4) - start);
    let from = 0;
    while (separatorBytes > 0 || from < size || from == 0) {
      let end: i32;
      if (separatorBytes == 0) {
        end = min(size, from + 1);
        while (end < size && (load<u8>(start + end) & 0xc0) == 0x80) end++;
      } else {
        end = find(start, size, separator, separatorBytes, from, last);
      }
      const until = end < 0 ? size : end;
      copyText(out + bytes, start + from, until - from, last);
      bytes += until - from;
      outOffsets += 4;
      store<i32>(outOffsets, bytes);
      if (end < 0 || size == 0) break;
      from = end + separatorBytes;
    }
  }
}

/** Sets the bits of the lists that have elements. Returns how many there are. */
export function list_nonempty(offsets: usize, length: i32, out: usize): i32 {
  let count = 0;
  memory.fill(out, 0, (length + 7) >> 3);
  for (let i = 0; i < length; i++) {
    const entry = offsets + ((<usize>i) << 2);
    if (load<i32>(entry, 4) == load<i32>(entry)) continue;
    setBit(out, i);
    count++;
  }
  return count;
}
