// Rows held in chunks of 2^shift: row r is in chunk r >> shift. `chunks` has the address of each chunk's values; before
// the first entry stands one that may be read for row -1. Texts are held as views: address and length of the bytes.
import { bit, valid } from './bits';
import { integerAt } from './chunks';
import { copyText, lastLoad } from './copy';

// @ts-ignore: decorator
@inline
function place(chunks: usize, shift: i32, row: i32, width: usize): usize {
  return <usize>load<u32>(chunks + (<isize>(row >> shift) << 2)) + <usize>(row & ((1 << shift) - 1)) * width;
}

// @ts-ignore: decorator
@inline
function gather<T>(chunks: usize, shift: i32, indices: usize, out: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const a = load<i32>(indices);
    const b = load<i32>(indices, 4);
    const c = load<i32>(indices, 8);
    const d = load<i32>(indices, 12);
    store<T>(out, load<T>(place(chunks, shift, a, sizeof<T>())));
    store<T>(out, load<T>(place(chunks, shift, b, sizeof<T>())), sizeof<T>());
    store<T>(out, load<T>(place(chunks, shift, c, sizeof<T>())), 2 * sizeof<T>());
    store<T>(out, load<T>(place(chunks, shift, d, sizeof<T>())), 3 * sizeof<T>());
    indices += 16;
    out += 4 * sizeof<T>();
  }
  for (; i < count; i++) {
    store<T>(out, load<T>(place(chunks, shift, load<i32>(indices), sizeof<T>())));
    indices += 4;
    out += sizeof<T>();
  }
}

export function join_take_8(chunks: usize, shift: i32, indices: usize, out: usize, count: i32): void {
  gather<u8>(chunks, shift, indices, out, count);
}
export function join_take_16(chunks: usize, shift: i32, indices: usize, out: usize, count: i32): void {
  gather<u16>(chunks, shift, indices, out, count);
}
export function join_take_32(chunks: usize, shift: i32, indices: usize, out: usize, count: i32): void {
  gather<u32>(chunks, shift, indices, out, count);
}
export function join_take_64(chunks: usize, shift: i32, indices: usize, out: usize, count: i32): void {
  gather<u64>(chunks, shift, indices, out, count);
}
export function join_take_128(chunks: usize, shift: i32, indices: usize, out: usize, count: i32): void {
  for (let i = 0; i < count; i++)
    v128.store(out + (<usize>i << 4), v128.load(place(chunks, shift, load<i32>(indices + (<usize>i << 2)), 16)));
}

/** Integers or codes of chunks that differ in width, which `widths` has, negative if unsigned; as values of `width` bytes. */
export function join_take_mixed(chunks: usize, widths: usize, shift: i32, indices: usize, out: usize, count: i32, width: i32): void {
  const mask = (1 << shift) - 1;
  for (let i = 0; i < count; i++) {
    const row = load<i32>(indices + (<usize>i << 2));
    const chunk = <isize>(row >> shift) << 2;
    const value = integerAt(<usize>load<u32>(chunks + chunk), load<i32>(widths + chunk), row & mask);
    if (width == 8) store<i64>(out + (<usize>i << 3), value);
    else if (width == 4) store<i32>(out + (<usize>i << 2), <i32>value);
    else store<i16>(out + (<usize>i << 1), <i16>value);
  }
}

/** Gathers bits; a chunk at 0 counts as all ones, row -1 as zero. */
export function join_take_bits(chunks: usize, shift: i32, indices: usize, out: usize, count: i32): void {
  const mask = (1 << shift) - 1;
  for (let i = 0; i < count; i += 8) {
    let byte: u32 = 0;
    const upTo = min(8, count - i);
    for (let j = 0; j < upTo; j++) {
      const row = load<i32>(indices + (<usize>(i + j) << 2));
      if (row < 0) continue;
      const map = <usize>load<u32>(chunks + (<usize>(row >> shift) << 2));
      if (map == 0 || bit(map, row & mask)) byte |= (<u32>1) << j;
    }
    store<u8>(out + (i >> 3), <u8>byte);
  }
}

/** Views of the texts between `length` + 1 offsets into bytes that lie at `data`; null has no bytes. */
export function join_views(data: usize, offsets: usize, validity: usize, length: i32, out: usize): void {
  for (let i = 0; i < length; i++) {
    const at = offsets + (<usize>i << 2);
    const start = load<u32>(at);
    store<u32>(out, data + start);
    store<u32>(out, valid(validity, i) ? load<u32>(at, 4) - start : 0, 4);
    out += 8;
  }
}

/** Views of coded texts. */
export function join_views_codes(codes: usize, validity: usize, data: usize, offsets: usize, length: i32, out: usize): void {
  for (let i = 0; i < length; i++) {
    const entry = offsets + (<usize>load<u32>(codes + (<usize>i << 2)) << 2);
    const start = load<u32>(entry);
    store<u32>(out, data + start);
    store<u32>(out, valid(validity, i) ? load<u32>(entry, 4) - start : 0, 4);
    out += 8;
  }
}

/** Offsets of the gathered texts; row -1 gets no bytes. Returns the bytes in all; -1 if 2 GiB do not suffice. */
export function join_take_offsets(chunks: usize, shift: i32, indices: usize, out: usize, count: i32): i32 {
  let total: i64 = 0;
  store<i32>(out, 0);
  for (let i = 0; i < count; i++) {
    const row = load<i32>(indices + (<usize>i << 2));
    if (row >= 0) total += load<u32>(place(chunks, shift, row, 8), 4);
    store<i32>(out + (<usize>(i + 1) << 2), <i32>total);
  }
  return total > i32.MAX_VALUE - 64 ? -1 : <i32>total;
}

/** Copies the texts to where `offsets` says; 16 spare bytes must follow them. */
export function join_take_texts(chunks: usize, shift: i32, indices: usize, out: usize, offsets: usize, count: i32): void {
  const limit = lastLoad();
  let at = 0;
  for (let i = 0; i < count; i++) {
    const next = load<i32>(offsets + (<usize>(i + 1) << 2));
    if (next != at) {
      const view = place(chunks, shift, load<i32>(indices + (<usize>i << 2)), 8);
      copyText(out + at, <usize>load<u32>(view), next - at, limit);
    }
    at = next;
  }
}
