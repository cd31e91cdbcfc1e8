// Lists: int32 offsets into a child. Rows of the child are told by their numbers.
import { valid } from './bits';
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
